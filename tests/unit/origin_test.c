#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "form.h"
#include "gauge.h"
#include "origin.h"
#include "random.h"
#include "routes.h"
#include "status.h"
#include "text.h"
#include "timers.h"

static const char *path_of(const char *path)
{
    struct route_match match = routes_match(path, strlen(path));

    return match.route ? match.route->path : "none";
}

Test(routes, match_whole_paths_only)
{
    cr_assert_str_eq(path_of("/"), "/");
    cr_assert_str_eq(path_of("/get"), "/get");
    cr_assert_str_eq(path_of("/get/"), "none");
    cr_assert_str_eq(path_of("/gets"), "none");
    cr_assert_str_eq(path_of("/ge"), "none");
    cr_assert_str_eq(path_of(""), "none");
    cr_assert_str_eq(path_of("*"), "none");
}

Test(routes, check_what_kind_of_argument_a_path_has)
{
    cr_assert_str_eq(path_of("/bytes/12"), "/bytes/{n}");
    cr_assert_str_eq(path_of("/bytes/"), "none");
    cr_assert_str_eq(path_of("/bytes/-1"), "none");
    cr_assert_str_eq(path_of("/bytes/1x"), "none");
    cr_assert_str_eq(path_of("/status/200,300"), "/status/{codes}");
    cr_assert_str_eq(path_of("/status/200/300"), "none");
    cr_assert_str_eq(path_of("/anything"), "/anything");
    cr_assert_str_eq(path_of("/anything/a/b"), "/anything/{path}");
    cr_assert_str_eq(path_of("/anything/"), "none");
    cr_assert_str_eq(path_of("/anything//"), "none");
}

Test(routes, hand_over_the_argument)
{
    struct route_match match = routes_match("/bytes/1024", 11);

    cr_assert_eq(match.number, 1024);
    cr_assert_eq(match.argument_size, 4);
    cr_assert_eq(strncmp(match.argument, "1024", 4), 0);
    cr_assert_eq(routes_match("/bytes/99999999999999999999999", 30).number, UINT64_MAX);
}

Test(routes, allow_head_with_get_and_options_always)
{
    struct buffer allow = {0};

    route_append_allow(routes_match("/get", 4).route, &allow);
    buffer_append_text(&allow, "; ");
    route_append_allow(routes_match("/post", 5).route, &allow);
    buffer_append(&allow, "", 1);
    cr_assert_str_eq(allow.bytes, "GET, HEAD, OPTIONS; POST, OPTIONS");
    buffer_release(&allow);
}

Test(routes, know_methods_by_their_exact_names)
{
    cr_assert_eq(method_parse("GET", 3), METHOD_GET);
    cr_assert_eq(method_parse("TRACE", 5), METHOD_TRACE);
    cr_assert_eq(method_parse("get", 3), 0);
    cr_assert_eq(method_parse("GE", 2), 0);
    cr_assert_eq(method_parse("", 0), 0);
}

Test(routes, are_each_found_by_their_own_path)
{
    cr_assert_not_null(routes->path);
    for (const struct route *route = routes; route->path; route++) {
        char path[64];
        const char *values[] = {
            [ROUTE_PLAIN] = "", [ROUTE_NUMBER] = "7", [ROUTE_SEGMENT] = "7", [ROUTE_REST] = "a/b"};
        (void)snprintf(path, sizeof path, "%.*s%s", (int)strcspn(route->path, "{"), route->path,
            values[route->argument]);
        cr_assert_eq(routes_match(path, strlen(path)).route, route, "%s", path);
        cr_assert_not_null(route->answer);
        cr_assert_neq(route->methods, 0);
    }
}

Test(faults, are_found_by_their_whole_names_only)
{
    cr_assert_not_null(faults->name);
    for (const struct fault *fault = faults; fault->name; fault++)
        cr_assert_eq(fault_find(fault->name, strlen(fault->name)), fault, "%s comes twice", fault->name);
    cr_assert_null(fault_find("rese", 4));
    cr_assert_null(fault_find("resets", 6));
    cr_assert_null(fault_find("", 0));
}

/* Otherwise a fault would be half of one and half of another. */
Test(faults, have_one_way_to_answer_each)
{
    for (const struct fault *fault = faults; fault->name; fault++) {
        int ways = (fault->answer != NULL) + (fault->step != NULL) + (fault->bytes != NULL);
        cr_assert_leq(ways, 1, "%s", fault->name);
        cr_assert(ways == 1 || fault->ending == FAULT_IDLES || fault->ending == FAULT_RESETS ||
                      strcmp(fault->name, "close") == 0,
            "%s does nothing", fault->name);
    }
}

Test(faults, say_what_they_do_and_how_the_request_ends)
{
    for (const struct fault *fault = faults; fault->name; fault++) {
        cr_assert_not_null(fault->summary, "%s", fault->name);
        cr_assert_not_null(fault->outcome, "%s", fault->name);
        for (size_t i = 0; i < FAULT_PARAMETERS && fault->parameters[i].name; i++) {
            cr_assert_not_null(fault->parameters[i].summary, "%s", fault->name);
            cr_assert_leq(fault->parameters[i].fallback, fault->parameters[i].most, "%s", fault->name);
        }
    }
}

static int chosen(const char *codes, double draw)
{
    return status_choose(codes, strlen(codes), draw);
}

Test(status, takes_a_single_code)
{
    cr_assert_eq(chosen("200", 0.5), 200);
    cr_assert_eq(chosen("999", 0.5), 999);
}

Test(status, draws_from_a_list_by_weight)
{
    cr_assert_eq(chosen("200,404", 0), 200);
    cr_assert_eq(chosen("200,404", 0.49), 200);
    cr_assert_eq(chosen("200,404", 0.5), 404);
    cr_assert_eq(chosen("200:3,500:1", 0.74), 200);
    cr_assert_eq(chosen("200:3,500:1", 0.76), 500);
    cr_assert_eq(chosen("200:0,500:0.5", 0), 500);
    cr_assert_eq(chosen("200:1,500:0", 0.999), 200);
}

Test(status, refuses_what_is_no_list_of_final_statuses)
{
    static const char *const bad[] = {"", "abc", "200:3", "100", "199", "1000", "-200", "+200", " 200",
        "200,", ",", ",200", "200,x", "200:,300", "200:x,300", "200:-1,300", "200:1:2,300", "200:0,300:0",
        "200:inf,300", "200:nan,300", "200:0x1,300", "99999999999999999999"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_eq(chosen(bad[i], 0.5), -1, "%s", bad[i]);
}

Test(form, gives_decoded_pairs_in_order)
{
    static const char text[] = "a=1&b=x+y%26z&&c&=v&d=e=f&%zz=%4";
    static const char *const expected[][2] = {
        {"a", "1"}, {"b", "x y&z"}, {"c", ""}, {"", "v"}, {"d", "e=f"}, {"%zz", "%4"}};
    struct form_reader reader = form_reader(text, strlen(text));
    struct buffer name = {0};
    struct buffer value = {0};

    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        cr_assert(form_next(&reader, &name, &value));
        cr_assert_eq(name.size, strlen(expected[i][0]));
        cr_assert_eq(memcmp(name.size > 0 ? name.bytes : "", expected[i][0], name.size), 0);
        cr_assert_eq(value.size, strlen(expected[i][1]));
        cr_assert_eq(memcmp(value.size > 0 ? value.bytes : "", expected[i][1], value.size), 0);
    }
    cr_assert_not(form_next(&reader, &name, &value));
    buffer_release(&name);
    buffer_release(&value);
}

Test(form, finds_nothing_in_nothing)
{
    struct buffer value = {0};

    cr_assert_not(form_find(NULL, 0, "seed", &value));
    cr_assert_not(form_find("&&&", 3, "seed", &value));
    buffer_release(&value);
}

Test(form, finds_names_whatever_their_case)
{
    struct buffer value = {0};

    cr_assert(form_find("x=1&Seed=7&seed=8", 17, "seed", &value));
    cr_assert_eq(value.size, 1);
    cr_assert_eq(value.bytes[0], '7');
    buffer_release(&value);
}

static void assert_utf8(const char *bytes, const char *expected)
{
    struct buffer text = {0};

    text_append_utf8(&text, bytes, strlen(bytes));
    buffer_append(&text, "", 1);
    cr_assert_str_eq(text.bytes, expected);
    buffer_release(&text);
}

Test(text, repairs_what_is_no_utf8)
{
    assert_utf8(
        "plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
    assert_utf8("\xff", "\xef\xbf\xbd");
    assert_utf8("a\xc3", "a\xef\xbf\xbd");
    assert_utf8("\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd");                 /* not the shortest form */
    assert_utf8("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* a surrogate */
}

Test(text, writes_header_names_with_capitals)
{
    struct buffer text = {0};

    text_append_header_name(&text, "x-b3-traceid_1st", 16);
    buffer_append(&text, "", 1);
    cr_assert_str_eq(text.bytes, "X-B3-Traceid-1St");
    buffer_release(&text);
}

Test(text, reads_header_values_as_latin1)
{
    struct buffer text = {0};

    text_append_latin1(&text, "caf\xe9", 4);
    buffer_append(&text, "", 1);
    cr_assert_str_eq(text.bytes, "caf\xc3\xa9");
    buffer_release(&text);
}

Test(text, parses_plain_decimal_numbers_only)
{
    double number;

    cr_assert(text_parse_number("0.25", 4, &number));
    cr_assert_eq(number, 0.25);
    cr_assert(text_parse_number("1e-2", 4, &number));
    cr_assert_not(text_parse_number("0x1", 3, &number));
    cr_assert_not(text_parse_number(" 1", 2, &number));
    cr_assert_not(text_parse_number("inf", 3, &number));
    cr_assert_not(text_parse_number("1e999", 5, &number));
    cr_assert_not(text_parse_number("1-", 2, &number));
    cr_assert_not(text_parse_number("", 0, &number));
}

#define TIMER_COUNT 500

Test(timers, come_out_in_the_order_in_which_they_are_due)
{
    struct timers timers = {0};
    struct timer all[TIMER_COUNT];
    struct random random = {3};
    uint64_t last = 0;

    for (size_t i = 0; i < TIMER_COUNT; i++) {
        all[i] = (struct timer){.due_ns = random_below(&random, 100), .place = TIMER_IDLE};
        cr_assert_eq(timers_add(&timers, &all[i]), 0);
    }
    for (size_t left = TIMER_COUNT; left > 0; left--) {
        struct timer *first = timers_first(&timers);
        cr_assert_geq(first->due_ns, last);
        last = first->due_ns;
        timers_remove(&timers, first);
        cr_assert_not(timer_is_waiting(first));
    }
    cr_assert_null(timers_first(&timers));
    timers_release(&timers);
}

Test(timers, can_be_removed_from_anywhere_and_twice)
{
    struct timers timers = {0};
    struct timer all[TIMER_COUNT];
    struct random random = {4};
    size_t order[TIMER_COUNT];

    for (size_t i = 0; i < TIMER_COUNT; i++) {
        all[i] = (struct timer){.due_ns = random_next(&random), .place = TIMER_IDLE};
        cr_assert_eq(timers_add(&timers, &all[i]), 0);
    }
    random_order(&random, order, TIMER_COUNT);
    for (size_t i = 0; i < TIMER_COUNT; i++) {
        timers_remove(&timers, &all[order[i]]);
        timers_remove(&timers, &all[order[i]]);
        cr_assert_eq(timers.count, TIMER_COUNT - 1 - i);
        for (size_t place = 1; place < timers.count; place++)
            cr_assert_leq(timers.heap[(place - 1) / 2]->due_ns, timers.heap[place]->due_ns);
    }
    timers_release(&timers);
}

Test(gauge, counts_what_it_is_told)
{
    struct gauge *gauge = calloc(1, gauge_size(2));

    gauge->arrival_capacity = 2;
    gauge_connection_opened(gauge);
    gauge_request_began(gauge, "/one", 4);
    gauge_request_began(gauge, "/two?x", 6);
    gauge_request_ended(gauge, true);
    gauge_request_began(gauge, "/three", 6);
    gauge_request_ended(gauge, false);
    cr_assert_eq(gauge->connections_open, 1);
    cr_assert_eq(gauge->connections_accepted, 1);
    cr_assert_eq(gauge->requests_in_flight, 1);
    cr_assert_eq(gauge->max_in_flight, 2);
    cr_assert_eq(gauge->requests_served, 1);
    cr_assert_eq(gauge->arrival_count, 3);
    cr_assert_str_eq(gauge->arrivals[0].target, "/one");
    cr_assert_str_eq(gauge->arrivals[1].target, "/two?x");
    cr_assert_leq(gauge->arrivals[0].at_ns, gauge->arrivals[1].at_ns);
    free(gauge);
}

Test(gauge, reset_starts_counts_again_and_keeps_what_is_under_way)
{
    struct gauge *gauge = calloc(1, gauge_size(4));

    gauge->arrival_capacity = 4;
    gauge_connection_opened(gauge);
    gauge_request_began(gauge, "/one", 4);
    gauge_request_began(gauge, "/two", 4);
    gauge_request_ended(gauge, true);
    gauge_reset(gauge);
    cr_assert_eq(gauge->connections_open, 1);
    cr_assert_eq(gauge->connections_accepted, 0);
    cr_assert_eq(gauge->requests_in_flight, 1);
    cr_assert_eq(gauge->max_in_flight, 1);
    cr_assert_eq(gauge->requests_served, 0);
    cr_assert_eq(gauge->arrival_count, 0);
    cr_assert_eq(gauge->arrival_capacity, 4);
    free(gauge);
}

Test(gauge, cuts_long_targets)
{
    struct gauge *gauge = calloc(1, gauge_size(1));
    char target[2 * GAUGE_TARGET_SIZE];

    gauge->arrival_capacity = 1;
    memset(target, 'x', sizeof target);
    gauge_request_began(gauge, target, sizeof target);
    cr_assert_eq(strlen(gauge->arrivals[0].target), GAUGE_TARGET_SIZE - 1);
    free(gauge);
}

Test(gauge, has_no_size_for_more_arrivals_than_memory_can_hold)
{
    cr_assert_eq(gauge_size(UINT64_MAX), 0);
    cr_assert_gt(gauge_size(0), 0);
}

static int role_result(const char *option, const char *value, struct failure *failure)
{
    char role[] = "origin";
    char first[32];
    char second[32];
    char *argv[] = {role, first, second, NULL};

    (void)snprintf(first, sizeof first, "%s", option);
    (void)snprintf(second, sizeof second, "%s", value ? value : "");
    return origin_role(value ? 3 : 2, argv, failure);
}

Test(role, refuses_bad_options_and_says_why)
{
    struct failure failure = {0};

    cr_assert_eq(role_result("--port", "65536", &failure), -1);
    cr_assert_eq(failure.code, FAILURE_USAGE);
    cr_assert_str_eq(failure.message, "'--port 65536' is not a whole number from 0 to 65535");
    cr_assert_eq(role_result("--port", NULL, &failure), -1);
    cr_assert_eq(role_result("--port=", NULL, &failure), -1);
    cr_assert_eq(role_result("--nothing", NULL, &failure), -1);
    cr_assert_eq(role_result("8080", NULL, &failure), -1);
    cr_assert_eq(failure.code, FAILURE_USAGE);
}

Test(delay, is_known_by_the_path)
{
    cr_assert_float_eq(origin_delay_s("/delay/1.5"), 1.5, 1e-9);
    cr_assert_float_eq(origin_delay_s("/delay/0.25?again=1"), 0.25, 1e-9);
    cr_assert_float_eq(origin_delay_s("/delay/1e9"), 10, 1e-9, "as long as it really waits");
    cr_assert_eq(origin_delay_s("/delay/x"), 0);
    cr_assert_eq(origin_delay_s("/get"), 0);
    cr_assert_eq(origin_delay_s("/nothing"), 0);
    cr_assert_eq(origin_delay_s("http://127.0.0.1:80/delay/1"), 0, "not the embedded origin's");
}
