/* column_json: a row of a table as a JSON object: the columns' names, and null where a cell would be empty.
 */
#ifndef HARNESS_REPORT_COLUMN_JSON_H
#define HARNESS_REPORT_COLUMN_JSON_H

#include <jansson.h>

#include "column.h"

/* Times are in seconds, as in the file. NULL when memory runs out. */
json_t *table_row_to_json(const struct table *table, const void *row);

#endif
