/* How long an experiment is expected to take. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "forecast.h"
#include "workload_parsing.h"

/* Two arms, one request at a time and four, over three warm-up and measured rounds. */
struct forecast_case {
    struct shared_memory memory;
    struct settings settings;
    struct arm arms[2];
    size_t order[6];
    struct plan plan;
    struct forecast forecast;
};

static void make_case(struct forecast_case *made, const char *workload)
{
    struct failure failure = {.code = FAILURE_NONE};

    *made = (struct forecast_case){.memory = SHARED_MEMORY_NONE, .order = {0, 1, 1, 0, 0, 1}};
    cr_assert_eq(settings_init(&made->settings, &failure), 0, "%s", failure.message);
    made->settings.warmup = 1;
    made->settings.repeat = 2;
    made->plan = (struct plan){.settings = &made->settings,
        .arms = made->arms,
        .arm_count = 2,
        .order = made->order,
        .workload = parse_good(workload, &made->memory),
        .has_embedded_origin = true};
    made->plan.extent = workload_extent(made->plan.workload, 0);
}

static void begin(struct forecast_case *made)
{
    static const uint64_t lanes[] = {1, 4};
    struct failure failure = {.code = FAILURE_NONE};

    for (size_t arm = 0; arm < 2; arm++) {
        made->arms[arm] = (struct arm){.name = arm == 0 ? "one" : "four", .settings = made->settings};
        made->arms[arm].settings.concurrency = lanes[arm];
    }
    cr_assert_eq(forecast_init(&made->forecast, &made->plan, &failure), 0, "%s", failure.message);
}

static void end(struct forecast_case *made)
{
    forecast_release(&made->forecast);
    settings_release(&made->settings);
    shared_memory_release(&made->memory);
}

static void expect_trials(struct forecast_case *made, double one_s, double four_s)
{
    cr_expect_float_eq(forecast_trial_s(&made->forecast, 0), one_s, 1e-9);
    cr_expect_float_eq(forecast_trial_s(&made->forecast, 1), four_s, 1e-9);
}

#define DELAYS "/delay/1\n/delay/2\n/delay/3\n/get\n"

Test(forecast, goes_by_the_delays_that_the_origin_is_asked_for)
{
    struct forecast_case made;

    make_case(&made, DELAYS);
    begin(&made);
    expect_trials(&made, 6, 3); /* the longest of them takes longer than a fourth of all */
    cr_expect_float_eq(forecast_left_s(&made.forecast, 0), 27, 1e-9);
    cr_expect_float_eq(forecast_left_s(&made.forecast, 1), 21, 1e-9);
    cr_expect_float_eq(forecast_left_s(&made.forecast, 5), 3, 1e-9);
    end(&made);
}

Test(forecast, of_batches_adds_up_what_is_in_one)
{
    struct forecast_case made;

    make_case(&made, "{\"batches\": [{\"repeat\": 8, \"requests\": [\"/delay/1\", \"/delay/2\"]}]}");
    begin(&made);
    expect_trials(&made, 24, 6);
    end(&made);
}

Test(forecast, knows_that_requests_time_out_and_those_after_them_are_skipped)
{
    struct forecast_case made;

    make_case(&made, "{\"batches\": [[\"/delay/1\", \"/delay/9\", \"/delay/1\"], [\"/delay/9\"]]}");
    made.settings.timeout_ms = 2000;
    begin(&made);
    expect_trials(&made, 5, 3);
    end(&made);
}

Test(forecast, counts_the_pass_before_a_warm_start)
{
    struct forecast_case made;

    make_case(&made, DELAYS);
    made.settings.start = START_WARM;
    begin(&made);
    expect_trials(&made, 12, 6);
    end(&made);
}

Test(forecast, of_an_open_loop_goes_by_its_schedule)
{
    struct forecast_case made;

    make_case(&made, "/get\n/get\n/get\n/get\n");
    made.settings.rate = 2;
    begin(&made);
    expect_trials(&made, 2, 2);
    end(&made);
}

Test(forecast, does_not_know_what_other_servers_take_and_learns_it)
{
    struct forecast_case made;

    make_case(&made, DELAYS);
    made.plan.has_embedded_origin = false;
    begin(&made);
    cr_expect(isnan(forecast_trial_s(&made.forecast, 0)));
    cr_expect(isnan(forecast_left_s(&made.forecast, 0)));
    cr_expect_eq(forecast_rounds(&made.forecast), 3);
    forecast_learn(&made.forecast, 0, 4);
    forecast_learn(&made.forecast, 0, 6);
    cr_expect_float_eq(forecast_trial_s(&made.forecast, 0), 5, 1e-9);
    cr_expect(isnan(forecast_trial_s(&made.forecast, 1)));
    cr_expect_float_eq(
        forecast_left_s(&made.forecast, 1), 25, 1e-9, "an unknown arm counts as the others' mean");
    end(&made);
}

Test(forecast, of_an_arm_that_sends_nothing_is_nothing)
{
    struct forecast_case made;

    make_case(&made, DELAYS);
    begin(&made);
    forecast_release(&made.forecast);
    made.arms[1].sends_nothing = true;
    struct failure failure = {.code = FAILURE_NONE};
    cr_assert_eq(forecast_init(&made.forecast, &made.plan, &failure), 0, "%s", failure.message);
    expect_trials(&made, 6, 0);
    end(&made);
}

Test(forecast, leaves_out_rounds_for_which_there_is_no_time)
{
    struct forecast_case made;

    make_case(&made, DELAYS);
    made.settings.max_time_ms = 20000;
    begin(&made);
    cr_expect_eq(forecast_rounds(&made.forecast), 2);
    cr_expect_float_eq(forecast_left_s(&made.forecast, 0), 18, 1e-9);
    cr_expect_float_eq(forecast_left_s(&made.forecast, 3), 6, 1e-9);
    made.settings.max_time_ms = 1000;
    cr_expect_eq(forecast_rounds(&made.forecast), 1, "the first round is run however long it takes");
    made.settings.max_time_ms = 60000;
    cr_expect_eq(forecast_rounds(&made.forecast), 3);
    end(&made);
}
