/* The server with the origin's site, in this thread: its loop is turned between the steps of a client. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "server.h"
#include "site.h"

#define PATIENCE_NS (5 * NS_PER_S)

static struct server server;
static struct site site;
static struct gauge gauge;

static void start(void)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct server_options options = {
        .gauge = &gauge, .site = &site, .handle = site_handle, .reads_body = site_reads_body, .lifeline = -1};

    cr_assert_eq(site_init(&site, &failure), 0, "%s", failure.message);
    cr_assert_eq(server_init(&server, &options, &failure), 0, "%s", failure.message);
}

static void stop(void)
{
    server_release(&server);
    site_release(&site);
    cr_assert_eq(gauge.requests_in_flight, 0);
    cr_assert_eq(gauge.connections_open, 0);
}

TestSuite(connections, .init = start, .fini = stop);

static int connect_client(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(server.port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    loop_turn(&server.loop, -1); /* which accepts it */
    return fd;
}

static void say(int fd, struct buffer *bytes)
{
    cr_assert_not(bytes->out_of_memory);
    cr_assert_eq(send(fd, bytes->bytes, bytes->size, MSG_NOSIGNAL), (ssize_t)bytes->size);
    buffer_release(bytes);
}

/* What comes until the connection ends, or for that long; NUL-terminated. */
static bool hear(int fd, uint64_t patience_ns, struct buffer *heard)
{
    uint64_t limit_ns = clock_monotonic_ns() + patience_ns;
    ssize_t got = -1;

    while (got != 0 && clock_monotonic_ns() < limit_ns) {
        char bytes[4096];
        loop_turn(&server.loop, 1);
        while ((got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
            buffer_append(heard, bytes, (size_t)got);
    }
    buffer_append(heard, "", 1);
    return got == 0;
}

static void append_get(struct buffer *bytes, const char *target)
{
    buffer_printf(bytes, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", target);
}

/* Both in one segment, so that the second waits for the first. */
static void assert_waits_and_ends(const char *first, const char *second, const char *part)
{
    struct buffer bytes = {0};
    struct buffer heard = {0};
    int fd = connect_client();

    append_get(&bytes, first);
    append_get(&bytes, second);
    say(fd, &bytes);
    cr_assert(hear(fd, PATIENCE_NS, &heard), "%s, then %s does not end", first, second);
    cr_assert_not_null(strstr(heard.bytes, "HTTP/1.1 200 OK"));
    cr_assert_not_null(strstr(heard.bytes, part), "%s, then %s: %s", first, second, heard.bytes);
    (void)close(fd);
    buffer_release(&heard);
}

Test(connections, begin_a_fault_that_waited_behind_another_answer)
{
    assert_waits_and_ends("/delay/0.05", "/fault/truncate", "half");
    assert_waits_and_ends("/fault/drip?count=3&ms=10", "/fault/truncate", "half");
    assert_waits_and_ends("/delay/0.05", "/fault/http-1.0", "as it was in 1996");
    assert_waits_and_ends("/delay/0.05", "/fault/close", "/delay/0.05");
}

/* ---- HTTP/2 ---- */

enum frame { FRAME_DATA = 0, FRAME_HEADERS = 1, FRAME_RST_STREAM = 3, FRAME_SETTINGS = 4, FRAME_GOAWAY = 7 };

#define END_STREAM  1U
#define END_HEADERS 4U

/* RFC 9113, 4.1. */
static void append_frame(struct buffer *bytes, enum frame type, unsigned int flags, uint32_t stream,
    const void *payload, size_t size)
{
    const unsigned char head[] = {(unsigned char)(size >> 16), (unsigned char)(size >> 8),
        (unsigned char)size, (unsigned char)type, (unsigned char)flags, 0, 0, (unsigned char)(stream >> 8),
        (unsigned char)stream};

    buffer_append(bytes, head, sizeof head);
    buffer_append(bytes, payload, size);
}

static void append_preface(struct buffer *bytes)
{
    buffer_append_text(bytes, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    append_frame(bytes, FRAME_SETTINGS, 0, 0, "", 0);
}

/* HPACK (RFC 7541): fields of the static table, and literals without Huffman's code. */
static void append_request(struct buffer *bytes, uint32_t stream, bool is_post, const char *path)
{
    struct buffer fields = {0};
    unsigned char size = (unsigned char)strlen(path);

    buffer_append_text(&fields, is_post ? "\x83\x86\x01\x09localhost\x04" : "\x82\x86\x01\x09localhost\x04");
    buffer_append(&fields, &size, 1);
    buffer_append_text(&fields, path);
    append_frame(
        bytes, FRAME_HEADERS, END_HEADERS | (is_post ? 0 : END_STREAM), stream, fields.bytes, fields.size);
    buffer_release(&fields);
}

static void append_reset(struct buffer *bytes, uint32_t stream)
{
    append_frame(bytes, FRAME_RST_STREAM, 0, stream, "\0\0\0\x08", 4);
}

/* The raw fault's exchange must outlive its stream: under a sanitizer this shows. */
Test(connections, go_on_with_a_fault_whose_stream_is_reset_in_the_same_segment)
{
    static const char *const raw[] = {
        "/fault/unfinished-headers", "/fault/endless-continuation", "/fault/reset"};

    for (size_t i = 0; i < sizeof raw / sizeof raw[0]; i++) {
        struct buffer bytes = {0};
        struct buffer heard = {0};
        int fd = connect_client();
        append_preface(&bytes);
        append_request(&bytes, 1, false, "/delay/5");
        append_request(&bytes, 3, false, raw[i]);
        append_reset(&bytes, 1);
        append_reset(&bytes, 3);
        append_request(&bytes, 5, false, "/get");
        say(fd, &bytes);
        (void)hear(fd, 50 * NS_PER_MS, &heard);
        cr_assert_eq(gauge.requests_served, 0, "%s", raw[i]);
        (void)close(fd);
        while (server.connections)
            loop_turn(&server.loop, 1);
        buffer_release(&heard);
    }
}
