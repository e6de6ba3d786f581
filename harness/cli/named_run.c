#include "named_run.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "charts.h"
#include "command_one.h"
#include "finding_file.h"
#include "folder.h"
#include "named.h"
#include "places.h"
#include "report.h"
#include "utf8.h"

/* Of what the system allows, so that it is not brought to its knees. */
#define SCALED_SHARE 0.8

/* Everything that a named experiment holds, acquired and released in this order. */
struct named_command {
    const struct options *options;
    int argc;
    uint64_t seed;
    struct places places;
    struct named named;
    struct folder folder;       /* of the parts, where there are several */
    struct evidence *evidence;  /* [part] */
    struct buffer *scale_words; /* [part] "with 5300 at once", of those that are as many as allowed */
    struct comparisons *answers;
    char *path; /* of the folder that gets finding.json; NULL: none has been made */
    enum command_end end;
};

static int named_no_memory(struct failure *failure)
{
    return failure_set(failure, FAILURE_RUN, "out of memory");
}

static bool named_has_parts(const struct named_command *command)
{
    return command->named.part_count > 1;
}

/* The folder of one of several parts. */
static int named_output(
    const struct named_command *command, size_t part, struct settings *settings, struct failure *failure)
{
    struct buffer path = {0};

    if (!named_has_parts(command))
        return 0;
    buffer_printf(&path, "%s/%s", command->folder.path, command->named.parts[part].name);
    buffer_append(&path, "", 1);
    int result = path.out_of_memory
                     ? named_no_memory(failure)
                     : setting_read(settings, &settings_table[SETTING_output], path.bytes, failure);
    buffer_release(&path);
    return result;
}

static int named_set_scale(struct settings *settings, uint64_t scale, struct failure *failure)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%" PRIu64, scale);
    if (setting_read(settings, &settings_table[SETTING_concurrency], text, failure) != 0)
        return -1;
    return setting_read(settings, &settings_table[SETTING_requests], text, failure);
}

/* Two digits, such as 5300: nobody needs more. */
static uint64_t named_round_down(double scale)
{
    double unit = scale < 100 ? 1 : pow(10, floor(log10(scale)) - 1);

    return (uint64_t)(floor(scale / unit) * unit);
}

/* The largest scale below `most` that the system allows; 0: none. */
static uint64_t named_find_scale(const struct command_task *task, struct settings *settings, uint64_t most)
{
    struct failure reason;
    uint64_t good = 0;

    while (good + 1 < most) {
        uint64_t middle = good + (most - good) / 2;
        bool is_allowed =
            named_set_scale(settings, middle, &reason) == 0 && command_check_limits(task, &reason) == 0;
        good = is_allowed ? middle : good;
        most = is_allowed ? most : middle;
    }
    return good;
}

/* Lowers concurrency and requests together, unless one of them was asked for. */
static int named_scale(const struct command_task *task, struct settings *settings, struct failure *failure)
{
    const bool *is_given = task->options->is_given;
    uint64_t wanted = settings->concurrency;
    struct failure reason = {.code = FAILURE_NONE};

    if (is_given[SETTING_concurrency] || is_given[SETTING_requests] ||
        command_check_limits(task, &reason) == 0)
        return 0;
    uint64_t scale = named_round_down(SCALED_SHARE * (double)named_find_scale(task, settings, wanted));
    if (scale == 0) {
        *failure = reason;
        return -1;
    }
    (void)fprintf(stderr, "warning: %" PRIu64 " at once are run instead of %" PRIu64 ": %s\n", scale, wanted,
        reason.message);
    return named_set_scale(settings, scale, failure);
}

/* What can't run here is told, once for all parts. */
static int named_choose_strategies(
    const struct named_command *command, size_t part, struct settings *settings, struct failure *failure)
{
    struct buffer left_out = {0};

    if (command->options->is_given[SETTING_strategies])
        return 0;
    int result = named_leave_out(settings, &left_out, failure);
    if (result == 0 && left_out.out_of_memory)
        result = named_no_memory(failure);
    for (const char *line = left_out.bytes; result == 0 && part == 0 && *line;
         line += strcspn(line, "\n") + 1)
        (void)fprintf(stderr, "warning: left out: %.*s\n", (int)strcspn(line, "\n"), line);
    size_t arms = settings->strategies.count;
    if (result == 0 && arms < 2)
        result = failure_set(failure, FAILURE_USAGE,
            "experiment '%s' can't run here: it needs two strategies to compare, and has %s; see what "
            "--list-strategies says of the others",
            command->named.name, arms == 0 ? "none" : settings->strategies.items[0]);
    buffer_release(&left_out);
    return result;
}

/* Of a workload that is in the file; NULL with 0 for one that is not. For the caller to free. */
static int named_dump_workload(
    const struct named_command *command, size_t part, char **text, struct failure *failure)
{
    const json_t *workload = command->named.parts[part].workload;

    *text = NULL;
    if (json_is_string(workload) || command->options->is_given[SETTING_workload])
        return 0;
    *text = json_dumps(workload, 0);
    return *text ? 0
                 : failure_set(failure, FAILURE_USAGE,
                       "experiment '%s': 'workload' has to be a name or a workload", command->named.name);
}

static int named_prepare_part(
    const struct named_command *command, size_t part, struct settings *settings, struct failure *failure)
{
    if (named_settings(&command->named, part, command->options, settings, failure) != 0 ||
        named_choose_strategies(command, part, settings, failure) != 0)
        return -1;
    if (!command->options->is_given[SETTING_seed])
        settings->seed = command->seed;
    return named_output(command, part, settings, failure);
}

static void named_announce_part(const struct named_command *command, size_t part)
{
    const struct named_part *of = &command->named.parts[part];

    if (named_has_parts(command))
        (void)printf("\npart %zu of %zu: %s%s%s%s\n", part + 1, command->named.part_count, of->name,
            of->where ? " (" : "", of->where ? of->where : "", of->where ? ")" : "");
}

static int named_keep_path(
    struct named_command *command, const struct experiment_result *result, struct failure *failure)
{
    const char *path = named_has_parts(command) ? command->folder.path : result->folder;

    free(command->path);
    command->path = path ? strdup(path) : NULL;
    return path && !command->path ? named_no_memory(failure) : 0;
}

/* The sentence says how many there were. */
static int named_scale_part(struct named_command *command, size_t part, const struct command_task *task,
    struct settings *settings, struct failure *failure)
{
    struct buffer *words = &command->scale_words[part];
    const char *where = command->evidence[part].where;

    if (named_scale(task, settings, failure) != 0)
        return -1;
    if (task->options->is_given[SETTING_concurrency])
        return 0;
    buffer_printf(
        words, "%s%swith %" PRIu64 " at once", where ? where : "", where ? ", " : "", settings->concurrency);
    buffer_append(words, "", 1);
    if (words->out_of_memory)
        return named_no_memory(failure);
    command->evidence[part].where = words->bytes;
    return 0;
}

static enum command_end named_worse(enum command_end one, enum command_end other)
{
    return one > other ? one : other; /* they are in this order */
}

static int named_run_settings(
    struct named_command *command, size_t part, struct settings *settings, struct failure *failure)
{
    struct experiment_result result = {0};
    enum command_end end = COMMAND_DONE;
    char *workload = NULL;

    if (named_dump_workload(command, part, &workload, failure) != 0)
        return -1;
    const struct command_task task = {.options = command->options,
        .argc = command->argc,
        .settings = settings,
        .workload_json = workload,
        .workload_name = command->named.name,
        .evidence = &command->evidence[part]};
    int outcome = 0;
    if (command->named.parts[part].is_scaled)
        outcome = named_scale_part(command, part, &task, settings, failure);
    if (outcome == 0)
        outcome = command_one(&task, &end, &result, failure);
    if (outcome == 0)
        outcome = named_keep_path(command, &result, failure);
    command->end = named_worse(command->end, end);
    experiment_result_release(&result);
    free(workload);
    return outcome;
}

static int named_run_part(struct named_command *command, size_t part, struct failure *failure)
{
    struct settings settings;
    int result = named_prepare_part(command, part, &settings, failure);

    command->evidence[part].part = command->named.parts[part].name;
    command->evidence[part].where = command->named.parts[part].where;
    if (result == 0) {
        named_announce_part(command, part);
        result = named_run_settings(command, part, &settings, failure);
    }
    settings_release(&settings);
    return result;
}

/* How long all parts take together; negative with a failure. */
static double named_total_seconds(const struct named_command *command, struct failure *failure)
{
    double seconds = 0;

    for (size_t part = 0; seconds >= 0 && part < command->named.part_count; part++) {
        struct settings settings;
        struct buffer left_out = {0};
        int result = named_settings(&command->named, part, command->options, &settings, failure);
        if (result == 0 && !command->options->is_given[SETTING_strategies])
            result = named_leave_out(&settings, &left_out, failure);
        buffer_release(&left_out);
        seconds = result == 0 ? seconds + named_seconds(&command->named, part, &settings) : -1;
        settings_release(&settings);
    }
    return seconds;
}

static int named_announce(const struct named_command *command, struct failure *failure)
{
    double seconds = named_total_seconds(command, failure);
    struct buffer text = {0};

    if (seconds < 0)
        return -1;
    buffer_printf(&text, "claim: %s\n", command->named.claim);
    named_write_seconds(seconds, &text);
    buffer_append_text(&text, "\n");
    (void)fwrite(text.bytes, 1, text.out_of_memory ? 0 : text.size, stdout);
    buffer_release(&text);
    return command_flush(0, "", failure);
}

static int named_open_folder(struct named_command *command, struct failure *failure)
{
    static const char *const names[] = {FINDING_FILE, REPORT_PAGE_FILE, NULL};
    const struct settings *settings = &command->options->settings;

    if (!named_has_parts(command))
        return 0;
    return folder_open(&command->folder, settings->output, names, settings->force, failure);
}

static int named_prepare(struct named_command *command, struct failure *failure)
{
    const char *name = command->options->settings.experiment;

    if (places_find(&command->places, failure) != 0 ||
        named_load(&command->named, name, command->places.experiments, failure) != 0)
        return -1;
    command->evidence = calloc(command->named.part_count, sizeof *command->evidence);
    command->scale_words = calloc(command->named.part_count, sizeof *command->scale_words);
    command->answers = calloc(command->named.question_count, sizeof *command->answers);
    if (!command->evidence || !command->scale_words || !command->answers)
        return named_no_memory(failure);
    command->seed = command_new_seed();
    return 0;
}

static void named_command_release(struct named_command *command)
{
    free(command->path);
    for (size_t i = 0; command->answers && i < command->named.question_count; i++)
        comparisons_release(&command->answers[i]);
    free(command->answers);
    for (size_t i = 0; command->evidence && i < command->named.part_count; i++)
        evidence_release(&command->evidence[i]);
    free(command->evidence);
    for (size_t i = 0; command->scale_words && i < command->named.part_count; i++)
        buffer_release(&command->scale_words[i]);
    free(command->scale_words);
    folder_release(&command->folder);
    named_release(&command->named);
}

/* Now that there is a finding, which the report begins with. The parts have theirs without it already; where
 * there is one part alone, that was told. */
static int named_report(const struct named_command *command, struct failure *failure)
{
    bool has_parts = named_has_parts(command);

    if (command->options->settings.no_charts || command->end == COMMAND_INTERRUPTED || !command->path)
        return 0;
    int hold = has_parts ? folder_hold(&command->folder) : -1; /* so that harness-plot may read there */
    int result = charts_report(command->places.plot, command->path, !has_parts, failure);
    if (hold >= 0)
        (void)close(hold);
    return result;
}

/* The sentence, at the end of all that is printed, and the file. */
static int named_answer(struct named_command *command, struct failure *failure)
{
    const struct named *named = &command->named;
    const struct finding finding = {.experiment = named->name,
        .claim = named->claim,
        .questions = named->questions,
        .answers = command->answers,
        .count = named->question_count,
        .in_colour = command_is_in_colour()};

    for (size_t i = 0; i < named->question_count; i++)
        if (finding_compare(&named->questions[i], command->evidence, named->part_count, &command->answers[i],
                failure) != 0)
            return -1;
    if (command->path && finding_save(&finding, command->path, failure) != 0)
        return -1;
    int result = named_report(command, failure);
    if (finding_print(&finding, stdout, failure) != 0)
        return -1;
    return result == 0 ? command_flush(0, "", failure) : -1;
}

int named_run(const struct options *options, int argc, enum command_end *end, struct failure *failure)
{
    struct named_command command = {.options = options, .argc = argc, .folder = FOLDER_NONE};

    int result = named_prepare(&command, failure);
    if (result == 0)
        result = named_announce(&command, failure);
    if (result == 0)
        result = named_open_folder(&command, failure);
    for (size_t part = 0; result == 0 && part < command.named.part_count; part++)
        if (command.end != COMMAND_INTERRUPTED)
            result = named_run_part(&command, part, failure);
    if (result == 0)
        result = named_answer(&command, failure);
    *end = command.end;
    named_command_release(&command);
    return result;
}
