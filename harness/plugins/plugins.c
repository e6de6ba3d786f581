#include "plugins.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugin.h"
#include "plugin_role.h"
#include "process_ask.h"
#include "questions.h"
#include "registry.h"
#include "utf8.h"

/* To load a library, and to say what it is. */
#define PATIENCE_MS 10000

static int plugin_no_memory(struct failure *failure)
{
    return failure_set(failure, FAILURE_RUN, "out of memory for a plug-in");
}

static int plugin_refuse(const char *path, const struct process_answer *answer, struct failure *failure)
{
    if (answer->was_late)
        return failure_set(failure, FAILURE_USAGE,
            "plug-in '%s': a process that loads it does not come to an end; leave it out, or mend it", path);
    if (WIFSIGNALED(answer->how))
        return failure_set(failure, FAILURE_USAGE,
            "plug-in '%s': a process that loads it crashes (%s); leave it out, or mend it", path,
            strsignal(WTERMSIG(answer->how)));
    if (WEXITSTATUS(answer->how) == PLUGIN_ROLE_REFUSES)
        return failure_set(failure, FAILURE_USAGE, "%s", answer->err);
    return failure_set(failure, FAILURE_USAGE,
        "plug-in '%s': a process that loads it ends with exit code %d; a plug-in must not end it", path,
        WEXITSTATUS(answer->how));
}

/* A process's answer to the question, or the description when that is NULL. */
static json_t *plugin_ask(const struct plugin *plugin, const char *question, struct failure *failure)
{
    const char *path = plugin->path;
    const char *const arguments[] = {"harness", PLUGIN_ROLE, path, question, NULL};
    const struct process_start start = {
        .program = PROCESS_OWN_PROGRAM, .arguments = arguments, .environment = plugin->environment};
    struct process_answer answer;

    if (process_ask(&start, PATIENCE_MS, &answer) != 0) {
        failure_set_errno(failure, FAILURE_RUN, "can't run the process that loads plug-in '%s'", path);
        return NULL;
    }
    if (!process_has_succeeded(&answer)) {
        plugin_refuse(path, &answer, failure);
        return NULL;
    }
    json_t *document = json_loads(answer.out, 0, NULL);
    if (!document && answer.out[0])
        failure_set(failure, FAILURE_USAGE,
            "plug-in '%s' describes itself at too great length, in more than %d bytes; shorten the help of "
            "its "
            "options",
            path, PROCESS_ANSWER_SIZE);
    else if (!document)
        failure_set(failure, FAILURE_USAGE,
            "plug-in '%s' does not describe itself; a plug-in must not end the process that loads it", path);
    return document;
}

/* Appends the option's choices to those of all, which have room. */
static const char *const *plugin_take_choices(const json_t *choices, const char ***next)
{
    const char **first = *next;

    if (!json_is_array(choices))
        return NULL;
    for (size_t i = 0; i < json_array_size(choices); i++)
        *(*next)++ = json_string_value(json_array_get(choices, i));
    *(*next)++ = NULL;
    return (const char *const *)first;
}

static size_t plugin_count_choices(const json_t *options)
{
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(options); i++)
        count += json_array_size(json_object_get(json_array_get(options, i), "choices")) + 1;
    return count;
}

static int plugin_take_options(struct plugin *plugin, const json_t *options, struct failure *failure)
{
    const char **next = calloc(plugin_count_choices(options) + 1, sizeof(const char *));

    plugin->choices = next;
    if (!next)
        return plugin_no_memory(failure);
    for (size_t i = 0; i < json_array_size(options) && i < STRATEGY_OPTIONS_MAX; i++) {
        const json_t *option = json_array_get(options, i);
        plugin->options[i] = (struct strategy_option){
            .name = json_string_value(json_object_get(option, "name")),
            .help = json_string_value(json_object_get(option, "help")),
            .choices = plugin_take_choices(json_object_get(option, "choices"), &next),
            .minimum = (long)json_integer_value(json_object_get(option, "minimum")),
            .maximum = (long)json_integer_value(json_object_get(option, "maximum")),
            .fallback = (long)json_integer_value(json_object_get(option, "default")),
            .automatic = json_string_value(json_object_get(option, "automatic")),
        };
    }
    return 0;
}

static int plugin_take_description(struct plugin *plugin, struct failure *failure)
{
    const json_t *description = plugin->description;

    plugin_write_name(plugin->path, plugin->name);
    plugin->strategy = (struct strategy){
        .name = plugin->name,
        .summary = json_string_value(json_object_get(description, "summary")),
        .family = (enum strategy_family)json_integer_value(json_object_get(description, "family")),
        .flags = (unsigned int)json_integer_value(json_object_get(description, "flags")),
        .options = plugin->options,
    };
    plugin->unavailable = json_string_value(json_object_get(description, "unavailable"));
    if (!plugin->strategy.summary) /* whatever it was that spoke */
        return failure_set(failure, FAILURE_USAGE, "plug-in '%s' does not describe itself", plugin->path);
    return plugin_take_options(plugin, json_object_get(description, "options"), failure);
}

static void plugin_destroy(struct plugin *plugin)
{
    if (!plugin)
        return;
    json_decref(plugin->description);
    free((void *)plugin->choices);
    free(plugin->path);
    free(plugin);
}

/* Takes over the path. NULL with a failure. */
static struct plugin *plugin_describe(char *path, char *const *environment, struct failure *failure)
{
    struct plugin *plugin = calloc(1, sizeof *plugin);

    if (!plugin) {
        free(path);
        (void)plugin_no_memory(failure);
        return NULL;
    }
    plugin->path = path;
    plugin->environment = environment;
    plugin->description = plugin_ask(plugin, NULL, failure);
    if (plugin->description && plugin_take_description(plugin, failure) == 0)
        return plugin;
    plugin_destroy(plugin);
    return NULL;
}

static bool plugins_is_taken(const char *name)
{
    for (size_t i = 0; strategies[i]; i++)
        if (strcmp(strategies[i]->name, name) == 0)
            return true;
    return false;
}

/* Lists and files tell contestants apart by their names alone. */
static int plugins_check_name(
    const struct plugins *plugins, const struct plugin *plugin, struct failure *failure)
{
    if (plugins_is_taken(plugin->name))
        return failure_set(failure, FAILURE_USAGE,
            "plug-in '%s' has the name of one of harness's own strategies; rename the file", plugin->path);
    for (size_t i = 0; i < plugins->count; i++)
        if (strcmp(plugins->items[i]->name, plugin->name) == 0 &&
            strcmp(plugins->items[i]->path, plugin->path) != 0)
            return failure_set(failure, FAILURE_USAGE,
                "plug-ins '%s' and '%s' have the same name; rename one of the files", plugins->items[i]->path,
                plugin->path);
    return 0;
}

/* Takes over the plug-in. */
static int plugins_append(struct plugins *plugins, struct plugin *plugin, struct failure *failure)
{
    struct plugin **items = realloc(plugins->items, (plugins->count + 1) * sizeof(struct plugin *));

    if (!items) {
        plugin_destroy(plugin);
        return plugin_no_memory(failure);
    }
    plugins->items = items;
    items[plugins->count++] = plugin;
    return 0;
}

/* Files and messages have to be able to name it. */
static int plugins_check_path(const char *path, struct failure *failure)
{
    char name[NAME_MAX + 1];

    plugin_write_name(path, name);
    if (name[strspn(name, PLUGIN_WORD_CHARACTERS)] != '\0')
        return failure_set(failure, FAILURE_USAGE,
            "plug-in '%s': its name can't be given on the command line; rename the file, to letters, digits, "
            "'-', '_' and '.'",
            path);
    if (strchr(path, ',') || !utf8_is_valid(path, strlen(path)))
        return failure_set(failure, FAILURE_USAGE,
            "plug-in '%s': its folder can't be given on the command line; rename the folder, without ',', in "
            "UTF-8",
            path);
    return 0;
}

/* Takes over the path. */
static int plugins_add(struct plugins *plugins, char *path, char *const *environment, struct plugin **plugin,
    struct failure *failure)
{
    struct plugin *added = NULL;

    if (plugins_check_path(path, failure) != 0) {
        free(path);
        return -1;
    }
    for (size_t i = 0; i < plugins->count; i++)
        if (strcmp(plugins->items[i]->path, path) == 0 && plugins->items[i]->environment == environment) {
            *plugin = plugins->items[i];
            free(path);
            return 0;
        }
    added = plugin_describe(path, environment, failure);
    if (!added)
        return -1;
    if (plugins_check_name(plugins, added, failure) != 0) {
        plugin_destroy(added);
        return -1;
    }
    *plugin = added;
    return plugins_append(plugins, added, failure);
}

/* Of a file, in its folder's real place: links to it have names of their own. For the caller to free; NULL
 * with errno. */
static char *plugins_absolute(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash + 1 - path)) : strdup(".");
    char *real = folder ? realpath(folder, NULL) : NULL;
    struct buffer text = {0};

    free(folder);
    if (!real)
        return NULL;
    buffer_printf(&text, "%s/%s", strcmp(real, "/") == 0 ? "" : real, slash ? slash + 1 : path);
    buffer_append(&text, "", 1);
    free(real);
    if (text.out_of_memory)
        buffer_release(&text);
    return text.bytes;
}

static int plugins_find_path(struct plugins *plugins, const char *path, char *const *environment,
    struct plugin **plugin, struct failure *failure)
{
    char *absolute = plugins_absolute(path);

    if (!absolute || access(absolute, F_OK) != 0) {
        free(absolute);
        return failure_set_errno(failure, FAILURE_USAGE, "no plug-in '%s'", path);
    }
    return plugins_add(plugins, absolute, environment, plugin, failure);
}

/* The next folder of HARNESS_PLUGIN_PATH, from `*rest` on, for the caller to free; NULL: there is none. */
static char *plugins_next_folder(const char **rest)
{
    while (*rest && **rest == ':')
        ++*rest;
    if (!*rest || **rest == '\0')
        return NULL;
    size_t length = strcspn(*rest, ":");
    char *folder = strndup(*rest, length);
    *rest += length;
    return folder;
}

static const char *plugins_folders(void)
{
    return getenv(PLUGIN_PATH_VARIABLE); /* NOLINT(concurrency-mt-unsafe) */
}

static int plugins_find_name(struct plugins *plugins, const char *name, size_t length,
    char *const *environment, struct plugin **plugin, struct failure *failure)
{
    const char *rest = plugins_folders();

    for (char *folder; !*plugin && (folder = plugins_next_folder(&rest));) {
        char path[PATH_MAX];
        (void)snprintf(path, sizeof path, "%s/%.*s" PLUGIN_SUFFIX, folder, (int)length, name);
        free(folder);
        if (access(path, F_OK) == 0 && plugins_find_path(plugins, path, environment, plugin, failure) != 0)
            return -1;
    }
    return 0;
}

size_t plugins_name_length(const char *spec)
{
    size_t length = plugin_path_length(spec);

    return length > 0 ? length : strcspn(spec, ":@");
}

bool plugins_mean(const char *spec, const char *label)
{
    size_t length = plugin_path_length(spec);
    char name[NAME_MAX + 1];
    char path[PATH_MAX];

    if (length == 0 || length >= sizeof path)
        return false;
    (void)snprintf(path, sizeof path, "%.*s", (int)length, spec);
    plugin_write_name(path, name);
    return strncmp(label, name, strlen(name)) == 0 && strcmp(label + strlen(name), spec + length) == 0;
}

int plugins_find(struct plugins *plugins, const char *name, size_t length, char *const *environment,
    struct plugin **plugin, struct failure *failure)
{
    char path[PATH_MAX];

    *plugin = NULL;
    if (length == 0)
        return 0;
    if (length >= sizeof path)
        return failure_set(failure, FAILURE_USAGE, "a plug-in's path is too long: '%.100s...'", name);
    (void)snprintf(path, sizeof path, "%.*s", (int)length, name);
    if (plugin_path_length(path) == length)
        return plugins_find_path(plugins, path, environment, plugin, failure);
    return memchr(name, '/', length) ? 0
                                     : plugins_find_name(plugins, name, length, environment, plugin, failure);
}

int plugin_needs(const struct plugin *plugin, const struct strategy_values *values,
    const struct strategy_scale *scale, struct strategy_needs *needs, struct failure *failure)
{
    char *question = question_write(values, scale);

    if (!question)
        return plugin_no_memory(failure);
    json_t *answer = plugin_ask(plugin, question, failure);
    free(question);
    if (!answer)
        return -1;
    int result = question_read_needs(answer, needs);
    json_decref(answer);
    return result == 0
               ? 0
               : failure_set(failure, FAILURE_USAGE, "plug-in '%s' does not say what it needs", plugin->path);
}

static void plugins_describe_one(struct plugins *plugins, const char *path, struct buffer *text)
{
    struct plugin *plugin = NULL;
    struct failure failure;

    if (plugins_find_path(plugins, path, NULL, &plugin, &failure) == 0 && plugin)
        strategy_describe(&plugin->strategy, plugin->unavailable, text);
    else {
        buffer_printf(text, "%s\n", path);
        strategy_describe_unavailable(failure.message, text);
    }
}

static int plugins_is_file(const struct dirent *entry)
{
    return plugin_path_length(entry->d_name) == strlen(entry->d_name);
}

static void plugins_describe_folder(struct plugins *plugins, const char *folder, struct buffer *text)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, plugins_is_file, alphasort);

    if (count < 0)
        buffer_printf(text, "%s, of " PLUGIN_PATH_VARIABLE ", can't be read: %s\n", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        (void)snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        plugins_describe_one(plugins, path, text);
        free(entries[i]);
    }
    free((void *)entries);
}

/* Could plugins_find load the file by its name? */
static bool plugins_can_name(const char *folder, const char *file, const char *name)
{
    char path[PATH_MAX];
    struct failure failure;

    (void)snprintf(path, sizeof path, "%s/%s", folder, file);
    char *absolute = plugins_absolute(path);
    bool can = absolute && plugins_check_path(absolute, &failure) == 0 && !plugins_is_taken(name);
    free(absolute);
    return can;
}

static void plugins_visit_folder(
    const char *folder, void (*visit)(const char *name, void *context), void *context)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, plugins_is_file, alphasort);

    for (int i = 0; i < count; i++) {
        char name[NAME_MAX + 1];
        plugin_write_name(entries[i]->d_name, name);
        if (plugins_can_name(folder, entries[i]->d_name, name))
            visit(name, context);
        free(entries[i]);
    }
    free((void *)entries);
}

void plugins_visit_names(void (*visit)(const char *name, void *context), void *context)
{
    const char *rest = plugins_folders();

    for (char *folder; (folder = plugins_next_folder(&rest));) {
        plugins_visit_folder(folder, visit, context);
        free(folder);
    }
}

void plugins_describe(struct plugins *plugins, struct buffer *text)
{
    const char *rest = plugins_folders();

    for (char *folder; (folder = plugins_next_folder(&rest));) {
        plugins_describe_folder(plugins, folder, text);
        free(folder);
    }
}

void plugins_release(struct plugins *plugins)
{
    for (size_t i = 0; i < plugins->count; i++)
        plugin_destroy(plugins->items[i]);
    free((void *)plugins->items);
    *plugins = (struct plugins){0};
}
