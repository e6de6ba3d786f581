#include "consent.h"

#include <stdio.h>
#include <string.h>

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

int consent_to_target(const struct settings *settings, const struct workload *workload, double requests,
    struct failure *failure)
{
    struct buffer server = {0};
    int result = 0;

    bool has_proxy = settings->proxy && strcmp(settings->proxy, PROXY_OF_ENVIRONMENT) != 0;
    target_find_remote(workload, settings->base_url, has_proxy ? settings->proxy : NULL, &server);
    if (server.size > 0) {
        (void)fprintf(stderr, "%.0f requests planned, some to another machine: %s\n", requests, server.bytes);
        if (requests > TARGET_UNASKED && !settings->yes)
            result = failure_set(failure, FAILURE_USAGE,
                "%.0f requests, some to another machine, '%s'; confirm them with --yes, or send fewer with "
                "--repeat or --requests",
                requests, server.bytes);
    }
    buffer_release(&server);
    return result;
}
