#include "faults.h"

#include <jansson.h>
#include <string.h>

#include "clock.h"
#include "fault_answers.h"
#include "form.h"
#include "raw.h"
#include "server.h"
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

_Static_assert(FAULT_PARAMETERS == RAW_VALUES, "the values of a fault are those of its raw answer");

const struct fault faults[] = {
    {"refuse", "redirects to a port where nothing listens", "could not connect", "--location",
        .answer = fault_answer_refuse},
    {"reset", "resets the connection without an answer", LOST, .ending = FAULT_RESETS},
    {"reset-amid", "resets the connection during the body", LOST,
        BYTES("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), .ending = FAULT_RESETS},
    {"close", "closes the connection without an answer", LOST, .ending = FAULT_CLOSES},
    {"close-amid-head", "closes the connection during the headers", LOST,
        BYTES("HTTP/1.1 200 OK\r\nContent-Le"), .ending = FAULT_CLOSES},
    {"truncate", "closes the connection during a body of known length", LOST,
        BYTES("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), .ending = FAULT_CLOSES},
    {"truncate-chunked", "closes the connection during a chunked body", LOST,
        BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), .ending = FAULT_CLOSES},
    {"bad-chunk", "a chunk without a valid size", BAD,
        BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\nbytes\r\n"),
        .ending = FAULT_IDLES},
    {"long-length", "promises more bytes than it sends, and keeps the connection open", TIMED_OUT,
        BYTES("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), .ending = FAULT_IDLES},
    {"short-length", "sends more bytes than it promises, and keeps the connection open", "ok",
        .answer = fault_answer_short_length},
    {"bad-length", "promises a length that is not a number", BAD,
        BYTES("HTTP/1.1 200 OK\r\nContent-Length: some\r\n\r\nbytes"), .ending = FAULT_CLOSES},
    {"bad-status-line", "a status that is not a number", BAD,
        BYTES("HTTP/1.1 two hundred\r\nContent-Length: 0\r\n\r\n"), .ending = FAULT_CLOSES},
    {"bad-header", "a header without a colon", BAD,
        BYTES("HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 0\r\n\r\n"), .ending = FAULT_CLOSES},
    {"nul-header", "a NUL in a header", BAD,
        BYTES("HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\nContent-Length: 0\r\n\r\n"), .ending = FAULT_CLOSES},
    {"endless-header", "a header that never ends", BAD, .step = fault_step_endless_header},
    {"endless-headers", "headers that never end", BAD, .step = fault_step_endless_headers},
    {"endless-body", "a body that never ends", TIMED_OUT, .step = fault_step_endless_body},
    {"stall", "no answer, and the connection stays open", TIMED_OUT, .ending = FAULT_IDLES},
    {"stall-amid", "headers, then nothing, and the connection stays open", TIMED_OUT,
        BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), .ending = FAULT_IDLES},
    {"drip", "a body that comes byte by byte", "ok",
        .parameters = {{"count", "bytes", 10, MANY}, {"ms", "between two bytes", 20, DAY_MS}},
        .step = fault_step_drip},
    {"huge-body", "a large body, as fast as the client reads it", "ok",
        .parameters = {{"bytes", "of the body", 100 * MIB, 10240 * MIB}}, .step = fault_step_huge_body},
    {"redirect-loop", "redirects to itself", "too many redirects", "--location",
        .answer = fault_answer_redirect_loop},
    {"many-1xx", "interim answers before the final one", "ok",
        .parameters = {{"count", "of interim answers", 1000, MANY}}, .step = fault_step_many_1xx},
    {"gzip-bomb", "64 KiB that unpack to 67 MB", "ok", "--header=Accept-Encoding: gzip",
        .answer = fault_answer_gzip_bomb},
    {"http-0.9", "a body without status and headers", BAD, BYTES("only a body\n"), .ending = FAULT_CLOSES},
    {"http-1.0", "an answer that ends when the connection closes", "ok",
        BYTES("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nas it was in 1996\n"),
        .ending = FAULT_CLOSES},
    {"close-idle", "answers correctly, then closes the idle connection", "ok",
        .parameters = {{"ms", "after the answer", 0, DAY_MS}}, .answer = fault_answer_close_idle},
    {"drop-next", "answers correctly, then closes the connection when the next request arrives on it", "ok",
        .answer = fault_answer_drop_next},
    {.name = NULL},
};

const struct fault *fault_find(const char *name, size_t size)
{
    for (const struct fault *fault = faults; fault->name; fault++)
        if (strlen(fault->name) == size && memcmp(fault->name, name, size) == 0)
            return fault;
    return NULL;
}

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
            list, json_pack("{s:s, s:s+, s:s, s:s, s:s?, s:o}", "name", fault->name, "path", "/fault/",
                      fault->name, "summary", fault->summary, "outcome", fault->outcome, "option",
                      fault->option, "parameters", fault_list_parameters(fault)));
    return list;
}

static int fault_append(const char *bytes, size_t size, void *buffer)
{
    buffer_append(buffer, bytes, size);
    return 0;
}

void answer_faults(struct exchange *exchange)
{
    struct buffer *body = exchange_buffer(exchange);
    char refusing[64];

    (void)snprintf(refusing, sizeof refusing, "http://127.0.0.1:%u/", exchange->server->refusing_port);
    json_t *answer = json_pack("{s:s, s:o}", "refusing_url", refusing, "faults", fault_list());
    if (json_dump_callback(answer, fault_append, body, JSON_INDENT(2)) != 0)
        body->out_of_memory = true;
    json_decref(answer);
    buffer_append_text(body, "\n");
    exchange_answer_buffer(exchange, 200, CONTENT_TYPE_JSON, body);
}

/* False when the query has something else than a number there, or too large a one. */
static bool fault_read_value(h2o_iovec_t query, const struct fault_parameter *parameter, uint64_t *value)
{
    struct buffer text = {0};
    bool is_given = query.len > 0 && form_find(query.base, query.len, parameter->name, &text);
    bool is_good = !is_given || (text_parse_count(text.bytes, text.size, value) && *value <= parameter->most);

    if (!is_given)
        *value = parameter->fallback;
    buffer_release(&text);
    return is_good;
}

static bool fault_read_values(struct exchange *exchange, const struct fault *fault, uint64_t *values)
{
    for (size_t i = 0; i < FAULT_PARAMETERS; i++) {
        const struct fault_parameter *parameter = &fault->parameters[i];
        if (parameter->name && !fault_read_value(exchange_query(exchange), parameter, &values[i])) {
            exchange_answer_error(
                exchange, 400, "A parameter is not a whole number, or too large; /fault/ tells.");
            return false;
        }
    }
    return true;
}

/* The fault's bytes, if it has any, then its ending. */
static void fault_step_bytes(struct raw *raw, uint64_t index)
{
    const struct fault *fault = raw->script.about;

    if (index == 0 && fault->size > 0)
        raw_send(raw, h2o_iovec_init(fault->bytes, fault->size));
    else if (fault->ending == FAULT_RESETS)
        raw_reset(raw);
    else if (fault->ending == FAULT_CLOSES)
        raw_close(raw);
    else
        raw_idle(raw);
}

void answer_fault(struct exchange *exchange)
{
    const struct fault *fault = fault_find(exchange->match.argument, exchange->match.argument_size);
    uint64_t values[FAULT_PARAMETERS] = {0};

    if (!fault)
        exchange_answer_error(exchange, 404, "There is no such fault; /fault/ lists all faults.");
    else if (exchange->request->version >= 0x200)
        exchange_answer_error(exchange, 505, "Faults are for HTTP/1.");
    else if (!fault_read_values(exchange, fault, values))
        return;
    else if (fault->answer)
        fault->answer(exchange, fault, values);
    else
        raw_begin(exchange, &(struct raw_script){.step = fault->step ? fault->step : fault_step_bytes,
                                .about = fault,
                                .values = {values[0], values[1]},
                                .pause_ns = fault->step ? 0 : FAULT_PAUSE_NS});
}
