/*
 * arms: what is compared. An arm is a strategy with its options, and a value on each axis (settings.h).
 *
 *     struct arms arms;
 *     const struct arms_load load = {.server_count = workload_server_count(workload), ...};
 *     arms_expand(&arms, &settings, &load, &failure);
 *     ... arms.items, arms.count ...
 *     arms_release(&arms);
 *
 * The product, the names, and which arm is compared with which are decided here and nowhere else.
 */
#ifndef HARNESS_PLAN_ARMS_H
#define HARNESS_PLAN_ARMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "settings.h"

struct build;
struct builds;
struct participant;
struct participants;
struct plugins;

struct arm {
    const char *name; /* one of a kind: the label, and values where the label has several: "curl-multi @16" */
    const char *label; /* "thread-pool", "thread-pool#2", "thread-pool:stack-kib=512" */
    const char *spec;  /* as named: "curl-multi@8.14", "thread-pool:stack-kib=512" */
    const char *told;  /* the same without the build: what strategy_parse reads; of a participant, what names
                          it again */
    const char *again; /* what names it again, from whatever folder: with absolute paths */
    const struct build *build; /* that its trials load, borrowed; NULL: this program's own libcurl */
    const struct participant *participant; /* it is one, borrowed; NULL: it is a strategy of this program */
    const char *plugin;       /* the file of the plug-in that it is, absolute, borrowed; NULL: it is none */
    const char *identity;     /* equal for arms of the same strategy, values of its options, and build */
    const char *family;       /* the family's word */
    struct settings settings; /* with this arm's value on each axis; its texts are borrowed */
    bool sends_nothing;
    bool has_one_lane; /* whatever the concurrency */
    /* What its trial needs for its lanes, at most at once. */
    uint64_t files;      /* descriptors */
    uint64_t threads;    /* besides the main one of each process */
    uint64_t processes;  /* besides the trial's own */
    uint64_t memory_kib; /* resident */
    bool connects_anew;  /* no batch uses the connections of one before */
    size_t streams;      /* lanes of one event loop that share a connection, over HTTP/2; otherwise 1 */
    /* What it calls of libcurl: known defects depend on it. */
    size_t loop_lanes;       /* of the multi handle that has most lanes; 0: the multi interface is not used */
    bool uses_socket_action; /* in that of curl_multi_socket_action */
};

/* What the workload makes trials do: what they need depends on it. */
struct arms_load {
    size_t server_count;               /* that it talks to, but for those behind redirects */
    uint64_t request_count;            /* of a trial */
    size_t processors;                 /* that a trial may use; 0: unknown */
    const struct builds *builds;       /* NULL: there are none besides this program's own libcurl */
    struct participants *participants; /* NULL: there are none */
    struct plugins *plugins;           /* NULL: there are none */
    unsigned int demands;              /* that the workload makes of participants (demands.h) */
    const struct settings *defaults;   /* against which the settings' demands are told; with participants */
    size_t plain_count; /* of these servers, those with http: URLs: for a proxy of HTTP they are one */
};

/* Nobody knows how many servers are behind redirects: with --location so many more are counted, at most, for
 * the open files that a trial needs. */
#define REDIRECT_SERVERS 64

struct arms {
    struct arm *items; /* owned, with their names, labels and specs */
    size_t count;
    struct arms_load load;
    struct buffer left_out; /* of "external": a line for each that can't take part, with the reason */
};

/*
 * Each name in settings->strategies is "all", which are this program's own strategies, "external", which are
 * all participants that can run here and do what is asked, or names of strategies with their options,
 * separated by commas; no names at all mean "all". Each strategy becomes an arm at every combination of
 * values on the axes, but with one lane where it can have only one. A participant is named as a strategy is,
 * or by the path of its folder; and a plug-in by its file's path, or by a name in HARNESS_PLUGIN_PATH.
 * "NAME@LABEL" is a strategy on a build of libcurl. A strategy named again is a
 * second arm, with "#2" after its name: a control. Texts of `settings` must outlive the arms. Refuses a
 * reference that is none of the arms.
 */
int arms_expand(struct arms *arms, const struct settings *settings, const struct arms_load *load,
    struct failure *failure);

void arms_release(struct arms *arms);

/* The label in "NAME@LABEL:options", and how long it is; NULL: there is none. */
const char *arms_find_label(const char *spec, size_t *length);

/* Makes "NAME:options" of that, in place. */
void arms_cut_label(char *spec);

/* Did it not come with harness: is it a participant, or a plug-in? */
static inline bool arm_is_guest(const struct arm *arm)
{
    return arm->participant || arm->plugin;
}

/* Do the two have the same value on each axis? */
bool arms_are_level(const struct arm *one, const struct arm *other);

/* Are the two the same strategy, at the same values of all axes but concurrency? Also true of an arm and
 * itself. */
bool arms_differ_in_concurrency_only(const struct arm *one, const struct arm *other);

/* Do all arms have the same value on the axis? */
bool arms_agree(const struct arm *arms, size_t count, const struct setting *axis);

/*
 * The arm that `arm` is compared with; itself when with none. `reference` names a strategy: then it is the
 * arm of that label that has the same values on all axes, or as many as there is (sequential has one level
 * only). Or it names a value on an axis, "concurrency=16": then it is the arm of the same label with that
 * value, and the same on all other axes. By default (NULL) it is thread-pool, or the first that is on a build
 * of libcurl, since sequential is too easy to beat; without one, the first arm that sends requests.
 */
size_t arms_reference(const struct arm *arms, size_t count, const char *reference, size_t arm);

/* Does `reference` (may be NULL) name a value on an axis? */
bool arms_reference_is_value(const char *reference);

/* The first arm that is the same as `arm`, of which it is a control; itself when there is none before. */
size_t arms_original(const struct arm *arms, size_t count, size_t arm);

#endif
