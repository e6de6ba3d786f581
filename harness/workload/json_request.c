#include "json_request.h"

#include <string.h>
#include <strings.h>

#include "rules.h"
#include "url.h"

/* Far more than servers take; it bounds the search for headers that stand twice. */
#define JSON_HEADER_COUNT_MAX 500

/* What a request's members said, until all of them are known. */
struct json_request {
    struct json_reader *reader;
    struct workload_request request;
    bool has_content_type;
    bool is_head;
    bool body_is_json; /* the body is in reader->body */
};

static int json_read_method(struct cursor *cursor, void *into)
{
    struct json_request *draft = into;
    struct cursor_text method;

    if (cursor_want(cursor, '"', "'method'", "a string", "write it as \"GET\"") != 0 ||
        cursor_string(cursor, &method) != 0)
        return -1;
    const char *problem = rules_method_problem(method.bytes, method.size);
    if (problem)
        return CURSOR_FAIL(
            cursor, method.at, "method '%s' %s", quote_text(method.bytes, method.size).text, problem);
    draft->is_head = method.size == 4 && memcmp(method.bytes, "HEAD", 4) == 0;
    draft->request.method = builder_text(draft->reader->builder, method.bytes, method.size);
    return 0;
}

static int json_read_url(struct cursor *cursor, void *into)
{
    struct json_request *draft = into;
    struct cursor_text url;

    if (cursor_want(cursor, '"', "'url'", "a string", "write it as \"/get\"") != 0 ||
        cursor_string(cursor, &url) != 0)
        return -1;
    struct url_remedy remedy;
    const char *problem = url_problem(url.bytes, url.size, &remedy);
    if (problem)
        return CURSOR_FAIL(cursor, url.at, "URL '%s' %s", quote_url(url.bytes, url.size).text, problem);
    draft->request.url = builder_text(draft->reader->builder, url.bytes, url.size);
    return 0;
}

/* ---- headers ---- */

static bool json_is_name(struct cursor_text text, const char *name)
{
    return text.size == strlen(name) && strncasecmp(text.bytes, name, text.size) == 0;
}

static bool json_has_header(const struct json_request *draft, struct cursor_text name)
{
    const struct buffer *headers = &draft->reader->headers;
    const char *header = headers->bytes;

    for (uint32_t i = 0; i < draft->request.header_count && !headers->out_of_memory; i++) {
        if (strcspn(header, ":;") == name.size && strncasecmp(header, name.bytes, name.size) == 0)
            return true;
        header += strlen(header) + 1;
    }
    return false;
}

/* "Name: value", or "Name;" when the value is empty: the way libcurl wants it. White space around a value is
 * no part of it (RFC 9110, 5.5). */
static void json_add_header(struct json_request *draft, struct cursor_text name, struct cursor_text value)
{
    struct buffer *headers = &draft->reader->headers;

    while (value.size > 0 && (value.bytes[0] == ' ' || value.bytes[0] == '\t')) {
        value.bytes++;
        value.size--;
    }
    while (value.size > 0 && (value.bytes[value.size - 1] == ' ' || value.bytes[value.size - 1] == '\t'))
        value.size--;
    buffer_append(headers, name.bytes, name.size);
    buffer_append_text(headers, value.size > 0 ? ": " : ";");
    buffer_append(headers, value.bytes, value.size);
    buffer_append(headers, "", 1);
    draft->request.header_count++;
    draft->has_content_type = draft->has_content_type || json_is_name(name, "Content-Type");
}

static const char *json_header_problem(const struct json_request *draft, struct cursor_text name)
{
    if (draft->request.header_count == JSON_HEADER_COUNT_MAX)
        return "is one header too many; at most 500 are allowed";
    if (json_has_header(draft, name))
        return "appears twice in the same request; remove one";
    return rules_header_name_problem(name.bytes, name.size);
}

static int json_read_header(struct cursor *cursor, struct cursor_text name, void *into)
{
    struct json_request *draft = into;
    struct cursor_text value;
    const char *problem = json_header_problem(draft, name);

    if (problem)
        return CURSOR_FAIL(
            cursor, name.at, "header '%s' %s", quote_text(name.bytes, name.size).text, problem);
    if (cursor_want(cursor, '"', "a header's value", "a string", "put it in double quotes") != 0 ||
        cursor_string(cursor, &value) != 0)
        return -1;
    problem = rules_header_framing_problem(name.bytes, name.size, value.bytes, value.size);
    if (problem)
        return CURSOR_FAIL(
            cursor, name.at, "header '%s' %s", quote_text(name.bytes, name.size).text, problem);
    problem = rules_header_value_problem(value.bytes, value.size);
    if (problem) /* the value itself may be a secret */
        return CURSOR_FAIL(
            cursor, value.at, "header '%s' %s", quote_text(name.bytes, name.size).text, problem);
    json_add_header(draft, name, value);
    return 0;
}

static int json_read_headers(struct cursor *cursor, void *into)
{
    if (cursor_want(cursor, '{', "'headers'", "an object", "write {\"Name\": \"value\"}") != 0)
        return -1;
    return cursor_object(cursor, json_read_header, into);
}

/* ---- the body ---- */

static bool json_has_real(const json_t *value)
{
    const char *key;
    json_t *member;
    size_t i;

    json_object_foreach((json_t *)value, key, member)
    {
        if (json_has_real(member))
            return true;
    }
    json_array_foreach(value, i, member)
    {
        if (json_has_real(member))
            return true;
    }
    return json_is_real(value);
}

static int json_dump_chunk(const char *bytes, size_t size, void *body)
{
    buffer_append(body, bytes, size);
    return ((const struct buffer *)body)->out_of_memory ? -1 : 0;
}

static int json_dump_with(const json_t *value, size_t digits, struct buffer *body)
{
    buffer_clear(body);
    return json_dump_callback(
        value, json_dump_chunk, body, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits));
}

/* With as few digits as read back as the same numbers, because jansson's own 17 would send 0.1 as
 * 0.10000000000000001. A double keeps any 15 digits, and any 17 tell two doubles apart. */
static int json_dump_body(const json_t *value, struct buffer *body)
{
    if (!json_has_real(value))
        return json_dump_with(value, 17, body);
    for (size_t digits = 15; digits < 17; digits++) {
        if (json_dump_with(value, digits, body) != 0)
            return -1;
        json_t *again = json_loadb(body->bytes, body->size, JSON_DECODE_ANY, NULL);
        bool same = json_equal(value, again);
        json_decref(again);
        if (same)
            return 0;
    }
    return json_dump_with(value, 17, body);
}

/* A string is sent as it is, any other value as compact JSON. */
static int json_read_body(struct cursor *cursor, void *into)
{
    struct json_request *draft = into;
    struct cursor_text text;
    json_t *value;

    if (cursor_peek(cursor) == '"') {
        if (cursor_string(cursor, &text) != 0)
            return -1;
    } else {
        if (cursor_value(cursor, &value) != 0)
            return -1;
        int result = json_dump_body(value, &draft->reader->body);
        json_decref(value);
        if (result != 0)
            return failure_set(cursor->failure, FAILURE_RUN, "out of memory for a request's body");
        draft->body_is_json = true;
        text = (struct cursor_text){draft->reader->body.bytes, draft->reader->body.size, NULL};
    }
    draft->request.body = builder_text(draft->reader->builder, text.bytes, text.size);
    draft->request.body_size = text.size;
    return 0;
}

/* ---- the rest ---- */

static int json_read_expected_status(struct cursor *cursor, void *into)
{
    struct json_request *draft = into;
    json_t *value;

    (void)cursor_peek(cursor);
    const char *at = cursor->at;
    if (cursor_value(cursor, &value) != 0)
        return -1;
    json_int_t status = json_integer_value(value); /* 0 when it is none */
    json_decref(value);
    if (status < 100 || status > 599)
        return CURSOR_FAIL(cursor, at, "'expected_status' must be a whole number from 100 to 599; fix it");
    draft->request.expected_status = (uint32_t)status;
    return 0;
}

/* Gives the builder what is settled only now that all members are known. */
static int json_keep_request(struct cursor *cursor, struct json_request *draft)
{
    struct builder *builder = draft->reader->builder;
    struct buffer *headers = &draft->reader->headers;
    struct workload_request *request = &draft->request;

    if (draft->body_is_json && !draft->has_content_type)
        json_add_header(draft, (struct cursor_text){"Content-Type", strlen("Content-Type"), NULL},
            (struct cursor_text){"application/json", strlen("application/json"), NULL});
    if (headers->out_of_memory)
        return failure_set(cursor->failure, FAILURE_RUN, "out of memory for a request's headers");
    if (request->header_count > 0) /* the last one's NUL is the builder's */
        request->headers = builder_text(builder, headers->bytes, headers->size - 1);
    if (request->method == 0)
        request->method =
            request->body != 0 ? builder_text(builder, "POST", 4) : builder_text(builder, "GET", 3);
    builder_add_request(builder, request);
    return 0;
}

int json_read_request(struct cursor *cursor, void *into)
{
    static const struct cursor_field fields[] = {
        {"method", json_read_method},
        {"url", json_read_url},
        {"headers", json_read_headers},
        {"body", json_read_body},
        {"expected_status", json_read_expected_status},
        {"repeat", NULL},
    };
    struct json_request draft = {.reader = into};

    cursor_forget(cursor);
    buffer_clear(&draft.reader->headers);
    char first = cursor_peek(cursor);
    const char *at = cursor->at;
    if (first == '"') {
        if (json_read_url(cursor, &draft) != 0)
            return -1;
        return json_keep_request(cursor, &draft);
    }
    if (cursor_want(cursor, '{', "a request", "an object or a URL", "write {\"url\": \"/get\"}") != 0 ||
        cursor_fields(cursor, "a request", fields, sizeof fields / sizeof *fields, &draft) != 0)
        return -1;
    if (draft.request.url == 0)
        return CURSOR_FAIL(cursor, at, "the request has no 'url'; add one, such as \"url\": \"/get\"");
    if (draft.is_head &&
        draft.request.body != 0) /* libcurl would wait for the answer's body, which never comes */
        return CURSOR_FAIL(cursor, at, "a HEAD request takes no 'body'; drop it, or use another method");
    return json_keep_request(cursor, &draft);
}
