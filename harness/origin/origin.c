/* The harness's side of the origin: a child process that runs origin_role. */
#include "origin.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "process.h"

#define ORIGIN_START_LIMIT_MS 10000
#define ORIGIN_STOP_LIMIT_MS  3000

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

/* "--gauge", "7": an option of the child about a descriptor that it gets. */
struct origin_child_option {
    const char *name;
    int fd;
    char text[12];
};

#define ORIGIN_CHILD_OPTIONS 3
#define ORIGIN_NUMBER_SIZE   24

/* The command line of the child. `arguments` has room for all, and `addresses` for the number of them. */
static void origin_fill_arguments(struct origin_child_option *options, const struct origin_options *wanted,
    char *addresses, const char **arguments)
{
    size_t count = 0;

    arguments[count++] = "harness";
    arguments[count++] = ORIGIN_COMMAND;
    for (size_t i = 0; i < ORIGIN_CHILD_OPTIONS; i++) {
        if (options[i].fd < 0)
            continue;
        (void)snprintf(options[i].text, sizeof options[i].text, "%d", options[i].fd);
        arguments[count++] = options[i].name;
        arguments[count++] = options[i].text;
    }
    if (wanted->tls)
        arguments[count++] = "--tls";
    if (wanted->addresses > 1) {
        (void)snprintf(addresses, ORIGIN_NUMBER_SIZE, "%" PRIu64, wanted->addresses);
        arguments[count++] = "--addresses";
        arguments[count++] = addresses;
    }
    arguments[count] = NULL;
}

/* It leads a process group of its own, and blocks and ignores no signal. -1 with errno. */
static int origin_spawn(
    struct origin *origin, const struct origin_options *wanted, const struct origin_child_ends *ends)
{
    struct origin_child_option options[ORIGIN_CHILD_OPTIONS] = {
        {.name = "--gauge", .fd = origin->memory.fd},
        {.name = "--lifeline", .fd = ends->lifeline},
        {.name = "--authority", .fd = origin->authority_fd},
    };
    const char *arguments[2 + 2 * ORIGIN_CHILD_OPTIONS + 4];
    char addresses[ORIGIN_NUMBER_SIZE];
    struct process_descriptor descriptors[ORIGIN_CHILD_OPTIONS + 1] = {{ends->address, STDOUT_FILENO}};
    size_t descriptor_count = 1;

    for (size_t i = 0; i < ORIGIN_CHILD_OPTIONS; i++)
        if (options[i].fd >= 0)
            descriptors[descriptor_count++] = (struct process_descriptor){options[i].fd, options[i].fd};
    origin_fill_arguments(options, wanted, addresses, arguments);
    pid_t pid = process_spawn(&(struct process_start){
        .program = PROCESS_OWN_PROGRAM,
        .arguments = arguments,
        .descriptors = descriptors,
        .descriptor_count = descriptor_count,
        .leads_group = true,
        .has_default_signals = true,
    });
    origin->pid = pid > 0 ? pid : 0;
    return pid > 0 ? 0 : -1;
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

/* A file that is only in memory: the child writes it, and trials find it through this process. */
static int origin_make_authority(struct origin *origin, struct failure *failure)
{
    origin->authority_fd = memfd_create("harness certificate authority", MFD_CLOEXEC);
    if (origin->authority_fd < 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't make a file in memory");
    (void)snprintf(
        origin->authority, sizeof origin->authority, "/proc/%d/fd/%d", (int)getpid(), origin->authority_fd);
    return 0;
}

static int origin_launch(struct origin *origin, const struct origin_options *options, struct failure *failure)
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
    const struct origin_child_ends ends = {.address = address[1], .lifeline = lifeline[0]};
    if (origin_spawn(origin, options, &ends) != 0) {
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

static void origin_clear(struct origin *origin)
{
    *origin = (struct origin){.memory = SHARED_MEMORY_NONE, .authority_fd = -1, .lifeline = -1};
}

int origin_start(struct origin *origin, const struct origin_options *options, struct failure *failure)
{
    origin_clear(origin);
    if (origin_make_gauge(origin, options->arrival_capacity, failure) == 0 &&
        (!options->tls || origin_make_authority(origin, failure) == 0) &&
        origin_launch(origin, options, failure) == 0)
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
    return clock_to_ns(used);
}

/* Waits for its end, and insists when that takes too long. */
static void origin_reap(pid_t pid)
{
    int fd = process_open(pid);
    struct pollfd ended = {.fd = fd, .events = POLLIN};
    int how = 0;

    (void)kill(pid, SIGTERM);
    if (fd < 0 || origin_poll(&ended, ORIGIN_STOP_LIMIT_MS) <= 0)
        (void)kill(pid, SIGKILL);
    origin_close(&fd);
    (void)process_wait(pid, &how);
}

void origin_stop(struct origin *origin)
{
    if (!origin->gauge)
        return;
    origin_close(&origin->lifeline);
    if (origin->pid != 0)
        origin_reap(origin->pid);
    origin_close(&origin->authority_fd);
    shared_memory_release(&origin->memory);
    origin_clear(origin);
}
