/*
 * url: can this be requested, and how may it be shown?
 */
#ifndef HARNESS_WORKLOAD_URL_H
#define HARNESS_WORKLOAD_URL_H

#include <stddef.h>

#include "source.h"

#define URL_SIZE_MAX 65535

/* NULL when `url` is an http or https URL that libcurl can parse, or a path that begins with "/"; else reason
 * and remedy, to be written after "URL '...' ". */
const char *url_problem(const char *url, size_t size);

/* A URL that may be malformed as it may stand in a message: whatever could be a password in it is left out.
 */
struct quote quote_url(const char *url, size_t size);

#endif
