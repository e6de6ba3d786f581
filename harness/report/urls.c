#include "urls.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "quantile.h"
#include "tables.h"

/* A request of the workload's table, with what makes it the same URL as another. */
struct url_key {
    const char *method;
    const char *url;
    uint64_t request;
};

/* strcmp, for texts that are often one and the same: the table keeps equal ones once, and copies share them.
 */
static int url_compare_text(const char *one, const char *other)
{
    return one == other ? 0 : strcmp(one, other);
}

static int url_compare(const void *one, const void *other)
{
    const struct url_key *left = one;
    const struct url_key *right = other;

    int order = url_compare_text(left->url, right->url);
    if (order == 0)
        order = url_compare_text(left->method, right->method);
    return order != 0 ? order : (left->request > right->request) - (left->request < right->request);
}

static bool url_is_same(const struct url_key *one, const struct url_key *other)
{
    return url_compare_text(one->url, other->url) == 0 && url_compare_text(one->method, other->method) == 0;
}

static struct url_key *urls_sort(const struct workload *workload)
{
    struct url_key *keys = calloc((size_t)workload->request_count, sizeof *keys);

    for (uint64_t i = 0; keys && i < workload->request_count; i++) {
        const struct workload_request *request = workload_request(workload, i);
        keys[i] = (struct url_key){
            workload_text(workload, request->method), workload_text(workload, request->url), i};
    }
    if (keys)
        qsort(keys, (size_t)workload->request_count, sizeof *keys, url_compare);
    return keys;
}

#define STATUSES 1000

/* What is counted for one row. */
struct url_count {
    uint64_t requests;
    uint64_t failed;
    uint64_t of_status[STATUSES]; /* 0 but for those in `seen` */
    uint16_t seen[STATUSES];
    size_t seen_count;
    double *durations_s;
    size_t duration_count;
};

static void url_add_status(struct url_count *count, uint16_t status)
{
    if (count->of_status[status]++ == 0)
        count->seen[count->seen_count++] = status;
}

static int url_compare_statuses(const void *one, const void *other)
{
    return (int)*(const uint16_t *)one - (int)*(const uint16_t *)other;
}

/* For the next row: nothing is touched but what was counted, which a million rows would feel. */
static void url_count_clear(struct url_count *count)
{
    for (size_t i = 0; i < count->seen_count; i++)
        count->of_status[count->seen[i]] = 0;
    count->requests = count->failed = 0;
    count->seen_count = count->duration_count = 0;
}

static void url_add_sample(struct url_count *count, const struct tally_sample *sample)
{
    enum outcome outcome = (enum outcome)sample->outcome;

    if (outcome == OUTCOME_NOT_RUN || outcome == OUTCOME_SKIPPED)
        return;
    count->requests++;
    count->failed += outcome_is_failure(outcome) != 0;
    url_add_status(count, sample->status < STATUSES ? sample->status : 0);
    if (outcome == OUTCOME_OK)
        count->durations_s[count->duration_count++] = (double)sample->duration_s;
}

/* All repetitions, in all measured rounds, of one request of the table. */
static void url_add_request(
    struct url_count *count, const struct tally *tally, const struct tally_arm *arm, uint64_t request)
{
    for (size_t round = 0; round < tally->rounds_begun; round++) {
        const struct tally_sample *samples = arm->samples + round * (size_t)tally->extent.request_count;
        for (uint64_t i = request; i < tally->extent.request_count; i += tally->workload->request_count)
            url_add_sample(count, &samples[i]);
    }
}

/* "200:40 500:2", then "none:1" for those without an answer. */
static void url_list_statuses(struct url_count *count, bool sends_nothing, struct buffer *statuses)
{
    buffer_clear(statuses);
    qsort(count->seen, count->seen_count, sizeof count->seen[0], url_compare_statuses);
    for (size_t i = 0; i < count->seen_count; i++)
        if (count->seen[i] > 0)
            buffer_printf(statuses, "%s%u:%llu", statuses->size ? " " : "", count->seen[i],
                (unsigned long long)count->of_status[count->seen[i]]);
    if (count->of_status[0] > 0 && !sends_nothing)
        buffer_printf(
            statuses, "%snone:%llu", statuses->size ? " " : "", (unsigned long long)count->of_status[0]);
    buffer_append(statuses, "", 1);
}

static void url_write_row(const struct tally *tally, size_t arm, const struct url_key *key,
    struct url_count *count, struct buffer *statuses, struct buffer *csv)
{
    struct buffer shown = {0};

    workload_show_url(key->url, &shown);
    buffer_append(&shown, "", 1);
    url_list_statuses(count, tally->arms[arm].sends_nothing, statuses);
    size_t known = sample_sort(count->durations_s, count->duration_count);
    struct url_row row = {
        .arm = tally->arms[arm].name,
        .strategy = tally->arms[arm].label,
        .settings = &tally->arms[arm].settings,
        .method = key->method,
        .url = shown.bytes,
        .requests = count->requests,
        .statuses = statuses->bytes,
        .median_s = sample_percentile(count->durations_s, known, PERCENTILE_50),
        .p90_s = sample_percentile(count->durations_s, known, PERCENTILE_90),
        .failed = count->failed,
    };
    table_write_row(&table_urls, &row, csv);
    csv->out_of_memory = csv->out_of_memory || shown.out_of_memory || statuses->out_of_memory;
    buffer_release(&shown);
}

static void urls_write_arm(const struct tally *tally, size_t arm, const struct url_key *keys,
    double *durations_s, struct buffer *csv)
{
    uint64_t total = tally->workload->request_count;
    struct url_count count = {.durations_s = durations_s};
    struct buffer statuses = {0};

    for (uint64_t first = 0, next = 0; first < total; first = next) {
        url_count_clear(&count);
        for (; next < total && url_is_same(&keys[first], &keys[next]); next++)
            url_add_request(&count, tally, &tally->of_arms[arm], keys[next].request);
        if (count.requests > 0)
            url_write_row(tally, arm, &keys[first], &count, &statuses, csv);
    }
    buffer_release(&statuses);
}

int urls_write(const struct tally *tally, struct buffer *csv, struct failure *failure)
{
    struct url_key *keys = urls_sort(tally->workload);
    size_t most = tally->rounds_begun * (size_t)tally->extent.request_count;
    double *durations_s = calloc(most + 1, sizeof *durations_s);

    table_write_header(&table_urls, csv);
    for (size_t arm = 0; keys && durations_s && arm < tally->arm_count; arm++)
        urls_write_arm(tally, arm, keys, durations_s, csv);
    bool has_memory = keys && durations_s && !csv->out_of_memory;
    free(keys);
    free(durations_s);
    return has_memory ? 0 : failure_set(failure, FAILURE_RUN, "out of memory for '%s'", table_urls.file);
}
