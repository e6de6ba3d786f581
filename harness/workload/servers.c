/* servers: whom a workload talks to, and how much. */
#include "workload.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct server {
    char *name;      /* "SCHEME://HOST:PORT"; owned */
    const char *url; /* the first that goes there */
    uint64_t requests;
    struct server *next; /* in the order of the table */
};

struct servers {
    void *tree; /* of the list's servers, by name */
    struct server *first;
    struct server **end;
    struct server *last_found; /* most requests go where the one before went */
    size_t count;
    struct buffer name;
};

static int servers_compare(const void *one, const void *other)
{
    return strcasecmp(((const struct server *)one)->name, ((const struct server *)other)->name);
}

static bool servers_end_with(const char *text, size_t size, const char *end)
{
    size_t length = strlen(end);

    return size >= length && memcmp(text + size - length, end, length) == 0;
}

static size_t servers_authority_length(const char *url)
{
    return url[0] == '/' ? 0 : workload_authority_length(url);
}

/* Scheme, host and port. Users share connections, and a port that goes without saying may be said. */
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

/* NULL when there is no memory for it. */
static struct server *servers_append(struct servers *servers, const char *url)
{
    struct server *server = calloc(1, sizeof *server);
    char *name = strdup(servers->name.bytes);

    if (server)
        *server = (struct server){.name = name, .url = url};
    if (!server || !name || !tsearch(server, &servers->tree, servers_compare)) {
        free(name);
        free(server);
        return NULL;
    }
    *servers->end = server;
    servers->end = &server->next;
    return server;
}

static struct server *servers_find(struct servers *servers, const char *url)
{
    const struct server *last = servers->last_found;
    size_t length = servers_authority_length(url);

    if (last && servers_authority_length(last->url) == length && strncmp(last->url, url, length) == 0)
        return servers->last_found;
    servers_name(url, length, &servers->name);
    if (servers->name.out_of_memory)
        return NULL;
    struct server key = {.name = servers->name.bytes};
    struct server *const *found = tfind(&key, &servers->tree, servers_compare);
    return found ? *found : NULL;
}

/* The server of a request that is sent `times` times. What there is no memory for counts as new: rather too
 * many than too few. */
static void servers_add(struct servers *servers, const char *url, uint64_t times)
{
    struct server *server = servers_find(servers, url);

    if (!server) {
        servers->count++;
        server = servers->name.out_of_memory ? NULL : servers_append(servers, url);
    }
    if (server)
        server->requests += times;
    servers->last_found = server;
}

/* Those of the requests that are sent when `request_count` are: the table's, again and again. */
static void servers_collect(struct servers *servers, const struct workload *workload, uint64_t request_count)
{
    *servers = (struct servers){.count = 0};
    servers->end = &servers->first;
    for (uint64_t i = 0; i < workload->request_count && i < request_count; i++) {
        uint64_t times = (request_count - i - 1) / workload->request_count + 1;
        servers_add(servers, workload_text(workload, workload_request(workload, i)->url), times);
    }
}

static void servers_keep(void *server)
{
    (void)server; /* the list frees it */
}

static void servers_release(struct servers *servers)
{
    tdestroy(servers->tree, servers_keep);
    while (servers->first) {
        struct server *server = servers->first;
        servers->first = server->next;
        free(server->name);
        free(server);
    }
    buffer_release(&servers->name);
}

size_t workload_servers(const struct workload *workload, const char *urls[WORKLOAD_SERVERS_MAX])
{
    struct servers servers;
    size_t count = 0;

    servers_collect(&servers, workload, workload->request_count);
    for (const struct server *server = servers.first; server && count < WORKLOAD_SERVERS_MAX;
         server = server->next)
        urls[count++] = server->url;
    servers_release(&servers);
    return count;
}

size_t workload_server_count(const struct workload *workload)
{
    struct servers servers;

    servers_collect(&servers, workload, workload->request_count);
    servers_release(&servers);
    return servers.count > 0 ? servers.count : 1;
}

size_t workload_plain_server_count(const struct workload *workload)
{
    struct servers servers;
    size_t count = 0;

    servers_collect(&servers, workload, workload->request_count);
    for (const struct server *server = servers.first; server; server = server->next)
        count += strncasecmp(server->url, "http:", 5) == 0;
    servers_release(&servers);
    return count;
}

uint64_t workload_requests_to_one_server(const struct workload *workload, struct workload_extent extent)
{
    struct servers servers;
    uint64_t most = 0;

    servers_collect(&servers, workload, extent.request_count);
    for (const struct server *server = servers.first; server; server = server->next)
        most = server->requests > most ? server->requests : most;
    servers_release(&servers);
    return most;
}
