/* Arms: the product of strategies and values, their names, and which is compared with which. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "builds.h"
#include "plan.h"
#include "registry.h"

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* For tests of something else. */
static const struct arms_load one_server = {.server_count = 1, .request_count = UINT64_MAX};

struct expansion {
    struct settings settings;
    struct arms arms;
};

static size_t count_of(const char *const *names)
{
    size_t count = 0;

    while (names[count])
        count++;
    return count;
}

/* Settings that name the strategies, a list that ends with NULL; `levels` (may be NULL) as --concurrency has
 * them. */
static void make_settings(struct settings *settings, const char *const *names, const char *levels)
{
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(settings_init(settings, &failure), 0);
    for (; *names; names++)
        cr_assert_eq(setting_read(settings, &settings_table[SETTING_strategies], *names, &failure), 0);
    if (levels)
        cr_assert_eq(setting_read(settings, &settings_table[SETTING_concurrency], levels, &failure), 0);
}

static void expand(struct expansion *expansion, const char *const *names, const char *levels)
{
    struct failure failure = {.code = FAILURE_NONE};

    make_settings(&expansion->settings, names, levels);
    cr_assert_eq(
        arms_expand(&expansion->arms, &expansion->settings, &one_server, &failure), 0, "%s", failure.message);
}

static void expansion_release(struct expansion *expansion)
{
    arms_release(&expansion->arms);
    settings_release(&expansion->settings);
}

static void expect_labels(const char *const *names, const char *const *labels)
{
    struct expansion expansion;
    size_t count = count_of(labels);

    expand(&expansion, names, NULL);
    cr_assert_eq(expansion.arms.count, count, "%zu arms for %s", expansion.arms.count, names[0]);
    for (size_t i = 0; i < count; i++)
        cr_expect_str_eq(expansion.arms.items[i].label, labels[i]);
    expansion_release(&expansion);
}

static void refuse_arms(const char *name, const char *expected)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct settings settings;
    struct arms arms;

    make_settings(&settings, WORDS(name), NULL);
    cr_expect_eq(arms_expand(&arms, &settings, &one_server, &failure), -1, "accepted: %s", name);
    cr_expect_eq(failure.code, FAILURE_USAGE);
    cr_expect_not_null(strstr(failure.message, expected), "%s\n  says:     %s\n  expected: %s", name,
        failure.message, expected);
    cr_expect_eq(arms.count, 0);
    settings_release(&settings);
}

Test(arms, of_all_or_of_no_names_are_every_strategy_that_sends_something)
{
    struct expansion all;
    struct expansion none;
    size_t expected = 0;

    expand(&all, WORDS("all"), NULL);
    expand(&none, WORDS(NULL), NULL);
    for (size_t i = 0; strategies[i]; i++) {
        if ((strategies[i]->flags & STRATEGY_SENDS_NOTHING) != 0)
            continue;
        cr_assert_lt(expected, all.arms.count);
        cr_expect_str_eq(all.arms.items[expected].label, strategies[i]->name);
        cr_expect_str_eq(none.arms.items[expected++].label, strategies[i]->name);
    }
    cr_expect_eq(all.arms.count, expected);
    cr_expect_eq(none.arms.count, expected);
    expansion_release(&all);
    expansion_release(&none);
}

/* A strategy that forgets to say so is not warned of. */
Test(arms, say_what_they_call_of_libcurl)
{
    struct expansion all;
    size_t loops = 0;

    expand(&all, WORDS("all"), NULL);
    for (size_t arm = 0; arm < all.arms.count; arm++) {
        const struct arm *found = &all.arms.items[arm];
        bool is_blocking = strcmp(found->family, "blocking") == 0 || strcmp(found->family, "threads") == 0 ||
                           strcmp(found->family, "processes") == 0;
        cr_expect_eq(found->loop_lanes > 0, !is_blocking, "%s", found->name);
        cr_expect(found->loop_lanes > 0 || !found->uses_socket_action, "%s", found->name);
        loops += found->loop_lanes > 0;
    }
    cr_expect_gt(loops, 0);
    expansion_release(&all);
}

Test(arms, are_named_by_commas_or_one_by_one)
{
    expect_labels(WORDS("curl-multi,sequential"), WORDS("curl-multi", "sequential"));
    expect_labels(WORDS("curl-multi", "sequential"), WORDS("curl-multi", "sequential"));
    expect_labels(WORDS("no-op"), WORDS("no-op"));
}

Test(arms, named_again_are_numbered)
{
    expect_labels(WORDS("thread-pool,thread-pool", "thread-pool"),
        WORDS("thread-pool", "thread-pool#2", "thread-pool#3"));
    expect_labels(WORDS("thread-pool:stack-kib=512,thread-pool,thread-pool:stack-kib=512"),
        WORDS("thread-pool:stack-kib=512", "thread-pool", "thread-pool:stack-kib=512#2"));
}

Test(arms, keep_the_options_of_their_strategies)
{
    struct expansion expansion;
    const struct arms *arms = &expansion.arms;

    expand(&expansion,
        WORDS("thread-per-request:handles=fresh:stack-kib=64,thread-per-request:handles=fresh:stack-kib=64"),
        NULL);
    for (size_t i = 0; i < 2; i++)
        cr_expect_str_eq(arms->items[i].spec, "thread-per-request:handles=fresh:stack-kib=64");
    expansion_release(&expansion);
}

Test(arms, have_the_concurrency_asked_for_or_one_lane)
{
    struct expansion expansion;
    const struct arms *arms = &expansion.arms;

    expand(&expansion, WORDS("sequential,thread-pool,no-op"), NULL);
    cr_expect_eq(arms->items[0].settings.concurrency, 1);
    cr_expect_str_eq(arms->items[0].family, "blocking");
    cr_expect_not(arms->items[0].sends_nothing);
    cr_expect_eq(arms->items[1].settings.concurrency, 16);
    cr_expect_str_eq(arms->items[1].family, "threads");
    cr_expect_eq(arms->items[2].settings.concurrency, 1);
    cr_expect(arms->items[2].sends_nothing);
    expansion_release(&expansion);
}

Test(arms, are_made_at_each_level_of_concurrency_but_for_those_of_one_lane)
{
    static const uint64_t expected[] = {1, 4, 1, 16, 4, 1, 16};
    struct expansion expansion;
    const struct arms *arms = &expansion.arms;

    expand(&expansion, WORDS("sequential,curl-multi,curl-multi"), "4,1,4,16");
    cr_assert_eq(arms->count, 7);
    for (size_t i = 0; i < arms->count; i++) {
        cr_expect_eq(arms->items[i].settings.concurrency, expected[i], "arm %zu", i);
        cr_expect_str_eq(arms->items[i].label, i == 0 ? "sequential" : i < 4 ? "curl-multi" : "curl-multi#2");
    }
    expansion_release(&expansion);
}

Test(arms, that_do_not_exist_are_refused_with_those_that_do)
{
    struct buffer expected = {0};

    buffer_append_text(&expected, "no strategy 'threadpool'; did you mean 'thread-pool'? choose from ");
    for (size_t i = 0; strategies[i]; i++)
        buffer_printf(&expected, "%s, ", strategies[i]->name);
    buffer_append(&expected, "or all", sizeof "or all");
    refuse_arms("threadpool", expected.bytes);
    buffer_release(&expected);
    refuse_arms("", "no strategy ''");
    refuse_arms("sequential,", "no strategy ''");
    refuse_arms("sequential,,no-op", "no strategy ''");
    refuse_arms("All", "no strategy 'All'");
    refuse_arms("sequential, no-op", "no strategy ' no-op'");
}

Test(arms, mistyped_are_told_which_was_meant)
{
    refuse_arms("sequental,thread-pool", "no strategy 'sequental'; did you mean 'sequential'? choose from");
    refuse_arms("All", "did you mean 'all'?");
    refuse_arms("multi", "did you mean 'curl-multi'?");
    refuse_arms("fork", "no strategy 'fork'; choose from");
    refuse_arms("thread-pool:stack_kib=512",
        "strategy 'thread-pool' has no option 'stack_kib'; did you mean 'stack-kib'? it has stack-kib");
    refuse_arms(
        "thread-per-request:handles=frsh", "takes 'lane' or 'fresh', not 'frsh'; did you mean 'fresh'?");
}

Test(arms, with_options_that_do_not_exist_are_refused)
{
    refuse_arms("sequential:depth=2", "depth");
    refuse_arms("thread-pool:stack-kib=63", "63");
    refuse_arms("thread-pool:stack-kib=65537", "65537");
    refuse_arms("thread-pool:stack-kib=", "stack-kib");
    refuse_arms("thread-pool:stack-kib", "stack-kib");
    refuse_arms("thread-pool:stack=512", "stack-kib");
    refuse_arms("thread-per-request:handles=new", "fresh");
    refuse_arms("thread-per-request:", "handles");
}

/* Reads the value of an axis, given as the command line has it. */
static void set(struct settings *settings, enum setting_id id, const char *text)
{
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(setting_read(settings, &settings_table[id], text, &failure), 0, "%s", failure.message);
}

static void expect_names(const struct arms *arms, const char *const *names)
{
    cr_assert_eq(arms->count, count_of(names));
    for (size_t i = 0; i < arms->count; i++)
        cr_expect_str_eq(arms->items[i].name, names[i]);
}

Test(arms, are_the_product_of_all_axes_and_named_by_what_differs)
{
    struct expansion expansion;
    struct failure failure = {.code = FAILURE_NONE};

    make_settings(&expansion.settings, WORDS("sequential,curl-multi"), "4,16");
    set(&expansion.settings, SETTING_start, "cold,warm");
    cr_assert_eq(
        arms_expand(&expansion.arms, &expansion.settings, &one_server, &failure), 0, "%s", failure.message);
    expect_names(&expansion.arms, WORDS("sequential cold", "sequential warm", "curl-multi @4 cold",
                                      "curl-multi @4 warm", "curl-multi @16 cold", "curl-multi @16 warm"));
    cr_expect_eq(expansion.arms.items[5].settings.concurrency, 16);
    cr_expect_eq(expansion.arms.items[5].settings.start, START_WARM);
    expansion_release(&expansion);
}

Test(arms, have_a_flag_as_an_axis)
{
    struct expansion expansion;
    struct failure failure = {.code = FAILURE_NONE};

    make_settings(&expansion.settings, WORDS("curl-multi"), NULL);
    set(&expansion.settings, SETTING_no_reuse, "false,true");
    cr_assert_eq(
        arms_expand(&expansion.arms, &expansion.settings, &one_server, &failure), 0, "%s", failure.message);
    expect_names(&expansion.arms, WORDS("curl-multi no-reuse=false", "curl-multi no-reuse=true"));
    cr_expect(!expansion.arms.items[0].settings.no_reuse && expansion.arms.items[1].settings.no_reuse);
    expansion_release(&expansion);
}

/* The names of what each arm is compared with, under `reference`, which may be NULL. */
static void expect_references(const char *reference, const char *const *expected)
{
    struct expansion expansion;
    struct failure failure = {.code = FAILURE_NONE};

    make_settings(&expansion.settings, WORDS("sequential,thread-pool,curl-multi,no-op"), "4,16");
    if (reference)
        set(&expansion.settings, SETTING_reference, reference);
    cr_assert_eq(
        arms_expand(&expansion.arms, &expansion.settings, &one_server, &failure), 0, "%s", failure.message);
    const struct arms *arms = &expansion.arms;
    cr_assert_eq(arms->count, count_of(expected));
    for (size_t i = 0; i < arms->count; i++)
        cr_expect_str_eq(arms->items[arms_reference(arms->items, arms->count, reference, i)].name,
            expected[i], "%s is compared with another than %s", arms->items[i].name, expected[i]);
    expansion_release(&expansion);
}

Test(arms, are_compared_with_the_reference_at_the_same_values)
{
    expect_references(NULL, WORDS("thread-pool @4", "thread-pool @4", "thread-pool @16", "thread-pool @4",
                                "thread-pool @16", "no-op"));
    expect_references("curl-multi", WORDS("curl-multi @4", "curl-multi @4", "curl-multi @16", "curl-multi @4",
                                        "curl-multi @16", "no-op"));
    expect_references(
        "sequential", WORDS("sequential", "sequential", "sequential", "sequential", "sequential", "no-op"));
}

Test(arms, are_compared_with_another_value_of_the_same_strategy)
{
    expect_references("concurrency=16", WORDS("sequential", "thread-pool @16", "thread-pool @16",
                                            "curl-multi @16", "curl-multi @16", "no-op"));
}

static void expect_default_references(
    const char *const *names, const char *levels, const char *const *expected)
{
    struct expansion expansion;

    expand(&expansion, names, levels);
    const struct arms *arms = &expansion.arms;
    cr_assert_eq(arms->count, count_of(expected));
    for (size_t i = 0; i < arms->count; i++)
        cr_expect_str_eq(arms->items[arms_reference(arms->items, arms->count, NULL, i)].name, expected[i]);
    expansion_release(&expansion);
}

Test(arms, are_compared_with_the_first_at_the_same_values_without_the_default)
{
    expect_default_references(WORDS("multi-epoll", "curl-multi"), "4,16",
        WORDS("multi-epoll @4", "multi-epoll @16", "multi-epoll @4", "multi-epoll @16"));
    expect_default_references(
        WORDS("no-op", "curl-multi", "sequential"), NULL, WORDS("no-op", "curl-multi", "curl-multi"));
}

Test(arms, of_one_strategy_are_compared_with_its_first_values)
{
    expect_default_references(
        WORDS("thread-pool"), "1,4,16", WORDS("thread-pool @1", "thread-pool @1", "thread-pool @1"));
    expect_default_references(
        WORDS("no-op", "curl-multi"), "4,16", WORDS("no-op", "curl-multi @4", "curl-multi @4"));
}

Test(arms, refuse_a_reference_that_is_none_of_them)
{
    static const char *const bad[] = {
        "thread-per-request", "concurrency=5", "concurrency=x", "rate=3", "nothing=1", "=", "concurrency"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct failure failure = {.code = FAILURE_NONE};
        struct expansion expansion;
        make_settings(&expansion.settings, WORDS("thread-pool,curl-multi"), "4,16");
        set(&expansion.settings, SETTING_reference, bad[i]);
        cr_expect_eq(arms_expand(&expansion.arms, &expansion.settings, &one_server, &failure), -1,
            "accepted: %s", bad[i]);
        cr_expect_eq(failure.code, FAILURE_USAGE);
        cr_expect_not_null(strstr(failure.message, bad[i]));
        settings_release(&expansion.settings);
    }
}

Test(arms, are_controls_of_what_is_the_same_however_it_is_written)
{
    struct expansion expansion;

    expand(&expansion,
        WORDS("thread-pool,thread-pool:stack-kib=256,thread-pool:stack-kib=0256,thread-pool:stack-kib=512"),
        NULL);
    const struct arm *arms = expansion.arms.items;
    cr_expect_eq(arms_original(arms, 4, 1), 0);
    cr_expect_eq(arms_original(arms, 4, 2), 0);
    cr_expect_eq(arms_original(arms, 4, 3), 3);
    expansion_release(&expansion);
}

Test(arms, of_one_level_written_twice_are_one)
{
    struct expansion expansion;

    expand(&expansion, WORDS("thread-pool"), "4,04,8");
    expect_names(&expansion.arms, WORDS("thread-pool @4", "thread-pool @8"));
    expansion_release(&expansion);
}

Test(arms, of_a_thread_a_processor_have_as_many_as_trials_may_use)
{
    const struct setting *strategy = &settings_table[SETTING_strategies];
    struct failure failure = {.code = FAILURE_NONE};
    struct settings settings;

    cr_assert_eq(settings_init(&settings, &failure), 0);
    cr_assert_eq(setting_read(&settings, strategy, "multi-threads", &failure), 0);
    settings.concurrency = 12;
    for (size_t processors = 1; processors <= 4; processors++) {
        const struct arms_load load = {.server_count = 1, .request_count = 100, .processors = processors};
        struct arms arms;
        cr_assert_eq(arms_expand(&arms, &settings, &load, &failure), 0);
        cr_expect_eq(arms.items[0].threads, processors);
        cr_expect_eq(arms.items[0].loop_lanes, 12 / processors);
        arms_release(&arms);
    }
    settings_release(&settings);
}

/* Of names as --strategy has them, where the libcurl "old" is 7.88.1 and "new" is 8.14.1. */
static int expand_on_builds(const char *names, struct arms *arms, struct failure *failure)
{
    struct build items[] = {{.label = (char[]){"old"}, .info = {.version_num = 0x075801}},
        {.label = (char[]){"new"}, .info = {.version_num = 0x080e01}}};
    const struct builds builds = {.items = items, .count = 2};
    const struct arms_load load = {.server_count = 1, .request_count = 1000, .builds = &builds};
    struct settings settings;

    cr_assert_eq(settings_init(&settings, failure), 0);
    cr_assert_eq(setting_read(&settings, &settings_table[SETTING_strategies], names, failure), 0);
    int result = arms_expand(arms, &settings, &load, failure);
    settings_release(&settings);
    return result;
}

Test(arms, of_one_strategy_on_several_builds_differ)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct arms arms;

    cr_assert_eq(expand_on_builds(
                     "curl-multi,curl-multi@old,multi-sharded@new:shards=2,curl-multi@old", &arms, &failure),
        0, "%s", failure.message);
    expect_names(
        &arms, WORDS("curl-multi", "curl-multi@old", "multi-sharded@new:shards=2", "curl-multi@old#2"));
    cr_expect_null(arms.items[0].build);
    cr_expect_str_eq(arms.items[1].build->label, "old");
    cr_expect_str_eq(arms.items[1].told, "curl-multi");
    cr_expect_str_eq(arms.items[2].told, "multi-sharded:shards=2");
    cr_expect_eq(arms_original(arms.items, arms.count, 1), 1);
    cr_expect_eq(arms_original(arms.items, arms.count, 3), 1);
    arms_release(&arms);
}

Test(arms, on_builds_are_compared_with_the_first_thread_pool)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct arms arms;

    cr_assert_eq(expand_on_builds("all@old,all@new", &arms, &failure), 0, "%s", failure.message);
    for (size_t i = 0; i < arms.count; i++)
        cr_expect_str_eq(
            arms.items[arms_reference(arms.items, arms.count, NULL, i)].label, "thread-pool@old");
    arms_release(&arms);
    cr_assert_eq(expand_on_builds("thread-pool@old,thread-pool@new,thread-pool", &arms, &failure), 0);
    cr_expect_eq(arms_reference(arms.items, arms.count, NULL, 0), 2);
    arms_release(&arms);
}

Test(arms, can_all_be_on_one_build)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct arms arms;

    cr_assert_eq(expand_on_builds("all,all@old,all@new", &arms, &failure), 0, "%s", failure.message);
    size_t each = arms.count / 3;
    for (size_t i = 0; i < each; i++) {
        cr_expect_null(arms.items[i].build);
        cr_expect_str_eq(arms.items[each + i].build->label, "old");
        cr_expect_str_eq(arms.items[2 * each + i].told, arms.items[i].spec);
    }
    arms_release(&arms);
}

Test(arms, are_refused_for_builds_that_are_not_there_and_for_those_that_nobody_uses)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct arms arms;

    cr_expect_eq(expand_on_builds("curl-multi@nwe", &arms, &failure), -1);
    cr_expect_eq(failure.code, FAILURE_USAGE);
    cr_expect_str_eq(
        failure.message, "no build of libcurl 'nwe'; did you mean 'new'? name it with --libcurl nwe=PATH");
    cr_expect_eq(expand_on_builds("curl-multi@new", &arms, &failure), -1);
    cr_expect_str_eq(
        failure.message, "no strategy runs on --libcurl 'old'; name one, such as --strategy curl-multi@old");
}

Test(arms, of_processes_need_memory_for_the_records_that_each_of_them_maps)
{
    const struct arms_load few = {.server_count = 1, .request_count = 1000};
    const struct arms_load many = {.server_count = 1, .request_count = 1000000};
    const struct setting *strategy = &settings_table[SETTING_strategies];
    struct failure failure = {.code = FAILURE_NONE};
    struct arms with_few = {0};
    struct arms with_many = {0};
    struct settings settings;

    cr_assert_eq(settings_init(&settings, &failure), 0);
    cr_assert_eq(setting_read(&settings, strategy, "process-pool,curl-multi", &failure), 0);
    cr_assert_eq(arms_expand(&with_few, &settings, &few, &failure), 0);
    cr_assert_eq(arms_expand(&with_many, &settings, &many, &failure), 0);
    cr_expect_geq(with_many.items[0].memory_kib, with_few.items[0].memory_kib + settings.concurrency * 200);
    cr_expect_eq(with_many.items[1].memory_kib, with_few.items[1].memory_kib);
    arms_release(&with_few);
    arms_release(&with_many);
    settings_release(&settings);
}

Test(arms, say_what_they_need_by_their_lanes)
{
    struct expansion expansion;

    expand(&expansion, WORDS("sequential,thread-pool,curl-multi"), "1000");
    const struct arm *arms = expansion.arms.items;
    cr_expect_leq(arms[0].files, 10);
    cr_expect_eq(arms[0].threads, 0);
    cr_expect_geq(arms[1].files, 3000);
    cr_expect_eq(arms[1].threads, 1000);
    cr_expect_geq(arms[2].files, 1000);
    cr_expect_lt(arms[2].files, 1100);
    cr_expect_eq(arms[2].threads, 0);
    cr_expect_gt(arms[1].memory_kib, arms[2].memory_kib);
    expansion_release(&expansion);
}

/* The open files that a trial of each of "thread-pool,curl-multi,sequential" needs at concurrency 100. */
static void count_files(const struct settings *settings, const struct arms_load *load, uint64_t files[3])
{
    struct failure failure = {.code = FAILURE_NONE};
    struct arms arms;

    cr_assert_eq(arms_expand(&arms, settings, load, &failure), 0, "%s", failure.message);
    cr_assert_eq(arms.count, 3);
    for (size_t i = 0; i < 3; i++)
        files[i] = arms.items[i].files;
    arms_release(&arms);
}

static void expect_files(const struct settings *settings, const struct arms_load *load, const uint64_t one[3],
    uint64_t connections, uint64_t of_one_lane)
{
    uint64_t files[3];

    count_files(settings, load, files);
    cr_expect_eq(files[0], one[0] + (connections - 1) * 100, "%d files", (int)files[0]);
    cr_expect_eq(files[1], one[1] + (connections - 1) * 100, "%d files", (int)files[1]);
    cr_expect_eq(files[2], one[2] + of_one_lane - 1, "%d files", (int)files[2]);
}

Test(arms, need_a_connection_to_each_server_in_each_lane_but_no_more_than_they_have_requests)
{
    struct settings settings;
    uint64_t one[3];

    make_settings(&settings, WORDS("thread-pool,curl-multi,sequential"), "100");
    count_files(&settings, &one_server, one);
    cr_expect_eq(one[0], 300, "a connection and a socket pair for each lane");
    expect_files(&settings,
        &(struct arms_load){.server_count = 3, .request_count = 1000000, .plain_count = 0}, one, 3, 3);
    expect_files(&settings,
        &(struct arms_load){.server_count = 1000, .request_count = 1000000, .plain_count = 0}, one, 1000,
        1000);
    expect_files(&settings,
        &(struct arms_load){.server_count = 1000, .request_count = 1000, .plain_count = 0}, one, 10, 1000);
    expect_files(&settings, &(struct arms_load){.server_count = 1000, .request_count = 1, .plain_count = 0},
        one, 1, 1);
    expect_files(&settings,
        &(struct arms_load){.server_count = 3, .request_count = 1000000, .plain_count = 2}, one, 3, 3);
    settings.start = START_WARM;
    expect_files(&settings,
        &(struct arms_load){.server_count = 1000, .request_count = 1000, .plain_count = 0}, one, 20, 1000);
    settings.start = START_COLD;
    settings.follow_redirects = true;
    expect_files(&settings,
        &(struct arms_load){.server_count = 3, .request_count = 1000000, .plain_count = 0}, one,
        3 + REDIRECT_SERVERS, 3 + REDIRECT_SERVERS);
    expect_files(&settings, &(struct arms_load){.server_count = 1, .request_count = 100, .plain_count = 0},
        one, 31, 1 + REDIRECT_SERVERS);
    settings.no_reuse = true;
    expect_files(&settings,
        &(struct arms_load){.server_count = 3, .request_count = 1000000, .plain_count = 0}, one, 1, 1);
    settings_release(&settings);
}

Test(arms, need_one_connection_to_a_proxy_of_http_and_one_for_each_tunnel)
{
    static const struct {
        const char *proxy;
        uint64_t connections;
    } expected[] = {{"http://127.0.0.1:1", 4}, {"HTTPS://127.0.0.1:1", 4}, {"127.0.0.1:1", 4},
        {"socks5h://127.0.0.1:1", 10}, {"environment", 10}};
    struct settings settings;
    uint64_t one[3];

    make_settings(&settings, WORDS("thread-pool,curl-multi,sequential"), "100");
    count_files(&settings, &one_server, one);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        settings.proxy = expected[i].proxy;
        expect_files(&settings,
            &(struct arms_load){.server_count = 10, .request_count = 1000000, .plain_count = 7}, one,
            expected[i].connections, expected[i].connections);
    }
    settings.proxy = NULL; /* which it does not own */
    settings_release(&settings);
}

Test(arms, of_several_versions_of_http_are_told_apart_by_their_name)
{
    struct settings settings;
    struct arms arms;
    struct failure failure = {.code = FAILURE_NONE};
    const struct setting *http = &settings_table[SETTING_http];

    make_settings(&settings, WORDS("curl-multi,thread-pool"), "4");
    cr_assert_eq(setting_read(&settings, http, "1.1,2", &failure), 0, "%s", failure.message);
    cr_assert_eq(arms_expand(&arms, &settings, &one_server, &failure), 0, "%s", failure.message);
    expect_names(&arms,
        WORDS("curl-multi HTTP/1.1", "curl-multi HTTP/2", "thread-pool HTTP/1.1", "thread-pool HTTP/2"));
    cr_expect_eq(arms.items[0].files, arms.items[1].files + 3, "4 connections, or one");
    cr_expect_eq(arms.items[2].files, arms.items[3].files, "threads can't share a connection");
    cr_expect_eq(arms_reference(arms.items, arms.count, "http=1.1", 1), 0);
    arms_release(&arms);
    settings_release(&settings);
}

Test(arms, of_event_loops_need_as_few_connections_as_streams_allow_and_libcurl_opens)
{
    static const struct {
        size_t lanes;
        size_t streams;
        uint64_t full;
        uint64_t hasty;
    } cases[] = {{16, 1, 16, 16}, {16, 100, 1, 1}, {100, 100, 1, 1}, {101, 100, 2, 2}, {250, 100, 3, 151},
        {1, 100, 1, 1}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct strategy_scale scale = {.servers = 2, .connections = SIZE_MAX, .streams = cases[i].streams};
        cr_expect_eq(strategy_loop_connections(&scale, cases[i].lanes), 2 * cases[i].full, "case %zu", i);
        scale.is_hasty = true;
        cr_expect_eq(strategy_loop_connections(&scale, cases[i].lanes), 2 * cases[i].hasty, "case %zu", i);
        scale.connections = 1;
        cr_expect_eq(strategy_loop_connections(&scale, cases[i].lanes), 1, "there are no more requests");
    }
}

Test(arms, of_several_loops_need_what_these_need_together)
{
    struct strategy_scale scale = {.lanes = 150, .servers = 1, .connections = 150, .streams = 100};

    cr_expect_eq(strategy_loop_lanes(&scale, 1), 150);
    cr_expect_eq(strategy_loop_lanes(&scale, 4), 38);
    cr_expect_eq(strategy_loops_connections(&scale, 1), 2);
    cr_expect_eq(strategy_loops_connections(&scale, 4), 4);
    scale.streams = 1;
    cr_expect_eq(strategy_loops_connections(&scale, 4), 150);
    scale.connections = 20;
    cr_expect_eq(strategy_loops_connections(&scale, 4), 20, "there are no more requests");
}

Test(order, depends_on_the_seed_alone_and_has_every_arm_in_every_round)
{
    struct failure failure = {.code = FAILURE_NONE};
    const struct settings settings = {.repeat = 20, .warmup = 3, .seed = 7};
    size_t *one = plan_draw_order(&settings, 5, &failure);
    size_t *other = plan_draw_order(&settings, 5, &failure);

    cr_assert(one && other);
    cr_expect_arr_eq(one, other, 23 * 5 * sizeof *one);
    for (size_t round = 0; round < 23; round++) {
        unsigned int seen = 0;
        for (size_t position = 0; position < 5; position++)
            seen |= 1U << one[round * 5 + position];
        cr_expect_eq(seen, 0x1fU, "round %zu", round);
    }
    free(one);
    free(other);
}
