#include "target.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "environment_proxy.h"
#include "loopback.h"
#include "url_parts.h"
#include "utf8.h"

struct target_search {
    struct target *target;
    const char *proxy;     /* NULL: none is given */
    bool asks_environment; /* for a proxy */
    bool out_of_memory;
};

/* `host` without the brackets of an IPv6 address. All addresses must be of this machine, and libcurl looks up
 * names under localhost by itself when nobody else has an address for them. */
static bool target_is_here(const char *host)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *all = NULL;
    bool is_here = true;

    if (getaddrinfo(host, NULL, &hints, &all) != 0)
        return loopback_is_host(host, strlen(host));
    for (const struct addrinfo *found = all; found; found = found->ai_next)
        is_here = is_here && loopback_is_address(found->ai_addr);
    freeaddrinfo(all);
    return is_here;
}

static void target_name(struct target_search *search, const char *server)
{
    struct target *target = search->target;

    buffer_append_text(&target->text, server);
    if (!target->text.out_of_memory)
        target->text.size = utf8_tidy(target->text.bytes, target->text.size);
    buffer_append(&target->text, "", 1);
    search->out_of_memory = search->out_of_memory || target->text.out_of_memory;
    target->server = target->text.bytes;
}

/* What can't be read is not taken for harmless. */
static void target_look_at_proxy(struct target_search *search, const char *proxy)
{
    struct url_parts parts;

    url_parts_read_proxy(&parts, proxy);
    if (!parts.host || !target_is_here(parts.host))
        target_name(search, parts.host ? parts.host : "a proxy that can't be read");
    url_parts_release(&parts);
}

static void target_look_at_url(struct target_search *search, const char *url)
{
    const char *proxy = NULL;
    struct url_parts parts;

    url_parts_read(&parts, url);
    if (!parts.scheme || !parts.host)
        search->out_of_memory = true; /* the workload's parser lets no other such URL through */
    else if (!target_is_here(parts.host))
        target_name(search, parts.host);
    else if (search->asks_environment)
        proxy = environment_proxy(parts.scheme, parts.host);
    if (proxy)
        target_look_at_proxy(search, proxy);
    url_parts_release(&parts);
}

static bool target_goes_on(const struct target_search *search)
{
    return !search->target->server && !search->out_of_memory;
}

static void target_look_at_workload(struct target_search *search, const struct workload *workload)
{
    const char *last = "";
    size_t last_length = 0;

    for (uint64_t i = 0; target_goes_on(search) && i < workload->request_count; i++) {
        const char *url = workload_text(workload, workload_request(workload, i)->url);
        if (url[0] == '/')
            continue;
        size_t length = workload_authority_length(url);
        if (length == last_length && strncmp(url, last, length) == 0)
            continue;
        last = url;
        last_length = length;
        target_look_at_url(search, url);
    }
}

int target_find(struct target *target, const struct settings *settings, const struct workload *workload,
    struct failure *failure)
{
    bool asks_environment = settings->proxy && strcmp(settings->proxy, PROXY_OF_ENVIRONMENT) == 0;
    struct target_search search = {.target = target,
        .proxy = asks_environment ? NULL : settings->proxy,
        .asks_environment = asks_environment};

    *target = (struct target){
        .may_be_redirected = settings->follow_redirects &&
                             (settings->base_url || workload->path_count < workload->request_count)};
    if (target_goes_on(&search) && workload->path_count > 0)
        target_look_at_url(&search, settings_base(settings));
    if (target_goes_on(&search) && search.proxy)
        target_look_at_proxy(&search, search.proxy);
    target_look_at_workload(&search, workload);
    return search.out_of_memory
               ? failure_set(failure, FAILURE_RUN, "out of memory for finding out where the requests go")
               : 0;
}

void target_release(struct target *target)
{
    buffer_release(&target->text);
    *target = (struct target){0};
}
