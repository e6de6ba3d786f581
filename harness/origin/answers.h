/* answers: the handlers in the table of routes. Each ends its exchange exactly once, see exchange.h.
 */
#ifndef HARNESS_ANSWERS_H
#define HARNESS_ANSWERS_H

struct exchange;
struct route_match;

void answer_landing(struct exchange *exchange, const struct route_match *match);
void answer_get(struct exchange *exchange, const struct route_match *match);
void answer_body(struct exchange *exchange, const struct route_match *match);
void answer_anything(struct exchange *exchange, const struct route_match *match);
void answer_headers(struct exchange *exchange, const struct route_match *match);
void answer_status(struct exchange *exchange, const struct route_match *match);
void answer_delay(struct exchange *exchange, const struct route_match *match);
void answer_bytes(struct exchange *exchange, const struct route_match *match);
void answer_stream_bytes(struct exchange *exchange, const struct route_match *match);
void answer_redirect(struct exchange *exchange, const struct route_match *match);
void answer_relative_redirect(struct exchange *exchange, const struct route_match *match);
void answer_absolute_redirect(struct exchange *exchange, const struct route_match *match);

#endif
