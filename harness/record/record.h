/*
 * record: what is kept about each request of a trial, in memory shared by the trial and the experiment.
 *
 *     struct shared_memory memory = SHARED_MEMORY_NONE;
 *     records_create(&memory, request_count, &failure);       the experiment; the trial maps the same pages
 *     struct record *record = records_at(memory.bytes, 7);    the one lane that runs request 7 writes it
 *     record->finished_ns = ...;
 *     record_settle(record, OUTCOME_OK);                      last: from now on the record counts
 *
 * One fixed-width slot per request, with a single writer. The outcome is written last, with release order: a
 * reader that gets it with record_outcome also sees all the rest, even of a trial that was killed. A slot
 * that nobody settled reads as OUTCOME_NOT_RUN, because fresh pages are zero.
 */
#ifndef HARNESS_RECORD_H
#define HARNESS_RECORD_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "elsewhere.h"
#include "failure.h"
#include "shared_memory.h"

/* How a request ended: X(NAME, word, meaning). The words are what the CSV files say. */
#define OUTCOMES(X)                                                                                          \
    X(NOT_RUN, "not run", "the trial ended before the request did")                                          \
    X(OK, "ok", "answered with the status expected")                                                         \
    X(SKIPPED, "skipped", "not sent, because a request before it in the same batch failed")                  \
    X(UNEXPECTED_STATUS, "unexpected status", "answered, but not with the status expected")                  \
    X(RESOLVE_FAILED, "could not resolve", "the host's name has no address")                                 \
    X(CONNECT_FAILED, "could not connect",                                                                   \
        "no connection: refused or unreachable; the system's reason is in the column error")                 \
    X(NO_PORT, "no free port",                                                                               \
        "no connection: earlier ones to the same server, closed less than a minute ago, hold all local "     \
        "ports")                                                                                             \
    X(NO_DESCRIPTOR, "no free descriptor", "no connection: the limit on open files is reached")              \
    X(TIMED_OUT, "timed out", "the time-out of the request or the connection expired")                       \
    X(TLS_FAILED, "tls failed", "handshake or certificate")                                                  \
    X(CONNECTION_LOST, "connection lost",                                                                    \
        "the connection, or the stream of HTTP/2, was closed or reset before the answer was complete")       \
    X(BAD_RESPONSE, "bad response", "not HTTP, or HTTP that can't be read")                                  \
    X(TOO_MANY_REDIRECTS, "too many redirects", "--location reached its limit")                              \
    X(OTHER_FAILURE, "other failure", "see libcurl's message in the column error")

enum outcome {
#define X(NAME, word, meaning) OUTCOME_##NAME,
    OUTCOMES(X)
#undef X
        OUTCOME_COUNT
};

const char *outcome_word(enum outcome outcome);

/* What helps against it; NULL: nothing in particular, or it depends on the status, or (ports_remedy) on the
 * settings. */
const char *outcome_advice(enum outcome outcome);

/* That of an attempt to connect which ended with this errno: see connect_error.h. */
enum outcome outcome_of_connecting(int error);

/* Is it neither ok, nor skipped, nor not run? */
int outcome_is_failure(enum outcome outcome);

/* Versions of HTTP in answers, as records have them: X(NAME, number, word). */
#define HTTP_VERSIONS(X)                                                                                     \
    X(NONE, 0, NULL)                                                                                         \
    X(1_0, 10, "1.0")                                                                                        \
    X(1_1, 11, "1.1")                                                                                        \
    X(2, 20, "2")                                                                                            \
    X(3, 30, "3")                                                                                            \
    X(MIXED, 255, "mixed") /* of several answers, never of one */

enum http_version {
#define X(NAME, number, word) HTTP_VERSION_##NAME = (number),
    HTTP_VERSIONS(X)
#undef X
};

/* NULL for none, and for what is not listed. */
const char *http_version_word(uint8_t version);

/* The version of all answers, when `one` is that of some and `other` that of the rest. */
static inline uint8_t http_version_join(uint8_t one, uint8_t other)
{
    if (one == HTTP_VERSION_NONE || one == other)
        return other;
    return other == HTTP_VERSION_NONE ? one : HTTP_VERSION_MIXED;
}

/*
 * Times are CLOCK_MONOTONIC in ns; phases are libcurl's, in microseconds since the request started,
 * 0 where the phase did not happen (no TLS, no answer). Of a request that was redirected, those of all its
 * transfers are added up, and so are connections and retries; the rest is of the last answer.
 */
struct record {
    /* Neighbours are written by different threads: each slot has its own cache lines. */
    alignas(64) uint64_t intended_ns; /* when it was due in an open loop; 0 in a closed one */
    uint64_t started_ns;              /* just before the handle is given to libcurl */
    uint64_t finished_ns;             /* as soon as the strategy says that the transfer is over */
    uint64_t namelookup_us;
    uint64_t connect_us;
    uint64_t appconnect_us;
    uint64_t pretransfer_us;
    uint64_t starttransfer_us;
    uint64_t bytes_received; /* of the body, as it came over the wire */
    uint32_t lane;
    uint32_t connections_opened; /* 0 when a connection was reused */
    uint32_t handshakes_full;    /* TLS handshakes on these; RECORD_UNKNOWN: nobody counted */
    uint32_t handshakes_resumed; /* those that went on with an earlier session */
    uint32_t error;              /* 1 + index of the records' error text; 0: none */
    int32_t curl_code;           /* a CURLcode */
    uint16_t response_code;      /* 0: no answer; a proxy's that refuses CONNECT counts as one */
    uint8_t http_version;        /* enum http_version, of the answer */
    uint8_t retries; /* sent again by libcurl, because a kept connection had been closed, or the server
                        had refused the stream; at most 255 */
    _Atomic uint32_t outcome; /* enum outcome; written last */
    uint8_t risky_retries; /* of a method that is not idempotent, so that the server may have done twice what
                              was to be done once; with those of an untimed pass before; at most 255 */
    bool leads_elsewhere;  /* the answer points to another URL, and was not followed */
};

#define RECORD_UNKNOWN UINT32_MAX

#define RECORD_ERROR_SIZE  256 /* CURL_ERROR_SIZE */
#define RECORD_ERROR_COUNT 1000

#define RECORDS_MAGIC   UINT64_C(0x7364726f63657268) /* "hrecords" */
#define RECORDS_VERSION UINT32_C(4)

/* The texts of the first RECORD_ERROR_COUNT errors; later ones have their curl_code only. */
struct records {
    uint64_t magic; /* RECORDS_MAGIC */
    uint32_t version;
    uint32_t record_size;
    uint64_t request_count;          /* for the trial; the experiment knows its own */
    uint64_t clock_started_ns;       /* CLOCK_MONOTONIC when the trial's clock started; 0: it has not */
    struct elsewhere elsewhere;      /* of the untimed pass of a warm start, too */
    _Atomic uint32_t errors_claimed; /* may exceed RECORD_ERROR_COUNT */
    char errors[RECORD_ERROR_COUNT][RECORD_ERROR_SIZE];
    struct record slots[]; /* request_count of them */
};

/* How much memory the records of this many requests take once all of them are written, in bytes. */
double records_memory_bytes(uint64_t request_count);

/* Zeroed records for this many requests. */
int records_create(struct shared_memory *memory, uint64_t request_count, struct failure *failure);

/* Are these records, in the format of this program, with room for the request_count they claim? To be checked
 * after mapping them. */
int records_check(const void *bytes, size_t size, struct failure *failure);

/* For a process forked from one that has touched them all: its own writes, too, will take no page faults. */
void records_fault_in(const struct records *records);

/* All records "not run" again, after a warm-up pass; only their risky_retries stay, and what went to other
 * machines, because what a server did can't be undone. For the trial, which is alone with its records. */
void records_clear(struct records *records);

/* When the requests of a trial can have been under way, CLOCK_MONOTONIC. */
struct records_span {
    uint64_t from_ns;
    uint64_t to_ns;
    bool is_open_loop; /* requests have a time when they are due; otherwise none has */
};

/*
 * For the experiment, when the trial is over: believes no times that can't be, which nothing but a fault
 * writes. The start of the clock becomes the span's, and a request becomes OUTCOME_OTHER_FAILURE without
 * times (record_has_times), status and lane. `request_count` is the experiment's own.
 */
void records_check_times(struct records *records, uint64_t request_count, const struct records_span *span);

/* Of a request that was sent. */
static inline bool record_has_times(const struct record *record)
{
    return record->started_ns != 0;
}

static inline struct record *records_at(struct records *records, uint64_t request)
{
    return &records->slots[request];
}

static inline void record_settle(struct record *record, enum outcome outcome)
{
    atomic_store_explicit(&record->outcome, (uint32_t)outcome, memory_order_release);
}

/* Always one of the outcomes: what no lane writes counts as OUTCOME_OTHER_FAILURE. */
static inline enum outcome record_outcome(const struct record *record)
{
    uint32_t outcome = atomic_load_explicit(&record->outcome, memory_order_acquire);

    return outcome < OUTCOME_COUNT ? (enum outcome)outcome : OUTCOME_OTHER_FAILURE;
}

/* From when the request was due, if it was, else from its start, to its end. */
static inline uint64_t record_duration_ns(const struct record *record)
{
    return record->finished_ns - (record->intended_ns != 0 ? record->intended_ns : record->started_ns);
}

/* Keeps `text` for `record`, if there is still room. Safe from several threads, each with its own record. */
void record_set_error(struct records *records, struct record *record, const char *text);

/* Copies the text kept for `record` into `text`, and returns that; NULL when there is none, or none that
 * ends. What is copied stays, whatever the trial writes meanwhile. */
const char *record_error(
    const struct records *records, const struct record *record, char text[RECORD_ERROR_SIZE]);

#endif
