/* Sockets of the load generator, and the bytes that go over them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "load.h"

/* Not a multiple of any usual message size: a reply to the message before is found out. */
enum { PERIOD = 65521 };

static char *noise;

struct sockaddr_storage server_address;
socklen_t server_address_length;
struct connection *connections;

void resolve(void)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
    struct addrinfo *address;
    int code = getaddrinfo(options.host, options.port, &hints, &address);
    if (code != 0)
        stop(2, "%s:%s is not an address and a port: %s", options.host, options.port, gai_strerror(code));
    memcpy(&server_address, address->ai_addr, address->ai_addrlen);
    server_address_length = address->ai_addrlen;
    freeaddrinfo(address);
}

void make_noise(void)
{
    noise = malloc(PERIOD + RECEIVE_SIZE);
    if (!noise)
        stop(1, "out of memory");
    uint64_t x = 0x9e3779b97f4a7c15;
    for (size_t i = 0; i < PERIOD; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        noise[i] = (char)(x >> 32);
    }
    for (size_t i = PERIOD; i < PERIOD + RECEIVE_SIZE; i++)
        noise[i] = noise[i - PERIOD];
}

const char *stream_of(uint32_t index, uint64_t position)
{
    return noise + (index * (uint64_t)40503 + position) % PERIOD;
}

void make_connections(void)
{
    connections = calloc((size_t)options.connections, sizeof *connections);
    uint64_t *started = calloc((size_t)options.connections * (size_t)options.depth, sizeof *started);
    if (!connections || !started)
        stop(1, "out of memory");
    for (long i = 0; i < options.connections; i++) {
        connections[i].index = (uint32_t)i;
        connections[i].started = started + i * options.depth;
    }
}

int open_socket(int type, bool nodelay)
{
    int fd = socket(server_address.ss_family, type | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0)
        stop(1, "socket: %s (see ulimit -n)", strerror(errno));
    if (nodelay)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

void connect_stream(struct connection *c)
{
    c->fd = open_socket(SOCK_STREAM, true);
    if (connect(c->fd, (struct sockaddr *)&server_address, server_address_length) < 0)
        stop(1, "connection %u to %s:%s: %s", c->index, options.host, options.port, strerror(errno));
    if (fcntl(c->fd, F_SETFL, O_NONBLOCK) < 0)
        stop(1, "fcntl: %s", strerror(errno));
    c->open = true;
    open_connections++;
    watch(c, EPOLL_CTL_ADD, EPOLLIN);
}

void watch(struct connection *c, int operation, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = c };
    if (epoll_ctl(epoll_fd, operation, c->fd, &event) < 0)
        stop(1, "epoll_ctl: %s", strerror(errno));
}

void drop(struct connection *c)
{
    close(c->fd);
    c->open = false;
    open_connections--;
}

void fail(struct connection *c, const char *format, ...)
{
    if (errors++ == 0) {
        va_list arguments;
        va_start(arguments, format);
        fprintf(stderr, "load: connection %u, message %llu: ", c->index, (unsigned long long)c->done);
        vfprintf(stderr, format, arguments);
        fputc('\n', stderr);
        va_end(arguments);
    }
    drop(c);
}

bool check(struct connection *c, uint32_t index, const char *data, size_t length, uint64_t position)
{
    const char *expected = stream_of(index, position);
    if (memcmp(data, expected, length) == 0)
        return true;
    size_t i = 0;
    while (data[i] == expected[i])
        i++;
    fail(c, "byte %llu: expected %02x, received %02x", (unsigned long long)(position + i), (unsigned char)expected[i],
         (unsigned char)data[i]);
    return false;
}

void begin_close(struct connection *c)
{
    c->closing = true;
    if (shutdown(c->fd, SHUT_WR) < 0)
        fail(c, "shutdown: %s", strerror(errno));
}
