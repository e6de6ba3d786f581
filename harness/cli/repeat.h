/*
 * repeat: an earlier experiment's options, read back from its folder.
 *
 *     struct repeat repeat = {0};
 *     repeat_load(&repeat, &options, &failure);      options.repeat_from names the folder
 *     ... run with repeat.options instead of options ...
 *     repeat_release(&repeat);
 *
 * Same workload, seed and order. What comes out, and where, is as the new command line says.
 */
#ifndef HARNESS_CLI_REPEAT_H
#define HARNESS_CLI_REPEAT_H

#include "failure.h"
#include "options.h"

struct repeat {
    struct options options; /* valid until release */
    char **arguments;       /* owned, with their texts; ended by NULL */
    char *workload;         /* the path of the folder's workload.json */
};

/*
 * Refuses, with the remedy, a folder without experiment.json and workload.json, and one whose secrets were
 * left out and are not given again with --header.
 */
int repeat_load(struct repeat *repeat, const struct options *options, struct failure *failure);

void repeat_release(struct repeat *repeat);

#endif
