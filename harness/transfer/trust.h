/*
 * trust: the certificates that servers are verified against, read once before the clock starts and shared by
 * all handles.
 *
 * libcurl reads the CA bundle for each new connection, which takes tens of milliseconds of CPU with a
 * distribution's bundle, and caches it in each multi handle: a strategy with one multi handle would read it
 * once, one with many threads as often as it has threads. So the store is made here, and libcurl reads
 * nothing.
 */
#ifndef HARNESS_TRANSFER_TRUST_H
#define HARNESS_TRANSFER_TRUST_H

#include <curl/curl.h>

#include "transfer.h"

struct trust;

/* NULL if there is nothing to share: certificates are not verified or can't be read, or libcurl's TLS library
 * is not OpenSSL. libcurl then reads what it is told to, and reports errors for each request. */
struct trust *trust_create(const struct settings *settings);

/* The handle's TLS options; `trust` may be NULL. */
void trust_set_up(struct trust *trust, const struct settings *settings, CURL *handle);

void trust_destroy(struct trust *trust);

#endif
