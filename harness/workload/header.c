#include "workload.h"

#include <string.h>

#include "rules.h"

int workload_check_header(const char *header, struct failure *failure)
{
    size_t size = strlen(header);
    size_t name_size = strcspn(header, ":;");

    if (header[name_size] == '\0')
        return failure_set(failure, FAILURE_USAGE, "header '%.*s' has no colon; write it as 'Name: value'",
            (int)strcspn(header, " ="), header); /* what follows may be a secret */
    const char *problem = rules_header_name_problem(header, name_size);
    if (!problem)
        problem = rules_header_value_problem(header + name_size, size - name_size);
    return problem ? failure_set(failure, FAILURE_USAGE, "header '%.*s' %s", (int)name_size, header, problem)
                   : 0;
}
