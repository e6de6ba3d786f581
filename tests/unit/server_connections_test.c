/* The server with the origin's site, in this thread: its loop is turned between the steps of a client. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "request.h"
#include "server.h"
#include "site.h"
#include "tls.h"
#include "transport.h"

#define PATIENCE_NS (5 * NS_PER_S)

static struct server server;
static struct site site;
static struct gauge gauge;

static void start_with(const struct tls *tls)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct server_options options = {.gauge = &gauge,
        .tls = tls,
        .site = &site,
        .handle = site_handle,
        .reads_body = site_reads_body,
        .lifeline = -1};

    cr_assert_eq(site_init(&site, &failure), 0, "%s", failure.message);
    cr_assert_eq(server_init(&server, &options, &failure), 0, "%s", failure.message);
}

static void start(void)
{
    start_with(NULL);
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
    heard->size--;
    return got == 0;
}

static void append_get(struct buffer *bytes, const char *target)
{
    buffer_printf(bytes, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", target);
}

static size_t count(const char *text, const char *part)
{
    size_t times = 0;

    for (; (text = strstr(text, part)) != NULL; text++)
        times++;
    return times;
}

/* Both in one segment, so that the second waits for the first. */
static void assert_answered_and_ends(
    const char *first, const char *second, const char *part, size_t answer_count)
{
    struct buffer bytes = {0};
    struct buffer heard = {0};
    int fd = connect_client();

    append_get(&bytes, first);
    append_get(&bytes, second);
    say(fd, &bytes);
    cr_assert(hear(fd, PATIENCE_NS, &heard), "%s, then %s does not end", first, second);
    cr_assert_eq(count(heard.bytes, " 200 OK"), answer_count, "%s, then %s: %s", first, second, heard.bytes);
    cr_assert_not_null(strstr(heard.bytes, part), "%s, then %s: %s", first, second, heard.bytes);
    (void)close(fd);
    buffer_release(&heard);
}

Test(connections, begin_a_fault_that_waited_behind_another_answer)
{
    assert_answered_and_ends("/delay/0.05", "/fault/truncate", "half", 2);
    assert_answered_and_ends("/fault/drip?count=3&ms=10", "/fault/truncate", "half", 2);
    assert_answered_and_ends("/delay/0.05", "/fault/http-1.0", "as it was in 1996", 2);
    assert_answered_and_ends("/delay/0.05", "/fault/close", "/delay/0.05", 1);
}

Test(connections, are_dropped_at_the_next_request_but_not_before_the_answer)
{
    assert_answered_and_ends("/fault/drop-next", "/get", "the origin did what was asked", 1);
}

Test(connections, are_closed_when_idle_and_not_amid_the_next_request)
{
    assert_answered_and_ends("/fault/close-idle?ms=50", "/delay/0.2", "/delay/0.2", 2);
    assert_answered_and_ends("/fault/close-idle?ms=50", "/fault/drip?count=10&ms=20", "..........", 2);
}

Test(connections, are_not_idle_once_a_request_has_begun_to_come)
{
    struct buffer bytes = {0};
    struct buffer heard = {0};
    int fd = connect_client();

    append_get(&bytes, "/fault/close-idle?ms=100");
    buffer_append_text(&bytes, "GET /get?late HTTP/1.1\r\n");
    say(fd, &bytes);
    cr_assert_not(hear(fd, 300 * NS_PER_MS, &heard));
    buffer_append_text(&bytes, "Host: localhost\r\n\r\n");
    say(fd, &bytes);
    buffer_clear(&heard);
    cr_assert(hear(fd, PATIENCE_NS, &heard));
    cr_assert_not_null(strstr(heard.bytes, "/get?late"));
    (void)close(fd);
    buffer_release(&heard);
}

/* As much as the server takes, of this over and over. Returns how much that was. */
static size_t say_until_blocked(int fd, const struct buffer *bytes, size_t most)
{
    size_t said = 0;
    int blocked = 0;

    while (said < most && blocked < 10) {
        ssize_t sent = send(fd, bytes->bytes + said % bytes->size, bytes->size - said % bytes->size,
            MSG_NOSIGNAL | MSG_DONTWAIT);
        cr_assert(sent > 0 || errno == EAGAIN);
        said += sent > 0 ? (size_t)sent : 0;
        blocked = sent > 0 ? 0 : blocked + 1;
        loop_turn(&server.loop, blocked);
    }
    return said;
}

#define ANSWER_SIZE 100000

/* Its answers fill the output, and its requests the room for what is read ahead. */
Test(connections, are_owed_what_was_written_when_the_client_ends_its_side)
{
    struct buffer bytes = {0};
    struct buffer heard = {0};
    int fd = connect_client();

    append_get(&bytes, "/bytes/100000");
    (void)say_until_blocked(fd, &bytes, 3000 * bytes.size);
    size_t served = gauge.requests_served;
    cr_assert_gt(served * ANSWER_SIZE, 256 * 1024);
    (void)shutdown(fd, SHUT_WR);
    loop_turn(&server.loop, 1);
    cr_assert(hear(fd, PATIENCE_NS, &heard));
    cr_assert_gt(heard.size, served * ANSWER_SIZE, "%zu bytes, of %zu answers", heard.size, served);
    (void)close(fd);
    buffer_release(&bytes);
    buffer_release(&heard);
}

/* ---- HTTP/2 ---- */

enum frame {
    FRAME_DATA = 0,
    FRAME_HEADERS = 1,
    FRAME_RST_STREAM = 3,
    FRAME_SETTINGS = 4,
    FRAME_GOAWAY = 7,
    FRAME_WINDOW_UPDATE = 8
};

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

/* A length of at least 127 in HPACK (RFC 7541, 5.1): what is above that, seven bits at a time. */
static void append_length(struct buffer *bytes, size_t size)
{
    size_t left = size - 127;

    buffer_append(bytes, "\x7f", 1);
    for (; left >= 128; left /= 128)
        buffer_printf(bytes, "%c", (int)(left % 128 + 128));
    buffer_printf(bytes, "%c", (int)left);
}

/* HPACK: fields of the static table, and literals without Huffman's code. */
static void append_request(struct buffer *bytes, uint32_t stream, bool is_post, const char *path)
{
    struct buffer fields = {0};

    buffer_append_text(&fields, is_post ? "\x83\x86\x01\x09localhost\x04" : "\x82\x86\x01\x09localhost\x04");
    if (strlen(path) < 127)
        buffer_printf(&fields, "%c", (int)strlen(path));
    else
        append_length(&fields, strlen(path));
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
        append_request(&bytes, 3, false, "/get");
        append_request(&bytes, 5, false, raw[i]);
        append_reset(&bytes, 1);
        append_reset(&bytes, 5);
        append_request(&bytes, 7, false, "/get");
        say(fd, &bytes);
        (void)hear(fd, 50 * NS_PER_MS, &heard);
        cr_assert_eq(gauge.requests_served, 0, "%s: neighbours got nothing", raw[i]);
        (void)close(fd);
        while (server.connections)
            loop_turn(&server.loop, 1);
        buffer_release(&heard);
    }
}

/* The frames of a type on a stream, as far as they have come; `first_word` is what the last one's payload
 * begins with. */
static size_t count_frames(const struct buffer *heard, enum frame type, uint32_t stream, uint32_t *first_word)
{
    const unsigned char *bytes = (const unsigned char *)heard->bytes;
    size_t frames = 0;

    for (size_t at = 0, size; at + 9 <= heard->size; at += 9 + size) {
        size = (size_t)bytes[at] << 16 | (size_t)bytes[at + 1] << 8 | bytes[at + 2];
        uint32_t its_stream = (uint32_t)bytes[at + 7] << 8 | bytes[at + 8];
        if (bytes[at + 3] != type || its_stream != stream || at + 9 + size > heard->size)
            continue;
        frames++;
        if (size >= 4)
            *first_word = (uint32_t)bytes[at + 9] << 24 | (uint32_t)bytes[at + 10] << 16 |
                          (uint32_t)bytes[at + 11] << 8 | bytes[at + 12];
    }
    return frames;
}

static void assert_reset(const struct buffer *heard, uint32_t stream, uint32_t code)
{
    uint32_t its_code = UINT32_MAX;

    cr_assert_eq(count_frames(heard, FRAME_RST_STREAM, stream, &its_code), 1, "stream %u", stream);
    cr_assert_eq(its_code, code, "stream %u: %u", stream, its_code);
}

static size_t count_heads(const struct buffer *heard, uint32_t stream)
{
    uint32_t ignored;

    return count_frames(heard, FRAME_HEADERS, stream, &ignored);
}

/* Until the answer on that stream begins, however long a busy machine takes, and what follows it at once. */
static void hear_answer(int fd, uint32_t stream, struct buffer *heard)
{
    uint64_t limit_ns = clock_monotonic_ns() + PATIENCE_NS;

    while (count_heads(heard, stream) == 0 && clock_monotonic_ns() < limit_ns)
        cr_assert_not(hear(fd, NS_PER_MS, heard));
    cr_assert_eq(count_heads(heard, stream), 1, "stream %u", stream);
    cr_assert_not(hear(fd, 20 * NS_PER_MS, heard));
}

Test(connections, go_away_from_what_was_not_answered)
{
    struct buffer bytes = {0};
    struct buffer heard = {0};
    uint32_t last = UINT32_MAX;
    int fd = connect_client();

    append_preface(&bytes);
    append_request(&bytes, 1, false, "/get");
    append_request(&bytes, 3, false, "/get");
    say(fd, &bytes);
    hear_answer(fd, 3, &heard);
    append_request(&bytes, 5, false, "/delay/5");
    append_request(&bytes, 7, false, "/fault/goaway");
    say(fd, &bytes);
    cr_assert(hear(fd, PATIENCE_NS, &heard));
    cr_assert_eq(count_heads(&heard, 3), 1);
    (void)count_frames(&heard, FRAME_GOAWAY, 0, &last);
    cr_assert_eq(last, 3);
    cr_assert_eq(gauge.requests_served, 2);
    (void)close(fd);
    buffer_release(&heard);
}

Test(connections, survive_any_number_of_streams_that_are_reset)
{
    struct buffer bytes = {0};
    struct buffer heard = {0};
    int fd = connect_client();

    append_preface(&bytes);
    for (uint32_t stream = 1; stream < 6000; stream += 2) {
        append_request(&bytes, stream, false, "/delay/5");
        append_reset(&bytes, stream);
    }
    append_request(&bytes, 6001, false, "/get");
    say(fd, &bytes);
    hear_answer(fd, 6001, &heard);
    cr_assert_eq(gauge.requests_served, 1);
    (void)close(fd);
    buffer_release(&heard);
}

Test(connections, allow_fewer_streams_when_told_to)
{
    struct buffer bytes = {0};
    struct buffer heard = {0};
    int fd = connect_client();

    append_preface(&bytes);
    append_request(&bytes, 1, false, "/fault/few-streams?count=2");
    append_request(&bytes, 3, false, "/delay/0.01");
    append_request(&bytes, 5, false, "/delay/0.01");
    say(fd, &bytes);
    hear_answer(fd, 1, &heard);
    hear_answer(fd, 3, &heard);
    assert_reset(&heard, 5, 7);
    cr_assert_eq(gauge.streams_opened, 2);
    (void)close(fd);
    buffer_release(&heard);
}

/* Of a stream (RFC 9113, 6.9.2), as long as the server's settings are not acknowledged. */
#define WINDOW_AT_FIRST ((size_t)65535)

/* Hears until the window of stream 1 lets so many bytes of its body through, in all. */
static void await_window(int fd, size_t size, struct buffer *heard)
{
    uint64_t limit_ns = clock_monotonic_ns() + PATIENCE_NS;
    size_t window = 0;

    while (window < size && clock_monotonic_ns() < limit_ns) {
        const unsigned char *bytes = (const unsigned char *)heard->bytes;
        window = WINDOW_AT_FIRST;
        for (size_t at = 0, length; at + 13 <= heard->size; at += 9 + length) {
            length = (size_t)bytes[at] << 16 | (size_t)bytes[at + 1] << 8 | bytes[at + 2];
            if (bytes[at + 3] == FRAME_WINDOW_UPDATE && bytes[at + 8] == 1)
                window += (size_t)bytes[at + 9] << 24 | (size_t)bytes[at + 10] << 16 |
                          (size_t)bytes[at + 11] << 8 | bytes[at + 12];
        }
        if (window < size)
            cr_assert_not(hear(fd, NS_PER_MS, heard));
    }
    cr_assert_geq(window, size);
}

/* A body that is too large: its client gets to the end of it, and its neighbours are answered. */
Test(connections, throw_away_the_rest_of_a_body_that_is_refused)
{
    static const char piece[16384];
    struct buffer bytes = {0};
    struct buffer heard = {0};
    uint32_t ignored;
    int fd = connect_client();

    append_preface(&bytes);
    append_request(&bytes, 1, true, "/post");
    say(fd, &bytes);
    append_frame(&bytes, FRAME_DATA, 0, 1, piece, sizeof piece);
    for (size_t said = 0; said < 2 * REQUEST_BODY_MAX; said += sizeof piece) {
        await_window(fd, said + sizeof piece, &heard);
        cr_assert_eq(say_until_blocked(fd, &bytes, bytes.size), bytes.size);
    }
    buffer_clear(&bytes);
    append_frame(&bytes, FRAME_DATA, END_STREAM, 1, "", 0);
    append_request(&bytes, 3, false, "/get");
    say(fd, &bytes);
    hear_answer(fd, 3, &heard);
    cr_assert_eq(count_heads(&heard, 1), 1);
    cr_assert_eq(count_frames(&heard, FRAME_RST_STREAM, 1, &ignored), 0);
    cr_assert_eq(gauge.requests_served, 1);
    (void)close(fd);
    buffer_release(&heard);
}

/* The kernel's buffers hold less than this, each way. */
#define MORE_THAN_WAITS ((size_t)40 * 1024 * 1024)

/* Each request has an answer of its own size. The last streams are not open at once. */
Test(connections, read_no_more_than_the_client_takes)
{
    struct buffer bytes = {0};
    char path[4096] = "/fault/redirect-loop?";
    int fd = connect_client();

    append_preface(&bytes);
    memset(path + strlen(path), 'x', sizeof path - strlen(path) - 1);
    for (uint32_t stream = 1; bytes.size < MORE_THAN_WAITS; stream += 2) {
        (void)snprintf(path + 21, 8, "%07u", stream);
        path[28] = 'x';
        append_request(&bytes, stream, false, path);
    }
    size_t said = say_until_blocked(fd, &bytes, bytes.size);
    cr_assert_lt(said, bytes.size, "the server took it all");
    cr_assert_eq(gauge.connections_open, 1);
    (void)close(fd);
    buffer_release(&bytes);
}

/* ---- TLS ---- */

static SSL *connect_over_tls(SSL_CTX *context, int fd)
{
    SSL *ssl = SSL_new(context);

    SSL_set_fd(ssl, fd);
    for (int turns = 0; turns < 1000 && SSL_connect(ssl) != 1; turns++)
        loop_turn(&server.loop, 1);
    cr_assert(SSL_is_init_finished(ssl));
    return ssl;
}

/* Requests, each in a record of its own, wait in the kernel before the loop turns. */
Test(transport, leaves_others_their_turn_over_tls)
{
    static const char request[] = "GET /get HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct failure failure = {0};
    struct tls *tls = tls_create(&failure);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    start_with(tls);
    int fd = connect_client();
    int on = 1;
    cr_assert_eq(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
    cr_assert_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    SSL *ssl = connect_over_tls(context, fd);
    for (int i = 0; i < 20; i++)
        loop_turn(&server.loop, 1);
    for (int i = 0; i < 20; i++)
        cr_assert_eq(SSL_write(ssl, request, sizeof request - 1), (int)sizeof request - 1);
    loop_turn(&server.loop, 100);
    cr_assert_gt(gauge.requests_served, 0);
    cr_assert_lt(gauge.requests_served, 20);
    for (int i = 0; i < 20; i++)
        loop_turn(&server.loop, 1);
    cr_assert_eq(gauge.requests_served, 20);
    SSL_free(ssl);
    (void)close(fd);
    stop();
    SSL_CTX_free(context);
    tls_destroy(tls);
}

Test(transport, still_wants_to_receive_after_it_has_sent)
{
    int fds[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    struct transport transport = {.fd = fds[0], .wants_output = true};
    cr_assert_eq(transport_send(&transport, "x", 1), 1);
    cr_assert(transport.wants_output);
    (void)close(fds[0]);
    (void)close(fds[1]);
}
