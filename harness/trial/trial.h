/*
 * trial: one strategy runs the whole workload once, in its own process.
 *
 *     struct trial trial;
 *     trial_start(&trial, &task, workload_fd, records_fd);      a new process, up to READY
 *     ... reset the origin's gauge ...
 *     trial_measure(&trial, &watch);                                GO, up to DONE
 *     ... read the origin's gauge ...
 *     trial_end(&trial);                                            its process is gone
 *     if (trial.status == TRIAL_OK) use(trial.counters);
 *
 * None of the three fails: whatever goes wrong with a trial becomes its status. Later steps do nothing once
 * the status is not TRIAL_OK, except that trial_end always leaves no process behind.
 *
 * The protocol, plain enough for programs in other languages to take part. The process inherits:
 *
 *     0  commands in: first one line of JSON, what to do (protocol.h); later "GO NS", where NS is
 *        CLOCK_MONOTONIC just before that was written, which the trial checks
 *     1  answers out: {"state":"doing","what":"looking up names"} if it likes to say so, for the message if
 *        it never gets ready; {"state":"ready"}, to which a program that uses libcurl adds "libcurl", its
 *        version, and "file", what it was loaded from; {"state":"done"} as soon as every request has ended;
 *        then {"state":"counted", COUNTERS...}, with the counters that the trial knows; or
 *        {"state":"failed","message":"..."} at any time instead, and exit
 *     3  the workload, a flat table (workload.h), to be mapped read-only
 *     4  the records (record.h), to be mapped writable
 *
 * The wall time is the experiment's: from the NS of "GO" until "done" was read.
 *
 * A participant, a program in another language, is told the same in other words: participant.h.
 *
 * Every line ends in a newline. The end of the commands means: end at once. After "counted" the process
 * tidies up and exits with 0.
 */
#ifndef HARNESS_TRIAL_H
#define HARNESS_TRIAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "clock.h"
#include "failure.h"
#include "leftovers.h"
#include "protocol.h"

/* How a trial ended: X(NAME, word, meaning). The words are what trials.csv says. */
#define TRIAL_STATUSES(X)                                                                                    \
    X(OK, "ok", "it completed; individual requests may have failed")                                         \
    X(FAILED, "failed", "the strategy could not go on, and said why")                                        \
    X(CRASHED, "crashed", "its process crashed, or ended without an answer")                                 \
    X(KILLED, "killed", "its process was killed from outside")                                               \
    X(HUNG, "hung", "no request finished for longer than the time-outs allow")                               \
    X(NOT_STARTED, "not started", "its process could not be started")                                        \
    X(ORIGIN_LOST, "origin lost", "the embedded origin ended during the trial")                              \
    X(INTERRUPTED, "interrupted", "the user stopped the experiment")

enum trial_status {
#define X(NAME, word, meaning) TRIAL_##NAME,
    TRIAL_STATUSES(X)
#undef X
        TRIAL_STATUS_COUNT
};

const char *trial_status_word(enum trial_status status);

struct trial {
    enum trial_status status;
    char message[512];               /* why the status is not TRIAL_OK */
    bool counts_itself;              /* as in its task */
    const struct trial_guest *guest; /* as in its task */
    char libcurl[128];               /* what it said that it has loaded; "": nothing */
    char client[128];                /* what a participant said that it is; "": nothing */
    uint64_t memory_kib;             /* of a participant, before it prepared itself */
    uint64_t served;                 /* by the origin of watch.served, when DONE was read */
    struct trial_counters counters;
    uint64_t started_utc_ns; /* when GO was given */
    uint64_t go_ns;          /* the same by CLOCK_MONOTONIC; 0: it was not given */
    uint64_t wall_ns;        /* by this process's clock, from just before GO until DONE was read */
    uint64_t answered_ns;    /* when the last answer was read */
    uint64_t tick_ns;        /* when the watch ticks next; 0: as soon as it may */
    pid_t pid;               /* of a participant: its supervisor's */
    int process;             /* its pidfd, or -1: readable once it has ended */
    int commands;            /* the pipe's writing end, or -1 */
    int answers;             /* the reading end, or -1 */
    struct leftovers leftovers;
    struct buffer unread; /* what has arrived of the answers and is not taken yet */
};

/* Shorter trials are left alone. */
#define TRIAL_TICKS_FROM_NS (10 * NS_PER_S)

/* What else may end a trial while the experiment sleeps until it is done. */
struct trial_watch {
    int interrupt_fd;               /* readable when the user wants to stop; -1: none */
    int origin_fd;                  /* readable when the origin's process is gone (a pidfd); -1: none */
    const struct records *records;  /* NULL: the trial's requests put nothing off */
    uint64_t request_count;         /* of the records: the trial could change their own count */
    const _Atomic uint64_t *served; /* by the origin; NULL: not known. It puts a participant's end off, */
    uint64_t served_most;           /* until it is so many */
    uint64_t patience_ns;           /* no request finished for this long: hung */
    void (*tick)(void *context); /* called once a second, once the clock runs for TRIAL_TICKS_FROM_NS; NULL:
                                    nobody looks on, and nobody wakes. It must not block: the clock of the
                                    trial would run on */
    void *tick_context;
};

void trial_start(struct trial *trial, const struct trial_task *task, int workload_fd, int records_fd,
    const struct trial_watch *watch);
void trial_measure(struct trial *trial, const struct trial_watch *watch);
void trial_end(struct trial *trial);

#endif
