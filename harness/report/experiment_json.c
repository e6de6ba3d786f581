#include "experiment_json.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "arm_name.h"
#include "metadata.h"
#include "utf8.h"

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

/* JSON is UTF-8: bytes beyond ASCII in a text that is not become "?". */
static json_t *experiment_text(const char *text)
{
    json_t *value = json_string(text);
    struct buffer ascii = {0};

    if (value)
        return value;
    for (const char *c = text; *c; c++)
        buffer_append(&ascii, utf8_is_ascii(*c) ? c : "?", 1);
    value = json_stringn(ascii.bytes ? ascii.bytes : "", ascii.size);
    buffer_release(&ascii);
    return value;
}

static json_t *experiment_command(const struct plan *plan)
{
    json_t *command = json_array();

    for (size_t i = 0; plan->command[i]; i++)
        json_array_append_new(command, experiment_text(plan->command[i]));
    return command;
}

static json_t *experiment_arms(const struct plan *plan)
{
    json_t *arms = json_array();

    for (size_t i = 0; i < plan->arm_count; i++)
        json_array_append_new(arms,
            json_pack("{s:s, s:s, s:s, s:I}", "label", plan->arms[i].label, "strategy", plan->arms[i].spec,
                "family", plan->arms[i].family, "concurrency", (json_int_t)plan->arms[i].concurrency));
    return arms;
}

/* For each round the arms in the order in which they ran. */
static json_t *experiment_order(const struct plan *plan)
{
    json_t *rounds = json_array();

    for (size_t round = 0; round < plan->warmup_rounds + plan->measured_rounds; round++) {
        json_t *labels = json_array();
        for (size_t position = 0; position < plan->arm_count; position++)
            json_array_append_new(
                labels, json_string(arm_name(plan, plan->order[round * plan->arm_count + position]).text));
        json_array_append_new(rounds, labels);
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
        text = shown.out_of_memory ? NULL : json_stringn(shown.bytes, shown.size);
    }
    buffer_release(&shown);
    return text ? text : json_null();
}

static json_t *experiment_requests(const struct plan *plan)
{
    return json_pack(
        "{s:s, s:I, s:I, s:o, s:o, s:s, s:b, s:s, s:s, s:s, s:b, s:b, s:o, s:s, s:I, s:I}", /* one a line */
        "workload", workload_text(plan->workload, plan->workload->name),                    /**/
        "batches", (json_int_t)plan->extent.batch_count,                                    /**/
        "requests", (json_int_t)plan->extent.request_count,                                 /**/
        "base_url", experiment_url(plan->base_url),                                         /**/
        "proxy", experiment_url(plan->proxy),                                               /**/
        "origin", plan->has_embedded_origin ? "embedded" : "other",                         /**/
        "reuse_connections", plan->reuse_connections,                                       /**/
        "start", plan->warm_connections ? "warm" : "cold",                                  /**/
        "client_cpus", plan->client_cpus,                                                   /**/
        "origin_cpus", plan->origin_cpus,                                                   /**/
        "follow_redirects", plan->follow_redirects,                                         /**/
        "insecure", plan->insecure,                                                         /**/
        "rate", plan->schedule.rate > 0 ? json_real(plan->schedule.rate) : json_null(),     /**/
        "arrivals", plan->schedule.is_poisson ? "poisson" : "constant",                     /**/
        "timeout_ms", (json_int_t)plan->timeout_ms,                                         /**/
        "connect_timeout_ms", (json_int_t)plan->connect_timeout_ms);
}

static json_t *experiment_verdicts(const struct plan *plan, const struct summary *summaries)
{
    json_t *verdicts = json_array();

    for (size_t i = 0; summaries && i < plan->arm_count; i++)
        json_array_append_new(verdicts,
            json_pack("{s:s, s:b, s:s?, s:s?, s:s?, s:s, s:s?, s:s?}", "label", arm_name(plan, i).text,
                "ranked", summaries[i].row.ranked, "not_ranked_because", summaries[i].row.not_ranked_because,
                "shares_first", summaries[i].row.shares_first, "reference", summaries[i].row.reference,
                "ranked_by", summaries[i].row.ranked_by, "verdict", summaries[i].row.verdict_text,
                "cpu_time_a_request", summaries[i].row.cpu_verdict_text));
    return summaries ? verdicts : (json_decref(verdicts), json_null());
}

static json_t *experiment_warnings(const struct warnings *warnings)
{
    json_t *list = json_array();

    for (size_t i = 0; warnings && i < warnings->count; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s}", "code", warning_word(warnings->items[i].code), "finding",
                      warnings->items[i].finding, "advice", warning_advice(warnings->items[i].code)));
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
    json_t *document = json_pack("{s:o, s:o, s:o, s:b, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, "
                                 "s:o, s:o, s:o, s:o, s:f}",                           /* one a line */
        "command", experiment_command(plan),                                           /**/
        "started_at", experiment_time(end->started_utc_ns),                            /**/
        "finished_at", experiment_time(end->finished_utc_ns),                          /**/
        "complete", end->is_complete,                                                  /**/
        "failed_requests", (json_int_t)end->failed_requests,                           /**/
        "failed_trials", (json_int_t)end->failed_trials,                               /**/
        "seed", (json_int_t)plan->seed,                                                /**/
        "warmup_rounds", (json_int_t)plan->warmup_rounds,                              /**/
        "measured_rounds", (json_int_t)plan->measured_rounds,                          /**/
        "arms", experiment_arms(plan),                                                 /**/
        "order", experiment_order(plan),                                               /**/
        "requests", experiment_requests(plan),                                         /**/
        "verdicts", experiment_verdicts(plan, end->summaries),                         /**/
        "smallest_detectable_difference", experiment_detectable(plan, end->summaries), /**/
        "warnings", experiment_warnings(end->warnings),                                /**/
        "versions", metadata_versions(),                                               /**/
        "machine", metadata_machine(),                                                 /**/
        "limits", metadata_limits(),                                                   /**/
        "threshold", plan->threshold);
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
