/* What a trial's row says of a program that is not ours. */
#include <criterion/criterion.h>

#include "clock.h"
#include "measure.h"
#include "workload.h"

static const char script[] = "read task; echo '{\"state\":\"ready\"}'; read go; echo '{\"state\":\"done\"}'; "
                             "echo '{\"state\":\"counted\"}'";

static struct trial_row row_of_script(bool counts_itself)
{
    static const char *const arguments[] = {"sh", "-c", script, NULL};
    static const char *const urls[] = {"http://127.0.0.1:1/"};
    struct shared_memory workload = SHARED_MEMORY_NONE;
    struct shared_memory records = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};
    struct settings settings;
    struct trial_row row = {.trial = 1};

    cr_assert_eq(settings_init(&settings, &failure), 0, "%s", failure.message);
    cr_assert_eq(workload_from_urls(urls, 1, &workload, &failure), 0, "%s", failure.message);
    cr_assert_eq(records_create(&records, 1, &failure), 0, "%s", failure.message);
    elsewhere_count(&((struct records *)records.bytes)->elsewhere, 5);
    const struct trial_task task = {.program = "sh",
        .arguments = arguments,
        .counts_itself = counts_itself,
        .strategy = "sequential",
        .extent = {.batch_count = 1, .request_count = 1},
        .settings = &settings};
    const struct arm arm = {.settings = settings};
    struct measurement measurement = {.task = &task,
        .arm = &arm,
        .workload_fd = workload.fd,
        .records_fd = records.fd,
        .watch = {
            .interrupt_fd = -1, .origin_fd = -1, .records = records.bytes, .patience_ns = 10 * NS_PER_S}};
    measurement_take(&measurement, &row);
    cr_expect_str_eq(row.status, "ok", "%s", row.message ? row.message : "");
    row.elsewhere = NULL;
    shared_memory_release(&records);
    shared_memory_release(&workload);
    settings_release(&settings);
    return row;
}

Test(measure, takes_what_was_sent_elsewhere_from_the_records)
{
    cr_expect_eq(row_of_script(true).sent_elsewhere, 5);
}

Test(measure, does_not_know_what_another_program_sent_elsewhere)
{
    cr_expect_eq(row_of_script(false).sent_elsewhere, MISSING_COUNT);
}
