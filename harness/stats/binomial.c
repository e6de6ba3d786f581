#include "binomial.h"

#include <math.h>

struct binomial binomial_start(size_t n)
{
    long double log_term = (long double)n * logl(0.5L);

    return (struct binomial){.n = n, .k = 0, .log_term = log_term, .tail = expl(log_term)};
}

/* C(n, k) = C(n, k - 1) (n - k + 1) / k */
void binomial_advance(struct binomial *binomial)
{
    binomial->k++;
    binomial->log_term += logl((long double)(binomial->n - binomial->k + 1) / (long double)binomial->k);
    binomial->tail += expl(binomial->log_term);
}
