/*
 * Messages and their echoes over connections that stay: in ping-pong, pipelined, or at a fixed rate, perhaps
 * among connections on which nothing happens.
 *
 * At a fixed rate message k of all is due at start + k / rate, on connection k % N. A message that has to wait,
 * since the one before on its connection is late, counts from when it was due: a stall is seen by all that
 * should have been sent during it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

static int *idle_fds;
static uint64_t rate_start;
static uint64_t next_due; /* the number of the message that is due next */

static uint64_t due_time(uint64_t number)
{
    return rate_start + (uint64_t)((double)number * (double)SECOND / options.rate);
}

/* The number, among all, of the message that this connection sends next. */
static uint64_t next_of(const struct connection *c)
{
    return c->index + c->begun * (uint64_t)options.connections;
}

static void send_rest(struct connection *c)
{
    uint64_t end = c->begun * (uint64_t)options.size;
    while (c->sent < end) {
        size_t length = end - c->sent < RECEIVE_SIZE ? (size_t)(end - c->sent) : RECEIVE_SIZE;
        ssize_t n = send(c->fd, stream_of(c->index, c->sent), length, MSG_NOSIGNAL);
        if (n >= 0) {
            c->sent += (uint64_t)n;
        } else if (errno == EAGAIN) {
            break;
        } else if (errno != EINTR) {
            fail(c, "send: %s", strerror(errno));
            return;
        }
    }
    bool wants_write = c->sent < end;
    if (wants_write != c->wants_write) {
        c->wants_write = wants_write;
        watch(c, EPOLL_CTL_MOD, EPOLLIN | (wants_write ? EPOLLOUT : 0));
    }
}

static void begin_message(struct connection *c, uint64_t time)
{
    c->started[c->begun % (uint64_t)options.depth] = time;
    c->begun++;
}

/* After some replies: the same number of messages, or what is due by the clock, or the end. */
static void go_on(struct connection *c, uint64_t count, uint64_t time)
{
    if (phase == DRAINING) {
        if (c->done == c->begun)
            begin_close(c);
        return;
    }
    if (options.rate > 0) {
        if (c->done == c->begun && next_of(c) < next_due)
            begin_message(c, due_time(next_of(c)));
    } else {
        while (count-- > 0)
            begin_message(c, time);
    }
    send_rest(c);
}

static void receive(struct connection *c)
{
    ssize_t n = recv(c->fd, receive_buffer, sizeof receive_buffer, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        fail(c, "recv: %s", strerror(errno));
        return;
    }
    if (n == 0 && c->closing) {
        drop(c);
        return;
    }
    if (n == 0) {
        fail(c, "the server closed after %llu bytes of %llu", (unsigned long long)c->received, (unsigned long long)c->sent);
        return;
    }
    if (c->closing || c->received + (uint64_t)n > c->sent) {
        fail(c, "the server sent more than it was given");
        return;
    }
    if (!check(c, c->index, receive_buffer, (size_t)n, c->received))
        return;
    c->received += (uint64_t)n;

    uint64_t count = 0, time = now();
    while (c->done < c->begun && c->received >= (c->done + 1) * (uint64_t)options.size) {
        finish_round_trip(c, time, c->started[c->done % (uint64_t)options.depth]);
        c->done++;
        count++;
    }
    if (count > 0)
        go_on(c, count, time);
}

static void on_event(struct connection *c, uint32_t events)
{
    if (events & EPOLLOUT && c->wants_write)
        send_rest(c);
    if (c->open && events & ~(unsigned)EPOLLOUT)
        receive(c);
}

static void prepare(void)
{
    idle_fds = calloc((size_t)options.idle + 1, sizeof *idle_fds);
    if (!idle_fds)
        stop(1, "out of memory");
    for (long i = 0; i < options.idle; i++) {
        idle_fds[i] = open_socket(SOCK_STREAM, false);
        if (connect(idle_fds[i], (struct sockaddr *)&server_address, server_address_length) < 0)
            stop(1, "idle connection %ld: %s", i, strerror(errno));
    }
    for (long i = 0; i < options.connections; i++)
        connect_stream(&connections[i]);
}

static void begin(uint64_t time)
{
    rate_start = time;
    for (long i = 0; options.rate == 0 && i < options.connections; i++) {
        for (long k = 0; k < options.depth; k++)
            begin_message(&connections[i], time);
        send_rest(&connections[i]);
    }
}

static uint64_t on_time(uint64_t time)
{
    if (options.rate == 0 || phase == DRAINING)
        return UINT64_MAX;
    while (due_time(next_due) <= time) {
        struct connection *c = &connections[next_due % (uint64_t)options.connections];
        uint64_t number = next_due++;
        if (c->open && c->done == c->begun && next_of(c) == number) {
            begin_message(c, due_time(number));
            send_rest(c);
        }
    }
    return due_time(next_due);
}

/* Idle connections are reset, so that their ports can be had again at once. */
static void end_idle(void)
{
    struct linger reset = { .l_onoff = 1, .l_linger = 0 };
    char byte;
    for (long i = 0; i < options.idle; i++) {
        ssize_t n = recv(idle_fds[i], &byte, 1, MSG_DONTWAIT);
        if (n >= 0 || errno != EAGAIN)
            stop(1, "idle connection %ld did not stay idle: recv returned %zd", i, n);
        setsockopt(idle_fds[i], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(idle_fds[i]);
    }
}

static void drain(void)
{
    end_idle();
    for (long i = 0; i < options.connections; i++) {
        struct connection *c = &connections[i];
        if (c->open && c->done == c->begun)
            begin_close(c);
    }
}

const struct kind stream_kind = { "stream", prepare, begin, on_event, on_time, drain };
