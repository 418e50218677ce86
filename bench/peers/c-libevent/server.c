/* Echo and broadcast on libevent's bufferevents, datagram echo on a plain event: MODE is the argument. */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BACKLOG = 4096, MOST = 4096 };

static struct bufferevent *members[MOST];
static int count;
static int broadcasting;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void on_read(struct bufferevent *c, void *unused)
{
    (void)unused;
    if (!broadcasting) {
        bufferevent_write_buffer(c, bufferevent_get_input(c));
        return;
    }
    char message[4096];
    size_t length = bufferevent_read(c, message, sizeof message);
    for (int i = 0; i < count; i++)
        bufferevent_write(members[i], message, length);
}

static void on_end(struct bufferevent *c, short what, void *unused)
{
    (void)unused;
    if (!(what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)))
        return;
    for (int i = 0; i < count; i++)
        if (members[i] == c)
            members[i--] = members[--count];
    bufferevent_free(c);
}

static void on_connection(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int length, void *unused)
{
    (void)from, (void)length, (void)unused;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct bufferevent *c = bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
    if (!c || (broadcasting && count == MOST)) {
        fputs("libevent: too many connections\n", stderr);
        exit(1);
    }
    if (broadcasting)
        members[count++] = c;
    bufferevent_setcb(c, on_read, NULL, on_end, NULL);
    bufferevent_enable(c, EV_READ | EV_WRITE);
}

static void on_datagrams(evutil_socket_t fd, short what, void *unused)
{
    (void)what, (void)unused;
    static char buffer[64 * 1024];
    for (;;) {
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer;
        ssize_t n = recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&peer, &size);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0 && errno != EINTR)
            die("recvfrom");
        /* A datagram that does not fit is lost, as datagrams may be. */
        if (n >= 0 && sendto(fd, buffer, (size_t)n, 0, (struct sockaddr *)&peer, size) < 0 && errno != EAGAIN)
            die("sendto");
    }
}

int main(int argument_count, char **arguments)
{
    const char *mode = argument_count == 2 ? arguments[1] : "";
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    signal(SIGPIPE, SIG_IGN);
    struct event_base *base = event_base_new();
    if (!base)
        die("event_base_new");
    broadcasting = strcmp(mode, "broadcast") == 0;
    evutil_socket_t fd;
    if (strcmp(mode, "udp") == 0) {
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        struct event *readable = event_new(base, fd, EV_READ | EV_PERSIST, on_datagrams, NULL);
        if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) < 0 || !readable || event_add(readable, NULL) < 0)
            die("bind");
    } else {
        struct evconnlistener *listener = evconnlistener_new_bind(base, on_connection, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
                                                                  BACKLOG, (struct sockaddr *)&address, (int)length);
        if (!listener)
            die("listen");
        fd = evconnlistener_get_fd(listener);
    }
    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        die("getsockname");
    printf("listening on 127.0.0.1:%d (libevent %s, %s)\n", ntohs(address.sin_port), event_get_version(), event_base_get_method(base));
    fflush(stdout);
    return event_base_dispatch(base);
}
