/*
 * Connections that live for one message: connect, send, receive the echo, close; and the next.
 * Each comes from another address of 127/8, since a port that was closed first rests for a minute.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "load.h"

static uint32_t source;

static void take_source(int fd)
{
    if (server_address.ss_family != AF_INET)
        return;
    source = source % 0xfffe + 1;
    struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f010000 + source) };
    int on = 1;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&from, sizeof from) < 0)
        stop(1, "bind: %s", strerror(errno));
}

static void open_next(struct connection *c, uint64_t time)
{
    c->fd = open_socket(SOCK_STREAM | SOCK_NONBLOCK, true);
    take_source(c->fd);
    if (connect(c->fd, (struct sockaddr *)&server_address, server_address_length) < 0 && errno != EINPROGRESS)
        stop(1, "connect: %s", strerror(errno));
    c->open = true;
    open_connections++;
    c->sent = c->received = 0;
    c->started[0] = time;
    watch(c, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT | EPOLLET);
}

static void send_message(struct connection *c)
{
    ssize_t n = send(c->fd, stream_of(c->index, c->begun * (uint64_t)options.size), (size_t)options.size, MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == ENOTCONN || errno == EINTR))
        return;
    if (n != options.size) {
        fail(c, "send: %s", n < 0 ? strerror(errno) : "the message did not fit");
        return;
    }
    c->sent = (uint64_t)n;
}

static void receive(struct connection *c)
{
    ssize_t n;
    while ((n = recv(c->fd, receive_buffer, sizeof receive_buffer, 0)) > 0) {
        if (c->received + (uint64_t)n > c->sent) {
            fail(c, "the server sent more than it was given");
            return;
        }
        if (!check(c, c->index, receive_buffer, (size_t)n, c->begun * (uint64_t)options.size + c->received))
            return;
        c->received += (uint64_t)n;
        if (c->received < c->sent)
            continue;
        uint64_t time = now();
        finish_round_trip(c, time, c->started[0]);
        c->begun++;
        c->done++;
        drop(c);
        if (phase != DRAINING)
            open_next(c, time);
        return;
    }
    if (n == 0)
        fail(c, "the server closed before the echo was complete");
    else if (errno != EAGAIN && errno != EINTR)
        fail(c, "recv: %s", strerror(errno));
}

static void on_event(struct connection *c, uint32_t events)
{
    if (events & EPOLLOUT && c->sent == 0)
        send_message(c);
    if (c->open && c->sent > 0 && events & ~(unsigned)EPOLLOUT)
        receive(c);
    else if (c->open && events & EPOLLERR)
        fail(c, "the connection was refused or broken");
}

static void prepare(void) { }

static void begin(uint64_t time)
{
    for (long i = 0; i < options.connections; i++)
        open_next(&connections[i], time);
}

static void drain(void) { }

const struct kind churn_kind = { "churn", prepare, begin, on_event, NULL, drain };
