#include "http2_head.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "date.h"

/* The place of a pseudo-header (RFC 9113, 8.3.1); NULL: there is none for it. */
static struct request_part *http2_pseudo_part(struct request *request, struct span name)
{
    if (span_is(name, ":method"))
        return &request->method;
    if (span_is(name, ":path"))
        return &request->target;
    if (span_is(name, ":authority"))
        return &request->authority;
    return NULL;
}

static bool http2_add_field(struct request *request, struct span name, struct span value)
{
    if (!request_begin_field(request))
        return false;
    struct request_field *field = &request->fields[request->field_count - 1];
    if (!request_grow_part(request, &field->name, name.bytes, name.size))
        return false;
    request_begin_part(request, &field->value);
    return request_grow_part(request, &field->value, value.bytes, value.size);
}

bool http2_read_field(struct request *request, struct span name, struct span value)
{
    if (name.size > 0 && name.bytes[0] != ':')
        return http2_add_field(request, name, value);
    struct request_part *part = http2_pseudo_part(request, name);
    if (!part)
        return true;
    request_begin_part(request, part);
    return request_grow_part(request, part, value.bytes, value.size);
}

void http2_complete_head(struct request *request)
{
    for (size_t i = 0; request->authority.size == 0 && i < request->field_count; i++)
        if (span_is(request_span(request, request->fields[i].name), "host"))
            request->authority = request->fields[i].value;
}

nghttp2_nv http2_field(const char *name, struct span value)
{
    return (nghttp2_nv){
        .name = (uint8_t *)(uintptr_t)name,         /* NOLINT(performance-no-int-to-ptr): it is only read */
        .value = (uint8_t *)(uintptr_t)value.bytes, /* NOLINT(performance-no-int-to-ptr) */
        .namelen = strlen(name),
        .valuelen = value.size,
        .flags = NGHTTP2_NV_FLAG_NO_COPY_NAME,
    };
}

void http2_fill_head(struct http2_head *head, const struct answer *answer)
{
    head->count = 0;
    (void)snprintf(head->status, sizeof head->status, "%d", answer->status);
    head->fields[head->count++] = http2_field(":status", span_of(head->status));
    head->fields[head->count++] = http2_field("date", date_now()); /* RFC 9110, 6.6.1 */
    for (size_t i = 0; i < answer->header_count; i++)
        head->fields[head->count++] = http2_field(answer->headers[i].name, answer->headers[i].value);
    if (answer->length == EXCHANGE_LENGTH_UNKNOWN)
        return;
    (void)snprintf(head->length, sizeof head->length, "%" PRIu64, answer->length);
    head->fields[head->count++] = http2_field("content-length", span_of(head->length));
}
