#include "tables.h"

#include <stddef.h>

#define COLUMNS(array) .columns = (array), .column_count = sizeof(array) / sizeof((array)[0])

/* C(kind, name, member, meaning) of the row's struct ROW. */
#define C(kind, name, member, meaning)                                                                       \
    {                                                                                                        \
        (name), COLUMN_##kind, offsetof(struct ROW, member), (meaning)                                       \
    }

/* The values on the axes. */
#define AXES C(AXES, NULL, settings, NULL)

#define ARM "the arm's unique name: the strategy, with a value such as @16 if there are several"

#define ROW trial_row
static const struct column trials_columns[] = {
    C(COUNT, "trial", trial, "number of the trial, from 1, in running order"),
    C(COUNT, "round", round, "number of the round, from 1; the warm-up rounds come first"),
    C(COUNT, "position", position, "place of the trial in its round, from 1"),
    C(FLAG, "warmup", warmup, "true: in a warm-up round, so in no statistic"),
    C(TEXT, "arm", arm, ARM),
    C(TEXT, "strategy", strategy, "the strategy as named, with #2, #3 if named again"),
    C(TEXT, "family", family,
        "who waits: blocking, threads, processes, event loop, mixed, coroutines, nobody"),
    C(TEXT, "workload", workload, "the workload's name"),
    C(TEXT, "libcurl", libcurl,
        "the libcurl that the trial's process had loaded, and its TLS library, by its own account"),
    C(TEXT, "client", client, "what a participant's program is, by its own account; empty for libcurl"),
    AXES,
    C(UTC, "started_at", started_utc_ns, "just before the trial's clock started, UTC"),
    C(COUNT, "requests", requests, "requests planned"),
    C(COUNT, "succeeded", succeeded, "requests answered with the status expected"),
    C(COUNT, "failed", failed, "requests that failed: no complete answer, or another status"),
    C(COUNT, "skipped", skipped, "requests not sent because an earlier one in their batch failed"),
    C(COUNT, "not_run", not_run, "requests that the trial did not get to"),
    C(TEXT, "status", status, "how the trial ended; ok if it completed, even with failed requests"),
    C(TEXT, "message", message, "why the status is not ok"),
    C(NS, "wall_s", wall_ns,
        "time for all requests by the experiment's clock, from just before it told the trial to start until "
        "it read that the trial was done"),
    C(NS, "inner_wall_s", inner_wall_ns, "the same by the trial's own clock"),
    C(NS, "user_s", user_ns, "the trial's CPU time in user mode while the clock ran"),
    C(NS, "sys_s", sys_ns, "the trial's CPU time in the kernel while the clock ran"),
    C(NUMBER, "cpu_us_per_request", cpu_us_per_request,
        "(user_s + sys_s) / requests answered or failed, in microseconds"),
    C(NS, "origin_cpu_s", origin_cpu_ns, "the embedded origin's CPU time while the clock ran"),
    C(NUMBER, "requests_per_s", requests_per_s, "succeeded / wall_s"),
    C(COUNT, "peak_memory_kib", peak_memory_kib,
        "growth of the resident set's high-water mark from just before the strategy prepared itself, and of "
        "its "
        "living child processes the peak of what they do not share"),
    C(COUNT, "peak_threads", peak_threads,
        "the most threads at once, of all processes of the trial, main threads included"),
    C(COUNT, "peak_processes", peak_processes, "the most processes at once, the trial's own included"),
    C(COUNT, "voluntary_switches", voluntary_switches, "times the process gave up the CPU to wait"),
    C(COUNT, "involuntary_switches", involuntary_switches, "times the CPU was taken from the process"),
    C(COUNT, "minor_faults", minor_faults, "page faults without I/O"),
    C(TEXT, "http_version", http_version, "the HTTP version of the answers: 1.0, 1.1, 2, 3, or mixed"),
    C(COUNT, "connections_opened", connections_opened, "connections that libcurl opened"),
    C(COUNT, "handshakes_full", handshakes_full,
        "TLS handshakes on them with a new session; empty if libcurl's TLS library is not OpenSSL"),
    C(COUNT, "handshakes_resumed", handshakes_resumed, "TLS handshakes that resumed an earlier session"),
    C(COUNT, "retries", retries,
        "requests that libcurl sent again because a reused connection had been closed or the server had "
        "refused the stream; not failures"),
    C(COUNT, "sent_elsewhere", sent_elsewhere,
        "times that a request was sent to another machine, or a connection to it tried: redirects, retries "
        "and the untimed pass of a warm "
        "start included; through a proxy on this machine, if its URL names another; empty when the trial's "
        "program does not count it"),
    C(COUNT, "max_in_flight", max_in_flight,
        "the most requests under way at once, according to the client's records"),
    C(NUMBER, "mean_in_flight", mean_in_flight, "sum of all times from start to end / wall_s"),
    C(NUMBER, "rate_per_s", rate_per_s, "batches due per second in an open loop; empty in a closed one"),
    C(TEXT, "arrivals", arrivals, "constant or poisson; empty in a closed loop"),
    C(NUMBER, "achieved_per_s", achieved_per_s, "batches started per second in an open loop"),
    C(COUNT, "max_backlog", max_backlog,
        "the most batches that were due and not yet started, in an open loop"),
    C(TRUTH, "saturated", saturated,
        "true: it started batches at less than 98 % of the rate, with more than one late at once; empty in a "
        "closed loop"),
    C(COUNT, "origin_max_in_flight", origin_max_in_flight,
        "the most requests that the embedded origin had read and not yet answered; immediate answers hardly "
        "overlap there"),
    C(COUNT, "origin_connections", origin_connections, "connections that the embedded origin accepted"),
    C(COUNT, "origin_streams", origin_streams, "requests that reached it over HTTP/2"),
    C(COUNT, "origin_handshakes_full", origin_handshakes_full,
        "TLS handshakes that it made a new session for"),
    C(COUNT, "origin_handshakes_resumed", origin_handshakes_resumed,
        "TLS handshakes with which a session went on at it"),
    C(COUNT, "bytes_received", bytes_received, "bytes of all bodies"),
};
#undef ROW

#define ROW             request_row
#define REQUESTS_SHARED 6
static const struct column requests_columns[] = {
    C(COUNT, "trial", trial, "the trial, as in trials.csv"),
    C(COUNT, "round", round, "its round"),
    C(FLAG, "warmup", warmup, "true: in a warm-up round, so in no statistic"),
    C(TEXT, "arm", arm, ARM),
    C(TEXT, "strategy", strategy, "its strategy"),
    AXES, /* up to here, all rows of a trial are the same: REQUESTS_SHARED */
    C(COUNT, "batch", batch, "number of the batch, from 1, counting repetitions"),
    C(TEXT, "batch_name", batch_name, "the batch's name in the workload, if it has one"),
    C(COUNT, "request", request, "number of the request within its batch, from 1"),
    C(TEXT, "method", method, "the HTTP method"),
    C(TEXT, "url", url,
        "the URL as in the workload; paths are resolved against the base URL in experiment.json"),
    C(COUNT, "lane", lane, "the lane that ran it, from 1"),
    C(NS, "intended_s", intended_ns,
        "when it was due in an open loop, counted from the start of the trial's clock; empty in a closed "
        "one"),
    C(NS, "started_s", started_ns,
        "when the strategy set out to send it, by the same clock: before its thread was started or its "
        "handle added to the loop"),
    C(NS, "first_byte_s", first_byte_ns,
        "the earliest that the answer's first byte can have come: started_s + time_starttransfer_s"),
    C(NS, "finished_s", finished_ns, "when the strategy knew it was over"),
    C(NS, "duration_s", duration_ns, "finished_s - started_s; in an open loop finished_s - intended_s"),
    C(NS, "service_s", service_ns, "finished_s - started_s"),
    C(US, "time_namelookup_s", namelookup_us,
        "libcurl: from the start until the name was resolved; newer versions have none on a kept connection"),
    C(US, "time_connect_s", connect_us, "libcurl: until the connection was established"),
    C(US, "time_appconnect_s", appconnect_us, "libcurl: until the TLS handshake was done; empty without one"),
    C(US, "time_pretransfer_s", pretransfer_us, "libcurl: until just before the request was sent"),
    C(US, "time_starttransfer_s", starttransfer_us, "libcurl: until the answer's first byte"),
    C(COUNT, "response_code", response_code,
        "the answer's status, or that of a proxy which refuses CONNECT; empty when there was none"),
    C(TEXT, "http_version", http_version, "the answer's HTTP version: 1.0, 1.1, 2, 3"),
    C(COUNT, "connections_opened", connections_opened,
        "connections opened for it; 0: one was reused, or shared"),
    C(COUNT, "handshakes_full", handshakes_full, "TLS handshakes on these with a new session"),
    C(COUNT, "handshakes_resumed", handshakes_resumed, "TLS handshakes that resumed an earlier session"),
    C(COUNT, "retries", retries,
        "how often libcurl sent it again because a reused connection had been closed or the server had "
        "refused the stream"),
    C(COUNT, "bytes_received", bytes_received, "bytes of the body"),
    C(TEXT, "outcome", outcome, "ok, skipped, not run, or the kind of failure"),
    C(COUNT, "curl_code", curl_code,
        "libcurl's code for how the transfer ended (CURLcode), 0 for no error; empty when it was not sent"),
    C(TEXT, "error", error, "libcurl's message, if there was one; kept for the first 1,000 of a trial"),
};
#undef ROW

#define ROW url_row
static const struct column urls_columns[] = {
    C(TEXT, "arm", arm, ARM),
    C(TEXT, "strategy", strategy, "the strategy as named"),
    AXES,
    C(TEXT, "method", method, "the HTTP method"),
    C(TEXT, "url", url, "the URL as in the workload"),
    C(COUNT, "requests", requests, "how often it was requested in the measured trials"),
    C(TEXT, "statuses", statuses, "each status and its count, such as 200:40 500:2; none: no answer"),
    C(NUMBER, "median_s", median_s, "median duration of those that succeeded"),
    C(NUMBER, "p90_s", p90_s, "90th percentile of the same durations; empty if there are fewer than 50"),
    C(COUNT, "failed", failed, "how many failed"),
};
#undef ROW

#define ROW summary_row
static const struct column summary_columns[] = {
    C(TEXT, "arm", arm, ARM),
    C(TEXT, "strategy", strategy, "the strategy as named"),
    C(TEXT, "family", family,
        "who waits: blocking, threads, processes, event loop, mixed, coroutines, nobody"),
    AXES,
    C(COUNT, "trials", trials, "measured trials that completed"),
    C(COUNT, "failed_requests", failed_requests,
        "requests that failed in the measured trials; a row with failures is not ranked"),
    C(NUMBER, "median_s", median_s, "median wall time"),
    C(NUMBER, "min_s", min_s, "shortest wall time"),
    C(NUMBER, "mean_s", mean_s, "mean wall time"),
    C(NUMBER, "max_s", max_s, "longest wall time"),
    C(NUMBER, "mad_s", mad_s, "median absolute deviation of the wall time from its median"),
    C(NUMBER, "figure_low_s", figure_low_s,
        "lower end of the interval of the median of what arms are ranked by (ranked_by); empty below 6 "
        "trials"),
    C(NUMBER, "figure_high_s", figure_high_s, "upper end of that interval"),
    C(NUMBER, "usual_low_s", usual_low_s,
        "trials whose figure is below this are outliers, which count all the same; empty below 6 trials"),
    C(NUMBER, "usual_high_s", usual_high_s, "trials whose figure is above this are outliers"),
    C(NUMBER, "lower_bound_s", lower_bound_s,
        "no schedule could finish sooner, given each request's shortest time from start to end"),
    C(NUMBER, "efficiency", efficiency,
        "lower_bound_s / median wall time of the trials without failures; empty in an open loop, where the "
        "schedule sets the wall time"),
    C(NUMBER, "request_p50_s", request_p50_s,
        "median request duration of each trial, then the median over the trials; both are observed values "
        "(type 1)"),
    C(NUMBER, "request_p90_s", request_p90_s,
        "the same for the 90th percentile; empty below 50 requests per trial"),
    C(NUMBER, "request_p99_s", request_p99_s,
        "the same for the 99th percentile; empty below 1,000 requests per trial"),
    C(NUMBER, "request_max_s", request_max_s, "the longest duration of a request in any trial"),
    C(NUMBER, "requests_per_s", requests_per_s, "median of the trials' successful requests per second"),
    C(NUMBER, "requests_per_s_low", requests_per_s_low,
        "lower end of the interval of that median; empty below 6 trials"),
    C(NUMBER, "requests_per_s_high", requests_per_s_high, "upper end of it"),
    C(NUMBER, "usl_lambda", usl_lambda,
        "of the Universal Scalability Law, fitted to requests_per_s over the levels of concurrency of this "
        "strategy: the requests per second of one lane; empty below 4 levels, and in an open loop"),
    C(NUMBER, "usl_sigma", usl_sigma,
        "its contention: the share of the time for which lanes wait for each other"),
    C(NUMBER, "usl_kappa", usl_kappa, "its coherency: what each pair of lanes costs"),
    C(NUMBER, "usl_residual", usl_residual, "requests_per_s / what the law has for this row, less 1"),
    C(NUMBER, "usl_peak", usl_peak,
        "the concurrency at which the law has most, at least 1; empty where it has more with each lane"),
    C(TRUTH, "usl_describes", usl_describes,
        "true: the law is off by no more than 20 % at any of these levels; false: it does not describe them"),
    C(NUMBER, "cpu_us_per_request", cpu_us_per_request, "median CPU time per request, in microseconds"),
    C(NUMBER, "voluntary_switches", voluntary_switches, "median of the trials' voluntary context switches"),
    C(NUMBER, "involuntary_switches", involuntary_switches, "median of the involuntary ones"),
    C(NUMBER, "peak_memory_kib", peak_memory_kib, "median of the trials' peak memory"),
    C(NUMBER, "peak_threads", peak_threads, "median of the trials' peak threads"),
    C(NUMBER, "peak_processes", peak_processes, "median of the trials' peak processes"),
    C(TEXT, "http_version", http_version, "the HTTP version of all answers, or mixed"),
    C(NUMBER, "connections_opened", connections_opened, "median of the connections opened"),
    C(NUMBER, "handshakes_full", handshakes_full, "median of the full TLS handshakes"),
    C(NUMBER, "handshakes_resumed", handshakes_resumed, "median of the resumed ones"),
    C(TRUTH, "saturated", saturated,
        "true: most of its trials could not keep up with the rate; empty in a closed loop"),
    C(NUMBER, "max_backlog", max_backlog, "median of the trials' max_backlog; empty in a closed loop"),
    C(NUMBER, "origin_share", origin_share,
        "median of origin_cpu_s / wall_s; above 0.8 the origin limits this row"),
    C(TEXT, "ranked_by", ranked_by,
        "what arms are ranked by: wall_s, or in an open loop each trial's own request_p90_s"),
    C(FLAG, "ranked", ranked, "true: it takes part in the ranking"),
    C(TEXT, "not_ranked_because", not_ranked_because,
        "sends-nothing, no-trials, failed-requests, failed-trials, other-work, saturated or "
        "too-few-requests; "
        "empty when "
        "ranked"),
    C(COUNT, "rank", rank, "place among the ranked rows by the median of that figure, from 1"),
    C(TRUTH, "shares_first", shares_first,
        "true: no other row was shown to be faster; empty if not ranked, or with too few rounds to tell"),
    C(TEXT, "first_place", first_place,
        "what the rows that share the first place are: fastest (there is one), among-the-fastest, or "
        "no-difference "
        "(most rows share it, and between none of them was one found); empty for the others"),
    C(COUNT, "first_rounds_missing", first_rounds_missing,
        "rounds still needed to name the fastest; 0: there are enough"),
    C(TEXT, "reference", reference, "the arm that this one is compared with; empty: none"),
    C(COUNT, "rounds", rounds, "rounds in which the two can be compared: neither had a failure"),
    C(COUNT, "rounds_missing", rounds_missing, "rounds still needed for an interval; 0: there is one"),
    C(NUMBER, "threshold", threshold, "differences up to this fraction do not matter (--threshold)"),
    C(NUMBER, "ratio", ratio,
        "median over the rounds of this arm's figure / the reference's, taken on logarithms"),
    C(NUMBER, "ratio_low", ratio_low, "lower end of its interval"),
    C(NUMBER, "ratio_high", ratio_high, "upper end of its interval"),
    C(NUMBER, "detectable", detectable,
        "the smallest difference, as a fraction, that 8 of 10 such experiments would have found"),
    C(TEXT, "verdict", verdict,
        "what the interval shows, in one word: faster, slower, perhaps-faster, perhaps-slower, equivalent, "
        "no-difference, no-interval"),
    C(TEXT, "verdict_text", verdict_text, "the same as a phrase with its figures"),
    C(NUMBER, "cpu_ratio", cpu_ratio, "the same for CPU time per request"),
    C(NUMBER, "cpu_ratio_low", cpu_ratio_low, "lower end of its interval"),
    C(NUMBER, "cpu_ratio_high", cpu_ratio_high, "upper end of its interval"),
    C(TEXT, "cpu_verdict", cpu_verdict, "the verdict on CPU time, in one word; faster: less CPU time"),
    C(TEXT, "cpu_verdict_text", cpu_verdict_text, "the same as a phrase with its figures"),
};
#undef ROW

const struct table table_trials = {
    .file = "trials.csv", .meaning = "a row for each trial", COLUMNS(trials_columns)};
const struct table table_requests = {.file = "requests.csv",
    .meaning = "a row for each request of each trial",
    COLUMNS(requests_columns),
    .shared_count = REQUESTS_SHARED};
const struct table table_urls = {
    .file = "urls.csv", .meaning = "a row for each arm and URL", COLUMNS(urls_columns)};
const struct table table_summary = {
    .file = "summary.csv", .meaning = "a row for each arm", COLUMNS(summary_columns)};

const struct table *const tables[] = {&table_trials, &table_requests, &table_urls, &table_summary, NULL};

static void tables_describe_column(const char *name, const char *meaning, void *markdown)
{
    buffer_printf(markdown, "- `%s`: %s\n", name, meaning);
}

void tables_describe(struct buffer *markdown)
{
    for (size_t i = 0; tables[i]; i++) {
        buffer_printf(markdown, "%s`%s`: %s\n\n", i ? "\n" : "", tables[i]->file, tables[i]->meaning);
        table_visit(tables[i], tables_describe_column, markdown);
    }
}
