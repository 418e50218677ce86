/* CPU time of the server and of this process, and the busy time of cores, at one moment. */
#pragma once
#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>



static uint64_t clock_now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

/* Everything that is read at both ends of the window; nanoseconds. */
struct snapshot {
    uint64_t time;
    uint64_t client_cpu;
    uint64_t client_delay;    /* ours: one thread, so all of it is other people's time */
    uint64_t server_cpu;      /* the process's CPU clock: threads that have ended included */
    uint64_t server_delay;    /* runnable, but waiting for a core; of the threads there are, as the next */
    uint64_t server_switches; /* times that a thread was given a core */
    uint64_t idle;            /* of the watched cores */
    int cores;                /* that are watched */
    int server_threads;
};

struct schedstat {
    unsigned long long cpu;
    unsigned long long delay;
    unsigned long long slices;
};

/* Documentation/scheduler/sched-stats.rst: time on a core, time waiting for one, time slices. */
static bool read_schedstat(const char *path, struct schedstat *stat)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return false; /* the thread ended just now */
    bool read = fscanf(file, "%llu %llu %llu", &stat->cpu, &stat->delay, &stat->slices) == 3;
    fclose(file);
    return read;
}

static bool read_server(struct snapshot *s, long pid)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%ld/task", pid);
    DIR *tasks = opendir(path);
    if (!tasks)
        return false;
    for (struct dirent *task; (task = readdir(tasks));) {
        if (!isdigit((unsigned char)task->d_name[0]))
            continue;
        snprintf(path, sizeof path, "/proc/%ld/task/%.32s/schedstat", pid, task->d_name);
        struct schedstat stat;
        if (!read_schedstat(path, &stat))
            continue;
        s->server_delay += stat.delay;
        s->server_switches += stat.slices;
        s->server_threads++;
    }
    closedir(tasks);

    clockid_t clock;
    if (clock_getcpuclockid((pid_t)pid, &clock) != 0)
        return false;
    s->server_cpu = clock_now(clock);
    return true;
}

static bool is_watched(long cpu, const char *cpus)
{
    for (const char *at = cpus; *at;) {
        char *end;
        if (strtol(at, &end, 10) == cpu && end != at)
            return true;
        at = *end ? end + 1 : end;
    }
    return false;
}

/*
 * proc_stat(5): user nice system idle iowait irq softirq steal. Only what a core did not do is measured (where the
 * tick stops in idle cores), the other columns are guessed at each tick: with two busy cores they are wrong by
 * several percent in a window of a second.
 */
static bool read_idle(struct snapshot *s, const char *cpus)
{
    FILE *file = fopen("/proc/stat", "re");
    if (!file)
        return false;
    uint64_t ticks = 0;
    char line[4096];
    while (fgets(line, sizeof line, file)) {
        long cpu;
        unsigned long long idle, iowait;
        if (sscanf(line, "cpu%ld %*u %*u %*u %llu %llu", &cpu, &idle, &iowait) == 3 && line[3] != ' '
            && is_watched(cpu, cpus)) {
            ticks += idle + iowait;
            s->cores++;
        }
    }
    fclose(file);
    s->idle = ticks * (SECOND / (uint64_t)sysconf(_SC_CLK_TCK));
    return true;
}

/* pid 0 and no cpus: these are not read. Returns what went wrong, or NULL. */
static const char *take_snapshot(struct snapshot *s, long pid, const char *cpus)
{
    *s = (struct snapshot){ 0 };
    if (pid && !read_server(s, pid))
        return "the server is gone";
    if (*cpus && !read_idle(s, cpus))
        return "/proc/stat cannot be read";
    struct schedstat own;
    if (read_schedstat("/proc/self/schedstat", &own))
        s->client_delay = own.delay;
    s->client_cpu = clock_now(CLOCK_PROCESS_CPUTIME_ID);
    s->time = clock_now(CLOCK_MONOTONIC);
    return NULL;
}
