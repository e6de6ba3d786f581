/* Local ports: how many there are, who holds them and until when, and how many a trial needs. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "ports.h"

/* As the kernel writes them, in /proc/sys/net/ipv4 and /proc/net/tcp. */

static uint64_t count_of(const char *range, const char *reserved)
{
    return ports_parse_rules(range, reserved, 2, 1000).count;
}

Test(ports, are_those_of_the_range_that_are_not_reserved)
{
    cr_expect_eq(count_of("32768\t60999\n", ""), 28232);
    cr_expect_eq(count_of("40000\t40099\n", "\n"), 100);
    cr_expect_eq(count_of("40000\t40099\n", "8080,40010,40020-40029,40090-50000\n"), 79);
    cr_expect_eq(count_of("", ""), 0, "unknown");
}

enum { NEVER, ALWAYS, LOOPBACK }; /* net.ipv4.tcp_tw_reuse */

static struct ports ports_of(uint64_t tw_reuse, const char *tcp, const char *tcp6)
{
    static const uint16_t server_ports[] = {0x1F90, 443};
    struct ports_rules rules = ports_parse_rules("40000\t40099\n", "", tw_reuse, 1000);
    struct ports ports;

    ports_count_sockets(&ports, &rules, server_ports, 2, tcp, tcp6);
    return ports;
}

#define HEAD      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
#define LISTENING "   0: 00000000:9C45 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0 0 1 1\n"
/* 10.0.0.2:40000 to 10.0.0.1:8080, 30.5 s left; and to 10.0.0.1:81. */
#define FAR       "   1: 0200000A:9C40 0100000A:1F90 06 00000000:00000000 03:00000BEA 00000000     0 0 0 3\n"
#define ELSEWHERE "   2: 0200000A:9C41 0100000A:0051 06 00000000:00000000 03:00000BEA 00000000     0 0 0 3\n"
/* 127.0.0.1:40002, 59.5 s left; half closed; open; its server's side; from a port outside the range. */
#define NEAR    "   3: 0100007F:9C42 0100007F:1F90 06 00000000:00000000 03:0000173E 00000000     0 0 0 3\n"
#define HALF    "   4: 0100007F:9C43 0100007F:1F90 05 00000000:00000000 03:00000001 00000000     0 0 0 3\n"
#define OPEN    "   5: 0100007F:9C44 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0 0 9 1\n"
#define SERVERS "   6: 0100007F:1F90 0100007F:9C44 06 00000000:00000000 03:00000BEA 00000000     0 0 0 3\n"
#define OUTSIDE "   7: 0100007F:0400 0100007F:1F90 06 00000000:00000000 03:00000BEA 00000000     0 0 0 3\n"
#define NEAR6                                                                                                \
    "   8: 00000000000000000000000001000000:9C42 00000000000000000000000001000000:1F90 06 "                  \
    "00000000:00000000 03:00000BEA 00000000     0 0 0 3\n"

Test(ports, are_held_for_a_minute_where_the_kernel_does_not_reuse_them)
{
    struct ports ports = ports_of(NEVER, HEAD LISTENING ELSEWHERE NEAR HALF OPEN SERVERS OUTSIDE, HEAD);

    cr_expect_eq(ports.count, 100);
    cr_expect_eq(ports.busy, 2, "one is open, and one belongs to a server");
    cr_expect_eq(ports.waiting, 2);
    cr_expect_eq(ports.freed_in[0], 1);
    cr_expect_eq(ports.freed_in[59], 1);
    ports = ports_of(NEVER, HEAD FAR ELSEWHERE, HEAD);
    cr_expect_eq(ports.waiting, 1);
    cr_expect_eq(ports.freed_in[30], 1);
}

/* As many sockets as the kernel keeps by default: a minute when each line is read to the end of all. */
Test(ports, are_counted_among_very_many_sockets, .timeout = 20)
{
    struct buffer lines = {0};

    buffer_append_text(&lines, HEAD);
    for (int i = 0; i < 131072; i++)
        buffer_append_text(&lines, ELSEWHERE);
    buffer_append(&lines, FAR, sizeof FAR);
    cr_assert(!lines.out_of_memory);
    cr_expect_eq(ports_of(NEVER, lines.bytes, HEAD).waiting, 1);
    buffer_release(&lines);
}

Test(ports, are_free_after_a_second_where_the_kernel_reuses_them)
{
    cr_expect_eq(ports_of(LOOPBACK, HEAD NEAR, HEAD).freed_in[0], 1);
    cr_expect_eq(ports_of(LOOPBACK, HEAD, HEAD NEAR6).waiting, 0);
    cr_expect_eq(ports_of(NEVER, HEAD, HEAD NEAR6).waiting, 1);
    cr_expect_eq(ports_of(LOOPBACK, HEAD FAR, HEAD).waiting, 1, "it is not of loopback");
    cr_expect_eq(ports_of(ALWAYS, HEAD FAR, HEAD).waiting, 0);
}

Test(ports, are_counted_for_the_server_that_has_fewest_left)
{
    struct ports ports = ports_of(NEVER, HEAD FAR NEAR HALF, HEAD NEAR6);

    cr_expect_eq(ports.waiting, 2, "each server has all of them");
}

Test(ports, are_waited_for_until_there_are_enough_or_as_many_as_can_be)
{
    struct ports ports = {.count = 100, .busy = 10, .waiting = 80};

    ports.freed_in[0] = 20;
    ports.freed_in[29] = 40;
    ports.freed_in[60] = 20;
    cr_expect_eq(ports_wait_s(&ports, 0), 0);
    cr_expect_eq(ports_wait_s(&ports, 10), 0);
    cr_expect_eq(ports_wait_s(&ports, 11), 1);
    cr_expect_eq(ports_wait_s(&ports, 30), 1);
    cr_expect_eq(ports_wait_s(&ports, 31), 30);
    cr_expect_eq(ports_wait_s(&ports, 90), 61);
    cr_expect_eq(ports_wait_s(&ports, 1000), 61);
    ports = (struct ports){.count = 100, .busy = 100};
    cr_expect_eq(ports_wait_s(&ports, 1), 0, "nobody knows when others will close theirs");
}

Test(ports, are_needed_for_each_connection_that_is_not_used_again)
{
    struct arm arm = {.settings = {.concurrency = 16}};

    cr_expect_eq(ports_needed(&arm, 400, 100), 16);
    cr_expect_eq(ports_needed(&arm, 400, 5), 5, "no batch has two connections to a server");
    cr_expect_not(ports_are_used_once(&arm));
    arm.connects_anew = true;
    cr_expect_eq(ports_needed(&arm, 400, 100), 100);
    cr_expect(ports_are_used_once(&arm));
    arm.settings.no_reuse = true;
    cr_expect_eq(ports_needed(&arm, 400, 100), 400);
    arm.sends_nothing = true;
    cr_expect_eq(ports_needed(&arm, 400, 100), 0);
}

static uint64_t needed_with_header(const char *header, enum settings_http http)
{
    const struct arm arm = {
        .settings = {.concurrency = 16, .http = http, .headers = {.items = &header, .count = 1}}};

    return ports_needed(&arm, 400, 100);
}

Test(ports, are_needed_for_each_request_that_closes_its_connection)
{
    cr_expect_eq(needed_with_header("Connection: close", HTTP_1_1), 400);
    cr_expect_eq(needed_with_header("connection:\tCLOSE", HTTP_1_1), 400);
    cr_expect_eq(needed_with_header("Connection: keep-alive", HTTP_1_1), 16);
    cr_expect_eq(needed_with_header("X-Connection: close", HTTP_1_1), 16);
    cr_expect_eq(needed_with_header("Connection: close", HTTP_2), 16, "it has no such header");
}

Test(ports, that_are_short_have_a_remedy_that_fits)
{
    const char *header = "Connection: close";
    struct settings settings = {.concurrency = 16};

    cr_expect_not_null(strstr(ports_remedy(&settings), "let the server keep connections open, or widen"));
    settings.headers = (struct texts){.items = &header, .count = 1};
    cr_expect_not_null(strstr(ports_remedy(&settings), "leave out 'Connection: close', or widen"));
    settings.no_reuse = true;
    cr_expect_not_null(strstr(ports_remedy(&settings), "leave out --no-reuse, or widen"));
}

static uint64_t requests_of(const char *text, const char *proxy)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct settings settings = {.proxy = proxy};
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(workload_parse(text, strlen(text), "test", &memory, &failure), 0, "%s", failure.message);
    uint64_t requests = ports_requests(&settings, memory.bytes, workload_extent(memory.bytes, 30));
    shared_memory_release(&memory);
    return requests;
}

Test(ports, are_needed_for_the_server_that_is_asked_most_or_for_the_proxy)
{
    cr_expect_eq(requests_of("/a\n", NULL), 30);
    cr_expect_eq(requests_of("/a\nhttp://h/\nhttp://i/\n", NULL), 10);
    cr_expect_eq(requests_of("/a\nhttp://h/\nhttp://i/\n", "http://127.0.0.1:9"), 30);
}
