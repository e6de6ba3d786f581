/*
 * names: every name is looked up once, before the clock, so that no strategy pays for the resolver (libcurl's
 * starts a thread per look-up), none profits from another's cache, and none waits again and again for a name
 * that has no address.
 *
 *     struct names *names = names_look_up(&prepared, settings, &failure);
 *     curl_easy_setopt(handle, CURLOPT_RESOLVE, names_addresses(names));
 *     ... names_problem(names, url) ...
 *     names_destroy(names);
 *
 * Names that libcurl does not need are left alone: those of servers behind a proxy that looks them up itself.
 * After names_look_up nothing changes, and any thread may read. What only redirects lead to is not known
 * here: see lost_names.h.
 */
#ifndef HARNESS_TRANSFER_NAMES_H
#define HARNESS_TRANSFER_NAMES_H

#include <curl/curl.h>

#include "failure.h"
#include "settings.h"

struct names;
struct prepared_requests;

/* Looks up the names of all prepared requests, and of the proxies that these go through, for some seconds at
 * most. Each request learns why it can't be sent (`no_address`), in a text that lives as long as the names.
 */
struct names *names_look_up(
    struct prepared_requests *prepared, const struct settings *settings, struct failure *failure);

void names_destroy(struct names *names);

/* "HOST:PORT:ADDRESS,..." for each name that has an address; NULL when there is none. */
struct curl_slist *names_addresses(const struct names *names);

/* Is there a name without an address? */
bool names_have_problems(const struct names *names);

/* Why `url` can't be sent to, as libcurl says it; NULL: its name has an address, or was not looked up. */
const char *names_problem(const struct names *names, const char *url);

#endif
