#include "arm_name.h"

#include <stdio.h>
#include <string.h>

struct arm_name arm_name(const struct plan *plan, size_t arm)
{
    struct arm_name name;
    size_t levels = 0;

    for (size_t other = 0; other < plan->arm_count; other++)
        levels += strcmp(plan->arms[other].label, plan->arms[arm].label) == 0;
    (void)snprintf(name.text, sizeof name.text, levels == 1 ? "%s" : "%s @%llu", plan->arms[arm].label,
        (unsigned long long)plan->arms[arm].concurrency);
    return name;
}
