/* finding_file: what a named experiment found, on the terminal and in its folder. */
#ifndef HARNESS_REPORT_FINDING_FILE_H
#define HARNESS_REPORT_FINDING_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "failure.h"
#include "finding.h"

#define FINDING_FILE "finding.json"

/* All borrowed. */
struct finding {
    const char *experiment;
    const char *claim;
    const struct question *questions;
    const struct comparisons *answers; /* one for each question */
    size_t count;
    bool in_colour; /* on the terminal */
};

/* Prints "found: SENTENCE" after an empty line. What can't be printed is not a failure here. */
int finding_print(const struct finding *finding, FILE *out, struct failure *failure);

/* Writes FINDING_FILE into the folder, in place of what has that name. */
int finding_save(const struct finding *finding, const char *folder, struct failure *failure);

#endif
