#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "alarm_clock.h"
#include "buffer.h"
#include "clock.h"
#include "failure.h"
#include "loopback.h"
#include "random.h"
#include "shared_memory.h"
#include "utf8.h"

Test(random, order_is_a_permutation_and_follows_the_seed)
{
    size_t order[50];
    size_t again[50];
    size_t other[50];
    int seen[50] = {0};

    random_order(&(struct random){7}, order, 50);
    random_order(&(struct random){7}, again, 50);
    random_order(&(struct random){8}, other, 50);
    for (size_t place = 0; place < 50; place++)
        seen[order[place]]++;
    for (size_t item = 0; item < 50; item++)
        cr_assert_eq(seen[item], 1, "item %zu appears %d times", item, seen[item]);
    cr_assert_arr_eq(order, again, sizeof order);
    cr_assert_arr_neq(order, other, sizeof order);
}

Test(random, every_order_of_three_is_about_equally_likely)
{
    struct random random = {1};
    int counts[27] = {0};

    for (int draw = 0; draw < 6000; draw++) {
        size_t order[3];
        random_order(&random, order, 3);
        counts[order[0] * 9 + order[1] * 3 + order[2]]++;
    }
    for (int code = 0; code < 27; code++)
        cr_assert(
            counts[code] == 0 || (counts[code] > 800 && counts[code] < 1200), "%d: %d", code, counts[code]);
}

/* The first outputs of the published reference for seed 1234567. */
Test(random, agrees_with_the_published_splitmix64)
{
    struct random random = {1234567};

    cr_assert_eq(random_next(&random), UINT64_C(6457827717110365317));
    cr_assert_eq(random_next(&random), UINT64_C(3203168211198807973));
}

Test(buffer, keeps_little_memory_for_its_next_use)
{
    struct buffer buffer = {.out_of_memory = true};

    buffer_reuse(&buffer);
    buffer_append_text(&buffer, "small");
    cr_assert_eq(buffer.size, 5);
    buffer_reuse(&buffer);
    cr_assert_eq(buffer.size, 0);
    cr_assert_not_null(buffer.bytes);
    cr_assert_not_null(buffer_reserve(&buffer, BUFFER_KEPT_SIZE + 1));
    buffer_reuse(&buffer);
    cr_assert_eq(buffer.capacity, 0);
    buffer_release(&buffer);
}

Test(buffer, grows_and_keeps_what_was_appended)
{
    struct buffer buffer = {0};

    for (int i = 0; i < 1000; i++)
        buffer_printf(&buffer, "%03d,", i);
    buffer_append(&buffer, "", 1);
    cr_assert_not(buffer.out_of_memory);
    cr_assert_eq(buffer.size, 4001);
    cr_assert_eq(strncmp(buffer.bytes, "000,001,", 8), 0);
    cr_assert_str_eq(buffer.bytes + 3996, "999,");
    buffer_release(&buffer);
}

Test(shared_memory, is_zeroed_and_seen_by_a_second_mapping)
{
    struct shared_memory one = SHARED_MEMORY_NONE;
    struct shared_memory two = SHARED_MEMORY_NONE;
    struct failure failure;

    cr_assert_eq(shared_memory_create(&one, "test", 10000, &failure), 0);
    cr_assert_eq(((char *)one.bytes)[9999], 0);
    cr_assert_eq(shared_memory_map(&two, dup(one.fd), false, &failure), 0);
    ((char *)one.bytes)[9999] = 'x';
    cr_assert_eq(two.size, 10000);
    cr_assert_eq(((char *)two.bytes)[9999], 'x');
    shared_memory_release(&one);
    shared_memory_release(&two);
    cr_assert_eq(one.fd, -1);
}

Test(clock, converts_both_ways_without_a_loss)
{
    static const uint64_t moments_ns[] = {0, 1, NS_PER_S - 1, NS_PER_S, 5 * NS_PER_S + 7, INT64_MAX};

    for (size_t i = 0; i < sizeof moments_ns / sizeof moments_ns[0]; i++) {
        struct timespec time = clock_from_ns(moments_ns[i]);
        cr_expect(time.tv_nsec >= 0 && time.tv_nsec < (long)NS_PER_S);
        cr_expect_eq(clock_to_ns(time), moments_ns[i]);
    }
}

Test(clock, sleeps_until_the_moment_and_not_at_all_when_that_is_past)
{
    uint64_t at_ns = clock_monotonic_ns() + 20 * NS_PER_MS;

    clock_sleep_until(at_ns);
    cr_expect_geq(clock_monotonic_ns(), at_ns);
    clock_sleep_until(0);
}

Test(alarm_clock, goes_off_at_its_moment_and_never_at_0)
{
    struct pollfd alarm = {.fd = alarm_clock_open(), .events = POLLIN};
    cr_assert_geq(alarm.fd, 0);

    uint64_t at_ns = clock_monotonic_ns() + 20 * NS_PER_MS;
    alarm_clock_set(alarm.fd, at_ns);
    cr_expect_eq(poll(&alarm, 1, 10000), 1);
    cr_expect_geq(clock_monotonic_ns(), at_ns);
    alarm_clock_set(alarm.fd, 1);
    cr_expect_eq(poll(&alarm, 1, 10000), 1, "a moment that is past");
    alarm_clock_set(alarm.fd, 0);
    cr_expect_eq(poll(&alarm, 1, 50), 0);
    (void)close(alarm.fd);
}

Test(failure, keeps_code_and_message_and_says_minus_one)
{
    struct failure failure = {0};

    cr_assert_eq(failure_set(&failure, FAILURE_USAGE, "no file '%s'", "x"), -1);
    cr_assert_eq(failure.code, FAILURE_USAGE);
    cr_assert_str_eq(failure.message, "no file 'x'");
}

Test(failure, has_a_message_that_is_fit_for_a_terminal_even_when_it_is_cut)
{
    struct failure failure;
    char text[2 * sizeof failure.message] = "x";

    for (size_t i = 1; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa9", 3);
    failure_set(&failure, FAILURE_RUN, "%s", text);
    cr_expect_gt(strlen(failure.message), sizeof failure.message - 4);
    cr_expect(utf8_is_valid(failure.message, strlen(failure.message)));
    failure_set(&failure, FAILURE_RUN, "'\x1b[2J\xc2\x9b'");
    cr_expect_str_eq(failure.message, "'?[2J?'");
}

Test(loopback, is_this_machine_by_every_name_of_its_own_and_no_other)
{
    static const char *const own[] = {"localhost", "LOCALHOST", "localhost.", "x.localhost", "a.b.LocalHost.",
        "127.0.0.1", "127.255.255.255", "0.0.0.0", "::1", "[::1]", "::", "::ffff:127.0.0.1",
        "[::ffff:7f00:1]", "::ffff:0.0.0.0"};
    static const char *const others[] = {"", ".", "[]", "xlocalhost", ".localhost", "localhost.example",
        "localhost..", "128.0.0.1", "126.255.255.255", "0.0.0.1", "127.0.0.1.example", "::2",
        "::ffff:126.0.0.1", "::127.0.0.1", "[::1", "192.0.2.1", "example.com", "example.com/.localhost",
        "a b.localhost", "user@x.localhost"};

    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        cr_expect(loopback_is_host(own[i], strlen(own[i])), "%s", own[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect_not(loopback_is_host(others[i], strlen(others[i])), "%s", others[i]);
    cr_expect_not(loopback_is_host("127.0.0.1\0x", 11), "a NUL ends nothing");
}

Test(loopback, is_an_address_of_either_family)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f010203)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr other = {.sa_family = AF_UNIX};

    cr_expect(loopback_is_address((struct sockaddr *)&four));
    cr_expect(loopback_is_address((struct sockaddr *)&six));
    four.sin_addr.s_addr = htonl(0xc0000201);
    six.sin6_addr.s6_addr[0] = 0x20;
    cr_expect_not(loopback_is_address((struct sockaddr *)&four));
    cr_expect_not(loopback_is_address((struct sockaddr *)&six));
    cr_expect_not(loopback_is_address(&other));
}
