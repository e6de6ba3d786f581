#include "system_limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ports.h"
#include "proc_file.h"

/* What else the user runs is not known; so many are left for that. */
#define THREADS_BESIDES 1000

/* Standard streams, libraries, shared memory, pipes. */
#define FILES_BESIDES 64

/* The first number in a small file after `key`; UINT64_MAX when there is none, or it says "max". */
static uint64_t limits_read(const char *path, const char *key)
{
    char text[8192];
    FILE *file = fopen(path, "re");

    if (!file)
        return UINT64_MAX;
    size_t size = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[size] = '\0';
    return proc_file_number(text, key, UINT64_MAX);
}

/* What an arm needs of something. */
typedef uint64_t limits_figure(const struct arm *arm);

/* The arm that needs most of it. */
static const struct arm *limits_most(const struct arms *arms, limits_figure *figure)
{
    const struct arm *most = &arms->items[0];

    for (size_t i = 1; i < arms->count; i++)
        if (figure(&arms->items[i]) > figure(most))
            most = &arms->items[i];
    return most;
}

/* The limit is one for each process. */
static uint64_t limits_files(const struct arm *arm)
{
    return FILES_BESIDES + arm->files;
}

/* What a trial's processes share out among them, the embedded origin has alone. */
static uint64_t limits_files_with_origin(const struct arm *arm)
{
    uint64_t of_origin = arm->processes > 0 ? FILES_BESIDES + arm->settings.concurrency : 0;

    return limits_files(arm) > of_origin ? limits_files(arm) : of_origin;
}

int limits_check_files(const struct arms *arms, bool has_origin, struct failure *failure)
{
    limits_figure *files = has_origin ? limits_files_with_origin : limits_files;
    const struct arm *most = limits_most(arms, files);
    uint64_t needed = files(most);
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't read the limit on open files");
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < needed) {
        const struct rlimit higher = {.rlim_cur = needed, .rlim_max = needed};
        if (setrlimit(RLIMIT_NOFILE, &higher) == 0)
            return 0; /* root may */
        return failure_set(failure, FAILURE_RUN,
            "'%s' at concurrency %llu needs %llu open files, but the limit is %llu; raise it with 'ulimit "
            "-Hn %llu' as root, or lower --concurrency",
            most->label, (unsigned long long)most->settings.concurrency, (unsigned long long)needed,
            (unsigned long long)limit.rlim_max, (unsigned long long)needed);
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't raise the limit on open files");
    return 0;
}

/* What the kernel counts: a process is a thread, too. */
static uint64_t limits_tasks(const struct arm *arm)
{
    return arm->threads + arm->processes;
}

/* `remedy` is what the number needed is appended to, such as "ulimit -u ". */
static int limits_refuse_threads(
    const struct arm *arm, uint64_t available, const char *remedy, struct failure *failure)
{
    return failure_set(failure, FAILURE_RUN,
        "'%s' at concurrency %llu needs %llu %s, but only %llu are left; raise the limit with '%s%llu', or "
        "lower --concurrency",
        arm->label, (unsigned long long)arm->settings.concurrency, (unsigned long long)limits_tasks(arm),
        arm->processes > 0 ? "processes" : "threads", (unsigned long long)available, remedy,
        (unsigned long long)limits_tasks(arm) + THREADS_BESIDES);
}

/* Threads left in this process's control group (version 2); UINT64_MAX when there is no limit. */
static uint64_t limits_threads_of_group(void)
{
    char line[1024] = "";
    char path[1200];
    FILE *file = fopen("/proc/self/cgroup", "re");

    bool has_line = file && fgets(line, sizeof line, file) != NULL;
    if (file)
        (void)fclose(file);
    if (!has_line || strncmp(line, "0::", 3) != 0)
        return UINT64_MAX;
    line[strcspn(line, "\n")] = '\0';
    (void)snprintf(path, sizeof path, "/sys/fs/cgroup%s/pids.max", line + 3);
    uint64_t most = limits_read(path, "");
    (void)snprintf(path, sizeof path, "/sys/fs/cgroup%s/pids.current", line + 3);
    uint64_t used = limits_read(path, "");
    if (most == UINT64_MAX || used == UINT64_MAX)
        return UINT64_MAX;
    return most > used ? most - used : 0;
}

int limits_check_threads(const struct arms *arms, struct failure *failure)
{
    const struct arm *most = limits_most(arms, limits_tasks);
    uint64_t needed = limits_tasks(most);
    uint64_t of_group = limits_threads_of_group();
    uint64_t of_kernel = limits_read("/proc/sys/kernel/threads-max", "");
    struct rlimit limit;

    /* The limit on a user's processes does not bind root. */
    if (geteuid() != 0 && getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        limit.rlim_cur < needed)
        return limits_refuse_threads(most, limit.rlim_cur, "ulimit -u ", failure);
    if (of_group < needed)
        return limits_refuse_threads(most, of_group, "systemctl set-property SCOPE TasksMax=", failure);
    if (of_kernel < needed)
        return limits_refuse_threads(most, of_kernel, "sysctl -w kernel.threads-max=", failure);
    return 0;
}

static uint64_t limits_memory_kib(const struct arm *arm)
{
    return arm->memory_kib;
}

int limits_check_memory(
    const struct arms *arms, uint64_t requests, const struct limits_memory *needed, struct failure *failure)
{
    const struct arm *most = limits_most(arms, limits_memory_kib);
    uint64_t available_kib = limits_read("/proc/meminfo", "MemAvailable:");

    if (available_kib != UINT64_MAX && most->memory_kib > available_kib)
        return failure_set(failure, FAILURE_RUN,
            "'%s' at concurrency %llu needs %llu MiB of memory, but only %llu MiB are available; lower "
            "--concurrency",
            most->label, (unsigned long long)most->settings.concurrency,
            (unsigned long long)most->memory_kib / 1024, (unsigned long long)available_kib / 1024);
    double trial_bytes = needed->trial + (double)most->memory_kib * 1024;
    double needed_bytes = needed->lasting + (trial_bytes > needed->between ? trial_bytes : needed->between);
    if (available_kib == UINT64_MAX || needed_bytes / 1024 < (double)available_kib)
        return 0;
    return failure_set(failure, FAILURE_RUN,
        "trials of %llu requests need %.0f MiB of memory, but only %llu MiB are available; lower --requests "
        "or --repeat",
        (unsigned long long)requests, needed_bytes / 1024 / 1024, (unsigned long long)available_kib / 1024);
}

int limits_check_ports(const struct arms *arms, uint64_t requests, uint64_t batches, struct failure *failure)
{
    const struct arm *most = &arms->items[0];
    uint64_t ports = ports_count();

    for (size_t i = 1; i < arms->count; i++)
        if (ports_needed(&arms->items[i], requests, batches) > ports_needed(most, requests, batches))
            most = &arms->items[i];
    uint64_t needed = ports_needed(most, requests, batches);
    if (ports == 0 || needed <= ports)
        return 0;
    const char *cause = ports_cause(&most->settings);
    return failure_set(failure, FAILURE_RUN,
        "'%s'%s%s needs %llu local ports for its connections to one server, but there are only %llu; allow "
        "more "
        "with 'sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"', or lower %s",
        most->label, cause ? " with " : "", cause ? cause : "", (unsigned long long)needed,
        (unsigned long long)ports, ports_are_used_once(most) ? "--requests" : "--concurrency");
}
