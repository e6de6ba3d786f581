#include "ports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buffer.h"
#include "proc_file.h"

#define SYSCTL "/proc/sys/net/ipv4/"

/* More servers are not told apart. */
#define SERVERS_MAX 64

/* States of a socket in /proc/net/tcp (include/net/tcp_states.h). */
enum { STATE_FIN_WAIT2 = 5, STATE_TIME_WAIT = 6, STATE_CLOSE = 7, STATE_LISTEN = 10 };

/* The timer of TIME_WAIT, and of FIN_WAIT2 once the connection has no descriptor. */
#define TIMER_TIME_WAIT 3

/* The rest of a time in /proc/net/tcp is in ticks of 10 ms (USER_HZ). */
#define MS_PER_TICK 10

#define KEPT_MS (PORTS_KEPT_S * UINT64_C(1000))

/* An address and a port, as /proc/net/tcp writes them. */
struct server {
    char address[33];
    unsigned int port;
    struct ports ports;
};

/* One line of /proc/net/tcp. */
struct socket_line {
    char local[33];
    char remote[33];
    unsigned int local_port;
    unsigned int remote_port;
    unsigned int state;
    unsigned int timer;
    unsigned long ticks; /* until the timer expires */
};

struct count {
    const struct ports_rules *rules;
    const uint16_t *server_ports;
    size_t server_port_count;
    uint64_t listening;
    struct server servers[SERVERS_MAX];
    size_t server_count;
};

/* ---- the rules ---- */

/* How many of the ports in the list, such as "8080,9148-9150", lie in the range. Lists do not overlap. */
static uint64_t ports_reserved(const char *list, uint64_t first, uint64_t last)
{
    uint64_t count = 0;

    while (list[0] >= '0' && list[0] <= '9') {
        char *rest = NULL;
        uint64_t from = strtoull(list, &rest, 10);
        uint64_t to = rest[0] == '-' ? strtoull(rest + 1, &rest, 10) : from;
        from = from > first ? from : first;
        to = to < last ? to : last;
        count += from <= to ? to - from + 1 : 0;
        list = rest + (rest[0] == ',');
    }
    return count;
}

struct ports_rules ports_parse_rules(
    const char *range, const char *reserved, uint64_t tw_reuse, uint64_t reuse_ms)
{
    char *rest = NULL;
    uint64_t first = strtoull(range, &rest, 10);
    uint64_t last = strtoull(rest, NULL, 10);

    if (first == 0 || last < first)
        return (struct ports_rules){.count = 0};
    return (struct ports_rules){.first = first,
        .last = last,
        .count = last - first + 1 - ports_reserved(reserved, first, last),
        .reuses_loopback = tw_reuse == 1 || tw_reuse == 2,
        .reuses_all = tw_reuse == 1,
        .reuse_ms = reuse_ms};
}

/* The whole file, ended by NUL; "" when it can't be read. To be released by the caller. */
static const char *ports_read(const char *path, struct buffer *text)
{
    char bytes[8192];
    size_t size = 0;
    FILE *file = fopen(path, "re");

    while (file && (size = fread(bytes, 1, sizeof bytes, file)) > 0)
        buffer_append(text, bytes, size);
    if (file)
        (void)fclose(file);
    buffer_append(text, "", 1);
    return text->out_of_memory ? "" : text->bytes;
}

static uint64_t ports_read_number(const char *path, const char *key, uint64_t missing)
{
    struct buffer text = {0};

    uint64_t number = proc_file_number(ports_read(path, &text), key, missing);
    buffer_release(&text);
    return number;
}

static struct ports_rules ports_read_rules(void)
{
    struct buffer range = {0};
    struct buffer reserved = {0};

    /* Timestamps tell the kernel that nothing of the old connection can be taken for the new one's. */
    bool has_timestamps = ports_read_number(SYSCTL "tcp_timestamps", "", 1) != 0;
    struct ports_rules rules = ports_parse_rules(ports_read(SYSCTL "ip_local_port_range", &range),
        ports_read(SYSCTL "ip_local_reserved_ports", &reserved),
        has_timestamps ? ports_read_number(SYSCTL "tcp_tw_reuse", "", 0) : 0,
        ports_read_number(SYSCTL "tcp_tw_reuse_delay", "", 1000));
    buffer_release(&range);
    buffer_release(&reserved);
    return rules;
}

uint64_t ports_count(void)
{
    return ports_read_rules().count;
}

/* ---- sockets ---- */

#define SOCKET_LINE_SIZE 256 /* the kernel pads lines to 150 */

/* A line without its end. sscanf would measure all that follows it. */
static bool ports_read_line(const char *text, size_t size, struct socket_line *found)
{
    char line[SOCKET_LINE_SIZE];

    size = size < sizeof line ? size : sizeof line - 1;
    memcpy(line, text, size);
    line[size] = '\0';
    return sscanf(line, "%*u: %32[0-9A-F]:%x %32[0-9A-F]:%x %x %*x:%*x %x:%lx", found->local,
               &found->local_port, found->remote, &found->remote_port, &found->state, &found->timer,
               &found->ticks) == 7;
}

/* 127.0.0.0/8 as IPv4 and within IPv6, and ::1: words of 32 bits in the order of this machine's bytes. */
static bool ports_is_loopback(const char *address)
{
    size_t length = strlen(address);

    if (strcmp(address, "00000000000000000000000001000000") == 0)
        return true;
    bool is_ipv4 = length == 8 || strncmp(address, "0000000000000000FFFF0000", 24) == 0;
    return is_ipv4 && strcmp(address + length - 2, "7F") == 0;
}

/* The age is known in ticks of 10 ms and counts from a moment that another clock has: the kernel may hold the
 * port for younger than it seems. */
#define ROUNDING_MS 30

/* In how many ms a port in TIME_WAIT can be used again. */
static uint64_t ports_free_in_ms(const struct ports_rules *rules, const struct socket_line *line)
{
    uint64_t left_ms = line->ticks * MS_PER_TICK;
    uint64_t age_ms = left_ms < KEPT_MS ? KEPT_MS - left_ms : 0;
    bool is_loopback = ports_is_loopback(line->local) || ports_is_loopback(line->remote);

    if (rules->reuses_all || (rules->reuses_loopback && is_loopback)) {
        uint64_t reuse_ms = rules->reuse_ms + ROUNDING_MS;
        uint64_t until_reuse_ms = reuse_ms > age_ms ? reuse_ms - age_ms : 0;
        left_ms = until_reuse_ms < left_ms ? until_reuse_ms : left_ms;
        return left_ms;
    }
    return left_ms > 0 ? left_ms : 1; /* its time is over, and it is still there */
}

/* NULL when there are too many. */
static struct server *count_find_server(struct count *count, const struct socket_line *line)
{
    for (size_t i = 0; i < count->server_count; i++)
        if (count->servers[i].port == line->remote_port &&
            strcmp(count->servers[i].address, line->remote) == 0)
            return &count->servers[i];
    if (count->server_count == SERVERS_MAX)
        return NULL;
    struct server *server = &count->servers[count->server_count++];
    *server = (struct server){.port = line->remote_port};
    memcpy(server->address, line->remote, sizeof server->address);
    return server;
}

static bool count_is_of_server(const struct count *count, unsigned int port)
{
    for (size_t i = 0; i < count->server_port_count; i++)
        if (count->server_ports[i] == port)
            return true;
    return false;
}

static void count_add_waiting(struct ports *ports, uint64_t free_in_ms)
{
    uint64_t seconds = free_in_ms / 1000;

    if (free_in_ms == 0)
        return;
    ports->waiting++;
    ports->freed_in[seconds < PORTS_KEPT_S ? seconds : PORTS_KEPT_S]++;
}

static void count_add_line(struct count *count, const struct socket_line *line)
{
    const struct ports_rules *rules = count->rules;

    if (line->local_port < rules->first || line->local_port > rules->last || line->state == STATE_CLOSE)
        return;
    count->listening += line->state == STATE_LISTEN;
    if (line->state == STATE_LISTEN || !count_is_of_server(count, line->remote_port))
        return;
    struct server *server = count_find_server(count, line);
    bool is_waiting =
        line->timer == TIMER_TIME_WAIT && (line->state == STATE_TIME_WAIT || line->state == STATE_FIN_WAIT2);
    if (server && is_waiting)
        count_add_waiting(&server->ports, ports_free_in_ms(rules, line));
    else if (server)
        server->ports.busy++;
}

static void count_add_text(struct count *count, const char *text)
{
    struct socket_line found;

    for (const char *line = text; line[0]; line += line[0] == '\n') {
        size_t size = strcspn(line, "\n");
        if (ports_read_line(line, size, &found))
            count_add_line(count, &found);
        line += size;
    }
}

void ports_count_sockets(struct ports *ports, const struct ports_rules *rules, const uint16_t *server_ports,
    size_t server_port_count, const char *tcp, const char *tcp6)
{
    struct count *count = calloc(1, sizeof *count);

    *ports = (struct ports){.count = rules->count};
    if (!count)
        return;
    count->rules = rules;
    count->server_ports = server_ports;
    count->server_port_count = server_port_count;
    count_add_text(count, tcp);
    count_add_text(count, tcp6);
    for (size_t i = 0; i < count->server_count; i++)
        if (count->servers[i].ports.busy + count->servers[i].ports.waiting > ports->busy + ports->waiting)
            *ports = count->servers[i].ports;
    ports->count = rules->count;
    ports->busy += count->listening;
    free(count);
}

void ports_look(struct ports *ports, const uint16_t *server_ports, size_t server_port_count)
{
    struct ports_rules rules = ports_read_rules();
    struct buffer tcp = {0};
    struct buffer tcp6 = {0};

    ports_count_sockets(ports, &rules, server_ports, server_port_count, ports_read("/proc/net/tcp", &tcp),
        ports_read("/proc/net/tcp6", &tcp6));
    buffer_release(&tcp);
    buffer_release(&tcp6);
}

bool ports_may_be_short(uint64_t needed)
{
    uint64_t count = ports_count();
    uint64_t waiting = ports_read_number("/proc/net/sockstat", " tw ", UINT32_MAX);
    uint64_t in_use = ports_read_number("/proc/net/sockstat", "TCP: inuse ", 0) +
                      ports_read_number("/proc/net/sockstat6", "TCP6: inuse ", 0);

    return count > 0 && needed > 0 && needed + waiting + in_use > count;
}

/* ---- how many are needed ---- */

static uint64_t ports_lesser(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

unsigned int ports_wait_s(const struct ports *ports, uint64_t needed)
{
    uint64_t most = ports->count > ports->busy ? ports->count - ports->busy : 0;
    uint64_t wanted = ports_lesser(needed, most);
    uint64_t available = most > ports->waiting ? most - ports->waiting : 0;
    unsigned int seconds = 0;

    while (available < wanted && seconds <= PORTS_KEPT_S)
        available += ports->freed_in[seconds++];
    return seconds;
}

/* Which requests the environment sends to a proxy is not looked at: it may be all of them. */
uint64_t ports_requests(
    const struct settings *settings, const struct workload *workload, struct workload_extent extent)
{
    return settings->proxy ? extent.request_count : workload_requests_to_one_server(workload, extent);
}

/* Does a header for all requests ask the server to close each connection? HTTP/2 has no such header. */
static bool ports_are_closed(const struct settings *settings)
{
    static const char name[] = "Connection:";

    for (size_t i = 0; settings->http != HTTP_2 && i < settings->headers.count; i++) {
        const char *header = settings->headers.items[i];
        const char *value = header + sizeof name - 1;
        if (strncasecmp(header, name, sizeof name - 1) == 0 &&
            strcasecmp(value + strspn(value, " \t"), "close") == 0)
            return true;
    }
    return false;
}

bool ports_are_used_once(const struct arm *arm)
{
    bool are_kept = !arm->settings.no_reuse && !arm->connects_anew && !ports_are_closed(&arm->settings);

    return !arm->sends_nothing && !are_kept;
}

uint64_t ports_needed(const struct arm *arm, uint64_t requests, uint64_t batches)
{
    if (arm->sends_nothing)
        return 0;
    if (arm->settings.no_reuse || ports_are_closed(&arm->settings))
        return requests;
    uint64_t most = ports_lesser(requests, batches);
    return arm->connects_anew ? most : ports_lesser(most, arm->settings.concurrency);
}

const char *ports_cause(const struct settings *settings)
{
    return settings->no_reuse ? "--no-reuse" : ports_are_closed(settings) ? "'Connection: close'" : NULL;
}

const char *ports_remedy(const struct settings *settings)
{
#define OR_WIDEN ", or widen net.ipv4.ip_local_port_range"
    if (settings->no_reuse)
        return "lower --requests, leave out --no-reuse" OR_WIDEN;
    if (ports_are_closed(settings))
        return "lower --requests, leave out 'Connection: close'" OR_WIDEN;
    return "lower --requests or --concurrency, let the server keep connections open" OR_WIDEN;
#undef OR_WIDEN
}
