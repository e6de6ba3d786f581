/*
 * contract: what every strategy promises, checked from outside.
 *
 *     struct contract contract;
 *     if (contract_open(&contract, 8, &failure) != 0) ...
 *     contract_keeps_to_the_cap(&contract, "thread-pool:stack-kib=64", &failure)
 *     contract_close(&contract);
 *
 * The strategy runs in this process, through the same calls as in a trial's. The witness is the embedded
 * origin's gauge, which knows nothing of the client's own bookkeeping. A program that uses this must play
 * the origin when its first argument says so: contract_play_origin.
 */
#ifndef HARNESS_TESTS_CONTRACT_H
#define HARNESS_TESTS_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "failure.h"
#include "origin.h"

struct contract {
    struct origin origin;
    size_t concurrency; /* asked for; some strategies have one lane all the same */
};

/* Each promise: X(name). */
#define CONTRACT_CHECKS(X)                                                                                   \
    X(makes_one_record_for_each_request)                                                                     \
    X(sends_a_batch_in_order_each_after_the_answer_before)                                                   \
    X(reaches_the_cap_and_keeps_to_it)                                                                       \
    X(watches_connections_and_not_each_request)                                                              \
    X(reuses_connections)                                                                                    \
    X(connects_anew_for_each_request_without_reuse)                                                          \
    X(finishes_at_once_when_there_is_nothing_to_do)                                                          \
    X(records_a_dead_server)                                                                                 \
    X(records_a_name_without_an_address)                                                                     \
    X(records_an_unexpected_status)                                                                          \
    X(sends_again_what_was_lost_with_a_kept_connection)                                                      \
    X(closes_connections_that_it_gave_up)                                                                    \
    X(records_a_time_out)                                                                                    \
    X(runs_again_when_rewound_on_the_same_connections)                                                       \
    X(repeats_the_workload_or_runs_a_part_of_it)                                                             \
    X(sends_methods_headers_and_bodies_as_they_are)                                                          \
    X(follows_redirects_with_the_method_and_body_that_rfc_9110_says)                                         \
    X(sends_nothing_before_run)                                                                              \
    X(opens_nothing_but_connections_in_run)                                                                  \
    X(releases_what_was_never_prepared)                                                                      \
    X(says_why_it_can_not_go_on)                                                                             \
    X(takes_no_more_when_it_can_not_go_on)                                                                   \
    X(counts_every_thread_and_process)                                                                       \
    X(needs_no_more_threads_processes_and_files_than_it_says)                                                \
    X(leaves_nothing_behind)

/* 0, or -1 with a failure that says what was promised and what was seen. `spec` is as strategy_parse reads
 * it. */
typedef int contract_check(struct contract *contract, const char *spec, struct failure *failure);

#define X(name) contract_check contract_##name;
CONTRACT_CHECKS(X)
#undef X

/* Ignores SIGPIPE, initialises libcurl, starts the origin. Call it before any other thread is there. */
int contract_open(struct contract *contract, size_t concurrency, struct failure *failure);
void contract_close(struct contract *contract);

/* Plays the origin's process if that is what this process is to be: true, with its exit code. */
bool contract_play_origin(int argc, char **argv, int *exit_code);

/* Appends, NUL after each, every strategy of the registry that can run here as it is, and with each other
 * choice or extreme of each of its options. How many there are. */
size_t contract_specs(struct buffer *specs);

#endif
