#include "target.h"

#include <curl/curl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

static bool target_is_loopback_address(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
        return ntohl(four->sin_addr.s_addr) >> 24 == 127;
    }
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
    return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

/* `host` without the brackets of an IPv6 address. */
static bool target_is_loopback_host(const char *host)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *all = NULL;
    bool is_loopback = true;

    if (strcasecmp(host, "localhost") == 0)
        return true;
    if (getaddrinfo(host, NULL, &hints, &all) != 0)
        return false;
    for (const struct addrinfo *found = all; found; found = found->ai_next)
        is_loopback = is_loopback && target_is_loopback_address(found->ai_addr);
    freeaddrinfo(all);
    return is_loopback;
}

static bool target_is_loopback(CURLU *parser, const char *url, struct buffer *server)
{
    char *host = NULL;

    if (curl_url_set(parser, CURLUPART_URL, url, CURLU_DEFAULT_SCHEME | CURLU_NON_SUPPORT_SCHEME) !=
            CURLUE_OK ||
        curl_url_get(parser, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        return true; /* the workload's parser lets no such URL through */
    size_t length = strlen(host);
    bool has_brackets = length > 2 && host[0] == '[';
    if (has_brackets)
        host[length - 1] = '\0';
    bool is_loopback = target_is_loopback_host(host + has_brackets);
    if (!is_loopback)
        buffer_append(server, host + has_brackets, strlen(host + has_brackets) + 1);
    curl_free(host);
    return is_loopback;
}

void target_find_remote(
    const struct workload *workload, const char *base_url, const char *proxy, struct buffer *server)
{
    CURLU *parser = curl_url();
    const char *last = "";
    size_t last_length = 0;

    if (!parser)
        return;
    bool is_loopback = !base_url || workload->path_count == 0 || target_is_loopback(parser, base_url, server);
    if (is_loopback && proxy)
        is_loopback = target_is_loopback(parser, proxy, server);
    for (uint64_t i = 0; is_loopback && i < workload->request_count; i++) {
        const char *url = workload_text(workload, workload_request(workload, i)->url);
        if (url[0] == '/')
            continue;
        size_t length = workload_authority_length(url);
        if (length == last_length && strncmp(url, last, length) == 0)
            continue;
        last = url;
        last_length = length;
        is_loopback = target_is_loopback(parser, url, server);
    }
    curl_url_cleanup(parser);
}
