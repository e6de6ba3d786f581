/*
 * exchange: one request under way, and the ways to answer it, the same for every version of HTTP.
 *
 *     static void answer_hello(struct exchange *exchange)
 *     {
 *         exchange_answer(exchange, 200, CONTENT_TYPE_TEXT, span_of("hello\n"));
 *     }
 *
 * A handler gets an exchange whose request has been read completely (of some only the head, see reads_body in
 * server.h) and counted by the gauge, and ends it exactly once: with one of the answers below, or with
 * exchange_later, which ends it later. It must not use the exchange after that. Nothing is sent before the
 * handler has returned.
 */
#ifndef HARNESS_EXCHANGE_H
#define HARNESS_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "loop.h"
#include "request.h"
#include "span.h"

#define EXCHANGE_HEADERS_MAX    12
#define EXCHANGE_BUFFERS_MAX    4
#define EXCHANGE_LENGTH_UNKNOWN UINT64_MAX
#define SCRIPT_VALUES           2

struct connection;
struct exchange;

/* What is sent step by step. Index counts from 0; the next step comes when the bytes of this one have been
 * taken by the client's side and the pause is over. */
struct script {
    void (*step)(struct exchange *exchange, uint64_t index);
    const void *about;              /* for the step function; static */
    uint64_t values[SCRIPT_VALUES]; /* likewise */
    uint64_t pause_ns;              /* a step may change it */
};

struct answer_header {
    const char *name; /* in lower case */
    struct span value;
};

struct answer {
    int status;
    struct answer_header headers[EXCHANGE_HEADERS_MAX];
    size_t header_count;
    struct span body;
    uint64_t length; /* announced; EXCHANGE_LENGTH_UNKNOWN: none is */
    bool has_body;   /* HEAD and some statuses have none */
    bool in_steps;   /* the body comes from the script */
};

enum exchange_state {
    EXCHANGE_READING, /* the request is not complete */
    EXCHANGE_WAITING, /* for its handler, a moment, or a step */
    EXCHANGE_OVER,    /* answered, or given up */
};

enum step_state {
    STEP_DUE,     /* the next step may be taken */
    STEP_TAKEN,   /* its bytes are on their way */
    STEP_PAUSING, /* before the next one */
    STEP_IDLE,    /* there is none until the client goes away */
    STEP_OVER,    /* it was the last */
};

struct exchange {
    struct connection *connection;
    struct request request;
    struct answer answer;
    enum exchange_state state;
    struct buffer buffers[EXCHANGE_BUFFERS_MAX];
    size_t buffers_used;
    struct wakeup wakeup; /* first in its life for exchange_later, then for the pauses of a script */
    void (*later)(struct exchange *exchange);
    struct script script;
    enum step_state step;
    uint64_t step_count;
    struct span step_bytes; /* of the last step: what has not been sent yet */
    bool is_raw;            /* the script's bytes are all that is sent, not a body */
    bool is_stalled;        /* there will be no answer */
    int32_t stream;         /* HTTP/2 only, as the rest */
    struct exchange *previous;
    struct exchange *next;
};

/* What whoever started the server handed over for handlers, see struct server_options. */
void *exchange_site(const struct exchange *exchange);

/* The client's address as text; false when it is not known. */
bool exchange_client(const struct exchange *exchange, char *text, size_t size);

/* An empty buffer that lasts as long as the exchange. No more than EXCHANGE_BUFFERS_MAX may be asked for, one
 * of them by the page of an error. */
struct buffer *exchange_buffer(struct exchange *exchange);

/* Adds a header to the answer to come. The name is in lower case and static. Values, and bodies, last as long
 * as the exchange or the server. */
void exchange_add_header(struct exchange *exchange, const char *name, struct span value);

/* Answers with a body, which may be empty. `content_type` is static; NULL sends none. */
void exchange_answer(struct exchange *exchange, int status, const char *content_type, struct span body);

/* The same with what was gathered in exchange_buffer; 500 when its memory ran out. */
void exchange_answer_buffer(
    struct exchange *exchange, int status, const char *content_type, const struct buffer *body);

/* Answers 200 with a body and a Content-Length that need not be its own. With EXCHANGE_LENGTH_UNKNOWN the
 * length is not announced: HTTP/1.1 sends the body in chunks. */
void exchange_answer_length(
    struct exchange *exchange, const char *content_type, struct span body, uint64_t content_length);

/* Answers with a small page that says what is wrong. */
void exchange_answer_error(struct exchange *exchange, int status, const char *reason);

/* Has `answer` called once the time is over, never before; at once if it is 0. If the client goes away, the
 * exchange ends without it. */
void exchange_later(struct exchange *exchange, uint64_t delay_ns, void (*answer)(struct exchange *exchange));

/* Answers 200 with a body that comes step by step. */
void exchange_answer_in_steps(struct exchange *exchange, const char *content_type, uint64_t content_length,
    const struct script *script);

/* The steps of the script are all that the client gets, byte for byte, in place of an answer.
 * Over HTTP/2 they take over the connection: its other exchanges get nothing any more. The request counts as
 * in flight until the end, and never as served. */
void exchange_speak(struct exchange *exchange, const struct script *script);

/* There will be no answer, until the client goes away. */
void exchange_stall(struct exchange *exchange);

/* A step ends with exactly one of these. Bytes last as long as the exchange, or the server. */
void step_send(struct exchange *exchange, struct span bytes); /* at least one */
void step_end(struct exchange *exchange);                     /* the body is complete */
void step_idle(struct exchange *exchange);                    /* until the client goes away */
void step_close(struct exchange *exchange); /* the connection, as a server does when it is done */
void step_reset(struct exchange *exchange); /* the connection, as a crashed server does */

/* Closes the connection without an answer: in order, or with a reset. Others that share the connection are
 * lost as well. */
void exchange_hang_up(struct exchange *exchange, bool resets);

/* After the answer to come: closes the connection when it has been idle for so long (nothing is under way,
 * and all output has been taken), however many requests come before that; or, without an answer, when the
 * next request arrives on it. */
void exchange_close_connection_after(struct exchange *exchange, uint64_t delay_ns);
void exchange_close_connection_at_next(struct exchange *exchange);

/* The server sees to nobody for so long: no request, no answer, no new connection. */
void exchange_hold_server(struct exchange *exchange, uint64_t duration_ns);

#define CONTENT_TYPE_HTML "text/html; charset=utf-8"
#define CONTENT_TYPE_JSON "application/json"
#define CONTENT_TYPE_TEXT "text/plain; charset=utf-8"

#endif
