/* trial: the parent's side. Starts the process, sleeps while it works, and says how it ended. */
#include "trial.h"
#include "answers.h"
#include "participant.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "process.h"
#include "record.h"
#include "usage.h"
#include "utf8.h"
#include "write_all.h"

/* How long getting ready (mapping, resolving names, starting threads) may take before it counts as hung. */
#define PATIENCE_BEFORE_GO_NS (60 * NS_PER_S)

/* How long tidying up may take, after DONE and after a failure. */
#define PATIENCE_AFTER_DONE_NS    (10 * NS_PER_S)
#define PATIENCE_AFTER_FAILURE_NS (2 * NS_PER_S)

const char *trial_status_word(enum trial_status status)
{
    static const char *const words[TRIAL_STATUS_COUNT] = {
#define X(NAME, word, meaning) [TRIAL_##NAME] = (word),
        TRIAL_STATUSES(X)
#undef X
    };

    return words[status];
}

static void trial_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/*
 * A sleeping thread is woken late by up to its timer slack, 50 us unless it is told otherwise; a timerfd,
 * which event loops wait for, has none. A trial inherits the slack of the thread that starts it: so all kinds
 * of trials sleep exactly.
 */
#define TIMER_SLACK_NS 1UL

/*
 * The child leads a process group of its own, so that Ctrl-C reaches the experiment alone, which then
 * decides; and starts with no signal blocked or ignored.
 */
static int trial_spawn(struct trial *trial, const struct trial_task *task, const int inherited[4])
{
    if (task->guest)
        return participant_spawn(trial, task, inherited);
    const struct process_descriptor descriptors[] = {{inherited[0], 0}, {inherited[1], 1}, {inherited[2], 3},
        {inherited[3], 4}, {task->messages ? *task->messages : -1, STDERR_FILENO}};

    pid_t pid = process_spawn(&(struct process_start){
        .program = task->program,
        .arguments = task->arguments,
        .environment = task->environment,
        .descriptors = descriptors,
        .descriptor_count = sizeof descriptors / sizeof descriptors[0] - (task->messages ? 0 : 1),
        .leads_group = true,
        .has_default_signals = true,
    });

    trial->pid = pid > 0 ? pid : 0;
    return pid > 0 ? 0 : errno;
}

/* Waits until the process has ended, and ends what is left of its group, whose number is its own until it is
 * reaped. */
static void trial_end_children(pid_t pid)
{
    siginfo_t unused;

    while (waitid(P_PID, (id_t)pid, &unused, WEXITED | WNOWAIT) < 0 && errno == EINTR)
        continue;
    (void)kill(-pid, SIGKILL);
}

/* The signal, or what else the process left with. Only this file waits for a trial. */
static void trial_reap(struct trial *trial)
{
    int how = 0;

    if (trial->pid == 0)
        return;
    trial_end_children(trial->pid);
    (void)process_wait(trial->pid, &how);
    trial->pid = 0;
    if (WIFSIGNALED(how) && (WTERMSIG(how) == SIGKILL || WTERMSIG(how) == SIGTERM))
        trial_set_status(trial, TRIAL_KILLED, "its process was killed (%s)", strsignal(WTERMSIG(how)));
    else if (WIFSIGNALED(how))
        trial_set_status(trial, TRIAL_CRASHED, "its process crashed (%s)", strsignal(WTERMSIG(how)));
    else if (WEXITSTATUS(how) != 0)
        trial_set_status(trial, TRIAL_CRASHED, "its process ended with exit code %d", WEXITSTATUS(how));
}

/* How long a participant's supervisor may take to end what the participant started. */
#define SUPERVISOR_PATIENCE_MS 5000

static void trial_kill(struct trial *trial)
{
    struct pollfd end = {.fd = trial->process, .events = POLLIN};

    if (trial->pid > 0 && trial->guest) {
        (void)kill(trial->pid, SIGTERM);
        (void)poll(&end, 1, SUPERVISOR_PATIENCE_MS);
    }
    if (trial->pid > 0)
        (void)kill(trial->pid, SIGKILL);
    trial_reap(trial);
}

/* Between the end of what a process says and its own. */
#define PATIENCE_TO_LEAVE_MS 1000

void trial_leave(struct trial *trial)
{
    struct pollfd end = {.fd = trial->process, .events = POLLIN};

    if (trial->process < 0 || poll(&end, 1, PATIENCE_TO_LEAVE_MS) > 0) {
        trial_reap(trial);
        trial_set_status(trial, TRIAL_CRASHED, "its process ended without an answer");
    } else {
        trial_set_status(trial, TRIAL_FAILED, "it says nothing more, though its process goes on");
        trial_kill(trial);
    }
}

/* SIGPIPE is ignored by the experiment: a child that is gone is noticed when its answer is awaited. */
void trial_command(struct trial *trial, const char *bytes, size_t size)
{
    (void)write_all(trial->commands, bytes, size);
}

static void trial_send_task(struct trial *trial, const struct trial_task *task)
{
    struct buffer line = {0};
    struct failure failure;

    if (trial_task_write(task, &line, &failure) == 0)
        trial_command(trial, line.bytes, line.size);
    else
        trial_set_status(trial, TRIAL_NOT_STARTED, "%s", failure.message);
    buffer_release(&line);
}

static void trial_open(struct trial *trial, const struct trial_task *task, int workload_fd, int records_fd)
{
    int commands[2] = {-1, -1};
    int answers[2] = {-1, -1};

    (void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS);
    int error =
        pipe2(commands, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0
            ? errno
            : trial_spawn(trial, task, (const int[4]){commands[0], answers[1], workload_fd, records_fd});
    if (error == 0) {
        trial->process = process_open(trial->pid);
        error = trial->process < 0 ? errno : 0;
    }
    if (error != 0)
        trial_set_status(trial, TRIAL_NOT_STARTED, "its process can't be started: %s", strerror(error));
    trial->commands = commands[1];
    trial->answers = answers[0];
    trial_close(&commands[0]);
    trial_close(&answers[1]);
}

/* A warm-up pass waits for answers too. */
uint64_t trial_patience_before_go_ns(const struct trial_watch *watch)
{
    return watch->patience_ns > PATIENCE_BEFORE_GO_NS ? watch->patience_ns : PATIENCE_BEFORE_GO_NS;
}

/* The process says what it has loaded: on another libcurl than was asked for, all that it measures is void.
 */
static void trial_await_ready(
    struct trial *trial, const struct trial_task *task, const struct trial_watch *watch)
{
    json_t *answer = trial_expect(trial, watch, trial_patience_before_go_ns(watch), TRIAL_SAYS_READY);
    const char *libcurl = json_string_value(json_object_get(answer, "libcurl"));
    const char *file = json_string_value(json_object_get(answer, "file"));

    (void)snprintf(trial->libcurl, sizeof trial->libcurl, "%s", libcurl ? libcurl : "");
    utf8_tidy_text(trial->libcurl);
    if (task->libcurl && (!file || strcmp(file, task->libcurl) != 0))
        trial_set_status(trial, TRIAL_FAILED, "its process has loaded %s, not %s",
            file ? file : "a libcurl that it does not name", task->libcurl);
    json_decref(answer);
}

void trial_start(struct trial *trial, const struct trial_task *task, int workload_fd, int records_fd,
    const struct trial_watch *watch)
{
    *trial = (struct trial){.status = TRIAL_OK,
        .counts_itself = task->counts_itself,
        .guest = task->guest,
        .process = -1,
        .commands = -1,
        .answers = -1};
    leftovers_watch(&trial->leftovers);
    trial_open(trial, task, workload_fd, records_fd);
    if (trial->status == TRIAL_OK && task->guest) {
        participant_prepare(trial, task, watch);
        return;
    }
    if (trial->status == TRIAL_OK)
        trial_send_task(trial, task);
    if (trial->status == TRIAL_OK)
        trial_await_ready(trial, task, watch);
}

/* A server that dies resets its connections before its process is seen to be gone: for so long at most, on a
 * busy machine as well. */
#define ORIGIN_DYING_MS 250

/* What becomes of a request depends on where the reset finds it: in the handshake, the head, the body. */
static bool trial_may_come_of_dying(enum outcome outcome)
{
    return outcome == OUTCOME_CONNECT_FAILED || outcome == OUTCOME_TLS_FAILED ||
           outcome == OUTCOME_CONNECTION_LOST || outcome == OUTCOME_BAD_RESPONSE ||
           outcome == OUTCOME_OTHER_FAILURE;
}

static bool trial_has_lost_connections(const struct trial_watch *watch)
{
    for (uint64_t i = 0; watch->records && i < watch->request_count; i++)
        if (trial_may_come_of_dying(record_outcome(&watch->records->slots[i])))
            return true;
    return false;
}

/* When all that was left to do failed at once, "done" comes first. */
static void trial_check_origin(struct trial *trial, const struct trial_watch *watch)
{
    struct pollfd fd = {.fd = watch->origin_fd, .events = POLLIN};

    if (watch->origin_fd >= 0 && trial_has_lost_connections(watch) && poll(&fd, 1, ORIGIN_DYING_MS) > 0)
        trial_set_status(trial, TRIAL_ORIGIN_LOST, "the embedded origin ended");
}

/* Returns the moment that it gives. */
static uint64_t trial_say_go(struct trial *trial)
{
    char line[48];

    uint64_t now_ns = clock_monotonic_ns();
    int size = snprintf(
        line, sizeof line, trial->guest ? "{\"go\":%llu}\n" : "GO %llu\n", (unsigned long long)now_ns);
    trial_command(trial, line, (size_t)size);
    return now_ns;
}

/* For a trial that does not count itself. */
static void trial_add_usage(const struct trial *trial, struct usage *usage)
{
    if (trial->counts_itself || trial->pid == 0)
        return;
    usage_add_process(trial->pid, usage);
    usage_add_children(trial->pid, usage);
}

static void trial_count(struct trial *trial, const json_t *answer, const struct usage *used)
{
    struct trial_counters *counters = &trial->counters;

    if (!trial->guest)
        trial_counters_read(answer, counters);
    if (trial->counts_itself)
        return;
    counters->user_ns = used->user_ns;
    counters->sys_ns = used->sys_ns;
    counters->voluntary_switches = used->voluntary_switches;
    counters->involuntary_switches = used->involuntary_switches;
    counters->minor_faults = used->minor_faults;
}

void trial_measure(struct trial *trial, const struct trial_watch *watch)
{
    struct usage before = {0};
    struct usage after = {0};

    trial->started_utc_ns = clock_utc_ns();
    if (trial->status != TRIAL_OK)
        return;
    if (trial->unread.size > 0) {
        trial_set_status(trial, TRIAL_FAILED, "it answered before it was told to start");
        return;
    }
    trial_add_usage(trial, &before);
    trial->go_ns = trial_say_go(trial);
    json_decref(trial_expect(trial, watch, watch->patience_ns, TRIAL_SAYS_DONE));
    trial->wall_ns = trial->answered_ns - trial->go_ns;
    trial->served = watch->served ? atomic_load(watch->served) : UINT64_MAX;
    if (trial->status == TRIAL_OK)
        trial_add_usage(trial, &after);
    struct usage used = usage_between(&before, &after);
    if (trial->guest)
        participant_finish(trial, watch);
    json_t *answer = trial->status == TRIAL_OK && !trial->guest
                         ? trial_expect(trial, watch, watch->patience_ns, TRIAL_SAYS_COUNTED)
                         : NULL;
    trial_count(trial, answer, &used);
    json_decref(answer);
    if (trial->status == TRIAL_OK)
        trial_check_origin(trial, watch);
}

/* Waits for the process to end; false: it did not. What it still says is read, so that it does not wait for a
 * reader. */
static bool trial_await_exit(struct trial *trial)
{
    uint64_t deadline_ns = clock_monotonic_ns() +
                           (trial->status == TRIAL_OK ? PATIENCE_AFTER_DONE_NS : PATIENCE_AFTER_FAILURE_NS);
    struct pollfd fds[] = {
        {.fd = trial->process, .events = POLLIN},
        {.fd = trial->answers, .events = POLLIN},
    };
    char bytes[4096];

    while (fds[0].revents == 0) {
        if (clock_monotonic_ns() >= deadline_ns) {
            trial_set_status(trial, TRIAL_HUNG, "its process did not end");
            return false;
        }
        int ready = poll(fds, sizeof fds / sizeof fds[0], trial_milliseconds_until(deadline_ns));
        if (ready > 0 && fds[1].revents != 0 && read(trial->answers, bytes, sizeof bytes) <= 0)
            fds[1].fd = -1; /* closed: only the end is left to wait for */
    }
    return true;
}

void trial_end(struct trial *trial)
{
    trial_close(&trial->commands);
    if ((trial->status == TRIAL_OK || trial->status == TRIAL_FAILED) && trial_await_exit(trial))
        trial_reap(trial);
    trial_kill(trial);
    leftovers_end(&trial->leftovers);
    trial_close(&trial->answers);
    trial_close(&trial->process);
    buffer_release(&trial->unread);
}
