/*
 * strategy: one way to have many batches of HTTP requests under way at once. This is the whole interface
 * between harness and its strategies: those of its own tree are written against it, and so is a plug-in, a
 * strategy that is built elsewhere and named as ./mine.so (docs/plugins.md).
 *
 * A strategy is one `const struct strategy`, below. It works on lanes, and decides one thing only: who waits
 * for what. It sets no option on a handle, never prints, never exits, and has no state but the one that it is
 * given. A refused connection or a status of 500 is a record, not a failure of the strategy.
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
 * Verbs that can fail return 0, or -1 after lanes_fail; those that make something return NULL instead.
 */
#ifndef HARNESS_STRATEGY_H
#define HARNESS_STRATEGY_H

#include <curl/curl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Lanes.
 *
 * Different lanes may be used by different threads at the same time, one lane by one thread at a time. The
 * same holds for processes forked from the one that made the lanes, each with handles of its own
 * (lanes_start_process). Taking a batch and going on with it takes no lock and does no I/O; the batches of
 * all lanes come from one atomic cursor.
 */

struct lanes;

enum take {
    TAKE_READY,      /* the lane's handle is set up for the first request of its batch */
    TAKE_NOT_BEFORE, /* the lane has its batch, which is not due yet: take again at lanes_due_ns */
    TAKE_DONE,       /* every batch is claimed: this lane is finished */
};

/* How many lanes there are: lanes 0 .. lanes_count(lanes) - 1. At least 1. */
size_t lanes_count(const struct lanes *lanes);

/* The lane's handle: for curl_easy_perform or curl_multi_add_handle. */
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

/* After TAKE_NOT_BEFORE: when the lane's batch is due, in nanoseconds of CLOCK_MONOTONIC. */
uint64_t lanes_due_ns(const struct lanes *lanes, size_t lane);

/* lanes_take for a thread that has nothing else to do: sleeps until the lane's batch is due. Never answers
 * TAKE_NOT_BEFORE. */
enum take lanes_take_when_due(struct lanes *lanes, size_t lane);

/*
 * Records how the lane's request ended, `result` being what libcurl said of the transfer. True: the handle is
 * set up for the batch's next request, and its clock runs; or for the same request, whose answer has sent it
 * on (--location). False: the batch is over, because it is complete or because this request failed and the
 * rest is now recorded as skipped.
 */
bool lanes_advance(struct lanes *lanes, size_t lane, CURLcode result);

/*
 * The strategy can't go on: keeps why, of which it says the first thing only, whichever thread or process
 * that comes from; and no lane gets another batch, so that all threads and processes end. Batches that nobody
 * took stay "not run". Always -1, so that `return lanes_fail(...)` is the whole error path. The text is lower
 * case, has no newline, and ends with what to do next, if anything.
 */
int lanes_fail(struct lanes *lanes, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, with ": " and the text of errno at the end. */
int lanes_fail_errno(struct lanes *lanes, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Has anything failed? */
bool lanes_have_failed(const struct lanes *lanes);

/* Between lanes_take and the first transfer of the batch, or before lanes_take: destroys the lane's handle,
 * with its connections, and makes a new one, set up for the same request, if there is one. */
int lanes_renew_handle(struct lanes *lanes, size_t lane);

/* A multi handle for lanes; the caller removes its handles and calls curl_multi_cleanup. */
CURLM *lanes_make_multi(struct lanes *lanes);

/*
 * A thread with a stack of `stack_kib` KiB, at least the system's PTHREAD_STACK_MIN (16 KiB on most), counted
 * for the trial's peak. Strategies start and join all their threads with these two.
 */
int lanes_start_thread(
    struct lanes *lanes, pthread_t *thread, size_t stack_kib, void *(*body)(void *), void *argument);
void lanes_join_thread(struct lanes *lanes, pthread_t thread);

/*
 * A process that is forked from this one, to work on one lane with a new handle: calls `body` and ends, also
 * when this process does, or the thread that called this. Counted for the trial's peak. Call it while this
 * process has no other threads of ours. Strategies start and join all their processes with these.
 */
int lanes_start_process(
    struct lanes *lanes, size_t lane, pid_t *process, void (*body)(void *), void *argument);

/* For processes that have no reason to end yet: fails with how the first of them ended that did. It is still
 * to be joined. */
int lanes_check_processes(struct lanes *lanes, const pid_t *processes, size_t count);

/* Waits until it has ended. */
void lanes_join_process(struct lanes *lanes, pid_t process);

/*
 * Windows: the lanes of one event loop, and the multi handle that they share. A window refills lanes whose
 * batches are over, queues those whose batches are not due yet, and ends transfers; the loop decides who
 * waits, and how.
 *
 *     struct window *window = window_make(lanes, 0, 1);            all lanes
 *     window_open(window);                                         the first batch of each
 *     while (window_has_work(window)) {
 *         ... let libcurl work, on window_multi(window) ...
 *         window_collect(window, &ended);
 *         if (ended == 0) ... wait for connections, and for window_alarm_clock while window_is_waiting ...
 *         window_start_due(window);
 *     }
 *     window_release(window);
 *
 * One thread at a time. Several windows may work on disjoint lanes at once.
 */

struct window;

/*
 * What a lane does next: its transfer is over (`result`), or the moment has come that it waited for (NULL),
 * also the first one of all. It may call window_start and window_wait, or do nothing: then it is at its end.
 */
typedef int window_go_on(void *context, size_t lane, const CURLcode *result);

/* Of lanes first, first + step, first + 2 * step, ...: `first` is one of the lanes, and `step` at least 1. */
struct window *window_make(struct lanes *lanes, size_t first, size_t step);

/* For a loop that does something else with a lane than most: they go on with its batch, or take the next one,
 * now or when that is due. */
void window_set_go_on(struct window *window, window_go_on *go_on, void *context);

/* The multi handle, for the window's lifetime. */
CURLM *window_multi(const struct window *window);

/* A descriptor that is readable when the first queued batch is due, and not when none is queued. */
int window_alarm_clock(const struct window *window);

/* Starts the transfer that the lane's handle is set up for. */
int window_start(struct window *window, size_t lane);

/* Queues the lane, whose batch is not due yet (TAKE_NOT_BEFORE). */
void window_wait(struct window *window, size_t lane);

/* Each lane takes its first batch. */
int window_open(struct window *window);

/* Is a transfer under way, or a batch queued? */
bool window_has_work(const struct window *window);

/* Is a batch queued? Then the loop waits for the alarm clock too. */
bool window_is_waiting(const struct window *window);

/* Records the transfers that libcurl has ended, and starts what comes after them. `*ended` is how many. */
int window_collect(struct window *window, size_t *ended);

/* Starts the batches that are due, and sets the alarm clock to the next one. */
int window_start_due(struct window *window);

/* Ends what is under way, which only a loop that failed has left. NULL: nothing to do. */
void window_release(struct window *window);

/*
 * Sockets: what the multi handles of one event loop want to have watched, for loops that call
 * curl_multi_socket_action.
 *
 * libcurl asks to leave a connection alone when its transfer ends, and to watch it again when the next one
 * begins, often within one turn of the loop. So its wishes are only noted here, and at the end of its turn
 * the loop gets the net difference, which for busy connections is nothing. The loop decides how to watch and
 * how to sleep:
 *
 *     struct sockets *sockets = sockets_make(lanes);
 *     sockets_attach(sockets, window);                             each window, before window_open
 *     while (sockets_have_work(sockets)) {
 *         sockets_settle(sockets);                                 libcurl works, lanes are refilled
 *         while (sockets_next_change(sockets, &change)) ...        watch what changed
 *         ... sleep for sockets_timeout_ms at most ...
 *         sockets_act(sockets, fd, CURL_CSELECT_IN)                for each descriptor that is ready
 *     }
 *     window_release(window);                                      libcurl still speaks of sockets meanwhile
 *     sockets_release(sockets);
 *
 * One thread at a time.
 */

struct sockets;

/* For one descriptor; of CURL_POLL_IN and CURL_POLL_OUT, or 0 for none. */
struct socket_change {
    int fd;
    int before;    /* what the kernel watches it for, as the loop was last told; 0 once it was closed */
    int after;     /* what it should be watched for from now on */
    bool is_other; /* the number may be another descriptor's than when the loop was last told */
};

struct sockets *sockets_make(struct lanes *lanes);

/* From now on the window's multi handle tells `sockets` what it wants. */
int sockets_attach(struct sockets *sockets, struct window *window);

/* Has one of the windows any? */
bool sockets_have_work(const struct sockets *sockets);

/* Refills the lanes whose batches are over, starts the batches that are due, and lets libcurl do what its
 * timer was set for. */
int sockets_settle(struct sockets *sockets);

/* The next descriptor that is to be watched otherwise than before; false: there is none. To be asked until
 * then. */
bool sockets_next_change(struct sockets *sockets, struct socket_change *change);

/* How long the loop may sleep before it calls sockets_settle again, if no descriptor becomes ready, in
 * milliseconds. Rounded up, as libcurl's timers count whole ones; 0: not at all. At most a second. */
int sockets_timeout_ms(const struct sockets *sockets);

/* The descriptor is ready: CURL_CSELECT_IN, CURL_CSELECT_OUT, CURL_CSELECT_ERR. What libcurl has left in the
 * meantime is ignored. */
int sockets_act(struct sockets *sockets, int fd, int ready);

/* After all its windows. NULL: nothing to do. */
void sockets_release(struct sockets *sockets);

/*
 * The strategy.
 */

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
        FAMILY_COUNT
};

enum strategy_flags {
    STRATEGY_ONE_LANE = 1, /* gets one lane, whatever the concurrency */
    STRATEGY_SENDS_NOTHING =
        2, /* measures harness itself: takes no part in the ranking; "all" leaves it out */
};

/* A number that the strategy chooses by itself, which "auto" asks for. */
#define STRATEGY_AUTO 0

/* A strategy's own option: a number within a range, or one of several words. */
struct strategy_option {
    const char *name;           /* NULL ends the table */
    const char *help;           /* with the unit */
    const char *const *choices; /* words, ended by NULL; the value is the index. NULL: a number */
    long minimum;               /* at least 0 */
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

/* An entry for the option tables of strategies that start threads. */
#define STRATEGY_OPTION_STACK_KIB                                                                            \
    {                                                                                                        \
        .name = "stack-kib", .help = "stack of each thread, in KiB", .minimum = 64, .maximum = 65536,        \
        .fallback = 256                                                                                      \
    }

/* What a trial has to do with. */
struct strategy_scale {
    size_t lanes;
    size_t processors; /* that it may use */
    uint64_t requests; /* that have a record each */
    size_t servers;
    size_t connections; /* at most at once when none is shared: of each lane to each server */
    size_t streams;     /* lanes of one event loop that share a connection, over HTTP/2; otherwise 1 */
    bool is_hasty;      /* libcurl lets them share the first one only, before it knows the server's limit */
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

/* The socket pair of the private multi handle that a blocking handle has. */
#define FILES_PER_BLOCKING_HANDLE 2

/* Besides connections, of each window of an event loop: an alarm clock, and the socket pair of its multi
 * handle. */
#define FILES_PER_LOOP_WINDOW 3

/* What a handle grows by when its connection is in use, and what a thread takes with the part of its stack
 * that a transfer touches: measured with libcurl 7.88 at 100 to 4,000 lanes, and rounded up. */
#define HANDLE_KIB 16
#define THREAD_KIB 28

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

/*
 * Its functions are called in this order, from one thread:
 *
 *     prepare    once; then the trial says that it is ready, and the clock starts
 *     run        once or more, each time with every batch available again
 *     release    exactly once, also when prepare or run failed
 */
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
     * multi handle. Sends nothing. `values` may be kept until release.
     */
    int (*prepare)(struct lanes *lanes, void *state, const struct strategy_values *values);

    /*
     * Timed. Returns 0 when every request has its record, with every thread joined that it started itself.
     * -1 after lanes_fail when the strategy itself can't go on, with no transfer under way any more: what has
     * no record yet is "not run".
     */
    int (*run)(struct lanes *lanes, void *state);

    /* Untimed; NULL: nothing to do. Joins every thread, frees and closes everything; also for a state that
     * prepare left incomplete. */
    void (*release)(struct lanes *lanes, void *state);
};

/*
 * Plug-ins. A plug-in is a shared library that is linked with libcurl and not with harness: the verbs come in
 * a table of function pointers. One of its files ends with
 *
 *     HARNESS_PLUGIN(mine);                                        `const struct strategy mine`, above it
 *
 * and all of its files call the verbs by their names. A plug-in is known by the name of its file. It may be
 * C++, from C++20 on.
 */

/*
 * Goes up when a plug-in must be built again: when anything above has another layout or meaning. It stays
 * when verbs are added to the end of the list, or members to the end of struct strategy, for which there are
 * sizes below; or members to the end of struct strategy_scale and struct strategy_needs, which harness makes.
 * All other structs stay as they are. A flag that harness does not know is refused.
 */
#define HARNESS_ABI 1

/* All verbs, in the order of the table. */
#define HARNESS_VERBS(X)                                                                                     \
    X(lanes_count)                                                                                           \
    X(lanes_handle)                                                                                          \
    X(lanes_prepare_blocking)                                                                                \
    X(lane_of_handle)                                                                                        \
    X(lanes_take)                                                                                            \
    X(lanes_due_ns)                                                                                          \
    X(lanes_take_when_due)                                                                                   \
    X(lanes_advance)                                                                                         \
    X(lanes_fail)                                                                                            \
    X(lanes_fail_errno)                                                                                      \
    X(lanes_have_failed)                                                                                     \
    X(lanes_renew_handle)                                                                                    \
    X(lanes_make_multi)                                                                                      \
    X(lanes_start_thread)                                                                                    \
    X(lanes_join_thread)                                                                                     \
    X(lanes_start_process)                                                                                   \
    X(lanes_check_processes)                                                                                 \
    X(lanes_join_process)                                                                                    \
    X(window_make)                                                                                           \
    X(window_set_go_on)                                                                                      \
    X(window_multi)                                                                                          \
    X(window_alarm_clock)                                                                                    \
    X(window_start)                                                                                          \
    X(window_wait)                                                                                           \
    X(window_open)                                                                                           \
    X(window_has_work)                                                                                       \
    X(window_is_waiting)                                                                                     \
    X(window_collect)                                                                                        \
    X(window_start_due)                                                                                      \
    X(window_release)                                                                                        \
    X(sockets_make)                                                                                          \
    X(sockets_attach)                                                                                        \
    X(sockets_have_work)                                                                                     \
    X(sockets_settle)                                                                                        \
    X(sockets_next_change)                                                                                   \
    X(sockets_timeout_ms)                                                                                    \
    X(sockets_act)                                                                                           \
    X(sockets_release)

struct harness_host {
    uint32_t abi;
    uint32_t size;                         /* of this struct, as harness knows it */
#define X(verb) __typeof__(verb) *verb##_; /* another name, since that of the verb stands for it, below */
    HARNESS_VERBS(X)
#undef X
};

#define HARNESS_PLUGIN_MAGIC "harness plug-in"

/* What harness looks for in a library: an object of this name. */
struct harness_plugin {
    char magic[16];
    uint32_t abi;           /* that it was built against, like all below */
    uint32_t size;          /* of this struct */
    uint32_t host_size;     /* of struct harness_host */
    uint32_t strategy_size; /* of struct strategy */
    const struct strategy *strategy;
    const struct harness_host **host; /* set before anything of the strategy is called */
};

#ifndef HARNESS_IN_TREE

__attribute__((visibility("hidden"))) extern const struct harness_host *harness_host;
__attribute__((visibility("default"))) extern const struct harness_plugin harness_plugin;

#define HARNESS_PLUGIN(object)                                                                               \
    const struct harness_host *harness_host;                                                                 \
    const struct harness_plugin harness_plugin = {.magic = HARNESS_PLUGIN_MAGIC,                             \
        .abi = HARNESS_ABI,                                                                                  \
        .size = sizeof(struct harness_plugin),                                                               \
        .host_size = sizeof(struct harness_host),                                                            \
        .strategy_size = sizeof(struct strategy),                                                            \
        .strategy = &(object),                                                                               \
        .host = &harness_host}

#define lanes_count            harness_host->lanes_count_
#define lanes_handle           harness_host->lanes_handle_
#define lanes_prepare_blocking harness_host->lanes_prepare_blocking_
#define lane_of_handle         harness_host->lane_of_handle_
#define lanes_take             harness_host->lanes_take_
#define lanes_due_ns           harness_host->lanes_due_ns_
#define lanes_take_when_due    harness_host->lanes_take_when_due_
#define lanes_advance          harness_host->lanes_advance_
#define lanes_fail             harness_host->lanes_fail_
#define lanes_fail_errno       harness_host->lanes_fail_errno_
#define lanes_have_failed      harness_host->lanes_have_failed_
#define lanes_renew_handle     harness_host->lanes_renew_handle_
#define lanes_make_multi       harness_host->lanes_make_multi_
#define lanes_start_thread     harness_host->lanes_start_thread_
#define lanes_join_thread      harness_host->lanes_join_thread_
#define lanes_start_process    harness_host->lanes_start_process_
#define lanes_check_processes  harness_host->lanes_check_processes_
#define lanes_join_process     harness_host->lanes_join_process_
#define window_make            harness_host->window_make_
#define window_set_go_on       harness_host->window_set_go_on_
#define window_multi           harness_host->window_multi_
#define window_alarm_clock     harness_host->window_alarm_clock_
#define window_start           harness_host->window_start_
#define window_wait            harness_host->window_wait_
#define window_open            harness_host->window_open_
#define window_has_work        harness_host->window_has_work_
#define window_is_waiting      harness_host->window_is_waiting_
#define window_collect         harness_host->window_collect_
#define window_start_due       harness_host->window_start_due_
#define window_release         harness_host->window_release_
#define sockets_make           harness_host->sockets_make_
#define sockets_attach         harness_host->sockets_attach_
#define sockets_have_work      harness_host->sockets_have_work_
#define sockets_settle         harness_host->sockets_settle_
#define sockets_next_change    harness_host->sockets_next_change_
#define sockets_timeout_ms     harness_host->sockets_timeout_ms_
#define sockets_act            harness_host->sockets_act_
#define sockets_release        harness_host->sockets_release_

#endif

#ifdef __cplusplus
}
#endif

#endif
