/*
 * http: which version of HTTP a request asks for, and what that means for connections. Decided here and
 * nowhere else.
 *
 * HTTP/2 is asked for over TLS, by ALPN: a server that does not offer it answers with HTTP/1.1. Without TLS
 * it can't be asked for and is used with prior knowledge (h2c), which libcurl can from 8.0.0 on.
 *
 * HTTP/3 would be one more word of --http, one more case in http_version_for, one more check, and one more
 * version to be missed in an answer (harness/analysis/tally.c): connections carry streams in whatever is not
 * HTTP/1.1.
 */
#ifndef HARNESS_TRANSFER_HTTP_H
#define HARNESS_TRANSFER_HTTP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

#include "failure.h"
#include "settings.h"
#include "workload.h"

/* With --location a request is sent on so often, and then given up. */
#define REDIRECTS_MAX 30

/*
 * Can this libcurl (curl_version_info) ask for what the settings want of the workload's servers? If not, -1
 * with a FAILURE_USAGE that names its version and the reason.
 */
int http_check(const struct settings *settings, const struct workload *workload,
    const curl_version_info_data *libcurl, struct failure *failure);

/* For CURLOPT_HTTP_VERSION, of a request to this URL. */
long http_version_for(const struct settings *settings, const char *url);

/* The same for where `version` is redirected to, on another server: nobody knows whether that speaks HTTP/2
 * without TLS. */
long http_version_elsewhere(long version);

/* Does this libcurl open a connection for each transfer that finds those before full, although another is
 * being opened? (Before 8.0.0, curl pull request 10456.) */
bool http_is_hasty(const curl_version_info_data *libcurl);

/* How many transfers of one event loop share a connection: 1 over HTTP/1.1, and with --no-reuse. */
size_t http_streams(const struct settings *settings);

/* The multi handle's and the easy handle's options that follow from the settings. */
void http_set_up_multi(const struct settings *settings, CURLM *multi);
void http_set_up(const struct settings *settings, CURL *handle);

#endif
