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

/* The texts of all resolved paths, one after the other. */
static bool prepared_resolve_paths(
    struct prepared_requests *prepared, const struct settings *settings, const struct workload *workload)
{
    size_t base_length = settings->base_url ? strlen(settings->base_url) : 0;
    size_t size = 0;

    while (base_length > 0 && settings->base_url[base_length - 1] == '/')
        base_length--;
    for (uint64_t i = 0; i < workload->request_count; i++) {
        const char *url = workload_text(workload, workload_request(workload, i)->url);
        size += url[0] == '/' ? base_length + strlen(url) + 1 : 0;
    }
    if (!buffer_reserve(&prepared->urls, size))
        return false; /* reserved as a whole: the texts must not move */
    for (uint64_t i = 0; i < workload->request_count; i++) {
        const char *url = workload_text(workload, workload_request(workload, i)->url);
        prepared->items[i].url = url;
        if (url[0] != '/')
            continue;
        prepared->items[i].url = prepared->urls.bytes + prepared->urls.size;
        buffer_append(&prepared->urls, settings->base_url ? settings->base_url : "", base_length);
        buffer_append(&prepared->urls, url, strlen(url) + 1);
    }
    return true;
}

static bool prepared_set_common_headers(struct prepared_requests *prepared, const struct settings *settings)
{
    /* Without this, a body over 1 MB waits up to a second for "100 Continue". */
    bool complete = prepared_append(&prepared->common_headers, "Expect:");

    for (size_t i = 0; complete && i < settings->headers.count; i++)
        complete = prepared_append(&prepared->common_headers, settings->headers.items[i]);
    return complete;
}

static bool prepared_set_request(
    struct prepared_requests *prepared, const struct workload *workload, uint64_t index)
{
    const struct workload_request *request = workload_request(workload, index);
    struct prepared_request *item = &prepared->items[index];

    item->method = workload_text(workload, request->method);
    item->body = workload_text(workload, request->body);
    item->body_size = (curl_off_t)request->body_size;
    item->expected_status = (uint16_t)request->expected_status;
    item->headers = prepared->common_headers;
    return request->header_count == 0 || prepared_set_own_headers(item, prepared, workload, request);
}

int prepared_requests_init(struct prepared_requests *prepared, const struct settings *settings,
    const struct workload *workload, struct failure *failure)
{
    *prepared = (struct prepared_requests){0};
    prepared->items = calloc((size_t)workload->request_count, sizeof *prepared->items);
    prepared->count = prepared->items ? (size_t)workload->request_count : 0;
    bool complete = prepared->items && prepared_set_common_headers(prepared, settings) &&
                    prepared_resolve_paths(prepared, settings, workload);
    for (uint64_t i = 0; complete && i < workload->request_count; i++)
        complete = prepared_set_request(prepared, workload, i);
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
