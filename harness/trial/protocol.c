#include "protocol.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum field_kind {
    FIELD_TEXT,   /* const char *, may be NULL: a JSON string or null */
    FIELD_NUMBER, /* uint64_t up to 2^63 - 1: a JSON integer */
    FIELD_REAL,   /* double: a JSON number */
    FIELD_FLAG,   /* bool: true or false */
};

/* A setting that is one value. */
struct field {
    const char *key;
    enum field_kind kind;
    size_t offset; /* in struct trial_settings */
};

static const struct field fields[] = {
    {"strategy", FIELD_TEXT, offsetof(struct trial_settings, strategy)},
    {"concurrency", FIELD_NUMBER, offsetof(struct trial_settings, concurrency)},
    {"batch_count", FIELD_NUMBER, offsetof(struct trial_settings, extent.batch_count)},
    {"request_count", FIELD_NUMBER, offsetof(struct trial_settings, extent.request_count)},
    {"base_url", FIELD_TEXT, offsetof(struct trial_settings, transfer.base_url)},
    {"proxy", FIELD_TEXT, offsetof(struct trial_settings, transfer.proxy)},
    {"ca_file", FIELD_TEXT, offsetof(struct trial_settings, transfer.ca_file)},
    {"rate", FIELD_REAL, offsetof(struct trial_settings, transfer.schedule.rate)},
    {"poisson", FIELD_FLAG, offsetof(struct trial_settings, transfer.schedule.is_poisson)},
    {"schedule_seed", FIELD_NUMBER, offsetof(struct trial_settings, transfer.schedule.seed)},
    {"timeout_ms", FIELD_NUMBER, offsetof(struct trial_settings, transfer.timeout_ms)},
    {"connect_timeout_ms", FIELD_NUMBER, offsetof(struct trial_settings, transfer.connect_timeout_ms)},
    {"reuse_connections", FIELD_FLAG, offsetof(struct trial_settings, transfer.reuse_connections)},
    {"follow_redirects", FIELD_FLAG, offsetof(struct trial_settings, transfer.follow_redirects)},
    {"warm_connections", FIELD_FLAG, offsetof(struct trial_settings, warm_connections)},
    {"insecure", FIELD_FLAG, offsetof(struct trial_settings, transfer.insecure)},
};

#define FIELD_COUNT (sizeof fields / sizeof fields[0])

/* The one setting that is a list. */
#define HEADERS_KEY "headers"

/* Appends `document` to `line` and gives it back. */
static int protocol_write_line(json_t *document, struct buffer *line, struct failure *failure)
{
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;

    json_decref(document);
    if (text) {
        buffer_append_text(line, text);
        buffer_append_text(line, "\n");
    }
    bool is_complete = text && !line->out_of_memory;
    free(text);
    if (!is_complete)
        return failure_set(failure, FAILURE_RUN, "can't write a line of the trial's protocol: out of memory");
    return 0;
}

static json_t *field_write(const struct field *field, const struct trial_settings *settings)
{
    const void *member = (const char *)settings + field->offset;
    const char *text = NULL;

    switch (field->kind) {
    case FIELD_TEXT:
        text = *(const char *const *)member;
        return text ? json_string(text) : json_null();
    case FIELD_NUMBER:
        return json_integer((json_int_t)(*(const uint64_t *)member));
    case FIELD_REAL:
        return json_real(*(const double *)member);
    default:
        return json_boolean(*(const bool *)member);
    }
}

int trial_settings_write(const struct trial_settings *settings, struct buffer *line, struct failure *failure)
{
    json_t *document = json_object();
    json_t *headers = json_array();
    bool is_complete = document && headers;

    for (size_t i = 0; is_complete && i < FIELD_COUNT; i++)
        is_complete = json_object_set_new(document, fields[i].key, field_write(&fields[i], settings)) == 0;
    for (size_t i = 0; is_complete && i < settings->transfer.header_count; i++)
        is_complete = json_array_append_new(headers, json_string(settings->transfer.headers[i])) == 0;
    if (!is_complete || json_object_set(document, HEADERS_KEY, headers) != 0) {
        json_decref(document);
        document = NULL;
    }
    json_decref(headers);
    return protocol_write_line(document, line, failure);
}

/* False when the value is missing or of another type. */
static bool field_read(const struct field *field, const json_t *document, struct trial_settings *settings)
{
    const json_t *value = json_object_get(document, field->key);
    void *member = (char *)settings + field->offset;

    switch (field->kind) {
    case FIELD_TEXT:
        *(const char **)member = json_string_value(value);
        return json_is_string(value) || json_is_null(value);
    case FIELD_NUMBER:
        *(uint64_t *)member = (uint64_t)json_integer_value(value);
        return json_is_integer(value) && json_integer_value(value) >= 0;
    case FIELD_REAL:
        *(double *)member = json_number_value(value);
        return json_is_number(value);
    default:
        *(bool *)member = json_is_true(value);
        return json_is_boolean(value);
    }
}

/* NULL when `array` is no array of strings, or memory runs out. */
static const char **protocol_read_headers(const json_t *array, size_t *count)
{
    const char **headers = json_is_array(array) ? calloc(json_array_size(array) + 1, sizeof *headers) : NULL;

    *count = 0;
    for (size_t i = 0; headers && i < json_array_size(array); i++) {
        headers[i] = json_string_value(json_array_get(array, i));
        if (!headers[i]) {
            free(headers);
            return NULL;
        }
        (*count)++;
    }
    return headers;
}

int trial_settings_read(const char *line, size_t size, struct trial_settings *settings, json_t **document,
    const char ***headers, struct failure *failure)
{
    json_error_t error = {0};

    *settings = (struct trial_settings){0};
    *headers = NULL;
    *document = json_loadb(line, size, JSON_REJECT_DUPLICATES, &error);
    if (!*document)
        return failure_set(failure, FAILURE_RUN, "the trial's settings can't be read: %s", error.text);
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (!field_read(&fields[i], *document, settings))
            return failure_set(failure, FAILURE_RUN,
                "the trial's setting '%s' is missing or of the wrong type", fields[i].key);
    *headers =
        protocol_read_headers(json_object_get(*document, HEADERS_KEY), &settings->transfer.header_count);
    if (!*headers)
        return failure_set(
            failure, FAILURE_RUN, "the trial's setting '" HEADERS_KEY "' is not a list of texts");
    if (!settings->strategy || json_object_size(*document) != FIELD_COUNT + 1)
        return failure_set(
            failure, FAILURE_RUN, "the trial's settings lack a strategy, or have an unknown key");
    settings->transfer.headers = *headers;
    return 0;
}

int trial_go_read(const char *line, size_t size, uint64_t *at_ns, struct failure *failure)
{
    static const char start[] = "GO ";
    size_t length = sizeof start - 1;

    *at_ns = 0;
    bool is_number = size > length && memcmp(line, start, length) == 0;
    for (size_t i = length; is_number && i < size; i++) {
        unsigned int digit = (unsigned char)line[i] - (unsigned int)'0';
        is_number = digit <= 9 && *at_ns <= (UINT64_MAX - digit) / 10;
        *at_ns = *at_ns * 10 + digit;
    }
    return is_number ? 0
                     : failure_set(failure, FAILURE_RUN,
                           "the trial was told something else than \"GO\" and a time in nanoseconds");
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
