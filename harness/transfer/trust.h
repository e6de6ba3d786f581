/*
 * trust: the certificates that servers are verified against, read once before the clock starts and shared by
 * all handles; and a count of TLS handshakes.
 *
 * libcurl reads the CA bundle for each new connection, which takes tens of milliseconds of CPU with a
 * distribution's bundle, and caches it in each multi handle: a strategy with one multi handle would read it
 * once, one with many threads as often as it has threads. So the store is made here, and libcurl reads
 * nothing.
 *
 * libcurl does not tell whether a handshake resumed an earlier session; OpenSSL does. Sessions are kept as
 * libcurl keeps them: before 8.12 for each easy handle, from then on for each multi handle (and so for each
 * handle that blocks).
 */
#ifndef HARNESS_TRANSFER_TRUST_H
#define HARNESS_TRANSFER_TRUST_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "transfer.h"

struct trust;

/* The TLS handshakes of a lane's transfer that were completed. Counted by the thread that the lane is in. */
struct handshakes {
    struct trust *trust; /* NULL: nobody counts */
    bool are_unknown;    /* there may be some, and nobody counts */
    uint32_t full;
    uint32_t resumed;
};

static inline void handshakes_forget(struct handshakes *handshakes)
{
    handshakes->full = 0;
    handshakes->resumed = 0;
}

/* NULL if libcurl's TLS library is not OpenSSL, or memory runs out. If there are no certificates to share,
 * because they are not verified or can't be read, libcurl reads what it is told to, and reports errors for
 * each request. */
struct trust *trust_create(const struct settings *settings);

/* The handle's TLS options, from the trust in `handshakes`, which must outlive the handle's connections. */
void trust_set_up(struct handshakes *handshakes, const struct settings *settings, CURL *handle);

/*
 * Appends to the PEM file `fd` what is trusted anyway: `ca_file`, or if that is NULL the bundle that libcurl
 * was built for; nothing if there is none. So the embedded origin's authority comes on top, whatever
 * libcurl's TLS library. -1 with a failure.
 */
int trust_append_known(int fd, const char *ca_file, struct failure *failure);

void trust_destroy(struct trust *trust);

#endif
