/* servers: how many a workload talks to. */
#include "workload.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct servers {
    void *names; /* a tree of texts: "SCHEME://HOST:PORT" */
    size_t count;
};

static int servers_compare(const void *one, const void *other)
{
    return strcasecmp(one, other);
}

static bool servers_end_with(const char *text, size_t size, const char *end)
{
    size_t length = strlen(end);

    return size >= length && memcmp(text + size - length, end, length) == 0;
}

/* Scheme, host and port of what workload_authority_length measured. Users share connections, and a port that
 * goes without saying may be said. */
static void servers_name(const char *url, size_t length, struct buffer *name)
{
    size_t scheme_length = length > 0 ? strcspn(url, ":") + 3 : 0;
    const char *host = url + scheme_length;
    const char *at = length > 0 ? memrchr(host, '@', length - scheme_length) : NULL;
    const char *port = scheme_length == strlen("https://") ? ":443" : ":80";

    buffer_clear(name);
    buffer_append(name, url, scheme_length);
    host = at ? at + 1 : host;
    size_t host_length = (size_t)(url + length - host);
    buffer_append(name, host, host_length - (servers_end_with(host, host_length, port) ? strlen(port) : 0));
    buffer_append(name, "", 1);
}

/* What there is no memory for counts as new: rather too many than too few. */
static void servers_add(struct servers *servers, const struct buffer *name)
{
    if (!name->out_of_memory && tfind(name->bytes, &servers->names, servers_compare))
        return;
    char *copy = name->out_of_memory ? NULL : strdup(name->bytes);
    if (copy && !tsearch(copy, &servers->names, servers_compare))
        free(copy);
    servers->count++;
}

size_t workload_server_count(const struct workload *workload)
{
    struct servers servers = {.count = 0};
    struct buffer name = {0};
    const char *last = "";
    size_t last_length = SIZE_MAX;

    for (uint64_t i = 0; i < workload->request_count; i++) {
        const char *url = workload_text(workload, workload_request(workload, i)->url);
        size_t length = url[0] == '/' ? 0 : workload_authority_length(url);
        if (length == last_length && strncmp(url, last, length) == 0)
            continue;
        last = url;
        last_length = length;
        servers_name(url, length, &name);
        servers_add(&servers, &name);
    }
    buffer_release(&name);
    tdestroy(servers.names, free);
    return servers.count;
}
