/* prepared: the workload's requests with their URLs resolved and their header lists made. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool prepared_append(struct curl_slist **list, const char *header)
{
    struct curl_slist *longer = curl_slist_append(*list, header);

    if (longer)
        *list = longer;
    return longer != NULL;
}

static size_t prepared_name_size(const char *header)
{
    return strcspn(header, ":;");
}

/* Do the two lines "Name: value" have the same name? */
static bool prepared_is_same_header(const char *one, const char *other)
{
    size_t size = prepared_name_size(one);

    return prepared_name_size(other) == size && strncasecmp(one, other, size) == 0;
}

static bool prepared_is_empty(const char *header)
{
    const char *value = header + prepared_name_size(header) + 1;

    return value[strspn(value, " \t")] == '\0';
}

/* To libcurl, "Name:" means that it is to send no such header of its own; "Name;" is sent, with an empty
 * value. */
static bool prepared_append_line(struct curl_slist **list, const char *header)
{
    if (!prepared_is_empty(header))
        return prepared_append(list, header);

    struct buffer line = {0};
    buffer_append(&line, header, prepared_name_size(header));
    buffer_append(&line, ";", 2);
    bool is_complete = !line.out_of_memory && prepared_append(list, line.bytes);
    buffer_release(&line);
    return is_complete;
}

/* The headers that a request is to have: its own, and those of all requests that it does not replace. */
struct prepared_lines {
    const char *own; /* `own_count` texts, one after the other */
    uint32_t own_count;
    const struct texts *common;
};

static bool prepared_own_lines_have(const struct prepared_lines *lines, const char *header)
{
    const char *own = lines->own;

    for (uint32_t i = 0; i < lines->own_count; i++, own += strlen(own) + 1)
        if (prepared_is_same_header(own, header))
            return true;
    return false;
}

static bool prepared_lines_have(const struct prepared_lines *lines, const char *header)
{
    bool found = prepared_own_lines_have(lines, header);

    for (size_t i = 0; !found && i < lines->common->count; i++)
        found = prepared_is_same_header(lines->common->items[i], header);
    return found;
}

/* "Expect" is about a body, and "Expect:" says that there is nothing to wait for. */
static bool prepared_is_left_out(const char *header, enum content content)
{
    return prepared_is_same_header(header, "Expect:") &&
           (content != CONTENT_BODY || prepared_is_empty(header));
}

static bool prepared_expects(const struct prepared_lines *lines)
{
    const char *own = lines->own;

    for (uint32_t i = 0; i < lines->own_count; i++, own += strlen(own) + 1)
        if (prepared_is_same_header(own, "Expect:"))
            return !prepared_is_empty(own);
    for (size_t i = 0; i < lines->common->count; i++)
        if (prepared_is_same_header(lines->common->items[i], "Expect:") &&
            !prepared_is_empty(lines->common->items[i]))
            return true;
    return false;
}

/* What libcurl would send of itself, and must not. */
static bool prepared_append_removals(
    struct curl_slist **list, const struct prepared_lines *lines, enum content content)
{
    /* Without this, a body over 1 MB waits up to a second for "100 Continue", unasked. */
    if (content == CONTENT_BODY && !prepared_expects(lines))
        return prepared_append(list, "Expect:");
    /* What is not there is of no type. */
    if (content == CONTENT_EMPTY && !prepared_lines_have(lines, "Content-Type:"))
        return prepared_append(list, "Content-Type:");
    return true;
}

static bool prepared_make_list(
    struct curl_slist **list, const struct prepared_lines *lines, enum content content)
{
    const char *own = lines->own;
    bool complete = prepared_append_removals(list, lines, content);

    for (uint32_t i = 0; complete && i < lines->own_count; i++, own += strlen(own) + 1)
        if (!prepared_is_left_out(own, content))
            complete = prepared_append_line(list, own);
    for (size_t i = 0; complete && i < lines->common->count; i++) {
        const char *common = lines->common->items[i];
        if (!prepared_is_left_out(common, content) && !prepared_own_lines_have(lines, common))
            complete = prepared_append_line(list, common);
    }
    return complete;
}

/* What a path is put behind. */
struct prepared_base {
    const char *url;
    size_t length; /* without a "/" at its end */
};

static struct prepared_base prepared_base(const struct settings *settings)
{
    struct prepared_base base = {settings->base_url ? settings->base_url : "", 0};

    base.length = strlen(base.url);
    while (base.length > 0 && base.url[base.length - 1] == '/')
        base.length--;
    return base;
}

/* What all resolved paths take, one after the other. Those of copies are the same ones. */
static size_t prepared_urls_size(const struct prepared_base *base, const struct workload *workload)
{
    size_t size = 0;

    for (uint64_t b = 0; b < workload->batch_count; b++) {
        const struct workload_batch *batch = workload_batch(workload, b);
        uint64_t count = workload_batch_is_copy(workload, b) ? 0 : batch->request_count;
        for (uint64_t i = batch->first_request; i < batch->first_request + count; i++) {
            const char *url = workload_text(workload, workload_request(workload, i)->url);
            size += url[0] == '/' ? base->length + strlen(url) + 1 : 0;
        }
    }
    return size;
}

static const char *prepared_resolve(
    struct prepared_requests *prepared, const struct prepared_base *base, const char *url)
{
    if (url[0] != '/')
        return url;
    const char *resolved = prepared->urls.bytes + prepared->urls.size;
    buffer_append(&prepared->urls, base->url, base->length);
    buffer_append(&prepared->urls, url, strlen(url) + 1);
    return resolved;
}

static bool prepared_set_common_headers(struct prepared_requests *prepared, const struct settings *settings)
{
    const struct prepared_lines lines = {.own = "", .common = &settings->headers};
    bool complete = true;

    for (int content = 0; complete && content < CONTENT_COUNT; content++)
        complete = prepared_make_list(&prepared->common_headers[content], &lines, (enum content)content);
    return complete;
}

/* The methods that are meant to bring something (RFC 9110, 8.6 and 9.3; RFC 5789). */
static enum content prepared_content(const char *method, const char *body)
{
    static const char *const bringing[] = {"POST", "PUT", "PATCH"};

    if (body)
        return CONTENT_BODY;
    for (size_t i = 0; i < sizeof bringing / sizeof bringing[0]; i++)
        if (strcmp(method, bringing[i]) == 0)
            return CONTENT_EMPTY;
    return CONTENT_NONE;
}

/* What is the same for all requests of a trial. */
struct prepared_task {
    const struct settings *settings;
    const struct workload *workload;
    struct prepared_base base;
};

static bool prepared_set_request(
    struct prepared_requests *prepared, const struct prepared_task *task, uint64_t index)
{
    const struct workload *workload = task->workload;
    const struct workload_request *request = workload_request(workload, index);
    struct prepared_request *item = &prepared->items[index];

    item->url = prepared_resolve(prepared, &task->base, workload_text(workload, request->url));
    item->http_version = http_version_for(task->settings, item->url);
    item->method = workload_text(workload, request->method);
    item->body = workload_text(workload, request->body);
    item->body_size = (curl_off_t)request->body_size;
    item->content = prepared_content(item->method, item->body);
    item->expected_status = (uint16_t)request->expected_status;
    item->headers = prepared->common_headers[item->content];
    if (request->headers == 0)
        return true;
    const struct prepared_lines lines = {
        workload_text(workload, request->headers), request->header_count, &task->settings->headers};
    item->headers = NULL;
    item->has_own_headers = true;
    return prepared_make_list(&item->headers, &lines, item->content);
}

/* The same as the batch before it, whose header lists stay that one's to free. */
static void prepared_share_batch(struct prepared_requests *prepared, const struct workload_batch *batch)
{
    struct prepared_request *items = &prepared->items[batch->first_request];

    memcpy(items, items - batch->request_count, (size_t)batch->request_count * sizeof *items);
    for (uint64_t i = 0; i < batch->request_count; i++)
        items[i].has_own_headers = false;
}

static bool prepared_set_batches(struct prepared_requests *prepared, const struct prepared_task *task)
{
    const struct workload *workload = task->workload;
    bool complete = true;

    for (uint64_t b = 0; complete && b < workload->batch_count; b++) {
        const struct workload_batch *batch = workload_batch(workload, b);
        if (workload_batch_is_copy(workload, b)) {
            prepared_share_batch(prepared, batch);
            continue;
        }
        for (uint64_t i = 0; complete && i < batch->request_count; i++)
            complete = prepared_set_request(prepared, task, batch->first_request + i);
    }
    return complete;
}

int prepared_requests_init(struct prepared_requests *prepared, const struct settings *settings,
    const struct workload *workload, struct failure *failure)
{
    const struct prepared_task task = {settings, workload, prepared_base(settings)};

    *prepared = (struct prepared_requests){0};
    prepared->items = calloc((size_t)workload->request_count, sizeof *prepared->items);
    prepared->count = prepared->items ? (size_t)workload->request_count : 0;
    bool complete = prepared->items && prepared_set_common_headers(prepared, settings) &&
                    /* as a whole, because the texts must not move */
                    buffer_reserve(&prepared->urls, prepared_urls_size(&task.base, workload)) &&
                    prepared_set_batches(prepared, &task);
    if (complete)
        return 0;
    prepared_requests_release(prepared);
    return failure_set(failure, FAILURE_RUN, "out of memory for %llu requests; run fewer with --requests",
        (unsigned long long)workload->request_count);
}

/* A block of the heap: 8 bytes beside what is asked for, in steps of 16, and at least 32 (glibc). */
static double prepared_block_bytes(size_t size)
{
    size_t block = (size + 8 + 15) / 16 * 16;

    return (double)(block < 32 ? 32 : block);
}

static double prepared_header_bytes(const char *header)
{
    return prepared_block_bytes(sizeof(struct curl_slist)) + prepared_block_bytes(strlen(header) + 1);
}

/* A list of the request's own: its lines, and at most all the common ones and what is left out. */
static double prepared_list_bytes(
    const struct settings *settings, const struct workload *workload, const struct workload_request *request)
{
    const char *own = workload_text(workload, request->headers);
    double bytes = request->body ? prepared_header_bytes("Expect:") : 0;

    for (uint32_t i = 0; i < request->header_count; i++, own += strlen(own) + 1)
        bytes += prepared_header_bytes(own);
    for (size_t i = 0; i < settings->headers.count; i++)
        bytes += prepared_header_bytes(settings->headers.items[i]);
    return request->header_count > 0 ? bytes : 0;
}

double prepared_requests_bytes(const struct settings *settings, const struct workload *workload)
{
    const struct prepared_base base = prepared_base(settings);
    double bytes = (double)workload->request_count * (double)sizeof(struct prepared_request);

    for (uint64_t b = 0; b < workload->batch_count; b++) {
        const struct workload_batch *batch = workload_batch(workload, b);
        uint64_t count = workload_batch_is_copy(workload, b) ? 0 : batch->request_count;
        for (uint64_t i = batch->first_request; i < batch->first_request + count; i++)
            bytes += prepared_list_bytes(settings, workload, workload_request(workload, i));
    }
    return bytes + (double)prepared_urls_size(&base, workload);
}

void prepared_requests_release(struct prepared_requests *prepared)
{
    for (size_t i = 0; i < prepared->count; i++)
        if (prepared->items[i].has_own_headers)
            curl_slist_free_all(prepared->items[i].headers);
    for (size_t content = 0; content < CONTENT_COUNT; content++)
        curl_slist_free_all(prepared->common_headers[content]);
    buffer_release(&prepared->urls);
    free(prepared->items);
    *prepared = (struct prepared_requests){0};
}
