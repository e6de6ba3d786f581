/* processes: forking and joining them, counted; and how they ended. */
#include "internal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"
#include "shared_memory.h"

/* Of a process that could not go on, and has said why. */
#define PROCESS_FAILED 1

/* Its one lane's handle is made anew: no process has descriptors or connections of another's handle. What it
 * shares with others is mapped, and yet each page of that costs a fault at first. */
static bool processes_take_lane(struct lanes *lanes, size_t lane)
{
    records_fault_in(lanes->records);
    shared_memory_fault_in(lanes->workload, lanes->workload->size, false);
    return lanes_renew_handle(lanes, lane) == 0;
}

/* A process's whole life. Nothing of its parent's is to be tidied up or flushed, so it ends at once. */
static _Noreturn void processes_live(
    struct lanes *lanes, size_t lane, pid_t parent, void (*body)(void *), void *argument)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || !processes_take_lane(lanes, lane))
        _exit(PROCESS_FAILED);
    body(argument);
    curl_easy_cleanup(lanes_handle(lanes, lane)); /* which closes its connections as it should */
    _exit(0);
}

int lanes_start_process(
    struct lanes *lanes, size_t lane, pid_t *process, void (*body)(void *), void *argument)
{
    pid_t parent = getpid();

    *process = fork();
    if (*process == 0)
        processes_live(lanes, lane, parent, body, argument);
    if (*process < 0)
        return lanes_fail(lanes,
            "can't start process %zu: %s; lower --concurrency or raise the limit on processes (ulimit -u)",
            atomic_load(&lanes->shared->processes.now) + 1, strerror(errno));
    peak_add(&lanes->shared->processes);
    peak_add(&lanes->shared->threads); /* its main one */
    return 0;
}

/* It may have said why. */
static int processes_tell(struct lanes *lanes, const siginfo_t *ended)
{
    int pid = (int)ended->si_pid;

    if (ended->si_code == CLD_EXITED)
        return lanes_fail(lanes, "process %d of the strategy ended with exit code %d", pid, ended->si_status);
    if (ended->si_status == SIGKILL || ended->si_status == SIGTERM)
        return lanes_fail(
            lanes, "process %d of the strategy was killed (%s)", pid, strsignal(ended->si_status));
    return lanes_fail(lanes, "process %d of the strategy crashed (%s)", pid, strsignal(ended->si_status));
}

int lanes_check_processes(struct lanes *lanes, const pid_t *processes, size_t count)
{
    siginfo_t ended = {.si_pid = 0};

    /* One question for all, as long as no child has ended. */
    if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0)
        return 0;
    for (size_t i = 0; i < count; i++) {
        ended.si_pid = 0;
        if (waitid(P_PID, (id_t)processes[i], &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0)
            return processes_tell(lanes, &ended);
    }
    return 0;
}

void lanes_join_process(struct lanes *lanes, pid_t process)
{
    int unused = 0;

    (void)process_wait(process, &unused);
    peak_subtract(&lanes->shared->processes);
    peak_subtract(&lanes->shared->threads);
}

size_t lanes_peak_processes(const struct lanes *lanes)
{
    return atomic_load(&lanes->shared->processes.most);
}
