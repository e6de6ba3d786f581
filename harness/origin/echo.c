#include "echo.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "exchange.h"
#include "form.h"
#include "text.h"

#define ECHO_FORM_TYPE "application/x-www-form-urlencoded"

/* Pairs of a form, or values in JSON: each takes time of its own, and all clients wait meanwhile. */
#define ECHO_PARTS_MAX 100000

/* What proxies add; httpbin shows them only when the query asks with "show_env". */
static const char *const echo_hidden_headers[] = {
    "Connect-Time",
    "Total-Route-Time",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Port",
    "X-Forwarded-Proto",
    "X-Forwarded-Protocol",
    "X-Forwarded-Ssl",
    "X-Heroku-Dynos-In-Use",
    "X-Heroku-Queue-Depth",
    "X-Heroku-Queue-Wait-Time",
    "X-Real-Ip",
    "X-Request-Id",
    "X-Request-Start",
    "X-Varnish",
};

static json_t *echo_string(const struct buffer *text)
{
    return json_stringn(text->size > 0 ? text->bytes : "", text->size);
}

static json_t *echo_utf8(struct span bytes)
{
    struct buffer text = {0};

    text_append_utf8(&text, bytes.bytes, bytes.size);
    json_t *string = echo_string(&text);
    buffer_release(&text);
    return string;
}

/* A name that comes again turns its value into a list. */
static void echo_add_pair(json_t *pairs, const struct buffer *name, json_t *value)
{
    const char *key = name->size > 0 ? name->bytes : "";
    json_t *before = json_object_getn(pairs, key, name->size);

    if (json_is_array(before))
        (void)json_array_append_new(before, value);
    else
        (void)json_object_setn_new(
            pairs, key, name->size, before ? json_pack("[O, o]", before, value) : value);
}

static json_t *echo_pairs(struct span text)
{
    struct form_reader reader = form_reader(text.bytes, text.size);
    struct buffer name = {0};
    struct buffer value = {0};
    json_t *pairs = json_object();

    while (form_next(&reader, &name, &value))
        echo_add_pair(pairs, &name, echo_string(&value));
    buffer_release(&name);
    buffer_release(&value);
    return pairs;
}

static bool echo_body_is_form(const struct exchange *exchange)
{
    struct span type = request_header(&exchange->request, "content-type");
    size_t size = strlen(ECHO_FORM_TYPE);

    return type.size >= size && strncasecmp(type.bytes, ECHO_FORM_TYPE, size) == 0 &&
           (type.size == size || type.bytes[size] == ';' || type.bytes[size] == ' ');
}

static json_t *echo_args(const struct exchange *exchange)
{
    return echo_pairs(request_query(&exchange->request));
}

static json_t *echo_base64(const struct buffer *body)
{
    static const char prefix[] = "data:application/octet-stream;base64,";
    struct buffer text = {0};

    buffer_append_text(&text, prefix);
    unsigned char *end = (unsigned char *)buffer_reserve(&text, (body->size + 2) / 3 * 4 + 1);
    if (end)
        text.size += (size_t)EVP_EncodeBlock(end, (const unsigned char *)body->bytes, (int)body->size);
    json_t *string = echo_string(&text);
    buffer_release(&text);
    return string;
}

static json_t *echo_data(const struct exchange *exchange)
{
    const struct buffer *body = &exchange->request.body;

    if (body->size == 0 || echo_body_is_form(exchange))
        return json_string("");
    json_t *text = json_stringn(body->bytes, body->size); /* NULL when it is not UTF-8 */
    return text ? text : echo_base64(body);
}

static json_t *echo_files(const struct exchange *exchange)
{
    (void)exchange;
    return json_object();
}

static json_t *echo_form(const struct exchange *exchange)
{
    return echo_body_is_form(exchange) ? echo_pairs(span_of_buffer(&exchange->request.body)) : json_object();
}

static bool echo_header_is_hidden(const struct buffer *name)
{
    for (size_t i = 0; i < sizeof echo_hidden_headers / sizeof echo_hidden_headers[0]; i++)
        if (strlen(echo_hidden_headers[i]) == name->size &&
            memcmp(echo_hidden_headers[i], name->bytes, name->size) == 0)
            return true;
    return false;
}

/* What is said of the framing of a request means nothing to its reader. */
static bool echo_header_is_framing(const struct buffer *name)
{
    return name->size == strlen("Transfer-Encoding") &&
           memcmp(name->bytes, "Transfer-Encoding", name->size) == 0;
}

static json_t *echo_latin1(struct span bytes)
{
    struct buffer text = {0};

    text_append_latin1(&text, bytes.bytes, bytes.size);
    json_t *string = echo_string(&text);
    buffer_release(&text);
    return string;
}

static json_t *echo_joined(const json_t *values, const char *separator)
{
    struct buffer text = {0};
    size_t place;
    json_t *value;

    json_array_foreach(values, place, value)
    {
        buffer_append_text(&text, place > 0 ? separator : "");
        buffer_append(&text, json_string_value(value), json_string_length(value));
    }
    json_t *string = echo_string(&text);
    buffer_release(&text);
    return string;
}

/* Values of the same name are joined with commas, as a web server's environment has them; what HTTP/2 splits
 * a cookie into, with semicolons (RFC 9113, 8.2.3). */
static void echo_join_headers(json_t *headers)
{
    const char *name;
    json_t *value;

    json_object_foreach(headers, name, value)
    {
        const char *separator = strcmp(name, "Cookie") == 0 ? "; " : ",";
        if (json_is_array(value))
            (void)json_object_set_new(headers, name, echo_joined(value, separator));
    }
}

/* Those that httpbin has from elsewhere: the host, and how long a body is that came in chunks or over HTTP/2.
 */
static void echo_add_other_headers(const struct exchange *exchange, json_t *headers)
{
    const struct request *request = &exchange->request;
    char length[24];

    (void)json_object_set_new(headers, "Host", echo_utf8(request_authority(request)));
    if (request->has_body) {
        (void)snprintf(length, sizeof length, "%zu", request->body.size);
        (void)json_object_set_new(headers, "Content-Length", json_string(length));
    }
}

static json_t *echo_headers(const struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    struct span query = request_query(request);
    struct buffer name = {0};
    struct buffer value = {0};
    json_t *headers = json_object();
    bool show_all = form_find(query.bytes, query.size, "show_env", &value);

    for (size_t i = 0; i < request->field_count; i++) {
        struct span field = request_span(request, request->fields[i].name);
        buffer_clear(&name);
        text_append_header_name(&name, field.bytes, field.size);
        if (!echo_header_is_framing(&name) && (show_all || !echo_header_is_hidden(&name)))
            echo_add_pair(headers, &name, echo_latin1(request_span(request, request->fields[i].value)));
    }
    echo_join_headers(headers);
    echo_add_other_headers(exchange, headers);
    buffer_release(&name);
    buffer_release(&value);
    return headers;
}

static json_t *echo_json(const struct exchange *exchange)
{
    const struct buffer *body = &exchange->request.body;

    if (body->size == 0 || echo_body_is_form(exchange))
        return json_null();
    json_t *json = json_loadb(body->bytes, body->size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    return json ? json : json_null();
}

static json_t *echo_method(const struct exchange *exchange)
{
    return echo_utf8(request_method(&exchange->request));
}

static json_t *echo_origin(const struct exchange *exchange)
{
    struct span forwarded = request_header(&exchange->request, "x-forwarded-for");
    char host[INET6_ADDRSTRLEN];

    if (forwarded.size > 0)
        return echo_utf8(forwarded);
    return exchange_client(exchange, host, sizeof host) ? json_string(host) : json_null();
}

static json_t *echo_url(const struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    struct span authority = request_authority(request);
    struct span target = request_target(request);
    bool bare_query = target.size > 0 && request_query(request).bytes && request_query(request).size == 0;
    struct buffer url = {0};

    buffer_printf(&url, "%s://", request_scheme(request));
    text_append_utf8(&url, authority.bytes, authority.size);
    text_append_utf8(&url, target.bytes, target.size - (bare_query ? 1 : 0));
    json_t *string = echo_string(&url);
    buffer_release(&url);
    return string;
}

static const struct {
    enum echo_key key;
    const char *name;
    json_t *(*value)(const struct exchange *exchange);
} echo_keys[] = {
    {ECHO_ARGS, "args", echo_args},
    {ECHO_DATA, "data", echo_data},
    {ECHO_FILES, "files", echo_files},
    {ECHO_FORM, "form", echo_form},
    {ECHO_HEADERS, "headers", echo_headers},
    {ECHO_JSON, "json", echo_json},
    {ECHO_METHOD, "method", echo_method},
    {ECHO_ORIGIN, "origin", echo_origin},
    {ECHO_URL, "url", echo_url},
};

/* Can it be more than one value? */
static bool echo_body_is_json(struct span body)
{
    static const char blanks[] = {' ', '\t', '\r', '\n'};
    size_t at = 0;

    while (at < body.size && memchr(blanks, body.bytes[at], sizeof blanks))
        at++;
    return at < body.size && (body.bytes[at] == '[' || body.bytes[at] == '{');
}

static bool echo_has_more_than(struct span text, char separator, size_t count)
{
    const char *end = text.bytes + text.size;

    for (const char *at = text.bytes; at < end; at++, count--) {
        at = memchr(at, separator, (size_t)(end - at));
        if (!at || count == 0)
            return at != NULL;
    }
    return false;
}

/* Has the body too many parts to be taken apart? */
static bool echo_body_is_too_much(const struct exchange *exchange)
{
    struct span body = span_of_buffer(&exchange->request.body);

    if (body.size <= ECHO_PARTS_MAX)
        return false;
    if (echo_body_is_form(exchange))
        return echo_has_more_than(body, '&', ECHO_PARTS_MAX);
    return echo_body_is_json(body) && echo_has_more_than(body, ',', ECHO_PARTS_MAX);
}

static int echo_append(const char *text, size_t size, void *buffer)
{
    buffer_append(buffer, text, size);
    return 0;
}

static void echo_send(struct exchange *exchange, unsigned keys)
{
    struct buffer *body = exchange_buffer(exchange);
    json_t *echo = json_object();

    for (size_t i = 0; i < sizeof echo_keys / sizeof echo_keys[0]; i++)
        if ((keys & echo_keys[i].key) != 0)
            (void)json_object_set_new(echo, echo_keys[i].name, echo_keys[i].value(exchange));
    if (json_dump_callback(echo, echo_append, body, JSON_COMPACT | JSON_ENSURE_ASCII) != 0)
        body->out_of_memory = true;
    buffer_append_text(body, "\n");
    json_decref(echo);
    exchange_answer_buffer(exchange, 200, CONTENT_TYPE_JSON, body);
}

void echo_answer(struct exchange *exchange, unsigned keys)
{
    if ((keys & (ECHO_FORM | ECHO_JSON)) != 0 && echo_body_is_too_much(exchange))
        exchange_answer_error(exchange, 413, "The body has more pairs, or values, than can be shown.");
    else
        echo_send(exchange, keys);
}
