#include "http.h"

#include <string.h>
#include <strings.h>

/* Before, HTTP/2 without TLS failed whenever a connection was used again, and CURLOPT_PIPEWAIT was obeyed for
 * the first connection only. */
#define MENDED 0x080000U

static bool http_is_plain(const char *url)
{
    return strncasecmp(url, "http:", strlen("http:")) == 0;
}

/* The first URL without TLS; NULL: there is none. */
static const char *http_find_plain(const struct settings *settings, const struct workload *workload)
{
    for (uint64_t i = 0; i < workload->request_count; i++) {
        const char *url = workload_text(workload, workload_request(workload, i)->url);
        if (http_is_plain(url[0] == '/' ? settings_base(settings) : url))
            return url;
    }
    return NULL;
}

static int http_refuse_plain(
    const char *url, bool is_embedded, const curl_version_info_data *libcurl, struct failure *failure)
{
    struct buffer shown = {0};

    workload_show_url(url, &shown);
    buffer_append(&shown, "", 1);
    failure_set(failure, FAILURE_USAGE,
        "--http 2 without TLS is broken in libcurl %s (no connection can be used again), and '%s' has none; "
        "use %s, or libcurl %u.%u.%u or later",
        libcurl->version, shown.out_of_memory ? "a URL" : shown.bytes, is_embedded ? "--tls" : "https",
        MENDED >> 16, MENDED >> 8 & 0xff, MENDED & 0xff);
    buffer_release(&shown);
    return -1;
}

int http_check(const struct settings *settings, const struct workload *workload,
    const curl_version_info_data *libcurl, struct failure *failure)
{
    if (settings->http != HTTP_2)
        return 0;
    if ((libcurl->features & CURL_VERSION_HTTP2) == 0)
        return failure_set(failure, FAILURE_USAGE,
            "--http 2 is not possible: libcurl %s was built without HTTP/2; use a build that has it in the "
            "list of features of 'curl --version'",
            libcurl->version);
    const char *plain = libcurl->version_num < MENDED ? http_find_plain(settings, workload) : NULL;
    bool is_embedded = plain && plain[0] == '/' && !settings->base_url;
    return plain ? http_refuse_plain(plain, is_embedded, libcurl, failure) : 0;
}

long http_version_for(const struct settings *settings, const char *url)
{
    if (settings->http != HTTP_2)
        return CURL_HTTP_VERSION_1_1;
    return http_is_plain(url) ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE : CURL_HTTP_VERSION_2TLS;
}

long http_version_elsewhere(long version)
{
    return version == CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE ? CURL_HTTP_VERSION_2TLS : version;
}

bool http_is_hasty(const curl_version_info_data *libcurl)
{
    return libcurl->version_num < MENDED;
}

static bool http_has_streams(const struct settings *settings)
{
    return settings->http != HTTP_1_1;
}

size_t http_streams(const struct settings *settings)
{
    return http_has_streams(settings) && !settings->no_reuse ? (size_t)settings->streams : 1;
}

void http_set_up_multi(const struct settings *settings, CURLM *multi)
{
    if (http_has_streams(settings))
        (void)curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)http_streams(settings));
}

/* Without PIPEWAIT a burst of requests opens a connection each: none has told yet that it can be shared. */
void http_set_up(const struct settings *settings, CURL *handle)
{
    if (http_streams(settings) > 1)
        (void)curl_easy_setopt(handle, CURLOPT_PIPEWAIT, 1L);
}
