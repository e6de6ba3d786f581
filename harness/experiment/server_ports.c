#include "server_ports.h"

#include <stdbool.h>
#include <string.h>

#include "environment_proxy.h"
#include "url_parts.h"

static void server_ports_add(struct server_ports *ports, uint16_t port)
{
    for (size_t i = 0; i < ports->count; i++)
        if (ports->items[i] == port)
            return;
    if (port != 0)
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

void server_ports_find(struct server_ports *ports, const struct settings *settings, const char *base_url,
    const struct workload *workload)
{
    bool asks_environment = settings->proxy && strcmp(settings->proxy, PROXY_OF_ENVIRONMENT) == 0;
    const char *urls[WORKLOAD_SERVERS_MAX];
    size_t count = workload_servers(workload, urls);

    *ports = (struct server_ports){.count = 0};
    if (settings->proxy && !asks_environment) {
        server_ports_add_proxy(ports, settings->proxy);
        return;
    }
    for (size_t i = 0; i < count; i++)
        server_ports_add_url(ports, urls[i][0] == '/' ? base_url : urls[i], asks_environment);
}
