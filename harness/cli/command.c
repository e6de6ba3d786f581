#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "arms.h"
#include "charts.h"
#include "consent.h"
#include "experiment.h"
#include "help.h"
#include "places.h"
#include "repeat.h"
#include "strategy.h"
#include "tables.h"

#define DEFAULT_WORKLOAD "mixed"

/* Everything that a command holds, acquired and released in this order. */
struct command {
    const struct options *options;
    struct places places;
    struct arms arms;
    struct shared_memory workload;
    struct buffer shown;      /* the command line's texts as they may be shown, NUL after each */
    const char **shown_items; /* ended by NULL */
    struct experiment_result result;
};

/* A seed that is short enough to be typed again. */
static uint64_t command_new_seed(void)
{
    uint32_t seed = 0;

    (void)!getrandom(&seed, sizeof seed, 0);
    return seed % 1000000;
}

static int command_load_workload(struct command *command, struct failure *failure)
{
    const struct options *options = command->options;

    if (options->urls.count > 0)
        return workload_from_urls(options->urls.items, options->urls.count, &command->workload, failure);
    const char *source = options->workload ? options->workload : DEFAULT_WORKLOAD;
    return workload_load(source, command->places.workloads, &command->workload, failure);
}

/* The one of `texts` that lies in `argument`, all of it or its end; NULL when there is none. */
static const char *command_find_in(const struct option_texts *texts, const char *argument)
{
    const char *end = argument + strlen(argument);

    for (size_t i = 0; i < texts->count; i++)
        if (texts->items[i] >= argument && texts->items[i] <= end)
            return texts->items[i];
    return NULL;
}

/* A URL may have a password, and a header be a secret. */
static void command_show_argument(const struct options *options, const char *argument, struct buffer *shown)
{
    const char *header = command_find_in(&options->headers, argument);
    const char *option_url = command_find_in(&options->option_urls, argument);
    const char *url = option_url ? option_url : command_find_in(&options->urls, argument);
    const char *value = header ? header : url;

    buffer_append(shown, argument, value ? (size_t)(value - argument) : strlen(argument));
    if (header)
        workload_show_header(header, shown);
    else if (url)
        workload_show_url(url, shown);
    buffer_append(shown, "", 1);
}

static int command_show_line(struct command *command, int argc, char **argv, struct failure *failure)
{
    command->shown_items = calloc((size_t)argc + 1, sizeof *command->shown_items);
    for (int i = 0; i < argc; i++)
        command_show_argument(command->options, argv[i], &command->shown);
    if (!command->shown_items || command->shown.out_of_memory)
        return failure_set(failure, FAILURE_RUN, "out of memory");
    const char *item = command->shown.bytes;
    for (int i = 0; i < argc; i++, item += strlen(item) + 1)
        command->shown_items[i] = item;
    return 0;
}

/* NO_COLOR: see no-color.org. */
static bool command_is_in_colour(void)
{
    const char *no_color = getenv("NO_COLOR"); /* NOLINT(concurrency-mt-unsafe) */

    return isatty(STDOUT_FILENO) && (!no_color || no_color[0] == '\0');
}

/* In all trials, warm-up included, but for the strategies that send nothing. */
static double command_planned_requests(const struct command *command, struct workload_extent extent)
{
    size_t sending = 0;

    for (size_t arm = 0; arm < command->arms.count; arm++)
        sending += !command->arms.items[arm].sends_nothing;
    return (double)extent.request_count * (double)sending *
           (double)(command->options->warmup + command->options->repeat);
}

static int command_check_reference(const struct command *command, struct failure *failure)
{
    const char *reference = command->options->reference;

    for (size_t arm = 0; reference && arm < command->arms.count; arm++)
        if (strcmp(command->arms.items[arm].label, reference) == 0)
            return 0;
    return !reference ? 0
                      : failure_set(failure, FAILURE_USAGE,
                            "--reference '%s' is none of the strategies that are compared; name it in "
                            "--strategy too",
                            reference);
}

static int command_run_experiment(struct command *command, struct failure *failure)
{
    const struct options *options = command->options;
    struct workload_extent extent = workload_extent(command->workload.bytes, options->requests);
    double requests = command_planned_requests(command, extent);
    uint64_t seed = options->has_seed ? options->seed : command_new_seed();
    struct experiment_settings settings = {
        .arms = command->arms.items,
        .arm_count = command->arms.count,
        .warmup_rounds = (size_t)options->warmup,
        .measured_rounds = (size_t)options->repeat,
        .seed = seed,
        .workload = &command->workload,
        .extent = extent,
        .transfer = {.base_url = options->base_url,
            .proxy = options->proxy,
            .schedule = {.rate = options->rate,
                .is_poisson = options->arrivals == ARRIVALS_POISSON,
                .seed = seed},
            .ca_file = options->ca_file,
            .headers = options->headers.items,
            .header_count = options->headers.count,
            .timeout_ms = options->timeout_ms,
            .connect_timeout_ms = options->connect_timeout_ms,
            .reuse_connections = !options->no_reuse,
            .follow_redirects = options->follow_redirects,
            .insecure = options->insecure},
        .reference = options->reference,
        .threshold = options->threshold,
        .max_time_ms = options->max_time_ms,
        .warm_connections = options->start == START_WARM,
        .client_cpus = options->client_cpus,
        .origin_cpus = options->origin_cpus,
        .output = options->output,
        .command = command->shown_items,
        .force = options->force,
        .quiet = options->quiet,
        .trace = options->trace,
        .in_colour = command_is_in_colour(),
    };

    if (command_check_reference(command, failure) != 0)
        return -1;
    if (consent_choose_records(options, requests, &settings.records, failure) != 0 ||
        consent_to_target(options, command->workload.bytes, requests, failure) != 0)
        return -1;
    return experiment_run(&settings, &command->result, failure);
}

static int command_exit_code(const struct command *command)
{
    const struct experiment_result *result = &command->result;

    if (result->was_interrupted)
        return EXIT_INTERRUPTED;
    bool has_failed = result->failed_requests > 0 || result->failed_trials > 0;
    return has_failed && !command->options->ignore_failures ? EXIT_REQUESTS_FAILED : EXIT_DONE;
}

static void command_release(struct command *command)
{
    experiment_result_release(&command->result);
    free(command->shown_items);
    buffer_release(&command->shown);
    shared_memory_release(&command->workload);
    arms_release(&command->arms);
}

/* Whoever closed the pipe has seen enough; that is no failure. */
static int command_flush(struct failure *failure)
{
    bool is_written = fflush(stdout) == 0 && !ferror(stdout);

    return is_written || errno == EPIPE
               ? 0
               : failure_set_errno(failure, FAILURE_RUN, "can't write to standard output");
}

static int command_compare(const struct options *options, int argc, char **argv, struct failure *failure)
{
    struct command command = {.options = options, .workload = SHARED_MEMORY_NONE};
    int exit_code = -1;

    if (places_find(&command.places, failure) == 0 &&
        arms_expand(&command.arms, &options->strategies, &options->concurrency, failure) == 0 &&
        command_load_workload(&command, failure) == 0 &&
        command_show_line(&command, argc, argv, failure) == 0 &&
        command_run_experiment(&command, failure) == 0 && command_flush(failure) == 0)
        exit_code = command_exit_code(&command);
    if (exit_code == EXIT_DONE && command.result.measured_trials == 0)
        exit_code = failure_set(failure, FAILURE_RUN,
            "no measured round was finished, so there is nothing to compare; raise --max-time, or lower "
            "--warmup or --requests; results: %s",
            command.result.folder ? command.result.folder : "kept");
    bool wants_charts = exit_code >= 0 && exit_code != EXIT_INTERRUPTED && !options->no_charts &&
                        command.result.measured_trials > 0 && command.result.folder;
    if (wants_charts && charts_draw(command.places.plot, command.result.folder, failure) != 0)
        exit_code = -1;
    command_release(&command);
    return exit_code;
}

static int command_print(struct buffer *text, struct failure *failure)
{
    (void)signal(SIGPIPE, SIG_IGN);
    (void)fwrite(text->bytes, 1, text->size, stdout);
    bool out_of_memory = text->out_of_memory;
    buffer_release(text);
    return out_of_memory ? failure_set(failure, FAILURE_RUN, "out of memory") : command_flush(failure);
}

static int command_list_workloads(struct buffer *text, struct failure *failure)
{
    struct places places;

    return places_find(&places, failure) == 0 ? workload_list_ready_made(places.workloads, text, failure)
                                              : -1;
}

/* The command of then is written down as the new experiment's, so that it can be repeated in turn. */
static int command_repeat(const struct options *options, struct failure *failure)
{
    struct repeat repeat;

    if (repeat_load(&repeat, options, failure) != 0)
        return -1;
    int count = 0;
    while (repeat.arguments[count])
        count++;
    int exit_code = command_compare(&repeat.options, count, repeat.arguments, failure);
    repeat_release(&repeat);
    return exit_code;
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

int command_run(const struct options *options, int argc, char **argv, struct failure *failure)
{
    struct buffer text = {0};

    if (command_open_streams(failure) != 0)
        return -1;
    if (options->help)
        help_write(&text);
    else if (options->version)
        help_write_version(&text);
    else if (options->list_strategies)
        strategy_describe_all(&text);
    else if (options->list_columns)
        tables_describe(&text);
    else if (options->list_workloads) {
        if (command_list_workloads(&text, failure) != 0) {
            buffer_release(&text);
            return -1;
        }
    } else if (options->repeat_from)
        return command_repeat(options, failure);
    else
        return command_compare(options, argc, argv, failure);
    return command_print(&text, failure);
}
