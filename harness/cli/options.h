/*
 * options: the command line, read into settings.
 *
 *     struct options options;
 *     if (options_parse(&options, argc, argv, &failure) != 0) ...     says what is wrong, and where
 *     ... options.settings ...
 *     options_release(&options);
 *
 * The options are the rows of settings.def; parsing and --help both come from there.
 */
#ifndef HARNESS_CLI_OPTIONS_H
#define HARNESS_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "failure.h"
#include "settings.h"

struct options {
    struct settings settings;
    bool is_given[SETTING_COUNT]; /* was on the command line */
    char *const *urls;            /* the last url_count of argv, which getopt has put in order */
    size_t url_count;
    struct buffer shown; /* argv as it may be shown, without passwords and secrets; NUL after each */
};

/* `argv` must outlive the options, and its order may change. */
int options_parse(struct options *options, int argc, char **argv, struct failure *failure);
void options_release(struct options *options);

/* Takes over into settings from elsewhere what the command line decides: what is not kept of an experiment,
 * and what is given. */
int options_take_given(const struct options *options, struct settings *settings, struct failure *failure);

#endif
