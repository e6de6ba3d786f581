#include "demands.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *word;
    const char *what;
} demand_texts[DEMAND_COUNT] = {
#define X(NAME, word, what) [DEMAND_##NAME] = {(word), (what)},
    DEMANDS(X)
#undef X
};

const char *demand_word(enum demand demand)
{
    return demand_texts[demand].word;
}

const char *demand_what(enum demand demand)
{
    return demand_texts[demand].what;
}

enum demand demand_find(const char *word)
{
    unsigned int demand = 0;

    while (demand < DEMAND_COUNT && strcmp(word, demand_texts[demand].word) != 0)
        demand++;
    return (enum demand)demand;
}

static unsigned int demand_bit(enum demand demand, bool is_made)
{
    return is_made ? 1U << demand : 0;
}

static bool demands_start_with_tls(const char *url)
{
    return strncasecmp(url, "https:", strlen("https:")) == 0;
}

static unsigned int demands_of_request(const struct workload *workload, uint64_t index)
{
    const struct workload_request *request = workload_request(workload, index);
    const char *method = workload_text(workload, request->method);
    bool is_get = strcmp(method, "GET") == 0;
    bool has_body = request->body != 0;

    return demand_bit(DEMAND_METHODS, !is_get) | demand_bit(DEMAND_BODIES, has_body) |
           demand_bit(DEMAND_GET_BODIES, has_body && (is_get || strcmp(method, "HEAD") == 0)) |
           demand_bit(DEMAND_HEADERS, request->header_count > 0) |
           demand_bit(DEMAND_TLS, demands_start_with_tls(workload_text(workload, request->url)));
}

unsigned int demands_of_workload(const struct workload *workload)
{
    unsigned int demands = 0;

    for (uint64_t i = 0; i < workload->request_count; i++)
        demands |= demands_of_request(workload, i);
    return demands;
}

static unsigned int demand_unless_default(
    enum demand demand, enum setting_id id, const struct settings *settings, const struct settings *defaults)
{
    return demand_bit(demand, !setting_is_same(settings, defaults, &settings_table[id]));
}

static unsigned int demand_of_proxy(const char *proxy)
{
    bool is_http = proxy && strncasecmp(proxy, "http:", strlen("http:")) == 0;

    return demand_bit(DEMAND_PROXY, is_http) | demand_bit(DEMAND_OTHER_PROXY, proxy && !is_http);
}

unsigned int demands_of_settings(const struct settings *settings, const struct settings *defaults)
{
    bool is_over_tls = settings->tls || (settings->base_url && demands_start_with_tls(settings->base_url));

    return demand_bit(DEMAND_HEADERS, settings->headers.count > 0) | demand_bit(DEMAND_TLS, is_over_tls) |
           demand_bit(DEMAND_OWN_CA, settings->tls || settings->ca_file) |
           demand_bit(DEMAND_INSECURE, settings->insecure) |
           demand_bit(DEMAND_HTTP_2, settings->http == HTTP_2) |
           demand_bit(DEMAND_OPEN_LOOP, settings->rate > 0) |
           demand_bit(DEMAND_WARM, settings->start == START_WARM) |
           demand_bit(DEMAND_NO_REUSE, settings->no_reuse) |
           demand_unless_default(DEMAND_TIMEOUT, SETTING_timeout_ms, settings, defaults) |
           demand_unless_default(DEMAND_CONNECT_TIMEOUT, SETTING_connect_timeout_ms, settings, defaults) |
           demand_bit(DEMAND_REDIRECTS, settings->follow_redirects) | demand_of_proxy(settings->proxy);
}
