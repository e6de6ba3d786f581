/*
 * fuzz: what the fuzz targets share.
 *
 *     int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
 *     {
 *         FUZZ_CHECK(parse(data, size) == 0 || failure.code == FAILURE_USAGE, "%s", failure.message);
 *         return 0;
 *     }
 *
 * A check that does not hold ends the program the way a crash does: libFuzzer then keeps the input.
 */
#ifndef HARNESS_TESTS_FUZZ_H
#define HARNESS_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What libFuzzer calls. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* FUZZ_CHECK(condition, format, ...) */
#define FUZZ_CHECK(condition, ...)                                                                           \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            (void)fprintf(stderr, "%s:%d: not so: %s: ", __FILE__, __LINE__, #condition);                    \
            (void)fprintf(stderr, __VA_ARGS__);                                                              \
            (void)fputc('\n', stderr);                                                                       \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

#endif
