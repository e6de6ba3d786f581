#include "instance.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

static int instance_choose(
    struct instance *instance, const char *spec, const char *plugin, struct failure *failure)
{
    if (!plugin)
        return strategy_parse(spec, &instance->strategy, &instance->values, failure);
    if (plugin_load(plugin, &instance->plugin, failure) != 0)
        return -1;
    instance->strategy = &instance->plugin.strategy;
    return strategy_parse_options(instance->strategy, spec + strcspn(spec, ":"), &instance->values, failure);
}

int instance_make(struct instance *instance, const char *spec, const struct job *job, struct failure *failure)
{
    *instance = (struct instance){.records = job->records};
    if (instance_choose(instance, spec, job->plugin, failure) != 0)
        return -1;
    unsigned int flags = instance->strategy->flags;
    size_t lane_count = (flags & STRATEGY_ONE_LANE) != 0 ? 1 : (size_t)job->settings->concurrency;
    instance->lanes =
        lanes_create(job->settings, job->workload, job->extent, job->records, lane_count, failure);
    if (!instance->lanes)
        return -1;
    instance->state = calloc(1, instance->strategy->state_size + 1);
    if (!instance->state)
        return failure_set(
            failure, FAILURE_RUN, "out of memory for the state of '%s'", instance->strategy->name);
    if ((flags & STRATEGY_SENDS_NOTHING) != 0)
        lanes_expect_no_answers(instance->lanes);
    return 0;
}

/* What came of a call of the strategy. */
static int instance_judge(const struct instance *instance, int result, struct failure *failure)
{
    const struct failure *reason = lanes_failure(instance->lanes);

    if (reason)
        *failure = *reason;
    else if (result != 0)
        failure_set(failure, FAILURE_RUN, "strategy '%s' can't go on, and does not say why",
            instance->strategy->name);
    return reason || result != 0 ? -1 : 0;
}

int instance_prepare(struct instance *instance, struct failure *failure)
{
    const struct strategy *strategy = instance->strategy;

    instance->is_prepared = true;
    return instance_judge(instance,
        strategy->prepare ? strategy->prepare(instance->lanes, instance->state, &instance->values) : 0,
        failure);
}

int instance_run(struct instance *instance, struct failure *failure)
{
    instance->records->clock_started_ns = clock_monotonic_ns();
    return instance_judge(instance, instance->strategy->run(instance->lanes, instance->state), failure);
}

int instance_warm_up(struct instance *instance, struct failure *failure)
{
    int result = instance_judge(instance, instance->strategy->run(instance->lanes, instance->state), failure);

    instance_rewind(instance);
    return result;
}

void instance_rewind(struct instance *instance)
{
    lanes_rewind(instance->lanes);
    records_clear(instance->records);
}

void instance_release(struct instance *instance)
{
    if (instance->is_prepared && instance->strategy->release)
        instance->strategy->release(instance->lanes, instance->state);
    free(instance->state);
    lanes_destroy(instance->lanes);
    *instance = (struct instance){0};
}
