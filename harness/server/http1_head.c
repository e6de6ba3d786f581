#include "http1_head.h"

#include <strings.h>

/* Are all bytes letters, digits, or some of `others`? */
static bool http1_consists_of(struct span text, const char *others)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.bytes[i];
        bool is_alphanumeric = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (!is_alphanumeric && (c == '\0' || !strchr(others, c)))
            return false;
    }
    return true;
}

/* RFC 9110, 5.6.2. */
static bool http1_is_token(struct span text)
{
    return text.size > 0 && http1_consists_of(text, "!#$%&'*+-.^_`|~");
}

bool http1_is_authority(struct span text)
{
    return http1_consists_of(text, "-._~%!$&'()*+,;=:[]");
}

static struct request_part http1_part(size_t at, size_t size)
{
    return (struct request_part){.at = (uint32_t)at, .size = (uint32_t)size};
}

/* The size of "http://" at the start of a target; 0: it has none. */
static size_t http1_scheme_size(struct span target)
{
    if (target.size >= strlen("http://") && strncasecmp(target.bytes, "http://", 7) == 0)
        return strlen("http://");
    return target.size >= strlen("https://") && strncasecmp(target.bytes, "https://", 8) == 0
               ? strlen("https://")
               : 0;
}

/* "http://localhost:80/path", as proxies are asked: what is behind the host is the target. RFC 9112, 3.2.2.
 */
static bool http1_split_absolute_target(struct request *request)
{
    struct span target = request_target(request);
    char *text = request->text.bytes + request->target.at;
    size_t host = http1_scheme_size(target);
    size_t end = host;

    while (end < target.size && text[end] != '/' && text[end] != '?')
        end++;
    if (host == 0 || end == host || !http1_is_authority((struct span){text + host, end - host}))
        return false;
    if (end == target.size || text[end] == '?') { /* the path is "/": the host makes room for it */
        memmove(text + host - 1, text + host, end - host);
        text[--end] = '/';
        host--;
    }
    request->authority = http1_part(request->target.at + host, end - host);
    request->target = http1_part(request->target.at + end, target.size - end);
    return true;
}

/* "localhost:80", as proxies are asked for a tunnel. RFC 9112, 3.2.3. */
static bool http1_take_authority_target(struct request *request)
{
    request->authority = request->target;
    request->target = http1_part(0, 0);
    return http1_is_authority(request_authority(request));
}

static bool http1_read_target(struct request *request)
{
    struct span target = request_target(request);

    if (target.size == 0 || target.bytes[0] == '/')
        return target.size > 0;
    if (span_is(request_method(request), "CONNECT"))
        return http1_take_authority_target(request);
    return span_is(target, "*") ? span_is(request_method(request), "OPTIONS")
                                : http1_split_absolute_target(request);
}

static int http1_read_version(struct request *request, struct span text)
{
    if (text.size != strlen("HTTP/1.1") || memcmp(text.bytes, "HTTP/", 5) != 0 || text.bytes[6] != '.')
        return 400;
    if (text.bytes[5] != '1' || (text.bytes[7] != '0' && text.bytes[7] != '1'))
        return 505;
    request->version = text.bytes[7] == '1' ? 11 : 10;
    return 0;
}

int http1_read_request_line(struct request *request, struct request_part line)
{
    const char *text = request->text.bytes + line.at;
    const char *end = text + line.size;
    const char *first = memchr(text, ' ', line.size);
    const char *last = memrchr(text, ' ', line.size);

    if (!first || last == first || memchr(first + 1, ' ', (size_t)(last - first - 1)))
        return 400;
    request->method = http1_part(line.at, (size_t)(first - text));
    request->target = http1_part(line.at + (size_t)(first + 1 - text), (size_t)(last - first - 1));
    if (!http1_is_token(request_method(request)) || !http1_read_target(request))
        return 400;
    return http1_read_version(request, (struct span){last + 1, (size_t)(end - last - 1)});
}

static bool http1_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct span http1_trim(struct span text)
{
    while (text.size > 0 && http1_is_blank(text.bytes[0]))
        text = (struct span){text.bytes + 1, text.size - 1};
    while (text.size > 0 && http1_is_blank(text.bytes[text.size - 1]))
        text.size--;
    return text;
}

size_t http1_name_size(struct span line)
{
    const char *colon = memchr(line.bytes, ':', line.size);
    size_t size = colon ? (size_t)(colon - line.bytes) : 0;

    return http1_is_token((struct span){line.bytes, size}) ? size : 0;
}

int http1_read_field(struct request *request, struct request_part line)
{
    size_t name_size = http1_name_size(request_span(request, line));

    if (name_size == 0)
        return 400;
    if (!request_begin_field(request))
        return request->refusal;
    const char *text = request->text.bytes + line.at;
    struct span value = http1_trim((struct span){text + name_size + 1, line.size - name_size - 1});
    struct request_field *field = &request->fields[request->field_count - 1];
    field->name = http1_part(line.at, name_size);
    field->value = http1_part(line.at + (size_t)(value.bytes - text), value.size);
    return 0;
}
