/*
 * A broadcast server on raw epoll: what comes from any connection goes to all. One thread, level-triggered.
 * A peer that does not keep up is dropped.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096, BATCH = 256, BUFFER_SIZE = 4096, MOST = 4096 };

static int epoll_fd;
static int members[MOST];
static int count;
static char buffer[BUFFER_SIZE];

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void add(int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        die("epoll_ctl");
}

static void accept_all(int listener)
{
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (count == MOST) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        add(fd);
        members[count++] = fd;
    }
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        die("accept");
}

static void leave(int fd)
{
    for (int i = 0; i < count; i++)
        if (members[i] == fd)
            members[i--] = members[--count];
    close(fd);
}

static void on_readable(int fd)
{
    ssize_t n = recv(fd, buffer, sizeof buffer, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        leave(fd);
        return;
    }
    for (int i = count - 1; i >= 0; i--)
        if (send(members[i], buffer, (size_t)n, MSG_NOSIGNAL) != n)
            shutdown(members[i], SHUT_RDWR); /* its end of stream comes as an event */
}

int main(void)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, BACKLOG) < 0
        || getsockname(listener, (struct sockaddr *)&address, &length) < 0)
        die("listen");
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0)
        die("epoll_create1");
    add(listener);
    printf("listening on 127.0.0.1:%d (c-epoll)\n", ntohs(address.sin_port));
    fflush(stdout);

    struct epoll_event events[BATCH];
    for (;;) {
        int ready = epoll_wait(epoll_fd, events, BATCH, -1);
        if (ready < 0 && errno != EINTR)
            die("epoll_wait");
        for (int i = 0; i < ready; i++)
            if (events[i].data.fd == listener)
                accept_all(listener);
            else
                on_readable(events[i].data.fd);
    }
}
