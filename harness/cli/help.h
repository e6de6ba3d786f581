/*
 * help: what is printed instead of an experiment, and the words that --help and the manual page (manual.h)
 * have in common.
 */
#ifndef HARNESS_CLI_HELP_H
#define HARNESS_CLI_HELP_H

#include "buffer.h"
#include "settings.h"

/* A command, a code or the like, and what is to be said of it. Lists end with a `what` of NULL. */
struct help_item {
    const char *what;
    const char *meaning;
};

extern const struct help_item help_usages[];
extern const struct help_item help_exit_codes[];
extern const struct help_item help_examples[];
extern const char help_purpose[];

/* What [,...] behind an option stands for. */
extern const char help_axes[];

/* Appends the long option with its argument, "--concurrency N[,...]". */
void help_write_name(const struct setting *setting, struct buffer *text);

/* Appends what the option means, and its default. */
void help_write_meaning(const struct setting *setting, struct buffer *text);

void help_write(struct buffer *text);
void help_write_version(struct buffer *text);

#endif
