/*
 * request_cost: what the harness adds to each request, beside libcurl: its options, handing out batches, and
 * keeping records.
 *
 * The strategy curl-multi against a bare loop of curl_multi_perform and curl_multi_poll, with as many handles
 * that have nothing set but a URL, a callback, and no signals. Both send the same requests to the same
 * server, over kept connections, in blocks that take turns, and which is first alternates. Of each block it
 * is the processor time of this process that counts, so the server's is left out.
 *
 *     request_cost URL [BLOCKS [REQUESTS]]        URL is of a server on this machine: see harness origin
 *     request_cost URL STRATEGY REQUESTS [fresh]  one run, for callgrind --toggle-collect=instance_run;
 *                                                 "bare": the loop, with --toggle-collect=bare_run;
 *                                                 fresh: a connection for each request
 *
 * Build it as a release. Not a test: it prints the times per request, and the ratio of paired blocks.
 */
#include <curl/curl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "instance.h"
#include "quantile.h"
#include "record.h"
#include "workload.h"

#define LANES      16
#define BLOCKS     40
#define BLOCKS_MAX 10000
#define REQUESTS   5000
#define TIMEOUT_MS 10000
#define POLL_MS    1000
#define US_PER_S   1e6

static double cpu_us(void)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * US_PER_S +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void fail(const char *what)
{
    (void)fprintf(stderr, "%s\n", what);
    exit(1);
}

/* ---- the bare loop ---- */

struct bare {
    CURLM *multi;
    CURL *handles[LANES];
};

static size_t bare_discard(char *bytes, size_t size, size_t count, void *nothing)
{
    (void)bytes;
    (void)nothing;
    return size * count;
}

static void bare_make(struct bare *bare, const char *url, bool is_fresh)
{
    bare->multi = curl_multi_init();
    for (size_t lane = 0; lane < LANES; lane++) {
        CURL *handle = bare->handles[lane] = curl_easy_init();
        curl_easy_setopt(handle, CURLOPT_URL, url);
        curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L); /* as every program with threads must */
        curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, bare_discard);
        curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, is_fresh ? 1L : 0L);
    }
}

static void bare_release(struct bare *bare)
{
    for (size_t lane = 0; lane < LANES; lane++)
        curl_easy_cleanup(bare->handles[lane]);
    curl_multi_cleanup(bare->multi);
}

/* Takes out the transfers that are over, and starts others while there are requests left. */
static size_t bare_collect(const struct bare *bare, size_t *left)
{
    size_t ended = 0;
    int queued = 0;

    for (CURLMsg *message; (message = curl_multi_info_read(bare->multi, &queued)); ended++) {
        CURL *handle = message->easy_handle;
        if (message->data.result != CURLE_OK)
            fail(curl_easy_strerror(message->data.result));
        curl_multi_remove_handle(bare->multi, handle);
        if (*left > 0)
            curl_multi_add_handle(bare->multi, handle);
        *left -= *left > 0;
    }
    return ended;
}

/* Not inline, for callgrind. */
__attribute__((noinline)) static void bare_run(const struct bare *bare, size_t requests)
{
    size_t lanes = requests < LANES ? requests : LANES;
    size_t left = requests - lanes;
    int running = 0;

    for (size_t lane = 0; lane < lanes; lane++)
        curl_multi_add_handle(bare->multi, bare->handles[lane]);
    for (size_t ended = 0; ended < requests;) {
        curl_multi_perform(bare->multi, &running);
        size_t now = bare_collect(bare, &left);
        ended += now;
        if (now == 0)
            curl_multi_poll(bare->multi, NULL, 0, POLL_MS, NULL);
    }
}

/* ---- the harness ---- */

struct measured {
    struct settings settings;
    struct shared_memory workload;
    struct shared_memory records;
    struct instance instance;
};

static void measured_make(
    struct measured *measured, const char *url, const char *strategy, size_t requests, bool is_fresh)
{
    struct failure failure = {0};

    *measured = (struct measured){.workload = SHARED_MEMORY_NONE, .records = SHARED_MEMORY_NONE};
    measured->settings = (struct settings){.concurrency = LANES,
        .timeout_ms = TIMEOUT_MS,
        .connect_timeout_ms = TIMEOUT_MS,
        .no_reuse = is_fresh};
    if (workload_from_urls(&url, 1, &measured->workload, &failure) != 0 ||
        records_create(&measured->records, requests, &failure) != 0)
        fail(failure.message);
    const struct job job = {.settings = &measured->settings,
        .workload = measured->workload.bytes,
        .extent = workload_extent(measured->workload.bytes, requests),
        .records = measured->records.bytes};
    if (instance_make(&measured->instance, strategy, &job, &failure) != 0 ||
        instance_prepare(&measured->instance, &failure) != 0)
        fail(failure.message);
}

static void measured_run(struct measured *measured)
{
    struct failure failure = {0};

    if (instance_run(&measured->instance, &failure) != 0)
        fail(failure.message);
}

static void measured_check(const struct measured *measured)
{
    struct records *records = measured->records.bytes;

    for (uint64_t i = 0; i < records->request_count; i++)
        if (record_outcome(records_at(records, i)) != OUTCOME_OK)
            fail("a request failed; is the URL that of a server on this machine?");
}

static void measured_release(struct measured *measured)
{
    instance_release(&measured->instance);
    shared_memory_release(&measured->records);
    shared_memory_release(&measured->workload);
}

/* ---- the two in turns ---- */

static double time_bare(const struct bare *bare, size_t requests)
{
    double before_us = cpu_us();

    bare_run(bare, requests);
    return (cpu_us() - before_us) / (double)requests;
}

static double time_measured(struct measured *measured, size_t requests)
{
    double before_us = cpu_us();

    measured_run(measured);
    double each_us = (cpu_us() - before_us) / (double)requests;
    measured_check(measured);
    instance_rewind(&measured->instance);
    return each_us;
}

static void print_line(const char *what, double *values, size_t count, const char *unit)
{
    size_t known = sample_sort(values, count);

    (void)printf("%-34s median %8.3f%s, half of them %8.3f to %8.3f%s\n", what, sample_median(values, known),
        unit, sample_quantile(values, known, 0.25), sample_quantile(values, known, 0.75), unit);
}

static void compare(const char *url, size_t blocks, size_t requests)
{
    double *bare_us = calloc(3 * blocks, sizeof *bare_us);
    double *measured_us = bare_us + blocks;
    double *more = measured_us + blocks;
    struct measured measured;
    struct bare bare;

    if (!bare_us)
        fail("out of memory");
    bare_make(&bare, url, false);
    measured_make(&measured, url, "curl-multi", requests, false);
    (void)time_bare(&bare, requests); /* connections are opened, caches filled */
    (void)time_measured(&measured, requests);
    for (size_t i = 0; i < blocks; i++) {
        bare_us[i] = i % 2 == 0 ? time_bare(&bare, requests) : 0;
        measured_us[i] = time_measured(&measured, requests);
        bare_us[i] = i % 2 == 0 ? bare_us[i] : time_bare(&bare, requests);
        more[i] = 100 * (measured_us[i] / bare_us[i] - 1);
    }
    (void)printf("%zu pairs of blocks of %zu requests, %d at once\n", blocks, requests, LANES);
    print_line("a bare loop, CPU time per request", bare_us, blocks, " us");
    print_line("curl-multi, CPU time per request", measured_us, blocks, " us");
    print_line("curl-multi, more than that, paired", more, blocks, " %");
    measured_release(&measured);
    bare_release(&bare);
    free(bare_us);
}

static void run_one(const char *url, const char *strategy, size_t requests, bool is_fresh)
{
    struct measured measured;
    struct bare bare;

    if (strcmp(strategy, "bare") == 0) {
        bare_make(&bare, url, is_fresh);
        bare_run(&bare, requests);
        bare_release(&bare);
        return;
    }
    measured_make(&measured, url, strategy, requests, is_fresh);
    measured_run(&measured);
    measured_release(&measured);
}

int main(int argc, char **argv)
{
    unsigned long blocks = argc > 2 ? strtoul(argv[2], NULL, 10) : BLOCKS;
    unsigned long requests = argc > 3 ? strtoul(argv[3], NULL, 10) : REQUESTS;
    bool is_one = argc > 3 && blocks == 0;

    if (argc < 2 || requests < 1 || (!is_one && (blocks < 1 || blocks > BLOCKS_MAX)))
        fail("usage: request_cost URL [BLOCKS [REQUESTS]], or request_cost URL STRATEGY REQUESTS [fresh]");
    (void)signal(SIGPIPE, SIG_IGN);
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    if (is_one)
        run_one(argv[1], argv[2], requests, argc > 4);
    else
        compare(argv[1], blocks, requests);
    curl_global_cleanup();
    return 0;
}
