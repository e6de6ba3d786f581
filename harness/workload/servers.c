/* servers: whom a workload talks to, and how much. */
#include "workload.h"

#include <string.h>
#include <strings.h>

struct server_names {
    const char *names[WORKLOAD_SERVERS_MAX]; /* whole URLs, of which `lengths` bytes count */
    size_t lengths[WORKLOAD_SERVERS_MAX];
    uint64_t requests[WORKLOAD_SERVERS_MAX];
    size_t count;
    size_t last; /* where the one before was found: most requests go to the same */
};

static bool servers_have(struct server_names *servers, const char *url, size_t length)
{
    for (size_t i = 0; i < servers->count; i++) {
        size_t place = (servers->last + i) % servers->count;
        if (servers->lengths[place] == length && strncasecmp(servers->names[place], url, length) == 0) {
            servers->last = place;
            return true;
        }
    }
    return false;
}

/* Notes the server of a request that is sent `times` times. Those beyond the most are left out. */
static void servers_add(struct server_names *servers, const char *url, uint64_t times)
{
    size_t length = url[0] == '/' ? 0 : workload_authority_length(url);

    if (!servers_have(servers, url, length)) {
        if (servers->count == WORKLOAD_SERVERS_MAX)
            return;
        servers->last = servers->count++;
        servers->names[servers->last] = url;
        servers->lengths[servers->last] = length;
    }
    servers->requests[servers->last] += times;
}

size_t workload_servers(const struct workload *workload, const char *urls[WORKLOAD_SERVERS_MAX])
{
    struct server_names servers = {.count = 0};

    for (uint64_t i = 0; i < workload->request_count && servers.count < WORKLOAD_SERVERS_MAX; i++)
        servers_add(&servers, workload_text(workload, workload_request(workload, i)->url), 1);
    memcpy(urls, servers.names, servers.count * sizeof *urls);
    return servers.count;
}

size_t workload_server_count(const struct workload *workload)
{
    const char *urls[WORKLOAD_SERVERS_MAX];
    size_t count = workload_servers(workload, urls);

    return count > 0 ? count : 1;
}

uint64_t workload_requests_to_one_server(const struct workload *workload, struct workload_extent extent)
{
    struct server_names servers = {.count = 0};
    uint64_t most = 0;

    for (uint64_t i = 0; i < workload->request_count && i < extent.request_count; i++) {
        uint64_t times = (extent.request_count - i - 1) / workload->request_count + 1;
        servers_add(&servers, workload_text(workload, workload_request(workload, i)->url), times);
    }
    for (size_t i = 0; i < servers.count; i++)
        most = servers.requests[i] > most ? servers.requests[i] : most;
    return most;
}
