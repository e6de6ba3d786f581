#include "environment_proxy.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The first of the variables that has a value. */
static const char *environment_first(const char *const *names)
{
    for (; *names; names++) {
        const char *value = getenv(*names); /* NOLINT(concurrency-mt-unsafe) */
        if (value && value[0] != '\0')
            return value;
    }
    return NULL;
}

static bool environment_is_numeric(const char *host)
{
    struct in_addr four;
    struct in6_addr six;

    return inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1;
}

/* Is `host` what the pattern names, or a name under it? */
static bool environment_matches(const char *host, const char *pattern, size_t size)
{
    size_t length = strlen(host);
    bool is_address = environment_is_numeric(host);

    if (!is_address && size > 0 && pattern[0] == '.') {
        pattern++;
        size--;
    }
    if (size == 0 || length < size || strncasecmp(host + length - size, pattern, size) != 0)
        return false;
    return length == size || (!is_address && host[length - size - 1] == '.');
}

/*
 * By all versions of libcurl since 7.88: what one of them would send to the proxy is announced. No version
 * takes an address in brackets; 8.0 and later end the list where a blank, but no comma, divides two patterns.
 */
static bool environment_is_excepted(const char *host)
{
    static const char *const names[] = {"no_proxy", "NO_PROXY", NULL};
    static const char blanks[] = " \t";
    const char *at = environment_first(names);

    if (at && strcmp(at, "*") == 0)
        return true;
    while (at && *at) {
        at += strspn(at, blanks);
        size_t size = strcspn(at, ", \t");
        if (environment_matches(host, at, size))
            return true;
        at += size + strspn(at + size, blanks);
        if (*at != ',')
            return false;
        at += strspn(at, ",");
    }
    return false;
}

const char *environment_proxy(const char *scheme, const char *host)
{
    /* Of http only the small letters count: a web server sets HTTP_PROXY to what a client wants. */
    static const char *const of_http[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
    static const char *const of_https[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};

    if (environment_is_excepted(host))
        return NULL;
    return environment_first(strcasecmp(scheme, "https") == 0 ? of_https : of_http);
}
