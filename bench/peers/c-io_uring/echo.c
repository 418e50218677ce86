/*
 * An echo server on io_uring through liburing: the second yardstick.
 *
 * One thread; SINGLE_ISSUER and DEFER_TASKRUN; one io_uring_submit_and_wait per turn. Received bytes are sent from where they
 * lie. How it receives is an argument, so that the ways can be compared:
 *   ring       one receive at a time, into one of 128 buffers that the kernel chooses when bytes are there (the default)
 *   plain      one receive at a time, into the connection's own buffer
 *   multishot  one submission for all receives of a connection, into the 128 buffers
 * and so is how it accepts: "multishot" (the default) or "single".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <liburing.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFERS = 128, BUFFER_SIZE = 16 * 1024 + 64, GROUP = 1, ENTRIES = 4096, BACKLOG = 4096, MAX_FD = 65536 };
enum kind { ACCEPT, RECEIVE, SEND };

struct connection {
    char *own;       /* plain: its buffer */

    bool receiving;  /* multishot: the submission is still there */
};

static struct io_uring ring;
static struct io_uring_buf_ring *buffers;
static char *memory;
static struct connection connections[MAX_FD];
static bool plain, multishot, accept_multishot = true;
static int listener;

static void die(const char *what, int error)
{
    fprintf(stderr, "echo: %s: %s\n", what, strerror(error));
    exit(1);
}

static struct io_uring_sqe *entry(void)
{
    struct io_uring_sqe *sqe;
    while (!(sqe = io_uring_get_sqe(&ring)))
        io_uring_submit(&ring);
    return sqe;
}

static void name(struct io_uring_sqe *sqe, enum kind kind, int fd, int buffer)
{
    io_uring_sqe_set_data64(sqe, (unsigned long long)kind << 60 | (unsigned long long)(unsigned)buffer << 32 | (unsigned)fd);
}

static void submit_accept(void)
{
    struct io_uring_sqe *sqe = entry();
    if (accept_multishot)
        io_uring_prep_multishot_accept(sqe, listener, NULL, NULL, SOCK_CLOEXEC);
    else
        io_uring_prep_accept(sqe, listener, NULL, NULL, SOCK_CLOEXEC);
    name(sqe, ACCEPT, listener, 0);
}

static void submit_receive(int fd, bool poll_first)
{
    struct io_uring_sqe *sqe = entry();
    if (plain) {
        io_uring_prep_recv(sqe, fd, connections[fd].own, BUFFER_SIZE, 0);
    } else {
        if (multishot)
            io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
        else
            io_uring_prep_recv(sqe, fd, NULL, BUFFER_SIZE, 0);
        sqe->flags |= IOSQE_BUFFER_SELECT;
        sqe->buf_group = GROUP;
    }
    if (poll_first)
        sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
    connections[fd].receiving = true;
    name(sqe, RECEIVE, fd, 0);
}

static void submit_send(int fd, char *data, unsigned length, int buffer)
{
    struct io_uring_sqe *sqe = entry();
    io_uring_prep_send(sqe, fd, data, length, MSG_NOSIGNAL | MSG_WAITALL);
    name(sqe, SEND, fd, buffer + 1);
}

static void give_back(int buffer)
{
    io_uring_buf_ring_add(buffers, memory + (size_t)buffer * BUFFER_SIZE, BUFFER_SIZE, buffer, io_uring_buf_ring_mask(BUFFERS), 0);
    io_uring_buf_ring_advance(buffers, 1);
}

static void close_connection(int fd)
{
    free(connections[fd].own);
    connections[fd] = (struct connection){ 0 };
    close(fd);
}

static void on_accept(struct io_uring_cqe *cqe)
{
    int fd = cqe->res;
    if (!(cqe->flags & IORING_CQE_F_MORE))
        submit_accept();
    if (fd < 0)
        return;
    if (fd >= MAX_FD) {
        close(fd);
        return;
    }
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (plain && !(connections[fd].own = malloc(BUFFER_SIZE)))
        die("malloc", ENOMEM);
    submit_receive(fd, true);
}

static void on_receive(int fd, struct io_uring_cqe *cqe)
{
    connections[fd].receiving = cqe->flags & IORING_CQE_F_MORE;
    if (cqe->res == -ENOBUFS || cqe->res == -EINTR) {
        if (!connections[fd].receiving)
            submit_receive(fd, false);
        return;
    }
    int buffer = cqe->flags & IORING_CQE_F_BUFFER ? (int)(cqe->flags >> IORING_CQE_BUFFER_SHIFT) : -1;
    if (cqe->res <= 0) {
        if (buffer >= 0)
            give_back(buffer);
        close_connection(fd);
        return;
    }
    submit_send(fd, buffer < 0 ? connections[fd].own : memory + (size_t)buffer * BUFFER_SIZE, cqe->res, buffer);
}

static void on_send(int fd, int buffer, struct io_uring_cqe *cqe)
{
    if (buffer >= 0)
        give_back(buffer);
    if (cqe->res < 0) {
        shutdown(fd, SHUT_RDWR);
        if (!connections[fd].receiving)
            close_connection(fd);
    } else if (!connections[fd].receiving) {
        submit_receive(fd, true);
    }
}

static void listen_on_loopback(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, BACKLOG) < 0
        || getsockname(listener, (struct sockaddr *)&address, &length) < 0)
        die("listen", errno);
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
}

static void set_up(void)
{
    struct io_uring_params parameters = { .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE, .cq_entries = 4 * ENTRIES };
    int error = io_uring_queue_init_params(ENTRIES, &ring, &parameters);
    if (error < 0)
        die("io_uring_setup", -error);
    if (plain)
        return;
    void *page;
    if (posix_memalign(&page, 4096, BUFFERS * sizeof(struct io_uring_buf)) || !(memory = malloc((size_t)BUFFERS * BUFFER_SIZE)))
        die("malloc", ENOMEM);
    buffers = page;
    io_uring_buf_ring_init(buffers);
    struct io_uring_buf_reg registration = { .ring_addr = (unsigned long)page, .ring_entries = BUFFERS, .bgid = GROUP };
    if ((error = io_uring_register_buf_ring(&ring, &registration, 0)) < 0)
        die("buffer ring", -error);
    for (int i = 0; i < BUFFERS; i++)
        give_back(i);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        plain |= !strcmp(argv[i], "plain");
        multishot |= !strcmp(argv[i], "multishot");
        accept_multishot &= strcmp(argv[i], "single") != 0;
    }
    set_up();
    listen_on_loopback();
    submit_accept();
    for (;;) {
        int error = io_uring_submit_and_wait(&ring, 1);
        if (error < 0 && error != -EINTR && error != -EBUSY)
            die("io_uring_enter", -error);
        struct io_uring_cqe *cqe;
        unsigned head, count = 0;
        io_uring_for_each_cqe(&ring, head, cqe) {
            unsigned long long data = cqe->user_data;
            int fd = (int)(unsigned)data, buffer = (int)(data >> 32 & 0xfffffff) - 1;
            count++;
            switch (data >> 60) {
            case ACCEPT: on_accept(cqe); break;
            case RECEIVE: on_receive(fd, cqe); break;
            default: on_send(fd, buffer, cqe); break;
            }
        }
        io_uring_cq_advance(&ring, count);
    }
}
