/* metadata: what the machine and the libraries are, for experiment.json. */
#ifndef HARNESS_REPORT_METADATA_H
#define HARNESS_REPORT_METADATA_H

#include <jansson.h>

/* Each gives a new reference. What can't be found out is null. */
json_t *metadata_versions(void); /* this program, libcurl and what it is built with, the kernel */
json_t *metadata_machine(void);  /* processors, memory, frequency governor, load */
json_t *metadata_limits(void);   /* descriptors, processes and threads, ephemeral ports */

#endif
