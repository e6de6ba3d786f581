#include "http1_parser.h"

#include <strings.h>

/* One line of the head, without its end. */
struct http1_line {
    size_t at; /* in request->text */
    size_t size;
};

/* What the fields say about the body and the connection. */
struct http1_framing {
    bool has_length;
    uint64_t length;
    bool is_chunked;
    bool closes;
    bool keeps_alive;
    int host_count;
};

void http1_parser_begin(struct http1_parser *parser, struct request *request)
{
    parser->request = request;
    parser->stage = HTTP1_HEAD;
    parser->body_left = 0;
    parser->line_at = 0;
    parser->line_size = 0;
    parser->trailer_size = 0;
    parser->refusal = 0;
    parser->keeps_alive = false;
    parser->expects_continue = false;
}

static bool http1_refuse(struct http1_parser *parser, int status)
{
    parser->refusal = status;
    parser->stage = HTTP1_REFUSED;
    return false;
}

/* RFC 9110, 5.6.2. */
static bool http1_is_token(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char c = bytes[i];
        bool is_alphanumeric = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (!is_alphanumeric && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return size > 0;
}

static struct request_part http1_part(size_t at, size_t size)
{
    return (struct request_part){.at = (uint32_t)at, .size = (uint32_t)size};
}

/* "http://localhost:80/path", as proxies are asked: what is behind the host is the target. RFC 9112, 3.2.2.
 */
static void http1_split_absolute_target(struct request *request)
{
    struct span target = request_target(request);
    const char *scheme_end = memmem(target.bytes, target.size, "://", 3);
    size_t at = scheme_end ? (size_t)(scheme_end + 3 - target.bytes) : 0;

    if ((at != strlen("http://") || strncasecmp(target.bytes, "http", 4) != 0) &&
        (at != strlen("https://") || strncasecmp(target.bytes, "https", 5) != 0))
        return;
    size_t host_end = at;
    while (host_end < target.size && target.bytes[host_end] != '/')
        host_end++;
    request->authority = http1_part(request->target.at + at, host_end - at);
    /* Without a path it is "/", and there is one in "://". */
    request->target = host_end < target.size
                          ? http1_part(request->target.at + host_end, target.size - host_end)
                          : http1_part(request->target.at + at - 1, 1);
}

static bool http1_read_version(struct http1_parser *parser, const char *text, size_t size)
{
    if (size != strlen("HTTP/1.1") || memcmp(text, "HTTP/", 5) != 0 || text[6] != '.')
        return http1_refuse(parser, 400);
    if (text[5] != '1' || (text[7] != '0' && text[7] != '1'))
        return http1_refuse(parser, 505);
    parser->request->version = text[7] == '1' ? 11 : 10;
    return true;
}

/* "GET /path HTTP/1.1" */
static bool http1_read_request_line(struct http1_parser *parser, struct http1_line line)
{
    struct request *request = parser->request;
    const char *text = request->text.bytes + line.at;
    const char *first = memchr(text, ' ', line.size);
    const char *last = memrchr(text, ' ', line.size);

    if (!first || last == first || memchr(first + 1, ' ', (size_t)(last - first - 1)) ||
        memchr(text, '\r', line.size))
        return http1_refuse(parser, 400);
    request->method = http1_part(line.at, (size_t)(first - text));
    request->target = http1_part(line.at + (size_t)(first + 1 - text), (size_t)(last - first - 1));
    if (!http1_is_token(text, request->method.size) || request->target.size == 0)
        return http1_refuse(parser, 400);
    http1_split_absolute_target(request);
    return http1_read_version(parser, last + 1, line.size - (size_t)(last + 1 - text));
}

static bool http1_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* "Name: value", with blanks around the value. */
static bool http1_read_field(struct http1_parser *parser, struct http1_line line)
{
    struct request *request = parser->request;
    const char *text = request->text.bytes + line.at;
    const char *colon = memchr(text, ':', line.size);

    if (!colon || memchr(text, '\r', line.size) || !http1_is_token(text, (size_t)(colon - text)) ||
        !request_begin_field(request))
        return http1_refuse(parser, 400);
    size_t from = (size_t)(colon + 1 - text);
    size_t to = line.size;
    while (from < to && http1_is_blank(text[from]))
        from++;
    while (to > from && http1_is_blank(text[to - 1]))
        to--;
    struct request_field *field = &request->fields[request->field_count - 1];
    field->name = http1_part(line.at, (size_t)(colon - text));
    field->value = http1_part(line.at + from, to - from);
    return true;
}

static bool http1_span_is(struct span span, const char *text)
{
    return span.size == strlen(text) && strncasecmp(span.bytes, text, span.size) == 0;
}

/* Is `word` one of those in the list, which commas separate? */
static bool http1_list_has(struct span list, const char *word)
{
    const char *end = list.bytes + list.size;

    for (const char *at = list.bytes; at < end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma ? comma : end;
        struct span item = {at, (size_t)(stop - at)};
        while (item.size > 0 && http1_is_blank(item.bytes[0]))
            item = (struct span){item.bytes + 1, item.size - 1};
        while (item.size > 0 && http1_is_blank(item.bytes[item.size - 1]))
            item.size--;
        if (http1_span_is(item, word))
            return true;
        at = stop + 1;
    }
    return false;
}

/* Digits only; 19 of them fit. */
static bool http1_read_length(struct span text, uint64_t *length)
{
    *length = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9')
            return false;
        *length = *length * 10 + (uint64_t)(text.bytes[i] - '0');
    }
    return text.size > 0 && text.size <= 19;
}

static bool http1_note_length(struct http1_parser *parser, struct http1_framing *framing, struct span value)
{
    uint64_t length;

    if (!http1_read_length(value, &length) || (framing->has_length && length != framing->length))
        return http1_refuse(parser, 400);
    framing->has_length = true;
    framing->length = length;
    return true;
}

/* What one field means for the framing. */
static bool http1_note_field(
    struct http1_parser *parser, struct http1_framing *framing, struct span name, struct request_part part)
{
    struct request *request = parser->request;
    struct span value = request_span(request, part);

    if (http1_span_is(name, "content-length"))
        return http1_note_length(parser, framing, value);
    if (http1_span_is(name, "transfer-encoding")) {
        if (framing->is_chunked || !http1_span_is(value, "chunked"))
            return http1_refuse(parser, 501);
        framing->is_chunked = true;
    } else if (http1_span_is(name, "connection")) {
        framing->closes = framing->closes || http1_list_has(value, "close");
        framing->keeps_alive = framing->keeps_alive || http1_list_has(value, "keep-alive");
    } else if (http1_span_is(name, "host")) {
        framing->host_count++;
        if (request->authority.size == 0)
            request->authority = part;
    } else if (http1_span_is(name, "expect")) {
        parser->expects_continue = request->version == 11 && http1_span_is(value, "100-continue");
    }
    return true;
}

/* How the body comes. RFC 9112, 6.3. */
static bool http1_begin_body(struct http1_parser *parser, const struct http1_framing *framing)
{
    struct request *request = parser->request;

    if (framing->host_count > 1 || (framing->is_chunked && (framing->has_length || request->version == 10)))
        return http1_refuse(parser, 400);
    if (framing->length > REQUEST_BODY_MAX)
        return http1_refuse(parser, 413);
    request->has_body = framing->is_chunked || framing->has_length;
    parser->keeps_alive =
        request->version == 11 ? !framing->closes : framing->keeps_alive && !framing->closes;
    parser->body_left = framing->length;
    if (framing->is_chunked)
        parser->stage = HTTP1_CHUNK_SIZE;
    else
        parser->stage = framing->length > 0 ? HTTP1_BODY : HTTP1_WHOLE;
    parser->expects_continue = parser->expects_continue && parser->stage != HTTP1_WHOLE;
    return true;
}

static bool http1_note_fields(struct http1_parser *parser)
{
    struct request *request = parser->request;
    struct http1_framing framing = {.has_length = false};

    for (size_t i = 0; i < request->field_count; i++) {
        const struct request_field *field = &request->fields[i];
        if (!http1_note_field(parser, &framing, request_span(request, field->name), field->value))
            return false;
    }
    return http1_begin_body(parser, &framing);
}

/* The next line of the head, which ends in LF or CRLF. */
static struct http1_line http1_next_line(const struct request *request, size_t at)
{
    const char *text = request->text.bytes + at;
    const char *end = memchr(text, '\n', request->text.size - at);
    size_t size = (size_t)(end - text);

    return (struct http1_line){.at = at, .size = size > 0 && text[size - 1] == '\r' ? size - 1 : size};
}

static size_t http1_line_after(const struct request *request, struct http1_line line)
{
    return line.at + line.size + (request->text.bytes[line.at + line.size] == '\r' ? 2 : 1);
}

/* The head is there, up to the blank line that ends it. */
static void http1_read_head(struct http1_parser *parser)
{
    struct request *request = parser->request;
    struct http1_line line = http1_next_line(request, 0);

    if (memchr(request->text.bytes, '\0', request->text.size)) {
        (void)http1_refuse(parser, 400);
        return;
    }
    if (!http1_read_request_line(parser, line))
        return;
    for (;;) {
        line = http1_next_line(request, http1_line_after(request, line));
        if (line.size == 0)
            break;
        if (!http1_read_field(parser, line))
            return;
    }
    (void)http1_note_fields(parser);
}

/* A line of the head is complete. Blank lines before the first one are skipped (RFC 9112, 2.2). */
static void http1_end_head_line(struct http1_parser *parser)
{
    struct buffer *text = &parser->request->text;
    size_t size = text->size - parser->line_at;
    bool is_blank = size == 1 || (size == 2 && text->bytes[parser->line_at] == '\r');

    if (!is_blank)
        parser->line_at = text->size;
    else if (parser->line_at == 0)
        buffer_clear(text);
    else
        http1_read_head(parser);
}

/* Takes bytes up to the end of a line. */
static size_t http1_feed_head(struct http1_parser *parser, const char *bytes, size_t size)
{
    struct buffer *text = &parser->request->text;
    const char *end = memchr(bytes, '\n', size);
    size_t used = end ? (size_t)(end + 1 - bytes) : size;

    if (used > REQUEST_HEAD_MAX - text->size) {
        (void)http1_refuse(parser, parser->line_at == 0 ? 414 : 431);
        return used;
    }
    buffer_append(text, bytes, used);
    if (text->out_of_memory)
        (void)http1_refuse(parser, 503);
    else if (end)
        http1_end_head_line(parser);
    return used;
}

static size_t http1_feed_body(
    struct http1_parser *parser, const char *bytes, size_t size, enum http1_stage next)
{
    size_t used = size < parser->body_left ? size : (size_t)parser->body_left;

    if (!request_grow_body(parser->request, bytes, used))
        (void)http1_refuse(parser, 413);
    parser->body_left -= used;
    if (parser->body_left == 0 && parser->stage != HTTP1_REFUSED)
        parser->stage = next;
    return used;
}

static int http1_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* "1f;extension": extensions mean nothing to us. */
static void http1_begin_chunk(struct http1_parser *parser, const char *line, size_t size)
{
    uint64_t chunk = 0;
    size_t digits = 0;

    for (; digits < size && http1_hex_digit(line[digits]) >= 0; digits++)
        chunk = chunk * 16 + (uint64_t)http1_hex_digit(line[digits]);
    bool is_end = digits == size || line[digits] == ';' || http1_is_blank(line[digits]);
    if (digits == 0 || digits > 15 || !is_end) {
        (void)http1_refuse(parser, 400);
        return;
    }
    parser->body_left = chunk;
    parser->stage = chunk > 0 ? HTTP1_CHUNK : HTTP1_TRAILER;
}

/* A line within a chunked body is complete; its size is without its end. */
static void http1_end_chunk_line(struct http1_parser *parser, size_t size)
{
    if (parser->stage == HTTP1_CHUNK_SIZE)
        http1_begin_chunk(parser, parser->line, size);
    else if (parser->stage == HTTP1_TRAILER)
        parser->stage = size == 0 ? HTTP1_WHOLE : HTTP1_TRAILER;
    else if (size == 0)
        parser->stage = HTTP1_CHUNK_SIZE;
    else
        (void)http1_refuse(parser, 400);
}

static void http1_keep_line(struct http1_parser *parser, const char *bytes, size_t size)
{
    size_t room = parser->line_size < sizeof parser->line ? sizeof parser->line - parser->line_size : 0;

    if (room > 0)
        memcpy(parser->line + parser->line_size, bytes, size < room ? size : room);
    parser->line_size += size;
}

/* Of the line in hand, without its end, and of that what was kept. */
static size_t http1_kept_line_size(const struct http1_parser *parser)
{
    size_t size = parser->line_size - 1;

    if (size >= sizeof parser->line)
        return sizeof parser->line;
    return size > 0 && parser->line[size - 1] == '\r' ? size - 1 : size;
}

static size_t http1_feed_chunk_line(struct http1_parser *parser, const char *bytes, size_t size)
{
    const char *end = memchr(bytes, '\n', size);
    size_t used = end ? (size_t)(end + 1 - bytes) : size;

    if (used > REQUEST_HEAD_MAX - parser->trailer_size - parser->line_size) {
        (void)http1_refuse(parser, 400);
        return used;
    }
    http1_keep_line(parser, bytes, used);
    if (end) {
        parser->trailer_size += parser->stage == HTTP1_TRAILER ? parser->line_size : 0;
        http1_end_chunk_line(parser, http1_kept_line_size(parser));
        parser->line_size = 0;
    }
    return used;
}

static size_t http1_feed_some(struct http1_parser *parser, const char *bytes, size_t size)
{
    switch (parser->stage) {
    case HTTP1_HEAD:
        return http1_feed_head(parser, bytes, size);
    case HTTP1_BODY:
        return http1_feed_body(parser, bytes, size, HTTP1_WHOLE);
    case HTTP1_CHUNK:
        return http1_feed_body(parser, bytes, size, HTTP1_CHUNK_END);
    default:
        return http1_feed_chunk_line(parser, bytes, size);
    }
}

size_t http1_parser_feed(struct http1_parser *parser, const char *bytes, size_t size)
{
    size_t used = 0;

    while (used < size && parser->stage != HTTP1_WHOLE && parser->stage != HTTP1_REFUSED)
        used += http1_feed_some(parser, bytes + used, size - used);
    return used;
}
