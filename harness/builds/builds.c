#include "builds_ask.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buffer.h"

extern char **environ;

/* The name by which this program asks for libcurl (its SONAME), and so that of the file in a folder. */
#define LIBRARY "libcurl.so.4"

#define PRELOAD "LD_PRELOAD"
#define FOLDERS "LD_LIBRARY_PATH"

#define BIND_NOW "LD_BIND_NOW=1"

/* Of variables that are set on top of this process's: these three. */
#define SETTINGS_MAX 3

/* What ends a path for the loader. */
#define LOADER_SEPARATORS " \t\n:;"

#define LABEL_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-"

static int builds_no_memory(struct failure *failure)
{
    return failure_set(failure, FAILURE_RUN, "out of memory for builds of libcurl");
}

/* Is the text LABEL=PATH, with a label of `length`? */
static bool build_is_named(const char *text, size_t length, struct failure *failure)
{
    if (length == 0 || text[length] == '\0' || text[length + 1] == '\0')
        failure_set(failure, FAILURE_USAGE,
            "--libcurl takes LABEL=PATH, such as 8.14=/opt/curl-8.14/lib, not '%s'", text);
    else if (strspn(text, LABEL_CHARACTERS) < length)
        failure_set(failure, FAILURE_USAGE,
            "the label of --libcurl '%s' may have letters, digits, '.', '_', '+' and '-' only", text);
    else
        return true;
    return false;
}

static int build_read_text(struct build *build, const char *text, struct failure *failure)
{
    size_t length = strcspn(text, "=");

    if (!build_is_named(text, length, failure))
        return -1;
    build->label = strndup(text, length);
    build->path = strdup(text + length + 1);
    if (build->label && build->path)
        return 0;
    (void)builds_no_memory(failure);
    return -1;
}

/* In the folder where this process is, unless it begins with "/"; NULL when memory runs out. */
static char *build_make_absolute(const char *path, const char *name)
{
    struct buffer text = {0};
    char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);

    buffer_printf(&text, "%s%s%s%s", here ? here : "", here ? "/" : "", path, name);
    buffer_append(&text, "", 1);
    free(here);
    if (text.out_of_memory)
        buffer_release(&text);
    return text.bytes;
}

/* The loader takes some characters for the end of a path. */
static bool build_can_be_told(const struct build *build, struct failure *failure)
{
    if (!strpbrk(build->library, LOADER_SEPARATORS))
        return true;
    failure_set(failure, FAILURE_USAGE,
        "--libcurl %s=%s: the loader can't be told of '%s', with a blank, ':' or ';' in it; name a symbolic "
        "link "
        "without them",
        build->label, build->path, build->library);
    return false;
}

/* Links on the way to the library are kept: what it needs may lie beside the link. */
static int build_find_library(struct build *build, struct failure *failure)
{
    struct stat found;

    if (stat(build->path, &found) != 0) {
        failure_set_errno(failure, FAILURE_USAGE, "--libcurl %s=%s", build->label, build->path);
        return -1;
    }
    build->library = build_make_absolute(build->path, S_ISDIR(found.st_mode) ? "/" LIBRARY : "");
    if (build->library)
        build->folder = strndup(build->library, (size_t)(strrchr(build->library, '/') + 1 - build->library));
    if (!build->library || !build->folder) {
        (void)builds_no_memory(failure);
        return -1;
    }
    if (stat(build->library, &found) != 0) {
        failure_set_errno(
            failure, FAILURE_USAGE, "--libcurl %s=%s: '%s'", build->label, build->path, build->library);
        return -1;
    }
    return build_can_be_told(build, failure) ? 0 : -1;
}

/* NAME=`first`:VALUE, with the value that it has; NULL when memory runs out. */
static char *build_prepend(const char *name, const char *first)
{
    const char *old = getenv(name); /* NOLINT(concurrency-mt-unsafe) */
    struct buffer text = {0};

    buffer_printf(&text, "%s=%s%s%s", name, first, old && old[0] ? ":" : "", old ? old : "");
    buffer_append(&text, "", 1);
    if (text.out_of_memory)
        buffer_release(&text);
    return text.bytes;
}

static bool build_is_variable(const char *entry, const char *name)
{
    size_t length = strlen(name);

    return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

/* Puts "NAME=VALUE" in the place of what the environment has under that name, and takes it over. False
 * without it. There is room for SETTINGS_MAX more than this process has. */
static bool build_set(char **environment, const char *name, char *entry)
{
    size_t i = 0;

    while (environment[i] && !build_is_variable(environment[i], name))
        i++;
    if (entry) {
        free(environment[i]);
        environment[i] = entry;
    }
    return entry != NULL;
}

static void build_release_environment(char **environment)
{
    for (size_t i = 0; environment && environment[i]; i++)
        free(environment[i]);
    free(environment);
}

/* A copy of this process's; NULL when memory runs out. */
static char **build_copy_environment(void)
{
    size_t count = 0;

    while (environ[count])
        count++;
    char **copy = calloc(count + SETTINGS_MAX + 1, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++) {
        copy[i] = strdup(environ[i]);
        if (!copy[i]) {
            build_release_environment(copy);
            return NULL;
        }
    }
    return copy;
}

/* The folder is for what the library needs and the system does not have: other libraries of this program
 * would be taken from it as well. */
static int build_make_environment(struct build *build, bool with_folder, struct failure *failure)
{
    build_release_environment(build->environment);
    build->environment = build_copy_environment();
    bool is_set =
        build->environment &&
        build_set(build->environment, PRELOAD, build_prepend(PRELOAD, build->library)) &&
        (!with_folder || build_set(build->environment, FOLDERS, build_prepend(FOLDERS, build->folder)));
    return is_set ? 0 : builds_no_memory(failure);
}

/* Loaded is what the loader took, which need not be what it was offered. */
static int build_check_loaded(const struct build *build, struct failure *failure)
{
    char *wanted = realpath(build->library, NULL);
    bool is_loaded = wanted && build->file && strcmp(build->file, wanted) == 0;

    free(wanted);
    if (is_loaded)
        return 0;
    return failure_set(failure, FAILURE_USAGE,
        "--libcurl %s=%s: the program loads %s all the same%s%s; it asks for " LIBRARY
        " with the symbol versions that it was linked with",
        build->label, build->path, build->file, build->complaint ? ": " : "",
        build->complaint ? build->complaint : "");
}

static void build_release_answer(struct build *build)
{
    free(build->file);
    free(build->name);
    free(build->complaint);
    for (size_t i = 0; i < sizeof build->texts / sizeof build->texts[0]; i++)
        free(build->texts[i]);
    build->file = build->name = build->complaint = build->texts[0] = build->texts[1] = NULL;
}

/* All functions are looked up at once, here and not in trials: one that is missing is told of now. */
static int build_try(struct build *build, bool with_folder, struct failure *failure)
{
    build_release_answer(build);
    if (build_make_environment(build, with_folder, failure) != 0)
        return -1;
    char **environment = build->environment;
    size_t last = 0;
    while (environment[last])
        last++;
    environment[last] = strdup(BIND_NOW);
    int result = environment[last] ? build_ask(build, environment, failure) : builds_no_memory(failure);
    free(environment[last]);
    environment[last] = NULL;
    return result == 0 ? build_check_loaded(build, failure) : -1;
}

static int build_open(struct build *build, const char *text, struct failure *failure)
{
    if (build_read_text(build, text, failure) != 0 || build_find_library(build, failure) != 0)
        return -1;
    return build_try(build, false, failure) == 0 ? 0 : build_try(build, true, failure);
}

static int builds_refuse_again(const struct build *build, struct failure *failure)
{
    return failure_set(failure, FAILURE_USAGE,
        "--libcurl names '%s' twice; give each build a label of its own", build->label);
}

int builds_open(struct builds *builds, const struct texts *texts, struct failure *failure)
{
    builds->items = calloc(texts->count + 1, sizeof *builds->items);
    if (!builds->items)
        return builds_no_memory(failure);
    while (builds->count < texts->count) {
        struct build *build = &builds->items[builds->count];
        if (build_open(build, texts->items[builds->count++], failure) != 0)
            return -1;
        if (builds_find(builds, build->label, strlen(build->label)) != build)
            return builds_refuse_again(build, failure);
    }
    return 0;
}

const struct build *builds_find(const struct builds *builds, const char *label, size_t length)
{
    for (size_t i = 0; builds && i < builds->count; i++)
        if (strlen(builds->items[i].label) == length && strncmp(builds->items[i].label, label, length) == 0)
            return &builds->items[i];
    return NULL;
}

const curl_version_info_data *build_info(const struct build *build)
{
    return build ? &build->info : curl_version_info(CURLVERSION_NOW);
}

static void build_release(struct build *build)
{
    free(build->label);
    free(build->path);
    free(build->library);
    free(build->folder);
    build_release_answer(build);
    build_release_environment(build->environment);
}

void builds_release(struct builds *builds)
{
    for (size_t i = 0; i < builds->count; i++)
        build_release(&builds->items[i]);
    free(builds->items);
    *builds = (struct builds){0};
}
