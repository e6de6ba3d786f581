#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

int failure_set_list(struct failure *failure, enum failure_code code, const char *format, va_list arguments)
{
    failure->code = code;
    (void)vsnprintf(failure->message, sizeof failure->message, format, arguments);
    utf8_tidy_text(failure->message);
    return -1;
}

int failure_set(struct failure *failure, enum failure_code code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)failure_set_list(failure, code, format, arguments);
    va_end(arguments);
    return -1;
}

int failure_set_errno_list(
    struct failure *failure, enum failure_code code, const char *format, va_list arguments)
{
    const char *reason = strerror(errno);

    failure->code = code;
    (void)vsnprintf(failure->message, sizeof failure->message, format, arguments);
    size_t used = strlen(failure->message);
    (void)snprintf(failure->message + used, sizeof failure->message - used, ": %s", reason);
    utf8_tidy_text(failure->message);
    return -1;
}

int failure_set_errno(struct failure *failure, enum failure_code code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)failure_set_errno_list(failure, code, format, arguments);
    va_end(arguments);
    return -1;
}
