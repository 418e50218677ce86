/*
 * One to many: the last connection sends a message, the server sends it to every connection, the sender's
 * too; when all have it, the next. Counted are deliveries.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "load.h"

static long delivered; /* of the message under way */
static uint64_t published;
static uint64_t published_at;

static struct connection *publisher(void)
{
    return &connections[options.connections - 1];
}

static void publish(uint64_t time)
{
    struct connection *c = publisher();
    delivered = 0;
    published_at = time;
    ssize_t n = send(c->fd, stream_of(0, published * (uint64_t)options.size), (size_t)options.size, MSG_NOSIGNAL);
    if (n != options.size)
        stop(1, "the message could not be sent: %s", n < 0 ? strerror(errno) : "it did not fit");
    published++;
}

static void on_event(struct connection *c, uint32_t events)
{
    (void)events;
    ssize_t n = recv(c->fd, receive_buffer, sizeof receive_buffer, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        fail(c, "recv: %s", strerror(errno));
    } else if (n == 0 && c->closing) {
        drop(c);
    } else if (n == 0) {
        fail(c, "the server closed after %llu bytes", (unsigned long long)c->received);
    } else if (c->closing || c->received + (uint64_t)n > published * (uint64_t)options.size) {
        fail(c, "the server sent more than was published");
    } else if (check(c, 0, receive_buffer, (size_t)n, c->received)) {
        c->received += (uint64_t)n;
        if (c->received < published * (uint64_t)options.size)
            return;
        uint64_t time = now();
        c->done++;
        finish_round_trip(c, time, published_at);
        if (++delivered < options.connections)
            return;
        if (phase == DRAINING)
            for (long i = 0; i < options.connections; i++)
                begin_close(&connections[i]);
        else
            publish(time);
    }
}

static void prepare(void)
{
    for (long i = 0; i < options.connections; i++)
        connect_stream(&connections[i]);
}

static void begin(uint64_t time)
{
    publish(time);
}

static void drain(void) { }

const struct kind broadcast_kind = { "broadcast", prepare, begin, on_event, NULL, drain };
