/* urls: the rows of urls.csv, from the tally. */
#ifndef HARNESS_REPORT_URLS_H
#define HARNESS_REPORT_URLS_H

#include "buffer.h"
#include "tally.h"

/* Appends header and all rows. */
int urls_write(const struct tally *tally, struct buffer *csv, struct failure *failure);

#endif
