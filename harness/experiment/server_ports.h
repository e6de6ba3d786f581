/* server_ports: at which ports the requests of an experiment arrive: those of the servers, or of proxies. */
#ifndef HARNESS_EXPERIMENT_SERVER_PORTS_H
#define HARNESS_EXPERIMENT_SERVER_PORTS_H

#include <stddef.h>
#include <stdint.h>

#include "settings.h"
#include "workload.h"

struct server_ports {
    uint16_t items[WORKLOAD_SERVERS_MAX]; /* each once */
    size_t count;
};

/* Of the servers that workload_servers tells apart. `base_url`: of the workload's paths; NULL when it has
 * none. Redirects may lead to others. */
void server_ports_find(struct server_ports *ports, const struct settings *settings, const char *base_url,
    const struct workload *workload);

#endif
