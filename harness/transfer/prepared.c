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

/* Do the two lines "Name: value" have the same name? */
static bool prepared_is_same_header(const char *one, const char *other)
{
    size_t length = strcspn(one, ":;");

    return strcspn(other, ":;") == length && strncasecmp(one, other, length) == 0;
}

static bool prepared_brings_header(
    const struct workload *workload, const struct workload_request *request, const char *header)
{
    const char *own = workload_text(workload, request->headers);

    for (uint32_t i = 0; i < request->header_count; i++, own += strlen(own) + 1)
        if (prepared_is_same_header(own, header))
            return true;
    return false;
}

static bool prepared_set_own_headers(struct prepared_request *item, const struct prepared_requests *prepared,
    const struct workload *workload, const struct workload_request *request)
{
    const char *own = workload_text(workload, request->headers);
    bool complete = true;

    item->headers = NULL;
    item->has_own_headers = true;
    for (uint32_t i = 0; complete && i < request->header_count; i++, own += strlen(own) + 1)
        complete = prepared_append(&item->headers, own);
    for (struct curl_slist *common = prepared->common_headers; complete && common; common = common->next)
        if (!prepared_brings_header(workload, request, common->data))
            complete = prepared_append(&item->headers, common->data);
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

/* Room for all resolved paths, one after the other: reserved as a whole, because the texts must not move.
 * Those of copies are the same ones. */
static bool prepared_reserve_urls(
    struct prepared_requests *prepared, const struct prepared_base *base, const struct workload *workload)
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
    return buffer_reserve(&prepared->urls, size) != NULL;
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
    /* Without this, a body over 1 MB waits up to a second for "100 Continue". */
    bool complete = prepared_append(&prepared->common_headers, "Expect:");

    for (size_t i = 0; complete && i < settings->headers.count; i++)
        complete = prepared_append(&prepared->common_headers, settings->headers.items[i]);
    return complete;
}

static bool prepared_set_request(struct prepared_requests *prepared, const struct prepared_base *base,
    const struct workload *workload, uint64_t index)
{
    const struct workload_request *request = workload_request(workload, index);
    struct prepared_request *item = &prepared->items[index];

    item->url = prepared_resolve(prepared, base, workload_text(workload, request->url));
    item->method = workload_text(workload, request->method);
    item->body = workload_text(workload, request->body);
    item->body_size = (curl_off_t)request->body_size;
    item->expected_status = (uint16_t)request->expected_status;
    item->headers = prepared->common_headers;
    return request->header_count == 0 || prepared_set_own_headers(item, prepared, workload, request);
}

/* The same as the batch before it, whose header lists stay that one's to free. */
static void prepared_share_batch(struct prepared_requests *prepared, const struct workload_batch *batch)
{
    struct prepared_request *items = &prepared->items[batch->first_request];

    memcpy(items, items - batch->request_count, (size_t)batch->request_count * sizeof *items);
    for (uint64_t i = 0; i < batch->request_count; i++)
        items[i].has_own_headers = false;
}

static bool prepared_set_batches(
    struct prepared_requests *prepared, const struct prepared_base *base, const struct workload *workload)
{
    bool complete = true;

    for (uint64_t b = 0; complete && b < workload->batch_count; b++) {
        const struct workload_batch *batch = workload_batch(workload, b);
        if (workload_batch_is_copy(workload, b)) {
            prepared_share_batch(prepared, batch);
            continue;
        }
        for (uint64_t i = 0; complete && i < batch->request_count; i++)
            complete = prepared_set_request(prepared, base, workload, batch->first_request + i);
    }
    return complete;
}

int prepared_requests_init(struct prepared_requests *prepared, const struct settings *settings,
    const struct workload *workload, struct failure *failure)
{
    const struct prepared_base base = prepared_base(settings);

    *prepared = (struct prepared_requests){0};
    prepared->items = calloc((size_t)workload->request_count, sizeof *prepared->items);
    prepared->count = prepared->items ? (size_t)workload->request_count : 0;
    bool complete = prepared->items && prepared_set_common_headers(prepared, settings) &&
                    prepared_reserve_urls(prepared, &base, workload) &&
                    prepared_set_batches(prepared, &base, workload);
    if (complete)
        return 0;
    prepared_requests_release(prepared);
    return failure_set(failure, FAILURE_RUN, "out of memory for %llu requests; run fewer with --requests",
        (unsigned long long)workload->request_count);
}

void prepared_requests_release(struct prepared_requests *prepared)
{
    for (size_t i = 0; i < prepared->count; i++)
        if (prepared->items[i].has_own_headers)
            curl_slist_free_all(prepared->items[i].headers);
    curl_slist_free_all(prepared->common_headers);
    buffer_release(&prepared->urls);
    free(prepared->items);
    *prepared = (struct prepared_requests){0};
}
