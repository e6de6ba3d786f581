/*
 * date: the moment as HTTP writes it.
 */
#ifndef HARNESS_DATE_H
#define HARNESS_DATE_H

#include "span.h"

/* "Sun, 06 Nov 1994 08:49:37 GMT" of now (RFC 9110, 5.6.7), until the next call. For one thread. */
struct span date_now(void);

#endif
