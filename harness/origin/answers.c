#include "answers.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "echo.h"
#include "exchange.h"
#include "faults.h"
#include "form.h"
#include "origin.h"
#include "random.h"
#include "routes.h"
#include "site.h"
#include "status.h"
#include "text.h"

#define ANSWER_DELAY_MAX_S 10.0

void answer_landing(struct exchange *exchange, const struct route_match *match)
{
    struct buffer *page = exchange_buffer(exchange);

    (void)match;
    buffer_append_text(page,
        "<!doctype html>\n<html lang=en>\n<title>harness origin</title>\n<h1>harness origin</h1>\n<ul>\n");
    for (const struct route *route = routes; route->path; route++) {
        buffer_printf(page, "<li><code>%s</code> %s (", route->path, route->summary);
        route_append_allow(route, page);
        buffer_append_text(page, ")\n");
    }
    buffer_append_text(page, "</ul>\n<h2>faults</h2>\n<ul>\n");
    for (const struct fault *fault = faults; fault->name; fault++)
        buffer_printf(page, "<li><code>/fault/%s</code> %s\n", fault->name, fault->summary);
    buffer_append_text(page, "</ul>\n");
    exchange_answer_buffer(exchange, 200, CONTENT_TYPE_HTML, page);
}

void answer_get(struct exchange *exchange, const struct route_match *match)
{
    (void)match;
    echo_answer(exchange, ECHO_ARGS | ECHO_HEADERS | ECHO_ORIGIN | ECHO_URL);
}

void answer_body(struct exchange *exchange, const struct route_match *match)
{
    (void)match;
    echo_answer(exchange, ECHO_ALL & ~(unsigned)ECHO_METHOD);
}

void answer_anything(struct exchange *exchange, const struct route_match *match)
{
    (void)match;
    echo_answer(exchange, ECHO_ALL);
}

void answer_headers(struct exchange *exchange, const struct route_match *match)
{
    (void)match;
    echo_answer(exchange, ECHO_HEADERS);
}

void answer_status(struct exchange *exchange, const struct route_match *match)
{
    int code = status_choose(match->argument, match->argument_size, random_unit(&site_of(exchange)->random));
    const struct status_extra *extra = status_extra(code);
    const char *content_type = CONTENT_TYPE_HTML;
    const char *body = "";

    if (code < 0) {
        exchange_answer(exchange, 400, CONTENT_TYPE_TEXT, span_of("Invalid status code"));
        return;
    }
    if (extra) {
        content_type = extra->content_type;
        body = extra->body ? extra->body : "";
    }
    if (extra && extra->header)
        exchange_add_header(exchange, extra->header, span_of(extra->header_value));
    exchange_answer(exchange, code, code == 304 ? NULL : content_type, span_of(body));
}

static void answer_delayed(struct exchange *exchange)
{
    echo_answer(exchange, ECHO_ALL & ~(unsigned)(ECHO_METHOD | ECHO_JSON));
}

/* False: it is not a number of seconds. */
static bool answer_read_delay(const struct route_match *match, double *seconds)
{
    if (!text_parse_number(match->argument, match->argument_size, seconds) || !(*seconds >= 0))
        return false;
    if (*seconds > ANSWER_DELAY_MAX_S)
        *seconds = ANSWER_DELAY_MAX_S;
    return true;
}

double origin_delay_s(const char *path)
{
    struct route_match match = routes_match(path, strcspn(path, "?#"));
    double seconds = 0;

    if (!match.route || match.route->answer != answer_delay || !answer_read_delay(&match, &seconds))
        return 0;
    return seconds;
}

void answer_delay(struct exchange *exchange, const struct route_match *match)
{
    double seconds;

    if (!answer_read_delay(match, &seconds)) {
        exchange_answer_error(exchange, 500, "The delay must be a number of seconds, 0 or more.");
        return;
    }
    exchange_later(exchange, (uint64_t)(seconds * (double)NS_PER_S), answer_delayed);
}

static bool answer_parse_seed(const struct buffer *text, uint64_t *seed)
{
    bool negative = text->size > 0 && text->bytes[0] == '-';
    size_t skipped = negative ? 1 : 0;

    if (!text_parse_count(text->bytes + skipped, text->size - skipped, seed))
        return false;
    if (negative)
        *seed = 0 - *seed;
    return true;
}

/* The same bytes whenever the seed is the same, on every machine. */
static struct span answer_seeded_bytes(struct exchange *exchange, uint64_t seed, size_t size)
{
    struct random random = {seed};
    struct buffer *buffer = exchange_buffer(exchange);
    char *bytes = buffer_reserve(buffer, size);
    uint64_t bits = 0;

    for (size_t at = 0; bytes && at < size; at++, bits >>= 8) {
        if (at % 8 == 0)
            bits = random_next(&random);
        bytes[at] = (char)(unsigned char)bits;
    }
    return (struct span){bytes, bytes ? size : 0};
}

/* Without a seed no client can tell where random bytes come from: from a random place in a pool made once. */
static struct span answer_any_bytes(struct exchange *exchange, size_t size)
{
    struct site *site = site_of(exchange);
    uint64_t start = random_below(&site->random, SITE_NOISE_SIZE - SITE_BYTES_MAX + 1);

    return (struct span){(const char *)site->noise + start, size};
}

/* The random bytes that the path and ?seed= ask for; false when the request has been refused. */
static bool answer_random_bytes(
    struct exchange *exchange, const struct route_match *match, struct span *bytes)
{
    size_t size = match->number < SITE_BYTES_MAX ? (size_t)match->number : SITE_BYTES_MAX;
    struct span query = request_query(&exchange->request);
    struct buffer text = {0};
    uint64_t seed = 0;
    bool seeded = query.size > 0 && form_find(query.bytes, query.size, "seed", &text);
    bool bad = seeded && !answer_parse_seed(&text, &seed);

    buffer_release(&text);
    if (bad) {
        exchange_answer_error(exchange, 500, "The seed must be a whole number.");
        return false;
    }
    *bytes = seeded ? answer_seeded_bytes(exchange, seed, size) : answer_any_bytes(exchange, size);
    return true;
}

void answer_bytes(struct exchange *exchange, const struct route_match *match)
{
    struct span bytes;

    if (answer_random_bytes(exchange, match, &bytes))
        exchange_answer(exchange, 200, "application/octet-stream", bytes);
}

void answer_stream_bytes(struct exchange *exchange, const struct route_match *match)
{
    struct span bytes;

    if (answer_random_bytes(exchange, match, &bytes))
        exchange_answer_length(exchange, "application/octet-stream", bytes, EXCHANGE_LENGTH_UNKNOWN);
}

/* Redirects to /`kind`-redirect/n-1, or to /get after the last. */
static void answer_redirection(
    struct exchange *exchange, uint64_t count, const char *kind, bool whole_url, bool with_page)
{
    struct span authority = request_authority(&exchange->request);
    struct buffer *location = exchange_buffer(exchange);
    struct buffer *page = exchange_buffer(exchange);

    if (count == 0) {
        exchange_answer_error(exchange, 500, "The number of redirects must be 1 or more.");
        return;
    }
    if (whole_url)
        buffer_printf(
            location, "%s://%.*s", request_scheme(&exchange->request), (int)authority.size, authority.bytes);
    if (count == 1)
        buffer_append_text(location, "/get");
    else
        buffer_printf(location, "/%s-redirect/%" PRIu64, kind, count - 1);
    if (with_page)
        buffer_append_text(page,
            "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n");
    exchange_add_header(exchange, "location", span_of_buffer(location));
    exchange_answer_buffer(exchange, 302, CONTENT_TYPE_HTML, page);
}

void answer_redirect(struct exchange *exchange, const struct route_match *match)
{
    struct span query = request_query(&exchange->request);
    struct buffer text = {0};
    bool absolute = form_find(query.bytes, query.size, "absolute", &text) && text.size == strlen("true") &&
                    strncasecmp(text.bytes, "true", text.size) == 0;

    buffer_release(&text);
    answer_redirection(exchange, match->number, absolute ? "absolute" : "relative", absolute, true);
}

void answer_relative_redirect(struct exchange *exchange, const struct route_match *match)
{
    answer_redirection(exchange, match->number, "relative", false, false);
}

void answer_absolute_redirect(struct exchange *exchange, const struct route_match *match)
{
    answer_redirection(exchange, match->number, "absolute", true, true);
}
