#include "protocol.h"

#include <stdlib.h>

/* Appends `document` to `line` and gives it back. */
static int protocol_write_line(json_t *document, struct buffer *line, struct failure *failure)
{
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;

    json_decref(document);
    if (text) {
        buffer_append_text(line, text);
        buffer_append_text(line, "\n");
    }
    free(text);
    if (!text || line->out_of_memory)
        return failure_set(failure, FAILURE_RUN, "can't write a line of the trial's protocol: out of memory");
    return 0;
}

int trial_settings_write(const struct trial_settings *settings, struct buffer *line, struct failure *failure)
{
    const struct transfer_settings *transfer = &settings->transfer;
    json_t *headers = json_array();

    for (size_t i = 0; i < transfer->header_count; i++)
        json_array_append_new(headers, json_string(transfer->headers[i]));
    json_t *document =
        json_pack("{s:s, s:I, s:I, s:I, s:s?, s:s?, s:o, s:I, s:I, s:b, s:b, s:b}", /* one a field */
            "strategy", settings->strategy,                                         /**/
            "concurrency", (json_int_t)settings->concurrency,                       /**/
            "batch_count", (json_int_t)settings->extent.batch_count,                /**/
            "request_count", (json_int_t)settings->extent.request_count,            /**/
            "base_url", transfer->base_url,                                         /**/
            "ca_file", transfer->ca_file,                                           /**/
            "headers", headers,                                                     /**/
            "timeout_ms", (json_int_t)transfer->timeout_ms,                         /**/
            "connect_timeout_ms", (json_int_t)transfer->connect_timeout_ms,         /**/
            "reuse_connections", transfer->reuse_connections,                       /**/
            "follow_redirects", transfer->follow_redirects,                         /**/
            "insecure", transfer->insecure);
    return protocol_write_line(document, line, failure);
}

static const char **protocol_read_headers(const json_t *array, size_t *count)
{
    const char **headers = calloc(json_array_size(array) + 1, sizeof *headers);

    *count = 0;
    for (size_t i = 0; headers && i < json_array_size(array); i++) {
        const char *header = json_string_value(json_array_get(array, i));
        if (header)
            headers[(*count)++] = header;
    }
    return headers;
}

int trial_settings_read(const char *line, size_t size, struct trial_settings *settings, json_t **document,
    const char ***headers, struct failure *failure)
{
    struct transfer_settings *transfer = &settings->transfer;
    json_error_t error = {0};
    json_t *base_url = NULL; /* a text or null */
    json_t *ca_file = NULL;
    json_t *header_array = NULL;
    json_int_t concurrency = 0;
    json_int_t batch_count = 0;
    json_int_t request_count = 0;
    json_int_t timeout_ms = 0;
    json_int_t connect_timeout_ms = 0;
    int reuse = 0;
    int follow = 0;
    int insecure = 0;

    *settings = (struct trial_settings){0};
    *headers = NULL;
    *document = json_loadb(line, size, 0, &error);
    if (json_unpack_ex(*document, &error, JSON_STRICT,
            "{s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:I, s:I, s:b, s:b, s:b}", "strategy",
            &settings->strategy,                       /**/
            "concurrency", &concurrency,               /**/
            "batch_count", &batch_count,               /**/
            "request_count", &request_count,           /**/
            "base_url", &base_url,                     /**/
            "ca_file", &ca_file,                       /**/
            "headers", &header_array,                  /**/
            "timeout_ms", &timeout_ms,                 /**/
            "connect_timeout_ms", &connect_timeout_ms, /**/
            "reuse_connections", &reuse,               /**/
            "follow_redirects", &follow,               /**/
            "insecure", &insecure) != 0)
        return failure_set(failure, FAILURE_RUN, "the trial's settings can't be read: %s", error.text);
    *headers = protocol_read_headers(header_array, &transfer->header_count);
    if (!*headers)
        return failure_set(failure, FAILURE_RUN, "out of memory for the trial's headers");
    transfer->headers = *headers;
    transfer->base_url = json_string_value(base_url);
    transfer->ca_file = json_string_value(ca_file);
    transfer->timeout_ms = (uint64_t)timeout_ms;
    transfer->connect_timeout_ms = (uint64_t)connect_timeout_ms;
    transfer->reuse_connections = reuse != 0;
    transfer->follow_redirects = follow != 0;
    transfer->insecure = insecure != 0;
    settings->concurrency = (uint64_t)concurrency;
    settings->extent.batch_count = (uint64_t)batch_count;
    settings->extent.request_count = (uint64_t)request_count;
    return 0;
}

int trial_counters_write(const struct trial_counters *counters, struct buffer *line, struct failure *failure)
{
    json_t *document = json_pack("{s:s}", "state", "done");

#define X(field)                                                                                             \
    if (counters->field != UINT64_MAX)                                                                       \
        json_object_set_new(document, #field, json_integer((json_int_t)counters->field));
    TRIAL_COUNTERS(X)
#undef X
    return protocol_write_line(document, line, failure);
}

static uint64_t protocol_read_counter(const json_t *answer, const char *key)
{
    const json_t *value = json_object_get(answer, key);

    return json_is_integer(value) && json_integer_value(value) >= 0 ? (uint64_t)json_integer_value(value)
                                                                    : UINT64_MAX;
}

int trial_counters_read(const json_t *answer, struct trial_counters *counters, struct failure *failure)
{
#define X(field) counters->field = protocol_read_counter(answer, #field);
    TRIAL_COUNTERS(X)
#undef X
    if (counters->wall_ns == UINT64_MAX)
        return failure_set(failure, FAILURE_RUN, "the trial's answer has no wall_ns");
    return 0;
}
