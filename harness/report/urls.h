/* urls: the rows of urls.csv, from the tally. */
#ifndef HARNESS_REPORT_URLS_H
#define HARNESS_REPORT_URLS_H

#include "buffer.h"
#include "folder.h"
#include "tally.h"

/* Writes header and all rows to `part`, by way of `csv`, which is empty before and after. `shown_url_of` has
 * the URL of each request of the table as it may be shown. */
int urls_write(const struct tally *tally, const char *const *shown_url_of, struct folder_part *part,
    struct buffer *csv, struct failure *failure);

/* About how much memory urls_write takes for a workload of this many requests, in bytes. */
double urls_memory_bytes(uint64_t request_count);

#endif
