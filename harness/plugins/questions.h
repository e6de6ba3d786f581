/* questions: what a plug-in needs, as its process is asked and as it answers: a line of JSON each. For
 * plugins.c and plugin_role.c. */
#ifndef HARNESS_PLUGINS_QUESTIONS_H
#define HARNESS_PLUGINS_QUESTIONS_H

#include <harness/strategy.h>
#include <jansson.h>

/* For the caller to free; NULL when memory runs out. */
char *question_write(const struct strategy_values *values, const struct strategy_scale *scale);

/* -1: it is no question. */
int question_read(const char *question, struct strategy_values *values, struct strategy_scale *scale);

/* NULL when memory runs out. */
json_t *question_write_needs(const struct strategy_needs *needs);

/* -1: those are no needs. */
int question_read_needs(json_t *answer, struct strategy_needs *needs);

#endif
