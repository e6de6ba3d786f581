/* The harness's side of the origin: a child process that runs origin_role. */
#include "origin.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

#define ORIGIN_START_LIMIT_MS 10000
#define ORIGIN_STOP_LIMIT_MS  3000

extern char **environ;

/* The ends of pipes that the child gets. */
struct origin_child_ends {
    int address;  /* its standard output, where it says where it listens */
    int lifeline; /* to read from */
};

static void origin_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* dup2 of a descriptor onto itself takes its close-on-exec flag away, in the child alone. */
static int origin_hand_over(
    posix_spawn_file_actions_t *actions, const struct origin *origin, const struct origin_child_ends *ends)
{
    int error = posix_spawn_file_actions_adddup2(actions, ends->address, STDOUT_FILENO);

    if (error == 0)
        error = posix_spawn_file_actions_adddup2(actions, ends->lifeline, ends->lifeline);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(actions, origin->memory.fd, origin->memory.fd);
    return error;
}

/* A process group of its own, no blocked signals, and none ignored. */
static int origin_set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t all;
    short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;

    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int error = posix_spawnattr_setflags(attributes, flags);
    if (error == 0)
        error = posix_spawnattr_setsigmask(attributes, &none);
    if (error == 0)
        error = posix_spawnattr_setsigdefault(attributes, &all);
    return error;
}

static int origin_spawn(struct origin *origin, const struct origin_child_ends *ends)
{
    char gauge[16];
    char lifeline[16];
    char name[] = "harness";
    char role[] = "origin";
    char gauge_option[] = "--gauge";
    char lifeline_option[] = "--lifeline";
    char *argv[] = {name, role, gauge_option, gauge, lifeline_option, lifeline, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;

    (void)snprintf(gauge, sizeof gauge, "%d", origin->memory.fd);
    (void)snprintf(lifeline, sizeof lifeline, "%d", ends->lifeline);
    (void)posix_spawn_file_actions_init(&actions); /* these two can't fail with glibc */
    (void)posix_spawnattr_init(&attributes);
    int error = origin_hand_over(&actions, origin, ends);
    if (error == 0)
        error = origin_set_attributes(&attributes);
    if (error == 0)
        error = posix_spawn(&origin->pid, "/proc/self/exe", &actions, &attributes, argv, environ);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* poll of one descriptor, which a signal does not end: the experiment handles those. */
static int origin_poll(struct pollfd *fd, int limit_ms)
{
    int ready = 0;

    do
        ready = poll(fd, 1, limit_ms);
    while (ready < 0 && errno == EINTR);
    return ready;
}

/* Reads up to the end of the first line; fewer bytes than a line when the child ended or took too long. */
static void origin_read_line(int fd, char *line, size_t size)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    size_t used = 0;

    line[0] = '\0';
    while (used + 1 < size && !strchr(line, '\n') && origin_poll(&readable, ORIGIN_START_LIMIT_MS) > 0) {
        ssize_t count = read(fd, line + used, size - 1 - used);
        if (count <= 0)
            break;
        used += (size_t)count;
        line[used] = '\0';
    }
}

static int origin_read_address(struct origin *origin, int fd, struct failure *failure)
{
    static const char prefix[] = "listening on ";
    char line[sizeof prefix + sizeof origin->base_url - 1];

    origin_read_line(fd, line, sizeof line);
    char *end = strchr(line, '\n');
    if (strncmp(line, prefix, strlen(prefix)) != 0 || !end)
        return failure_set(failure, FAILURE_RUN,
            "the embedded origin did not start; try 'harness origin' by hand, or name another server with "
            "--base-url");
    *end = '\0';
    (void)snprintf(origin->base_url, sizeof origin->base_url, "%s", line + strlen(prefix));
    return 0;
}

static int origin_make_gauge(struct origin *origin, uint64_t arrival_capacity, struct failure *failure)
{
    size_t size = gauge_size(arrival_capacity);

    if (size == 0)
        return failure_set(failure, FAILURE_USAGE, "the order of %llu requests is more than can be kept",
            (unsigned long long)arrival_capacity);
    if (shared_memory_create(&origin->memory, "harness gauge", size, failure) != 0)
        return -1;
    origin->gauge = origin->memory.bytes;
    origin->gauge->arrival_capacity = arrival_capacity;
    return 0;
}

static int origin_launch(struct origin *origin, struct failure *failure)
{
    int address[2] = {-1, -1};
    int lifeline[2] = {-1, -1};
    int result = -1;

    if (pipe2(address, O_CLOEXEC) != 0 || pipe2(lifeline, O_CLOEXEC) != 0) {
        failure_set_errno(failure, FAILURE_RUN, "can't make a pipe to the embedded origin");
        goto out;
    }
    origin->lifeline = lifeline[1];
    lifeline[1] = -1;
    errno = origin_spawn(origin, &(struct origin_child_ends){.address = address[1], .lifeline = lifeline[0]});
    if (errno != 0) {
        origin->pid = 0;
        failure_set_errno(failure, FAILURE_RUN, "can't start the embedded origin");
        goto out;
    }
    origin_close(&address[1]); /* so that the child's end shows */
    result = origin_read_address(origin, address[0], failure);
out:
    origin_close(&address[0]);
    origin_close(&address[1]);
    origin_close(&lifeline[0]);
    origin_close(&lifeline[1]);
    return result;
}

int origin_start(struct origin *origin, uint64_t arrival_capacity, struct failure *failure)
{
    *origin = (struct origin){.memory = SHARED_MEMORY_NONE, .lifeline = -1};
    if (origin_make_gauge(origin, arrival_capacity, failure) == 0 && origin_launch(origin, failure) == 0)
        return 0;
    origin_stop(origin);
    return -1;
}

uint64_t origin_cpu_ns(const struct origin *origin)
{
    struct timespec used;
    clockid_t clock;

    if (origin->pid == 0 || clock_getcpuclockid(origin->pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return UINT64_MAX;
    return (uint64_t)used.tv_sec * NS_PER_S + (uint64_t)used.tv_nsec;
}

int origin_is_alive(struct origin *origin)
{
    siginfo_t end = {.si_pid = 0};

    if (origin->pid == 0 || waitid(P_PID, (id_t)origin->pid, &end, WEXITED | WNOHANG | WNOWAIT) != 0)
        return 0;
    return end.si_pid == 0;
}

/* Waits for its end, and insists when that takes too long. */
static void origin_reap(pid_t pid)
{
    int fd = pidfd_open(pid, 0);
    struct pollfd ended = {.fd = fd, .events = POLLIN};
    int status;

    (void)kill(pid, SIGTERM);
    if (fd < 0 || origin_poll(&ended, ORIGIN_STOP_LIMIT_MS) <= 0)
        (void)kill(pid, SIGKILL);
    origin_close(&fd);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
}

void origin_stop(struct origin *origin)
{
    if (!origin->gauge)
        return;
    origin_close(&origin->lifeline);
    if (origin->pid != 0)
        origin_reap(origin->pid);
    shared_memory_release(&origin->memory);
    *origin = (struct origin){.memory = SHARED_MEMORY_NONE, .lifeline = -1};
}
