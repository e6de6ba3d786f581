#include "consent.h"

#include <stdio.h>

#include "target.h"

#define BYTES_PER_GIB 1073741824.0

/* The typical length of a row of requests.csv. */
#define ROW_BYTES 230.0

/* More than this is not written to requests.csv unless asked for. */
#define UNASKED_BYTES (10 * BYTES_PER_GIB)

int consent_to_records(const struct settings *settings, double requests, struct failure *failure)
{
    double bytes = requests * ROW_BYTES;

    if (settings->records != RECORDS_AUTO || bytes <= UNASKED_BYTES)
        return 0;
    return failure_set(failure, FAILURE_USAGE,
        "requests.csv would have %.0f rows, about %.0f GiB; choose --records sample or none, or confirm with "
        "--records all",
        requests, bytes / BYTES_PER_GIB);
}

/* What becomes of the requests, for the announcement and for the refusal. */
static void consent_describe(const struct target *target, struct buffer *fate, bool is_quoted)
{
    const char *quote = is_quoted ? "'" : "";

    if (target->server)
        buffer_printf(
            fate, "some to another machine%s %s%s%s", is_quoted ? "," : ":", quote, target->server, quote);
    else
        buffer_append_text(fate, "some perhaps to another machine: redirects are followed (--location)");
    buffer_append(fate, "", 1);
}

static int consent_announce(
    const struct target *target, const struct settings *settings, double requests, struct failure *failure)
{
    struct buffer fate = {0};
    struct buffer quoted = {0};
    int result = 0;

    consent_describe(target, &fate, false);
    consent_describe(target, &quoted, true);
    if (fate.out_of_memory || quoted.out_of_memory)
        result = failure_set(failure, FAILURE_RUN, "out of memory");
    if (result == 0)
        (void)fprintf(stderr, "%.0f requests planned, %s\n", requests, fate.bytes);
    if (result == 0 && requests > TARGET_UNASKED && !settings->yes)
        result = failure_set(failure, FAILURE_USAGE,
            "%.0f requests, %s; confirm them with --yes, or send fewer with --repeat or --requests", requests,
            quoted.bytes);
    buffer_release(&fate);
    buffer_release(&quoted);
    return result;
}

int consent_to_target(const struct settings *settings, const struct workload *workload, double requests,
    struct failure *failure)
{
    struct target target;

    int result = target_find(&target, settings, workload, failure);
    if (result == 0 && (target.server || target.may_be_redirected))
        result = consent_announce(&target, settings, requests, failure);
    target_release(&target);
    return result;
}
