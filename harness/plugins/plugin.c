#include "plugin.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transfer.h"
#include "utf8.h"

#define SYMBOL "harness_plugin"

/* Of which a text of a plug-in may have so many bytes, with the NUL. */
#define PLUGIN_TEXT_SIZE 1024

/* What follows the path has no "/", so the name of a folder may look like a path's end. */
size_t plugin_path_length(const char *spec)
{
    for (const char *suffix = spec; (suffix = strstr(suffix, PLUGIN_SUFFIX)); suffix++) {
        const char *end = suffix + strlen(PLUGIN_SUFFIX);
        if (suffix > spec && suffix[-1] != '/' && strchr(":@", *end) && !strchr(end, '/')) /* or all of it */
            return (size_t)(end - spec);
    }
    return 0;
}

void plugin_write_name(const char *path, char name[NAME_MAX + 1])
{
    const char *slash = strrchr(path, '/');
    const char *file = slash ? slash + 1 : path;

    (void)snprintf(
        name, NAME_MAX + 1, "%.*s", (int)strnlen(file, strlen(file) - strlen(PLUGIN_SUFFIX)), file);
}

/* In whose interface it was built, and whether that is this one. */
static int plugin_check_interface(
    const char *path, const struct harness_plugin *plugin, struct failure *failure)
{
    if (memcmp(plugin->magic, HARNESS_PLUGIN_MAGIC, sizeof plugin->magic) != 0)
        return failure_set(failure, FAILURE_USAGE,
            "plug-in '%s': its '" SYMBOL "' is not what HARNESS_PLUGIN makes; end a file of it with that",
            path);
    if (plugin->abi != HARNESS_ABI)
        return failure_set(failure, FAILURE_USAGE,
            "plug-in '%s' was built for interface %u, and this harness has interface %d; build it again, "
            "with "
            "the header of this one",
            path, plugin->abi, HARNESS_ABI);
    if (plugin->size > sizeof *plugin || plugin->host_size > sizeof(struct harness_host) ||
        plugin->strategy_size > sizeof(struct strategy))
        return failure_set(failure, FAILURE_USAGE,
            "plug-in '%s' was built for a newer harness than this; build it again, with the header of this "
            "one",
            path);
    return plugin->strategy && plugin->host
               ? 0
               : failure_set(failure, FAILURE_USAGE, "plug-in '%s' has no strategy", path);
}

/* The file that has the function, for the caller to free. */
static char *plugin_file_of(void *function)
{
    Dl_info found;

    return dladdr(function, &found) != 0 ? realpath(found.dli_fname, NULL) : NULL;
}

/* A handle of one libcurl must not come into the hands of another. What the plug-in does not link with it
 * gets from this program. */
static int plugin_check_libcurl(const char *path, void *library, struct failure *failure)
{
    void *theirs = dlsym(library, "curl_easy_perform");
    void *ours = dlsym(RTLD_DEFAULT, "curl_easy_perform");

    if (!theirs || theirs == ours)
        return 0;
    char *their_file = plugin_file_of(theirs);
    char *our_file = plugin_file_of(ours);
    failure_set(failure, FAILURE_USAGE,
        "plug-in '%s' is linked with another libcurl, %s, than this process, %s; link it with libcurl.so.4",
        path, their_file ? their_file : "whose file is not known", our_file ? our_file : "not known");
    free(their_file);
    free(our_file);
    return -1;
}

/* Does it have none of what separates names, options and values? */
static bool plugin_is_word(const char *text)
{
    return text[0] != '\0' && text[strspn(text, PLUGIN_WORD_CHARACTERS)] == '\0';
}

/* Fit for a list on a terminal? */
static bool plugin_is_line(const char *text)
{
    char tidy[PLUGIN_TEXT_SIZE];

    (void)snprintf(tidy, sizeof tidy, "%s", text);
    utf8_tidy_text(tidy);
    return strcmp(tidy, text) == 0;
}

/* What is wrong with the option; NULL: nothing. */
static const char *plugin_option_fault(const struct strategy_option *option)
{
    long choices = 0;

    if (!plugin_is_word(option->name))
        return "has a name that can't be given on the command line";
    if (!option->help)
        return "has no help";
    if (!plugin_is_line(option->help) || (option->automatic && !plugin_is_line(option->automatic)))
        return "has a text that is not one line of UTF-8";
    for (; option->choices && option->choices[choices]; choices++)
        if (!plugin_is_word(option->choices[choices]))
            return "has a choice that can't be given on the command line";
    if (option->minimum < 0)
        return "has a minimum below 0";
    if (option->choices && (option->fallback < 0 || option->fallback >= choices))
        return "has a default that is none of its choices";
    if (!option->choices && option->minimum > option->maximum)
        return "has a minimum above its maximum";
    if (option->automatic && option->minimum <= STRATEGY_AUTO)
        return "has a minimum that means auto";
    bool is_auto = option->automatic && option->fallback == STRATEGY_AUTO;
    if (!option->choices && !is_auto &&
        (option->fallback < option->minimum || option->fallback > option->maximum))
        return "has a default that is out of its range";
    return NULL;
}

static int plugin_check_options(const char *path, const struct strategy *strategy, struct failure *failure)
{
    size_t count = 0;

    for (; strategy->options && strategy->options[count].name; count++) {
        const char *fault =
            count < STRATEGY_OPTIONS_MAX ? plugin_option_fault(&strategy->options[count]) : "is one too many";
        for (size_t i = 0; !fault && i < count; i++)
            if (strcmp(strategy->options[i].name, strategy->options[count].name) == 0)
                fault = "is there twice";
        if (fault)
            return failure_set(failure, FAILURE_USAGE, "plug-in '%s': its option '%s' %s", path,
                strategy->options[count].name, fault);
    }
    return 0;
}

/* What is wrong with it; NULL: nothing. */
static const char *plugin_strategy_fault(const struct strategy *strategy)
{
    const char *unavailable = strategy->unavailable ? strategy->unavailable() : NULL;

    if (!strategy->summary || !plugin_is_line(strategy->summary))
        return "has no summary of one line";
    if ((unsigned int)strategy->family >= FAMILY_COUNT)
        return "has no family that there is";
    if (strategy->flags & ~(unsigned int)(STRATEGY_ONE_LANE | STRATEGY_SENDS_NOTHING))
        return "has flags that this harness does not know";
    if (unavailable && !plugin_is_line(unavailable))
        return "says in more than a line why it is not available";
    if (!unavailable && !strategy->needs)
        return "has no 'needs'";
    return !unavailable && !strategy->run ? "has no 'run'" : NULL;
}

static int plugin_check_strategy(const char *path, const struct strategy *strategy, struct failure *failure)
{
    const char *fault = plugin_strategy_fault(strategy);

    if (fault)
        return failure_set(failure, FAILURE_USAGE, "plug-in '%s': its strategy %s", path, fault);
    return plugin_check_options(path, strategy, failure);
}

static int plugin_take(
    const char *path, void *loaded, struct plugin_library *library, struct failure *failure)
{
    const struct harness_plugin *plugin = dlsym(loaded, SYMBOL);

    if (!plugin)
        return failure_set(failure, FAILURE_USAGE,
            "'%s' is not a plug-in of harness: it has no '" SYMBOL "'; end a file of it with HARNESS_PLUGIN",
            path);
    if (plugin_check_interface(path, plugin, failure) != 0 ||
        plugin_check_libcurl(path, loaded, failure) != 0)
        return -1;
    *plugin->host = &lanes_host;
    *library = (struct plugin_library){.strategy = {.name = NULL}};
    memcpy(&library->strategy, plugin->strategy, plugin->strategy_size);
    plugin_write_name(path, library->name);
    library->strategy.name = library->name;
    return plugin_check_strategy(path, &library->strategy, failure);
}

int plugin_load(const char *path, struct plugin_library *library, struct failure *failure)
{
    char file[PATH_MAX];

    if (access(path, R_OK) != 0)
        return failure_set_errno(failure, FAILURE_USAGE, "no plug-in '%s'", path);
    (void)snprintf(file, sizeof file, "%s%s", strchr(path, '/') ? "" : "./", path); /* or it is looked for */
    void *loaded = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    return loaded ? plugin_take(path, loaded, library, failure)
                  : failure_set(failure, FAILURE_USAGE, "plug-in '%s' can't be loaded: %s", path, dlerror());
}
