#include "reach.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buffer.h"
#include "clock.h"
#include "environment_proxy.h"
#include "probe.h"
#include "report.h"
#include "url_parts.h"
#include "utf8.h"

/* However long --connect-timeout is: whoever waits for the first round wants to know. */
#define REACH_LIMIT_NS (3 * NS_PER_S)

/* At most this many servers are named. */
#define REACH_NAMES_MAX 3

/* A server, or a proxy, to connect to. */
struct reach_place {
    struct buffer host; /* with %ZONE; ends in NUL */
    uint16_t port;
    bool is_proxy;
};

struct reach {
    const struct reach_task *task;
    struct reach_place places[WORKLOAD_SERVERS_MAX];
    struct probe probes[WORKLOAD_SERVERS_MAX]; /* [place] */
    size_t count;
    size_t failed;
    bool has_others; /* servers that are not asked: our own, and those beyond the first */
    bool out_of_memory;
    bool is_refused; /* a proxy of the environment, for this reason */
    struct failure refusal;
};

static bool reach_knows(const struct reach *reach, const char *host, uint16_t port)
{
    for (size_t i = 0; i < reach->count; i++)
        if (strcasecmp(reach->places[i].host.bytes, host) == 0 && reach->places[i].port == port)
            return true;
    return false;
}

static void reach_add(struct reach *reach, const struct url_parts *parts, bool is_proxy)
{
    struct reach_place *place = &reach->places[reach->count];

    if (!parts->host || parts->port == 0)
        return;
    *place = (struct reach_place){.port = parts->port, .is_proxy = is_proxy};
    buffer_printf(
        &place->host, "%s%s%s", parts->host, parts->zone ? "%" : "", parts->zone ? parts->zone : "");
    buffer_append(&place->host, "", 1);
    reach->out_of_memory = reach->out_of_memory || place->host.out_of_memory;
    if (reach->out_of_memory || reach_knows(reach, place->host.bytes, place->port)) {
        buffer_release(&place->host);
        return;
    }
    reach->count++;
}

/* One of the environment is as good as one that is given, and was not looked at before. */
static void reach_add_proxy(struct reach *reach, const char *proxy)
{
    struct url_parts parts;

    if (workload_check_proxy(proxy, &reach->refusal) != 0) {
        reach->is_refused = true;
        return;
    }
    url_parts_read_proxy(&parts, proxy);
    reach_add(reach, &parts, true);
    url_parts_release(&parts);
}

/* The server of `url`, or what stands before it. */
static void reach_add_url(struct reach *reach, const char *url, bool is_ours)
{
    const char *proxy = reach->task->settings->proxy;
    struct url_parts parts;

    url_parts_read(&parts, url);
    if (proxy && strcmp(proxy, PROXY_OF_ENVIRONMENT) == 0)
        proxy = parts.scheme && parts.host ? environment_proxy(parts.scheme, parts.host) : NULL;
    if (proxy)
        reach_add_proxy(reach, proxy);
    else if (is_ours)
        reach->has_others = true;
    else
        reach_add(reach, &parts, false);
    url_parts_release(&parts);
}

static void reach_collect(struct reach *reach)
{
    const struct reach_task *task = reach->task;
    const char *urls[WORKLOAD_SERVERS_MAX];
    size_t count = workload_servers(task->workload, urls);
    reach->has_others = count == WORKLOAD_SERVERS_MAX;

    for (size_t i = 0; i < count; i++) {
        bool is_path = urls[i][0] == '/';
        reach_add_url(reach, is_path ? task->base_url : urls[i], is_path && task->is_base_ours);
    }
}

/* Want of a port says nothing about the server, and trials wait for ports. */
static bool reach_has_failed(const struct probe *probe)
{
    return outcome_is_failure(probe->outcome) && probe->outcome != OUTCOME_NO_PORT;
}

static void reach_ask(struct reach *reach)
{
    const struct reach_task *task = reach->task;
    uint64_t limit_ns = task->settings->connect_timeout_ms * NS_PER_MS;

    for (size_t i = 0; i < reach->count; i++)
        reach->probes[i] = (struct probe){.host = reach->places[i].host.bytes, .port = reach->places[i].port};
    probe_all(reach->probes, reach->count, limit_ns < REACH_LIMIT_NS ? limit_ns : REACH_LIMIT_NS,
        task->interrupt_fd);
    for (size_t i = 0; i < reach->count; i++)
        reach->failed += reach_has_failed(&reach->probes[i]);
}

/* "'HOST:PORT' (connection refused)", of up to REACH_NAMES_MAX that failed, and how many more did. */
static void reach_describe(const struct reach *reach, struct buffer *text)
{
    size_t named = 0;

    for (size_t i = 0; i < reach->count && named < REACH_NAMES_MAX; i++) {
        const struct reach_place *place = &reach->places[i];
        bool is_six = strchr(place->host.bytes, ':') != NULL;
        if (!reach_has_failed(&reach->probes[i]))
            continue;
        buffer_printf(text, "%s%s'%s%s%s:%u' (%s)", named++ > 0 ? ", " : "",
            place->is_proxy ? "the proxy " : "", is_six ? "[" : "", place->host.bytes, is_six ? "]" : "",
            place->port, reach->probes[i].reason);
    }
    if (reach->failed > named)
        buffer_printf(text, " and %zu more", reach->failed - named);
    buffer_append(text, "", 1);
}

/* For the first that failed. The time of a connection alone does not depend on how many there are. */
static const char *reach_advice(const struct reach *reach)
{
    size_t i = 0;

    while (!reach_has_failed(&reach->probes[i]))
        i++;
    enum outcome outcome = reach->probes[i].outcome;
    return outcome_advice(outcome == OUTCOME_TIMED_OUT ? OUTCOME_CONNECT_FAILED : outcome);
}

static void reach_warn(const struct reach *reach, struct reach_finding *missing)
{
    utf8_tidy_text(missing->text.bytes);
    missing->advice = reach_advice(reach);
    report_warn(reach->task->err, missing->text.bytes, missing->advice);
}

static int reach_judge(const struct reach *reach, struct reach_finding *missing, struct failure *failure)
{
    bool is_hopeless = reach->failed == reach->count && !reach->has_others;
    struct buffer *text = &missing->text;

    if (reach->failed == 0)
        return 0;
    buffer_append_text(text, "can't connect to ");
    reach_describe(reach, text);
    if (text->out_of_memory)
        return failure_set(failure, FAILURE_RUN, "out of memory");
    if (is_hopeless && !reach->task->settings->ignore_failures)
        return failure_set(failure, FAILURE_RUN, "%s; %s; --ignore-failures runs the experiment nevertheless",
            text->bytes, reach_advice(reach));
    reach_warn(reach, missing);
    return 0;
}

int reach_servers(const struct reach_task *task, struct reach_finding *missing, struct failure *failure)
{
    struct reach *reach = calloc(1, sizeof *reach);
    int result = -1;

    if (reach) {
        reach->task = task;
        reach_collect(reach);
    }
    if (!reach || reach->out_of_memory)
        failure_set(failure, FAILURE_RUN, "out of memory for finding out who is there");
    else if (reach->is_refused)
        *failure = reach->refusal;
    else {
        reach_ask(reach);
        result = reach_judge(reach, missing, failure);
    }
    for (size_t i = 0; reach && i < reach->count; i++)
        buffer_release(&reach->places[i].host);
    free(reach);
    return result;
}

void reach_finding_release(struct reach_finding *missing)
{
    buffer_release(&missing->text);
    *missing = (struct reach_finding){0};
}
