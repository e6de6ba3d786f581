/* arm_name: what an arm is called where a person reads it. */
#ifndef HARNESS_PLAN_ARM_NAME_H
#define HARNESS_PLAN_ARM_NAME_H

#include "plan.h"

/* "curl-multi", or "curl-multi @16" where the label stands for several levels. Cut when longer. */
struct arm_name {
    char text[160];
};

struct arm_name arm_name(const struct plan *plan, size_t arm);

#endif
