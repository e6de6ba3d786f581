/* redirect: where an answer sends a request on, and what of the request goes with it (RFC 9110, 15.4). */
#include "internal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The codes that send a request on. 304 has another meaning, 305 is deprecated, 306 unused. */
static bool redirect_has_code(uint16_t code)
{
    return (code >= 300 && code <= 303) || code == 307 || code == 308;
}

/* The first that says something; NULL: there is none. It lives until the handle's next transfer. Of an empty
 * header libcurl 7.88 keeps the end of the line. */
static const char *redirect_location(const struct lane *lane)
{
    struct curl_header *header = NULL;

    for (size_t i = 0; curl_easy_header(lane->handle, "Location", i, CURLH_HEADER, -1, &header) == CURLHE_OK;
         i++)
        if (header->value[strspn(header->value, " \t\r\n")] != '\0')
            return header->value;
    return NULL;
}

bool redirect_is_due(const struct lane *lane, CURLcode result)
{
    return result == CURLE_OK && lane->has_whole_head && redirect_has_code(lane->record->response_code) &&
           redirect_location(lane) != NULL;
}

static bool redirect_is_same_part(CURLU *one, CURLU *other, CURLUPart part)
{
    char *first = NULL;
    char *second = NULL;

    bool is_same = curl_url_get(one, part, &first, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                   curl_url_get(other, part, &second, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                   strcasecmp(first, second) == 0;
    curl_free(first);
    curl_free(second);
    return is_same;
}

/* RFC 6454: scheme, host and port. */
static bool redirect_is_same_origin(CURLU *one, CURLU *other)
{
    return redirect_is_same_part(one, other, CURLUPART_SCHEME) &&
           redirect_is_same_part(one, other, CURLUPART_HOST) &&
           redirect_is_same_part(one, other, CURLUPART_PORT);
}

/* A whole URL names no user, but means the same server: it gets the user and password that it had. */
static CURLUcode redirect_keep_user(CURLU *to, CURLU *from)
{
    static const CURLUPart parts[] = {CURLUPART_USER, CURLUPART_PASSWORD};
    CURLUcode code = CURLUE_OK;
    char *own = NULL;

    if (curl_url_get(to, CURLUPART_USER, &own, 0) == CURLUE_OK) {
        curl_free(own);
        return CURLUE_OK;
    }
    for (size_t i = 0; code == CURLUE_OK && i < sizeof parts / sizeof parts[0]; i++) {
        char *text = NULL;
        if (curl_url_get(from, parts[i], &text, 0) == CURLUE_OK)
            code = curl_url_set(to, parts[i], text, 0);
        curl_free(text);
    }
    return code;
}

static CURLcode redirect_refuse(struct lane *lane, CURLcode code, const char *text)
{
    (void)snprintf(lane->error, sizeof lane->error, "%s", text);
    return code;
}

/* http and https only. */
static CURLcode redirect_check_scheme(struct lane *lane, CURLU *to)
{
    char *scheme = NULL;
    CURLcode code = CURLE_OK;

    if (curl_url_get(to, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
        return redirect_refuse(lane, CURLE_WEIRD_SERVER_REPLY, "redirected to a URL without a scheme");
    if (strcasecmp(scheme, "http") != 0 && strcasecmp(scheme, "https") != 0) {
        (void)snprintf(lane->error, sizeof lane->error,
            "redirected to '%.32s', but only http and https are followed", scheme);
        code = CURLE_UNSUPPORTED_PROTOCOL;
    }
    curl_free(scheme);
    return code;
}

/* International names are not converted: what a workload may not name is not followed either. */
static CURLcode redirect_check_host(struct lane *lane, CURLU *to)
{
    CURLcode code = CURLE_OK;
    char *host = NULL;

    if (curl_url_get(to, CURLUPART_HOST, &host, CURLU_URLDECODE) != CURLUE_OK)
        return redirect_refuse(lane, CURLE_WEIRD_SERVER_REPLY, "redirected to a URL without a host");
    for (const char *byte = host; *byte && code == CURLE_OK; byte++)
        if ((unsigned char)*byte >= 0x80)
            code = redirect_refuse(
                lane, CURLE_WEIRD_SERVER_REPLY, "redirected to a host name that is not ASCII ('xn--...')");
    curl_free(host);
    return code;
}

/*
 * The location (RFC 3986, 5.2), from where `to` is. A fragment alone leads to the same place, which libcurl
 * 7.88 takes for another: it leaves out the last part of the path and the query.
 */
static CURLUcode redirect_set_location(CURLU *to, const char *location)
{
    const unsigned int flags = CURLU_URLENCODE | CURLU_ALLOW_SPACE | CURLU_NON_SUPPORT_SCHEME;

    return location[0] == '#' ? CURLUE_OK : curl_url_set(to, CURLUPART_URL, location, flags);
}

/* Where a step leads. */
struct redirect_step {
    char *url; /* whole; both are libcurl's to free */
    char *host;
    bool is_same_origin;
};

static CURLcode redirect_resolve_parts(struct lane *lane, CURLU *from, CURLU *to, struct redirect_step *step)
{
    CURLUcode code = redirect_set_location(to, redirect_location(lane));
    if (code == CURLUE_OUT_OF_MEMORY)
        return CURLE_OUT_OF_MEMORY;
    if (code != CURLUE_OK)
        return redirect_refuse(lane, CURLE_WEIRD_SERVER_REPLY, "redirected to a URL that can't be parsed");
    CURLcode result = redirect_check_scheme(lane, to);
    if (result == CURLE_OK)
        result = redirect_check_host(lane, to);
    if (result != CURLE_OK)
        return result;
    step->is_same_origin = redirect_is_same_origin(from, to);
    if ((step->is_same_origin && redirect_keep_user(to, from) != CURLUE_OK) ||
        curl_url_get(to, CURLUPART_URL, &step->url, 0) != CURLUE_OK ||
        curl_url_get(to, CURLUPART_HOST, &step->host, 0) != CURLUE_OK)
        return CURLE_OUT_OF_MEMORY;
    return CURLE_OK;
}

/* Where the answer's Location leads from `url`. The step is empty unless this went well. */
static CURLcode redirect_resolve(struct lane *lane, const char *url, struct redirect_step *step)
{
    CURLU *from = curl_url();
    CURLcode result = CURLE_OUT_OF_MEMORY;

    CURLUcode code = from ? curl_url_set(from, CURLUPART_URL, url, 0) : CURLUE_OUT_OF_MEMORY;
    CURLU *to = code == CURLUE_OK ? curl_url_dup(from) : NULL;
    if (to)
        result = redirect_resolve_parts(lane, from, to, step);
    if (result != CURLE_OK) {
        curl_free(step->url);
        *step = (struct redirect_step){0};
    }
    curl_url_cleanup(to);
    curl_url_cleanup(from);
    return result;
}

/*
 * 301 and 302 make a POST a GET, as everybody does and RFC 9110 allows; all else keeps its method and body.
 * 303 asks for another page instead of the answer: that is a GET, or a HEAD.
 */
static bool redirect_becomes_get(const struct prepared_request *request, uint16_t code)
{
    return code == 303 || ((code == 301 || code == 302) && strcmp(request->method, "POST") == 0);
}

static void redirect_drop_content(struct prepared_request *request)
{
    if (strcmp(request->method, "HEAD") != 0)
        request->method = "GET";
    request->content = CONTENT_NONE;
    request->body = NULL;
    request->body_size = 0;
}

static bool redirect_is_name(const char *header, const char *name)
{
    size_t size = strlen(name);

    return strncasecmp(header, name, size) == 0 && (header[size] == ':' || header[size] == ';');
}

/* RFC 9110, 15.4, step 5, and what announces a body. */
static bool redirect_is_of_content(const char *header)
{
    return strncasecmp(header, "Content-", 8) == 0 || redirect_is_name(header, "Digest") ||
           redirect_is_name(header, "Repr-Digest") || redirect_is_name(header, "Last-Modified") ||
           redirect_is_name(header, "Expect") || redirect_is_name(header, "Trailer");
}

/* What is secret, or names the server, is for the server that the workload names. */
static bool redirect_is_of_origin(const char *header)
{
    return redirect_is_name(header, "Host") || workload_header_is_secret(header);
}

struct redirect_losses {
    bool content; /* headers that speak of the body */
    bool origin;  /* headers that are for the first server only */
};

static bool redirect_loses(const struct redirect_losses *losses, const char *header)
{
    return (losses->content && redirect_is_of_content(header)) ||
           (losses->origin && redirect_is_of_origin(header));
}

/* The list without what is lost, into `kept`. */
static CURLcode redirect_filter(
    const struct curl_slist *headers, const struct redirect_losses *losses, struct curl_slist **kept)
{
    *kept = NULL;
    for (; headers; headers = headers->next) {
        if (redirect_loses(losses, headers->data))
            continue;
        struct curl_slist *longer = curl_slist_append(*kept, headers->data);
        if (!longer) {
            curl_slist_free_all(*kept);
            *kept = NULL;
            return CURLE_OUT_OF_MEMORY;
        }
        *kept = longer;
    }
    return CURLE_OK;
}

static CURLcode redirect_set_headers(struct redirect *redirect, const struct redirect_losses *losses)
{
    struct curl_slist *kept = NULL;
    bool loses_some = false;

    for (const struct curl_slist *header = redirect->request.headers; header; header = header->next)
        loses_some = loses_some || redirect_loses(losses, header->data);
    if (!loses_some)
        return CURLE_OK;
    CURLcode result = redirect_filter(redirect->request.headers, losses, &kept);
    if (result != CURLE_OK)
        return result;
    curl_slist_free_all(redirect->headers);
    redirect->headers = kept;
    redirect->request.headers = kept;
    return CURLE_OK;
}

/* The time-out is that of the whole chain: each transfer gets what those before it have left. */
static CURLcode redirect_limit_time(struct lane *lane, uint64_t timeout_ms)
{
    struct redirect *redirect = &lane->redirect;
    curl_off_t took_us = 0;

    (void)curl_easy_getinfo(lane->handle, CURLINFO_TOTAL_TIME_T, &took_us);
    redirect->spent_us += took_us > 0 ? (uint64_t)took_us : 0;
    uint64_t spent_ms = redirect->spent_us / 1000;
    redirect->left_ms = timeout_ms > spent_ms ? timeout_ms - spent_ms : 0;
    if (timeout_ms == 0 || redirect->left_ms > 0)
        return CURLE_OK;
    (void)snprintf(lane->error, sizeof lane->error,
        "Operation timed out after %llu milliseconds and %u redirects", (unsigned long long)spent_ms,
        redirect->count + 1);
    return CURLE_OPERATION_TIMEDOUT;
}

CURLcode redirect_turn(struct lane *lane, uint64_t timeout_ms)
{
    struct redirect *redirect = &lane->redirect;
    struct redirect_step step = {0};

    if (redirect->count == REDIRECTS_MAX) {
        (void)snprintf(lane->error, sizeof lane->error, "Maximum (%d) redirects followed", REDIRECTS_MAX);
        return CURLE_TOO_MANY_REDIRECTS;
    }
    CURLcode result = redirect_limit_time(lane, timeout_ms);
    if (result != CURLE_OK)
        return result;
    if (redirect->count == 0)
        redirect->request = *lane->request;
    result = redirect_resolve(lane, redirect->request.url, &step);
    if (result != CURLE_OK)
        return result;
    curl_free(redirect->url);
    curl_free(redirect->host);
    redirect->url = step.url;
    redirect->host = step.host;
    redirect->request.url = step.url;
    if (!step.is_same_origin)
        redirect->request.http_version = http_version_elsewhere(redirect->request.http_version);
    redirect->count++;
    bool becomes_get = redirect_becomes_get(&redirect->request, lane->record->response_code);
    if (becomes_get)
        redirect_drop_content(&redirect->request);
    const struct redirect_losses losses = {.content = becomes_get, .origin = !step.is_same_origin};
    return redirect_set_headers(redirect, &losses);
}

void redirect_set_request(struct lane *lane)
{
    (void)curl_easy_setopt(lane->handle, CURLOPT_TIMEOUT_MS, (long)lane->redirect.left_ms);
    handle_set_request(lane, &lane->redirect.request);
}

void redirect_forget(struct lane *lane)
{
    curl_slist_free_all(lane->redirect.headers);
    curl_free(lane->redirect.url);
    curl_free(lane->redirect.host);
    lane->redirect = (struct redirect){0};
}
