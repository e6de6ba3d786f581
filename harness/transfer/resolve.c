/*
 * resolve: every name is looked up once, before the clock, so that no strategy pays for the resolver
 * (libcurl's starts a thread per look-up) and none profits from another's cache.
 */
#include "internal.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

/* Appends ",ADDRESS" or ":ADDRESS" for the first one; IPv6 in brackets, as CURLOPT_RESOLVE wants it. */
static void resolve_append_address(struct buffer *entry, const struct addrinfo *found, bool is_first)
{
    char address[NI_MAXHOST];

    if (getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST) != 0)
        return;
    buffer_printf(entry, found->ai_family == AF_INET6 ? "%s[%s]" : "%s%s", is_first ? ":" : ",", address);
}

/* "HOST:PORT:ADDRESS,..." into `entry`; nothing when the name has no address. */
static bool resolve_name(const char *host, const char *port, struct buffer *entry)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *all = NULL;

    if (getaddrinfo(host, port, &hints, &all) != 0)
        return false;
    buffer_printf(entry, "%s:%s", host, port);
    for (const struct addrinfo *found = all; found; found = found->ai_next)
        resolve_append_address(entry, found, found == all);
    freeaddrinfo(all);
    buffer_append(entry, "", 1);
    return !entry->out_of_memory;
}

static bool resolve_is_numeric(const char *host)
{
    struct in_addr address;

    return host[0] == '[' || inet_pton(AF_INET, host, &address) == 1;
}

/* Is "HOST:PORT:" at the start of an entry already? */
static bool resolve_knows(const struct curl_slist *entries, const char *host, const char *port)
{
    size_t host_length = strlen(host);
    size_t port_length = strlen(port);

    /* Each part is looked at only when the one before it matched: entries may be shorter than the name. */
    for (; entries; entries = entries->next)
        if (strncmp(entries->data, host, host_length) == 0 && entries->data[host_length] == ':' &&
            strncmp(entries->data + host_length + 1, port, port_length) == 0 &&
            entries->data[host_length + 1 + port_length] == ':')
            return true;
    return false;
}

/* Names that have been looked up. */
struct resolved {
    struct curl_slist *found; /* "HOST:PORT:ADDRESS,..." */
    struct curl_slist
        *dead; /* "HOST:PORT:", so that a name without an address is not looked up again either */
};

static void resolve_add(struct resolved *resolved, const char *host, const char *port)
{
    struct buffer entry = {0};

    if (resolve_is_numeric(host) || resolve_knows(resolved->found, host, port) ||
        resolve_knows(resolved->dead, host, port))
        return;
    bool is_found = resolve_name(host, port, &entry);
    if (!is_found) {
        buffer_clear(&entry);
        buffer_printf(&entry, "%s:%s:", host, port);
        buffer_append(&entry, "", 1);
    }
    struct curl_slist **list = is_found ? &resolved->found : &resolved->dead;
    struct curl_slist *longer = entry.out_of_memory ? NULL : curl_slist_append(*list, entry.bytes);
    *list = longer ? longer : *list;
    buffer_release(&entry);
}

static void resolve_url(struct resolved *resolved, CURLU *url)
{
    char *host = NULL;
    char *port = NULL;

    if (curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
        resolve_add(resolved, host, port);
    curl_free(host);
    curl_free(port);
}

struct curl_slist *resolve_names(const struct prepared_requests *prepared)
{
    struct resolved resolved = {0};
    CURLU *url = curl_url();
    const char *last = "";
    size_t last_length = 0;

    for (size_t i = 0; url && i < prepared->count; i++) {
        const char *next = prepared->items[i].url;
        size_t length = workload_authority_length(next);
        if (length == last_length && strncmp(next, last, length) == 0)
            continue; /* a million requests to one server are looked at once */
        last = next;
        last_length = length;
        if (curl_url_set(url, CURLUPART_URL, next, 0) == CURLUE_OK)
            resolve_url(&resolved, url);
    }
    curl_url_cleanup(url);
    curl_slist_free_all(resolved.dead);
    return resolved.found;
}
