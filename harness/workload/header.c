#include "workload.h"

#include <string.h>

#include "rules.h"
#include "source.h"
#include "utf8.h"

int workload_check_header(const char *header, struct failure *failure)
{
    size_t size = strlen(header);
    size_t name_size = strcspn(header, ":;");

    if (header[name_size] == '\0') { /* what follows the first word may be a secret */
        name_size = strcspn(header, " =");
        return failure_set(failure, FAILURE_USAGE, "header '%s' has no colon; write it as 'Name: value'",
            quote_text(header, name_size).text);
    }
    const char *problem = rules_header_name_problem(header, name_size);
    if (!problem)
        problem = rules_header_value_problem(header + name_size, size - name_size);
    if (!problem && header[name_size] == ';' && name_size + 1 < size)
        problem = "has a ';' before its value; write it as 'Name: value'";
    if (!problem)
        problem =
            rules_header_framing_problem(header, name_size, header + name_size + 1, size - name_size - 1);
    if (!problem && !utf8_is_valid(header, size))
        problem = "is not UTF-8; write it in ASCII";
    if (!problem)
        return 0;
    return failure_set(failure, FAILURE_USAGE, "header '%s' %s", quote_text(header, name_size).text, problem);
}
