#include "repeat.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "option_table.h"

/* What stands for a secret in files. */
#define REDACTED "REDACTED"

static char *repeat_join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);

    if (path)
        (void)snprintf(path, size, "%s/%s", folder, name);
    return path;
}

static json_t *repeat_read(const char *folder, struct failure *failure)
{
    json_error_t error = {0};
    char *path = repeat_join(folder, "experiment.json");
    json_t *document = path ? json_load_file(path, 0, &error) : NULL;

    free(path);
    if (!document)
        failure_set(failure, FAILURE_USAGE,
            "--repeat-from '%s': experiment.json can't be read: %s; name the folder of an experiment", folder,
            error.text);
    return document;
}

/* The command's texts as an argv of their own. */
static int repeat_copy_arguments(struct repeat *repeat, const json_t *command, struct failure *failure)
{
    size_t count = json_array_size(command);

    repeat->arguments = calloc(count + 1, sizeof *repeat->arguments);
    for (size_t i = 0; repeat->arguments && i < count; i++) {
        const char *text = json_string_value(json_array_get(command, i));
        repeat->arguments[i] = text ? strdup(text) : NULL;
        if (!repeat->arguments[i])
            return failure_set(failure, FAILURE_USAGE,
                "--repeat-from: the command in experiment.json is not a list of texts");
    }
    if (!repeat->arguments || count == 0)
        return failure_set(failure, FAILURE_USAGE, "--repeat-from: experiment.json has no command");
    return options_parse(&repeat->options, (int)count, repeat->arguments, failure);
}

static bool repeat_has_secret(const struct option_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        if (strstr(texts->items[i], REDACTED))
            return true;
    return false;
}

/* Headers given now replace those of then. */
static int repeat_restore_headers(struct repeat *repeat, const struct options *now, struct failure *failure)
{
    struct option_texts *then = &repeat->options.headers;

    if (now->headers.count == 0 && repeat_has_secret(then))
        return failure_set(failure, FAILURE_USAGE,
            "--repeat-from '%s': a header had a secret, which was not written down; give all headers again "
            "with "
            "--header",
            now->repeat_from);
    for (size_t i = 0; i < now->headers.count; i++) {
        if (i == 0)
            then->count = 0;
        if (option_texts_append(then, now->headers.items[i], failure) != 0)
            return -1;
    }
    return 0;
}

/* URLs with a password can't be asked of the origin of then again. */
static int repeat_restore_urls(struct repeat *repeat, const struct options *now, struct failure *failure)
{
    struct options *then = &repeat->options;

    then->base_url = now->base_url ? now->base_url : then->base_url;
    then->proxy = now->proxy ? now->proxy : then->proxy;
    bool has_secret = (then->base_url && strstr(then->base_url, REDACTED)) ||
                      (then->proxy && strstr(then->proxy, REDACTED));
    return has_secret ? failure_set(failure, FAILURE_USAGE,
                            "--repeat-from '%s': a URL had a password, which was not written down; give "
                            "--base-url or "
                            "--proxy again",
                            now->repeat_from)
                      : 0;
}

static int repeat_check_workload(const char *path, struct failure *failure)
{
    char *line = NULL;
    size_t size = 0;
    bool has_secret = false;
    FILE *file = fopen(path, "re");

    if (!file)
        return failure_set_errno(failure, FAILURE_USAGE, "--repeat-from: can't read '%s'", path);
    while (!has_secret && getline(&line, &size, file) >= 0)
        has_secret = strstr(line, REDACTED) != NULL;
    free(line);
    (void)fclose(file);
    return has_secret ? failure_set(failure, FAILURE_USAGE,
                            "'%s' had secrets, which were not written down; run the original workload with "
                            "--workload "
                            "and the same --seed",
                            path)
                      : 0;
}

/* What comes out is a matter of the new command line. */
static void repeat_take_output(struct options *then, const struct options *now)
{
    then->output = now->output;
    then->force = now->force;
    then->quiet = now->quiet;
    then->trace = now->trace;
    then->records = now->records;
    then->no_charts = now->no_charts;
    then->ignore_failures = now->ignore_failures;
    then->yes = now->yes;
    then->repeat_from = NULL;
}

static int repeat_fill(
    struct repeat *repeat, const json_t *document, const struct options *now, struct failure *failure)
{
    struct options *then = &repeat->options;

    if (repeat_copy_arguments(repeat, json_object_get(document, "command"), failure) != 0)
        return -1;
    repeat_take_output(then, now);
    repeat->workload = repeat_join(now->repeat_from, "workload.json");
    if (!repeat->workload)
        return failure_set(failure, FAILURE_RUN, "out of memory");
    then->workload = repeat->workload;
    then->urls.count = 0;
    const json_t *seed = json_object_get(document, "seed");
    if (!json_is_integer(seed))
        return failure_set(
            failure, FAILURE_USAGE, "--repeat-from '%s': experiment.json has no seed", now->repeat_from);
    then->seed = (uint64_t)json_integer_value(seed);
    then->has_seed = true;
    if (repeat_check_workload(repeat->workload, failure) != 0 ||
        repeat_restore_headers(repeat, now, failure) != 0)
        return -1;
    return repeat_restore_urls(repeat, now, failure);
}

/* Options that may stand beside --repeat-from: what comes out, and what was not written down. */
static bool repeat_allows(const char *name)
{
    static const char *const allowed[] = {"repeat-from", "output", "force", "records", "no-charts", "trace",
        "yes", "quiet", "ignore-failures", "header", "base-url", "proxy"};

    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        if (strcmp(name, allowed[i]) == 0)
            return true;
    return false;
}

static int repeat_check_options(const struct options *now, struct failure *failure)
{
    if (now->urls.count > 0)
        return failure_set(
            failure, FAILURE_USAGE, "--repeat-from and URLs: the workload is the earlier one's; drop one");
    for (size_t i = 0; i < option_count; i++)
        if ((now->given >> i & 1) != 0 && !repeat_allows(option_table[i].name))
            return failure_set(failure, FAILURE_USAGE,
                "--repeat-from and --%s: the experiment is repeated as it was; drop one of them",
                option_table[i].name);
    return 0;
}

int repeat_load(struct repeat *repeat, const struct options *options, struct failure *failure)
{
    *repeat = (struct repeat){0};
    if (repeat_check_options(options, failure) != 0)
        return -1;
    json_t *document = repeat_read(options->repeat_from, failure);
    if (!document)
        return -1;
    int result = repeat_fill(repeat, document, options, failure);
    json_decref(document);
    if (result != 0)
        repeat_release(repeat);
    return result;
}

void repeat_release(struct repeat *repeat)
{
    options_release(&repeat->options);
    for (size_t i = 0; repeat->arguments && repeat->arguments[i]; i++)
        free(repeat->arguments[i]);
    free(repeat->arguments);
    free(repeat->workload);
    *repeat = (struct repeat){0};
}
