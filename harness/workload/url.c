#include "url.h"

#include <curl/curl.h>
#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rules.h"
#include "secrets.h"
#include "utf8.h"
#include "workload.h"

/* The size of "http://" or "https://" at the start, in any case; 0 when there is neither. */
static size_t url_scheme_size(const char *url, size_t size)
{
    if (size >= 7 && strncasecmp(url, "http://", 7) == 0)
        return 7;
    return size >= 8 && strncasecmp(url, "https://", 8) == 0 ? 8 : 0;
}

static bool url_is_ascii(const char *text)
{
    while (*text && utf8_is_ascii(*text))
        text++;
    return *text == '\0';
}

/*
 * A name or an IPv4 address, perhaps a port, then the end or the path: what nearly every URL looks
 * like. Asking libcurl takes about a microsecond a URL, which a million lines would notice.
 */
static bool url_is_plain(const char *authority, const char *end)
{
    const char *at = authority;
    unsigned long port = 1;

    while (at < end && ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                           (*at >= '0' && *at <= '9') || *at == '.' || *at == '-'))
        at++;
    if (at == authority)
        return false;
    if (at < end && *at == ':') {
        const char *digits = ++at;
        for (port = 0; at < end && *at >= '0' && *at <= '9' && at - digits < 6; at++)
            port = port * 10 + (unsigned long)(*at - '0');
    }
    return port >= 1 && port <= 65535 && (at == end || *at == '/' || *at == '?' || *at == '#');
}

static const char *url_code_problem(CURLUcode code)
{
    switch (code) {
    case CURLUE_OK:
        return NULL;
    case CURLUE_OUT_OF_MEMORY:
        return "could not be checked: out of memory; free some and try again";
    case CURLUE_BAD_PORT_NUMBER:
        return "has a bad port number; use 1 to 65535";
    case CURLUE_NO_HOST:
    case CURLUE_BAD_HOSTNAME:
        return "has a bad host name; write it as http://host/path";
    case CURLUE_BAD_IPV6:
        return "has a bad IPv6 address; write it as http://[::1]/path";
    default:
        return "can't be parsed; write it as http://host/path";
    }
}

/*
 * The name as DNS has it, "xn--...", for curl_free; NULL when libcurl can't say. Before 8.0 it takes names to
 * be in the character set of the locale, and no locale was chosen.
 */
static char *url_ascii_host(CURLU *parts)
{
    char *host = NULL;
#ifdef CURLU_PUNYCODE
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;

    if (curl_url_get(parts, CURLUPART_HOST, &host, CURLU_PUNYCODE) != CURLUE_OK) {
        curl_free(host); /* 7.88 leaves the name there when it can't convert it */
        host = NULL;
    }
    if (utf8) {
        (void)uselocale(before);
        freelocale(utf8);
    }
#else
    (void)parts;
#endif
    if (host && !url_is_ascii(host)) {
        curl_free(host);
        host = NULL;
    }
    return host;
}

/* International names are refused: what is looked up, sent and written to files is one and the same. */
static const char *url_host_problem(CURLU *parts, struct url_remedy *remedy)
{
    char *host = NULL;

    if (curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        return NULL;
    bool is_ascii = url_is_ascii(host);
    curl_free(host);
    if (is_ascii)
        return NULL;
    char *ascii = url_ascii_host(parts);
    if (!ascii)
        return "has a host name that is not ASCII; write it in the form that begins with 'xn--'";
    (void)snprintf(
        remedy->text, sizeof remedy->text, "has a host name that is not ASCII; write it as '%s'", ascii);
    curl_free(ascii);
    return remedy->text;
}

/* libcurl's own opinion, but for port 0, which it takes and nobody can connect to. */
static CURLUcode url_ask_curl(CURLU *parts, const char *url)
{
    char *port = NULL;
    CURLUcode code = curl_url_set(parts, CURLUPART_URL, url, 0);

    if (code == CURLUE_OK && curl_url_get(parts, CURLUPART_PORT, &port, 0) == CURLUE_OK &&
        strcmp(port, "0") == 0)
        code = CURLUE_BAD_PORT_NUMBER;
    curl_free(port);
    return code;
}

static const char *url_curl_problem(const char *url, size_t size, struct url_remedy *remedy)
{
    char *text = strndup(url, size);
    CURLU *parts = curl_url();
    CURLUcode code = text && parts ? url_ask_curl(parts, text) : CURLUE_OUT_OF_MEMORY;
    const char *problem = code == CURLUE_OK ? url_host_problem(parts, remedy) : url_code_problem(code);

    curl_url_cleanup(parts);
    free(text);
    return problem;
}

/* White space, control characters and what has no shape, beyond ASCII (The Unicode Standard, chapters 6.2 and
 * 23), with all of Default_Ignorable_Code_Point; but U+200C and U+200D, which join, and the variation
 * selectors U+FE00 to U+FE0F are left to the scripts and emoji that need them. */
static bool url_is_unseen(uint32_t point)
{
    static const struct {
        uint32_t first;
        uint32_t last;
    } ranges[] = {{0x80, 0xa0}, {0xad, 0xad}, {0x34f, 0x34f}, {0x61c, 0x61c}, {0x115f, 0x1160},
        {0x1680, 0x1680}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x2000, 0x200b}, {0x200e, 0x200f},
        {0x2028, 0x202f}, {0x205f, 0x206f}, {0x2800, 0x2800}, {0x3000, 0x3000}, {0x3164, 0x3164},
        {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
        {0xe0000, 0xe0fff}};

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    return false;
}

/* "%C2%A0" */
static void url_encode(const char *bytes, size_t size, char encoded[4 * 3 + 1])
{
    for (size_t i = 0; i < size; i++)
        (void)snprintf(encoded + 3 * i, 4, "%%%02X", (unsigned char)bytes[i]);
}

size_t url_find_unseen(const char *text, size_t size, struct url_remedy *remedy)
{
    size_t length = 0;

    for (size_t at = 0; at < size; at += length) {
        length = utf8_sequence_size(text + at, size - at);
        if (length == 0)
            return size;
        uint32_t point = length > 1 ? utf8_code_point(text + at, length) : 0;
        if (!url_is_unseen(point))
            continue;
        char encoded[4 * 3 + 1];
        url_encode(text + at, length, encoded);
        (void)snprintf(remedy->text, sizeof remedy->text,
            "contains U+%04X, which looks like a space or like nothing; remove it, put a space in its place, "
            "or write it as %s",
            (unsigned int)point, encoded);
        return at;
    }
    return size;
}

/* Spaces, control characters and stray bytes would end up in the request line. */
static const char *url_character_problem(const char *url, size_t size, struct url_remedy *remedy)
{
    bool ascii = true;

    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)url[i];
        if (c == ' ')
            return "contains a space; write it as %20";
        if (c < ' ' || c == 0x7f)
            return "contains a control character; remove it, or percent-encode it";
        ascii = ascii && utf8_is_ascii(url[i]);
    }
    if (ascii)
        return NULL;
    if (!utf8_is_valid(url, size))
        return "is not UTF-8; percent-encode its bytes";
    return url_find_unseen(url, size, remedy) < size ? remedy->text : NULL;
}

static const char *url_scheme_problem(const char *url, size_t size)
{
    if (memmem(url, size, "://", 3))
        return "has a scheme other than http and https; use one of those";
    return "has no scheme; begin it with http:// or https://, or with '/' for a path of the base URL";
}

const char *url_problem(const char *url, size_t size, struct url_remedy *remedy)
{
    size_t scheme_size = url_scheme_size(url, size);

    if (size == 0)
        return "is empty; write http://host/path, or a path such as /get";
    if (size > URL_SIZE_MAX)
        return "is longer than 65535 bytes; shorten it";
    const char *problem = url_character_problem(url, size, remedy);
    if (problem || url[0] == '/')
        return problem;
    if (scheme_size == 0)
        return url_scheme_problem(url, size);
    if (url_is_plain(url + scheme_size, url + size))
        return NULL;
    /* libcurl would forgive "http:///host" and take what follows for the host. */
    if (scheme_size == size || url[scheme_size] == '/')
        return url_code_problem(CURLUE_NO_HOST);
    return url_curl_problem(url, size, remedy);
}

struct quote quote_url(const char *url, size_t size)
{
    struct buffer plain = {0};
    struct buffer shown = {0};

    secrets_show_url(url, size, &plain);
    const char *text = plain.bytes ? plain.bytes : "";
    const char *at = plain.size > 0 && text[0] != '/' ? memrchr(text, '@', plain.size) : NULL;
    if (at) {
        buffer_append(&shown, text, url_scheme_size(text, plain.size));
        buffer_append_text(&shown, SECRETS_SHOWN);
    }
    buffer_append(&shown, at ? at : text, plain.size - (at ? (size_t)(at - text) : 0));
    struct quote quote = quote_text(shown.bytes ? shown.bytes : "", shown.size);
    buffer_release(&shown);
    buffer_release(&plain);
    return quote;
}

void workload_show_url(const char *url, struct buffer *shown)
{
    const char *colon = url + strcspn(url, ":/?#@");
    size_t scheme_size =
        strncmp(colon, "://", 3) == 0 ? (size_t)(colon - url) + 3 : 0; /* a proxy may have none */
    const char *authority = url + scheme_size;
    const char *at = url[0] == '/' ? NULL : memrchr(authority, '@', strcspn(authority, "/?#"));

    if (at) {
        buffer_append(shown, url, scheme_size);
        buffer_append_text(shown, SECRETS_SHOWN);
        url = at;
    }
    secrets_show_url(url, strlen(url), shown);
}

int workload_check_base_url(const char *url, struct failure *failure)
{
    size_t size = strlen(url);
    struct url_remedy remedy;
    const char *problem = url_problem(url, size, &remedy);

    if (!problem && url[0] == '/')
        problem = "is a path; begin it with http:// or https:// and the host";
    if (!problem && strpbrk(url, "?#")) /* nobody needs its path to find it, and that may be a secret, too */
        return failure_set(failure, FAILURE_USAGE,
            "base URL '%s...' has a query or a fragment; leave them out, because the workload's paths are "
            "appended to it",
            quote_url(url, workload_authority_length(url)).text);
    if (problem)
        return failure_set(failure, FAILURE_USAGE, "base URL '%s' %s", quote_url(url, size).text, problem);
    return 0;
}

static bool url_is_proxy_scheme(const char *scheme)
{
    static const char *const known[] = {"http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h"};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcasecmp(scheme, known[i]) == 0)
            return true;
    return false;
}

/* With the flags that libcurl itself uses for a proxy. */
static const char *url_ask_curl_of_proxy(const char *proxy, struct url_remedy *remedy)
{
    CURLU *parts = curl_url();
    char *scheme = NULL;
    CURLUcode code =
        parts ? curl_url_set(parts, CURLUPART_URL, proxy, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME)
              : CURLUE_OUT_OF_MEMORY;

    if (code == CURLUE_OK)
        code = curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0);
    const char *problem = url_code_problem(code);
    if (!problem && !url_is_proxy_scheme(scheme))
        problem = "has a scheme that no proxy has; use http, https, socks4, socks4a, socks5 or socks5h";
    if (!problem)
        problem = url_host_problem(parts, remedy);
    curl_free(scheme);
    curl_url_cleanup(parts);
    return problem;
}

int workload_check_proxy(const char *proxy, struct failure *failure)
{
    struct url_remedy remedy;
    size_t size = strlen(proxy);
    const char *colon = strstr(proxy, "://");
    const char *authority = colon ? colon + 3 : proxy;
    const char *problem = url_character_problem(proxy, size, &remedy);

    /* libcurl would take what stands before it for the host, and whoever reads it what follows for harmless.
     */
    if (!problem && strchr(authority + strcspn(authority, "/?#"), '@'))
        problem = "has a '/', '?' or '#' before its '@'; in a password write %2F, %3F or %23";
    if (!problem)
        problem = url_ask_curl_of_proxy(proxy, &remedy);
    if (problem)
        return failure_set(failure, FAILURE_USAGE, "proxy '%s' %s", quote_url(proxy, size).text, problem);
    return 0;
}
