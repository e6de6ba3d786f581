/* fault_answers: the functions in the table of faults. See faults.h. */
#ifndef HARNESS_FAULT_ANSWERS_H
#define HARNESS_FAULT_ANSWERS_H

#include "faults.h"

/* Answers that are well-formed, or nearly; or none. */
void fault_answer_refuse(struct exchange *exchange, const struct fault *fault, const uint64_t *values);
void fault_answer_redirect_loop(struct exchange *exchange, const struct fault *fault, const uint64_t *values);
void fault_answer_short_length(struct exchange *exchange, const struct fault *fault, const uint64_t *values);
void fault_answer_gzip_bomb(struct exchange *exchange, const struct fault *fault, const uint64_t *values);
void fault_answer_close_idle(struct exchange *exchange, const struct fault *fault, const uint64_t *values);
void fault_answer_freeze(struct exchange *exchange, const struct fault *fault, const uint64_t *values);
void fault_answer_drop_next(struct exchange *exchange, const struct fault *fault, const uint64_t *values);
void fault_answer_drip(struct exchange *exchange, const struct fault *fault, const uint64_t *values);
void fault_answer_huge_body(struct exchange *exchange, const struct fault *fault, const uint64_t *values);
void fault_answer_stall(struct exchange *exchange, const struct fault *fault, const uint64_t *values);

/* What HTTP/2 has besides. */
void fault_answer_reset_stream(struct exchange *exchange, const struct fault *fault, const uint64_t *values);
void fault_answer_refuse_stream(struct exchange *exchange, const struct fault *fault, const uint64_t *values);
void fault_answer_go_away(struct exchange *exchange, const struct fault *fault, const uint64_t *values);
void fault_answer_few_streams(struct exchange *exchange, const struct fault *fault, const uint64_t *values);

/* The steps of scripts: all that the client gets. */
void fault_step_many_1xx(struct exchange *exchange, uint64_t index);
void fault_step_endless_header(struct exchange *exchange, uint64_t index);
void fault_step_endless_headers(struct exchange *exchange, uint64_t index);
void fault_step_endless_body(struct exchange *exchange, uint64_t index);
void fault_step_unfinished_headers(struct exchange *exchange, uint64_t index);
void fault_step_endless_continuation(struct exchange *exchange, uint64_t index);

#endif
