#include "urls.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "quantile.h"
#include "selection.h"
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

/* Up to here, times are sorted; more than that are gone through again, and take no memory. */
#define URL_SORTED_MAX 512

/* What is counted for one row. */
struct url_count {
    uint64_t requests;
    uint64_t failed;
    uint64_t of_status[STATUSES]; /* 0 but for those in `seen` */
    uint16_t seen[STATUSES];
    size_t seen_count;
    double durations_s[URL_SORTED_MAX]; /* the first of them */
    size_t duration_count;              /* of all */
    struct selection selection;
};

/* Everything that a row is made from. */
struct url_group {
    const struct tally *tally;
    size_t arm;
    const struct url_key *keys; /* requests of the table with this method and URL */
    uint64_t key_count;
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

static bool url_has_duration(const struct tally_sample *sample)
{
    return sample->outcome == OUTCOME_OK && !isnan(sample->duration_s);
}

static void url_add_sample(struct url_count *count, const struct tally_sample *sample)
{
    enum outcome outcome = (enum outcome)sample->outcome;

    if (outcome == OUTCOME_NOT_RUN || outcome == OUTCOME_SKIPPED)
        return;
    count->requests++;
    count->failed += outcome_is_failure(outcome) != 0;
    url_add_status(count, sample->status < STATUSES ? sample->status : 0);
    if (!url_has_duration(sample))
        return;
    if (count->duration_count < URL_SORTED_MAX)
        count->durations_s[count->duration_count] = (double)sample->duration_s;
    count->duration_count++;
}

static void url_select_sample(struct url_count *count, const struct tally_sample *sample)
{
    if (url_has_duration(sample))
        selection_add(&count->selection, sample->duration_s);
}

/* All repetitions, in all measured rounds, of the requests of the group. */
static void url_visit(const struct url_group *group, struct url_count *count,
    void (*visit)(struct url_count *count, const struct tally_sample *sample))
{
    const struct tally *tally = group->tally;
    size_t requests = (size_t)tally->extent.request_count;

    for (uint64_t key = 0; key < group->key_count; key++)
        for (size_t round = 0; round < tally->rounds_begun; round++) {
            const struct tally_sample *samples = tally->of_arms[group->arm].samples + round * requests;
            for (uint64_t i = group->keys[key].request; i < requests; i += tally->workload->request_count)
                visit(count, &samples[i]);
        }
}

static double url_percentile(
    const struct url_group *group, struct url_count *count, enum percentile percentile)
{
    size_t rank = sample_percentile_rank(count->duration_count, percentile);

    if (count->duration_count <= URL_SORTED_MAX)
        return sample_percentile(count->durations_s, count->duration_count, percentile);
    selection_begin(&count->selection, rank);
    do
        url_visit(group, count, url_select_sample);
    while (!selection_is_done(&count->selection));
    return (double)count->selection.value;
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

static void url_write_row(const struct url_group *group, const char *shown_url, struct url_count *count,
    struct buffer *statuses, struct buffer *csv)
{
    const struct arm *arm = &group->tally->arms[group->arm];

    url_list_statuses(count, arm->sends_nothing, statuses);
    if (count->duration_count <= URL_SORTED_MAX)
        (void)sample_sort(count->durations_s, count->duration_count);
    struct url_row row = {
        .arm = arm->name,
        .strategy = arm->label,
        .settings = &arm->settings,
        .method = group->keys[0].method,
        .url = shown_url,
        .requests = count->requests,
        .statuses = statuses->bytes,
        .median_s = url_percentile(group, count, PERCENTILE_50),
        .p90_s = url_percentile(group, count, PERCENTILE_90),
        .failed = count->failed,
    };
    table_write_row(&table_urls, &row, csv);
    csv->out_of_memory = csv->out_of_memory || statuses->out_of_memory;
}

/* What the rows of all arms are made with. */
struct urls {
    const struct tally *tally;
    const char *const *shown_url_of;
    struct url_key *keys;
    struct url_count *count;
    struct buffer statuses;
    struct folder_part *part;
    struct buffer *csv;
};

static uint64_t urls_end_of_group(const struct urls *urls, uint64_t first)
{
    uint64_t next = first + 1;

    while (next < urls->tally->workload->request_count && url_is_same(&urls->keys[first], &urls->keys[next]))
        next++;
    return next;
}

static int urls_write_arm(struct urls *urls, size_t arm, struct failure *failure)
{
    uint64_t total = urls->tally->workload->request_count;

    for (uint64_t first = 0, next = 0; first < total; first = next) {
        next = urls_end_of_group(urls, first);
        const struct url_group group = {urls->tally, arm, &urls->keys[first], next - first};
        url_count_clear(urls->count);
        url_visit(&group, urls->count, url_add_sample);
        if (urls->count->requests > 0)
            url_write_row(&group, urls->shown_url_of[urls->keys[first].request], urls->count, &urls->statuses,
                urls->csv);
        if ((next == total || urls->csv->size > FOLDER_CHUNK_BYTES) &&
            folder_part_append(urls->part, urls->csv, failure) != 0)
            return -1;
    }
    return 0;
}

int urls_write(const struct tally *tally, const char *const *shown_url_of, struct folder_part *part,
    struct buffer *csv, struct failure *failure)
{
    struct urls urls = {
        tally, shown_url_of, urls_sort(tally->workload), calloc(1, sizeof *urls.count), {0}, part, csv};
    bool has_memory = urls.keys && urls.count;
    int result =
        has_memory ? 0 : failure_set(failure, FAILURE_RUN, "out of memory for '%s'", table_urls.file);

    table_write_header(&table_urls, csv);
    for (size_t arm = 0; has_memory && result == 0 && arm < tally->arm_count; arm++)
        result = urls_write_arm(&urls, arm, failure);
    buffer_release(&urls.statuses);
    free(urls.keys);
    free(urls.count);
    return result;
}

/* The keys, and the copy of them that qsort sorts with. */
double urls_memory_bytes(uint64_t request_count)
{
    return 2 * (double)request_count * (double)sizeof(struct url_key) + (double)sizeof(struct url_count) +
           2 * FOLDER_CHUNK_BYTES;
}
