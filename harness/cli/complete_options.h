/* complete_options: the words of a command line before the one that is to be completed, read as getopt_long
 * reads them. */
#ifndef HARNESS_CLI_COMPLETE_OPTIONS_H
#define HARNESS_CLI_COMPLETE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "settings.h"

/* What the word that is to be completed is, by those before it. */
struct complete_place {
    const struct setting *wanted; /* it is the argument of this option; NULL: of none */
    bool is_operand;              /* "--" ended the options */
};

/* Reads `count` words. Calls `visit`, unless it is NULL, with each option that has its argument. */
struct complete_place complete_read_words(char *const *words, size_t count,
    void (*visit)(const struct setting *setting, const char *argument, void *context), void *context);

/* The option of that name, or the only one that begins so: "conc"; NULL: there is none. */
const struct setting *complete_find_long(const char *name, size_t length);

#endif
