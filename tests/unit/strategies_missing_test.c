/* Strategies that can't run here. This program has them as a build has that lacks what they need: its own
 * objects come before those of the library. */
#include <criterion/criterion.h>
#include <string.h>

#include "plan.h"
#include "registry.h"

/* Compiled here, and so without what strategies/CMakeLists.txt found for it. */
#include "coroutines.c" /* NOLINT(bugprone-suspicious-include) */

static const struct strategy *find(const char *name)
{
    size_t i = 0;

    while (strategies[i] && strcmp(strategies[i]->name, name) != 0)
        i++;
    cr_assert_not_null(strategies[i], "there is no strategy '%s'", name);
    return strategies[i];
}

static int expand(const char *name, struct arms *arms, struct failure *failure)
{
    const struct arms_load load = {.server_count = 1, .request_count = UINT64_MAX};
    struct settings settings;

    cr_assert_eq(settings_init(&settings, failure), 0);
    cr_assert_eq(setting_read(&settings, &settings_table[SETTING_strategies], name, failure), 0);
    int result = arms_expand(arms, &settings, &load, failure);
    settings_release(&settings);
    return result;
}

static void expect_missing(const char *name, const char *reason)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct buffer listing = {0};
    struct arms arms;

    cr_expect_str_eq(strategy_unavailable(find(name)), reason);
    strategy_describe(find(name), strategy_unavailable(find(name)), &listing);
    buffer_append(&listing, "", 1);
    const char *listed = strstr(listing.bytes, name);
    cr_assert_not_null(listed);
    const char *next = strstr(listed, "\n    not available: ");
    cr_assert_not_null(next, "%s", listed);
    cr_expect_not_null(strstr(next, reason));

    cr_expect_eq(expand(name, &arms, &failure), -1);
    cr_expect_eq(failure.code, FAILURE_USAGE);
    cr_expect_not_null(strstr(failure.message, reason), "%s", failure.message);
    arms_release(&arms);
    cr_assert_eq(expand("all", &arms, &failure), 0, "%s", failure.message);
    cr_expect_gt(arms.count, 0);
    for (size_t i = 0; i < arms.count; i++)
        cr_expect_str_neq(arms.items[i].spec, name);
    arms_release(&arms);
    buffer_release(&listing);
}

Test(coroutines, are_missing_in_a_build_without_ucontext)
{
    expect_missing("coroutines", "this build has no ucontext, which some C libraries lack");
}
