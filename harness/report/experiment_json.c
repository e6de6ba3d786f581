#include "experiment_json.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "builds.h"
#include "defects.h"
#include "metadata.h"
#include "participants.h"
#include "settings_json.h"

static json_t *experiment_time(uint64_t utc_ns)
{
    struct buffer text = {0};
    json_t *time = NULL;

    if (utc_ns != 0) {
        column_write_utc(utc_ns, &text);
        time = text.out_of_memory ? NULL : json_stringn(text.bytes, text.size);
    }
    buffer_release(&text);
    return time ? time : json_null();
}

static json_t *experiment_command(const struct plan *plan)
{
    json_t *command = json_array();

    for (size_t i = 0; plan->command[i]; i++)
        json_array_append_new(command, json_shown_text(plan->command[i]));
    return command;
}

/* The values on the axes as members. */
static json_t *experiment_arm(const struct arm *arm)
{
    json_t *object = json_pack("{s:s, s:s, s:s, s:s}", "arm", arm->name, "label", arm->label, "strategy",
        arm->spec, "family", arm->family);

    for (size_t id = 0; object && id < SETTING_COUNT; id++)
        if (setting_is_axis(&settings_table[id]))
            json_object_set_new(
                object, settings_table[id].name, setting_to_json(&arm->settings, &settings_table[id]));
    return object;
}

static json_t *experiment_arms(const struct plan *plan)
{
    json_t *arms = json_array();

    for (size_t i = 0; i < plan->arm_count; i++)
        json_array_append_new(arms, experiment_arm(&plan->arms[i]));
    return arms;
}

/* For each round the arms in the order in which they ran. */
static json_t *experiment_order(const struct plan *plan)
{
    json_t *rounds = json_array();

    for (size_t round = 0; round < plan_rounds(plan->settings); round++) {
        json_t *names = json_array();
        for (size_t position = 0; position < plan->arm_count; position++)
            json_array_append_new(
                names, json_string(plan->arms[plan->order[round * plan->arm_count + position]].name));
        json_array_append_new(rounds, names);
    }
    return rounds;
}

/* Without a password; null for NULL. */
static json_t *experiment_url(const char *url)
{
    struct buffer shown = {0};
    json_t *text = NULL;

    if (url) {
        workload_show_url(url, &shown);
        buffer_append(&shown, "", 1);
        text = shown.out_of_memory ? NULL : json_shown_text(shown.bytes);
    }
    buffer_release(&shown);
    return text ? text : json_null();
}

/* What came of the settings. */
static json_t *experiment_requests(const struct plan *plan)
{
    return json_pack("{s:s, s:I, s:I, s:o, s:s, s:s, s:s}",              /* one a line */
        "workload", workload_text(plan->workload, plan->workload->name), /**/
        "batches", (json_int_t)plan->extent.batch_count,                 /**/
        "requests", (json_int_t)plan->extent.request_count,              /**/
        "base_url", experiment_url(plan->base_url),                      /**/
        "origin", plan->has_embedded_origin ? "embedded" : "other",      /**/
        "client_cpus", plan->client_cpus,                                /**/
        "origin_cpus", plan->origin_cpus);
}

/* "all" may stand for others one day, so the strategies are named one by one. */
static json_t *experiment_strategies(const struct plan *plan)
{
    json_t *specs = json_array();

    for (size_t i = 0; i < plan->arm_count; i++) {
        bool is_first = true;
        for (size_t other = 0; other < i; other++)
            is_first = is_first && strcmp(plan->arms[other].label, plan->arms[i].label) != 0;
        if (is_first)
            json_array_append_new(specs, json_string(plan->arms[i].again));
    }
    return specs;
}

/* Each once, and what it did other than was asked for. */
static json_t *experiment_participants(const struct plan *plan)
{
    json_t *list = json_array();

    for (size_t i = 0; i < plan->arm_count; i++) {
        const struct participant *participant = plan->arms[i].participant;
        bool is_first = participant != NULL;
        for (size_t other = 0; other < i; other++)
            is_first = is_first && plan->arms[other].participant != participant;
        if (is_first)
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:s?}", "name", participant->name, "folder", participant->folder,
                          "other_work", plan->other_work ? plan->other_work[i] : NULL));
    }
    return list;
}

/* Each once, with its options and its build, and what it did other than was asked for. */
static json_t *experiment_plugins(const struct plan *plan)
{
    json_t *list = json_array();

    for (size_t i = 0; i < plan->arm_count; i++) {
        const struct arm *arm = &plan->arms[i];
        bool is_first = arm->plugin != NULL;
        for (size_t other = 0; other < i; other++)
            is_first = is_first && strcmp(plan->arms[other].again, arm->again) != 0;
        if (is_first)
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:s?}", "strategy", arm->spec, "file", arm->plugin, "other_work",
                          plan->other_work ? plan->other_work[i] : NULL));
    }
    return list;
}

static void experiment_forget(json_t *names, const char *name)
{
    for (size_t i = json_array_size(names); i-- > 0;)
        if (strcmp(json_string_value(json_array_get(names, i)), name) == 0)
            json_array_remove(names, i);
}

/* Fills `withheld` with the names of those that had a secret, which is not written down. */
static json_t *experiment_settings(const struct plan *plan, json_t *withheld)
{
    json_t *settings = settings_to_json(plan->settings, SETTING_KEPT, withheld);

    experiment_forget(withheld, settings_table[SETTING_workload].name); /* workload.json has it */
    json_object_set_new(settings, settings_table[SETTING_strategies].name, experiment_strategies(plan));
    if (workload_has_secrets(plan->workload))
        json_array_append_new(withheld, json_string(settings_table[SETTING_workload].name));
    return settings;
}

static json_t *experiment_truth(enum truth truth)
{
    return truth == TRUTH_MISSING ? json_null() : json_boolean(truth == TRUTH_YES);
}

/* As in summary.csv, under the same names. */
static json_t *experiment_verdicts(const struct plan *plan, const struct summary *summaries)
{
    json_t *verdicts = json_array();

    for (size_t i = 0; summaries && i < plan->arm_count; i++) {
        const struct summary_row *row = &summaries[i].row;
        json_array_append_new(verdicts,
            json_pack("{s:s, s:b, s:s?, s:o, s:s?, s:s, s:s?, s:s?, s:s?, s:s?}", "arm", row->arm, "ranked",
                row->ranked, "not_ranked_because", row->not_ranked_because, "shares_first",
                experiment_truth(row->shares_first), "reference", row->reference, "ranked_by", row->ranked_by,
                "verdict", row->verdict, "verdict_text", row->verdict_text, "cpu_verdict", row->cpu_verdict,
                "cpu_verdict_text", row->cpu_verdict_text));
    }
    return summaries ? verdicts : (json_decref(verdicts), json_null());
}

static json_t *experiment_warnings(const struct warnings *warnings)
{
    json_t *list = json_array();

    for (size_t i = 0; warnings && i < warnings->count; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:o, s:s}", "code", warning_word(warnings->items[i].code), "finding",
                      json_shown_text(warnings->items[i].finding), "advice", warnings->items[i].advice));
    return list;
}

/* The builds of libcurl that trials load besides this program's own. */
static json_t *experiment_builds(const struct plan *plan)
{
    json_t *list = json_array();

    for (size_t arm = 0; arm < plan->arm_count; arm++) {
        const struct build *build = plan->arms[arm].build;
        if (build && plan_is_first_on_build(plan, arm))
            json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "label", build->label, "libcurl",
                                            build->name, "file", json_shown_text(build->file)));
    }
    return list;
}

/* Of a number as LIBCURL_VERSION_NUM. */
static json_t *experiment_libcurl_version(unsigned int number)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%u.%u.%u", number >> 16 & 0xffU, number >> 8 & 0xffU, number & 0xffU);
    return json_string(text);
}

static json_t *experiment_defect(const struct plan *plan, const struct defect *defect, unsigned int own)
{
    json_t *touched = json_array();

    for (size_t arm = 0; arm < plan->arm_count; arm++)
        if (defect_touches(defect, own, plan, arm))
            json_array_append_new(touched, json_string(plan->arms[arm].name));
    return json_pack("{s:o, s:o, s:o, s:s, s:s}",                                                      /**/
        "first_version", defect->first == 0 ? json_null() : experiment_libcurl_version(defect->first), /**/
        "last_version", defect->last == UINT_MAX ? json_null() : experiment_libcurl_version(defect->last),
        "arms", touched, "effect", defect->effect, "source", defect->source);
}

/* Those that touch an arm, with the libcurl that its trials load. */
static json_t *experiment_defects(const struct plan *plan)
{
    unsigned int own = defect_libcurl_version();
    json_t *list = json_array();

    for (const struct defect *defect = defects; defect->effect; defect++)
        if (defect_applies(defect, own, plan))
            json_array_append_new(list, experiment_defect(plan, defect, own));
    return list;
}

/* The largest over the arms: every one of them would have been found. Null when it is not known. */
static json_t *experiment_detectable(const struct plan *plan, const struct summary *summaries)
{
    double detectable = summaries ? summary_detectable(summaries, plan->arm_count) : NAN;

    return isnan(detectable) ? json_null() : json_real(detectable);
}

int experiment_write_json(
    const struct plan *plan, const struct experiment_end *end, struct buffer *text, struct failure *failure)
{
    json_t *withheld = json_array();
    json_t *document =
        json_pack("{s:o, s:o, s:o, s:b, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
                  "s:o, s:o, s:o, s:o, s:o, s:o}",                                         /* one a line */
            "command", experiment_command(plan),                                           /**/
            "started_at", experiment_time(end->started_utc_ns),                            /**/
            "finished_at", experiment_time(end->finished_utc_ns),                          /**/
            "complete", end->is_complete,                                                  /**/
            "failed_requests", (json_int_t)end->failed_requests,                           /**/
            "failed_trials", (json_int_t)end->failed_trials,                               /**/
            "settings", experiment_settings(plan, withheld),                               /**/
            "withheld", withheld,                                                          /**/
            "arms", experiment_arms(plan),                                                 /**/
            "order", experiment_order(plan),                                               /**/
            "requests", experiment_requests(plan),                                         /**/
            "verdicts", experiment_verdicts(plan, end->summaries),                         /**/
            "smallest_detectable_difference", experiment_detectable(plan, end->summaries), /**/
            "warnings", experiment_warnings(end->warnings),                                /**/
            "known_defects", experiment_defects(plan),                                     /**/
            "libcurl_builds", experiment_builds(plan),                                     /**/
            "participants", experiment_participants(plan),                                 /**/
            "plugins", experiment_plugins(plan),                                           /**/
            "versions", metadata_versions(),                                               /**/
            "machine", metadata_machine(),                                                 /**/
            "limits", metadata_limits());
    char *dump = document ? json_dumps(document, JSON_INDENT(2)) : NULL;

    json_decref(document);
    if (dump) {
        buffer_append_text(text, dump);
        buffer_append_text(text, "\n");
    }
    bool has_memory = dump && !text->out_of_memory;
    free(dump);
    return has_memory ? 0 : failure_set(failure, FAILURE_RUN, "out of memory for 'experiment.json'");
}
