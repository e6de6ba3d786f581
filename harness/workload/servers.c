/* servers: whom a workload talks to. */
#include "workload.h"

#include <string.h>
#include <strings.h>

struct server_names {
    const char *names[WORKLOAD_SERVERS_MAX]; /* whole URLs, of which `lengths` bytes count */
    size_t lengths[WORKLOAD_SERVERS_MAX];
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

size_t workload_servers(const struct workload *workload, const char *urls[WORKLOAD_SERVERS_MAX])
{
    struct server_names servers = {.count = 0};

    for (uint64_t i = 0; i < workload->request_count && servers.count < WORKLOAD_SERVERS_MAX; i++) {
        const char *url = workload_text(workload, workload_request(workload, i)->url);
        size_t length = url[0] == '/' ? 0 : workload_authority_length(url);
        if (servers_have(&servers, url, length))
            continue;
        servers.names[servers.count] = url;
        servers.lengths[servers.count++] = length;
    }
    memcpy(urls, servers.names, servers.count * sizeof *urls);
    return servers.count;
}

size_t workload_server_count(const struct workload *workload)
{
    const char *urls[WORKLOAD_SERVERS_MAX];
    size_t count = workload_servers(workload, urls);

    return count > 0 ? count : 1;
}
