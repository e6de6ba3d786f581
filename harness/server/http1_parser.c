#include "http1_parser.h"

#include "http1_framing.h"
#include "http1_head.h"

void http1_parser_begin(struct http1_parser *parser, struct request *request)
{
    parser->request = request;
    parser->stage = HTTP1_REQUEST_LINE;
    parser->body_left = 0;
    request_begin_part(request, &parser->line);
    parser->refusal = 0;
    parser->keeps_alive = false;
    parser->expects_continue = false;
}

static void http1_parser_refuse(struct http1_parser *parser, int status)
{
    parser->refusal = status;
    parser->stage = HTTP1_REFUSED;
}

/* Blank lines before the first one are skipped (RFC 9112, 2.2). */
static int http1_parser_take_request_line(struct http1_parser *parser, struct request_part line)
{
    if (line.size == 0) {
        buffer_clear(&parser->request->text);
        return 0;
    }
    parser->stage = HTTP1_FIELDS;
    return http1_read_request_line(parser->request, line);
}

/* The head is complete. */
static int http1_parser_begin_body(struct http1_parser *parser)
{
    struct http1_framing framing;
    int refusal = http1_read_framing(&framing, parser->request);

    parser->request->has_body = framing.is_chunked || framing.has_length;
    parser->keeps_alive = framing.keeps_alive;
    parser->body_left = framing.length;
    if (framing.is_chunked)
        parser->stage = HTTP1_CHUNK_SIZE;
    else
        parser->stage = framing.length > 0 ? HTTP1_BODY : HTTP1_WHOLE;
    parser->expects_continue = framing.expects_continue && parser->stage != HTTP1_WHOLE;
    return refusal;
}

static int http1_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* Is it nothing, or ";name=value" with blanks before? Extensions mean nothing to us. */
static bool http1_is_chunk_extension(struct span text)
{
    return text.size == 0 || (http1_trim(text).size > 0 && http1_trim(text).bytes[0] == ';');
}

/* "1f;extension" */
static int http1_parser_begin_chunk(struct http1_parser *parser, struct span line)
{
    uint64_t chunk = 0;
    size_t digits = 0;

    for (; digits < line.size && http1_hex_digit(line.bytes[digits]) >= 0; digits++)
        chunk = chunk * 16 + (uint64_t)http1_hex_digit(line.bytes[digits]);
    if (digits == 0 || digits > 15 ||
        !http1_is_chunk_extension((struct span){line.bytes + digits, line.size - digits}))
        return 400;
    parser->body_left = chunk;
    parser->stage = chunk > 0 ? HTTP1_CHUNK : HTTP1_TRAILERS;
    return 0;
}

/* A line before or behind a chunk. A bare LF does not end it (RFC 9112, 2.2 and 7.1). */
static int http1_parser_take_chunk_line(struct http1_parser *parser, struct request_part line)
{
    struct request *request = parser->request;
    struct span text = request_span(request, line);

    request->text.size = line.at; /* it is not kept */
    if (parser->line.size != line.size + strlen("\r\n"))
        return 400;
    if (parser->stage == HTTP1_CHUNK_SIZE)
        return http1_parser_begin_chunk(parser, text);
    parser->stage = HTTP1_CHUNK_SIZE;
    return text.size == 0 ? 0 : 400;
}

static int http1_parser_take_trailer(struct http1_parser *parser, struct request_part line)
{
    if (line.size == 0)
        parser->stage = HTTP1_WHOLE;
    else if (http1_name_size(request_span(parser->request, line)) == 0)
        return 400;
    return 0;
}

/* The line in hand without its end, which is LF or CRLF. */
static struct request_part http1_parser_whole_line(const struct http1_parser *parser)
{
    struct request_part line = parser->line;
    const char *text = parser->request->text.bytes + line.at;

    line.size--;
    if (line.size > 0 && text[line.size - 1] == '\r')
        line.size--;
    return line;
}

static int http1_parser_take_line(struct http1_parser *parser)
{
    struct request_part line = http1_parser_whole_line(parser);
    struct span text = request_span(parser->request, line);

    if (memchr(text.bytes, '\r', text.size) || memchr(text.bytes, '\0', text.size))
        return 400;
    switch (parser->stage) {
    case HTTP1_REQUEST_LINE:
        return http1_parser_take_request_line(parser, line);
    case HTTP1_FIELDS:
        return line.size > 0 ? http1_read_field(parser->request, line) : http1_parser_begin_body(parser);
    case HTTP1_TRAILERS:
        return http1_parser_take_trailer(parser, line);
    default:
        return http1_parser_take_chunk_line(parser, line);
    }
}

/* Takes bytes up to the end of a line. */
static size_t http1_parser_feed_line(struct http1_parser *parser, const char *bytes, size_t size)
{
    struct request *request = parser->request;
    const char *end = memchr(bytes, '\n', size);
    size_t used = end ? (size_t)(end + 1 - bytes) : size;
    int refusal = 0;

    if (!request_grow_part(request, &parser->line, bytes, used))
        refusal = parser->stage == HTTP1_REQUEST_LINE && request->refusal == 431 ? 414 : request->refusal;
    else if (end)
        refusal = http1_parser_take_line(parser);
    if (refusal != 0)
        http1_parser_refuse(parser, refusal);
    else if (end)
        request_begin_part(request, &parser->line);
    return used;
}

static size_t http1_parser_feed_body(
    struct http1_parser *parser, const char *bytes, size_t size, enum http1_stage next)
{
    size_t used = size < parser->body_left ? size : (size_t)parser->body_left;

    if (!request_grow_body(parser->request, bytes, used))
        http1_parser_refuse(parser, parser->request->refusal);
    parser->body_left -= used;
    if (parser->body_left == 0 && parser->stage != HTTP1_REFUSED)
        parser->stage = next;
    return used;
}

static size_t http1_parser_feed_some(struct http1_parser *parser, const char *bytes, size_t size)
{
    switch (parser->stage) {
    case HTTP1_BODY:
        return http1_parser_feed_body(parser, bytes, size, HTTP1_WHOLE);
    case HTTP1_CHUNK:
        return http1_parser_feed_body(parser, bytes, size, HTTP1_CHUNK_END);
    default:
        return http1_parser_feed_line(parser, bytes, size);
    }
}

size_t http1_parser_feed(struct http1_parser *parser, const char *bytes, size_t size)
{
    size_t used = 0;

    while (used < size && parser->stage != HTTP1_WHOLE && parser->stage != HTTP1_REFUSED)
        used += http1_parser_feed_some(parser, bytes + used, size - used);
    return used;
}
