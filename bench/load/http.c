/*
 * HTTP/1.1 requests at a fixed rate over connections that stay. Request k of all is due at start + k / rate, on
 * connection k % N. One that has to wait, since the response before it on its connection is late, counts from
 * when it was due: a stall is seen by all that should have been sent during it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "load.h"

static const char status[] = "HTTP/1.1 200 ";

static char request[512];
static size_t request_length;
static size_t response_length; /* of the first, head and body: all are to be as long */
static uint64_t rate_start;
static uint64_t next_due; /* the number of the request that is due next */

static uint64_t due_time(uint64_t number)
{
    return rate_start + (uint64_t)((double)number * (double)SECOND / options.rate);
}

/* The number, among all, of the request that this connection sends next. */
static uint64_t next_of(const struct connection *c)
{
    return c->index + c->begun * (uint64_t)options.connections;
}

static void begin_request(struct connection *c)
{
    c->started[0] = due_time(next_of(c));
    c->begun++;
    c->received = 0;
    ssize_t n = send(c->fd, request, request_length, MSG_NOSIGNAL);
    if (n != (ssize_t)request_length)
        fail(c, "send: %s", n < 0 ? strerror(errno) : "the request did not fit");
}

/* The length of a response whose head is there; 0 if it is not. */
static size_t length_of(const char *response, size_t length)
{
    const char *end = memmem(response, length, "\r\n\r\n", 4);
    if (!end)
        return 0;
    for (const char *line = response; line < end; line = strstr(line, "\r\n") + 2)
        if (strncasecmp(line, "Content-Length:", 15) == 0)
            return (size_t)(end - response) + 4 + strtoul(line + 15, NULL, 10);
    stop(1, "the response has no Content-Length");
}

static bool is_right(struct connection *c, const char *data, size_t length)
{
    size_t head = sizeof status - 1;
    if (c->received == 0 && (length < head || memcmp(data, status, head) != 0)) {
        fail(c, "the response begins with '%.*s'", (int)(length < head ? length : head), data);
        return false;
    }
    if (response_length == 0)
        response_length = length_of(data, length);
    if (response_length == 0 || c->received + length > response_length) {
        fail(c, "a response of %zu bytes, and more, where one of %zu was expected", (size_t)c->received + length, response_length);
        return false;
    }
    return true;
}

static void receive(struct connection *c)
{
    ssize_t n = recv(c->fd, receive_buffer, sizeof receive_buffer - 1, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n == 0 && c->closing) {
        drop(c);
        return;
    }
    if (n <= 0 || c->done == c->begun) {
        fail(c, "%s", n < 0 ? strerror(errno) : n == 0 ? "the server has closed" : "the server sent what nobody asked for");
        return;
    }
    receive_buffer[n] = 0;
    if (!is_right(c, receive_buffer, (size_t)n))
        return;
    c->received += (uint64_t)n;
    if (c->received < response_length)
        return;
    finish_round_trip(c, now(), c->started[0]);
    c->done++;
    if (phase == DRAINING)
        begin_close(c);
    else if (next_of(c) < next_due)
        begin_request(c);
}

static void on_event(struct connection *c, uint32_t events)
{
    (void)events;
    receive(c);
}

static void prepare(void)
{
    request_length = (size_t)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", options.path);
    if (request_length >= sizeof request)
        stop(2, "the path is too long");
    for (long i = 0; i < options.connections; i++)
        connect_stream(&connections[i]);
}

static void begin(uint64_t time)
{
    rate_start = time;
}

static uint64_t on_time(uint64_t time)
{
    if (phase == DRAINING)
        return UINT64_MAX;
    while (due_time(next_due) <= time) {
        struct connection *c = &connections[next_due % (uint64_t)options.connections];
        uint64_t number = next_due++;
        if (c->open && c->done == c->begun && next_of(c) == number)
            begin_request(c);
    }
    return due_time(next_due);
}

static void drain(void)
{
    for (long i = 0; i < options.connections; i++) {
        struct connection *c = &connections[i];
        if (c->open && c->done == c->begun)
            begin_close(c);
    }
}

const struct kind http_kind = { "http", prepare, begin, on_event, on_time, drain };
