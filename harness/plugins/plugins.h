/*
 * plugins: what an experiment knows of plug-ins. Each is described by a process of its own, which loads it
 * (plugin.h): whatever it does there, the experiment hears of it as a message.
 *
 *     struct plugins plugins = {0};
 *     struct plugin *plugin = NULL;
 *     plugins_find(&plugins, "./mine.so", strlen("./mine.so"), NULL, &plugin, &failure);
 *     plugin_needs(plugin, &values, &scale, &needs, &failure);
 *     plugins_release(&plugins);
 *
 * A plug-in is named by its path, or by its name where a folder of HARNESS_PLUGIN_PATH has it; folders are
 * separated by ":".
 *
 * Not for several threads.
 */
#ifndef HARNESS_PLUGINS_H
#define HARNESS_PLUGINS_H

#include <harness/strategy.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "failure.h"

#define PLUGIN_PATH_VARIABLE "HARNESS_PLUGIN_PATH"

struct plugin {
    char *path;               /* absolute */
    char *const *environment; /* of its processes, borrowed; NULL: this process's */
    char name[NAME_MAX + 1];
    json_t *description;      /* whose texts are used below */
    struct strategy strategy; /* as it describes itself; its functions are not here */
    const char *unavailable;  /* why it can't run here; NULL: it can */
    struct strategy_option options[STRATEGY_OPTIONS_MAX + 1];
    const char **choices; /* of all options, each list ended by NULL */
};

struct plugins {
    struct plugin **items; /* a plug-in's address stays the same */
    size_t count;
};

/* How much of "./mine.so@LABEL:key=value" or "mine:key=value" names it, if it is a plug-in. */
size_t plugins_name_length(const char *spec);

/* Does "./mine.so:key=value" stand for the label "mine:key=value"? */
bool plugins_mean(const char *spec, const char *label);

/*
 * The plug-in of this path or name, of `length` characters, on the libcurl that a process with that
 * environment loads (NULL: this program's own); described when it is first found. NULL: nothing of that name
 * is in HARNESS_PLUGIN_PATH. -1 with a FAILURE_USAGE when it is no plug-in that this program can run, or when
 * its name is that of a strategy of this program, or of another plug-in.
 */
int plugins_find(struct plugins *plugins, const char *name, size_t length, char *const *environment,
    struct plugin **plugin, struct failure *failure);

/* What a trial of it needs: strategy_needs of <harness/strategy.h>. */
int plugin_needs(const struct plugin *plugin, const struct strategy_values *values,
    const struct strategy_scale *scale, struct strategy_needs *needs, struct failure *failure);

/* Appends name, summary, family and options of all in HARNESS_PLUGIN_PATH, or why they can't be used, as text
 * for the terminal. */
void plugins_describe(struct plugins *plugins, struct buffer *text);

/* Calls `visit` with the name of each file in HARNESS_PLUGIN_PATH that may be a plug-in and can be named on
 * the command line; loads none. */
void plugins_visit_names(void (*visit)(const char *name, void *context), void *context);

void plugins_release(struct plugins *plugins);

#endif
