/*
 * http2_cost: processor time of a request over HTTP/2, harness's curl-multi against a loop as bare as it can
 * be, and against HTTP/1.1; all over TLS and with the same server, in this one process, block after block in
 * turns.
 *
 *     http2_cost URL CA_FILE [BLOCKS] [REQUESTS]
 *
 * Build it as a release; tests/bench/http2_cost.py starts nginx and this. LANES requests are under way at
 * once, over HTTP/2 on one connection, over HTTP/1.1 on LANES that are open before. The bare loop sets what
 * every libcurl program should (no signals, no proxy, the CA file) and what HTTP/2 needs, keeps no records
 * and reads no clock. Each contestant runs BLOCKS blocks of REQUESTS requests; in each round of blocks
 * another one begins. Exits 1 when the median of the rounds' ratios, harness to bare over HTTP/2, is above
 * LIMIT.
 */
#include <curl/curl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "instance.h"
#include "quantile.h"

#define LANES    100
#define BLOCKS   60
#define REQUESTS 3000
#define LIMIT    1.05

enum contestant { HARNESS_2, BARE_2, HARNESS_1, BARE_1, CONTESTANTS };

static const char *const names[CONTESTANTS] = {
    [HARNESS_2] = "curl-multi, HTTP/2",
    [BARE_2] = "bare loop, HTTP/2",
    [HARNESS_1] = "curl-multi, HTTP/1.1",
    [BARE_1] = "bare loop, HTTP/1.1",
};

/* Harness's strategy, or the bare loop: the other's members are empty. */
struct loop {
    struct settings settings;
    struct shared_memory records;
    struct instance instance;
    CURLM *multi;
    CURL *handles[LANES];
    long version;
};

struct bench {
    const char *url;
    const char *ca_file;
    size_t blocks;
    uint64_t requests;
    struct shared_memory workload;
    struct loop loops[CONTESTANTS];
    double *cpu_us[CONTESTANTS]; /* [block], a request */
};

/* ---- the bare loop ---- */

static size_t sink(char *bytes, size_t size, size_t count, void *unused)
{
    (void)bytes;
    (void)unused;
    return size * count;
}

static int bare_open(struct loop *loop, const struct bench *bench, long version)
{
    loop->version = version;
    loop->multi = curl_multi_init();
    if (!loop->multi)
        return -1;
    curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, (long)LANES);
    curl_multi_setopt(loop->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)LANES);
    for (size_t i = 0; i < LANES; i++) {
        CURL *handle = loop->handles[i] = curl_easy_init();
        if (!handle)
            return -1;
        curl_easy_setopt(handle, CURLOPT_URL, bench->url);
        curl_easy_setopt(handle, CURLOPT_CAINFO, bench->ca_file);
        curl_easy_setopt(handle, CURLOPT_CAPATH, NULL);
        curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(handle, CURLOPT_PROXY, "");
        curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, sink);
        curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, version);
        curl_easy_setopt(handle, CURLOPT_PIPEWAIT, version == CURL_HTTP_VERSION_2TLS ? 1L : 0L);
    }
    return 0;
}

/* A transfer that is over makes room for the next. How many were over; -1: one failed. */
static int bare_collect(struct loop *loop, uint64_t *left)
{
    int over = 0;
    int queued = 0;

    for (CURLMsg *message; (message = curl_multi_info_read(loop->multi, &queued)); over++) {
        CURL *handle = message->easy_handle;
        if (message->data.result != CURLE_OK)
            return -1;
        curl_multi_remove_handle(loop->multi, handle);
        if (*left > 0) {
            (*left)--;
            curl_multi_add_handle(loop->multi, handle);
        }
    }
    return over;
}

static int bare_run(struct loop *loop, uint64_t requests)
{
    uint64_t left = requests;
    uint64_t done = 0;

    for (size_t i = 0; i < LANES && left > 0; i++, left--)
        curl_multi_add_handle(loop->multi, loop->handles[i]);
    while (done < requests) {
        int running = 0;
        if (curl_multi_perform(loop->multi, &running) != CURLM_OK)
            return -1;
        int over = bare_collect(loop, &left);
        if (over < 0)
            return -1;
        done += (uint64_t)over;
        if (over == 0)
            curl_multi_poll(loop->multi, NULL, 0, 1000, NULL);
    }
    return 0;
}

static void bare_close(struct loop *loop)
{
    for (size_t i = 0; i < LANES; i++)
        curl_easy_cleanup(loop->handles[i]);
    curl_multi_cleanup(loop->multi);
}

/* ---- harness ---- */

static int harness_open(
    struct loop *loop, const struct bench *bench, unsigned int http, struct failure *failure)
{
    struct workload *workload = bench->workload.bytes;

    if (settings_init(&loop->settings, failure) != 0)
        return -1;
    loop->settings.concurrency = LANES;
    loop->settings.http = http;
    loop->settings.streams = LANES;
    loop->settings.ca_file = strdup(bench->ca_file);
    if (records_create(&loop->records, bench->requests, failure) != 0)
        return -1;
    const struct job job = {.settings = &loop->settings,
        .workload = workload,
        .extent = workload_extent(workload, bench->requests),
        .records = loop->records.bytes};
    if (instance_make(&loop->instance, "curl-multi", &job, failure) != 0)
        return -1;
    return instance_prepare(&loop->instance, failure);
}

/* Was every request answered, in this version, on `connections` new connections at most? */
static int harness_check(const struct loop *loop, uint64_t requests, uint64_t connections)
{
    const struct records *records = loop->records.bytes;
    uint8_t version = loop->settings.http == HTTP_2 ? HTTP_VERSION_2 : HTTP_VERSION_1_1;
    uint64_t opened = 0;

    for (uint64_t i = 0; i < requests; i++) {
        const struct record *record = &records->slots[i];
        if (record_outcome(record) != OUTCOME_OK || record->http_version != version)
            return -1;
        opened += record->connections_opened;
    }
    return opened <= connections ? 0 : -1;
}

/* ---- blocks ---- */

static double cpu_now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static bool is_bare(enum contestant who)
{
    return who == BARE_2 || who == BARE_1;
}

/* The processor time of a request, in microseconds; NaN: something went wrong. */
static double run_block(struct bench *bench, enum contestant who, uint64_t connections)
{
    struct loop *loop = &bench->loops[who];
    struct failure failure = {0};

    if (!is_bare(who))
        instance_rewind(&loop->instance);
    double start_us = cpu_now_us();
    int result = is_bare(who) ? bare_run(loop, bench->requests) : instance_run(&loop->instance, &failure);
    double used_us = cpu_now_us() - start_us;
    if (result == 0 && !is_bare(who))
        result = harness_check(loop, bench->requests, connections);
    if (result == 0)
        return used_us / (double)bench->requests;
    (void)fprintf(stderr, "%s failed: %s\n", names[who],
        failure.message[0] ? failure.message : "not every answer was as expected");
    return NAN;
}

static int run_blocks(struct bench *bench)
{
    /* The first block opens the connections. */
    for (size_t who = 0; who < CONTESTANTS; who++)
        if (isnan(run_block(bench, (enum contestant)who, LANES)))
            return -1;
    for (size_t block = 0; block < bench->blocks; block++)
        for (size_t turn = 0; turn < CONTESTANTS; turn++) {
            size_t who = (block + turn) % CONTESTANTS;
            bench->cpu_us[who][block] = run_block(bench, (enum contestant)who, 0);
            if (isnan(bench->cpu_us[who][block]))
                return -1;
        }
    return 0;
}

/* Prints the median of the rounds' ratios with its quartiles, and returns it. */
static double print_ratio(
    const struct bench *bench, enum contestant one, enum contestant other, double *scratch)
{
    for (size_t block = 0; block < bench->blocks; block++)
        scratch[block] = bench->cpu_us[one][block] / bench->cpu_us[other][block];
    size_t known = sample_sort(scratch, bench->blocks);
    double median = sample_median(scratch, known);
    (void)printf("%-22s / %-22s %.3f (%.3f to %.3f)\n", names[one], names[other], median,
        sample_quantile(scratch, known, 0.25), sample_quantile(scratch, known, 0.75));
    return median;
}

static int report(const struct bench *bench)
{
    double *scratch = calloc(bench->blocks, sizeof *scratch);

    if (!scratch)
        return 2;
    for (size_t who = 0; who < CONTESTANTS; who++) {
        memcpy(scratch, bench->cpu_us[who], bench->blocks * sizeof *scratch);
        size_t known = sample_sort(scratch, bench->blocks);
        (void)printf("%-22s median %6.2f us a request, half of them %6.2f to %6.2f\n", names[who],
            sample_median(scratch, known), sample_quantile(scratch, known, 0.25),
            sample_quantile(scratch, known, 0.75));
    }
    double ratio = print_ratio(bench, HARNESS_2, BARE_2, scratch);
    (void)print_ratio(bench, HARNESS_1, BARE_1, scratch);
    (void)print_ratio(bench, HARNESS_2, HARNESS_1, scratch);
    free(scratch);
    (void)printf("over HTTP/2, harness to the bare loop: %.3f, %s %.2f\n", ratio,
        ratio <= LIMIT ? "within" : "OVER", LIMIT);
    return ratio <= LIMIT ? 0 : 1;
}

static int bench_open(struct bench *bench, struct failure *failure)
{
    if (workload_from_urls(&bench->url, 1, &bench->workload, failure) != 0)
        return -1;
    for (size_t who = 0; who < CONTESTANTS; who++) {
        bench->cpu_us[who] = calloc(bench->blocks, sizeof(double));
        bench->loops[who].records = SHARED_MEMORY_NONE;
        if (!bench->cpu_us[who])
            return failure_set(failure, FAILURE_RUN, "out of memory");
    }
    if (bare_open(&bench->loops[BARE_2], bench, CURL_HTTP_VERSION_2TLS) != 0 ||
        bare_open(&bench->loops[BARE_1], bench, CURL_HTTP_VERSION_1_1) != 0)
        return failure_set(failure, FAILURE_RUN, "libcurl can't make its handles");
    return harness_open(&bench->loops[HARNESS_2], bench, HTTP_2, failure) == 0
               ? harness_open(&bench->loops[HARNESS_1], bench, HTTP_1_1, failure)
               : -1;
}

static void bench_close(struct bench *bench)
{
    for (size_t who = 0; who < CONTESTANTS; who++) {
        struct loop *loop = &bench->loops[who];
        free(bench->cpu_us[who]);
        if (is_bare((enum contestant)who)) {
            bare_close(loop);
            continue;
        }
        instance_release(&loop->instance);
        shared_memory_release(&loop->records);
        settings_release(&loop->settings);
    }
    shared_memory_release(&bench->workload);
}

int main(int argc, char **argv)
{
    struct failure failure = {0};
    struct bench bench = {.workload = SHARED_MEMORY_NONE};

    if (argc < 3) {
        (void)fprintf(stderr, "usage: http2_cost URL CA_FILE [BLOCKS] [REQUESTS]\n");
        return 2;
    }
    bench.url = argv[1];
    bench.ca_file = argv[2];
    bench.blocks = argc > 3 ? strtoul(argv[3], NULL, 10) : BLOCKS;
    bench.requests = argc > 4 ? strtoul(argv[4], NULL, 10) : REQUESTS;
    (void)signal(SIGPIPE, SIG_IGN);
    int exit_code = 2;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK && bench.blocks > 0 && bench.requests >= LANES &&
        bench_open(&bench, &failure) == 0)
        exit_code = run_blocks(&bench) == 0 ? report(&bench) : 2;
    if (failure.message[0])
        (void)fprintf(stderr, "%s\n", failure.message);
    bench_close(&bench);
    curl_global_cleanup();
    return exit_code;
}
