#include "forecast.h"

#include <math.h>
#include <stdlib.h>

#include "buffer.h"
#include "figure.h"
#include "origin.h"

/* Shorter ones are over before anybody wonders. */
#define TOLD_FROM_S 60

#define MS_PER_S 1000.0

/* An arm is named if it takes this share of a round: more than all others together. */
#define NAMED_FROM 0.6

/* What the workload waits for the server, in seconds. */
struct forecast_delays {
    double sum_s;
    double longest_batch_s;
};

/* Up to the first request that times out: those after it are skipped. */
static double forecast_batch_s(
    const struct workload *workload, const struct workload_batch *batch, double timeout_s)
{
    double seconds = 0;

    for (uint64_t i = 0; i < batch->request_count; i++) {
        double delay_s = origin_delay_s(
            workload_text(workload, workload_request(workload, batch->first_request + i)->url));
        seconds += fmin(delay_s, timeout_s);
        if (delay_s > timeout_s)
            break;
    }
    return seconds;
}

/* A batch is repeated as often as the extent has it. */
static struct forecast_delays forecast_delays(const struct plan *plan)
{
    const struct workload *workload = plan->workload;
    double timeout_s = (double)plan->settings->timeout_ms / MS_PER_S;
    struct forecast_delays delays = {0};
    double batch_s = 0;

    for (uint64_t b = 0; b < workload->batch_count && b < plan->extent.batch_count; b++) {
        uint64_t copies = plan->extent.batch_count / workload->batch_count +
                          (b < plan->extent.batch_count % workload->batch_count);
        if (!workload_batch_is_copy(workload, b))
            batch_s = forecast_batch_s(workload, workload_batch(workload, b), timeout_s);
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

static double forecast_round_s(const struct forecast *forecast)
{
    double mean_s = forecast_mean_s(forecast);
    double round_s = 0;

    for (size_t arm = 0; arm < forecast->plan->arm_count; arm++)
        round_s += forecast_or(forecast, arm, mean_s);
    return round_s;
}

size_t forecast_rounds(const struct forecast *forecast)
{
    const struct settings *settings = forecast->plan->settings;
    size_t rounds = plan_rounds(settings);
    double allowed = floor((double)settings->max_time_ms / MS_PER_S / forecast_round_s(forecast));

    if (settings->max_time_ms == 0 || !(allowed < (double)rounds))
        return rounds;
    return allowed < 1 ? 1 : (size_t)allowed;
}

double forecast_left_s(const struct forecast *forecast, size_t place)
{
    const struct plan *plan = forecast->plan;
    size_t round = place / plan->arm_count;
    size_t rounds = forecast_rounds(forecast);
    size_t whole_rounds = rounds > round + 1 ? rounds - round - 1 : 0;
    double mean_s = forecast_mean_s(forecast);
    double left_s = whole_rounds > 0 ? forecast_round_s(forecast) * (double)whole_rounds : 0;

    /* Each arm comes once a round, so that only the one under way has to be looked through. */
    for (size_t at = place; at < (round + 1) * plan->arm_count; at++)
        left_s += forecast_or(forecast, plan->order[at], mean_s);
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

/* "; 3 rounds, about 5 minutes" */
static void forecast_write_rounds(
    const struct forecast *forecast, size_t round, double left_s, struct buffer *text)
{
    size_t planned = plan_rounds(forecast->plan->settings) - round;
    size_t rounds = forecast_rounds(forecast) - round;

    if (rounds < planned)
        buffer_printf(text, "; --max-time leaves time for %zu of %s%zu rounds, about ", rounds,
            round > 0 ? "the other " : "", planned);
    else if (planned == 1)
        buffer_printf(text, "; one round%s, about ", round > 0 ? " is left" : "");
    else
        buffer_printf(text, "; %s%zu rounds, about ", round > 0 ? "the other " : "", planned);
    figure_write_duration(text, left_s);
}

void forecast_tell(struct forecast *forecast, size_t round, const struct progress *progress)
{
    const struct plan *plan = forecast->plan;
    struct buffer text = {0};

    if (forecast->has_told || progress->is_quiet || round >= forecast_rounds(forecast))
        return;
    double left_s = forecast_left_s(forecast, round * plan->arm_count);
    double round_s = forecast_round_s(forecast);
    if (!(left_s >= TOLD_FROM_S))
        return;
    forecast->has_told = true;
    buffer_append_text(&text, "about ");
    figure_write_duration(&text, round_s);
    buffer_append_text(&text, " a round");
    forecast_name_longest(forecast, round_s, &text);
    forecast_write_rounds(forecast, round, left_s, &text);
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
