#include "server_ports.h"

#include <stdbool.h>
#include <string.h>

#include "environment_proxy.h"
#include "url_parts.h"

#define SERVER_PORTS_MAX (sizeof((struct server_ports *)NULL)->items / sizeof(uint16_t))

static void server_ports_add(struct server_ports *ports, uint16_t port)
{
    for (size_t i = 0; i < ports->count; i++)
        if (ports->items[i] == port)
            return;
    if (port != 0 && ports->count < SERVER_PORTS_MAX)
        ports->items[ports->count++] = port;
}

static void server_ports_add_proxy(struct server_ports *ports, const char *proxy)
{
    struct url_parts parts;

    url_parts_read_proxy(&parts, proxy);
    server_ports_add(ports, parts.port);
    url_parts_release(&parts);
}

static void server_ports_add_url(struct server_ports *ports, const char *url, bool asks_environment)
{
    struct url_parts parts;
    const char *proxy = NULL;

    url_parts_read(&parts, url);
    if (asks_environment && parts.scheme && parts.host)
        proxy = environment_proxy(parts.scheme, parts.host);
    if (proxy)
        server_ports_add_proxy(ports, proxy);
    else
        server_ports_add(ports, parts.port);
    url_parts_release(&parts);
}

static void server_ports_add_workload(
    struct server_ports *ports, const struct workload *workload, bool asks_environment)
{
    const char *last = "";
    size_t last_length = 0;

    for (uint64_t i = 0; ports->count < SERVER_PORTS_MAX && i < workload->request_count; i++) {
        const char *url = workload_text(workload, workload_request(workload, i)->url);
        size_t length = url[0] == '/' ? 0 : workload_authority_length(url);
        if (length == 0 || (length == last_length && strncmp(url, last, length) == 0))
            continue;
        last = url;
        last_length = length;
        server_ports_add_url(ports, url, asks_environment);
    }
}

void server_ports_find(struct server_ports *ports, const struct settings *settings, const char *base_url,
    const struct workload *workload)
{
    bool asks_environment = settings->proxy && strcmp(settings->proxy, PROXY_OF_ENVIRONMENT) == 0;

    *ports = (struct server_ports){.count = 0};
    if (settings->proxy && !asks_environment) {
        server_ports_add_proxy(ports, settings->proxy);
        return;
    }
    if (base_url)
        server_ports_add_url(ports, base_url, asks_environment);
    server_ports_add_workload(ports, workload, asks_environment);
}
