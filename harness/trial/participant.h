/*
 * participant: what the experiment and a program in another language say to each other.
 *
 * The program is started in its folder, with nothing on its standard input; what it writes to standard output
 * and error is kept for the message when something goes wrong. It inherits two descriptors, for lines of
 * JSON:
 *
 *     3  what it is told
 *     4  what it says
 *
 *  1. it says  {"harness": 1, "client": "aiohttp 3.8.4", "runtime": "Python 3.11"}, when its imports are done
 *  2. is told  {"batches": PATH, "batch_count": N, "concurrency": N, ...}, see below
 *  3. says     {"state": "ready"}, when all that can be prepared without sending anything is
 *  4. is told  {"go": NS}: CLOCK_MONOTONIC now; the experiment's clock starts
 *  5. says     {"state": "done"}, when the last request has ended; the clock stops
 *  6. says     a line for each request that it sent, in any order:
 *              [batch, request, lane, start, first, end, status, bytes, error]
 *  7. says     {"state": "end"}
 *  8. leaves, at the end of what it is told
 *
 * What it is told, all of it each time:
 *
 * - harness: 1, the version of all this
 * - batches: a file, a batch a line (batches_file.h)
 * - batch_count: how many to run; batch b is line b modulo the number of lines
 * - concurrency: how many batches to have under way at once, lanes, each with one batch after the other
 * - due: a file, when each batch is due, a line of nanoseconds since "go" for each; null: at once
 * - reuse: false, a new connection for each request
 * - warm: true, run everything once, untimed, before getting ready, and keep the connections
 * - timeout_s, connect_timeout_s: of each request, from its start to its end; of each connection
 * - http: the version to ask for, "1.1" or "2"
 * - verify: false, do not verify certificates
 * - ca_file: the certificates to trust; null: what the system trusts
 * - redirects: how many to follow, at most
 * - proxy: its URL, or null
 *
 * Of a record, batch, request within the batch and lane count from 0; start, first byte and end are
 * nanoseconds since "go"; first, status and error may be null; bytes are those of the body. An error is the
 * word of an outcome (record.h), such as "timed out", perhaps with ": " and more behind it. A request that
 * was not sent because one before it in its batch failed has no record. Instead of any answer it may say
 * {"state": "failed", "message":
 * "..."} and exit.
 *
 * What the program uses (processor time, switches, faults, memory, threads, processes), the experiment reads
 * from outside, of all processes below its supervisor (supervisor.h). What the program claims is checked by
 * what the origin saw: harness/experiment/witness.h.
 */
#ifndef HARNESS_TRIAL_PARTICIPANT_H
#define HARNESS_TRIAL_PARTICIPANT_H

#include "trial.h"

/* The steps of a trial, for trial.c: the process id, or -1 with errno. Descriptors as the trial's own:
 * commands, answers. */
int participant_spawn(struct trial *trial, const struct trial_task *task, const int inherited[2]);

/* From 1 to 3. */
void participant_prepare(struct trial *trial, const struct trial_task *task, const struct trial_watch *watch);

/* After 5, what it used; then 6 and 7, into the records of its task. */
void participant_finish(struct trial *trial, const struct trial_watch *watch);

#endif
