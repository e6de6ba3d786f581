/*
 * url: can this be requested, and how may it be shown?
 */
#ifndef HARNESS_WORKLOAD_URL_H
#define HARNESS_WORKLOAD_URL_H

#include <stddef.h>

#include "source.h"

#define URL_SIZE_MAX 65535

/* Room for a reason and a remedy that name something of the URL: a host name has at most 255 bytes. */
struct url_remedy {
    char text[384];
};

/* NULL when `url` is an http or https URL that libcurl can parse, or a path that begins with "/"; else reason
 * and remedy, to be written after "URL '...' ". They may be in `remedy`. */
const char *url_problem(const char *url, size_t size, struct url_remedy *remedy);

/* The first character of `text` that can't be seen, or looks like a space and is none, such as U+00A0: its
 * offset, with reason and remedy in `remedy`; `size` when there is none. What is not UTF-8 has none. */
size_t url_find_unseen(const char *text, size_t size, struct url_remedy *remedy);

/* A URL that may be malformed as it may stand in a message: whatever could be a password in it is left out.
 */
struct quote quote_url(const char *url, size_t size);

#endif
