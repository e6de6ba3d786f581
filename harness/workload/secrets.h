/*
 * secrets: which names stand for secrets, whether of headers or of parameters in a URL.
 */
#ifndef HARNESS_WORKLOAD_SECRETS_H
#define HARNESS_WORKLOAD_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

/* What stands in the place of a secret. */
#define SECRETS_SHOWN "REDACTED"

/*
 * Is the value of what is called so a secret? Told by parts of the name, in any case, because every vendor
 * has names of its own. A name that only sounds like one is hidden too: that costs a look at the original,
 * the other mistake costs a password.
 */
bool secrets_is_name(const char *name, size_t size);

/* Appends `url` with the values of such parameters replaced, in its query and its fragment. */
void secrets_show_parameters(const char *url, size_t size, struct buffer *shown);

#endif
