#include "url_parts.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

static void url_parts_unwrap_host(char *host)
{
    size_t length = host ? strlen(host) : 0;

    if (length > 2 && host[0] == '[') {
        memmove(host, host + 1, length - 2);
        host[length - 2] = '\0';
    }
}

/* Each time with a new parser: what has no scheme would be taken for a part of the last URL. */
void url_parts_read(struct url_parts *parts, const char *url)
{
    const unsigned int flags = CURLU_DEFAULT_SCHEME | CURLU_NON_SUPPORT_SCHEME;
    CURLU *parser = curl_url();
    char *port = NULL;

    *parts = (struct url_parts){.port = 0};
    if (parser && curl_url_set(parser, CURLUPART_URL, url, flags) == CURLUE_OK) {
        (void)curl_url_get(parser, CURLUPART_SCHEME, &parts->scheme, 0);
        (void)curl_url_get(parser, CURLUPART_HOST, &parts->host, 0);
        (void)curl_url_get(parser, CURLUPART_PORT, &port, 0);
    }
    curl_url_cleanup(parser);
    url_parts_unwrap_host(parts->host);
    parts->port = port ? (uint16_t)strtoul(port, NULL, 10) : 0;
    curl_free(port);
}

void url_parts_release(struct url_parts *parts)
{
    curl_free(parts->scheme);
    curl_free(parts->host);
    *parts = (struct url_parts){.port = 0};
}
