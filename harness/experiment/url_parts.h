/*
 * url_parts: where a URL leads, a server's or a proxy's, as libcurl reads it.
 *
 *     struct url_parts parts;
 *     url_parts_read(&parts, "https://user@[::1]/a");      "https", "::1", 443
 *     url_parts_release(&parts);
 */
#ifndef HARNESS_EXPERIMENT_URL_PARTS_H
#define HARNESS_EXPERIMENT_URL_PARTS_H

#include <stdint.h>

/* Each text NULL where there is none to be found; libcurl's. */
struct url_parts {
    char *scheme;  /* where none is written, the one that libcurl guesses */
    char *host;    /* an IPv6 address without brackets */
    char *zone;    /* of an IPv6 address, such as "eth0" */
    uint16_t port; /* where none is written, that of the scheme; 0: there is none */
};

/* To be released in any case. */
void url_parts_read(struct url_parts *parts, const char *url);

/* The same of a proxy, whose port is another if none is written (libcurl: CURLOPT_PROXY). */
void url_parts_read_proxy(struct url_parts *parts, const char *proxy);

void url_parts_release(struct url_parts *parts);

#endif
