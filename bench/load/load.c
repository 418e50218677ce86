/*
 * The load generator of the benchmarks.
 *
 * After a warm-up one window is measured; then each connection finishes what it has under way, closes its
 * sending side and expects the server to close too, with nothing left over. Every byte of every reply is
 * compared with what was sent.
 *
 * With --server-pid the CPU time of the server is read at the two ends of the window, so that neither set-up
 * nor warm-up is in it. One JSON object goes to stdout, the first error to stderr; exit code 0 when every byte
 * was right, 1 when not, 2 for a wrong call.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "load.h"

#include "histogram.h"
#include "snapshot.h"

enum { BATCH = 256, DRAIN_SECONDS = 5, SPARE_SECONDS = 15 };

struct options options = {
    .kind = "stream", .path = "/", .connections = 50, .size = 64, .depth = 1, .seconds = 2, .warmup = 0.5,
};
enum phase phase;
int epoll_fd;
long open_connections;
uint64_t round_trips;
uint64_t errors;
uint64_t lost;
char receive_buffer[RECEIVE_SIZE];

static const struct kind *kind;

void stop(int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(code);
}

static void on_alarm(int signal)
{
    (void)signal;
    static const char message[] = "load: not done within its time limit\n";
    ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
    (void)ignored;
    _exit(1);
}

uint64_t now(void)
{
    return clock_now(CLOCK_MONOTONIC);
}

static struct snapshot look(void)
{
    struct snapshot s;
    const char *problem = take_snapshot(&s, options.server_pid, options.cpus);
    if (problem)
        stop(1, "%s", problem);
    return s;
}

void finish_round_trip(struct connection *c, uint64_t time, uint64_t started)
{
    if (phase != MEASURED)
        return;
    record(time - started);
    round_trips++;
    c->finished++;
}

/* ---- the run ----------------------------------------------------------------------------------- */

/* Until something happens or that moment comes. */
static int wait_for_events(struct epoll_event *events, uint64_t time, uint64_t until)
{
    uint64_t left = until > time ? until - time : 0;
    struct timespec timeout = { .tv_sec = (time_t)(left / SECOND), .tv_nsec = (long)(left % SECOND) };
    int count = epoll_pwait2(epoll_fd, events, BATCH, &timeout, NULL);
    if (count < 0 && errno != EINTR)
        stop(1, "epoll_pwait2: %s", strerror(errno));
    return count;
}

/* Serves the connections until the deadline, the bound on round trips, or the end of the last one. */
static void serve_until(uint64_t deadline)
{
    struct epoll_event events[BATCH];
    for (uint64_t time = now(); time < deadline && open_connections > 0; time = now()) {
        if (phase == MEASURED && options.round_trips && round_trips >= (uint64_t)options.round_trips)
            return;
        uint64_t due = kind->on_time ? kind->on_time(time) : UINT64_MAX;
        int count = wait_for_events(events, time, due < deadline ? due : deadline);
        for (int i = 0; i < count; i++) {
            struct connection *c = events[i].data.ptr;
            if (c->open)
                kind->on_event(c, events[i].events);
        }
    }
}

static uint64_t in_seconds(double seconds)
{
    return now() + (uint64_t)(seconds * (double)SECOND);
}

static void drain(void)
{
    phase = DRAINING;
    kind->drain();
    serve_until(in_seconds(DRAIN_SECONDS));
    for (long i = 0; i < options.connections; i++) {
        struct connection *c = &connections[i];
        if (c->open)
            fail(c, c->closing ? "the server did not close within %d s" : "no whole reply within %d s",
                 DRAIN_SECONDS);
    }
}

static double seconds_between(uint64_t from, uint64_t to)
{
    return to < from ? 0 : (double)(to - from) / (double)SECOND;
}

/* Connections without one reply in the window; the percentiles do not see them. */
static long count_starved(void)
{
    long starved = 0;
    for (long i = 0; i < options.connections; i++)
        starved += connections[i].finished == 0;
    return starved;
}

static void report(const struct snapshot *from, const struct snapshot *to)
{
    double seconds = seconds_between(from->time, to->time);
    printf("{\"connections\":%ld,\"size\":%ld,\"roundTrips\":%llu,\"seconds\":%.6f,\"perSecond\":%.1f,",
           options.connections, options.size, (unsigned long long)round_trips, seconds,
           (double)round_trips / seconds);
    printf("\"p50Us\":%.2f,\"p99Us\":%.2f,\"p999Us\":%.2f,\"maxUs\":%.2f,", percentile_us(0.5),
           percentile_us(0.99), percentile_us(0.999), (double)slowest / 1000);
    printf("\"starved\":%ld,\"lost\":%llu,\"errors\":%llu,", count_starved(), (unsigned long long)lost,
           (unsigned long long)errors);
    printf("\"clientCpuSeconds\":%.6f,\"clientDelaySeconds\":%.6f",
           seconds_between(from->client_cpu, to->client_cpu),
           seconds_between(from->client_delay, to->client_delay));
    if (options.server_pid)
        printf(",\"serverCpuSeconds\":%.6f,\"serverDelaySeconds\":%.6f,"
               "\"serverSwitches\":%lld,\"serverThreads\":%d",
               seconds_between(from->server_cpu, to->server_cpu),
               seconds_between(from->server_delay, to->server_delay),
               (long long)(to->server_switches - from->server_switches), to->server_threads);
    if (options.cpus[0])
        printf(",\"busySeconds\":%.6f", seconds * to->cores - seconds_between(from->idle, to->idle));
    puts("}");
}

/* ---- the command line ------------------------------------------------------------------------------ */

static const char usage[] =
    "usage: load [options] HOST:PORT\n"
    "  --kind KIND       stream: connections that stay (the default); churn: a connection for each\n"
    "                    message; broadcast: one sends, all receive; udp: datagrams; http: requests of\n"
    "                    HTTP/1.1, whose responses are all as long\n"
    "  --path PATH       http: of the request (/)\n"
    "  --connections N   at the same time, 1 to 1000000 (50)\n"
    "  --size BYTES      of each message, 1 to 16777216 (64)\n"
    "  --depth N         stream: messages under way on each connection, 1 to 1024 (1)\n"
    "  --rate N          stream, http: messages per second over all connections, latency counted from\n"
    "                    when each was due (as fast as replies come)\n"
    "  --idle N          stream: more connections, on which nothing happens (0)\n"
    "  --seconds S       length of the measured window, 0.01 to 3600 (2)\n"
    "  --warmup S        before it, 0 to 3600 (0.5)\n"
    "  --round-trips N   end the window after so many, if they come sooner\n"
    "  --server-pid PID  report the CPU time of this process in the window\n"
    "  --cpus 0,1        report the busy time of these cores in the window\n";

static void __attribute__((noreturn)) wrong_call(const char *what, const char *value)
{
    fprintf(stderr, "load: %s '%s'\n%s", what, value, usage);
    exit(2);
}

static double number(const char *name, const char *text, double least, double most)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= least && value <= most)) {
        char what[64];
        snprintf(what, sizeof what, "--%s does not take", name);
        wrong_call(what, text);
    }
    return value;
}

static void take_text(char *to, size_t size, const char *text)
{
    if ((size_t)snprintf(to, size, "%s", text) >= size)
        wrong_call("too long:", text);
}

static void take_endpoint(char *endpoint)
{
    char *colon = strrchr(endpoint, ':');
    if (!colon)
        wrong_call("not a HOST:PORT:", endpoint);
    take_text(options.port, sizeof options.port, colon + 1);
    *colon = 0;
    size_t length = strlen(endpoint);
    if (endpoint[0] == '[' && length > 2 && endpoint[length - 1] == ']') {
        endpoint[length - 1] = 0; /* [::1]:PORT */
        endpoint++;
    }
    take_text(options.host, sizeof options.host, endpoint);
}

static void choose_kind(void)
{
    static const struct kind *const kinds[] = { &stream_kind, &churn_kind, &broadcast_kind, &udp_kind, &http_kind };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i]->name, options.kind) == 0)
            kind = kinds[i];
    if (!kind)
        wrong_call("--kind does not take", options.kind);
    if (kind != &stream_kind && (options.depth != 1 || (options.rate > 0 && kind != &http_kind) || options.idle > 0))
        wrong_call("--depth, --rate and --idle are for --kind stream, not", options.kind);
    if (kind == &http_kind && options.rate == 0)
        wrong_call("--rate is needed for --kind", options.kind);
    if (options.rate > 0 && options.depth != 1)
        wrong_call("--rate takes no --depth:", options.kind);
}

static void parse(int count, char **arguments)
{
    static const struct option known[] = {
        { "kind", required_argument, NULL, 'k' },        { "connections", required_argument, NULL, 'c' },
        { "size", required_argument, NULL, 'b' },        { "depth", required_argument, NULL, 'd' },
        { "rate", required_argument, NULL, 'r' },        { "idle", required_argument, NULL, 'i' },
        { "seconds", required_argument, NULL, 's' },     { "warmup", required_argument, NULL, 'w' },
        { "path", required_argument, NULL, 'P' },
        { "round-trips", required_argument, NULL, 'n' }, { "server-pid", required_argument, NULL, 'p' },
        { "cpus", required_argument, NULL, 'u' },        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int which;
    for (int option; (option = getopt_long(count, arguments, "", known, &which)) != -1;) {
        switch (option) {
        case 'k': take_text(options.kind, sizeof options.kind, optarg); break;
        case 'P': take_text(options.path, sizeof options.path, optarg); break;
        case 'c': options.connections = (long)number("connections", optarg, 1, 1e6); break;
        case 'b': options.size = (long)number("size", optarg, 1, 1 << 24); break;
        case 'd': options.depth = (long)number("depth", optarg, 1, 1024); break;
        case 'r': options.rate = number("rate", optarg, 1, 1e7); break;
        case 'i': options.idle = (long)number("idle", optarg, 0, 1e6); break;
        case 's': options.seconds = number("seconds", optarg, 0.01, 3600); break;
        case 'w': options.warmup = number("warmup", optarg, 0, 3600); break;
        case 'n': options.round_trips = (long)number("round-trips", optarg, 1, 1e12); break;
        case 'p': options.server_pid = (long)number("server-pid", optarg, 1, 1 << 30); break;
        case 'u': take_text(options.cpus, sizeof options.cpus, optarg); break;
        case 'h': fputs(usage, stdout); exit(0);
        default: fputs(usage, stderr); exit(2);
        }
    }
    if (optind != count - 1)
        wrong_call("one HOST:PORT is needed, not", optind < count ? arguments[optind + 1] : "");
    choose_kind();
    take_endpoint(arguments[optind]);
}

static void make_ready(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    prctl(PR_SET_TIMERSLACK, 1); /* a message is to go out when it is due, not 50 us later */
    signal(SIGALRM, on_alarm);
    alarm((unsigned)(options.warmup + options.seconds) + DRAIN_SECONDS + SPARE_SECONDS);

    resolve();
    make_noise();
    make_connections();
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0)
        stop(1, "epoll_create1: %s", strerror(errno));
}

int main(int count, char **arguments)
{
    parse(count, arguments);
    make_ready();
    kind->prepare();
    kind->begin(now());
    serve_until(in_seconds(options.warmup));

    struct snapshot from = look();
    phase = MEASURED;
    serve_until(in_seconds(options.seconds));
    struct snapshot to = look();

    drain();
    report(&from, &to);
    if (round_trips == 0 && errors == 0)
        stop(1, "no round trip was finished in the window");
    return errors ? 1 : 0;
}
