/*
 * random: seeded pseudo-random numbers, the same on every machine.
 *
 * SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
 * Not for secrets. A struct belongs to one thread.
 */
#ifndef HARNESS_RANDOM_H
#define HARNESS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state; /* any value is a good seed */
};

uint64_t random_next(struct random *random);

/* Uniform in [0, bound), bound > 0, without the bias of a plain modulo. */
uint64_t random_below(struct random *random, uint64_t bound);

/* Uniform in [0, 1). */
double random_unit(struct random *random);

/* Fills `order` with 0 .. count-1 in a uniformly random order (Fisher and Yates). */
void random_order(struct random *random, size_t *order, size_t count);

#endif
