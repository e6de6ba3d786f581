#include "site.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "clock.h"
#include "faults.h"
#include "loopback.h"
#include "routes.h"
#include "server.h"
#include "text.h"

static int site_make_noise(struct site *site, struct failure *failure)
{
    site->noise = malloc(SITE_NOISE_SIZE);
    if (!site->noise)
        return failure_set(failure, FAILURE_RUN, "out of memory for the origin's random bytes");
    if (getrandom(&site->random.state, sizeof site->random.state, 0) < 0)
        site->random.state = clock_utc_ns();
    for (size_t i = 0; i < SITE_NOISE_SIZE; i++)
        site->noise[i] = (unsigned char)random_next(&site->random);
    return 0;
}

int site_init(struct site *site, struct failure *failure)
{
    *site = SITE_NONE;
    if (site_make_noise(site, failure) != 0)
        return -1;
    /* A port that stays taken, so that nobody else listens there either. */
    site->refusing_fd = server_bind(&site->refusing_port, false, failure);
    return site->refusing_fd < 0 ? -1 : 0;
}

void site_release(struct site *site)
{
    if (site->refusing_fd >= 0)
        (void)close(site->refusing_fd);
    free(site->noise);
    *site = SITE_NONE;
}

struct site *site_of(const struct exchange *exchange)
{
    return exchange_site(exchange);
}

void site_append_refusing_url(const struct exchange *exchange, struct buffer *url)
{
    buffer_printf(
        url, "%s://127.0.0.1:%u/", request_scheme(&exchange->request), site_of(exchange)->refusing_port);
}

static struct span site_decode(struct span path, struct buffer *decoded)
{
    text_append_unquoted(decoded, path.bytes, path.size, false);
    return span_of_buffer(decoded);
}

/* The path, percent-decoded; most have nothing to decode. */
static struct span site_path(struct exchange *exchange)
{
    struct span path = request_path(&exchange->request);

    return memchr(path.bytes, '%', path.size) ? site_decode(path, exchange_buffer(exchange)) : path;
}

/* "host" or "host:80"; of "[::1]:80" the brackets stay. */
static bool site_is_loopback(struct span authority)
{
    const char *colon = authority.size > 0 ? memrchr(authority.bytes, ':', authority.size) : NULL;
    const char *bracket = authority.size > 0 ? memrchr(authority.bytes, ']', authority.size) : NULL;
    bool has_port = colon && (!bracket || bracket < colon);
    size_t host_size = has_port ? (size_t)(colon - authority.bytes) : authority.size;

    for (size_t i = host_size + 1; i < authority.size; i++)
        if (authority.bytes[i] < '0' || authority.bytes[i] > '9')
            return false;
    return loopback_is_host(authority.bytes, host_size);
}

/* Is this the origin of a page that was loaded from this machine? "null" is not: any page can become that. */
static bool site_is_own_page(struct span origin)
{
    const char *scheme_end = memmem(origin.bytes, origin.size, "://", 3);

    if (!scheme_end)
        return false;
    const char *authority = scheme_end + 3;
    return site_is_loopback((struct span){authority, (size_t)(origin.bytes + origin.size - authority)});
}

/*
 * A page in a browser on this machine can make a name of its own lead to 127.0.0.1 (DNS rebinding). Its
 * requests come with that name. Programs that are no browsers may leave it out.
 */
static bool site_is_meant(const struct exchange *exchange)
{
    struct span authority = request_authority(&exchange->request);

    return authority.size == 0 || site_is_loopback(authority);
}

/* What else it adds for browsers that ask before they send. */
static void site_add_preflight_headers(struct exchange *exchange)
{
    struct span wanted = request_header(&exchange->request, "access-control-request-headers");

    exchange_add_header(
        exchange, "access-control-allow-methods", span_of("GET, POST, PUT, DELETE, PATCH, OPTIONS"));
    exchange_add_header(exchange, "access-control-max-age", span_of("3600"));
    if (wanted.size > 0)
        exchange_add_header(exchange, "access-control-allow-headers", wanted);
}

/* What httpbin adds to every answer, so that pages of other origins may read it. Here only pages of this
 * machine may: every other page that a browser on it shows could use this server too. */
static void site_allow_other_origins(struct exchange *exchange)
{
    struct span origin = request_header(&exchange->request, "origin");

    exchange_add_header(exchange, "vary", span_of("origin")); /* or a cache would hand it to another page */
    if (origin.size > 0 && !site_is_own_page(origin))
        return;
    exchange_add_header(exchange, "access-control-allow-origin", origin.size > 0 ? origin : span_of("*"));
    exchange_add_header(exchange, "access-control-allow-credentials", span_of("true"));
    if (span_is(request_method(&exchange->request), "OPTIONS"))
        site_add_preflight_headers(exchange);
}

static void site_add_allow(struct exchange *exchange, const struct route *route)
{
    struct buffer *allow = exchange_buffer(exchange);

    route_append_allow(route, allow);
    exchange_add_header(exchange, "allow", span_of_buffer(allow));
}

static void site_answer_options(struct exchange *exchange)
{
    exchange_answer(exchange, 200, CONTENT_TYPE_HTML, (struct span){NULL, 0});
}

static void site_answer_path(struct exchange *exchange, struct span path)
{
    struct span name = request_method(&exchange->request);
    unsigned method = method_parse(name.bytes, name.size);
    struct route_match match = routes_match(path.bytes, path.size);

    if (!match.route) {
        exchange_answer_error(exchange, 404, "The origin does not know this path; / lists those it knows.");
    } else if ((route_methods(match.route) & method) == 0) {
        site_add_allow(exchange, match.route);
        exchange_answer_error(exchange, 405, "This path does not take that method.");
    } else if (method == METHOD_OPTIONS) {
        site_add_allow(exchange, match.route);
        site_answer_options(exchange);
    } else {
        match.route->answer(exchange, &match);
    }
}

void site_handle(struct exchange *exchange)
{
    struct span path = site_path(exchange);

    site_allow_other_origins(exchange);
    if (!site_is_meant(exchange))
        exchange_answer_error(exchange, 421,
            "The origin answers to names and addresses of this machine only, such as 127.0.0.1.");
    else if (path.size == 0)
        exchange_answer_error(exchange, 501, "The origin is no proxy.");
    else if (span_is(path, "*"))
        site_answer_options(exchange);
    else
        site_answer_path(exchange, path);
}

bool site_reads_body(const struct exchange *exchange)
{
    struct buffer decoded = {0};
    bool leaves_body = fault_leaves_body(site_decode(request_path(&exchange->request), &decoded));

    buffer_release(&decoded);
    return !leaves_body;
}
