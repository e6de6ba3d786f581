/*
 * registry: the strategies of this program, and how their names and options are read. What a strategy is, is
 * in <harness/strategy.h>.
 */
#ifndef HARNESS_STRATEGIES_REGISTRY_H
#define HARNESS_STRATEGIES_REGISTRY_H

#include <harness/strategy.h>

#include "buffer.h"
#include "failure.h"

/* All strategies, in the order in which lists show them; ended by NULL. */
extern const struct strategy *const strategies[];

/* A family's word, as the CSV files say it. */
const char *strategy_family_word(enum strategy_family family);

/*
 * Reads "name" or "name:key=value:key=value" into the strategy and its options' values. -1 with a
 * FAILURE_USAGE that lists the choices.
 */
int strategy_parse(const char *spec, const struct strategy **strategy, struct strategy_values *values,
    struct failure *failure);

/* The same for one that is known: reads "" or ":key=value:key=value". */
int strategy_parse_options(const struct strategy *strategy, const char *options,
    struct strategy_values *values, struct failure *failure);

/* Appends the strategy's name and the value of each of its options, defaults too: equal for what is the same.
 */
void strategy_write(
    const struct strategy *strategy, const struct strategy_values *values, struct buffer *text);

/* Why the strategy can't run here; NULL: it can. */
const char *strategy_unavailable(const struct strategy *strategy);

/* Appends the values that an option takes, "a|b" or "1..8|auto"; and its help, with the default. */
void strategy_write_values(const struct strategy_option *option, struct buffer *text);
void strategy_write_help(const struct strategy_option *option, struct buffer *text);

/* Appends why it can't run here, as lists for the terminal say it below its name. */
void strategy_describe_unavailable(const char *reason, struct buffer *text);

/* Appends its name, summary, family and options, as text for the terminal; `unavailable` (may be NULL) is why
 * it can't run here. */
void strategy_describe(const struct strategy *strategy, const char *unavailable, struct buffer *text);

#endif
