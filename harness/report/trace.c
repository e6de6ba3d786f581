#include "trace.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "utf8.h"

/* A request that was sent; events are sorted by when they ended. */
struct trace_event {
    uint64_t finished_ns;
    uint64_t index; /* in the extent */
    uint64_t batch;
    bool ends_batch;
};

static int trace_compare(const void *one, const void *other)
{
    const struct trace_event *left = one;
    const struct trace_event *right = other;

    if (left->finished_ns != right->finished_ns)
        return left->finished_ns < right->finished_ns ? -1 : 1;
    return (left->index > right->index) - (left->index < right->index);
}

static uint64_t trace_batch_size(const struct plan *plan, uint64_t batch)
{
    return workload_batch(plan->workload, batch % plan->workload->batch_count)->request_count;
}

/* And is known to have been. */
static bool trace_was_sent(const struct record *record)
{
    return record_has_times(record) &&
           (record_outcome(record) == OUTCOME_OK || outcome_is_failure(record_outcome(record)));
}

/* The events of all requests sent, not yet sorted; how many there are. */
static size_t trace_collect(
    const struct plan *plan, const struct records *records, struct trace_event *events)
{
    size_t count = 0;

    for (uint64_t batch = 0; batch < plan->extent.batch_count; batch++) {
        uint64_t first = workload_first_index(plan->workload, batch);
        uint64_t size = trace_batch_size(plan, batch);
        for (uint64_t i = first; i < first + size && trace_was_sent(&records->slots[i]); i++) {
            bool is_last = i + 1 == first + size || !trace_was_sent(&records->slots[i + 1]);
            events[count++] = (struct trace_event){records->slots[i].finished_ns, i, batch, is_last};
        }
    }
    return count;
}

static double trace_ms(uint64_t ns)
{
    return (double)ns / (double)NS_PER_MS;
}

static void trace_print_status(FILE *out, const struct record *record)
{
    if (record->response_code != 0 && trace_was_sent(record))
        (void)fprintf(out, "%u", record->response_code);
    else
        (void)fprintf(out, "%s", outcome_word(record_outcome(record)));
}

/* Text of the workload, and its end, as a terminal may get them. */
static void trace_print_text(FILE *out, const char *text, const char *end)
{
    struct buffer tidy = {0};

    buffer_append_text(&tidy, text);
    if (!tidy.out_of_memory && tidy.size > 0)
        (void)fwrite(tidy.bytes, 1, utf8_tidy(tidy.bytes, tidy.size), out);
    (void)fputs(end, out);
    buffer_release(&tidy);
}

/* When it began, when it ended, and how long that took. */
static void trace_print_times(FILE *out, const struct records *records, uint64_t from_ns, uint64_t to_ns)
{
    (void)fprintf(out, "%11.3f  %11.3f  %10.3f  ", trace_ms(from_ns - records->clock_started_ns),
        trace_ms(to_ns - records->clock_started_ns), trace_ms(to_ns - from_ns));
}

static void trace_print_request(const struct plan *plan, const struct records *records,
    const char *const *shown_url_of, const struct trace_event *event)
{
    const struct workload *workload = plan->workload;
    const struct record *record = &records->slots[event->index];
    uint64_t of_table = event->index % workload->request_count;
    uint64_t place = event->index - workload_first_index(workload, event->batch);
    char name[48];

    trace_print_times(plan->out, records, record->started_ns, record->finished_ns);
    if (trace_batch_size(plan, event->batch) > 1)
        (void)snprintf(name, sizeof name, "%llu.%llu", (unsigned long long)event->batch + 1,
            (unsigned long long)place + 1);
    else
        (void)snprintf(name, sizeof name, "%llu", (unsigned long long)event->batch + 1);
    (void)fprintf(plan->out, "%7s  ", name);
    trace_print_status(plan->out, record);
    (void)fprintf(plan->out, "  %s ", workload_text(workload, workload_request(workload, of_table)->method));
    trace_print_text(plan->out, shown_url_of[of_table], "");
    if (record->retries > 0)
        /* after a redirect it may be the next one that was sent again */
        (void)fprintf(plan->out, "  (%u transfer%s sent again: a kept connection was closed)",
            record->retries, record->retries == 1 ? "" : "s");
    (void)fputc('\n', plan->out);
}

/* After its last request that was sent. */
static void trace_print_batch(
    const struct plan *plan, const struct records *records, const struct trace_event *event)
{
    const struct workload *workload = plan->workload;
    const struct record *first = &records->slots[workload_first_index(workload, event->batch)];
    const struct record *last = &records->slots[event->index];
    uint64_t batch_of_table = event->batch % workload->batch_count;
    const char *name = workload_text(workload, workload_batch(workload, batch_of_table)->name);

    trace_print_times(plan->out, records, first->started_ns, last->finished_ns);
    (void)fprintf(plan->out, "%7llu  batch ", (unsigned long long)event->batch + 1);
    if (name) {
        (void)fputs("'", plan->out);
        trace_print_text(plan->out, name, "' ");
    }
    (void)fputs(record_outcome(last) == OUTCOME_OK ? "complete\n" : "abandoned\n", plan->out);
}

static void trace_print_statuses(const struct plan *plan, const struct records *records)
{
    bool is_flat = plan->extent.batch_count == plan->extent.request_count;

    (void)fputs("statuses: [", plan->out);
    for (uint64_t batch = 0; batch < plan->extent.batch_count; batch++) {
        uint64_t first = workload_first_index(plan->workload, batch);
        (void)fprintf(plan->out, "%s%s", batch ? ", " : "", is_flat ? "" : "[");
        for (uint64_t place = 0; place < trace_batch_size(plan, batch); place++) {
            (void)fputs(place ? ", " : "", plan->out);
            trace_print_status(plan->out, &records->slots[first + place]);
        }
        (void)fputs(is_flat ? "" : "]", plan->out);
    }
    (void)fputs("]\n\n", plan->out);
}

int trace_print(const struct plan *plan, const struct trial_row *row, const struct records *records,
    const char *const *shown_url_of, struct failure *failure)
{
    struct trace_event *events = calloc((size_t)plan->extent.request_count + 1, sizeof *events);

    if (!events)
        return failure_set(failure, FAILURE_RUN, "out of memory for the trace of '%s'", row->arm);
    size_t count = trace_collect(plan, records, events);
    qsort(events, count, sizeof *events, trace_compare);
    (void)fprintf(plan->out, "%s, concurrency %llu\n%11s  %11s  %10s  %7s  status and request\n", row->arm,
        (unsigned long long)row->settings->concurrency, "started ms", "ended ms", "took ms", "batch");
    for (size_t i = 0; i < count; i++) {
        trace_print_request(plan, records, shown_url_of, &events[i]);
        if (events[i].ends_batch && trace_batch_size(plan, events[i].batch) > 1)
            trace_print_batch(plan, records, &events[i]);
    }
    if (row->wall_ns != MISSING_COUNT)
        (void)fprintf(plan->out, "total: %.3f ms\n", trace_ms(row->wall_ns));
    else
        (void)fprintf(plan->out, "total: missing (trial %s)\n", row->status);
    trace_print_statuses(plan, records);
    (void)fflush(plan->out); /* a trial is shown when it has ended */
    free(events);
    return 0;
}
