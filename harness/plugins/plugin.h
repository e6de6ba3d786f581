/*
 * plugin: a strategy in a shared library that was built elsewhere (docs/plugins.md), loaded into this
 * process. Only trials do so, and the process that describes one: the experiment itself runs none of its
 * code.
 *
 *     struct plugin_library library;
 *     if (plugin_load("/home/me/mine.so", &library, &failure) == 0)
 *         ... library.strategy.prepare(lanes, state, &values) ...
 */
#ifndef HARNESS_PLUGINS_PLUGIN_H
#define HARNESS_PLUGINS_PLUGIN_H

#include <harness/strategy.h>
#include <limits.h>

#include "failure.h"

/* What the name of a plug-in's file ends with. */
#define PLUGIN_SUFFIX ".so"

/* What names of plug-ins, and of their options and choices, consist of. */
#define PLUGIN_WORD_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

/* Once loaded it stays so: its threads may end after it is released. */
struct plugin_library {
    struct strategy strategy; /* with the name of the file; what an older plug-in does not have of it is 0 */
    char name[NAME_MAX + 1];
};

/* How long the path is that begins "./mine.so", "./mine.so:key=value" or "mine.so@8.14"; 0: that names no
 * plug-in's file. */
size_t plugin_path_length(const char *spec);

/* The name of a plug-in with this path: that of its file, without the suffix. */
void plugin_write_name(const char *path, char name[NAME_MAX + 1]);

/* Loads it, checks that this program can run it, and hands it the verbs. -1 with a FAILURE_USAGE that names
 * the path, what is wrong, and the remedy. */
int plugin_load(const char *path, struct plugin_library *library, struct failure *failure);

#endif
