/*
 * secrets: which names stand for secrets, whether of headers or of parameters in a URL (secret_names.c), and
 * how texts are shown without them. No function here keeps state.
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

bool secrets_is_alphanumeric(char c);

/*
 * Appends `text`, a URL or a part of one, with its secrets replaced: the values of what is called as secrets
 * are ("name=value"), names and passwords in URLs ("//name:password@"), tokens whose beginning tells whose
 * they are ("ghp_..."), and what holds one of these once it is percent-decoded. workload_show_header does
 * the same with the values of headers.
 */
void secrets_show_url(const char *text, size_t size, struct buffer *shown);

#endif
