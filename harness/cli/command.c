#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "arms.h"
#include "builds.h"
#include "charts.h"
#include "chosen_columns.h"
#include "command_one.h"
#include "consent.h"
#include "experiment.h"
#include "help.h"
#include "http.h"
#include "manual.h"
#include "named.h"
#include "named_run.h"
#include "participants.h"
#include "places.h"
#include "plugins.h"
#include "registry.h"
#include "repeat.h"
#include "screen.h"
#include "tables.h"

/* Everything that a command holds, acquired and released in this order. */
struct command {
    const struct command_task *task;
    const struct options *options;
    const struct settings *settings;
    struct places places;
    struct shared_memory workload;
    struct builds builds;
    struct participants participants;
    struct plugins plugins;
    struct settings defaults;
    struct arms arms;
    const char **shown;               /* the command line as it may be shown, ended by NULL */
    struct experiment_result *result; /* the caller's */
};

uint64_t command_new_seed(void)
{
    uint32_t seed = 0;

    (void)!getrandom(&seed, sizeof seed, 0);
    return seed % 1000000;
}

static int command_load_workload(struct command *command, struct failure *failure)
{
    const struct options *options = command->options;

    if (options->url_count > 0)
        return workload_from_urls(
            (const char *const *)options->urls, options->url_count, &command->workload, failure);
    if (command->task->workload_json)
        return workload_parse(command->task->workload_json, strlen(command->task->workload_json),
            command->task->workload_name, &command->workload, failure);
    return workload_load(command->settings->workload, command->places.workloads, &command->workload, failure);
}

/* A line for each participant that "external" leaves out. */
static void command_tell_left_out(const struct buffer *lines)
{
    size_t at = 0;
    size_t length = 0;

    for (const char *line; (line = buffer_next_line(lines, &at, &length));)
        (void)fprintf(stderr, "harness: external leaves out: %.*s\n", (int)length, line);
}

static int command_expand_arms(struct command *command, struct failure *failure)
{
    const struct workload *workload = command->workload.bytes;
    struct arms_load load = {
        .server_count = workload_server_count(workload),
        .plain_count = workload_plain_server_count(workload),
        .request_count = workload_extent(workload, command->settings->requests).request_count,
        .builds = &command->builds,
        .participants = &command->participants,
        .plugins = &command->plugins,
        .demands = demands_of_workload(workload),
        .defaults = &command->defaults,
    };

    if (experiment_count_processors(command->settings, &load.processors, failure) != 0 ||
        builds_open(&command->builds, &command->settings->libcurls, failure) != 0 ||
        participants_open(&command->participants, command->places.participants, failure) != 0 ||
        settings_init(&command->defaults, failure) != 0 ||
        arms_expand(&command->arms, command->settings, &load, failure) != 0)
        return -1;
    command_tell_left_out(&command->arms.left_out);
    return 0;
}

static int command_show_line(struct command *command, struct failure *failure)
{
    const char *item = command->options->shown.bytes;
    int argc = command->task->argc;

    command->shown = calloc((size_t)argc + 1, sizeof *command->shown);
    if (!command->shown)
        return failure_set(failure, FAILURE_RUN, "out of memory");
    for (int i = 0; i < argc; i++, item += strlen(item) + 1)
        command->shown[i] = item;
    return 0;
}

/* NO_COLOR: see no-color.org. */
bool command_is_in_colour(void)
{
    const char *no_color = getenv("NO_COLOR"); /* NOLINT(concurrency-mt-unsafe) */

    return screen_takes_escapes(STDOUT_FILENO) && (!no_color || no_color[0] == '\0');
}

/* In all trials, warm-up included, but for the strategies that send nothing. A warm start sends the workload
 * once more, without a record. */
static double command_planned_requests(
    const struct command *command, struct workload_extent extent, bool with_unrecorded)
{
    size_t passes = 0;

    for (size_t arm = 0; arm < command->arms.count; arm++) {
        bool is_warm = command->arms.items[arm].settings.start == START_WARM;
        if (!command->arms.items[arm].sends_nothing)
            passes += with_unrecorded && is_warm ? 2 : 1;
    }
    return (double)extent.request_count * (double)passes * (double)plan_rounds(command->settings);
}

/* What libcurl can't do is told before anything is sent. */
static int command_check_http(const struct command *command, struct failure *failure)
{
    for (size_t i = 0; i < command->arms.count; i++) {
        const struct arm *arm = &command->arms.items[i];
        if (http_check(&arm->settings, command->workload.bytes, build_info(arm->build), failure) != 0)
            return -1;
    }
    return 0;
}

static struct experiment_task command_experiment(const struct command *command)
{
    return (struct experiment_task){
        .settings = command->settings,
        .arms = &command->arms,
        .workload = &command->workload,
        .extent = workload_extent(command->workload.bytes, command->settings->requests),
        .command = command->shown,
        .in_colour = command_is_in_colour(),
        .evidence = command->task->evidence,
    };
}

static int command_run_experiment(struct command *command, struct failure *failure)
{
    const struct settings *settings = command->settings;
    const struct experiment_task task = command_experiment(command);
    double recorded = command_planned_requests(command, task.extent, false);
    double sent = command_planned_requests(command, task.extent, true);

    if (command_check_http(command, failure) != 0 || consent_to_records(settings, recorded, failure) != 0 ||
        consent_to_target(settings, command->workload.bytes, sent, failure) != 0)
        return -1;
    return experiment_run(&task, command->result, failure);
}

static enum command_end command_end(const struct command *command)
{
    const struct experiment_result *result = command->result;

    if (result->was_interrupted)
        return COMMAND_INTERRUPTED;
    bool has_failed = result->failed_requests > 0 || result->failed_trials > 0;
    return has_failed && !command->settings->ignore_failures ? COMMAND_REQUESTS_FAILED : COMMAND_DONE;
}

static void command_release(struct command *command)
{
    free(command->shown);
    arms_release(&command->arms);
    settings_release(&command->defaults);
    plugins_release(&command->plugins);
    participants_release(&command->participants);
    builds_release(&command->builds);
    shared_memory_release(&command->workload);
}

/* Has the reader closed the pipe? Of a write that failed earlier there may be no errno to tell. */
static bool command_reader_has_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

int command_flush(int error, const char *rest, struct failure *failure)
{
    if (fflush(stdout) != 0)
        error = errno;
    if ((error == 0 && !ferror(stdout)) || command_reader_has_gone())
        return 0;
    return failure_set(failure, FAILURE_RUN, "can't write to standard output%s%s%s", error == 0 ? "" : ": ",
        error == 0 ? "" : strerror(error), rest);
}

/* Nobody else need complain of it. */
static void command_forget_output(void)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (null < 0)
        return;
    (void)dup2(null, STDOUT_FILENO);
    (void)close(null);
}

/* Once the results are there: whether they are of use, and their charts. */
static int command_draw(const struct command *command, enum command_end end, struct failure *failure)
{
    const struct experiment_result *result = command->result;

    if (end == COMMAND_INTERRUPTED)
        return 0;
    if (end == COMMAND_DONE && result->measured_trials == 0)
        return failure_set(failure, FAILURE_RUN,
            "no measured round was finished, so there is nothing to compare; raise --max-time, or lower "
            "--warmup or --requests; results: %s",
            result->folder ? result->folder : "kept");
    bool wants_charts = !command->settings->no_charts && result->measured_trials > 0 && result->folder;
    const struct settings *settings = command->settings;
    bool is_output_taken = settings->markdown || settings->csv || settings->json;
    return wants_charts ? charts_draw(command->places.plot, result->folder, is_output_taken, failure) : 0;
}

/* Files and charts are wanted as well where the table could not be printed. The first failure is the one to
 * tell. */
static int command_show_results(const struct command *command, enum command_end end, struct failure *failure)
{
    const char *folder = command->result->folder;
    struct buffer rest = {0};
    struct failure later;

    buffer_printf(&rest, "; results: %s", folder ? folder : "kept");
    buffer_append(&rest, "", 1);
    int outcome = command_flush(command->result->print_error, rest.out_of_memory ? "" : rest.bytes, failure);
    buffer_release(&rest);
    if (outcome != 0)
        command_forget_output();
    return command_draw(command, end, outcome == 0 ? failure : &later) == 0 ? outcome : -1;
}

/* Release it also when this fails. */
static int command_prepare(struct command *command, const struct command_task *task, struct failure *failure)
{
    *command = (struct command){
        .task = task, .options = task->options, .settings = task->settings, .workload = SHARED_MEMORY_NONE};
    if (places_find(&command->places, failure) != 0 || command_load_workload(command, failure) != 0 ||
        command_expand_arms(command, failure) != 0)
        return -1;
    return command_show_line(command, failure);
}

int command_check_limits(const struct command_task *task, struct failure *failure)
{
    struct command command;
    int outcome = command_prepare(&command, task, failure);

    if (outcome == 0) {
        const struct experiment_task experiment = command_experiment(&command);
        outcome = experiment_check_limits(&experiment, failure);
    }
    command_release(&command);
    return outcome;
}

int command_one(const struct command_task *task, enum command_end *end, struct experiment_result *result,
    struct failure *failure)
{
    struct command command;
    int outcome = command_prepare(&command, task, failure);

    *result = (struct experiment_result){0};
    command.result = result;
    if (outcome == 0)
        outcome = command_run_experiment(&command, failure);
    if (outcome == 0) {
        *end = command_end(&command);
        outcome = command_show_results(&command, *end, failure);
    }
    command_release(&command);
    return outcome;
}

static int command_compare(const struct options *options, struct settings *settings, int argc,
    enum command_end *end, struct failure *failure)
{
    const struct command_task task = {.options = options, .argc = argc, .settings = settings};
    struct experiment_result result;

    if (!options->settings.repeat_from && !options->is_given[SETTING_seed])
        settings->seed = command_new_seed();
    int outcome = command_one(&task, end, &result, failure);
    experiment_result_release(&result);
    return outcome;
}

static int command_print(struct buffer *text, struct failure *failure)
{
    int error = fwrite(text->bytes, 1, text->size, stdout) == text->size ? 0 : errno;
    bool out_of_memory = text->out_of_memory;
    buffer_release(text);
    return out_of_memory ? failure_set(failure, FAILURE_RUN, "out of memory")
                         : command_flush(error, "", failure);
}

static int command_list_workloads(struct buffer *text, struct failure *failure)
{
    struct places places;

    return places_find(&places, failure) == 0 ? workload_list_ready_made(places.workloads, text, failure)
                                              : -1;
}

static int command_list_experiments(struct buffer *text, struct failure *failure)
{
    struct places places;

    return places_find(&places, failure) == 0 ? named_list(places.experiments, text, failure) : -1;
}

static int command_list_participants(struct buffer *text, struct failure *failure)
{
    struct participants participants = {0};
    struct places places;
    int result = places_find(&places, failure) == 0
                     ? participants_open(&participants, places.participants, failure)
                     : -1;

    if (result == 0)
        participants_describe(&participants, text);
    participants_release(&participants);
    return result;
}

static int command_write_manual(struct buffer *page, struct failure *failure)
{
    struct places places;

    return places_find(&places, failure) == 0 ? manual_write(&places, page, failure) : -1;
}

static int command_list(const struct settings *settings, struct buffer *text, struct failure *failure)
{
    if (settings->manual)
        return command_write_manual(text, failure);
    if (settings->list_participants)
        return command_list_participants(text, failure);
    return (settings->list_workloads ? command_list_workloads : command_list_experiments)(text, failure);
}

static int command_repeat(
    const struct options *options, int argc, enum command_end *end, struct failure *failure)
{
    struct settings then;

    int outcome = repeat_load(&then, options, failure);
    if (outcome == 0)
        outcome = command_compare(options, &then, argc, end, failure);
    settings_release(&then);
    return outcome;
}

/* Where a standard stream is closed, the next file would become it, and get what is printed. */
static int command_open_streams(struct failure *failure)
{
    int fd = -1;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd < 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't open '/dev/null'");
    (void)close(fd);
    return 0;
}

/* Those of this program, and the plug-ins that can be named like them. */
static void command_list_strategies(struct buffer *text)
{
    struct plugins plugins = {0};

    for (size_t i = 0; strategies[i]; i++)
        strategy_describe(strategies[i], strategy_unavailable(strategies[i]), text);
    plugins_describe(&plugins, text);
    plugins_release(&plugins);
}

int command_run(struct options *options, int argc, enum command_end *end, struct failure *failure)
{
    struct settings *settings = &options->settings;
    struct buffer text = {0};

    *end = COMMAND_DONE;
    if (command_open_streams(failure) != 0 ||
        (settings->columns && chosen_columns_check(&table_summary, settings->columns, failure) != 0))
        return -1;
    if (settings->help)
        help_write(&text);
    else if (settings->version)
        help_write_version(&text);
    else if (settings->list_strategies)
        command_list_strategies(&text);
    else if (settings->list_columns)
        tables_describe(&text);
    else if (settings->manual || settings->list_workloads || settings->list_experiments ||
             settings->list_participants) {
        if (command_list(settings, &text, failure) != 0) {
            buffer_release(&text);
            return -1;
        }
    } else if (settings->experiment)
        return named_run(options, argc, end, failure);
    else if (settings->repeat_from)
        return command_repeat(options, argc, end, failure);
    else
        return command_compare(options, settings, argc, end, failure);
    return command_print(&text, failure);
}
