#include "warnings.h"

#include <curl/curl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "metadata.h"
#include "quantile.h"
#include "utf8.h"

/* A share of a system limit. Above this the limit is tight. */
#define TIGHT_SHARE 0.5

/* A share of all processors, just before the first trial. Above this other programs are running. */
#define BUSY_LIMIT 0.2

/* At most this many failed URLs are named. */
#define FAILED_URLS_MAX 3

/* Of a longer URL the start is shown, so that there is room for the rest of the warning. */
#define FAILED_URL_BYTES 128

/* Versions with defects that matter here, first to last. */
static const struct {
    unsigned int first;
    unsigned int last;
    const char *defect;
} libcurl_defects[] = {
    {0x080a00, 0x080a00, "transfers in a multi handle may never end (curl issue 14898)"},
};

static const struct {
    const char *word;
    const char *advice;
} texts[] = {
#define X(NAME, code, advice) [WARNING_##NAME] = {(code), (advice)},
    WARNINGS(X)
#undef X
};

const char *warning_word(enum warning_code code)
{
    return texts[code].word;
}

const char *warning_advice(enum warning_code code)
{
    return texts[code].advice;
}

__attribute__((format(printf, 3, 4))) static void warnings_add(
    struct warnings *warnings, enum warning_code code, const char *format, ...)
{
    struct warning *items = realloc(warnings->items, (warnings->count + 1) * sizeof *items);
    va_list arguments;

    if (!items) {
        warnings->out_of_memory = true;
        return;
    }
    warnings->items = items;
    items[warnings->count].code = code;
    va_start(arguments, format);
    (void)vsnprintf(items[warnings->count].finding, sizeof items->finding, format, arguments);
    va_end(arguments);
    utf8_tidy_text(items[warnings->count++].finding);
}

void warnings_release(struct warnings *warnings)
{
    free(warnings->items);
    *warnings = (struct warnings){0};
}

static uint64_t warnings_failures_of_request(const struct tally *tally, uint64_t request)
{
    uint64_t failures = 0;

    for (size_t arm = 0; arm < tally->arm_count; arm++)
        for (size_t round = 0; round < tally->rounds_begun; round++)
            for (uint64_t i = request; i < tally->extent.request_count; i += tally->workload->request_count) {
                size_t sample = round * (size_t)tally->extent.request_count + (size_t)i;
                failures +=
                    outcome_is_failure((enum outcome)tally->of_arms[arm].samples[sample].outcome) != 0;
            }
    return failures;
}

/* The first requests of the workload that failed, and how often each did. */
static void warnings_of_failures(struct warnings *warnings, const struct tally *tally)
{
    const struct workload *workload = tally->workload;
    uint64_t failed = 0;
    size_t named = 0;

    for (size_t arm = 0; arm < tally->arm_count; arm++)
        failed += tally->of_arms[arm].failed_requests;
    for (uint64_t i = 0; failed > 0 && named < FAILED_URLS_MAX && i < workload->request_count; i++) {
        uint64_t failures = warnings_failures_of_request(tally, i);
        struct buffer url = {0};
        if (failures == 0)
            continue;
        named++;
        workload_show_url(workload_text(workload, workload_request(workload, i)->url), &url);
        bool is_long = url.size > FAILED_URL_BYTES;
        if (is_long)
            url.size = utf8_tidy(url.bytes, FAILED_URL_BYTES);
        buffer_append(&url, "", 1);
        warnings_add(warnings, WARNING_FAILED_REQUESTS,
            "%s %s%s failed %llu times, of %llu failures in total",
            workload_text(workload, workload_request(workload, i)->method), url.bytes ? url.bytes : "",
            is_long ? "..." : "", (unsigned long long)failures, (unsigned long long)failed);
        buffer_release(&url);
    }
}

static void warnings_of_arm(struct warnings *warnings, const struct plan *plan, const struct tally *tally,
    const struct summary *summary, size_t arm)
{
    const char *name = plan->arms[arm].name;
    const struct tally_arm *figures = &tally->of_arms[arm];

    if (figures->trials < figures->begun)
        warnings_add(warnings, WARNING_FAILED_TRIALS, "%llu of %llu trials of %s did not complete",
            (unsigned long long)(figures->begun - figures->trials), (unsigned long long)figures->begun, name);
    if (summary->row.origin_share > WARNING_ORIGIN_SHARE)
        warnings_add(warnings, WARNING_ORIGIN_BOUND, "the origin used %.0f %% of a processor while %s ran",
            summary->row.origin_share * 100, name);
    if (summary->row.saturated == TRUTH_YES)
        warnings_add(warnings, WARNING_SATURATED, "%s started batches at less than 98 %% of the rate", name);
    if (figures->warm_openings > 0)
        warnings_add(warnings, WARNING_NOT_WARM,
            "warm trials of %s opened %llu connections while they were timed", name,
            (unsigned long long)figures->warm_openings);
    if (summary->has_slow_first_round)
        warnings_add(
            warnings, WARNING_SLOW_FIRST_ROUND, "the first round of %s was far slower than the rest", name);
    if (summary->outliers > 0)
        warnings_add(warnings, WARNING_OUTLIERS, "%zu of %llu trials of %s are far from its median",
            summary->outliers, (unsigned long long)figures->trials, name);
    if (summary->false_difference > 0)
        warnings_add(warnings, WARNING_NOISY_CONTROL,
            "%s and %s are the same but differ: this machine is too noisy to trust differences below %.1f %%",
            summary->control_of, name, summary->false_difference * 100);
    if (figures->impossible_trials > 0)
        warnings_add(warnings, WARNING_IN_FLIGHT_DISAGREES,
            "in %llu trials of %s the origin saw more requests in flight than the client recorded",
            (unsigned long long)figures->impossible_trials, name);
}

/* Once for all arms: what the comparison with the fewest rounds has, and what the one that needs most needs.
 */
static void warnings_of_rounds(struct warnings *warnings, const struct plan *plan, const struct tally *tally,
    const struct summary *summaries)
{
    uint64_t comparable = tally->rounds_begun;
    size_t needed = 0;

    for (size_t arm = 0; arm < plan->arm_count; arm++)
        if (summaries[arm].row.ranked) {
            comparable = summaries[arm].row.rounds < comparable ? summaries[arm].row.rounds : comparable;
            needed = summaries[arm].rounds_needed > needed ? summaries[arm].rounds_needed : needed;
            needed = summaries[arm].first_rounds > needed ? summaries[arm].first_rounds : needed;
        }
    if (needed > 0)
        warnings_add(warnings, WARNING_TOO_FEW_ROUNDS,
            "too few rounds: %llu can be compared, every comparison needs %zu",
            (unsigned long long)comparable, needed);
}

static void warnings_of_limits(struct warnings *warnings, const struct plan *plan)
{
    struct rlimit limit;
    uint64_t files = 0;
    uint64_t ports = metadata_port_count();

    for (size_t arm = 0; arm < plan->arm_count; arm++)
        files = plan->arms[arm].files > files ? plan->arms[arm].files : files;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        (double)files > TIGHT_SHARE * (double)limit.rlim_cur)
        warnings_add(warnings, WARNING_FILES_TIGHT, "%llu of %llu open files may be needed",
            (unsigned long long)files, (unsigned long long)limit.rlim_cur);
    if (plan->settings->no_reuse && ports > 0 &&
        (double)plan->extent.request_count > TIGHT_SHARE * (double)ports)
        warnings_add(warnings, WARNING_PORTS_TIGHT, "each trial opens %llu connections; there are %llu ports",
            (unsigned long long)plan->extent.request_count, (unsigned long long)ports);
}

static void warnings_of_machine(struct warnings *warnings, const struct plan *plan)
{
    char governor[64];

    if (metadata_governor(governor, sizeof governor) && strcmp(governor, "performance") != 0)
        warnings_add(warnings, WARNING_GOVERNOR, "the processors' frequency governor is '%s'", governor);
    if (plan->busy_at_start > BUSY_LIMIT)
        warnings_add(warnings, WARNING_OTHER_LOAD,
            "other programs used %.0f %% of the processors just before the start", plan->busy_at_start * 100);
    if (plan->cpus_missing)
        warnings_add(warnings, WARNING_CPUS_MISSING, "more processors were asked for than are available");
}

static void warnings_of_build(struct warnings *warnings)
{
    unsigned int version = curl_version_info(CURLVERSION_NOW)->version_num;

    if (!metadata_is_release())
        warnings_add(warnings, WARNING_DEBUG_BUILD, "this build is not optimised, or contains sanitizers");
    for (size_t i = 0; i < sizeof libcurl_defects / sizeof libcurl_defects[0]; i++)
        if (version >= libcurl_defects[i].first && version <= libcurl_defects[i].last)
            warnings_add(warnings, WARNING_LIBCURL_DEFECT, "libcurl %s: %s",
                curl_version_info(CURLVERSION_NOW)->version, libcurl_defects[i].defect);
}

void warnings_collect(struct warnings *warnings, const struct plan *plan, const struct tally *tally,
    const struct summary *summaries, bool is_complete)
{
    if (!is_complete)
        warnings_add(warnings, WARNING_CUT_SHORT, "%zu of %zu measured rounds were finished",
            tally->rounds_begun, (size_t)plan->settings->repeat);
    warnings_of_failures(warnings, tally);
    for (size_t arm = 0; arm < plan->arm_count; arm++)
        warnings_of_arm(warnings, plan, tally, &summaries[arm], arm);
    warnings_of_rounds(warnings, plan, tally, summaries);
    warnings_of_limits(warnings, plan);
    warnings_of_machine(warnings, plan);
    warnings_of_build(warnings);
}
