/* Shared by the parts of the load generator. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define SECOND ((uint64_t)1000000000)

enum { RECEIVE_SIZE = 256 * 1024 };

struct options {
    char host[256];
    char port[16];
    char kind[16];
    char path[256]; /* of an HTTP request */
    long connections;
    long idle;  /* more connections, on which nothing happens */
    long size;
    long depth; /* messages under way on each connection */
    double rate; /* messages per second over all connections; 0: as fast as replies come */
    double seconds;
    double warmup;
    long round_trips; /* 0: bounded by time alone */
    long server_pid;  /* 0: not watched */
    char cpus[256];   /* "0,1": their busy time is reported */
};

struct connection {
    int fd;
    bool open;
    bool closing; /* our side is shut down, the server's end of stream is awaited */
    bool wants_write;
    uint32_t index;
    uint32_t finished; /* round trips in the window */
    uint64_t begun;    /* messages */
    uint64_t done;     /* messages whose reply is complete */
    uint64_t sent;     /* bytes */
    uint64_t received;
    uint64_t *started; /* of the messages under way: a ring of options.depth */
};

/* What happens on the connections. */
struct kind {
    const char *name;
    void (*prepare)(void);                                   /* opens connections */
    void (*begin)(uint64_t time);                            /* the first messages */
    void (*on_event)(struct connection *, uint32_t events);
    uint64_t (*on_time)(uint64_t time);                      /* NULL, or: what is due; returns when next */
    void (*drain)(void);                                     /* asks each connection to come to its end */
};

extern const struct kind stream_kind, churn_kind, broadcast_kind, udp_kind, http_kind;

enum phase { WARMUP, MEASURED, DRAINING };

extern struct options options;
extern enum phase phase;
extern int epoll_fd;
extern struct connection *connections;
extern long open_connections;
extern uint64_t round_trips; /* finished in the window */
extern uint64_t errors;
extern uint64_t lost;
extern char receive_buffer[RECEIVE_SIZE];
extern struct sockaddr_storage server_address;
extern socklen_t server_address_length;

uint64_t now(void);
void __attribute__((noreturn, format(printf, 2, 3))) stop(int code, const char *format, ...);

/* A round trip that began then is over. */
void finish_round_trip(struct connection *c, uint64_t time, uint64_t started);

/* ---- connection.c ---- */

void resolve(void);
void make_noise(void);

/* The byte stream that a connection with this index sends, from a position on; RECEIVE_SIZE of it. */
const char *stream_of(uint32_t index, uint64_t position);

void make_connections(void);
int open_socket(int type, bool nodelay);
void connect_stream(struct connection *c);
void watch(struct connection *c, int operation, uint32_t events);
void drop(struct connection *c);

/* Counts an error, says what the first one was, and gives the connection up. */
void __attribute__((format(printf, 2, 3))) fail(struct connection *c, const char *format, ...);

/* Whether what was received is what this index has sent from that position on; fails the connection if not. */
bool check(struct connection *c, uint32_t index, const char *data, size_t length, uint64_t position);

void begin_close(struct connection *c);
