#include "warnings.h"

#include <curl/curl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <unistd.h>

#include "builds.h"
#include "defects.h"
#include "metadata.h"
#include "ports.h"
#include "quantile.h"
#include "utf8.h"

/* A share of a system limit. Above this the limit is tight. */
#define TIGHT_SHARE 0.5

/* A share of all processors, just before the first trial. Above this other programs are running. */
#define BUSY_LIMIT 0.2

/* At most this many failed URLs are named, unless there are more causes. */
#define FAILED_URLS_MAX 3

/* At most this many other machines are named. */
#define ELSEWHERE_NAMES_MAX 3

/* Of a longer URL the start is shown, so that there is room for the rest of the warning. */
#define FAILED_URL_BYTES 128

/* Of the arms that a defect of libcurl touches, at most this many are named. */
#define DEFECT_ARMS_MAX 3

/* A share of one processor. Above this an arm waits for itself and its server rather than for delays. */
#define BUSY_ARM_SHARE 0.25

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
    items[warnings->count] = (struct warning){.code = code, .advice = texts[code].advice};
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

/* Of a noun: one request, two requests. */
static const char *warnings_s(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static const char *warnings_advice_of_status(unsigned int status)
{
    if (status == 407)
        return "send the proxy's credentials: --proxy http://USER:PASSWORD@HOST:PORT";
    if (status == 401 || status == 403)
        return "send credentials with --header, or name the status in the workload as expected_status";
    if (status >= 300 && status < 400)
        return texts[WARNING_LEADS_ELSEWHERE].advice;
    if (status == 429 || status == 503)
        return "the server asks for fewer requests: lower --concurrency or --rate";
    return "see whether the request is right; a status that is meant is named in the workload as "
           "expected_status";
}

/* An answer is nothing that libcurl has something to say of; a proxy that refuses CONNECT is. */
static bool warnings_is_of_tunnel(const struct cause_kind *kind, const struct cause_request *cause)
{
    return kind->outcome == OUTCOME_UNEXPECTED_STATUS && cause->text[0] != '\0';
}

/* NULL: that of the warning's code. */
static const char *warnings_advice_of_failure(
    const struct tally *tally, const struct cause_kind *kind, const struct cause_request *cause)
{
    if (warnings_is_of_tunnel(kind, cause) && kind->status != 407)
        return "the proxy does not let requests through to this server: see the proxy's log, and --proxy";
    if (kind->outcome == OUTCOME_UNEXPECTED_STATUS)
        return warnings_advice_of_status(kind->status);
    if (kind->outcome == OUTCOME_NO_PORT)
        return ports_remedy(&tally->arms[0].settings);
    return outcome_advice(kind->outcome);
}

/* "status 404", or the outcome's word and what libcurl said. */
static void warnings_write_cause(
    const struct cause_kind *kind, const struct cause_request *cause, struct buffer *text)
{
    bool has_text = cause->text[0] != '\0';

    if (kind->outcome == OUTCOME_UNEXPECTED_STATUS)
        buffer_printf(
            text, "status %u%s", kind->status, warnings_is_of_tunnel(kind, cause) ? " of the proxy" : "");
    else
        buffer_printf(text, "%s%s%s%s", outcome_word(kind->outcome), has_text ? " (" : "", cause->text,
            has_text ? ")" : "");
    buffer_append(text, "", 1);
}

/* "GET http://host/path", in not too many bytes, and NUL. */
static void warnings_write_request(const struct workload *workload, uint64_t index, struct buffer *text)
{
    const struct workload_request *request = workload_request(workload, index);

    buffer_printf(text, "%s ", workload_text(workload, request->method));
    size_t start = text->size;
    workload_show_url(workload_text(workload, request->url), text);
    if (!text->out_of_memory && text->size - start > FAILED_URL_BYTES) {
        text->size = start + utf8_tidy(text->bytes + start, FAILED_URL_BYTES);
        buffer_append_text(text, "...");
    }
    buffer_append(text, "", 1);
}

static const char *warnings_text(const struct buffer *text)
{
    return text->out_of_memory ? "?" : text->bytes;
}

/* How a request failed, among how many failures of which rounds. */
struct failed_request {
    const struct cause_kind *kind;
    const struct cause_request *cause;
    const struct causes *causes;
    bool in_warmup;
};

static void warnings_add_failed(
    struct warnings *warnings, const struct tally *tally, const struct failed_request *failed)
{
    uint64_t count = failed->cause->count;
    uint64_t total = failed->causes->count;
    struct buffer request = {0};
    struct buffer cause = {0};
    size_t before = warnings->count;

    warnings_write_request(tally->workload, failed->cause->request, &request);
    warnings_write_cause(failed->kind, failed->cause, &cause);
    warnings_add(warnings, failed->in_warmup ? WARNING_FAILED_IN_WARMUP : WARNING_FAILED_REQUESTS,
        "%s failed %llu time%s%s, of %llu failure%s in total: %s", warnings_text(&request),
        (unsigned long long)count, warnings_s(count), failed->in_warmup ? " in warm-up rounds" : "",
        (unsigned long long)total, warnings_s(total), warnings_text(&cause));
    const char *advice = warnings_advice_of_failure(tally, failed->kind, failed->cause);
    if (warnings->count > before && advice)
        warnings->items[before].advice = advice;
    buffer_release(&cause);
    buffer_release(&request);
}

/* The first of those not yet named, in the order of the workload; NULL when all are. */
static const struct cause_kind *warnings_next_kind(
    const struct causes *causes, const size_t named[CAUSES_KINDS])
{
    const struct cause_kind *next = NULL;
    uint64_t first = UINT64_MAX;

    for (size_t k = 0; k < causes->kind_count; k++) {
        const struct cause_kind *kind = &causes->kinds[k];
        if (named[k] < kind->request_count && kind->requests[named[k]].request < first) {
            next = kind;
            first = kind->requests[named[k]].request;
        }
    }
    return next;
}

/* The first requests of the workload that failed, how often each did, and why; and each cause at least once.
 * Of warm-up rounds, only what no measured round had. */
static void warnings_of_failures(struct warnings *warnings, const struct tally *tally,
    const struct causes *causes, const struct causes *told)
{
    size_t named[CAUSES_KINDS] = {0}; /* [kind]: how many of its requests have had their turn */
    const struct cause_kind *kind = NULL;
    size_t count = 0;

    while ((kind = warnings_next_kind(causes, named))) {
        size_t place = named[kind - causes->kinds]++;
        bool is_told = told && causes_find(told, kind->outcome, kind->status);
        if (is_told || (count >= FAILED_URLS_MAX && place > 0))
            continue;
        count++;
        warnings_add_failed(
            warnings, tally, &(struct failed_request){kind, &kind->requests[place], causes, told != NULL});
    }
    if (causes->has_other_statuses)
        warnings_add(warnings, told ? WARNING_FAILED_IN_WARMUP : WARNING_FAILED_REQUESTS,
            "there were failures with other statuses, too");
}

/* Answers that were taken as they are, though they say that what was asked for is elsewhere. */
static void warnings_of_redirects(struct warnings *warnings, const struct tally *tally)
{
    uint64_t total = tally->workload->request_count;
    unsigned int first_status = 0;
    uint64_t first = UINT64_MAX;
    uint64_t count = 0;

    for (size_t arm = 0; arm < tally->arm_count; arm++)
        for (uint64_t i = 0; i < tally->rounds_begun * tally->extent.request_count; i++) {
            const struct tally_sample *sample = &tally->of_arms[arm].samples[i];
            uint64_t request = i % tally->extent.request_count % total;
            if (!sample->leads_elsewhere || sample->outcome != OUTCOME_OK ||
                workload_request(tally->workload, request)->expected_status != 0)
                continue;
            count++;
            first_status = request < first ? sample->status : first_status;
            first = request < first ? request : first;
        }
    if (count == 0)
        return;
    struct buffer text = {0};
    warnings_write_request(tally->workload, first, &text);
    warnings_add(warnings, WARNING_LEADS_ELSEWHERE,
        "%llu answer%s point%s to another URL, which was not requested; the first is status %u to %s",
        (unsigned long long)count, warnings_s(count), count == 1 ? "s" : "", first_status,
        warnings_text(&text));
    buffer_release(&text);
}

/* The server may have done twice what was to be done once. */
static void warnings_of_retries(struct warnings *warnings, const struct tally *tally)
{
    uint64_t count = tally->risky_retries;
    struct buffer text = {0};

    if (count == 0)
        return;
    warnings_write_request(tally->workload, tally->first_risky, &text);
    warnings_add(warnings, WARNING_SENT_AGAIN,
        "%llu request%s that the server may have carried out %s sent again; the first is %s",
        (unsigned long long)count, warnings_s(count), count == 1 ? "was" : "were", warnings_text(&text));
    buffer_release(&text);
}

/* A trial that failed in a warm-up round counts for the exit code as well. */
static void warnings_of_incomplete(
    struct warnings *warnings, const char *arm, const struct tally_arm *figures)
{
    const struct tally_incomplete *measured = &figures->incomplete;
    const struct tally_incomplete *warmup = &figures->incomplete_in_warmup;
    uint64_t begun = figures->counts.begun;

    if (measured->count > 0)
        warnings_add(warnings, WARNING_FAILED_TRIALS, "%llu of %llu trial%s of %s did not complete: %s%s",
            (unsigned long long)measured->count, (unsigned long long)begun, warnings_s(begun), arm,
            measured->count == 1 ? "" : "the first ", measured->first_text);
    if (warmup->count > 0)
        warnings_add(warnings, WARNING_FAILED_TRIALS,
            "%llu trial%s of %s in warm-up rounds did not complete: %s%s", (unsigned long long)warmup->count,
            warnings_s(warmup->count), arm, warmup->count == 1 ? "" : "the first ", warmup->first_text);
}

static void warnings_add_redirected(struct warnings *warnings, uint64_t requests, const char *where)
{
    if (requests > 0)
        warnings_add(warnings, WARNING_REDIRECTED_ELSEWHERE, "%llu request%s redirected to %s",
            (unsigned long long)requests, requests == 1 ? " was" : "s were", where);
}

/* In all rounds, since it is others whom it concerns. */
static void warnings_of_redirected(struct warnings *warnings, const struct tally *tally)
{
    const struct elsewhere *elsewhere = &tally->elsewhere;
    uint64_t others = atomic_load(&elsewhere->unnamed);
    uint32_t names = atomic_load(&elsewhere->names_claimed);

    for (uint32_t i = 0; i < names && i < ELSEWHERE_NAME_COUNT; i++) {
        const struct elsewhere_name *name = &elsewhere->names[i];
        char where[ELSEWHERE_NAME_SIZE + 64];
        (void)snprintf(where, sizeof where, "%s, which is not this machine", name->text);
        if (i < ELSEWHERE_NAMES_MAX)
            warnings_add_redirected(warnings, atomic_load(&name->requests), where);
        else
            others += atomic_load(&name->requests);
    }
    warnings_add_redirected(warnings, others, "still other machines");
}

/* The URL that the request of the table goes to: of a path, that of its server. */
static const char *warnings_url(const struct plan *plan, const struct tally *tally, uint64_t request)
{
    const char *url = workload_text(tally->workload, workload_request(tally->workload, request)->url);

    return url[0] == '/' ? plan->base_url : url;
}

static bool warnings_is_same_server(const char *one, const char *other)
{
    size_t length = workload_authority_length(one);

    return workload_authority_length(other) == length && strncasecmp(one, other, length) == 0;
}

/* The first server that answered in an older version than asked for, and how many such answers came. */
static void warnings_of_versions(
    struct warnings *warnings, const struct plan *plan, const struct tally *tally)
{
    const char *server = NULL;
    uint64_t answers = 0;
    bool has_others = false;

    for (uint64_t i = 0; i < tally->workload->request_count; i++) {
        const char *url = tally->kept.older_version[i] > 0 ? warnings_url(plan, tally, i) : NULL;
        if (!url)
            continue;
        answers += tally->kept.older_version[i];
        server = server ? server : url;
        has_others = has_others || !warnings_is_same_server(server, url);
    }
    if (!server)
        return;
    struct buffer shown = {0};
    workload_show_url(server, &shown);
    buffer_append(&shown, "", 1);
    warnings_add(warnings, WARNING_OLDER_HTTP,
        "%llu answers of %.*s%s were of HTTP/1, although HTTP/2 was asked for", (unsigned long long)answers,
        shown.out_of_memory ? 0 : (int)workload_authority_length(shown.bytes),
        shown.out_of_memory ? "" : shown.bytes, has_others ? " and others" : "");
    buffer_release(&shown);
}

enum truth warnings_origin_bound(const struct summary_row *row)
{
    return isnan(row->origin_share) ? TRUTH_MISSING : truth_of(row->origin_share > WARNING_ORIGIN_SHARE);
}

static void warnings_of_arm(struct warnings *warnings, const struct plan *plan, const struct tally *tally,
    const struct summary *summary, size_t arm)
{
    const char *name = plan->arms[arm].name;
    const struct tally_arm *figures = &tally->of_arms[arm];

    warnings_of_incomplete(warnings, name, figures);
    if (warnings_origin_bound(&summary->row) == TRUTH_YES)
        warnings_add(warnings, WARNING_ORIGIN_BOUND, "the origin used %.0f %% of a processor while %s ran",
            summary->row.origin_share * 100, name);
    if (summary->row.saturated == TRUTH_YES)
        warnings_add(warnings, WARNING_SATURATED, "%s started batches at less than 98 %% of the rate", name);
    if (figures->counts.warm_openings > 0)
        warnings_add(warnings, WARNING_NOT_WARM,
            "warm trials of %s opened %llu connection%s while they were timed", name,
            (unsigned long long)figures->counts.warm_openings, warnings_s(figures->counts.warm_openings));
    if (summary->has_slow_first_round)
        warnings_add(
            warnings, WARNING_SLOW_FIRST_ROUND, "the first round of %s was far slower than the rest", name);
    if (summary->outliers > 0)
        warnings_add(warnings, WARNING_OUTLIERS, "%zu of %llu trials of %s %s far from its median",
            summary->outliers, (unsigned long long)figures->counts.trials, name,
            summary->outliers == 1 ? "is" : "are");
    if (summary->false_difference > 0)
        warnings_add(warnings, WARNING_NOISY_CONTROL,
            "%s and %s are the same but differ: this machine is too noisy to trust differences below %.1f %%",
            summary->control_of, name, summary->false_difference * 100);
    if (figures->counts.impossible_trials > 0)
        warnings_add(warnings, WARNING_IN_FLIGHT_DISAGREES,
            "in %llu trial%s of %s the origin saw more requests in flight than the client recorded",
            (unsigned long long)figures->counts.impossible_trials,
            warnings_s(figures->counts.impossible_trials), name);
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

    for (size_t arm = 0; arm < plan->arm_count; arm++)
        files = plan->arms[arm].files > files ? plan->arms[arm].files : files;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        (double)files > TIGHT_SHARE * (double)limit.rlim_cur)
        warnings_add(warnings, WARNING_FILES_TIGHT, "%llu of %llu open files may be needed",
            (unsigned long long)files, (unsigned long long)limit.rlim_cur);
}

static void warnings_of_ports(struct warnings *warnings, const struct plan *plan)
{
    uint64_t requests = ports_requests(plan->settings, plan->workload, plan->extent);
    uint64_t ports = ports_count();
    uint64_t most = 0;

    for (size_t arm = 0; arm < plan->arm_count; arm++) {
        uint64_t needed = ports_needed(&plan->arms[arm], requests, plan->extent.batch_count);
        most = needed > most ? needed : most;
    }
    if (ports > 0 && (double)most > TIGHT_SHARE * (double)ports)
        warnings_add(warnings, WARNING_PORTS_TIGHT,
            "a trial opens up to %llu connections to one server; there are %llu ports",
            (unsigned long long)most, (unsigned long long)ports);
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

/* What the first look found, and told. */
static void warnings_of_servers(struct warnings *warnings, const struct plan *plan)
{
    size_t before = warnings->count;

    if (plan->unreached)
        warnings_add(warnings, WARNING_NOT_REACHED, "%s", plan->unreached);
    if (warnings->count == before)
        return;
    warnings->items[before].is_told = true;
    if (plan->unreached_advice)
        warnings->items[before].advice = plan->unreached_advice;
}

static void warnings_of_build(struct warnings *warnings)
{
    if (!metadata_is_release())
        warnings_add(warnings, WARNING_DEBUG_BUILD, "this build is not optimised, or contains sanitizers");
}

/* Did the arm use more than BUSY_ARM_SHARE? No when it is not known. */
static bool warnings_is_busy(const struct tally *tally, const struct summary_row *row)
{
    double cpu_s = row->cpu_us_per_request * (double)tally->extent.request_count / 1e6;

    return cpu_s > BUSY_ARM_SHARE * row->median_s;
}

/* Appends "A, B and 2 more": the arms on this build (NULL: on none) in which the defect shows, and NUL. How
 * many there are. */
static size_t warnings_list_touched(const struct defect *defect, const struct build *build,
    const struct plan *plan, const struct tally *tally, const struct summary *summaries, struct buffer *text)
{
    unsigned int own = defect_libcurl_version();
    size_t count = 0;

    for (size_t arm = 0; arm < plan->arm_count; arm++) {
        bool is_shown = (defect->when & WHEN_BUSY) == 0 || warnings_is_busy(tally, &summaries[arm].row);
        if (plan->arms[arm].build != build || !is_shown || !defect_touches(defect, own, plan, arm))
            continue;
        if (count < DEFECT_ARMS_MAX)
            buffer_printf(text, "%s%s", count > 0 ? ", " : "", plan->arms[arm].name);
        count++;
    }
    if (count > DEFECT_ARMS_MAX)
        buffer_printf(text, " and %zu more", count - DEFECT_ARMS_MAX);
    buffer_append(text, "", 1);
    return count;
}

static void warnings_of_libcurl(struct warnings *warnings, const struct build *build, const struct plan *plan,
    const struct tally *tally, const struct summary *summaries)
{
    for (const struct defect *defect = defects; defect->effect; defect++) {
        struct buffer touched = {0};
        if (warnings_list_touched(defect, build, plan, tally, summaries, &touched) > 0)
            warnings_add(warnings, WARNING_LIBCURL_DEFECT, "libcurl %s has a defect that touches %s: %s (%s)",
                build_info(build)->version, warnings_text(&touched), defect->effect, defect->source);
        buffer_release(&touched);
    }
}

/* Of each libcurl that trials load, where the first arm of it stands. */
static void warnings_of_defects(struct warnings *warnings, const struct plan *plan, const struct tally *tally,
    const struct summary *summaries)
{
    for (size_t arm = 0; arm < plan->arm_count; arm++)
        if (plan_is_first_on_build(plan, arm))
            warnings_of_libcurl(warnings, plan->arms[arm].build, plan, tally, summaries);
}

void warnings_collect(struct warnings *warnings, const struct plan *plan, const struct tally *tally,
    const struct summary *summaries, bool is_complete)
{
    if (!is_complete)
        warnings_add(warnings, WARNING_CUT_SHORT, "%zu of %zu measured round%s %s finished",
            tally->rounds_begun, (size_t)plan->settings->repeat, warnings_s(plan->settings->repeat),
            tally->rounds_begun == 1 ? "was" : "were");
    warnings_of_servers(warnings, plan);
    warnings_of_failures(warnings, tally, &tally->kept.causes, NULL);
    warnings_of_failures(warnings, tally, &tally->causes_in_warmup, &tally->kept.causes);
    warnings_of_redirected(warnings, tally);
    warnings_of_retries(warnings, tally);
    warnings_of_redirects(warnings, tally);
    warnings_of_versions(warnings, plan, tally);
    for (size_t arm = 0; arm < plan->arm_count; arm++)
        warnings_of_arm(warnings, plan, tally, &summaries[arm], arm);
    warnings_of_rounds(warnings, plan, tally, summaries);
    warnings_of_limits(warnings, plan);
    warnings_of_ports(warnings, plan);
    warnings_of_machine(warnings, plan);
    warnings_of_build(warnings);
    warnings_of_defects(warnings, plan, tally, summaries);
}
