/* What is found in answer to a question, and the sentence that says it, from figures made up here. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "finding.h"
#include "finding_words.h"

#define ROUNDS   12
#define ARMS_MAX 8

/* A part of an experiment that nobody ran. */
struct scene {
    struct evidence evidence;
    struct evidence_arm arms[ARMS_MAX];
    char levels[ARMS_MAX][16];
    double series[ARMS_MAX][EVIDENCE_FIGURE_COUNT][ROUNDS];
};

static void scene_init(struct scene *scene, const char *part, const char *where)
{
    memset(scene, 0, sizeof *scene);
    scene->evidence = (struct evidence){.part = part,
        .where = where,
        .arms = scene->arms,
        .rounds = ROUNDS,
        .comparisons = 2,
        .threshold = 0.02};
}

/* An arm whose time is about so much, and its CPU time; a percent apart from round to round, alike in all
 * arms. */
static void scene_add(
    struct scene *scene, const char *name, const char *strategy, int concurrency, double total, double cpu)
{
    size_t place = scene->evidence.arm_count++;
    struct evidence_arm *arm = &scene->arms[place];

    (void)snprintf(scene->levels[place], sizeof scene->levels[place], "%d", concurrency);
    arm->name = (char *)(uintptr_t)name;         /* NOLINT(performance-no-int-to-ptr) */
    arm->strategy = (char *)(uintptr_t)strategy; /* NOLINT(performance-no-int-to-ptr) */
    arm->levels[SETTING_concurrency] = scene->levels[place];
    arm->ranking = RANKING_RANKED;
    for (size_t figure = 0; figure < EVIDENCE_FIGURE_COUNT; figure++) {
        arm->series[figure] = scene->series[place][figure];
        for (size_t round = 0; round < ROUNDS; round++)
            arm->series[figure][round] =
                (figure == EVIDENCE_CPU ? cpu : total) * (1 + 0.01 * (double)(round % 3));
    }
}

/* Of all questions together. */
static void expect_sentence(const struct question *questions, size_t count, const struct evidence *parts,
    size_t part_count, const char *expected)
{
    struct comparisons answers[4] = {{0}};
    struct failure failure = {.code = FAILURE_NONE};
    struct buffer text = {0};

    for (size_t i = 0; i < count; i++)
        cr_assert_eq(finding_compare(&questions[i], parts, part_count, &answers[i], &failure), 0);
    finding_write(questions, answers, count, &text);
    buffer_append(&text, "", 1);
    cr_expect_str_eq(text.bytes, expected, "\n  says:     %s\n  expected: %s", text.bytes, expected);
    buffer_release(&text);
    for (size_t i = 0; i < count; i++)
        comparisons_release(&answers[i]);
}

/* By CPU time and by time, which contradict each other. */
Test(finding, says_of_each_figure_what_its_own_numbers_show)
{
    static const struct question by_cpu = {
        .arm = {.strategy = "epoll"}, .reference = {.strategy = "poll"}, .by = EVIDENCE_CPU};
    struct question questions[2] = {by_cpu, by_cpu};
    struct scene scene;

    scene_init(&scene, NULL, NULL);
    scene_add(&scene, "poll", "poll", 16, 1, 100);
    scene_add(&scene, "epoll", "epoll", 16, 3, 50);
    questions[1].by = EVIDENCE_TOTAL;
    expect_sentence(questions, 2, &scene.evidence, 1,
        "epoll takes 50.0 % less CPU time a request than poll; epoll takes 3.00 times the time of poll.");
}

Test(finding, says_that_the_origin_limited_times_and_not_what_is_a_processors)
{
    static const struct question by_total = {
        .arm = {.strategy = "two"}, .reference = {.strategy = "one"}, .by = EVIDENCE_TOTAL};
    struct question questions[2] = {by_total, by_total};
    struct scene scene;

    scene_init(&scene, NULL, NULL);
    scene_add(&scene, "one", "one", 16, 1, 100);
    scene_add(&scene, "two", "two", 16, 3, 50);
    scene.arms[0].origin_bound = TRUTH_YES;
    questions[1].by = EVIDENCE_CPU;
    expect_sentence(questions, 2, &scene.evidence, 1,
        "two takes 3.00 times the time of one (the origin was at its limit); two takes 50.0 % less CPU time "
        "a "
        "request than one.");
}

/* As finding.json has it: of the arm, the reference, and of both not known. */
Test(finding, has_the_origins_limit_in_json)
{
    static const struct question question = {
        .arm = {.strategy = "two"}, .reference = {.strategy = "one"}, .by = EVIDENCE_TOTAL};
    static const struct {
        enum truth one;
        enum truth two;
        enum truth expected;
    } cases[] = {{TRUTH_NO, TRUTH_NO, TRUTH_NO}, {TRUTH_YES, TRUTH_NO, TRUTH_YES},
        {TRUTH_NO, TRUTH_YES, TRUTH_YES}, {TRUTH_MISSING, TRUTH_MISSING, TRUTH_MISSING}};
    struct failure failure = {.code = FAILURE_NONE};
    struct scene scene;

    scene_init(&scene, NULL, NULL);
    scene_add(&scene, "one", "one", 16, 1, 100);
    scene_add(&scene, "two", "two", 16, 3, 50);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct comparisons answer = {0};
        scene.arms[0].origin_bound = cases[i].one;
        scene.arms[1].origin_bound = cases[i].two;
        cr_assert_eq(finding_compare(&question, &scene.evidence, 1, &answer, &failure), 0);
        json_t *list = finding_to_json(&question, &answer, 1);
        const json_t *bound = json_object_get(json_array_get(list, 0), "origin_bound");
        cr_expect_eq(json_is_null(bound), cases[i].expected == TRUTH_MISSING, "case %zu", i);
        cr_expect_eq(json_is_true(bound), cases[i].expected == TRUTH_YES, "case %zu", i);
        json_decref(list);
        comparisons_release(&answer);
    }
}

Test(finding, tells_levels_at_which_the_origin_limited_times_apart)
{
    static const struct question question = {.arm = {.strategy = "two"},
        .reference = {.strategy = "one"},
        .by = EVIDENCE_P50,
        .over = "concurrency",
        .unit = "connections"};
    struct scene scene;

    scene_init(&scene, NULL, NULL);
    scene_add(&scene, "one 16", "one", 16, 1, 100);
    scene_add(&scene, "two 16", "two", 16, 3, 100);
    scene_add(&scene, "one 64", "one", 64, 1, 100);
    scene_add(&scene, "two 64", "two", 64, 3, 100);
    scene.arms[3].origin_bound = TRUTH_YES;
    expect_sentence(&question, 1, &scene.evidence, 1,
        "compared with one, two takes more time a request (p50) at 16 connections and takes more from 64 on "
        "(3.00 "
        "times as long at 64, where the origin was at its limit).");
}

Test(finding, without_a_difference_says_so)
{
    static const struct question question = {
        .arm = {.strategy = "epoll"}, .reference = {.strategy = "poll"}, .by = EVIDENCE_CPU};
    struct scene scene;

    scene_init(&scene, NULL, "with all connections busy");
    scene_add(&scene, "poll", "poll", 16, 1, 100);
    scene_add(&scene, "epoll", "epoll", 16, 3, 100.5);
    expect_sentence(&question, 1, &scene.evidence, 1,
        "with all connections busy, epoll and poll are equivalent within 2 % by CPU time a request.");
    for (size_t round = 0; round < ROUNDS; round++)
        scene.arms[1].series[EVIDENCE_CPU][round] *= round % 2 == 0 ? 0.95 : 1.05;
    expect_sentence(&question, 1, &scene.evidence, 1,
        "with all connections busy, no difference in CPU time a request was detected between epoll and poll "
        "(could be "
        "-4.5 % to +5.5 %).");
}

Test(finding, of_too_few_rounds_says_how_many_are_needed)
{
    static const struct question question = {.arm = {.strategy = "epoll"},
        .reference = {.strategy = "poll"},
        .by = EVIDENCE_CPU,
        .over = "concurrency",
        .unit = "connections"};
    struct scene scene;

    scene_init(&scene, NULL, NULL);
    scene_add(&scene, "poll", "poll", 16, 1, 100);
    scene_add(&scene, "epoll", "epoll", 16, 3, 50);
    scene.evidence.rounds = 2;
    expect_sentence(&question, 1, &scene.evidence, 1,
        "whether epoll and poll differ in CPU time a request can't be told: 7 rounds are needed, 2 can be "
        "compared.");
    scene_add(&scene, "poll", "poll", 64, 1, 100);
    scene_add(&scene, "epoll", "epoll", 64, 3, 50);
    expect_sentence(&question, 1, &scene.evidence, 1,
        "compared with poll, epoll can't be told apart by CPU time a request (7 rounds are needed, 2 can be "
        "compared) "
        "at all of 16 to 64 connections.");
}

/* CPU time of poll and epoll at 16, 64, 256 and 1024 connections. */
static void scene_add_levels(struct scene *scene, const double *epoll)
{
    static const int levels[] = {256, 16, 1024, 64}; /* in no order */

    scene_init(scene, NULL, NULL);
    for (size_t i = 0; i < 4; i++) {
        size_t place = levels[i] == 16 ? 0 : levels[i] == 64 ? 1 : levels[i] == 256 ? 2 : 3;
        scene_add(scene, "poll @N", "poll", levels[i], 1, 100);
        scene_add(scene, "epoll @N", "epoll:turns=2", levels[i], 1, epoll[place]);
    }
}

Test(finding, over_levels_says_where_they_cross)
{
    static const struct question question = {.arm = {.strategy = "epoll"},
        .reference = {.strategy = "poll"},
        .by = EVIDENCE_CPU,
        .over = "concurrency",
        .unit = "connections"};
    struct scene scene;

    scene_add_levels(&scene, (const double[]){130, 100.5, 80, 20});
    expect_sentence(&question, 1, &scene.evidence, 1,
        "compared with poll, epoll takes more CPU time a request at 16 connections, is equivalent within 2 % "
        "at 64 and "
        "takes less from 256 on (less CPU by 80.0 % at 1024).");
    scene_add_levels(&scene, (const double[]){80, 80, 100, 100});
    expect_sentence(&question, 1, &scene.evidence, 1,
        "compared with poll, epoll takes less CPU time a request at 16 to 64 connections and is equivalent "
        "within 2 % at 256 "
        "to 1024.");
    scene_add_levels(&scene, (const double[]){80, 80, 80, 80});
    expect_sentence(&question, 1, &scene.evidence, 1,
        "compared with poll, epoll takes less CPU time a request at all of 16 to 1024 connections (less CPU "
        "by 20.0 % at "
        "1024).");
    scene_add_levels(&scene, (const double[]){130, 80, 80, 130});
    expect_sentence(&question, 1, &scene.evidence, 1,
        "compared with poll, epoll takes more CPU time a request at 16 connections, takes less at 64 to 256 "
        "and takes "
        "more from 1024 on (more CPU by 30.0 % at 1024).");
}

Test(finding, says_perhaps_of_a_level_where_the_interval_reaches_into_the_threshold)
{
    static const struct question question = {.arm = {.strategy = "epoll"},
        .reference = {.strategy = "poll"},
        .by = EVIDENCE_CPU,
        .over = "concurrency"};
    struct scene scene;

    scene_add_levels(&scene, (const double[]){97.5, 80, 80, 80});
    for (size_t arm = 0; arm < scene.evidence.arm_count; arm++)
        if (strcmp(scene.arms[arm].strategy, "poll") != 0 && strcmp(scene.levels[arm], "16") == 0)
            for (size_t round = 0; round < ROUNDS; round += 2)
                scene.arms[arm].series[EVIDENCE_CPU][round] *= 1.01;
    expect_sentence(&question, 1, &scene.evidence, 1,
        "compared with poll, epoll takes less CPU time a request (perhaps by less than 2 %) at 16 and "
        "takes less from 64 on (less CPU by 20.0 % at 1024).");
}

Test(finding, says_where_it_was_once)
{
    static const struct question questions[] = {
        {.arm = {.strategy = "epoll"}, .reference = {.strategy = "poll"}, .by = EVIDENCE_CPU},
        {.arm = {.strategy = "epoll"}, .reference = {.strategy = "poll"}, .by = EVIDENCE_TOTAL}};
    struct scene scene;

    scene_init(&scene, NULL, "with 5300 at once");
    scene_add(&scene, "poll", "poll", 5300, 1, 100);
    scene_add(&scene, "epoll", "epoll", 5300, 1, 50);
    expect_sentence(questions, 2, &scene.evidence, 1,
        "with 5300 at once, epoll takes 50.0 % less CPU time a request than poll; epoll and poll "
        "are equivalent within 2 % by time.");
}

Test(finding, may_be_spread_over_parts_that_are_levels)
{
    static const struct question question = {.arm = {.strategy = "epoll"},
        .reference = {.strategy = "poll"},
        .by = EVIDENCE_CPU,
        .over = "concurrency"};
    struct scene scenes[2];
    struct evidence parts[2];

    for (size_t i = 0; i < 2; i++) {
        scene_init(&scenes[i], i == 0 ? "few-64" : "few-256", "with few busy");
        scene_add(&scenes[i], "poll", "poll", i == 0 ? 64 : 256, 1, 100);
        scene_add(&scenes[i], "epoll", "epoll", i == 0 ? 64 : 256, 1, i == 0 ? 100 : 40);
        parts[i] = scenes[i].evidence;
    }
    expect_sentence(&question, 1, parts, 2,
        "with few busy, compared with poll, epoll is equivalent within 2 % by CPU time a request at 64 and "
        "takes less "
        "from 256 on (less CPU by 60.0 % at 256).");
}

Test(finding, compares_the_same_strategy_in_two_parts)
{
    static const struct question question = {
        .arm = {.part = "open"}, .reference = {.part = "closed"}, .by = EVIDENCE_P99};
    struct scene scenes[2];
    struct evidence parts[2];

    for (size_t i = 0; i < 2; i++) {
        scene_init(
            &scenes[i], i == 0 ? "closed" : "open", i == 0 ? "in the closed loop" : "in the open loop");
        scene_add(&scenes[i], "poll", "poll", 16, i == 0 ? 0.005 : 0.5, 1);
        scene_add(&scenes[i], "pool", "pool", 16, i == 0 ? 0.005 : 0.5, 1);
        parts[i] = scenes[i].evidence;
    }
    expect_sentence(&question, 1, parts, 2,
        "poll in the open loop takes 100 times the time a request (p99) of poll in the closed loop; pool in "
        "the open "
        "loop takes 100 times the time a request (p99) of pool in the closed loop.");
}

Test(finding, takes_the_value_of_an_option_for_a_level)
{
    static const struct question question = {.arm = {.strategy = "thread"},
        .reference = {.strategy = "pool"},
        .by = EVIDENCE_CPU,
        .over = "stack-kib",
        .unit = "KiB"};
    struct scene scene;

    scene_init(&scene, NULL, NULL);
    scene_add(&scene, "pool:stack-kib=8192", "pool:stack-kib=8192", 16, 1, 100);
    scene_add(&scene, "pool:stack-kib=64", "pool:stack-kib=64", 16, 1, 100);
    scene_add(&scene, "pool", "pool", 16, 1, 100);
    scene_add(&scene, "thread:stack-kib=64:x=1", "thread:stack-kib=64:x=1", 16, 1, 150);
    scene_add(&scene, "thread:stack-kib=8192", "thread:stack-kib=8192", 16, 1, 160);
    expect_sentence(&question, 1, &scene.evidence, 1,
        "compared with pool, thread takes more CPU time a request at all of 64 to 8192 KiB (more CPU by 60.0 "
        "% at 8192).");
}

Test(finding, does_not_compare_what_is_not_ranked_or_not_there)
{
    static const struct question question = {
        .arm = {.strategy = "epoll"}, .reference = {.strategy = "poll"}, .by = EVIDENCE_P99};
    struct scene scene;

    scene_init(&scene, NULL, NULL);
    scene_add(&scene, "poll", "poll", 16, 1, 100);
    expect_sentence(&question, 1, &scene.evidence, 1,
        "nothing was run that compares epoll with poll by time a request (p99).");
    scene_add(&scene, "epoll", "epoll", 16, 1, 100);
    scene.arms[1].ranking = RANKING_FAILED_REQUESTS;
    expect_sentence(&question, 1, &scene.evidence, 1,
        "epoll and poll can't be compared by time a request (p99): epoll is not ranked (failed requests).");
    scene.arms[1].ranking = RANKING_RANKED;
    for (size_t round = 0; round < ROUNDS; round++)
        scene.arms[0].series[EVIDENCE_P99][round] = NAN;
    expect_sentence(&question, 1, &scene.evidence, 1,
        "epoll and poll can't be compared by time a request (p99): poll is not ranked (too few requests per "
        "trial for "
        "such a figure).");
}

Test(finding, has_its_numbers_in_json)
{
    static const struct question question = {
        .arm = {.strategy = "epoll"}, .reference = {.strategy = "poll"}, .by = EVIDENCE_CPU};
    struct comparisons answer = {0};
    struct failure failure = {.code = FAILURE_NONE};
    struct scene scene;

    scene_init(&scene, NULL, NULL);
    scene_add(&scene, "poll", "poll", 16, 1, 100);
    scene_add(&scene, "epoll", "epoll", 16, 3, 50);
    cr_assert_eq(finding_compare(&question, &scene.evidence, 1, &answer, &failure), 0);
    json_t *list = finding_to_json(&question, &answer, 1);
    cr_assert_eq(json_array_size(list), 1);
    const json_t *found = json_array_get(list, 0);
    cr_expect_str_eq(json_string_value(json_object_get(found, "arm")), "epoll");
    cr_expect_str_eq(json_string_value(json_object_get(found, "reference")), "poll");
    cr_expect_str_eq(json_string_value(json_object_get(found, "by")), "cpu");
    cr_expect_str_eq(json_string_value(json_object_get(found, "verdict")), "faster");
    cr_expect_float_eq(json_real_value(json_object_get(found, "ratio")), 0.5, 1e-9);
    cr_expect(json_is_null(json_object_get(found, "part")));
    cr_expect(json_is_null(json_object_get(found, "origin_bound")), "not of CPU time");
    json_decref(list);
    comparisons_release(&answer);
}
