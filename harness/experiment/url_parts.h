/*
 * url_parts: scheme, host and port of a URL, as libcurl reads them.
 *
 *     struct url_parts parts;
 *     url_parts_read(&parts, "http://[::1]:8080/get");     "http", "::1", 8080
 *     url_parts_release(&parts);
 */
#ifndef HARNESS_EXPERIMENT_URL_PARTS_H
#define HARNESS_EXPERIMENT_URL_PARTS_H

#include <stdint.h>

struct url_parts {
    char *scheme;  /* guessed where it is missing; NULL: can't be read */
    char *host;    /* an IPv6 address without brackets; NULL: there is none */
    uint16_t port; /* 0: it is not in the URL */
};

/* What can't be read is NULL or 0; to be released in any case. */
void url_parts_read(struct url_parts *parts, const char *url);

void url_parts_release(struct url_parts *parts);

#endif
