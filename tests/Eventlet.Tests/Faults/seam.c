/*
 * The system calls of the library with a test between: the library's "libc" is resolved to this object, whose functions ask the test
 * before they call the C library's. Functions that are not here are found in the C library itself, on which this object depends.
 * Preloaded into a child process (LD_PRELOAD), it can refuse threads as well.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As the enumeration SystemCall has them. */
enum call { RECV, SEND, ACCEPT, CONNECT, SHUTDOWN, CLOSE, GETSOCKOPT, EVENTFD, PIPE, READ, WRITE, EPOLL_CREATE, EPOLL_ADD, EPOLL_MODIFY, EPOLL_DELETE, WAIT, GETFD, RECVFROM, SENDTO, RECVMSG, SENDMSG, GETFL, RING_SETUP, RING_SUBMIT, RING_CANCEL };

/* What the test says: 0 to go on; n > 0 to move at most n bytes; -errno to fail instead; AFTER - errno to fail after the call was made. */
enum { AFTER = -10000 };

typedef long (*hook)(int call, int fd, long length);

static hook volatile asked;
static volatile int threads_refused;

void seam_ask(hook function) { asked = function; }
void seam_refuse_threads(int refuse) { threads_refused = refuse; }

static long ask(enum call call, int fd, long length)
{
    hook function = asked;
    return function ? function(call, fd, length) : 0;
}

static long fail(long error)
{
    errno = (int)error;
    return -1;
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define SEAM(call, fd, made) \
    long said = ask(call, fd, 0); \
    if (said < 0 && said > AFTER) return fail(-said); \
    long result = made; \
    return said <= AFTER ? fail(AFTER - said) : result

static size_t capped(long said, size_t length) { return said > 0 && (size_t)said < length ? (size_t)said : length; }

ssize_t recv(int fd, void *buffer, size_t length, int flags)
{
    REAL(recv);
    long said = ask(RECV, fd, (long)length);
    return said < 0 ? fail(-said) : real(fd, buffer, capped(said, length), flags);
}

ssize_t send(int fd, const void *buffer, size_t length, int flags)
{
    REAL(send);
    long said = ask(SEND, fd, (long)length);
    return said < 0 ? fail(-said) : real(fd, buffer, capped(said, length), flags);
}

/* Some bytes: into, or of, the first part alone. */
static struct msghdr some(const struct msghdr *message, long said, struct iovec *first)
{
    struct msghdr made = *message;
    if (said > 0 && made.msg_iovlen > 0) {
        *first = made.msg_iov[0];
        first->iov_len = capped(said, first->iov_len);
        made.msg_iov = first;
        made.msg_iovlen = 1;
    }
    return made;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    REAL(recvmsg);
    struct iovec first;
    long said = ask(RECVMSG, fd, 0);
    struct msghdr made = some(message, said, &first);
    return said < 0 ? fail(-said) : real(fd, &made, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    REAL(sendmsg);
    struct iovec first;
    long said = ask(SENDMSG, fd, 0);
    struct msghdr made = some(message, said, &first);
    return said < 0 ? fail(-said) : real(fd, &made, flags);
}

ssize_t recvfrom(int fd, void *buffer, size_t length, int flags, struct sockaddr *address, socklen_t *size)
{
    REAL(recvfrom);
    SEAM(RECVFROM, fd, real(fd, buffer, length, flags, address, size));
}

ssize_t sendto(int fd, const void *buffer, size_t length, int flags, const struct sockaddr *address, socklen_t size)
{
    REAL(sendto);
    SEAM(SENDTO, fd, real(fd, buffer, length, flags, address, size));
}

ssize_t read(int fd, void *buffer, size_t length) { REAL(read); SEAM(READ, fd, real(fd, buffer, length)); }
ssize_t write(int fd, const void *buffer, size_t length) { REAL(write); SEAM(WRITE, fd, real(fd, buffer, length)); }
int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags) { REAL(accept4); SEAM(ACCEPT, fd, real(fd, address, length, flags)); }
int connect(int fd, const struct sockaddr *address, socklen_t length) { REAL(connect); SEAM(CONNECT, fd, real(fd, address, length)); }
int shutdown(int fd, int how) { REAL(shutdown); SEAM(SHUTDOWN, fd, real(fd, how)); }
int close(int fd) { REAL(close); SEAM(CLOSE, fd, real(fd)); }
int getsockopt(int fd, int level, int name, void *value, socklen_t *length) { REAL(getsockopt); SEAM(GETSOCKOPT, fd, real(fd, level, name, value, length)); }
int eventfd(unsigned value, int flags) { extern int eventfd(unsigned, int); REAL(eventfd); SEAM(EVENTFD, -1, real(value, flags)); }
int pipe2(int ends[2], int flags) { REAL(pipe2); SEAM(PIPE, -1, real(ends, flags)); }
int epoll_create1(int flags) { REAL(epoll_create1); SEAM(EPOLL_CREATE, -1, real(flags)); }

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    REAL(epoll_ctl);
    SEAM(operation == EPOLL_CTL_ADD ? EPOLL_ADD : operation == EPOLL_CTL_MOD ? EPOLL_MODIFY : EPOLL_DELETE, fd, real(epoll, operation, fd, event));
}

int epoll_wait(int epoll, struct epoll_event *events, int capacity, int timeout) { REAL(epoll_wait); SEAM(WAIT, epoll, real(epoll, events, capacity, timeout)); }
int poll(struct pollfd *fds, nfds_t count, int timeout) { REAL(poll); SEAM(WAIT, -1, real(fds, count, timeout)); }
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask) { REAL(ppoll); SEAM(WAIT, -1, real(fds, count, timeout, mask)); }

int pselect(int limit, fd_set *read, fd_set *write, fd_set *except, const struct timespec *timeout, const sigset_t *mask)
{
    REAL(pselect);
    SEAM(WAIT, -1, real(limit, read, write, except, timeout, mask));
}

/*
 * io_uring. What is submitted lies in memory that the library shares with the kernel: it is looked at before the call, and what has ended after it. A submission that
 * is to fail becomes one that does nothing, or is done if it is to fail afterwards, and gets the failure as its result. One that the test wants to fail late, when it has waited, becomes a poll first: so
 * nothing has been received when the failure comes; if none comes it was interrupted, and the library submits it again.
 */
enum stage { GONE, ENDS, LOOKS, GOES_ON };
struct submission { unsigned long long name; enum stage stage; enum call call; int fd; long length, said; };
struct ring { struct io_uring_params params; char *queues; struct io_uring_sqe *entries; struct submission known[512]; unsigned next; };

enum { RINGS = 65536 };
static struct ring *rings[RINGS];

static struct ring *ring_of(long fd)
{
    struct ring *ring = fd >= 0 && fd < RINGS ? rings[fd] : NULL;
    return ring && ring->queues && ring->entries ? ring : NULL;
}

static void ring_made(int fd, const struct io_uring_params *params)
{
    if (fd >= RINGS) return;
    struct ring *ring = rings[fd] ? rings[fd] : malloc(sizeof *ring);
    memset(ring, 0, sizeof *ring);
    ring->params = *params;
    rings[fd] = ring;
}

static struct submission *known(struct ring *ring, unsigned long long name)
{
    for (unsigned i = 0; i < sizeof ring->known / sizeof *ring->known; i++)
        if (ring->known[i].stage != GONE && ring->known[i].name == name) return &ring->known[i];
    return NULL;
}

static void note(struct ring *ring, struct submission one) { ring->known[ring->next++ % (sizeof ring->known / sizeof *ring->known)] = one; }

static void replace(struct io_uring_sqe *entry, unsigned char with, unsigned events)
{
    unsigned long long name = entry->user_data;
    int fd = entry->fd;
    memset(entry, 0, sizeof *entry);
    entry->opcode = with;
    entry->fd = with == IORING_OP_NOP ? -1 : fd;
    entry->poll32_events = events;
    entry->user_data = name;
}

static int call_of(const struct io_uring_sqe *entry)
{
    switch (entry->opcode) {
        case IORING_OP_RECV: return RECV;
        case IORING_OP_SEND: return SEND;
        case IORING_OP_RECVMSG: return RECVMSG;
        case IORING_OP_SENDMSG: return SENDMSG;
        case IORING_OP_ACCEPT: return ACCEPT;
        case IORING_OP_CONNECT: return CONNECT;
        default: return -1;
    }
}

/* The struct is the library's, which lays it anew for whatever is left. */
static void shorten(struct io_uring_sqe *entry, enum call call, long said)
{
    if (call != RECVMSG && call != SENDMSG) {
        if (said < (long)entry->len) entry->len = (unsigned)said;
        return;
    }

    struct msghdr *message = (struct msghdr *)(uintptr_t)entry->addr;
    if (message->msg_iovlen == 0) return;
    message->msg_iov->iov_len = capped(said, message->msg_iov->iov_len);
    message->msg_iovlen = 1;
}

static void look_at_submission(struct ring *ring, struct io_uring_sqe *entry)
{
    int call = call_of(entry);
    if (entry->opcode == IORING_OP_ASYNC_CANCEL && ask(RING_CANCEL, -1, 0) > 0) replace(entry, IORING_OP_NOP, 0);
    if (call < 0) return;
    int sends = call == SEND || call == SENDMSG;
    struct submission one = { entry->user_data, ENDS, call, entry->fd, entry->len, 0 }, *before = known(ring, one.name);
    if (before)
    {
        one.said = before->said;
        before->stage = GONE;

        /* A whole send would wait again where nobody looks. */
        if (sends) entry->msg_flags &= ~(unsigned)MSG_WAITALL;
    }
    else if (ask(RING_SUBMIT, one.fd, call) > 0)
    {
        one.stage = LOOKS;
        note(ring, one);
        replace(entry, IORING_OP_POLL_ADD, sends ? POLLOUT : POLLIN);
        return;
    }
    else if ((one.said = ask(call, one.fd, one.length)) < 0)
    {
        note(ring, one);
        if (one.said > AFTER) replace(entry, IORING_OP_NOP, 0);
        return;
    }

    if (one.said > 0) shorten(entry, call, one.said);
}

static int failure(long said) { return (int)(said <= AFTER ? said - AFTER : said); }

static void look_at_completion(struct ring *ring, struct io_uring_cqe *completion)
{
    struct submission *one = known(ring, completion->user_data);
    if (!one || one->stage == GOES_ON) return;
    if (one->stage == ENDS) completion->res = failure(one->said);
    else if (completion->res >= 0)
    {
        long said = ask(one->call, one->fd, one->length);
        completion->res = said < 0 ? failure(said) : -EINTR;
        if (said >= 0)
        {
            one->said = said;
            one->stage = GOES_ON;
            return;
        }
    }

    one->stage = GONE;
}

#define AT(ring, offset) (*(volatile unsigned *)((ring)->queues + (offset)))

static void look_at_submissions(struct ring *ring)
{
    struct io_sqring_offsets *at = &ring->params.sq_off;
    unsigned *order = (unsigned *)(ring->queues + at->array);
    for (unsigned i = AT(ring, at->head); i != AT(ring, at->tail); i++)
        look_at_submission(ring, &ring->entries[order[i & AT(ring, at->ring_mask)]]);
}

static void look_at_completions(struct ring *ring)
{
    struct io_cqring_offsets *at = &ring->params.cq_off;
    struct io_uring_cqe *completions = (struct io_uring_cqe *)(ring->queues + at->cqes);
    for (unsigned i = AT(ring, at->head); i != AT(ring, at->tail); i++)
        look_at_completion(ring, &completions[i & AT(ring, at->ring_mask)]);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    REAL(mmap);
    void *result = real(address, length, protection, flags, fd, offset);
    struct ring *ring = fd >= 0 && fd < RINGS ? rings[fd] : NULL;
    if (ring && result != MAP_FAILED && offset == IORING_OFF_SQ_RING) ring->queues = result;
    if (ring && result != MAP_FAILED && offset == (off_t)IORING_OFF_SQES) ring->entries = result;
    return result;
}

/* The library asks for epoll_pwait2 and for those of io_uring by number. */
long syscall(long number, ...)
{
    va_list list;
    va_start(list, number);
    long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long), d = va_arg(list, long), e = va_arg(list, long), f = va_arg(list, long);
    va_end(list);
    REAL(syscall);
    if (number == SYS_io_uring_setup)
    {
        long refused = ask(RING_SETUP, -1, 0);
        if (refused < 0) return fail(-refused);
        long made = real(number, a, b, c, d, e, f);
        if (made >= 0) ring_made((int)made, (struct io_uring_params *)b);
        return made;
    }

    struct ring *ring = number == SYS_io_uring_enter && asked ? ring_of(a) : NULL;
    if (!ring && number != SYS_epoll_pwait2)
        return real(number, a, b, c, d, e, f);
    long said = ask(WAIT, (int)a, 0);
    if (said < 0) return fail(-said);
    if (ring) look_at_submissions(ring);
    long result = real(number, a, b, c, d, e, f);
    int error = errno;
    if (ring) look_at_completions(ring);
    errno = error;
    return result;
}

int fcntl(int fd, int command, ...)
{
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    REAL(fcntl);
    if (command != 1 /* F_GETFD */ && command != 3 /* F_GETFL */)
        return real(fd, command, argument);
    SEAM(command == 1 ? GETFD : GETFL, fd, real(fd, command));
}

int fstat(int fd, struct stat *status) { REAL(fstat); SEAM(GETFD, fd, real(fd, status)); }

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument)
{
    REAL(pthread_create);
    return threads_refused ? EAGAIN : real(thread, attributes, body, argument);
}
