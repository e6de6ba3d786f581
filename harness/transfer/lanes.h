/*
 * lanes: what a strategy sees of a trial, and the verbs that work on them.
 *
 * A lane is one slot of the cap on concurrency. It owns one libcurl easy handle for the whole trial and works
 * on one batch at a time. Sequential is one lane:
 *
 *     while (lanes_take_when_due(lanes, 0) == TAKE_READY) {
 *         CURLcode result;
 *         do
 *             result = curl_easy_perform(lanes_handle(lanes, 0));
 *         while (lanes_advance(lanes, 0, result));
 *     }
 *
 * Threads: different lanes may be used by different threads at the same time, one lane by one thread
 * at a time. The same holds for processes forked from the one that made the lanes, each with handles of its
 * own (lanes_start_process). Nothing here takes a lock or does I/O; the batches of all lanes come from one
 * atomic cursor. Everything that strategies share is here, so that they differ only in who waits for what.
 */
#ifndef HARNESS_LANES_H
#define HARNESS_LANES_H

#include <curl/curl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "failure.h"

struct lanes;

/* With --location a request is sent on so often, and then given up. */
#define REDIRECTS_MAX 30

enum take {
    TAKE_READY,      /* the lane's handle is set up for the first request of its batch */
    TAKE_NOT_BEFORE, /* the lane has its batch, which is not due yet: take again at lanes_due_ns */
    TAKE_DONE,       /* every batch is claimed: this lane is finished */
};

/* How many lanes there are: lanes 0 .. lanes_count(lanes) - 1. At least 1. */
size_t lanes_count(const struct lanes *lanes);

/* The lane's handle: for curl_easy_perform or curl_multi_add_handle. The strategy sets no options on it. */
CURL *lanes_handle(const struct lanes *lanes, size_t lane);

/*
 * For lanes whose handles will block, before the clock: curl_easy_perform makes a private multi handle when
 * it is first called, as an event loop makes its own in prepare. Nothing is sent.
 */
void lanes_prepare_blocking(const struct lanes *lanes, size_t lane);

/* The lane whose handle this is. */
size_t lane_of_handle(CURL *handle);

/*
 * Claims the next batch for this lane, sets up the handle for its first request and starts that request's
 * clock. In an open loop a batch has a moment at which it is due; lanes claim batches in the order in which
 * they are due.
 */
enum take lanes_take(struct lanes *lanes, size_t lane);

/* After TAKE_NOT_BEFORE: when the lane's batch is due, CLOCK_MONOTONIC. */
uint64_t lanes_due_ns(const struct lanes *lanes, size_t lane);

/* lanes_take for a thread that has nothing else to do: sleeps until the lane's batch is due. Never answers
 * TAKE_NOT_BEFORE. */
enum take lanes_take_when_due(struct lanes *lanes, size_t lane);

/*
 * Records how the lane's request ended, `result` being what libcurl said of the transfer. True: the handle is
 * set up for the batch's next request, and its clock runs; or for the same request, whose answer has sent it
 * on
 * (--location). False: the batch is over, because it is complete
 * or because this request failed and the rest is now recorded as skipped.
 */
bool lanes_advance(struct lanes *lanes, size_t lane, CURLcode result);

/*
 * No lane gets another batch: for a strategy that can't go on, so that its other threads and processes end.
 * Batches that nobody took stay "not run".
 */
void lanes_stop(struct lanes *lanes);

/*
 * Between lanes_take and the first transfer of the batch, or before lanes_take: destroys the lane's handle,
 * with its connections, and makes a new one, set up for the same request, if there is one.
 */
int lanes_renew_handle(struct lanes *lanes, size_t lane, struct failure *failure);

/* A multi handle for lanes; the caller removes its handles and calls curl_multi_cleanup. */
CURLM *lanes_make_multi(const struct lanes *lanes, struct failure *failure);

/*
 * A thread with a stack of `stack_kib` KiB, counted for the trial's peak. Strategies start and join all their
 * threads with these two.
 */
int lanes_start_thread(struct lanes *lanes, pthread_t *thread, size_t stack_kib, void *(*body)(void *),
    void *argument, struct failure *failure);
void lanes_join_thread(struct lanes *lanes, pthread_t thread);

/*
 * A process that is forked from this one, to work on one lane with a new handle: calls `body` and ends, also
 * when this process does, or the thread that called this. Counted for the trial's peak. Call it while this
 * process has no other threads of ours. Strategies start and join all their processes with these.
 */
int lanes_start_process(struct lanes *lanes, size_t lane, pid_t *process, void (*body)(void *),
    void *argument, struct failure *failure);

/* For processes that have no reason to end yet: -1 with a failure that says how the first of them ended that
 * did. It is still to be joined. */
int lanes_check_processes(
    const struct lanes *lanes, const pid_t *processes, size_t count, struct failure *failure);

/* Waits until it has ended. */
void lanes_join_process(struct lanes *lanes, pid_t process);

#endif
