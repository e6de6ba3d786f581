#include <criterion/criterion.h>
#include <string.h>

#include "placement.h"

/* How many processors this machine has, as placement.c is told: the linker puts this in the system's place.
 */
static size_t processor_count;

int __wrap_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set);

int __wrap_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
    (void)pid;
    (void)size;
    CPU_ZERO(set);
    for (size_t cpu = 0; cpu < processor_count; cpu++)
        CPU_SET(cpu, set);
    return 0;
}

static void expect_placement(size_t processors, const char *client_list, const char *origin_list,
    const char *client, const char *origin)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct placement placement;
    char text[PLACEMENT_TEXT_SIZE];

    processor_count = processors;
    cr_assert_eq(placement_choose(&placement, client_list, origin_list, &failure), 0, "%s", failure.message);
    placement_write(&placement.client, placement.is_client_set, text);
    cr_expect_str_eq(text, client, "client: %s, not %s", text, client);
    placement_write(&placement.origin, placement.is_origin_set, text);
    cr_expect_str_eq(text, origin, "origin: %s, not %s", text, origin);
}

Test(placement, keeps_origin_and_trials_apart_from_four_processors_on)
{
    expect_placement(2, NULL, NULL, "any", "any");
    expect_placement(3, NULL, NULL, "any", "any");
    expect_placement(4, NULL, NULL, "0-2", "3");
    expect_placement(64, NULL, NULL, "0-62", "63");
}

Test(placement, is_as_asked_for_where_it_is)
{
    expect_placement(8, "0-2,5", NULL, "0-2,5", "any");
    expect_placement(8, NULL, "7", "any", "7");
    expect_placement(8, "1,0", "3-4", "0-1", "3-4");
    expect_placement(2, "0-9", "1", "0-1", "1");
}

Test(placement, refuses_what_is_no_list_or_is_not_there)
{
    static const char *const bad[] = {"", "x", "1-", "3-1", "0,,1", "0;1", "-1", "9"};
    struct failure failure = {.code = FAILURE_NONE};
    struct placement placement;

    processor_count = 4;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(placement_choose(&placement, bad[i], NULL, &failure), -1, "accepted '%s'", bad[i]);
        cr_expect_eq(failure.code, FAILURE_USAGE);
        cr_expect_not_null(strstr(failure.message, "--client-cpus"), "%s", failure.message);
    }
}
