#include "http1_framing.h"

#include <string.h>
#include <strings.h>

#include "http1_head.h"

static bool http1_span_is(struct span span, const char *text)
{
    return span.size == strlen(text) && strncasecmp(span.bytes, text, span.size) == 0;
}

/* Takes the first item, without the blanks around it, from a list that commas separate. */
static struct span http1_next_item(struct span *list)
{
    const char *comma = memchr(list->bytes, ',', list->size);
    size_t size = comma ? (size_t)(comma - list->bytes) : list->size;
    struct span item = http1_trim((struct span){list->bytes, size});
    size_t used = comma ? size + 1 : size;

    *list = (struct span){list->bytes + used, list->size - used};
    return item;
}

static bool http1_list_has(struct span list, const char *word)
{
    while (list.size > 0)
        if (http1_span_is(http1_next_item(&list), word))
            return true;
    return false;
}

static bool http1_list_ends_in(struct span list, const char *word)
{
    struct span item = {"", 0};

    while (list.size > 0)
        item = http1_next_item(&list);
    return http1_span_is(item, word);
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

static int http1_note_length(struct http1_framing *framing, struct span value)
{
    uint64_t length;

    if (!http1_read_length(value, &length) || (framing->has_length && length != framing->length))
        return 400;
    framing->has_length = true;
    framing->length = length;
    return length > REQUEST_BODY_MAX ? 413 : 0;
}

/* Only a list that ends in "chunked" tells where the body ends. */
static int http1_note_coding(struct http1_framing *framing, struct span value)
{
    if (framing->is_chunked || !http1_list_ends_in(value, "chunked"))
        return 400;
    framing->is_chunked = true;
    return http1_span_is(value, "chunked") ? 0 : 501;
}

static int http1_note_host(struct http1_framing *framing, struct request *request, struct request_part value)
{
    if (framing->has_host || !http1_is_authority(request_span(request, value)))
        return 400;
    framing->has_host = true;
    if (request->authority.size == 0) /* that of an absolute target counts more */
        request->authority = value;
    return 0;
}

static int http1_note_connection(struct http1_framing *framing, struct span value)
{
    framing->closes = framing->closes || http1_list_has(value, "close");
    framing->keeps_alive = framing->keeps_alive || http1_list_has(value, "keep-alive");
    return 0;
}

static int http1_note_field(
    struct http1_framing *framing, struct request *request, struct request_field field)
{
    struct span name = request_span(request, field.name);
    struct span value = request_span(request, field.value);

    if (http1_span_is(name, "content-length"))
        return http1_note_length(framing, value);
    if (http1_span_is(name, "transfer-encoding"))
        return http1_note_coding(framing, value);
    if (http1_span_is(name, "host"))
        return http1_note_host(framing, request, field.value);
    if (http1_span_is(name, "connection"))
        return http1_note_connection(framing, value);
    if (http1_span_is(name, "expect"))
        framing->expects_continue = http1_span_is(value, "100-continue");
    return 0;
}

/* Do they fit together? HTTP/1.0 knows no chunks, and need not tell the host. */
static bool http1_is_sound(const struct http1_framing *framing, int version)
{
    if (framing->is_chunked && (framing->has_length || version == 10))
        return false;
    return framing->has_host || version == 10;
}

int http1_read_framing(struct http1_framing *framing, struct request *request)
{
    bool is_old = request->version == 10;

    *framing = (struct http1_framing){.has_length = false};
    for (size_t i = 0; i < request->field_count; i++) {
        int refusal = http1_note_field(framing, request, request->fields[i]);
        if (refusal != 0)
            return refusal;
    }
    framing->keeps_alive = !framing->closes && (framing->keeps_alive || !is_old);
    framing->expects_continue = framing->expects_continue && !is_old;
    return http1_is_sound(framing, request->version) ? 0 : 400;
}
