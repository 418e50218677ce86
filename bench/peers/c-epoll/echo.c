/*
 * An echo server on raw epoll: the yardstick that the hubs are measured against.
 *
 * One thread, level-triggered, every connection registered once for EPOLLIN. A readable connection
 * gets one recv of up to 64 KiB and the reply goes out at once; the next turn of the loop finds out
 * whether more has come. A peer that does not read makes send fall short: the rest is kept, and
 * until it is out that connection waits for EPOLLOUT alone, so that it holds back its own input
 * and memory stays bounded by one buffer per connection.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER_SIZE = 64 * 1024, BATCH = 256, BACKLOG = 4096 };

/* What a connection still has to send; all zero in the usual case. */
struct rest {
    char *data;
    size_t start;
    size_t end;
};

static int epoll_fd;
static int listener;
static bool accepting = true;
static struct rest *rests; /* by descriptor */
static size_t rests_size;
static char buffer[BUFFER_SIZE];

static void die(const char *what)
{
    fprintf(stderr, "echo: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void set_interest(int operation, int fd, unsigned events)
{
    struct epoll_event event = { .events = events, .data.fd = fd };
    if (epoll_ctl(epoll_fd, operation, fd, &event) < 0)
        die("epoll_ctl");
}

static void close_connection(int fd)
{
    free(rests[fd].data);
    rests[fd] = (struct rest){ 0 };
    close(fd); /* the only descriptor of that socket: the kernel drops its registration */
    if (!accepting) {
        accepting = true;
        set_interest(EPOLL_CTL_MOD, listener, EPOLLIN);
    }
}

static bool make_room(int fd)
{
    if ((size_t)fd < rests_size)
        return true;
    size_t size = ((size_t)fd + 1) * 2;
    struct rest *grown = realloc(rests, size * sizeof *rests);
    if (!grown)
        return false;
    memset(grown + rests_size, 0, (size - rests_size) * sizeof *rests);
    rests = grown;
    rests_size = size;
    return true;
}

static void accept_connections(void)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                /* A level-triggered listener would spin: it rests until a connection closes. */
                fprintf(stderr, "echo: accept: %s\n", strerror(errno));
                accepting = false;
                set_interest(EPOLL_CTL_MOD, listener, 0);
            } else if (errno != EAGAIN) {
                die("accept");
            }
            return;
        }
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (!make_room(fd)) {
            close(fd);
            continue;
        }
        set_interest(EPOLL_CTL_ADD, fd, EPOLLIN);
    }
}

/* Sends until all is out or the socket is full. Returns how much went out, -1 on a broken connection. */
static ssize_t send_some(int fd, const char *data, size_t length)
{
    size_t sent = 0;
    while (sent < length) {
        ssize_t n = send(fd, data + sent, length - sent, MSG_NOSIGNAL);
        if (n >= 0)
            sent += (size_t)n;
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR)
            return -1;
    }
    return (ssize_t)sent;
}

static void on_readable(int fd)
{
    ssize_t received = recv(fd, buffer, sizeof buffer, 0);
    if (received < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (received <= 0) {
        close_connection(fd);
        return;
    }

    ssize_t sent = send_some(fd, buffer, (size_t)received);
    if (sent == received)
        return;

    size_t left = sent < 0 ? 0 : (size_t)(received - sent);
    char *copy = sent < 0 ? NULL : malloc(left);
    if (!copy) {
        close_connection(fd);
        return;
    }
    memcpy(copy, buffer + sent, left);
    rests[fd] = (struct rest){ .data = copy, .end = left };
    set_interest(EPOLL_CTL_MOD, fd, EPOLLOUT);
}

static void on_writable(int fd)
{
    struct rest *rest = &rests[fd];
    ssize_t sent = send_some(fd, rest->data + rest->start, rest->end - rest->start);
    if (sent < 0) {
        close_connection(fd);
        return;
    }
    rest->start += (size_t)sent;
    if (rest->start < rest->end)
        return;
    free(rest->data);
    *rest = (struct rest){ 0 };
    set_interest(EPOLL_CTL_MOD, fd, EPOLLIN);
}

static void listen_on_loopback(void)
{
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0)
        die("socket");
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, length) < 0)
        die("bind");
    if (listen(listener, BACKLOG) < 0)
        die("listen");
    if (getsockname(listener, (struct sockaddr *)&address, &length) < 0)
        die("getsockname");
    set_interest(EPOLL_CTL_ADD, listener, EPOLLIN);
    printf("listening on 127.0.0.1:%d (c-epoll)\n", ntohs(address.sin_port));
    fflush(stdout);
}

/* SIGTERM and SIGINT arrive as readable bytes, so that they end the loop between two turns. */
static int take_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
        die("sigprocmask");
    int fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        die("signalfd");
    set_interest(EPOLL_CTL_ADD, fd, EPOLLIN);
    return fd;
}

static void allow_many_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(void)
{
    allow_many_descriptors();
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0)
        die("epoll_create1");
    int signals = take_signals();
    listen_on_loopback();

    struct epoll_event events[BATCH];
    for (;;) {
        int count = epoll_wait(epoll_fd, events, BATCH, -1);
        if (count < 0 && errno != EINTR)
            die("epoll_wait");
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == signals)
                return 0;
            if (fd == listener)
                accept_connections();
            else if (rests[fd].data)
                on_writable(fd);
            else
                on_readable(fd);
        }
    }
}
