/*
 * rules: what methods, headers and names may look like, whatever a workload comes from.
 *
 * Each function answers NULL when all is well, else the reason and the remedy, to be written after
 * the subject: "method 'get' " + "is in lower case; ...".
 */
#ifndef HARNESS_WORKLOAD_RULES_H
#define HARNESS_WORKLOAD_RULES_H

#include <stdbool.h>
#include <stddef.h>

#define RULES_METHOD_SIZE_MAX 32
#define RULES_NAME_SIZE_MAX   255

/* The most requests of a workload with repeat counts, in total. Repeated batches are copied; --requests,
 * which copies nothing, allows more. Without repeat counts there may be more: the file itself grows with
 * them. */
#define RULES_REPEATED_MAX 1000000

/* What a repeat count must be, for messages. */
#define RULES_REPEAT_RANGE "a whole number from 1 to 1000000"

/* Letters A to Z, digits, "-" and "_": a subset of RFC 9110's token that leaves out what nobody means. Not
 * CONNECT, after which a connection carries no more requests. */
const char *rules_method_problem(const char *method, size_t size);

/* Does the header decide where a message ends, or what the connection speaks? That is libcurl's to say: what
 * is wrong there goes to the next request on the connection. `value` may have white space around it. */
const char *rules_header_framing_problem(
    const char *name, size_t name_size, const char *value, size_t value_size);

/* A method by name, in whatever case? */
bool rules_is_known_method(const char *text, size_t size);

/* RFC 9110 5.6.2: a token. */
const char *rules_header_name_problem(const char *name, size_t size);

/* RFC 9110 5.5: no control characters but the tab. */
const char *rules_header_value_problem(const char *value, size_t size);

/* Of a workload or a batch: something that can stand in a cell of a table, and is not lost when it is read:
 * "NA", "nan" and "null" would be. */
const char *rules_name_problem(const char *name, size_t size);

#endif
