#include "plan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "random.h"

size_t plan_rounds(const struct settings *settings)
{
    return (size_t)(settings->warmup + settings->repeat);
}

bool plan_is_open_loop(const struct plan *plan)
{
    return plan->settings->rate > 0;
}

static bool plan_is_over_tls(const struct plan *plan, uint64_t request)
{
    const char *url = workload_text(plan->workload, workload_request(plan->workload, request)->url);

    return strncasecmp(url[0] == '/' ? plan->base_url : url, "https:", strlen("https:")) == 0;
}

uint64_t plan_count_over_tls(const struct plan *plan)
{
    uint64_t count = 0;

    for (uint64_t request = 0; request < plan->workload->request_count; request++)
        count += plan_is_over_tls(plan, request);
    return count;
}

bool plan_is_first_on_build(const struct plan *plan, size_t arm)
{
    for (size_t earlier = 0; earlier < arm; earlier++)
        if (plan->arms[earlier].build == plan->arms[arm].build)
            return false;
    return true;
}

const char *plan_arrivals(const struct settings *settings)
{
    static const char *const words[] = {[ARRIVALS_CONSTANT] = "constant", [ARRIVALS_POISSON] = "poisson"};

    return settings->rate > 0 ? words[settings->arrivals] : NULL;
}

size_t *plan_draw_order(const struct settings *settings, size_t arm_count, struct failure *failure)
{
    size_t rounds = plan_rounds(settings);
    size_t *order = calloc(rounds * arm_count, sizeof *order);
    struct random random = {settings->seed};

    if (!order)
        failure_set(failure, FAILURE_RUN, "out of memory for %zu rounds; lower --repeat", rounds);
    for (size_t round = 0; order && round < rounds; round++)
        random_order(&random, order + round * arm_count, arm_count);
    return order;
}
