#include "faults.h"

#include <jansson.h>
#include <string.h>

#include "clock.h"
#include "exchange.h"
#include "fault_answers.h"
#include "form.h"
#include "http2.h"
#include "routes.h"
#include "site.h"
#include "text.h"

/* Before a connection ends: the client gets to read what was sent. */
#define FAULT_PAUSE_NS (20 * NS_PER_MS)

#define BYTES(text) .bytes = (text), .size = sizeof(text) - 1

#define LOST      "connection lost"
#define BAD       "bad response"
#define TIMED_OUT "timed out"
#define MIB       ((uint64_t)1024 * 1024)
#define DAY_MS    ((uint64_t)24 * 60 * 60 * 1000)
#define MANY      ((uint64_t)1000000)

/* An origin that is told to end does so only afterwards. */
#define FREEZE_MAX_MS ((uint64_t)3000)

_Static_assert(FAULT_PARAMETERS == SCRIPT_VALUES, "the values of a fault are those of its script");

const struct fault faults[] = {
    {"refuse", FAULT_ANY, "redirects to a port where nothing listens", "could not connect", "--location",
        .answer = fault_answer_refuse},
    {"reset", FAULT_ANY, "resets the connection without an answer", LOST, .ending = FAULT_RESETS,
        .neighbours = LOST},
    {"reset-amid", FAULT_HTTP1, "resets the connection during the body", LOST,
        BYTES("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), .ending = FAULT_RESETS},
    {"close", FAULT_ANY, "closes the connection without an answer", LOST, .ending = FAULT_CLOSES,
        .neighbours = LOST},
    {"close-amid-head", FAULT_HTTP1, "closes the connection during the headers", LOST,
        BYTES("HTTP/1.1 200 OK\r\nContent-Le"), .ending = FAULT_CLOSES},
    {"truncate", FAULT_HTTP1, "closes the connection during a body of known length", LOST,
        BYTES("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), .ending = FAULT_CLOSES},
    {"truncate-chunked", FAULT_HTTP1, "closes the connection during a chunked body", LOST,
        BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), .ending = FAULT_CLOSES},
    {"bad-chunk", FAULT_HTTP1, "a chunk without a valid size", BAD,
        BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\nbytes\r\n"),
        .ending = FAULT_IDLES},
    {"long-length", FAULT_HTTP1, "promises more bytes than it sends, and keeps the connection open",
        TIMED_OUT, BYTES("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), .ending = FAULT_IDLES},
    {"short-length", FAULT_HTTP1, "sends more bytes than it promises, and keeps the connection open", "ok",
        .answer = fault_answer_short_length},
    {"bad-length", FAULT_HTTP1, "promises a length that is not a number", BAD,
        BYTES("HTTP/1.1 200 OK\r\nContent-Length: some\r\n\r\nbytes"), .ending = FAULT_CLOSES},
    {"bad-status-line", FAULT_HTTP1, "a status that is not a number", BAD,
        BYTES("HTTP/1.1 two hundred\r\nContent-Length: 0\r\n\r\n"), .ending = FAULT_CLOSES},
    {"bad-header", FAULT_HTTP1, "a header without a colon", BAD,
        BYTES("HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 0\r\n\r\n"), .ending = FAULT_CLOSES},
    {"nul-header", FAULT_HTTP1, "a NUL in a header", BAD,
        BYTES("HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\nContent-Length: 0\r\n\r\n"), .ending = FAULT_CLOSES},
    {"endless-header", FAULT_HTTP1, "a header that never ends", BAD, .step = fault_step_endless_header},
    {"endless-headers", FAULT_HTTP1, "headers that never end", BAD, .step = fault_step_endless_headers},
    {"endless-body", FAULT_HTTP1, "a body that never ends", TIMED_OUT, .step = fault_step_endless_body},
    {"stall", FAULT_ANY, "no answer, and the connection stays open", TIMED_OUT, .answer = fault_answer_stall},
    {"stall-amid", FAULT_HTTP1, "headers, then nothing, and the connection stays open", TIMED_OUT,
        BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), .ending = FAULT_IDLES},
    {"drip", FAULT_ANY, "a body that comes byte by byte", "ok",
        .parameters = {{"count", "bytes", 10, MANY}, {"ms", "between two bytes", 20, DAY_MS}},
        .answer = fault_answer_drip},
    {"huge-body", FAULT_ANY, "a large body, as fast as the client reads it", "ok",
        .parameters = {{"bytes", "of the body", 100 * MIB, 10240 * MIB}}, .answer = fault_answer_huge_body},
    {"redirect-loop", FAULT_ANY, "redirects to itself", "too many redirects", "--location",
        .answer = fault_answer_redirect_loop},
    {"many-1xx", FAULT_HTTP1, "interim answers before the final one", "ok",
        .parameters = {{"count", "of interim answers", 1000, MANY}}, .step = fault_step_many_1xx},
    {"gzip-bomb", FAULT_ANY, "64 KiB that unpack to 67 MB", "ok", "--header=Accept-Encoding: gzip",
        .answer = fault_answer_gzip_bomb},
    {"http-0.9", FAULT_HTTP1, "a body without status and headers", BAD, BYTES("only a body\n"),
        .ending = FAULT_CLOSES},
    {"http-1.0", FAULT_HTTP1, "an answer that ends when the connection closes", "ok",
        BYTES("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nas it was in 1996\n"),
        .ending = FAULT_CLOSES},
    {"close-idle", FAULT_ANY,
        "answers correctly, then closes the connection once it has been idle for a while; over HTTP/2 "
        "says so before",
        "ok", .parameters = {{"ms", "of idleness", 0, DAY_MS}}, .answer = fault_answer_close_idle,
        .neighbours = LOST},
    {"drop-next", FAULT_HTTP1,
        "answers correctly, then closes the connection, without an answer, when the next request arrives on "
        "it",
        "ok", .answer = fault_answer_drop_next},
    {"freeze", FAULT_ANY,
        "stops the whole origin for a while, as collecting garbage does, then answers correctly: nobody is "
        "answered meanwhile, on any connection",
        "ok", .parameters = {{"ms", "for which it stops", 100, FREEZE_MAX_MS}},
        .answer = fault_answer_freeze},
    {"closed-window", FAULT_HTTP2, "takes no more of a body than the first window, and does not answer",
        TIMED_OUT, .answer = fault_answer_stall, .leaves_body = true},
    {"reset-stream", FAULT_HTTP2, "resets the request's stream; others on the connection go on", LOST,
        .answer = fault_answer_reset_stream},
    {"refuse-stream", FAULT_HTTP2, "refuses the request's stream, so that the client may send it again", LOST,
        .answer = fault_answer_refuse_stream},
    {"goaway", FAULT_HTTP2,
        "says that the connection goes away and nothing on it was processed since the last answer; others on "
        "it are lost as well",
        LOST, .answer = fault_answer_go_away, .neighbours = LOST},
    {"unfinished-headers", FAULT_HTTP2,
        "headers whose rest never comes; others on the connection wait as well", TIMED_OUT,
        .step = fault_step_unfinished_headers, .neighbours = TIMED_OUT},
    {"endless-continuation", FAULT_HTTP2, "headers that never end; others on the connection wait as well",
        BAD, .step = fault_step_endless_continuation, .neighbours = LOST},
    {"few-streams", FAULT_HTTP2,
        "answers correctly, and allows fewer streams at once on the connection from now on; refuses "
        "those that are opened before the client knows",
        "ok", .parameters = {{"count", "of streams at once", 1, HTTP2_STREAMS_MAX}},
        .answer = fault_answer_few_streams},
    {.name = NULL},
};

const struct fault *fault_find(const char *name, size_t size)
{
    for (const struct fault *fault = faults; fault->name; fault++)
        if (strlen(fault->name) == size && memcmp(fault->name, name, size) == 0)
            return fault;
    return NULL;
}

bool fault_leaves_body(struct span path)
{
    static const char folder[] = "/fault/";
    size_t length = sizeof folder - 1;
    bool is_inside = path.size > length && memcmp(path.bytes, folder, length) == 0;
    const struct fault *fault = is_inside ? fault_find(path.bytes + length, path.size - length) : NULL;

    return fault && fault->leaves_body;
}

static const char *const fault_version_names[] = {
    [FAULT_ANY] = NULL, [FAULT_HTTP1] = "1.1", [FAULT_HTTP2] = "2"};

static json_t *fault_list_parameters(const struct fault *fault)
{
    json_t *list = json_array();

    for (size_t i = 0; i < FAULT_PARAMETERS && fault->parameters[i].name; i++)
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:I, s:I}", "name", fault->parameters[i].name, "summary",
                      fault->parameters[i].summary, "default", (json_int_t)fault->parameters[i].fallback,
                      "most", (json_int_t)fault->parameters[i].most));
    return list;
}

static json_t *fault_list(void)
{
    json_t *list = json_array();

    for (const struct fault *fault = faults; fault->name; fault++)
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s+, s:s?, s:s, s:s, s:s?, s:s?, s:o}", "name", fault->name, "path",
                      "/fault/", fault->name, "http", fault_version_names[fault->versions], "summary",
                      fault->summary, "outcome", fault->outcome, "neighbours", fault->neighbours, "option",
                      fault->option, "parameters", fault_list_parameters(fault)));
    return list;
}

static int fault_append(const char *bytes, size_t size, void *buffer)
{
    buffer_append(buffer, bytes, size);
    return 0;
}

void answer_faults(struct exchange *exchange, const struct route_match *match)
{
    struct buffer *body = exchange_buffer(exchange);
    struct buffer *refusing = exchange_buffer(exchange);

    (void)match;
    site_append_refusing_url(exchange, refusing);
    json_t *answer =
        json_pack("{s:s%, s:o}", "refusing_url", refusing->bytes, refusing->size, "faults", fault_list());
    if (json_dump_callback(answer, fault_append, body, JSON_INDENT(2)) != 0)
        body->out_of_memory = true;
    json_decref(answer);
    buffer_append_text(body, "\n");
    exchange_answer_buffer(exchange, 200, CONTENT_TYPE_JSON, body);
}

/* False when the query has something else than a number there, or too large a one. */
static bool fault_read_value(struct span query, const struct fault_parameter *parameter, uint64_t *value)
{
    struct buffer text = {0};
    bool is_given = query.size > 0 && form_find(query.bytes, query.size, parameter->name, &text);
    bool is_good = !is_given || (text_parse_count(text.bytes, text.size, value) && *value <= parameter->most);

    if (!is_given)
        *value = parameter->fallback;
    buffer_release(&text);
    return is_good;
}

static bool fault_read_values(struct exchange *exchange, const struct fault *fault, uint64_t *values)
{
    struct span query = request_query(&exchange->request);

    for (size_t i = 0; i < FAULT_PARAMETERS; i++) {
        const struct fault_parameter *parameter = &fault->parameters[i];
        if (parameter->name && !fault_read_value(query, parameter, &values[i])) {
            exchange_answer_error(
                exchange, 400, "A parameter is not a whole number, or too large; /fault/ tells.");
            return false;
        }
    }
    return true;
}

/* The fault's bytes, if it has any, then its ending. */
static void fault_step_bytes(struct exchange *exchange, uint64_t index)
{
    const struct fault *fault = exchange->script.about;

    if (index == 0 && fault->size > 0)
        step_send(exchange, (struct span){fault->bytes, fault->size});
    else if (fault->ending == FAULT_RESETS)
        step_reset(exchange);
    else if (fault->ending == FAULT_CLOSES)
        step_close(exchange);
    else
        step_idle(exchange);
}

static bool fault_fits_version(const struct fault *fault, int version)
{
    return fault->versions == FAULT_ANY || (fault->versions == FAULT_HTTP2) == (version == 20);
}

void answer_fault(struct exchange *exchange, const struct route_match *match)
{
    const struct fault *fault = fault_find(match->argument, match->argument_size);
    uint64_t values[FAULT_PARAMETERS] = {0};

    if (!fault)
        exchange_answer_error(exchange, 404, "There is no such fault; /fault/ lists all faults.");
    else if (!fault_fits_version(fault, exchange->request.version))
        exchange_answer_error(
            exchange, 505, "This fault is for another version of HTTP; /fault/ tells which.");
    else if (!fault_read_values(exchange, fault, values))
        return;
    else if (fault->answer)
        fault->answer(exchange, fault, values);
    else
        exchange_speak(exchange, &(struct script){.step = fault->step ? fault->step : fault_step_bytes,
                                     .about = fault,
                                     .values = {values[0], values[1]},
                                     .pause_ns = fault->step ? 0 : FAULT_PAUSE_NS});
}
