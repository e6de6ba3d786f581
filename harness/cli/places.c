#include "places.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int places_find(struct places *places, struct failure *failure)
{
    char program[4000];

    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length < 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't find out where this program is");
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (slash)
        *slash = '\0';
    (void)snprintf(places->workloads, sizeof places->workloads, "%s/../share/harness/workloads", program);
    (void)snprintf(
        places->experiments, sizeof places->experiments, "%s/../share/harness/experiments", program);
    (void)snprintf(
        places->participants, sizeof places->participants, "%s/../share/harness/external", program);
    (void)snprintf(places->plot, sizeof places->plot, "%s/harness-plot", program);
    return 0;
}
