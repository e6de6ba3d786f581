/*
 * workload: what is to be requested, as a flat table that every process can map.
 *
 *     struct shared_memory memory = SHARED_MEMORY_NONE;
 *     if (workload_load("mixed", folder, &memory, &failure) != 0) ...
 *     const struct workload *workload = memory.bytes;
 *     for (uint64_t b = 0; b < workload->batch_count; b++)
 *         ... workload_batch(workload, b)->first_request ...
 *     shared_memory_release(&memory);
 *
 * The table is position-independent: it holds offsets in bytes from its own first byte, never
 * pointers, so that one process parses it and the others map it read-only, however large it is.
 * Offset 0 means "missing". Texts are UTF-8 and end in NUL. Once made, a table never changes;
 * reading it is safe from any number of threads.
 *
 * A workload is a list of batches; a batch is a list of requests that are sent one after another.
 */
#ifndef HARNESS_WORKLOAD_H
#define HARNESS_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "failure.h"
#include "shared_memory.h"

struct workload {
    uint64_t magic; /* WORKLOAD_MAGIC */
    uint64_t size;  /* of the whole table, in bytes */
    uint64_t name;  /* text: what the input calls itself; else a ready-made workload's name, a file's name
                       without its folder, "stdin" or "command line" */
    uint64_t batch_count;   /* at least 1 */
    uint64_t request_count; /* at least 1 */
    uint64_t path_count;    /* requests whose url is a path, to be resolved against the base URL */
    uint64_t batches;       /* offset of struct workload_batch[batch_count] */
    uint64_t requests;      /* offset of struct workload_request[request_count], batch after batch */
};

#define WORKLOAD_MAGIC UINT64_C(0x31646c6b726f7768)

struct workload_batch {
    uint64_t name;          /* text, or missing */
    uint64_t first_request; /* index into the requests */
    uint64_t request_count; /* at least 1 */
};

struct workload_request {
    uint64_t method;    /* text: an upper-case token such as "GET" */
    uint64_t url;       /* text, as written: "http://..." or "https://...", or a path that begins with "/" */
    uint64_t headers;   /* header_count texts, one after the other, as CURLOPT_HTTPHEADER takes them:
                           "Name: value", or "Name;" for an empty value; missing when there are none */
    uint64_t body;      /* body_size bytes (0 is a body too), then a NUL that is not part of it; missing when
                           there is none */
    uint64_t body_size; /* in bytes */
    uint32_t header_count;
    uint32_t expected_status; /* 0: anything below 400 is fine */
};

/* No bounds are checked here: workload_check has seen the table before. */

static inline const struct workload_batch *workload_batch(const struct workload *workload, uint64_t batch)
{
    return (const struct workload_batch *)(const void *)((const char *)workload + workload->batches) + batch;
}

static inline const struct workload_request *workload_request(
    const struct workload *workload, uint64_t request)
{
    return (const struct workload_request *)(const void *)((const char *)workload + workload->requests) +
           request;
}

/* The text at `offset`, or NULL when it is missing. */
static inline const char *workload_text(const struct workload *workload, uint64_t offset)
{
    return offset == 0 ? NULL : (const char *)workload + offset;
}

/* Is `batch` identical to the one before? That is so for the copies that a repeat count makes. It compares
 * offsets, not texts, so work done for the one before need not be repeated.
 */
bool workload_batch_is_copy(const struct workload *workload, uint64_t batch);

/*
 * Making a table. All of these give the caller a struct shared_memory to release, or -1 with a
 * failure whose message names file, line and column (FAILURE_USAGE), the reason and the remedy.
 */

/*
 * `source` is a ready-made workload's bare name, a file's path, or "-" for standard input. A word without "/"
 * and "." is looked for among the ready-made ones first, as `ready_made_folder`/WORD.txt or WORD.json, then
 * as a file.
 */
int workload_load(
    const char *source, const char *ready_made_folder, struct shared_memory *memory, struct failure *failure);

/* Text or JSON, told apart by the first character that is not white space: "{" or "[" begins JSON. `place`
 * names the input in messages and is the workload's name. */
int workload_parse(
    const char *text, size_t size, const char *place, struct shared_memory *memory, struct failure *failure);

/* Each URL a batch of one GET request. */
int workload_from_urls(
    const char *const *urls, size_t url_count, struct shared_memory *memory, struct failure *failure);

/* Is this a base URL that a workload's paths can be appended to? http or https, no query, no fragment; there
 * may be a path, and a "/" at its end, which is left out when the two are joined. */
int workload_check_base_url(const char *url, struct failure *failure);

/* Is this a proxy that libcurl can use? The scheme may be missing. The message does not show the password. */
int workload_check_proxy(const char *proxy, struct failure *failure);

/* How many of the URL's first bytes name its server: scheme, user, host, port. All of them when there is no
 * "://". */
size_t workload_authority_length(const char *url);

/* Of so many servers workload_servers gives a URL at most. */
#define WORKLOAD_SERVERS_MAX 64

/* The first URL, or path, for each of the servers that the requests go to, borrowed from the table. Servers
 * are told apart as below. Returns how many it gives. */
size_t workload_servers(const struct workload *workload, const char *urls[WORKLOAD_SERVERS_MAX]);

/* How many servers the requests go to, told apart by scheme, host and port as they are written; all paths go
 * to one. At least 1. */
size_t workload_server_count(const struct workload *workload);

/* How many of these have http: URLs, which paths are not counted among. */
size_t workload_plain_server_count(const struct workload *workload);

/* Is this a header line that can be sent, "Name: value", or "Name;" for an empty value? The message does not
 * show the value. */
int workload_check_header(const char *header, struct failure *failure);

/* Is this a table that the functions above could have made? For tables that another process wrote: every
 * offset, count and text is checked, nothing is trusted. */
int workload_check(const void *bytes, size_t size, struct failure *failure);

/* Appends the workload as the JSON that workload_parse reads: the same table comes out, but for secrets
 * in headers and URLs, which are replaced by "REDACTED". Bodies are written as they are. */
int workload_write_json(const struct workload *workload, struct buffer *json, struct failure *failure);

/* Takes what has been written so far, and empties the buffer. */
struct workload_taker {
    int (*take)(void *context, struct buffer *json, struct failure *failure);
    void *context;
};

/* The same in parts, because the JSON of a workload may be as large as the workload. `json` is empty before
 * and after, and holds little more than one batch at any time. */
int workload_write_json_parts(const struct workload *workload, struct buffer *json,
    const struct workload_taker *taker, struct failure *failure);

/* About how much memory, in bytes, the larger of what is written and taken at once: the greatest batch, by
 * its texts. */
double workload_json_memory_bytes(const struct workload *workload);

/* Is there anything that workload_write_json replaces? */
bool workload_has_secrets(const struct workload *workload);

/* `url` as it may be shown: user:password, and what else is a secret in it (secrets.h), replaced by
 * "REDACTED". Appends to `shown`. */
void workload_show_url(const char *url, struct buffer *shown);

/* `header` ("Name: value") as it may be shown: the value replaced by "REDACTED" when its name stands for a
 * secret or it begins like one ("Bearer "), else the secrets in it (secrets.h). */
void workload_show_header(const char *header, struct buffer *shown);

/* Is there something in the header that workload_show_header does not show? Yes, when that can't be told. */
bool workload_header_is_secret(const char *header);

/* Is a request with this method that arrives twice the same as one that arrives once (RFC 9110, 9.2.2)? No,
 * of a method that is not known. */
bool workload_method_is_idempotent(const char *method);

/* Appends a line "name  description" for each ready-made workload in `folder`, sorted and aligned. */
int workload_list_ready_made(const char *folder, struct buffer *text, struct failure *failure);

/*
 * A workload may be run several times over, or in part: whole batches, in order, from the first, until there
 * are at least as many requests as asked for. That is a pair of numbers, not a copy.
 */
struct workload_extent {
    uint64_t batch_count;   /* batches to run; batch b is batch b % workload->batch_count of the table */
    uint64_t request_count; /* requests in them: the slots of the records */
};

/* How many requests of the extent go to the server that gets most of them: see workload_server_count. */
uint64_t workload_requests_to_one_server(const struct workload *workload, struct workload_extent extent);

/* `requests_at_least` 0 means the workload once, as it is. Up to 2^63 nothing overflows. */
struct workload_extent workload_extent(const struct workload *workload, uint64_t requests_at_least);

/* The index of the first request of the extent's batch `batch`, counting all repetitions. The batch's
 * requests have the indices that follow. Request r of an extent is request r % workload->request_count of
 * the table. */
uint64_t workload_first_index(const struct workload *workload, uint64_t batch);

#endif
