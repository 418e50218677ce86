/*
 * Datagrams in ping-pong, each socket connected to the server. A datagram that does not come back within
 * RESEND is counted as lost and sent again; its round trip counts from the first time.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "load.h"

static const uint64_t RESEND = SECOND / 5;
static uint64_t next_look;

static void send_datagram(struct connection *c)
{
    ssize_t n = send(c->fd, stream_of(c->index, c->begun * (uint64_t)options.size), (size_t)options.size, 0);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        fail(c, "send: %s", strerror(errno));
}

static void begin_datagram(struct connection *c, uint64_t time)
{
    c->started[0] = time;
    send_datagram(c);
}

static void on_event(struct connection *c, uint32_t events)
{
    (void)events;
    ssize_t n = recv(c->fd, receive_buffer, sizeof receive_buffer, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    uint64_t position = c->begun * (uint64_t)options.size;
    if (n < 0) {
        fail(c, "recv: %s", strerror(errno));
    } else if (n != options.size) {
        fail(c, "a datagram of %zd bytes", n);
    } else if (lost > 0 && memcmp(receive_buffer, stream_of(c->index, position), (size_t)n) != 0) {
        /* the echo of one that was taken for lost */
    } else if (check(c, c->index, receive_buffer, (size_t)n, position)) {
        uint64_t time = now();
        finish_round_trip(c, time, c->started[0]);
        c->begun++;
        c->done++;
        if (phase == DRAINING)
            drop(c);
        else
            begin_datagram(c, time);
    }
}

static uint64_t on_time(uint64_t time)
{
    if (time < next_look)
        return next_look;
    for (long i = 0; i < options.connections; i++) {
        struct connection *c = &connections[i];
        if (c->open && time > c->started[0] + RESEND) {
            lost++;
            send_datagram(c);
        }
    }
    return next_look = time + RESEND;
}

static void prepare(void)
{
    for (long i = 0; i < options.connections; i++) {
        struct connection *c = &connections[i];
        c->fd = open_socket(SOCK_DGRAM | SOCK_NONBLOCK, false);
        if (connect(c->fd, (struct sockaddr *)&server_address, server_address_length) < 0)
            stop(1, "connect: %s", strerror(errno));
        c->open = true;
        open_connections++;
        watch(c, EPOLL_CTL_ADD, EPOLLIN);
    }
}

static void begin(uint64_t time)
{
    next_look = time + RESEND;
    for (long i = 0; i < options.connections; i++)
        begin_datagram(&connections[i], time);
}

static void drain(void) { }

const struct kind udp_kind = { "udp", prepare, begin, on_event, on_time, drain };
