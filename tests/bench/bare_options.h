/*
 * bare_options: what the bare loops set on their handles.
 *
 *     CURL *handle = curl_easy_init();
 *     bare_options_set_all(handle, url, lane, error);
 *     CURLM *multi = curl_multi_init();
 *     bare_options_set_multi(multi);
 *
 * The callbacks do what libcurl would do without them, and keep nothing. tests/bench/bare_options_test.c
 * holds the two sets against what harness sets, for a GET over HTTP/1.1 without TLS.
 */
#ifndef BENCH_BARE_OPTIONS_H
#define BENCH_BARE_OPTIONS_H

#include <curl/curl.h>
#include <stddef.h>

/* The options of a handle of harness, with the same values; those that go with a request, too. `url` is
 * copied; `error` has CURL_ERROR_SIZE bytes that outlive the handle. */
void bare_options_set_all(CURL *handle, const char *url, size_t lane, char *error);

/* What no program of this kind goes without: a URL, a sink for the answer, no signals, no proxy. */
void bare_options_set_least(CURL *handle, const char *url);

/* The options of a multi handle of harness. */
void bare_options_set_multi(CURLM *multi);

#endif
