/*
 * protocol: what a trial is told and what it answers, in lines of JSON.
 *
 * {"strategy": SPEC, "plugin": FILE or null, "batch_count": N, "request_count": N, "settings": {...}}: the
 * settings are the rows with the role TOLD in settings.def, with the keys and units of the command line.
 */
#ifndef HARNESS_TRIAL_PROTOCOL_H
#define HARNESS_TRIAL_PROTOCOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "failure.h"
#include "settings.h"
#include "workload.h"

struct participant;
struct records;

/* What a trial of a participant has to do with, besides its task. Borrowed. */
struct trial_guest {
    const struct participant *participant;
    int batches_fd; /* batches_file.h */
    int due_fd;     /* the same; -1 in a closed loop */
    const struct workload *workload;
    struct workload_extent extent;
    const struct settings *settings;
    struct records *records; /* which the experiment fills in from what the participant says */
};

/* What a trial has to do. Borrowed. */
struct trial_task {
    const struct trial_guest
        *guest;                   /* it is a participant's, which is told all this in other words; or NULL */
    const char *program;          /* the program to start, a path or a name in PATH; not told */
    const char *const *arguments; /* from argv[0] on, ended by NULL; not told */
    bool counts_itself;           /* it tells its processor time; else that is read from outside; not told */
    char *const *environment;     /* of its process; NULL: this one's; not told */
    const char *libcurl;  /* the file of the libcurl that it has to have loaded; NULL: whatever; not told */
    const int *messages;  /* where its standard error goes; NULL: where this process's does; not told */
    const char *strategy; /* as strategy_parse reads it: name:key=value... */
    const char *plugin;   /* the file of the plug-in that has it; NULL: it is one of this program's */
    struct workload_extent extent;
    const struct settings *settings; /* its rows SETTING_TOLD are told */
};

/* That of one of this program's own strategies, or of a plug-in. */
struct trial_task trial_task_own(
    const char *strategy, const char *plugin, struct workload_extent extent, const struct settings *settings);

/*
 * What a trial measures around its timed region: X(field, unit). Times in ns, memory in KiB; UINT64_MAX where
 * the system does not tell.
 */
#define TRIAL_COUNTERS(X)                                                                                    \
    X(wall_ns) /* by the trial's own clock, around the strategy's run */                                     \
    X(user_ns)                                                                                               \
    X(sys_ns)                                                                                                \
    X(voluntary_switches)                                                                                    \
    X(involuntary_switches)                                                                                  \
    X(minor_faults)                                                                                          \
    X(peak_memory_kib) /* growth of the resident set's high-water mark since just before prepare */          \
    X(peak_threads)    /* counted where threads are started, main threads included */                        \
    X(peak_processes)  /* counted where processes are started, the trial's own included */

struct trial_counters {
#define X(field) uint64_t field;
    TRIAL_COUNTERS(X)
#undef X
};

/* What a trial says: X(NAME, word), in this order; DOING as often as it likes before READY, or never; FAILED
 * instead of any of them. */
#define TRIAL_STATES(X)                                                                                      \
    X(DOING, "doing")     /* what it does to get ready, in "what" */                                         \
    X(READY, "ready")     /* it waits for GO */                                                              \
    X(DONE, "done")       /* every request has ended; now the clock stops */                                 \
    X(COUNTED, "counted") /* with its counters */                                                            \
    X(FAILED, "failed")   /* with a message */

enum trial_state {
#define X(NAME, word) TRIAL_SAYS_##NAME,
    TRIAL_STATES(X)
#undef X
        TRIAL_SAYS_NOTHING /* nothing intelligible */
};

const char *trial_state_word(enum trial_state state);

/* The state of an answer, {"state": WORD, ...}; NULL is none. */
enum trial_state trial_state_read(const json_t *answer);

/* As one line, newline included. */
int trial_task_write(const struct trial_task *settings, struct buffer *line, struct failure *failure);

/* Back from one line: `told`, with the settings in *settings, which the caller releases. The strategy's text
 * lives in *document, which the caller gives back with json_decref. Both also on failure. */
int trial_task_read(const char *line, size_t size, struct trial_task *told, struct settings *settings,
    json_t **document, struct failure *failure);

/* The moment of "GO NS", without its newline. */
int trial_go_read(const char *line, size_t size, uint64_t *at_ns, struct failure *failure);

/* {"state":"counted", ...} as one line, and back. A counter that is missing, or not a whole number, is
 * UINT64_MAX. */
int trial_counters_write(const struct trial_counters *counters, struct buffer *line, struct failure *failure);
void trial_counters_read(const json_t *answer, struct trial_counters *counters);

#endif
