#include "status.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "text.h"

#define STATUS_FIRST 200 /* 1xx are not final answers: a client would go on waiting */
#define STATUS_LAST  999

static const struct status_extra extras[] = {
    {301, "location", "/redirect/1", NULL, NULL},
    {302, "location", "/redirect/1", NULL, NULL},
    {303, "location", "/redirect/1", NULL, NULL},
    {305, "location", "/redirect/1", NULL, NULL},
    {307, "location", "/redirect/1", NULL, NULL},
    {401, "www-authenticate", "Basic realm=\"Fake Realm\"", NULL, NULL},
    {402, "x-more-info", "http://vimeo.com/22053820", NULL, "Payment required\n"},
    {406, NULL, NULL, "application/json",
        "{\"message\": \"Client did not request a supported media type.\", \"accept\": "
        "[\"image/webp\", \"image/svg+xml\", \"image/jpeg\", \"image/png\", \"image/*\"]}"},
    {407, "proxy-authenticate", "Basic realm=\"Fake Realm\"", NULL, NULL},
    {418, "x-more-info", "http://tools.ietf.org/html/rfc2324", NULL, "I'm a teapot\n"},
};

const struct status_extra *status_extra(int code)
{
    for (size_t i = 0; i < sizeof extras / sizeof extras[0]; i++)
        if (extras[i].code == code)
            return &extras[i];
    return NULL;
}

static bool status_parse_code(const char *text, size_t size, int *code)
{
    uint64_t count;

    if (!text_parse_count(text, size, &count) || count < STATUS_FIRST || count > STATUS_LAST)
        return false;
    *code = (int)count;
    return true;
}

/* One "code" or "code:weight" of a list. */
static bool status_parse_choice(const char *text, size_t size, int *code, double *weight)
{
    const char *colon = memchr(text, ':', size);
    size_t code_size = colon ? (size_t)(colon - text) : size;

    *weight = 1;
    if (colon && (!text_parse_number(colon + 1, size - code_size - 1, weight) || *weight < 0))
        return false;
    return status_parse_code(text, code_size, code);
}

/* Sums up the weights, and stops at the code whose weight takes the sum past `limit`. Returns the sum, or -1.
 */
static double status_walk(const char *codes, size_t size, double limit, int *chosen)
{
    const char *end = codes + size;
    double sum = 0;

    for (const char *at = codes; at <= end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma ? comma : end;
        double weight;
        if (!status_parse_choice(at, (size_t)(stop - at), chosen, &weight))
            return -1;
        sum += weight;
        if (sum > limit)
            break;
        at = stop + 1;
    }
    return sum;
}

int status_choose(const char *codes, size_t size, double draw)
{
    int code = -1;

    if (!memchr(codes, ',', size))
        return status_parse_code(codes, size, &code) ? code : -1;
    double sum = status_walk(codes, size, (double)INFINITY, &code);
    if (!(sum > 0))
        return -1;
    (void)status_walk(codes, size, draw * sum, &code);
    return code;
}
