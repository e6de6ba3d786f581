/*
 * strategy: one way to have many batches under way at once.
 *
 * A strategy is one file that ends in its one `const struct strategy`, listed in registry.c. It works
 * on lanes, with the verbs of lanes.h, and decides one thing only: who waits for what.
 *
 * The runner calls, in this order, from one thread:
 *
 *     prepare    once; then the trial says that it is ready, and the clock starts
 *     run        once or more, each time with every batch available again
 *     release    exactly once, also when prepare or run failed
 *
 * A strategy never prints, never exits, and has no state outside the one handed to it.
 */
#ifndef HARNESS_STRATEGY_H
#define HARNESS_STRATEGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "failure.h"
#include "lanes.h"

/* Who waits: the colour in the charts. X(NAME, word) */
#define STRATEGY_FAMILIES(X)                                                                                 \
    X(NONE, "nobody")           /* nobody: nothing is sent */                                                \
    X(BLOCKING, "blocking")     /* one thread, in one transfer after the other */                            \
    X(THREADS, "threads")       /* many threads, each in its transfer */                                     \
    X(PROCESSES, "processes")   /* many processes, each in its transfer */                                   \
    X(EVENT_LOOP, "event loop") /* one thread, for all transfers at once */                                  \
    X(MIXED, "mixed")           /* several event loops on several threads */                                 \
    X(COROUTINES, "coroutines") /* many coroutines on one thread, each in its transfer */

enum strategy_family {
#define X(NAME, word) FAMILY_##NAME,
    STRATEGY_FAMILIES(X)
#undef X
};

enum strategy_flags {
    STRATEGY_ONE_LANE = 1,      /* gets one lane, whatever the concurrency */
    STRATEGY_SENDS_NOTHING = 2, /* measures the harness itself; "all" leaves it out */
};

/* A number that the strategy chooses by itself, which "auto" asks for. */
#define STRATEGY_AUTO 0

/* A strategy's own option: a number within a range, or one of several words. */
struct strategy_option {
    const char *name;           /* NULL ends the table */
    const char *help;           /* with the unit */
    const char *const *choices; /* words, ended by NULL; the value is the index. NULL: a number */
    long minimum;
    long maximum;
    long fallback;         /* the default */
    const char *automatic; /* how the strategy chooses the number for STRATEGY_AUTO, which is below the
                              minimum; NULL: it doesn't */
};

#define STRATEGY_OPTIONS_MAX 8

/* Values in the order of the strategy's option table. */
struct strategy_values {
    long numbers[STRATEGY_OPTIONS_MAX];
};

/* The most at once, beyond what every trial has, and how connections are used. All 0 when a strategy is
 * asked. */
struct strategy_needs {
    uint64_t files;      /* descriptors, of the process that has most */
    uint64_t threads;    /* besides the main thread of each process */
    uint64_t processes;  /* besides the trial's own */
    uint64_t memory_kib; /* resident, and of processes the kernel's too */
    bool connects_anew;  /* no batch uses the connections of one before */
    /* Not a need, but known by the same values: what it calls of libcurl, whose defects depend on it. */
    size_t loop_lanes;       /* of the multi handle that has most lanes; 0: the multi interface is not used */
    bool uses_socket_action; /* the multi interface is, in the form of curl_multi_socket_action */
};

/* What a trial has to do with. */
struct strategy_scale {
    size_t lanes;
    size_t servers;
    size_t connections; /* at most at once when none is shared: of each lane to each server */
    size_t streams;     /* lanes of one event loop that share a connection, over HTTP/2; otherwise 1 */
    bool is_hasty;      /* libcurl lets them share the first one only: http_is_hasty */
};

/* The most connections of an event loop with this many of the lanes. */
static inline uint64_t strategy_loop_connections(const struct strategy_scale *scale, size_t lanes)
{
    size_t full = (lanes + scale->streams - 1) / scale->streams;
    size_t beyond_first = lanes > scale->streams ? lanes - scale->streams : 0;

    size_t of_all = (scale->is_hasty ? 1 + beyond_first : full) * scale->servers;

    return of_all < scale->connections ? of_all : scale->connections;
}

/* The lanes of the largest of so many loops, among which they are dealt out in turn. */
static inline size_t strategy_loop_lanes(const struct strategy_scale *scale, size_t loops)
{
    return (scale->lanes + loops - 1) / loops;
}

/* The most connections of all of these loops together. */
static inline uint64_t strategy_loops_connections(const struct strategy_scale *scale, size_t loops)
{
    uint64_t of_all = 0;

    for (size_t k = 0; k < loops; k++)
        of_all += strategy_loop_connections(scale, (scale->lanes - k + loops - 1) / loops);
    return of_all < scale->connections ? of_all : scale->connections;
}

/* The socket pair of the private multi handle that a blocking handle has. */
#define FILES_PER_BLOCKING_HANDLE 2

/* Besides connections, of each window of an event loop: an alarm clock, and the socket pair of its multi
 * handle. */
#define FILES_PER_LOOP_WINDOW 3

/* What a handle grows by when its connection is in use, and what a thread takes with the part of its stack
 * that a transfer touches: measured with libcurl 7.88 at 100 to 4,000 lanes, and rounded up. */
#define HANDLE_KIB 16
#define THREAD_KIB 28

struct strategy {
    const char *name;
    const char *summary; /* one line */
    enum strategy_family family;
    unsigned int flags;                    /* enum strategy_flags */
    const struct strategy_option *options; /* NULL: none */
    size_t state_size;                     /* the runner allocates and zeroes it */

    /* Why it can't run here, in a text that lives on: this build or the kernel lacks what it waits with.
     * NULL, and the whole pointer NULL: it can. */
    const char *(*unavailable)(void);

    /* Fills in what a trial needs at this scale, with these option values, besides the lanes' handles. */
    void (*needs)(const struct strategy_values *values, const struct strategy_scale *scale,
        struct strategy_needs *needs);

    /*
     * Untimed; NULL: nothing to do. Makes what must exist before the first request: the pool's threads, the
     * multi handle. Sends nothing. `values` may be kept until release. 0, or -1 with a failure; release is
     * called in either case.
     */
    int (*prepare)(
        struct lanes *lanes, void *state, const struct strategy_values *values, struct failure *failure);

    /*
     * Timed. Returns 0 when every request has its record, with every thread joined that it started itself. A
     * refused connection or a status of 500 is a record, not a failure of the strategy. -1 with a failure
     * when the strategy itself can't go on, with no transfer under way any more: what has no record yet is
     * "not run".
     */
    int (*run)(struct lanes *lanes, void *state, struct failure *failure);

    /* Untimed; NULL: nothing to do. Joins every thread, frees and closes everything; also for a state that
     * prepare left incomplete. */
    void (*release)(struct lanes *lanes, void *state);
};

/* A family's word, as the CSV files say it. */
const char *strategy_family_word(enum strategy_family family);

/* All strategies, in the order in which lists show them; ended by NULL. */
extern const struct strategy *const strategies[];

/*
 * Reads "name" or "name:key=value:key=value" into the strategy and its options' values. -1 with a
 * FAILURE_USAGE that lists the choices.
 */
int strategy_parse(const char *spec, const struct strategy **strategy, struct strategy_values *values,
    struct failure *failure);

/* Appends the strategy's name and the value of each of its options, defaults too: equal for what is the same.
 */
void strategy_write(
    const struct strategy *strategy, const struct strategy_values *values, struct buffer *text);

/* Why the strategy can't run here; NULL: it can. */
const char *strategy_unavailable(const struct strategy *strategy);

/* Names, summaries and options of all strategies, as text for the terminal. */
void strategy_describe_all(struct buffer *text);

/* An entry for the option tables of strategies that start threads. */
#define STRATEGY_OPTION_STACK_KIB                                                                            \
    {                                                                                                        \
        .name = "stack-kib", .help = "stack of each thread, in KiB", .minimum = 64, .maximum = 65536,        \
        .fallback = 256                                                                                      \
    }

#endif
