#include "request.h"

#include <stdlib.h>
#include <strings.h>

#define REQUEST_FIELDS_KEPT 64 /* room for so many is kept for the next request */

enum { TOO_LARGE_BODY = 413, TOO_LARGE_HEAD = 431, OUT_OF_MEMORY = 503 };

static bool request_refuse(struct request *request, int status)
{
    request->refusal = status;
    return false;
}

void request_release(struct request *request)
{
    buffer_release(&request->text);
    buffer_release(&request->body);
    free(request->fields);
    *request = (struct request){.fields = NULL};
}

void request_clear(struct request *request)
{
    buffer_reuse(&request->text);
    buffer_reuse(&request->body);
    if (request->field_capacity > REQUEST_FIELDS_KEPT) {
        free(request->fields);
        request->fields = NULL;
        request->field_capacity = 0;
    }
    *request = (struct request){
        .text = request->text,
        .fields = request->fields,
        .field_capacity = request->field_capacity,
        .body = request->body,
        .is_secure = request->is_secure,
    };
}

void request_begin_part(struct request *request, struct request_part *part)
{
    *part = (struct request_part){.at = (uint32_t)request->text.size};
}

bool request_grow_part(struct request *request, struct request_part *part, const char *bytes, size_t size)
{
    if (size > REQUEST_HEAD_MAX - request->text.size)
        return request_refuse(request, TOO_LARGE_HEAD);
    buffer_append(&request->text, bytes, size);
    if (request->text.out_of_memory)
        return request_refuse(request, OUT_OF_MEMORY);
    part->size += (uint32_t)size;
    return true;
}

/* Room for one more. */
static bool request_reserve_field(struct request *request)
{
    size_t capacity = 2 * request->field_capacity + 8;

    if (request->field_count < request->field_capacity)
        return true;
    struct request_field *fields = realloc(request->fields, capacity * sizeof *fields);
    if (!fields)
        return request_refuse(request, OUT_OF_MEMORY);
    request->fields = fields;
    request->field_capacity = capacity;
    return true;
}

bool request_begin_field(struct request *request)
{
    if (request->field_count == REQUEST_FIELDS_MAX)
        return request_refuse(request, TOO_LARGE_HEAD);
    if (!request_reserve_field(request))
        return false;
    struct request_field *field = &request->fields[request->field_count++];
    request_begin_part(request, &field->name);
    request_begin_part(request, &field->value);
    return true;
}

bool request_grow_body(struct request *request, const char *bytes, size_t size)
{
    if (size > REQUEST_BODY_MAX - request->body.size)
        return request_refuse(request, TOO_LARGE_BODY);
    buffer_append(&request->body, bytes, size);
    return !request->body.out_of_memory || request_refuse(request, OUT_OF_MEMORY);
}

struct span request_span(const struct request *request, struct request_part part)
{
    return part.size > 0 ? (struct span){request->text.bytes + part.at, part.size} : (struct span){"", 0};
}

struct span request_method(const struct request *request)
{
    return request_span(request, request->method);
}

struct span request_target(const struct request *request)
{
    return request_span(request, request->target);
}

struct span request_authority(const struct request *request)
{
    return request_span(request, request->authority);
}

const char *request_scheme(const struct request *request)
{
    return request->is_secure ? "https" : "http";
}

struct span request_path(const struct request *request)
{
    struct span target = request_target(request);
    const char *mark = memchr(target.bytes, '?', target.size);

    return mark ? (struct span){target.bytes, (size_t)(mark - target.bytes)} : target;
}

struct span request_query(const struct request *request)
{
    struct span target = request_target(request);
    const char *mark = memchr(target.bytes, '?', target.size);

    return mark ? (struct span){mark + 1, target.size - (size_t)(mark + 1 - target.bytes)}
                : (struct span){NULL, 0};
}

struct span request_header(const struct request *request, const char *name)
{
    size_t size = strlen(name);

    for (size_t i = 0; i < request->field_count; i++) {
        struct span found = request_span(request, request->fields[i].name);
        if (found.size == size && strncasecmp(found.bytes, name, size) == 0)
            return request_span(request, request->fields[i].value);
    }
    return (struct span){NULL, 0};
}
