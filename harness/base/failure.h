/*
 * failure: why something could not be done, handed up to main, which alone prints and exits.
 *
 *     int origin_start(struct origin *origin, struct failure *failure)
 *     {
 *         if (pipe(fds) != 0)
 *             return failure_set_errno(failure, FAILURE_RUN, "can't make a pipe");
 *         return 0;
 *     }
 *
 * A fallible function returns 0, or -1 with the caller's struct failure filled. Messages are lower case,
 * quote their subject in 'single quotes', and end with what to do next, if anything.
 */
#ifndef HARNESS_FAILURE_H
#define HARNESS_FAILURE_H

#include <stdarg.h>

/* What kind of failure; main.c makes an exit code of it. */
enum failure_code {
    FAILURE_NONE,
    FAILURE_RUN,   /* could not run */
    FAILURE_USAGE, /* bad usage or input */
};

struct failure {
    enum failure_code code;
    char message[1024]; /* ends in NUL, is cut if longer, and is fit for a terminal (utf8_tidy) */
};

/* Fills `failure` and returns -1, so that `return failure_set(...)` is the whole error path. */
int failure_set(struct failure *failure, enum failure_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, with ": " and the text of errno at the end. */
int failure_set_errno(struct failure *failure, enum failure_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The two, for functions that are called like them. */
int failure_set_list(struct failure *failure, enum failure_code code, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));
int failure_set_errno_list(struct failure *failure, enum failure_code code, const char *format,
    va_list arguments) __attribute__((format(printf, 3, 0)));

#endif
