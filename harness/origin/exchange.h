/*
 * exchange: one request under way, and the ways to answer it.
 *
 * A handler gets an exchange whose request has been read completely and counted by the gauge, and ends it
 * exactly once: with one of the answers below, or with delay_answer, which ends it later. Bodies are not
 * copied: they must last as long as the request's memory pool (exchange_buffer gives such memory) or the
 * server.
 */
#ifndef HARNESS_EXCHANGE_H
#define HARNESS_EXCHANGE_H

#include <h2o.h>
#include <stddef.h>

#include "buffer.h"
#include "routes.h"

struct connection;
struct server;

struct exchange {
    struct server *server;
    h2o_req_t *request;
    struct route_match match;
};

/* Finds the request's route and lets it answer. */
void exchange_begin(struct server *server, h2o_req_t *request);

/* An empty buffer that is freed with the request. */
struct buffer *exchange_buffer(struct exchange *exchange);

/* Adds a header to the answer. The name is in lower case and static, the value lasts as long as a body has
 * to. */
void exchange_add_header(struct exchange *exchange, const char *name, h2o_iovec_t value);

/* Answers with a body, which may be empty. `content_type` is static; NULL sends none. */
void exchange_answer(struct exchange *exchange, int status, const char *content_type, h2o_iovec_t body);

/* The same with what was gathered in exchange_buffer; 500 when its memory ran out. */
void exchange_answer_buffer(
    struct exchange *exchange, int status, const char *content_type, const struct buffer *body);

/* Answers 200 with a body whose length is not announced: HTTP/1.1 sends it in chunks. */
void exchange_answer_stream(struct exchange *exchange, const char *content_type, h2o_iovec_t body);

/* Answers 200 with a body and a Content-Length that need not be its own. */
void exchange_answer_length(
    struct exchange *exchange, const char *content_type, h2o_iovec_t body, size_t content_length);

/* Answers with a small page that says what is wrong. */
void exchange_answer_error(struct exchange *exchange, int status, const char *reason);

/* The connection that the request came over. With HTTP/2 others may share it. */
struct connection *exchange_connection(const struct exchange *exchange);

/* Closes the connection now, without an answer. HTTP/1 only. */
void exchange_hang_up(struct exchange *exchange);

/* Its client has gone: frees the connection as soon as it can be, and does not count as served. */
void exchange_abandon(struct exchange *exchange);

/* The request's query, without the '?'. */
h2o_iovec_t exchange_query(const struct exchange *exchange);

/* The value of a request header (name in lower case), or an empty one with a NULL base. */
h2o_iovec_t exchange_header(const struct exchange *exchange, const char *name);

#define CONTENT_TYPE_HTML "text/html; charset=utf-8"
#define CONTENT_TYPE_JSON "application/json"
#define CONTENT_TYPE_TEXT "text/plain; charset=utf-8"

#endif
