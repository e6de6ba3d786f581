/*
 * bare_loops: a GET again and again with nothing but libcurl, in the ways that strategies have: what those
 * cost beyond that is harness's doing. tests/bench/run starts both in turn.
 *
 *     bare_loops sequential|pool|multi|socket LANES REQUESTS URL [--options all|least]
 *         [--start cold|warm] [--waiting COUNT URL]
 *
 * all (the default) sets what harness sets, least what no such program goes without: bare_options.h. warm
 * sends everything once before the clock. --waiting has further handles, each of which asks once for its URL
 * and goes first: for loops, on slow answers beside the quick ones. Everything that a trial prepares before
 * its clock is prepared before this one's, handles and threads too.
 *
 * Prints one line of JSON: CPU time of the process and wall time, from the first request to the last answer;
 * the resident memory that the handles took while idle; by how much it then grew at most. Exits with 1 if a
 * request fails, with 2 if it doesn't understand its arguments.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "bare_options.h"
#include "bare_ways.h"
#include "clock.h"

#define LANES_MAX    1000000
#define REQUESTS_MAX 1000000000

/* ---- one run ---- */

/* A line of /proc/self/status, in KiB. */
static uint64_t memory_kib(const char *name)
{
    FILE *file = fopen("/proc/self/status", "re");
    size_t length = strlen(name);
    uint64_t kib = 0;
    char line[256];

    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, length) == 0)
            kib = strtoull(line + length, NULL, 10);
    if (file)
        (void)fclose(file);
    return kib;
}

/* VmHWM is then what is resident now. Where the system refuses, it includes what was before. */
static void memory_reset_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "we");

    if (!file)
        return;
    (void)fputs("5", file);
    (void)fclose(file);
}

static uint64_t cpu_us(void)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void bare_make_handle(struct bare *bare, size_t i)
{
    const struct bare_plan *plan = &bare->plan;
    bool waits = i >= plan->lanes;
    const char *url = waits ? plan->waiting_url : plan->url;

    CURL *handle = bare->handles[i] = curl_easy_init();
    if (!handle)
        bare_fail("out of memory");
    if (plan->has_least_options)
        bare_options_set_least(handle, url);
    else
        bare_options_set_all(handle, url, i, bare->errors[i]);
    if (waits)
        (void)curl_easy_setopt(handle, CURLOPT_PRIVATE, bare);
}

static void bare_make(struct bare *bare)
{
    size_t count = bare->plan.lanes + bare->plan.waiting;

    bare->handles = calloc(count, sizeof *bare->handles);
    bare->errors = calloc(count, sizeof *bare->errors);
    if (!bare->handles || !bare->errors)
        bare_fail("out of memory");
    for (size_t i = 0; i < count; i++)
        bare_make_handle(bare, i);
}

static void bare_release(struct bare *bare)
{
    bare->plan.way->release(bare);
    for (size_t i = 0; i < bare->plan.lanes + bare->plan.waiting; i++)
        curl_easy_cleanup(bare->handles[i]);
    free((void *)bare->handles);
    free(bare->errors);
}

/* Not inline, for callgrind. */
__attribute__((noinline)) static void bare_run(struct bare *bare)
{
    atomic_store(&bare->taken, 0);
    bare->plan.way->run(bare);
}

/* What a run took. */
struct taken {
    uint64_t idle_kib;
    uint64_t peak_kib;
    uint64_t cpu_us;
    uint64_t wall_ns;
};

static struct taken bare_measure(struct bare *bare)
{
    struct taken taken = {0};

    uint64_t before_kib = memory_kib("VmRSS:");
    bare_make(bare);
    memory_reset_peak();
    uint64_t made_kib = memory_kib("VmRSS:");
    bare->plan.way->prepare(bare);
    if (bare->plan.is_warm)
        bare_run(bare);
    uint64_t before_us = cpu_us();
    uint64_t before_ns = clock_monotonic_ns();
    bare_run(bare);
    taken.wall_ns = clock_monotonic_ns() - before_ns;
    taken.cpu_us = cpu_us() - before_us;
    taken.idle_kib = made_kib - before_kib;
    taken.peak_kib = memory_kib("VmHWM:") - made_kib;
    return taken;
}

/* ---- arguments ---- */

static _Noreturn void usage(void)
{
    (void)fputs("usage: bare_loops sequential|pool|multi|socket LANES REQUESTS URL [--options all|least] "
                "[--start cold|warm] [--waiting COUNT URL]\n",
        stderr);
    exit(2); /* NOLINT(concurrency-mt-unsafe) */
}

static size_t read_count(const char *text, unsigned long most)
{
    char *end = NULL;

    errno = 0;
    unsigned long count = strtoul(text, &end, 10);
    if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != '\0' || count > most)
        usage();
    return (size_t)count;
}

/* Is it the second of the two words? */
static bool read_word(const char *text, const char *first, const char *second)
{
    if (strcmp(text, first) != 0 && strcmp(text, second) != 0)
        usage();
    return strcmp(text, second) == 0;
}

/* One option at arguments[0]. How many arguments it takes. */
static int read_option(int left, char **arguments, struct bare_plan *plan)
{
    if (left >= 2 && strcmp(arguments[0], "--options") == 0) {
        plan->has_least_options = read_word(arguments[1], "all", "least");
        return 2;
    }
    if (left >= 2 && strcmp(arguments[0], "--start") == 0) {
        plan->is_warm = read_word(arguments[1], "cold", "warm");
        return 2;
    }
    if (left >= 3 && strcmp(arguments[0], "--waiting") == 0) {
        plan->waiting = read_count(arguments[1], LANES_MAX);
        plan->waiting_url = arguments[2];
        return 3;
    }
    usage();
}

static struct bare_plan read_plan(int count, char **arguments)
{
    if (count < 5)
        usage();
    struct bare_plan plan = {
        .way = bare_way_find(arguments[1]),
        .lanes = read_count(arguments[2], LANES_MAX),
        .requests = read_count(arguments[3], REQUESTS_MAX),
        .url = arguments[4],
    };
    for (int i = 5; i < count;)
        i += read_option(count - i, arguments + i, &plan);
    bool is_sequential = plan.way && strcmp(plan.way->name, "sequential") == 0;
    if (!plan.way || plan.lanes < 1 || (is_sequential && plan.lanes > 1) ||
        (plan.waiting > 0 && !plan.way->has_multi))
        usage();
    return plan;
}

int main(int argc, char **argv)
{
    struct bare bare = {.plan = read_plan(argc, argv)};

    (void)signal(SIGPIPE, SIG_IGN);
    (void)prctl(PR_SET_TIMERSLACK, 1UL); /* as trials have it */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        bare_fail("libcurl can't be initialised");
    struct taken taken = bare_measure(&bare);
    (void)printf("{\"requests\": %zu, \"cpu_us\": %llu, \"wall_ns\": %llu, \"idle_kib\": %llu, "
                 "\"peak_kib\": %llu}\n",
        bare.plan.requests + bare.plan.waiting, (unsigned long long)taken.cpu_us,
        (unsigned long long)taken.wall_ns, (unsigned long long)taken.idle_kib,
        (unsigned long long)taken.peak_kib);
    bare_release(&bare);
    curl_global_cleanup();
    return 0;
}
