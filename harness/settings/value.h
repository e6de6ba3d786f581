/* value: one value of a setting, from a text as the command line has it. For the files of this folder. */
#ifndef HARNESS_SETTINGS_VALUE_H
#define HARNESS_SETTINGS_VALUE_H

#include "settings.h"

/*
 * Reads `text` into the member, which is of the type of the setting's kind, and borrows a text. Not for
 * lists. -1 with a FAILURE_USAGE that names the setting and what it takes.
 */
int value_parse(const struct setting *setting, const char *text, void *member, struct failure *failure);

/* Refuses an empty text. */
int value_check_text(const struct setting *setting, const char *text, struct failure *failure);

#endif
