#include "participant.h"
#include "answers.h"
#include "claims.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "http.h"
#include "memory.h"
#include "participants.h"
#include "process.h"
#include "supervisor.h"
#include "usage.h"
#include "utf8.h"

#define VERSION  1
#define MS_PER_S 1000.0

/* The program's descriptors. */
#define TOLD_FD    3
#define SAYS_FD    4
#define BATCHES_FD 5
#define DUE_FD     6

/* "harness supervise PROGRAM ARGUMENTS...", for the caller to free; NULL when memory runs out. */
static const char **participant_arguments(const struct participant *participant)
{
    size_t count = 0;

    while (participant->command[count])
        count++;
    const char **arguments = calloc(count + 3, sizeof *arguments);
    if (!arguments)
        return NULL;
    arguments[0] = "harness";
    arguments[1] = SUPERVISOR_ROLE;
    for (size_t i = 0; i < count; i++)
        arguments[i + 2] = participant->command[i];
    return arguments;
}

/* Of a file in memory, for reading from its start; -1: there is none. */
static int participant_open_again(int fd)
{
    char path[64];

    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return fd < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
}

static void participant_close(int fd)
{
    int error = errno;

    if (fd >= 0)
        (void)close(fd);
    errno = error;
}

int participant_spawn(struct trial *trial, const struct trial_task *task, const int inherited[2])
{
    const struct trial_guest *guest = task->guest;
    const char **arguments = participant_arguments(guest->participant);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int batches = participant_open_again(guest->batches_fd);
    int due = participant_open_again(guest->due_fd);
    const struct process_descriptor descriptors[] = {{nothing, STDIN_FILENO}, {inherited[0], TOLD_FD},
        {inherited[1], SAYS_FD}, {batches, BATCHES_FD}, {*task->messages, STDERR_FILENO}, {due, DUE_FD}};
    size_t count = sizeof descriptors / sizeof descriptors[0] - (due < 0);
    pid_t pid = -1;

    if (arguments && nothing >= 0 && batches >= 0 && (due >= 0 || guest->due_fd < 0))
        pid = process_spawn(&(struct process_start){.program = PROCESS_OWN_PROGRAM,
            .arguments = arguments,
            .descriptors = descriptors,
            .descriptor_count = count,
            .folder = guest->participant->folder,
            .leads_group = true,
            .has_default_signals = true});
    int error = errno;
    free((void *)arguments);
    participant_close(nothing);
    participant_close(batches);
    participant_close(due);
    trial->pid = pid > 0 ? pid : 0;
    return pid > 0 ? 0 : error;
}

/* What a program is told before it gets ready; the list is in the header. What it can't do of it was refused
 * before. NULL when memory runs out. */
static json_t *participant_task(const struct trial_guest *guest)
{
    const struct settings *settings = guest->settings;
    json_t *task = json_object();
    char batches[32];
    char due[32];

    (void)snprintf(batches, sizeof batches, "/dev/fd/%d", BATCHES_FD);
    (void)snprintf(due, sizeof due, "/dev/fd/%d", DUE_FD);
    (void)json_object_set_new(task, "harness", json_integer(VERSION));
    (void)json_object_set_new(task, "batches", json_string(batches));
    (void)json_object_set_new(task, "batch_count", json_integer((json_int_t)guest->extent.batch_count));
    (void)json_object_set_new(task, "concurrency", json_integer((json_int_t)settings->concurrency));
    (void)json_object_set_new(task, "due", guest->due_fd >= 0 ? json_string(due) : json_null());
    (void)json_object_set_new(task, "reuse", json_boolean(!settings->no_reuse));
    (void)json_object_set_new(task, "warm", json_boolean(settings->start == START_WARM));
    (void)json_object_set_new(task, "timeout_s", json_real((double)settings->timeout_ms / MS_PER_S));
    (void)json_object_set_new(
        task, "connect_timeout_s", json_real((double)settings->connect_timeout_ms / MS_PER_S));
    (void)json_object_set_new(task, "http", json_string(settings->http == HTTP_2 ? "2" : "1.1"));
    (void)json_object_set_new(task, "verify", json_boolean(!settings->insecure));
    (void)json_object_set_new(
        task, "ca_file", settings->ca_file ? json_string(settings->ca_file) : json_null());
    (void)json_object_set_new(
        task, "redirects", json_integer(settings->follow_redirects ? REDIRECTS_MAX : 0));
    (void)json_object_set_new(task, "proxy", settings->proxy ? json_string(settings->proxy) : json_null());
    return task;
}

static void participant_tell(struct trial *trial, const struct trial_guest *guest)
{
    json_t *task = participant_task(guest);
    char *text = task ? json_dumps(task, JSON_COMPACT) : NULL;

    if (text) {
        size_t size = strlen(text);
        text[size] = '\n'; /* in place of the NUL */
        trial_command(trial, text, size + 1);
    } else {
        trial_set_status(trial, TRIAL_NOT_STARTED, "out of memory for what a participant is told");
    }
    free(text);
    json_decref(task);
}

/* What it says that it is. */
static void participant_meet(struct trial *trial, const struct trial_watch *watch)
{
    json_t *hello =
        trial_read_line(trial, watch, trial_patience_before_go_ns(watch), "it did not say what it is");
    const char *client = json_string_value(json_object_get(hello, "client"));
    const char *runtime = json_string_value(json_object_get(hello, "runtime"));

    if (json_integer_value(json_object_get(hello, "harness")) != VERSION)
        trial_set_status(trial, TRIAL_FAILED,
            "it does not begin with {\"harness\": %d, \"client\": ..., \"runtime\": ...}", VERSION);
    (void)snprintf(trial->client, sizeof trial->client, "%s%s%s", client ? client : "",
        client && runtime ? ", " : "", runtime ? runtime : "");
    utf8_tidy_text(trial->client);
    json_decref(hello);
}

/* Threads and processes are there when it is ready, or come later. */
static void participant_count(struct trial *trial)
{
    struct trial_counters *counters = &trial->counters;
    uint64_t processes = 0;
    uint64_t threads = 0;

    usage_count_children(trial->pid, &processes, &threads);
    counters->peak_processes = processes > counters->peak_processes ? processes : counters->peak_processes;
    counters->peak_threads = threads > counters->peak_threads ? threads : counters->peak_threads;
}

void participant_prepare(struct trial *trial, const struct trial_task *task, const struct trial_watch *watch)
{
    participant_meet(trial, watch);
    if (trial->status != TRIAL_OK)
        return;
    trial->memory_kib = memory_reset_peak_of_children_kib(trial->pid);
    participant_tell(trial, task->guest);
    if (trial->status == TRIAL_OK)
        json_decref(trial_expect(trial, watch, trial_patience_before_go_ns(watch), TRIAL_SAYS_READY));
    participant_count(trial);
}

/* UINT64_MAX where it can't be read. */
static uint64_t participant_memory_growth(const struct trial *trial)
{
    uint64_t peak_kib = memory_peak_of_children_kib(trial->pid);

    if (peak_kib == UINT64_MAX || trial->memory_kib == UINT64_MAX)
        return UINT64_MAX;
    return peak_kib > trial->memory_kib ? peak_kib - trial->memory_kib : 0;
}

void participant_finish(struct trial *trial, const struct trial_watch *watch)
{
    struct trial_counters *counters = &trial->counters;

    if (trial->status != TRIAL_OK)
        return;
    counters->wall_ns = UINT64_MAX;
    counters->peak_memory_kib = participant_memory_growth(trial);
    participant_count(trial);
    claims_read(trial, watch);
}
