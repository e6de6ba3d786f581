/* complete_strategies: what may be typed of strategies, their options, participants and plug-ins. */
#ifndef HARNESS_CLI_COMPLETE_STRATEGIES_H
#define HARNESS_CLI_COMPLETE_STRATEGIES_H

#include "completion.h"

/* Names of participants and plug-ins. */
void complete_offer_guests(struct completion *completion);

/* "thread-pool", "thread-pool:stack-kib=", "./mine.so". Nothing is loaded or run of what is named by its
 * path. */
void complete_offer_strategy(struct completion *completion);

/* The same, with commas between, "all" and "external". */
void complete_offer_strategies(struct completion *completion);

#endif
