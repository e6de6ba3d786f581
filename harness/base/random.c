#include "random.h"

uint64_t random_next(struct random *random)
{
    uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t random_below(struct random *random, uint64_t bound)
{
    uint64_t rest = (0 - bound) % bound; /* 2^64 mod bound: the values below it would be too likely */
    uint64_t value;

    do
        value = random_next(random);
    while (value < rest);
    return value % bound;
}

double random_unit(struct random *random)
{
    return (double)(random_next(random) >> 11) * 0x1.0p-53;
}

void random_order(struct random *random, size_t *order, size_t count)
{
    for (size_t place = 0; place < count; place++) {
        size_t other = (size_t)random_below(random, place + 1);
        if (other != place)
            order[place] = order[other];
        order[other] = place;
    }
}
