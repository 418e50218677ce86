/* A datagram echo server on raw epoll: one thread, one socket, drained at each wake-up. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) < 0
        || getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        die("socket");

    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN };
    if (epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        die("epoll");
    printf("listening on 127.0.0.1:%d (c-epoll)\n", ntohs(address.sin_port));
    fflush(stdout);

    static char buffer[64 * 1024];
    for (;;) {
        if (epoll_wait(epoll_fd, &event, 1, -1) < 0 && errno != EINTR)
            die("epoll_wait");
        for (;;) {
            struct sockaddr_storage peer;
            socklen_t size = sizeof peer;
            ssize_t n = recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&peer, &size);
            if (n < 0 && errno == EAGAIN)
                break;
            if (n < 0 && errno != EINTR)
                die("recvfrom");
            /* A datagram that does not fit is lost, as datagrams may be. */
            if (n >= 0 && sendto(fd, buffer, (size_t)n, 0, (struct sockaddr *)&peer, size) < 0 && errno != EAGAIN)
                die("sendto");
        }
    }
}
