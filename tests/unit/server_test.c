#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "http1_parser.h"
#include "loop.h"
#include "reason.h"
#include "request.h"
#include "tls.h"

#define PATIENCE_MS 1000

/* Everything that was read of one request, as one text. */
static void describe(const struct http1_parser *parser, struct buffer *text)
{
    const struct request *request = parser->request;

    if (parser->stage == HTTP1_REFUSED) {
        buffer_printf(text, "refused %d", parser->refusal);
        buffer_append(text, "", 1);
        return;
    }
    struct span method = request_method(request);
    struct span target = request_target(request);
    struct span authority = request_authority(request);
    buffer_printf(text, "%s %.*s %.*s @%.*s %d%s", parser->stage == HTTP1_WHOLE ? "whole" : "part",
        (int)method.size, method.bytes, (int)target.size, target.bytes, (int)authority.size, authority.bytes,
        request->version, parser->keeps_alive ? " keeps" : "");
    for (size_t i = 0; i < request->field_count; i++) {
        struct span name = request_span(request, request->fields[i].name);
        struct span value = request_span(request, request->fields[i].value);
        buffer_printf(text, " [%.*s=%.*s]", (int)name.size, name.bytes, (int)value.size, value.bytes);
    }
    if (request->has_body)
        buffer_printf(
            text, " body '%.*s'", (int)request->body.size, request->body.bytes ? request->body.bytes : "");
    buffer_append(text, "", 1);
}

/* Reads the bytes in pieces of this size, and says how many of them belong to the request. */
static size_t read_in_pieces(const char *bytes, size_t size, size_t piece, struct buffer *text)
{
    struct request request = {.version = 0};
    struct http1_parser parser;
    size_t used = 0;

    http1_parser_begin(&parser, &request);
    while (used < size && parser.stage != HTTP1_WHOLE && parser.stage != HTTP1_REFUSED) {
        /* A copy of the piece alone, so that a sanitizer sees a read past its end. */
        size_t count = piece < size - used ? piece : size - used;
        char *copy = malloc(count);
        memcpy(copy, bytes + used, count);
        used += http1_parser_feed(&parser, copy, count);
        free(copy);
    }
    describe(&parser, text);
    request_release(&request);
    return used;
}

static void assert_read(const char *bytes, const char *expected)
{
    size_t size = strlen(bytes);

    for (size_t piece = 1; piece <= size; piece++) {
        struct buffer text = {0};
        (void)read_in_pieces(bytes, size, piece, &text);
        cr_assert_str_eq(text.bytes, expected, "in pieces of %zu: %s", piece, bytes);
        buffer_release(&text);
    }
}

Test(http1_parser, reads_requests_in_whatever_pieces_they_come)
{
    assert_read("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "whole GET / @a 11 keeps [Host=a]");
    assert_read("\r\n\nGET /x?y HTTP/1.0\n\n", "whole GET /x?y @ 10");
    assert_read("POST /p HTTP/1.1\r\nHost:\r\nContent-Length: 4\r\nX:  a b \t\r\nY:\r\n\r\nbody",
        "whole POST /p @ 11 keeps [Host=] [Content-Length=4] [X=a b] [Y=] body 'body'");
    assert_read("PUT /p HTTP/1.1\r\nhost: a\r\ntransfer-encoding: "
                "Chunked\r\n\r\n4 \t;ext=\"1\"\r\nbody\r\nA\r\n0123456789\r\n0\r\nT: x\r\n\r\n",
        "whole PUT /p @a 11 keeps [host=a] [transfer-encoding=Chunked] body 'body0123456789'");
    assert_read(
        "POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n", "whole POST / @ 10 [Content-Length=0] body ''");
}

Test(http1_parser, takes_any_token_as_a_method_and_any_byte_in_a_target)
{
    assert_read("X-PURGE_2! /\xc3\xa9\xff\"<> HTTP/1.0\r\n\r\n", "whole X-PURGE_2! /\xc3\xa9\xff\"<> @ 10");
    assert_read("get / HTTP/1.0\r\n\r\n", "whole get / @ 10");
}

Test(http1_parser, takes_the_authority_from_an_absolute_target)
{
    assert_read(
        "GET http://h:1/p HTTP/1.1\r\nHost: other\r\n\r\n", "whole GET /p @h:1 11 keeps [Host=other]");
    assert_read("GET HTTPS://h HTTP/1.0\r\n\r\n", "whole GET / @h 10");
    assert_read("GET http://h:1?a?b HTTP/1.0\r\n\r\n", "whole GET /?a?b @h:1 10");
    assert_read("GET http://[::1]?/ HTTP/1.0\r\n\r\n", "whole GET /?/ @[::1] 10");
    assert_read("GET /a://b/c HTTP/1.0\r\n\r\n", "whole GET /a://b/c @ 10");
}

Test(http1_parser, takes_other_forms_of_a_target_with_their_methods_only)
{
    assert_read("OPTIONS * HTTP/1.0\r\n\r\n", "whole OPTIONS * @ 10");
    assert_read("CONNECT h:1 HTTP/1.0\r\n\r\n", "whole CONNECT  @h:1 10");
    assert_read("GET * HTTP/1.0\r\n\r\n", "refused 400");
    assert_read("GET h:1 HTTP/1.0\r\n\r\n", "refused 400");
    assert_read("GET get HTTP/1.0\r\n\r\n", "refused 400");
    assert_read("GET ?a HTTP/1.0\r\n\r\n", "refused 400");
    assert_read("GET ftp://h/ HTTP/1.0\r\n\r\n", "refused 400");
    assert_read("GET http:///p HTTP/1.0\r\n\r\n", "refused 400");
    assert_read("GET http://u@h/p HTTP/1.0\r\n\r\n", "refused 400");
    assert_read("CONNECT u@h:1 HTTP/1.0\r\n\r\n", "refused 400");
}

Test(http1_parser, wants_one_host)
{
    assert_read("GET / HTTP/1.1\r\nA: x\r\n\r\n", "refused 400");
    assert_read("GET http://h/ HTTP/1.1\r\n\r\n", "refused 400");
    assert_read("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", "refused 400");
    assert_read("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", "refused 400");
    assert_read("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "refused 400");
    assert_read("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "refused 400");
    assert_read("GET / HTTP/1.1\r\nHost: \r\n\r\n", "whole GET / @ 11 keeps [Host=]");
}

Test(http1_parser, knows_whether_the_connection_goes_on)
{
    assert_read("GET / HTTP/1.1\r\nHost:\r\nConnection: x, Close\r\n\r\n",
        "whole GET / @ 11 [Host=] [Connection=x, Close]");
    assert_read(
        "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "whole GET / @ 10 keeps [Connection=Keep-Alive]");
    assert_read("GET / HTTP/1.1\r\nHost:\r\nConnection: closed\r\n\r\n",
        "whole GET / @ 11 keeps [Host=] [Connection=closed]");
}

Test(http1_parser, refuses_what_could_be_read_in_two_ways)
{
    static const struct {
        const char *request;
        const char *refusal;
    } bad[] = {
        {"GET /\r\n\r\n", "refused 400"},
        {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "refused 400"},
        {"GET / x HTTP/1.1\r\nHost: a\r\n\r\n", "refused 400"},
        {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", "refused 400"},
        {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", "refused 400"},
        {"GET / HTTP/1.1x\r\n\r\n", "refused 400"},
        {"GET / HTTP/2.0\r\n\r\n", "refused 505"},
        {"GET / HTTP/1.2\r\n\r\n", "refused 505"},
        {"GET / HTTP/1.1\r\nHost: a\r\nNo colon\r\n\r\n", "refused 400"},
        {"GET / HTTP/1.1\r\nHost: a\r\nName : x\r\n\r\n", "refused 400"},
        {"GET / HTTP/1.1\r\nHost: a\r\nA: x\r\n folded\r\n\r\n", "refused 400"},
        {"GET / HTTP/1.1\r\nHost: a\r\nA: x\ry\r\n\r\n", "refused 400"},
        {"GET /\r/ HTTP/1.1\r\nHost: a\r\n\r\n", "refused 400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "refused 400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "refused 400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n", "refused 400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n", "refused 400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", "refused 400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 16777217\r\n\r\n", "refused 413"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "refused 400"},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "refused 400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "refused 501"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "refused 400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", "refused 400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", "refused 400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n", "refused 400"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_read(bad[i].request, bad[i].refusal);
}

Test(http1_parser, refuses_chunks_that_could_be_read_in_two_ways)
{
    static const char *const bad[] = {
        "x\r\n",
        "3 4\r\n",
        "3 \r\n",
        " 3\r\n",
        "3\n",
        "3;a\n",
        "3;a=\r1\r\n",
        "3;a\r\r\n",
        "1\r\nab\r\n",
        "1\r\na\n",
        "ffffffffffffffffff\r\n",
        "0\r\nno colon\r\n",
        "0\r\n folded\r\n",
        "0\r\nName : x\r\n",
        "0\r\nA: x\ry\r\n",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buffer request = {0};
        buffer_printf(&request, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%s", bad[i]);
        buffer_append(&request, "", 1);
        assert_read(request.bytes, "refused 400");
        buffer_release(&request);
    }
}

static void assert_nul_is_refused(const char *bytes, size_t size)
{
    struct buffer text = {0};

    (void)read_in_pieces(bytes, size, size, &text);
    cr_assert_str_eq(text.bytes, "refused 400");
    buffer_release(&text);
}

Test(http1_parser, refuses_a_nul)
{
    static const char in_head[] = "GET / HTTP/1.1\r\nHost: a\r\nA: x\0y\r\n\r\n";
    static const char in_trailer[] =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: x\0y\r\n\r\n";

    assert_nul_is_refused(in_head, sizeof in_head - 1);
    assert_nul_is_refused(in_trailer, sizeof in_trailer - 1);
}

Test(http1_parser, leaves_what_comes_after_the_request)
{
    static const char first[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab";
    static const char both[] =
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nabGET /2 HTTP/1.1\r\n\r\n";
    struct buffer text = {0};

    cr_assert_eq(read_in_pieces(both, sizeof both - 1, sizeof both, &text), sizeof first - 1);
    buffer_release(&text);
}

/* A head, and `filler` again and again behind it. */
static void assert_read_with_filler(
    const char *head, const char *filler, size_t count, const char *end, const char *expected)
{
    struct buffer bytes = {0};
    struct buffer text = {0};

    buffer_append_text(&bytes, head);
    for (size_t i = 0; i < count; i++)
        buffer_append_text(&bytes, filler);
    buffer_append_text(&bytes, end);
    (void)read_in_pieces(bytes.bytes, bytes.size, 4096, &text);
    cr_assert_eq(strncmp(text.bytes, expected, strlen(expected)), 0, "%.40s", text.bytes);
    buffer_release(&bytes);
    buffer_release(&text);
}

Test(http1_parser, refuses_heads_that_are_too_large)
{
    static const char chunked[] = "POST / HTTP/1.1\r\nHost:\r\nTransfer-Encoding: chunked\r\n\r\n";
    struct buffer last = {0};

    assert_read_with_filler("GET /", "y", REQUEST_HEAD_MAX, "", "refused 414");
    assert_read_with_filler("GET / HTTP/1.1\r\nX: ", "y", REQUEST_HEAD_MAX, "", "refused 431");
    buffer_printf(&last, "%s0\r\n", chunked);
    buffer_append(&last, "", 1);
    assert_read_with_filler(last.bytes, "Trailer: y\r\n", REQUEST_HEAD_MAX / 10, "\r\n", "refused 431");
    assert_read_with_filler(last.bytes, "Trailer: y\r\n", 10, "\r\n", "whole POST");
    buffer_release(&last);
    assert_read_with_filler(
        chunked, "1;extension=y\r\nz\r\n", REQUEST_HEAD_MAX / 10, "0\r\n\r\n", "whole POST");
}

Test(http1_parser, refuses_more_fields_than_it_keeps)
{
    static const char head[] = "GET / HTTP/1.1\r\nHost: a\r\n";

    assert_read_with_filler(
        head, "a:\n", REQUEST_FIELDS_MAX - 1, "\n", "whole GET / @a 11 keeps [Host=a] [a=]");
    assert_read_with_filler(head, "a:\n", REQUEST_FIELDS_MAX, "\n", "refused 431");
}

Test(http1_parser, refuses_trailers_without_an_end)
{
    struct buffer bytes = {0};
    struct buffer text = {0};

    buffer_append_text(&bytes, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
    size_t head_size = bytes.size;
    for (size_t i = 0; i < REQUEST_HEAD_MAX; i++)
        buffer_append_text(&bytes, "X: y\r\n");
    cr_assert_leq(read_in_pieces(bytes.bytes, bytes.size, 4096, &text), head_size + REQUEST_HEAD_MAX + 4096);
    cr_assert_str_eq(text.bytes, "refused 400");
    buffer_release(&bytes);
    buffer_release(&text);
}

Test(http1_parser, tells_who_waits_before_the_body)
{
    static const char head[] =
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n";
    struct request request = {.version = 0};
    struct http1_parser parser;

    http1_parser_begin(&parser, &request);
    cr_assert_eq(http1_parser_feed(&parser, head, sizeof head - 1), sizeof head - 1);
    cr_assert(parser.expects_continue);
    cr_assert_eq(parser.stage, HTTP1_BODY);
    request_release(&request);
}

Test(request, splits_its_target)
{
    struct request request = {.version = 20};

    request_begin_part(&request, &request.target);
    cr_assert(request_grow_part(&request, &request.target, "/a?b", 4));
    cr_assert(request_grow_part(&request, &request.target, "?c", 2));
    cr_assert(span_is(request_path(&request), "/a"));
    cr_assert(span_is(request_query(&request), "b?c"));
    request_clear(&request);
    cr_assert_eq(request_target(&request).size, 0);
    cr_assert_null(request_query(&request).bytes);
    request_release(&request);
}

Test(request, finds_fields_whatever_their_case)
{
    struct request request = {.version = 20};

    cr_assert(request_begin_field(&request));
    cr_assert(request_grow_part(&request, &request.fields[0].name, "X-Name", 6));
    request_begin_part(&request, &request.fields[0].value);
    cr_assert(request_grow_part(&request, &request.fields[0].value, "v", 1));
    cr_assert(span_is(request_header(&request, "x-name"), "v"));
    cr_assert_null(request_header(&request, "x-nam").bytes);
    request_release(&request);
}

Test(reason, is_there_for_every_code)
{
    cr_assert_str_eq(reason_phrase(404), "Not Found");
    cr_assert_str_eq(reason_phrase(999), "UNKNOWN");
}

/* What the callbacks of a loop saw. */
struct seen {
    struct wakeup wakeup; /* first, so that a wake-up is its witness */
    uint64_t at_ns;
    size_t *order;
    size_t place;
};

static void see_wakeup(struct wakeup *wakeup)
{
    struct seen *seen = (struct seen *)wakeup;

    seen->at_ns = clock_monotonic_ns();
    seen->place = ++*seen->order;
}

Test(loop, wakes_in_order_and_never_early)
{
    struct failure failure = {0};
    struct loop loop;
    size_t order = 0;
    struct seen seen[3];
    const uint64_t delays_ms[] = {30, 10, 20};
    uint64_t started_ns = clock_monotonic_ns();

    cr_assert_eq(loop_init(&loop, &failure), 0);
    for (size_t i = 0; i < 3; i++) {
        seen[i] = (struct seen){.wakeup = {.timer.place = TIMER_IDLE, .on_due = see_wakeup}, .order = &order};
        cr_assert_eq(loop_wake_after(&loop, &seen[i].wakeup, delays_ms[i] * NS_PER_MS), 0);
    }
    loop_cancel(&loop, &seen[2].wakeup);
    while (order < 2)
        loop_turn(&loop, PATIENCE_MS);
    cr_assert_eq(seen[1].place, 1);
    cr_assert_eq(seen[0].place, 2);
    cr_assert_eq(seen[2].place, 0);
    for (size_t i = 0; i < 2; i++)
        cr_assert_geq(seen[i].at_ns - started_ns, delays_ms[i] * NS_PER_MS);
    loop_release(&loop);
}

Test(loop, sees_to_nothing_while_it_is_held)
{
    struct failure failure = {0};
    struct loop loop;
    size_t order = 0;
    struct seen seen = {.wakeup = {.timer.place = TIMER_IDLE, .on_due = see_wakeup}, .order = &order};

    cr_assert_eq(loop_init(&loop, &failure), 0);
    uint64_t held_ns = clock_monotonic_ns();
    cr_assert_eq(loop_wake_after(&loop, &seen.wakeup, 10 * NS_PER_MS), 0);
    loop_hold(&loop, 100 * NS_PER_MS);
    loop_hold(&loop, 50 * NS_PER_MS); /* the longer one counts */
    cr_expect_not(loop_turn(&loop, 30));
    cr_expect_eq(order, 0);
    cr_expect_geq(clock_monotonic_ns() - held_ns, 30 * NS_PER_MS);
    while (order == 0)
        loop_turn(&loop, -1);
    cr_expect_geq(seen.at_ns - held_ns, 100 * NS_PER_MS);
    loop_release(&loop);
}

/* Two watches that are ready in one turn, each of which forgets the other. */
struct rival {
    struct watch watch; /* first, so that a watch is its rival */
    struct loop *loop;
    struct rival *other;
    int *calls;
    int *frees;
};

static void forget_the_other(struct watch *watch, uint32_t events)
{
    struct rival *rival = (struct rival *)watch;

    (void)events;
    ++*rival->calls;
    (void)close(rival->other->watch.fd);
    loop_forget(rival->loop, &rival->other->watch);
}

static void free_rival(struct watch *watch)
{
    ++*((struct rival *)watch)->frees;
    free(watch);
}

Test(loop, calls_nobody_who_was_forgotten_in_the_same_turn)
{
    struct failure failure = {0};
    struct loop loop;
    struct rival *rivals[2];
    int calls = 0;
    int frees = 0;
    int fds[2];

    cr_assert_eq(loop_init(&loop, &failure), 0);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    for (size_t i = 0; i < 2; i++) {
        rivals[i] = calloc(1, sizeof *rivals[i]);
        rivals[i]->watch =
            (struct watch){.fd = fds[i], .on_ready = forget_the_other, .on_forgotten = free_rival};
        rivals[i]->loop = &loop;
        rivals[i]->calls = &calls;
        rivals[i]->frees = &frees;
        cr_assert_eq(loop_watch(&loop, &rivals[i]->watch, EPOLLIN | EPOLLOUT), 0);
    }
    rivals[0]->other = rivals[1];
    rivals[1]->other = rivals[0];
    loop_turn(&loop, PATIENCE_MS);
    cr_assert_eq(calls, 1);
    cr_assert_eq(frees, 1);
    struct rival *left = rivals[0]->watch.on_ready ? rivals[0] : rivals[1];
    (void)close(left->watch.fd);
    loop_forget(&loop, &left->watch);
    loop_release(&loop);
    cr_assert_eq(frees, 2);
}

/* The names that the server's certificate is valid for, in a handshake between the two ends of a socket. */
static bool is_trusted_as(const struct tls *tls, const char *host)
{
    struct span pem = tls_authority(tls);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    BIO *bio = BIO_new_mem_buf(pem.bytes, (int)pem.size);
    X509 *authority = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    int fds[2];

    cr_assert_not_null(authority);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    SSL *client = SSL_new(context);
    SSL *server = tls_accept(tls, fds[0]);
    SSL_set_fd(client, fds[1]);
    SSL_set_verify(client, SSL_VERIFY_PEER, NULL);
    X509_VERIFY_PARAM *wanted = SSL_get0_param(client);
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host) != 1)
        X509_VERIFY_PARAM_set1_host(wanted, host, 0);
    int done = 0;
    for (int turns = 0; turns < 10 && done != 1; turns++) {
        done = SSL_connect(client);
        (void)SSL_do_handshake(server);
    }
    SSL_free(client);
    SSL_free(server);
    (void)close(fds[0]);
    (void)close(fds[1]);
    X509_free(authority);
    BIO_free(bio);
    SSL_CTX_free(context);
    return done == 1;
}

Test(tls, is_trusted_by_the_names_of_this_machine)
{
    static const char *const good[] = {"localhost", "127.0.0.1", "127.0.0.16", "::1"};
    static const char *const bad[] = {"example.com", "127.0.0.17", "harness", "x.localhost", "::2"};
    struct failure failure = {0};
    struct tls *tls = tls_create(&failure);

    cr_assert_not_null(tls, "%s", failure.message);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_assert(is_trusted_as(tls, good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_not(is_trusted_as(tls, bad[i]), "%s", bad[i]);
    tls_destroy(tls);
}

Test(tls, has_another_authority_each_time)
{
    struct failure failure = {0};
    struct tls *one = tls_create(&failure);
    struct tls *other = tls_create(&failure);

    cr_assert_neq(strncmp(tls_authority(one).bytes, tls_authority(other).bytes, tls_authority(one).size), 0);
    tls_destroy(one);
    tls_destroy(other);
}
