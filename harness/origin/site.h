/*
 * site: what the origin has for its answers, and the one function that every request comes to.
 *
 *     struct site site = SITE_NONE;
 *     if (site_init(&site, &failure) == 0)
 *         options = (struct server_options){.site = &site, .handle = site_handle, .reads_body =
 * site_reads_body}; site_release(&site);
 *
 * Belongs to the server's thread.
 */
#ifndef HARNESS_SITE_H
#define HARNESS_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange.h"
#include "failure.h"
#include "random.h"

#define SITE_BYTES_MAX  ((size_t)100 * 1024) /* the most that /bytes gives, as httpbin does */
#define SITE_NOISE_SIZE (2 * SITE_BYTES_MAX) /* the random bytes that answers are taken from */

struct site {
    struct random random;
    unsigned char *noise;   /* SITE_NOISE_SIZE random bytes */
    int refusing_fd;        /* bound to refusing_port, and never listening; -1: none */
    uint16_t refusing_port; /* where connections are refused, on 127.0.0.1 */
};

/* One that was never initialised. */
#define SITE_NONE ((struct site){.refusing_fd = -1})

/* After -1 as well, call site_release. */
int site_init(struct site *site, struct failure *failure);

void site_release(struct site *site);

/* Finds the request's route and lets it answer. */
void site_handle(struct exchange *exchange);

/* False for the fault that is just that. */
bool site_reads_body(const struct exchange *exchange);

/* Of a URL where connections are refused, with the request's scheme. */
void site_append_refusing_url(const struct exchange *exchange, struct buffer *url);

struct site *site_of(const struct exchange *exchange);

#endif
