/*
 * repeat: the settings of an earlier experiment, read back from its files.
 *
 *     struct settings then;
 *     repeat_load(&then, &options, &failure);      options.settings.repeat_from names the folder
 *     ... run with `then` instead of options.settings ...
 *     settings_release(&then);
 *
 * Same workload, seed and order. Output options are those of the new command line.
 */
#ifndef HARNESS_CLI_REPEAT_H
#define HARNESS_CLI_REPEAT_H

#include "failure.h"
#include "options.h"

/*
 * Refuses, with the remedy, a folder without experiment.json and workload.json, one whose secrets were left
 * out and are not given again, and options that would change the experiment. Release `then` even on failure.
 */
int repeat_load(struct settings *then, const struct options *now, struct failure *failure);

#endif
