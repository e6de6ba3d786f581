#include "option_table.h"

#include <stddef.h>

#include "options.h"

#define HEADING(text)                                                                                        \
    {                                                                                                        \
        .kind = OPTION_HEADING, .name = (text)                                                               \
    }
#define FLAG(short_name, long_name, member, text)                                                            \
    {                                                                                                        \
        OPTION_FLAG, (short_name), (long_name), NULL, offsetof(struct options, member), 0, 0, (text)         \
    }
#define TEXT(short_name, long_name, shown, member, text)                                                     \
    {                                                                                                        \
        OPTION_TEXT, (short_name), (long_name), (shown), offsetof(struct options, member), 0, 0, (text)      \
    }
#define TEXTS(short_name, long_name, shown, member, text)                                                    \
    {                                                                                                        \
        OPTION_TEXTS, (short_name), (long_name), (shown), offsetof(struct options, member), 0, 0, (text)     \
    }
#define URL(short_name, long_name, member, text)                                                             \
    {                                                                                                        \
        OPTION_URL, (short_name), (long_name), "URL", offsetof(struct options, member), 0, 0, (text)         \
    }
#define COUNT(short_name, long_name, member, least, most, text)                                              \
    {                                                                                                        \
        OPTION_COUNT, (short_name), (long_name), "N", offsetof(struct options, member), (least), (most),     \
            (text)                                                                                           \
    }
#define SECONDS(long_name, member, most, text)                                                               \
    {                                                                                                        \
        OPTION_SECONDS, 0, (long_name), "SECONDS", offsetof(struct options, member), 1, (most), (text)       \
    }

#define CHOICE(long_name, words, member, text)                                                               \
    {                                                                                                        \
        OPTION_CHOICE, 0, (long_name), (words), offsetof(struct options, member), 0, 0, (text)               \
    }

#define COUNTS(short_name, long_name, member, least, most, text)                                             \
    {                                                                                                        \
        OPTION_COUNTS, (short_name), (long_name), "N[,N...]", offsetof(struct options, member), (least),     \
            (most), (text)                                                                                   \
    }
#define NUMBER(long_name, member, most, text)                                                                \
    {                                                                                                        \
        OPTION_NUMBER, 0, (long_name), "N", offsetof(struct options, member), 0, (most), (text)              \
    }
#define PERCENT(long_name, member, text)                                                                     \
    {                                                                                                        \
        OPTION_PERCENT, 0, (long_name), "PERCENT", offsetof(struct options, member), 0, 100, (text)          \
    }

#define DAY_MS UINT64_C(86400000)

const struct option_entry option_table[] = {
    HEADING("What is requested"),
    TEXT('w', "workload", "NAME", workload,
        "a ready-made workload (--list-workloads), a file of text or JSON,\n"
        "or - for standard input (default: mixed)"),
    URL(0, "base-url", base_url,
        "what paths such as /delay/1 are resolved against\n"
        "(default: the embedded origin, started on a free port of 127.0.0.1)"),
    COUNT(0, "requests", requests, 1, UINT64_C(1000000000),
        "repeat the workload's batches, in order, until there are at least N\n"
        "requests, or stop there (default: the workload once)"),
    TEXTS('H', "header", "LINE", headers, "\"Name: value\", sent with every request; may be repeated"),

    HEADING("How"),
    TEXTS('s', "strategy", "NAMES", strategies,
        "all, or names separated by commas (--list-strategies); may be repeated;\n"
        "options of a strategy's own follow it: thread-pool:stack-kib=512\n"
        "(default: all)"),
    COUNTS('c', "concurrency", concurrency, 1, 100000,
        "the most batches under way at once; several levels, such as 1,4,16, are\n"
        "all run in each round (default: 16)"),
    NUMBER("rate", rate, 10000000,
        "open loop: start N batches a second, whether or not earlier ones are\n"
        "answered; durations count from when a batch was due (default: closed loop)"),
    CHOICE("arrivals", "constant|poisson", arrivals, "how they are spread (default: constant)"),
    FLAG(0, "no-reuse", no_reuse, "a new connection for each request"),
    CHOICE("start", "cold|warm", start,
        "cold: opened while the clock runs; warm: the workload runs once, untimed,\n"
        "before (default: cold)"),
    SECONDS("timeout", timeout_ms, DAY_MS, "for each request (default: 30)"),
    SECONDS("connect-timeout", connect_timeout_ms, DAY_MS, "for each connection (default: 10)"),
    URL('x', "proxy", proxy,
        "through this proxy; \"environment\": as http_proxy and the like say\n"
        "(default: none, whatever the environment says)"),
    TEXT(0, "client-cpus", "LIST", client_cpus, "processors for the trials, such as 0-2,5"),
    TEXT(0, "origin-cpus", "LIST", origin_cpus,
        "processors for the embedded origin (default: from 4 processors on, the\n"
        "last one for the origin and the others for the trials; else any)"),
    FLAG('k', "insecure", insecure, "do not verify certificates"),
    TEXT(0, "cacert", "FILE", ca_file, "trust the certificates in FILE only"),
    FLAG('L', "location", follow_redirects, "follow redirects, to http and https only"),

    HEADING("How often"),
    COUNT(
        'n', "repeat", repeat, 1, 100000, "measured rounds; in each, every strategy runs once (default: 10)"),
    COUNT(0, "warmup", warmup, 0, 100000, "rounds before them that count for nothing (default: 1)"),
    TEXT(0, "reference", "NAME", reference,
        "what the others are compared with (default: thread-pool at the same\n"
        "concurrency, else the first strategy)"),
    PERCENT("threshold", threshold, "differences up to this do not matter (default: 2)"),
    SECONDS("max-time", max_time_ms, 7 * DAY_MS, "begin no round that would not be over by then"),
    TEXT(0, "repeat-from", "FOLDER", repeat_from,
        "the experiment in FOLDER again: same workload, seed, order and options,\n"
        "but for what comes out"),
    COUNT(
        0, "seed", seed, 0, INT64_MAX, "for the order of the strategies in each round (default: a new one)"),

    HEADING("What comes out"),
    TEXT('o', "output", "FOLDER", output, "where the results go (default: results/<UTC time>)"),
    FLAG(0, "force", force, "overwrite results that are in FOLDER already"),
    CHOICE("records", "auto|all|sample|none", records,
        "requests that get a row in requests.csv: all; sample, those of the first\n"
        "measured round and all that failed; none; auto, all unless that is\n"
        "more than 10 GiB (default: auto)"),
    FLAG(0, "no-charts", no_charts, "CSV and JSON only; draw later with harness-plot FOLDER"),
    FLAG(0, "trace", trace, "print one trial of each strategy, request by request"),
    FLAG(0, "yes", yes, "send more than 1,000 requests to other machines without being asked again"),
    FLAG('q', "quiet", quiet, "no progress line"),
    FLAG(0, "ignore-failures", ignore_failures, "exit with 0 although requests failed"),

    HEADING("Instead of an experiment"),
    FLAG('h', "help", help, "print this"),
    FLAG('V', "version", version, "print the versions of this program and of libcurl"),
    FLAG(0, "list-strategies", list_strategies, "print the strategies and their options"),
    FLAG(0, "list-workloads", list_workloads, "print the ready-made workloads"),
    FLAG(0, "list-columns", list_columns, "print what the columns of the CSV files mean, as Markdown"),
};

const size_t option_count = sizeof option_table / sizeof option_table[0];

_Static_assert(sizeof option_table / sizeof option_table[0] <= 64, "options.given has a bit for each");
