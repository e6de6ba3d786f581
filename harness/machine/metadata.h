/* metadata: facts about the machine and the libraries, for experiment.json. */
#ifndef HARNESS_MACHINE_METADATA_H
#define HARNESS_MACHINE_METADATA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each gives a new reference. What can't be found out is null. */
json_t *metadata_versions(void); /* this program, libcurl and what it is built with, the kernel */
json_t *metadata_machine(void);  /* processors, memory, frequency governor, load */
json_t *metadata_limits(void);   /* descriptors, processes and threads, ephemeral ports */

/* The same as values: the governor of the first processor, false when unknown; whether this build is
 * optimised and without sanitizers. */
bool metadata_governor(char *governor, size_t size);
bool metadata_is_release(void);

/* The share of all processors' time that is not idle, over a tenth of a second; NaN when unknown. */
double metadata_busy_share(void);

#endif
