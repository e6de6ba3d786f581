/*
 * binomial: lower tails of the binomial distribution for fair coins, B ~ Binomial(n, 1/2).
 *
 *     struct binomial coins = binomial_start(n);      P(B <= 0)
 *     while (2 * coins.tail <= 0.05L)
 *         binomial_advance(&coins);                   P(B <= 1), P(B <= 2), ...
 *
 * C(n, k) 2^-n is followed in logarithms from k = 0, so that no n underflows: terms too small for a
 * long double add nothing to any tail that matters. Relative error below 1e-10 up to n = 10,000
 * where the tail is above 1e-300.
 */
#ifndef HARNESS_BINOMIAL_H
#define HARNESS_BINOMIAL_H

#include <stddef.h>

struct binomial {
    size_t n;
    size_t k;
    long double log_term; /* log P(B = k) */
    long double tail;     /* P(B <= k) */
};

struct binomial binomial_start(size_t n);

/* To the next k, which must not pass n. */
void binomial_advance(struct binomial *binomial);

#endif
