/* Echo, broadcast and datagram echo on libuv: MODE is the argument. Writes are tried at once (uv_try_write). */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { BACKLOG = 4096, BUFFER_SIZE = 64 * 1024 };

struct connection {
    uv_tcp_t tcp;
    struct connection *next, *previous;
};

struct pending {
    uv_write_t request;
    char data[];
};

static struct connection *members;
static int broadcasting;
static char buffer[BUFFER_SIZE];

static void check(int code, const char *what)
{
    if (code < 0) {
        fprintf(stderr, "libuv: %s: %s\n", what, uv_strerror(code));
        exit(1);
    }
}

static void give_buffer(uv_handle_t *handle, size_t size, uv_buf_t *to)
{
    (void)handle, (void)size;
    *to = uv_buf_init(buffer, sizeof buffer); /* used up before the next one is read */
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void end(struct connection *c)
{
    if (uv_is_closing((uv_handle_t *)&c->tcp))
        return;
    if (c->previous)
        c->previous->next = c->next;
    else
        members = c->next;
    if (c->next)
        c->next->previous = c->previous;
    uv_close((uv_handle_t *)&c->tcp, on_closed);
}

static void on_written(uv_write_t *request, int status)
{
    if (status == 0)
        uv_read_start(request->handle, give_buffer, request->handle->data);
    free(request);
}

/* What does not go out at once is copied; a connection that echoes reads on when it is out. */
static void write_all(struct connection *to, size_t length)
{
    uv_buf_t data = uv_buf_init(buffer, (unsigned)length);
    int sent = uv_try_write((uv_stream_t *)&to->tcp, &data, 1);
    if (sent == (int)length)
        return;
    if (sent < 0 && sent != UV_EAGAIN) {
        end(to);
        return;
    }
    size_t start = sent < 0 ? 0 : (size_t)sent;
    struct pending *pending = malloc(sizeof *pending + length - start);
    if (!pending) {
        end(to);
        return;
    }
    memcpy(pending->data, buffer + start, length - start);
    data = uv_buf_init(pending->data, (unsigned)(length - start));
    if (!broadcasting)
        uv_read_stop((uv_stream_t *)&to->tcp);
    if (uv_write(&pending->request, (uv_stream_t *)&to->tcp, &data, 1, on_written) < 0) {
        free(pending);
        end(to);
    }
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *unused)
{
    (void)unused;
    struct connection *c = (struct connection *)stream;
    if (n < 0) {
        end(c);
        return;
    }
    if (n == 0)
        return;
    if (!broadcasting) {
        write_all(c, (size_t)n);
        return;
    }
    for (struct connection *member = members, *next; member; member = next) {
        next = member->next;
        write_all(member, (size_t)n);
    }
}

static void on_connection(uv_stream_t *listener, int status)
{
    check(status, "accept");
    struct connection *c = calloc(1, sizeof *c);
    if (!c)
        check(UV_ENOMEM, "accept");
    check(uv_tcp_init(listener->loop, &c->tcp), "uv_tcp_init");
    c->tcp.data = on_read;
    c->next = members;
    if (members)
        members->previous = c;
    members = c;
    if (uv_accept(listener, (uv_stream_t *)&c->tcp) < 0) {
        end(c);
        return;
    }
    uv_tcp_nodelay(&c->tcp, 1);
    check(uv_read_start((uv_stream_t *)&c->tcp, give_buffer, on_read), "uv_read_start");
}

static void on_datagram(uv_udp_t *udp, ssize_t n, const uv_buf_t *data, const struct sockaddr *from, unsigned flags)
{
    (void)flags;
    if (n <= 0 || !from)
        return;
    uv_buf_t reply = uv_buf_init(data->base, (unsigned)n);
    uv_udp_try_send(udp, &reply, 1, from); /* what does not fit is lost, as datagrams may be */
}

static int port_of(struct sockaddr_storage *name)
{
    return ntohs(((struct sockaddr_in *)name)->sin_port);
}

int main(int count, char **arguments)
{
    const char *mode = count == 2 ? arguments[1] : "";
    uv_loop_t *loop = uv_default_loop();
    struct sockaddr_in address;
    struct sockaddr_storage name;
    int length = sizeof name;
    signal(SIGPIPE, SIG_IGN);
    check(uv_ip4_addr("127.0.0.1", 0, &address), "address");
    broadcasting = strcmp(mode, "broadcast") == 0;
    if (strcmp(mode, "udp") == 0) {
        static uv_udp_t udp;
        check(uv_udp_init(loop, &udp), "uv_udp_init");
        check(uv_udp_bind(&udp, (struct sockaddr *)&address, 0), "bind");
        check(uv_udp_getsockname(&udp, (struct sockaddr *)&name, &length), "getsockname");
        check(uv_udp_recv_start(&udp, give_buffer, on_datagram), "uv_udp_recv_start");
    } else {
        static uv_tcp_t listener;
        check(uv_tcp_init(loop, &listener), "uv_tcp_init");
        check(uv_tcp_bind(&listener, (struct sockaddr *)&address, 0), "bind");
        check(uv_listen((uv_stream_t *)&listener, BACKLOG, on_connection), "listen");
        check(uv_tcp_getsockname(&listener, (struct sockaddr *)&name, &length), "getsockname");
    }
    printf("listening on 127.0.0.1:%d (libuv %s)\n", port_of(&name), uv_version_string());
    fflush(stdout);
    return uv_run(loop, UV_RUN_DEFAULT);
}
