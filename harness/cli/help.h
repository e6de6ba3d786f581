/* help: what is printed instead of an experiment. */
#ifndef HARNESS_CLI_HELP_H
#define HARNESS_CLI_HELP_H

#include "buffer.h"

void help_write(struct buffer *text);
void help_write_version(struct buffer *text);

#endif
