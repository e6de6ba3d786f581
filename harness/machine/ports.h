/*
 * ports: the local ports that connections to one server can have, and when those in use become free.
 *
 *     struct ports ports;
 *     ports_look(&ports, server_ports, count);
 *     ... ports_wait_s(&ports, needed) > 0: sleep, look again ...
 *
 * Whoever closes a connection first keeps its port for a minute (TIME_WAIT), as far as the same server is
 * concerned: other servers' connections may share it. Where net.ipv4.tcp_tw_reuse says so, the kernel gives
 * it away after a second. All of this is of the network namespace of this process.
 */
#ifndef HARNESS_MACHINE_PORTS_H
#define HARNESS_MACHINE_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arms.h"
#include "workload.h"

/* How long the kernel keeps a port (TCP_TIMEWAIT_LEN). */
#define PORTS_KEPT_S 60

/* As the settings of the kernel have it. */
struct ports_rules {
    uint64_t first; /* the range; all 0: unknown */
    uint64_t last;
    uint64_t count;       /* of those in it that are not reserved */
    bool reuses_loopback; /* ports in TIME_WAIT, after `reuse_ms` */
    bool reuses_all;
    uint64_t reuse_ms;
};

/* What the texts of the kernel's files say; `reserved` may be empty. */
struct ports_rules ports_parse_rules(
    const char *range, const char *reserved, uint64_t tw_reuse, uint64_t reuse_ms);

/* False when so many are surely free for connections to any server: cheaper than to look. */
bool ports_may_be_short(uint64_t needed);

/* How many ports there are for connections to one server; 0 when unknown. */
uint64_t ports_count(void);

/* The ports for connections to that server for which fewest are free. */
struct ports {
    uint64_t count;                      /* 0: unknown */
    uint64_t busy;                       /* by connections that are open, and by servers of this machine */
    uint64_t waiting;                    /* in TIME_WAIT, and not yet to be used again */
    uint64_t freed_in[PORTS_KEPT_S + 1]; /* [s]: how many of these become free within s + 1 seconds, not s */
};

/* Counts the connections to any address at one of the `server_ports`. What can't be found out is not
 * counted. */
void ports_look(struct ports *ports, const uint16_t *server_ports, size_t server_port_count);

/* As ports_look, from the rules and the text of /proc/net/tcp; that of tcp6 may be "". */
void ports_count_sockets(struct ports *ports, const struct ports_rules *rules, const uint16_t *server_ports,
    size_t server_port_count, const char *tcp, const char *tcp6);

/* In how many seconds as many ports are free as are needed, or as there can be; 0: now. */
unsigned int ports_wait_s(const struct ports *ports, uint64_t needed);

/* How many requests of the extent go to one server or proxy, at most. */
uint64_t ports_requests(
    const struct settings *settings, const struct workload *workload, struct workload_extent extent);

/* The most connections that a trial of the arm opens to one server, in one pass of the workload, as far as
 * strategy and settings tell. `requests`: as ports_requests says, in an extent of `batches`. */
uint64_t ports_needed(const struct arm *arm, uint64_t requests, uint64_t batches);

/* Does it open a connection for each request or batch, in a warm pass as well? */
bool ports_are_used_once(const struct arm *arm);

/* What among the settings has each request open a connection, such as "--no-reuse"; NULL when nothing does.
 */
const char *ports_cause(const struct settings *settings);

/* What helps when ports are short: "lower --requests, ...". Both texts are static. */
const char *ports_remedy(const struct settings *settings);

#endif
