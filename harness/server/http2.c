/*
 * HTTP/2 on a connection (nghttp2): many exchanges at once, each on its stream.
 */
#include "http2.h"

#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <strings.h>

#include "connection.h"
#include "gauge.h"
#include "http2_head.h"
#include "server.h"

#define HTTP2_WINDOW            (1 << 20) /* for the body of a request; more as it is read */
#define HTTP2_CONNECTION_WINDOW (16 * (1 << 20))

struct http2 {
    struct connection *connection;
    nghttp2_session *session;
    struct exchange *exchanges; /* one for each open stream */
    struct exchange *spare;     /* with memory from before; NULL: none */
    int32_t last_answered;      /* the highest stream that got an answer, or its beginning */
    struct exchange *raw;       /* whose script has taken over the connection, for good: from then on the
                                   session neither reads nor sends; NULL: none */
};

static struct http2 *http2_of(const struct exchange *exchange)
{
    return exchange->connection->state;
}

static struct exchange *http2_exchange(struct http2 *http2, int32_t stream)
{
    return nghttp2_session_get_stream_user_data(http2->session, stream);
}

static struct exchange *http2_take_spare(struct http2 *http2)
{
    struct exchange *exchange = http2->spare;

    http2->spare = NULL;
    if (!exchange) {
        exchange = malloc(sizeof *exchange);
        if (!exchange)
            return NULL;
        exchange_init(exchange, http2->connection);
    }
    exchange_recycle(exchange);
    return exchange;
}

static int http2_on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *state)
{
    struct http2 *http2 = state;

    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    struct exchange *exchange = http2_take_spare(http2);
    if (!exchange)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    exchange->stream = frame->hd.stream_id;
    exchange->request.version = 20;
    exchange->previous = NULL;
    exchange->next = http2->exchanges;
    if (http2->exchanges)
        http2->exchanges->previous = exchange;
    http2->exchanges = exchange;
    gauge_stream_opened(http2->connection->server->gauge);
    return nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, exchange);
}

static int http2_on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
    size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags, void *state)
{
    struct exchange *exchange = http2_exchange(state, frame->hd.stream_id);

    (void)session;
    (void)flags;
    if (exchange && exchange->state == EXCHANGE_READING && frame->headers.cat == NGHTTP2_HCAT_REQUEST &&
        exchange->request.refusal == 0)
        (void)http2_read_field(&exchange->request, (struct span){(const char *)name, name_size},
            (struct span){(const char *)value, value_size}); /* or it is refused when the head is complete */
    return 0;
}

static void http2_begin(struct exchange *exchange)
{
    if (exchange->state == EXCHANGE_READING)
        exchange_begin(exchange);
}

/* What a client waits for that asks before it sends the body. */
static void http2_continue(struct exchange *exchange)
{
    nghttp2_nv status = http2_field(":status", span_of("100"));
    struct span expected = request_header(&exchange->request, "expect");

    if (expected.size != strlen("100-continue") ||
        strncasecmp(expected.bytes, "100-continue", expected.size) != 0)
        return;
    if (nghttp2_submit_headers(
            http2_of(exchange)->session, NGHTTP2_FLAG_NONE, exchange->stream, NULL, &status, 1, NULL) != 0)
        connection_end(exchange->connection, CONNECTION_ENDS_NOW);
}

static void http2_refuse(struct exchange *exchange)
{
    buffer_release(&exchange->request.body);
    exchange->state = EXCHANGE_OVER; /* it does not count as a request */
    exchange_answer_error(exchange, exchange->request.refusal, "The request can't be read.");
}

static void http2_begin_body(struct exchange *exchange, bool is_last)
{
    http2_complete_head(&exchange->request);
    exchange->request.has_body = !is_last;
    if (exchange->request.refusal != 0)
        http2_refuse(exchange);
    else if (is_last || !exchange_reads_body(exchange))
        http2_begin(exchange);
    else
        http2_continue(exchange);
}

/* Ends the session when the connection is taken over by this, even in the middle of what came. */
static int http2_on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *state)
{
    const struct http2 *http2 = state;
    struct exchange *exchange = http2_exchange(state, frame->hd.stream_id);
    bool is_last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    bool is_head = frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;

    (void)session;
    if (!exchange || (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA))
        return 0;
    if (is_head)
        http2_begin_body(exchange, is_last);
    else if (is_last)
        http2_begin(exchange);
    return http2->raw ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

/* What comes after the answer is thrown away, so that the client gets to its end: RST_STREAM (RFC 9113, 8.1)
 * would be shorter, but makes libcurl 7.88 lose the answer. */
static int http2_on_data(
    nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *bytes, size_t size, void *state)
{
    struct exchange *exchange = http2_exchange(state, stream);

    (void)flags;
    if (!exchange || exchange->state == EXCHANGE_WAITING) {
        /* Nobody reads it: the stream's window closes, and those of its neighbours stay open. */
        return nghttp2_session_consume_connection(session, size);
    }
    if (exchange->state == EXCHANGE_READING &&
        !request_grow_body(&exchange->request, (const char *)bytes, size))
        http2_refuse(exchange);
    return nghttp2_session_consume(session, stream, size);
}

/* A frame is on its way to the output. With the answer's last one the exchange is over. */
static int http2_on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *state)
{
    bool may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    struct exchange *exchange = may_end ? http2_exchange(state, frame->hd.stream_id) : NULL;

    (void)session;
    if (exchange && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
        exchange_end(exchange, true);
    return 0;
}

static void http2_unlink(struct http2 *http2, struct exchange *exchange)
{
    if (exchange->previous)
        exchange->previous->next = exchange->next;
    else
        http2->exchanges = exchange->next;
    if (exchange->next)
        exchange->next->previous = exchange->previous;
}

static int http2_on_stream_close(nghttp2_session *session, int32_t stream, uint32_t code, void *state)
{
    struct http2 *http2 = state;
    struct exchange *exchange = http2_exchange(http2, stream);

    (void)session;
    (void)code;
    if (!exchange)
        return 0;
    http2_unlink(http2, exchange);
    exchange_end(exchange, false); /* unless it was answered */
    if (!http2->spare) {
        exchange_recycle(exchange);
        http2->spare = exchange;
        return 0;
    }
    exchange_release(exchange);
    free(exchange);
    return 0;
}

/* nghttp2's wish for more of a body. */
static ssize_t http2_read_body(nghttp2_session *session, int32_t stream, uint8_t *bytes, size_t size,
    uint32_t *flags, nghttp2_data_source *source, void *state)
{
    struct exchange *exchange = source->ptr;
    struct span *left = exchange->answer.in_steps ? &exchange->step_bytes : &exchange->answer.body;

    (void)session;
    (void)stream;
    (void)state;
    if (exchange->answer.in_steps && !exchange_has_bytes(exchange) && exchange->step != STEP_OVER)
        return NGHTTP2_ERR_DEFERRED;
    size_t used = left->size < size ? left->size : size;
    if (used > 0)
        memcpy(bytes, left->bytes, used);
    *left = (struct span){left->bytes + used, left->size - used};
    bool is_over = left->size == 0 && (!exchange->answer.in_steps || exchange->step == STEP_OVER);
    if (is_over)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)used;
}

static nghttp2_session_callbacks *http2_callbacks(void)
{
    static nghttp2_session_callbacks *callbacks; /* made once, by the one thread there is */

    if (callbacks || nghttp2_session_callbacks_new(&callbacks) != 0)
        return callbacks;
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, http2_on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, http2_on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, http2_on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, http2_on_data);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, http2_on_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, http2_on_stream_close);
    return callbacks;
}

static int http2_start_session(struct http2 *http2)
{
    static const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, HTTP2_STREAMS_MAX},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, HTTP2_WINDOW},
    };
    nghttp2_session_callbacks *callbacks = http2_callbacks();
    nghttp2_option *option = NULL;

    if (!callbacks || nghttp2_option_new(&option) != 0)
        return -1;
    nghttp2_option_set_no_auto_window_update(option, 1); /* bodies that nobody reads keep theirs closed */
#ifdef HARNESS_NGHTTP2_LIMITS_RESETS
    /* Clients under test may reset as many streams as they like, as each time-out does. */
    nghttp2_option_set_stream_reset_rate_limit(option, UINT64_MAX, UINT64_MAX);
#endif
    int result = nghttp2_session_server_new2(&http2->session, callbacks, http2, option);
    nghttp2_option_del(option);
    if (result == 0)
        result = nghttp2_submit_settings(
            http2->session, NGHTTP2_FLAG_NONE, settings, sizeof settings / sizeof settings[0]);
    if (result == 0)
        result = nghttp2_session_set_local_window_size(
            http2->session, NGHTTP2_FLAG_NONE, 0, HTTP2_CONNECTION_WINDOW);
    return result;
}

static void *http2_open(struct connection *connection)
{
    struct http2 *http2 = calloc(1, sizeof *http2);

    if (!http2)
        return NULL;
    http2->connection = connection;
    if (http2_start_session(http2) == 0)
        return http2;
    nghttp2_session_del(http2->session);
    free(http2);
    return NULL;
}

static void http2_receive(struct connection *connection, const char *bytes, size_t size)
{
    struct http2 *http2 = connection->state;

    if (http2->raw)
        return; /* nobody would understand the answers */
    if (nghttp2_session_mem_recv(http2->session, (const uint8_t *)bytes, size) < 0 && !http2->raw)
        connection_end(connection, CONNECTION_ENDS_NOW);
}

static void http2_speak(struct http2 *http2)
{
    struct exchange *exchange = http2->raw;

    if (!exchange_has_bytes(exchange))
        return;
    buffer_append(&http2->connection->output, exchange->step_bytes.bytes, exchange->step_bytes.size);
    exchange->step_bytes = (struct span){NULL, 0};
}

/* Frames that wait to be sent. */
static void http2_send(struct http2 *http2)
{
    struct buffer *output = &http2->connection->output;
    const uint8_t *frames = NULL;
    ssize_t size = 0;

    while (output->size < CONNECTION_OUTPUT_ENOUGH &&
           (size = nghttp2_session_mem_send(http2->session, &frames)) > 0)
        buffer_append(output, frames, (size_t)size);
    if (size < 0)
        connection_end(http2->connection, CONNECTION_ENDS_NOW);
    else if (nghttp2_session_want_read(http2->session) == 0 &&
             nghttp2_session_want_write(http2->session) == 0) {
        http2->connection->ends_amid = true; /* nobody reads what the client still sends */
        connection_end(http2->connection, CONNECTION_ENDS);
    }
}

static void http2_produce(struct connection *connection)
{
    struct http2 *http2 = connection->state;

    if (http2->raw)
        http2_speak(http2);
    else
        http2_send(http2);
}

/* The exchange ends with the last frame, see http2_on_sent. */
static void http2_answer(struct exchange *exchange)
{
    struct http2 *http2 = http2_of(exchange);
    nghttp2_data_provider body = {.source.ptr = exchange, .read_callback = http2_read_body};
    bool has_body = exchange->answer.in_steps || exchange->answer.body.size > 0;
    struct http2_head head;

    if (http2->raw)
        return;
    if (exchange->stream > http2->last_answered)
        http2->last_answered = exchange->stream;
    http2_fill_head(&head, &exchange->answer);
    if (nghttp2_submit_response(
            http2->session, exchange->stream, head.fields, head.count, has_body ? &body : NULL) != 0)
        connection_end(http2->connection, CONNECTION_ENDS_NOW);
}

static void http2_go_on(struct exchange *exchange)
{
    if (!exchange->is_raw)
        (void)nghttp2_session_resume_data(http2_of(exchange)->session, exchange->stream);
}

static void http2_take_over(struct exchange *exchange)
{
    http2_of(exchange)->raw = exchange;
}

void http2_reset_stream(struct exchange *exchange, uint32_t code)
{
    struct http2 *http2 = http2_of(exchange);

    exchange_end(exchange, false);
    if (nghttp2_submit_rst_stream(http2->session, NGHTTP2_FLAG_NONE, exchange->stream, code) != 0)
        connection_end(http2->connection, CONNECTION_ENDS_NOW);
}

void http2_go_away(struct exchange *exchange)
{
    struct http2 *http2 = http2_of(exchange);

    exchange_end(exchange, false);
    if (nghttp2_session_terminate_session2(http2->session, http2->last_answered, NGHTTP2_NO_ERROR) != 0)
        connection_end(http2->connection, CONNECTION_ENDS_NOW);
}

static bool http2_is_idle(const struct connection *connection)
{
    const struct http2 *http2 = connection->state;

    return !http2->exchanges;
}

void http2_limit_streams(struct exchange *exchange, uint32_t count)
{
    const struct http2 *http2 = http2_of(exchange);
    const nghttp2_settings_entry setting = {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, count};

    if (nghttp2_submit_settings(http2->session, NGHTTP2_FLAG_NONE, &setting, 1) != 0)
        connection_end(http2->connection, CONNECTION_ENDS_NOW);
}

/* Says which streams are the last; the connection ends after their answers. Those that the client has opened
 * meanwhile it may open again elsewhere (RFC 9113, 6.8). */
static void http2_retire(struct connection *connection)
{
    const struct http2 *http2 = connection->state;
    int32_t last = nghttp2_session_get_last_proc_stream_id(http2->session);

    if (nghttp2_submit_goaway(http2->session, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, NULL, 0) != 0)
        connection_end(connection, CONNECTION_ENDS_NOW);
}

static void http2_leave(struct connection *connection)
{
    struct http2 *http2 = connection->state;

    while (http2->exchanges) {
        struct exchange *exchange = http2->exchanges;
        http2->exchanges = exchange->next;
        exchange_release(exchange);
        free(exchange);
    }
    if (http2->spare)
        exchange_release(http2->spare);
    free(http2->spare);
    nghttp2_session_del(http2->session);
    free(http2);
    connection->state = NULL;
}

const struct protocol http2_protocol = {
    .open = http2_open,
    .receive = http2_receive,
    .produce = http2_produce,
    .answer = http2_answer,
    .take_over = http2_take_over,
    .go_on = http2_go_on,
    .is_idle = http2_is_idle,
    .retire = http2_retire,
    .leave = http2_leave,
};
