#include "forecast.h"

#include <math.h>
#include <stdlib.h>

#include "buffer.h"
#include "figure.h"
#include "origin.h"

/* Shorter ones are over before anybody wonders. */
#define TOLD_FROM_S 60

/* An arm is named if it takes this share of a round: more than all others together. */
#define NAMED_FROM 0.6

/* What the workload waits for the server, in seconds. */
struct forecast_delays {
    double sum_s;
    double longest_batch_s;
};

static double forecast_batch_s(const struct workload *workload, const struct workload_batch *batch)
{
    double seconds = 0;

    for (uint64_t i = 0; i < batch->request_count; i++)
        seconds += origin_delay_s(
            workload_text(workload, workload_request(workload, batch->first_request + i)->url));
    return seconds;
}

/* A batch is repeated as often as the extent has it. */
static struct forecast_delays forecast_delays(const struct plan *plan)
{
    const struct workload *workload = plan->workload;
    struct forecast_delays delays = {0};
    double batch_s = 0;

    for (uint64_t b = 0; b < workload->batch_count && b < plan->extent.batch_count; b++) {
        uint64_t copies = plan->extent.batch_count / workload->batch_count +
                          (b < plan->extent.batch_count % workload->batch_count);
        if (!workload_batch_is_copy(workload, b))
            batch_s = forecast_batch_s(workload, workload_batch(workload, b));
        delays.sum_s += batch_s * (double)copies;
        delays.longest_batch_s = fmax(delays.longest_batch_s, batch_s);
    }
    return delays;
}

/* As in harness/stats/bound.h, with the delays for the requests; twice where there is a warm pass. */
static double forecast_expected_s(
    const struct plan *plan, const struct arm *arm, const struct forecast_delays *delays)
{
    const struct settings *settings = &arm->settings;
    double spread_s = delays->sum_s / (double)settings->concurrency;
    double waits_s = plan->has_embedded_origin ? fmax(delays->longest_batch_s, spread_s) : 0;
    double seconds = waits_s * (settings->start == START_WARM ? 2 : 1);

    if (arm->sends_nothing)
        return 0;
    if (settings->rate > 0)
        seconds = fmax(seconds, (double)plan->extent.batch_count / settings->rate);
    return seconds > 0 ? seconds : NAN;
}

int forecast_init(struct forecast *forecast, const struct plan *plan, struct failure *failure)
{
    const struct forecast_delays delays = forecast_delays(plan);

    *forecast = (struct forecast){.plan = plan, .arms = calloc(plan->arm_count + 1, sizeof *forecast->arms)};
    if (!forecast->arms)
        return failure_set(failure, FAILURE_RUN, "out of memory");
    for (size_t arm = 0; arm < plan->arm_count; arm++)
        forecast->arms[arm].expected_s = forecast_expected_s(plan, &plan->arms[arm], &delays);
    return 0;
}

void forecast_learn(struct forecast *forecast, size_t arm, double seconds)
{
    forecast->arms[arm].spent_s += seconds;
    forecast->arms[arm].trials++;
}

double forecast_trial_s(const struct forecast *forecast, size_t arm)
{
    const struct forecast_arm *known = &forecast->arms[arm];

    return known->trials > 0 ? known->spent_s / (double)known->trials : known->expected_s;
}

static double forecast_mean_s(const struct forecast *forecast)
{
    double sum_s = 0;
    size_t known = 0;

    for (size_t arm = 0; arm < forecast->plan->arm_count; arm++) {
        double seconds = forecast_trial_s(forecast, arm);
        if (!isnan(seconds)) {
            sum_s += seconds;
            known++;
        }
    }
    return known > 0 ? sum_s / (double)known : NAN;
}

static double forecast_or(const struct forecast *forecast, size_t arm, double otherwise_s)
{
    double seconds = forecast_trial_s(forecast, arm);

    return isnan(seconds) ? otherwise_s : seconds;
}

double forecast_left_s(const struct forecast *forecast, size_t place)
{
    const struct plan *plan = forecast->plan;
    size_t next_round = (place / plan->arm_count + 1) * plan->arm_count;
    size_t whole_rounds = plan_rounds(plan->settings) - next_round / plan->arm_count;
    double mean_s = forecast_mean_s(forecast);
    double left_s = 0;

    /* Each arm comes once a round, so that only the one under way has to be looked through. */
    for (size_t at = place; at < next_round; at++)
        left_s += forecast_or(forecast, plan->order[at], mean_s);
    for (size_t arm = 0; arm < plan->arm_count; arm++)
        left_s += forecast_or(forecast, arm, mean_s) * (double)whole_rounds;
    return left_s;
}

/* The arm that takes most of a round, if one does. */
static void forecast_name_longest(const struct forecast *forecast, double round_s, struct buffer *text)
{
    const struct plan *plan = forecast->plan;

    for (size_t arm = 0; arm < plan->arm_count && plan->arm_count > 1; arm++) {
        double seconds = forecast_trial_s(forecast, arm);
        if (!(seconds >= NAMED_FROM * round_s))
            continue;
        buffer_printf(text, ", of which %s takes ", plan->arms[arm].name);
        figure_write_duration(text, seconds);
        return;
    }
}

void forecast_tell(struct forecast *forecast, size_t round, const struct progress *progress)
{
    const struct plan *plan = forecast->plan;
    size_t rounds = plan_rounds(plan->settings) - round;
    struct buffer text = {0};

    if (forecast->has_told || progress->is_quiet || rounds == 0)
        return;
    double left_s = forecast_left_s(forecast, round * plan->arm_count);
    double round_s = left_s / (double)rounds;
    if (!(left_s >= TOLD_FROM_S))
        return;
    forecast->has_told = true;
    buffer_append_text(&text, "about ");
    figure_write_duration(&text, round_s);
    buffer_append_text(&text, " a round");
    forecast_name_longest(forecast, round_s, &text);
    buffer_printf(&text, "; about ");
    figure_write_duration(&text, left_s);
    buffer_printf(&text, " for %s%zu round%s", round > 0 ? "the other " : "", rounds, rounds == 1 ? "" : "s");
    buffer_append(&text, "", 1);
    if (!text.out_of_memory)
        progress_tell(progress, "%s", text.bytes);
    buffer_release(&text);
}

void forecast_release(struct forecast *forecast)
{
    free(forecast->arms);
    *forecast = (struct forecast){0};
}
