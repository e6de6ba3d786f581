#include "url_parts.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What libcurl takes for a proxy without a port. */
enum { PORT_HTTPS = 443, PORT_PROXY = 1080 };

static void url_parts_strip(char *host)
{
    size_t length = host ? strlen(host) : 0;

    if (length <= 2 || host[0] != '[')
        return;
    memmove(host, host + 1, length - 2);
    host[length - 2] = '\0';
}

/* Each time with a new parser: what has no scheme would be taken for a part of the last URL. */
static void url_parts_parse(struct url_parts *parts, const char *url, unsigned int port_flags)
{
    const unsigned int flags = CURLU_DEFAULT_SCHEME | CURLU_NON_SUPPORT_SCHEME;
    CURLU *parser = curl_url();
    char *port = NULL;

    *parts = (struct url_parts){0};
    if (parser && curl_url_set(parser, CURLUPART_URL, url, flags) == CURLUE_OK) {
        (void)curl_url_get(parser, CURLUPART_SCHEME, &parts->scheme, 0);
        (void)curl_url_get(parser, CURLUPART_HOST, &parts->host, 0);
        (void)curl_url_get(parser, CURLUPART_ZONEID, &parts->zone, 0);
        (void)curl_url_get(parser, CURLUPART_PORT, &port, port_flags);
    }
    parts->port = port ? (uint16_t)strtoul(port, NULL, 10) : 0;
    curl_free(port);
    curl_url_cleanup(parser);
    url_parts_strip(parts->host);
}

void url_parts_read(struct url_parts *parts, const char *url)
{
    url_parts_parse(parts, url, CURLU_DEFAULT_PORT);
}

void url_parts_read_proxy(struct url_parts *parts, const char *proxy)
{
    url_parts_parse(parts, proxy, 0);
    bool is_tls = parts->scheme && strcasecmp(parts->scheme, "https") == 0;
    if (parts->port == 0)
        parts->port = is_tls ? PORT_HTTPS : PORT_PROXY;
}

void url_parts_release(struct url_parts *parts)
{
    curl_free(parts->scheme);
    curl_free(parts->host);
    curl_free(parts->zone);
    *parts = (struct url_parts){0};
}
