/*
 * parse_speed: how long a million lines of text and a million requests of JSON take to parse.
 *
 *     parse_speed [COUNT]
 *
 * Build it as a release; a debug or a sanitized build says nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "clock.h"
#include "workload.h"

static void make_lines(struct buffer *text, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++)
        buffer_printf(text, "GET http://www.example.com:8080/items/%lu?page=2\n", i);
}

static void make_paths(struct buffer *text, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++)
        buffer_append_text(text, "/bytes/24?seed=1\n");
}

/* What libcurl itself has to be asked about. */
static void make_odd_lines(struct buffer *text, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++)
        buffer_printf(text, "http://user:password@[::1]:8080/items/%lu\n", i);
}

static void make_json(struct buffer *text, unsigned long count)
{
    buffer_append_text(text, "{\"batches\": [");
    for (unsigned long i = 0; i < count; i++)
        buffer_printf(text,
            "%s\n{\"name\": \"order %lu\", \"requests\": [{\"method\": \"POST\", \"url\": \"/anything/%lu\", "
            "\"headers\": {\"Accept\": \"application/json\", \"X-Trace\": \"%lu\"}, "
            "\"body\": {\"order\": %lu, \"items\": [1, 2, 3]}, \"expected_status\": 200}]}",
            i == 0 ? "" : ",", i, i, i, i);
    buffer_append_text(text, "\n]}\n");
}

static void make_short_json(struct buffer *text, unsigned long count)
{
    buffer_append_text(text, "[");
    for (unsigned long i = 0; i < count; i++)
        buffer_printf(text, "%s[{\"url\": \"/anything/%lu\"}]", i == 0 ? "" : ",\n", i);
    buffer_append_text(text, "]\n");
}

static double seconds_since(uint64_t start_ns)
{
    return (double)(clock_monotonic_ns() - start_ns) / (double)NS_PER_S;
}

static void print_line(
    const char *what, const struct buffer *text, double parse_s, double check_s, double write_s)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("%-34s %7.1f MB  parse %6.3f s  check %6.3f s  write %6.3f s  peak so far %5ld MB\n", what,
        (double)text->size / 1e6, parse_s, check_s, write_s, usage.ru_maxrss / 1024);
}

static int measure(
    const char *what, void (*make)(struct buffer *text, unsigned long count), unsigned long count)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};
    struct buffer text = {0};
    struct buffer json = {0};

    make(&text, count);
    uint64_t start_ns = clock_monotonic_ns();
    int result = workload_parse(text.bytes, text.size, what, &memory, &failure);
    double parse_s = seconds_since(start_ns);
    start_ns = clock_monotonic_ns();
    if (result == 0)
        result = workload_check(memory.bytes, memory.size, &failure);
    double check_s = seconds_since(start_ns);
    start_ns = clock_monotonic_ns();
    if (result == 0)
        result = workload_write_json(memory.bytes, &json, &failure);
    if (result == 0)
        print_line(what, &text, parse_s, check_s, seconds_since(start_ns));
    else
        (void)fprintf(stderr, "%s\n", failure.message);
    buffer_release(&json);
    buffer_release(&text);
    shared_memory_release(&memory);
    return result;
}

int main(int argc, char **argv)
{
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;

    (void)printf("%lu requests each\n", count);
    int result = measure("text, the same path", make_paths, count);
    result |= measure("text, different URLs", make_lines, count);
    result |= measure("text, URLs only libcurl can judge", make_odd_lines, count);
    result |= measure("JSON, only URLs", make_short_json, count);
    result |= measure("JSON, names, headers and bodies", make_json, count);
    return result == 0 ? 0 : 1;
}
