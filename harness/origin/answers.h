/* answers: the handlers in the table of routes. Each ends its exchange exactly once, see exchange.h.
 */
#ifndef HARNESS_ANSWERS_H
#define HARNESS_ANSWERS_H

struct exchange;

void answer_landing(struct exchange *exchange);
void answer_get(struct exchange *exchange);
void answer_body(struct exchange *exchange);
void answer_anything(struct exchange *exchange);
void answer_headers(struct exchange *exchange);
void answer_status(struct exchange *exchange);
void answer_delay(struct exchange *exchange);
void answer_bytes(struct exchange *exchange);
void answer_stream_bytes(struct exchange *exchange);
void answer_redirect(struct exchange *exchange);
void answer_relative_redirect(struct exchange *exchange);
void answer_absolute_redirect(struct exchange *exchange);

#endif
