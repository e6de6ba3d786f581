#include "names.h"
#include "internal.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "environment_proxy.h"
#include "lookup.h"
#include "loopback.h"

/* Well below what the experiment waits for a trial to be ready. */
#define LOOK_UPS_LIMIT_S 20

/* A look-up that nobody needs: of an address, or because a proxy does it. */
#define NO_LOOK_UP SIZE_MAX

/* Something that has been met, with the look-ups that it needs. Equal texts are the same. */
struct known {
    char *text;
    size_t host;
    size_t proxy;
    struct known *next; /* of the places */
};

struct names {
    const struct settings *settings;
    void *hosts;          /* trees of struct known: in small letters; of servers only */
    void *proxies;        /* the same, of proxies */
    void *places;         /* "HOST:PORT" */
    struct known *listed; /* all places, from the last one: musl walks no tree for somebody */
    void *authorities;    /* "SCHEME://USER@HOST:PORT" as URLs have it */
    struct lookup *lookups;
    char **problems; /* [lookup]; NULL: there is none */
    size_t count;
    struct curl_slist *addresses;
    struct curl_slist *last; /* of these */
    bool have_problems;
    bool out_of_memory;
};

static int names_compare(const void *one, const void *other)
{
    return strcmp(((const struct known *)one)->text, ((const struct known *)other)->text);
}

static const struct known *names_find(void *const *tree, const char *text)
{
    const struct known wanted = {.text = (char *)(uintptr_t)text}; /* NOLINT(performance-no-int-to-ptr) */
    void *const *node = tfind(&wanted, tree, names_compare);

    return node ? *node : NULL;
}

/* Adds a text that is not there yet; NULL when there is no memory. */
static struct known *names_add(struct names *names, void **tree, const char *text)
{
    struct known *known = calloc(1, sizeof *known);

    if (known)
        *known = (struct known){.text = strdup(text), .host = NO_LOOK_UP, .proxy = NO_LOOK_UP};
    if (known && known->text && tsearch(known, tree, names_compare))
        return known;
    names->out_of_memory = true;
    if (known)
        free(known->text);
    free(known);
    return NULL;
}

static void names_free_known(void *node)
{
    struct known *known = node;

    free(known->text);
    free(known);
}

static bool names_is_numeric(const char *host)
{
    struct in_addr address;

    return host[0] == '[' || inet_pton(AF_INET, host, &address) == 1;
}

/* A new place in the list of look-ups. */
static size_t names_add_lookup(struct names *names, const char *host)
{
    struct lookup *lookups = NULL;

    if ((names->count & (names->count - 1)) == 0) /* full at powers of two */
        lookups = realloc(names->lookups, (names->count > 0 ? 2 * names->count : 1) * sizeof *lookups);
    else
        lookups = names->lookups;
    if (!lookups) {
        names->out_of_memory = true;
        return NO_LOOK_UP;
    }
    names->lookups = lookups;
    lookups[names->count] = (struct lookup){.host = host};
    return names->count++;
}

/* The look-up of a host in small letters; an address does not depend on the port. */
static size_t names_lookup_of(struct names *names, void **tree, const char *host)
{
    if (names_is_numeric(host))
        return NO_LOOK_UP;
    const struct known *known = names_find(tree, host);
    if (known)
        return known->host;
    struct known *added = names_add(names, tree, host);
    if (added)
        added->host = names_add_lookup(names, added->text);
    return added ? added->host : NO_LOOK_UP;
}

static void names_add_place(struct names *names, const char *host, const char *port, size_t lookup)
{
    struct buffer place = {0};

    buffer_printf(&place, "%s:%s", host, port);
    buffer_append(&place, "", 1);
    names->out_of_memory = names->out_of_memory || place.out_of_memory;
    if (lookup != NO_LOOK_UP && !place.out_of_memory && !names_find(&names->places, place.bytes)) {
        struct known *known = names_add(names, &names->places, place.bytes);
        if (known) {
            known->host = lookup;
            known->next = names->listed;
            names->listed = known;
        }
    }
    buffer_release(&place);
}

/* A part of the URL for curl_free, a host in small letters; NULL when it has none. */
static char *names_part(CURLU *url, CURLUPart part, unsigned int flags)
{
    char *text = NULL;

    if (curl_url_get(url, part, &text, flags) != CURLUE_OK)
        return NULL;
    if (part == CURLUPART_HOST)
        for (char *at = text; *at; at++)
            *at = (char)tolower((unsigned char)*at);
    return text;
}

/* Where a URL leads, in libcurl's memory. */
struct names_target {
    char *scheme;
    char *host; /* in small letters */
    char *port;
};

static bool names_read_target(struct names_target *target, const char *url, unsigned int flags)
{
    CURLU *parts = curl_url();

    *target = (struct names_target){0};
    if (parts && curl_url_set(parts, CURLUPART_URL, url, flags) == CURLUE_OK) {
        target->scheme = names_part(parts, CURLUPART_SCHEME, 0);
        target->host = names_part(parts, CURLUPART_HOST, 0);
        target->port =
            names_part(parts, CURLUPART_PORT, (flags & CURLU_GUESS_SCHEME) != 0 ? 0 : CURLU_DEFAULT_PORT);
    }
    curl_url_cleanup(parts);
    return target->scheme && target->host;
}

static void names_release_target(struct names_target *target)
{
    curl_free(target->scheme);
    curl_free(target->host);
    curl_free(target->port);
}

/* NULL: none, or no memory to find out. */
static const char *names_proxy(const struct settings *settings, const struct names_target *target)
{
    if (!settings->proxy || strcmp(settings->proxy, PROXY_OF_ENVIRONMENT) != 0)
        return settings->proxy;
    size_t brackets = target->host[0] == '[' ? 1 : 0;
    char *host = strndup(target->host + brackets, strlen(target->host) - 2 * brackets);
    const char *proxy = host ? environment_proxy(target->scheme, host) : NULL;
    free(host);
    return proxy;
}

/* These SOCKS proxies are told addresses, which libcurl looks up. */
static bool names_are_ours_with(const struct names_target *proxy)
{
    return strcasecmp(proxy->scheme, "socks") == 0 || strcasecmp(proxy->scheme, "socks4") == 0 ||
           strcasecmp(proxy->scheme, "socks5") == 0;
}

/* libcurl's default ports of proxies. */
static const char *names_proxy_port(const struct names_target *proxy)
{
    if (proxy->port)
        return proxy->port;
    return strcasecmp(proxy->scheme, "https") == 0 ? "443" : "1080";
}

static void names_add_proxied(
    struct names *names, const struct names_target *target, const char *proxy, struct known *authority)
{
    struct names_target through;

    if (names_read_target(&through, proxy, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME)) {
        authority->proxy = names_lookup_of(names, &names->proxies, through.host);
        names_add_place(names, through.host, names_proxy_port(&through), authority->proxy);
        if (names_are_ours_with(&through))
            authority->host = names_lookup_of(names, &names->hosts, target->host);
    }
    names_release_target(&through);
}

static void names_add_authority(struct names *names, const char *text)
{
    struct known *authority = names_add(names, &names->authorities, text);
    struct names_target target;

    if (authority && names_read_target(&target, text, 0)) {
        const char *proxy = names_proxy(names->settings, &target);
        if (proxy)
            names_add_proxied(names, &target, proxy, authority);
        else
            authority->host = names_lookup_of(names, &names->hosts, target.host);
        names_add_place(names, target.host, target.port, authority->host);
    }
    if (authority)
        names_release_target(&target);
}

/* Calls `visit` with each request's URL up to its path, as a text of its own, and the request; a million
 * requests in a row to one server cost one call. `visit` says what the others in the row are told. */
typedef const char *names_visit(struct names *names, const char *authority);

static void names_walk(struct names *names, struct prepared_requests *prepared, names_visit *visit)
{
    struct buffer authority = {0};
    const char *told = NULL;

    for (size_t i = 0; i < prepared->count && !names->out_of_memory; i++) {
        const char *url = prepared->items[i].url;
        size_t length = workload_authority_length(url);
        if (!authority.bytes || authority.size != length + 1 || strncmp(url, authority.bytes, length) != 0) {
            buffer_clear(&authority);
            buffer_append(&authority, url, length);
            buffer_append(&authority, "", 1);
            names->out_of_memory = names->out_of_memory || authority.out_of_memory;
            told = names->out_of_memory ? NULL : visit(names, authority.bytes);
        }
        prepared->items[i].no_address = told;
    }
    buffer_release(&authority);
}

static const char *names_collect(struct names *names, const char *authority)
{
    if (!names_find(&names->authorities, authority))
        names_add_authority(names, authority);
    return NULL;
}

static const char *names_tell(struct names *names, const char *authority)
{
    const struct known *known = names_find(&names->authorities, authority);

    if (known && known->proxy != NO_LOOK_UP && names->problems[known->proxy])
        return names->problems[known->proxy];
    return known && known->host != NO_LOOK_UP ? names->problems[known->host] : NULL;
}

/* libcurl finds the names under localhost by itself. */
static bool names_lack_address(const struct lookup *lookup)
{
    return !lookup->addresses && !loopback_is_host(lookup->host, strlen(lookup->host));
}

static bool names_is_of_proxy(const struct names *names, size_t lookup)
{
    const struct known *proxy = names_find(&names->proxies, names->lookups[lookup].host);

    return proxy && proxy->host == lookup;
}

static void names_write_problem(struct names *names, size_t lookup)
{
    const struct lookup *failed = &names->lookups[lookup];
    struct buffer text = {0};

    buffer_printf(
        &text, "Could not resolve %s: %s", names_is_of_proxy(names, lookup) ? "proxy" : "host", failed->host);
    if (!failed->has_answer)
        buffer_printf(&text, " (no answer within %d s)", LOOK_UPS_LIMIT_S);
    buffer_append(&text, "", 1);
    names->out_of_memory = names->out_of_memory || text.out_of_memory;
    names->problems[lookup] = text.bytes;
    names->have_problems = true;
}

static void names_judge(struct names *names)
{
    names->problems = calloc(names->count + 1, sizeof *names->problems);
    names->out_of_memory = names->out_of_memory || !names->problems;
    for (size_t i = 0; i < names->count && !names->out_of_memory; i++)
        if (names_lack_address(&names->lookups[i]))
            names_write_problem(names, i);
}

/* A list's own append walks through it each time. */
static void names_append_entry(struct names *names, const char *entry)
{
    struct curl_slist *item = curl_slist_append(NULL, entry);

    names->out_of_memory = names->out_of_memory || !item;
    if (!names->addresses)
        names->addresses = item;
    else
        names->last->next = item;
    names->last = item ? item : names->last;
}

static void names_write_entry(struct names *names, const struct known *place)
{
    const char *addresses = names->lookups[place->host].addresses;
    struct buffer entry = {0};

    if (!addresses)
        return;
    buffer_printf(&entry, "%s:%s", place->text, addresses);
    buffer_append(&entry, "", 1);
    if (entry.out_of_memory)
        names->out_of_memory = true;
    else
        names_append_entry(names, entry.bytes);
    buffer_release(&entry);
}

static int names_fill(struct names *names, struct prepared_requests *prepared, struct failure *failure)
{
    names_walk(names, prepared, names_collect);
    if (!names->out_of_memory &&
        lookup_all(names->lookups, names->count, LOOK_UPS_LIMIT_S * NS_PER_S, failure) != 0)
        return -1;
    names_judge(names);
    for (const struct known *place = names->listed; place && !names->out_of_memory; place = place->next)
        names_write_entry(names, place);
    if (names->have_problems)
        names_walk(names, prepared, names_tell);
    return names->out_of_memory ? failure_set(failure, FAILURE_RUN, "out of memory for the names of servers")
                                : 0;
}

struct names *names_look_up(
    struct prepared_requests *prepared, const struct settings *settings, struct failure *failure)
{
    struct names *names = calloc(1, sizeof *names);

    if (!names) {
        failure_set(failure, FAILURE_RUN, "out of memory");
        return NULL;
    }
    names->settings = settings;
    if (names_fill(names, prepared, failure) == 0)
        return names;
    names_destroy(names);
    return NULL;
}

void names_destroy(struct names *names)
{
    if (!names)
        return;
    for (size_t i = 0; i < names->count; i++) {
        lookup_release(&names->lookups[i]);
        if (names->problems)
            free(names->problems[i]);
    }
    free(names->problems);
    free(names->lookups);
    curl_slist_free_all(names->addresses);
    tdestroy(names->hosts, names_free_known);
    tdestroy(names->proxies, names_free_known);
    tdestroy(names->places, names_free_known);
    tdestroy(names->authorities, names_free_known);
    free(names);
}

struct curl_slist *names_addresses(const struct names *names)
{
    return names->addresses;
}

bool names_have_problems(const struct names *names)
{
    return names->have_problems;
}

const char *names_problem(const struct names *names, const char *url)
{
    struct names_target target;
    const char *problem = NULL;

    if (!names->have_problems)
        return NULL;
    if (names_read_target(&target, url, 0)) {
        const struct known *host = names_find(&names->hosts, target.host);
        problem = host && host->host != NO_LOOK_UP ? names->problems[host->host] : NULL;
    }
    names_release_target(&target);
    return problem;
}
