/*
 * origin_fuzz: any bytes may come over a connection; when it closes, nothing of it is left.
 *
 * The origin's server runs here, in this thread: its loop is turned by hand between the steps of a client
 * that connects over loopback. The input's first byte says how the client behaves, the rest is what it sends,
 * or, when that is composed, pairs of bytes: what to do, and to which stream.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "faults.h"
#include "fuzz.h"
#include "server.h"
#include "site.h"

#define ANSWER_BYTES_MAX ((size_t)1024 * 1024) /* enough of an answer that does not end */
#define QUIET_TURNS      3 /* turns of the loop without an answer: there is none to come */
#define COMPOSED_STREAMS 4 /* so that frames meet */
#define GOODBYE_LIMIT_NS (5 * NS_PER_S)

/* The client's first byte: how it behaves. */
enum manners {
    RESETS = 1,        /* closes with a reset instead of an orderly end */
    IN_TWO_PARTS = 2,  /* the second half is sent after the loop has seen the first */
    HANGS_UP = 4,      /* does not wait for an answer */
    HALF_CLOSES = 8,   /* says that it will send no more, then waits */
    SPEAKS_HTTP2 = 16, /* what it sends comes after the preface of HTTP/2, and an empty SETTINGS frame */
    COMPOSES = 32,     /* and is composed of whole frames */
};

/* What a frame is for, where it is composed. From COMPOSE_FAULT on: a request for a fault, by its number. */
enum composed {
    COMPOSE_RESET,
    COMPOSE_DATA,
    COMPOSE_LAST_DATA,
    COMPOSE_PING,
    COMPOSE_WINDOW,
    COMPOSE_GET,
    COMPOSE_POST,
    COMPOSE_DELAY,
    COMPOSE_FAULT,
};

static struct server server;
static struct site site;
static struct gauge gauge;
static uint32_t client_number;

static void origin_fuzz_turn(int most_ms)
{
    loop_turn(&server.loop, most_ms);
}

/* Each client has an address of its own in 127.0.0.0/8, or closed connections would use up all ports. */
static int origin_fuzz_connect(void)
{
    struct sockaddr_in own = {.sin_family = AF_INET};
    struct sockaddr_in origin = {.sin_family = AF_INET, .sin_port = htons(server.port)};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + client_number++ % 0xfffff);
    origin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    FUZZ_CHECK(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                   bind(fd, (struct sockaddr *)&own, sizeof own) == 0,
        "can't make a socket: %s", strerror(errno));
    /* libFuzzer's alarm may interrupt it: then it goes on by itself, and is asked again how far it is. */
    while (connect(fd, (struct sockaddr *)&origin, sizeof origin) != 0 && errno != EISCONN)
        FUZZ_CHECK(errno == EINTR || errno == EALREADY, "can't connect: %s", strerror(errno));
    return fd;
}

static void origin_fuzz_send(int fd, const void *data, size_t size)
{
    const uint8_t *bytes = data;

    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN)
            return; /* the origin has closed already */
        if (sent > 0) {
            bytes += sent;
            size -= (size_t)sent;
        }
        origin_fuzz_turn(0);
    }
}

static void origin_fuzz_frame(
    struct buffer *bytes, unsigned char type, unsigned char flags, unsigned char stream, struct span payload)
{
    const unsigned char head[] = {0, 0, (unsigned char)payload.size, type, flags, 0, 0, 0, stream};

    buffer_append(bytes, head, sizeof head);
    buffer_append(bytes, payload.bytes, payload.size);
}

/* HPACK (RFC 7541): fields of the static table, and literals without Huffman's code. */
static void origin_fuzz_request(struct buffer *bytes, unsigned char stream, bool is_post, const char *path)
{
    struct buffer fields = {0};

    buffer_append_text(&fields, is_post ? "\x83\x86\x01\x09localhost\x04" : "\x82\x86\x01\x09localhost\x04");
    buffer_printf(&fields, "%c%s", (char)strlen(path), path);
    origin_fuzz_frame(bytes, 1, is_post ? 4 : 5, stream, span_of_buffer(&fields));
    buffer_release(&fields);
}

/* The faults come round again after the last. */
static void origin_fuzz_request_fault(struct buffer *bytes, unsigned char stream, unsigned int number)
{
    char path[64] = "/fault/";
    unsigned int count = 0;

    while (faults[count].name)
        count++;
    (void)strncat(path, faults[number % count].name, sizeof path - strlen(path) - 1);
    origin_fuzz_request(bytes, stream, false, path);
}

static void origin_fuzz_compose_frame(struct buffer *bytes, unsigned int what, unsigned char stream)
{
    static const char payload[8] = {0, 0, 0, 8};

    switch (what) {
    case COMPOSE_RESET:
        origin_fuzz_frame(bytes, 3, 0, stream, (struct span){payload, 4});
        break;
    case COMPOSE_DATA:
    case COMPOSE_LAST_DATA:
        origin_fuzz_frame(bytes, 0, what == COMPOSE_LAST_DATA, stream, (struct span){payload, 8});
        break;
    case COMPOSE_PING:
        origin_fuzz_frame(bytes, 6, 0, 0, (struct span){payload, 8});
        break;
    case COMPOSE_WINDOW:
        origin_fuzz_frame(bytes, 8, 0, stream, (struct span){payload, 4});
        break;
    case COMPOSE_GET:
    case COMPOSE_POST:
        origin_fuzz_request(bytes, stream, what == COMPOSE_POST, "/anything");
        break;
    case COMPOSE_DELAY:
        origin_fuzz_request(bytes, stream, false, "/delay/5");
        break;
    default:
        origin_fuzz_request_fault(bytes, stream, what - COMPOSE_FAULT);
    }
}

static void origin_fuzz_compose(const uint8_t *data, size_t size, struct buffer *bytes)
{
    for (size_t i = 0; i + 1 < size; i += 2)
        origin_fuzz_compose_frame(bytes, data[i], (unsigned char)(2 * (data[i + 1] % COMPOSED_STREAMS) + 1));
}

/* Reads what is there; 0 when nothing is. */
static size_t origin_fuzz_receive(int fd)
{
    static char bytes[65536];
    ssize_t got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);

    return got > 0 ? (size_t)got : 0;
}

static void origin_fuzz_await_answer(int fd)
{
    size_t total = 0;

    for (int quiet = 0; quiet < QUIET_TURNS && total < ANSWER_BYTES_MAX; quiet++) {
        origin_fuzz_turn(0);
        size_t got = origin_fuzz_receive(fd);
        total += got;
        quiet = got > 0 ? -1 : quiet;
    }
}

static void origin_fuzz_close(int fd, bool resets)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    uint64_t limit_ns = clock_monotonic_ns() + GOODBYE_LIMIT_NS;

    if (resets)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void)close(fd);
    origin_fuzz_turn(0);
    while (server.connections && clock_monotonic_ns() < limit_ns)
        origin_fuzz_turn(1);
    FUZZ_CHECK(!server.connections, "the connection of a client that left is still open");
    FUZZ_CHECK(gauge.connections_open == 0, "connections open");
    FUZZ_CHECK(gauge.requests_in_flight == 0, "requests in flight");
    FUZZ_CHECK(!server.stopping, "the origin wants to end");
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct server_options options = {
        .gauge = &gauge, .site = &site, .handle = site_handle, .reads_body = site_reads_body, .lifeline = -1};
    sigset_t ends;

    (void)argc;
    (void)argv;
    (void)signal(SIGPIPE, SIG_IGN);
    FUZZ_CHECK(site_init(&site, &failure) == 0, "%s", failure.message);
    FUZZ_CHECK(server_init(&server, &options, &failure) == 0, "%s", failure.message);
    /* The server blocked these for its own loop; here they are libFuzzer's. */
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)sigprocmask(SIG_UNBLOCK, &ends, NULL);
    return 0;
}

/* All at once, or in two parts with a turn of the loop between them. */
static void origin_fuzz_say(int fd, unsigned int manners, const uint8_t *data, size_t size)
{
    size_t half = (manners & IN_TWO_PARTS) != 0 ? size / 2 : size;

    origin_fuzz_send(fd, data, half);
    if (half == size)
        return;
    origin_fuzz_turn(0);
    origin_fuzz_send(fd, data + half, size - half);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
    struct buffer bytes = {0};

    if (size == 0)
        return 0;
    unsigned int manners = data[0];
    int fd = origin_fuzz_connect();
    origin_fuzz_turn(0);
    if ((manners & SPEAKS_HTTP2) != 0)
        origin_fuzz_send(fd, preface, sizeof preface - 1);
    if ((manners & COMPOSES) != 0)
        origin_fuzz_compose(data + 1, size - 1, &bytes);
    else
        buffer_append(&bytes, data + 1, size - 1);
    origin_fuzz_say(fd, manners, (const uint8_t *)bytes.bytes, bytes.size);
    buffer_release(&bytes);
    if ((manners & HALF_CLOSES) != 0)
        (void)shutdown(fd, SHUT_WR);
    if ((manners & HANGS_UP) == 0)
        origin_fuzz_await_answer(fd);
    origin_fuzz_close(fd, (manners & RESETS) != 0);
    return 0;
}
