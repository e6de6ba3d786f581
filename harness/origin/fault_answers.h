/* fault_answers: the functions in the table of faults. See faults.h. */
#ifndef HARNESS_FAULT_ANSWERS_H
#define HARNESS_FAULT_ANSWERS_H

#include "faults.h"

/* By way of h2o: answers that are well-formed, or nearly. */
void fault_answer_refuse(struct exchange *exchange, const struct fault *fault, const uint64_t *values);
void fault_answer_redirect_loop(struct exchange *exchange, const struct fault *fault, const uint64_t *values);
void fault_answer_short_length(struct exchange *exchange, const struct fault *fault, const uint64_t *values);
void fault_answer_gzip_bomb(struct exchange *exchange, const struct fault *fault, const uint64_t *values);
void fault_answer_close_idle(struct exchange *exchange, const struct fault *fault, const uint64_t *values);
void fault_answer_drop_next(struct exchange *exchange, const struct fault *fault, const uint64_t *values);

/* Past h2o, see raw.h: many bytes, produced as they go. */
void fault_step_many_1xx(struct raw *raw, uint64_t index);
void fault_step_endless_header(struct raw *raw, uint64_t index);
void fault_step_endless_headers(struct raw *raw, uint64_t index);
void fault_step_endless_body(struct raw *raw, uint64_t index);
void fault_step_huge_body(struct raw *raw, uint64_t index);
void fault_step_drip(struct raw *raw, uint64_t index);

#endif
