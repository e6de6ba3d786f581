#include "usage.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "children.h"
#include "clock.h"
#include "proc_file.h"

static uint64_t usage_of_timeval(struct timeval time)
{
    return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_usec * NS_PER_US;
}

static void usage_add_times(uint64_t user_ns, uint64_t sys_ns, struct usage *usage)
{
    usage->cpu_ns += user_ns + sys_ns;
    usage->user_ns += user_ns;
    usage->sys_ns += sys_ns;
}

static void usage_add_rusage(int who, struct usage *usage)
{
    struct rusage used;

    (void)getrusage(who, &used);
    usage_add_times(usage_of_timeval(used.ru_utime), usage_of_timeval(used.ru_stime), usage);
    usage->voluntary_switches += (uint64_t)used.ru_nvcsw;
    usage->involuntary_switches += (uint64_t)used.ru_nivcsw;
    usage->minor_faults += (uint64_t)used.ru_minflt;
}

void usage_add_self(struct usage *usage)
{
    usage_add_rusage(RUSAGE_SELF, usage);
    usage_add_rusage(RUSAGE_CHILDREN, usage);
}

/*
 * The clocks of a process are numbered alike (CPUCLOCK_PROF, _VIRT and _SCHED in the kernel's
 * posix-timers_types.h): in the last two bits of what clock_getcpuclockid gives. Without /proc's rounding to
 * 10 ms, in which short processes would have no time in the kernel at all.
 */
enum usage_clock { CLOCK_OF_BOTH = 0, CLOCK_OF_USER = 1, CLOCK_EXACT = 2 };

/* 0 when the process is gone. */
static uint64_t usage_read_clock(pid_t pid, enum usage_clock which)
{
    clockid_t clock = 0;
    struct timespec time = {0};

    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime((clock & ~3) | (clockid_t)which, &time) != 0)
        return 0;
    return clock_to_ns(time);
}

static void usage_add_clocks(pid_t pid, struct usage *usage)
{
    uint64_t user_ns = usage_read_clock(pid, CLOCK_OF_USER);
    uint64_t both_ns = usage_read_clock(pid, CLOCK_OF_BOTH);

    usage->cpu_ns += usage_read_clock(pid, CLOCK_EXACT);
    usage->user_ns += user_ns;
    usage->sys_ns += both_ns > user_ns ? both_ns - user_ns : 0;
}

/* What /proc/PID/stat has of a process and of the children that it has waited for; times in ticks. */
struct usage_stat {
    unsigned long long faults;
    unsigned long long faults_of_reaped;
    unsigned long long user_of_reaped;
    unsigned long long sys_of_reaped;
};

/* Fields 10, 11, 16 and 17, which come after the name, and that may hold anything. */
static bool usage_read_stat(pid_t pid, struct usage_stat *stat)
{
    char text[PROC_FILE_SIZE];

    const char *after_name = proc_file_read(pid, "stat", text) ? strrchr(text, ')') : NULL;
    return after_name &&
           sscanf(after_name + 1, " %*c %*d %*d %*d %*d %*d %*u %llu %llu %*u %*u %*u %*u %llu %llu",
               &stat->faults, &stat->faults_of_reaped, &stat->user_of_reaped,
               &stat->sys_of_reaped) == 4; /* NOLINT(cert-err34-c): from the kernel */
}

/* Of the children that it has waited for there is nothing better than ticks of 10 ms. */
static void usage_add_stat(pid_t pid, struct usage *usage)
{
    uint64_t tick_ns = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
    struct usage_stat stat;

    if (!usage_read_stat(pid, &stat))
        return;
    usage_add_times(stat.user_of_reaped * tick_ns, stat.sys_of_reaped * tick_ns, usage);
    usage->minor_faults += stat.faults + stat.faults_of_reaped;
}

/* Each thread has its own; those of threads that have ended are lost. */
static void usage_add_switches_of(pid_t pid, const char *thread, struct usage *usage)
{
    char text[PROC_FILE_SIZE];
    char file[320];

    (void)snprintf(file, sizeof file, "task/%s/status", thread);
    if (!proc_file_read(pid, file, text))
        return;
    usage->voluntary_switches += proc_file_number(text, "\nvoluntary_ctxt_switches:", 0);
    usage->involuntary_switches += proc_file_number(text, "\nnonvoluntary_ctxt_switches:", 0);
}

static void usage_add_switches(pid_t pid, struct usage *usage)
{
    char path[64];

    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    for (const struct dirent *entry; threads && (entry = readdir(threads));)
        if (entry->d_name[0] != '.')
            usage_add_switches_of(pid, entry->d_name, usage);
    if (threads)
        (void)closedir(threads);
}

static void usage_visit_process(pid_t pid, void *usage)
{
    usage_add_clocks(pid, usage);
    usage_add_stat(pid, usage);
    usage_add_switches(pid, usage);
}

void usage_add_process(pid_t pid, struct usage *usage)
{
    usage_visit_process(pid, usage);
}

void usage_add_children(pid_t pid, struct usage *usage)
{
    children_visit(pid, usage_visit_process, usage);
}

struct usage_counts {
    uint64_t processes;
    uint64_t threads;
};

static void usage_count_child(pid_t child, void *context)
{
    struct usage_counts *counts = context;
    char text[PROC_FILE_SIZE];

    if (!proc_file_read(child, "status", text))
        return;
    counts->processes++;
    counts->threads += proc_file_number(text, "\nThreads:", 0);
}

void usage_count_children(pid_t pid, uint64_t *processes, uint64_t *threads)
{
    struct usage_counts counts = {0};

    children_visit(pid, usage_count_child, &counts);
    *processes = counts.processes;
    *threads = counts.threads;
}

/* Never below 0, although a child may have ended in between. */
static uint64_t usage_difference(uint64_t before, uint64_t after)
{
    return after > before ? after - before : 0;
}

struct usage usage_between(const struct usage *before, const struct usage *after)
{
    uint64_t cpu_ns = usage_difference(before->cpu_ns, after->cpu_ns);
    double user = (double)usage_difference(before->user_ns, after->user_ns);
    double sys = (double)usage_difference(before->sys_ns, after->sys_ns);
    uint64_t user_ns = user + sys > 0 ? (uint64_t)((double)cpu_ns * (user / (user + sys))) : cpu_ns;

    return (struct usage){
        .cpu_ns = cpu_ns,
        .user_ns = user_ns,
        .sys_ns = cpu_ns - user_ns,
        .voluntary_switches = usage_difference(before->voluntary_switches, after->voluntary_switches),
        .involuntary_switches = usage_difference(before->involuntary_switches, after->involuntary_switches),
        .minor_faults = usage_difference(before->minor_faults, after->minor_faults),
    };
}
