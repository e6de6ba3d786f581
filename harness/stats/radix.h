/*
 * radix: sorts 64-bit numbers in linear time.
 *
 *     radix_sort(started_ns, count);
 *
 * From the least significant byte to the most (Knuth, "The Art of Computer Programming" 3, 5.2.5), leaving
 * out bytes that all keys have in common: a million numbers take a fraction of what qsort() needs, which
 * calls a function for every comparison. It takes memory for a copy of the keys, as glibc's qsort() does;
 * where there is none, and for a few keys, it is qsort(). No state: safe from any thread.
 */
#ifndef HARNESS_RADIX_H
#define HARNESS_RADIX_H

#include <stddef.h>
#include <stdint.h>

/* Both ascending, in place. No number is NaN. */
void radix_sort(uint64_t *keys, size_t count);
void radix_sort_numbers(double *numbers, size_t count);

#endif
