#include "radix.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS      8 /* of a key, a byte each */
#define DIGIT_BITS  8
#define DIGIT_COUNT 256 /* values of a digit */
#define SIGN        (UINT64_C(1) << 63)

/* Below this, counting digits costs more than comparing. */
#define FEW 512

/* Keys are in arrays of either type, so they are read and written as bytes. */
static uint64_t radix_get(const void *keys, size_t i)
{
    uint64_t key = 0;

    memcpy(&key, (const char *)keys + i * sizeof key, sizeof key);
    return key;
}

static void radix_put(void *keys, size_t i, uint64_t key)
{
    memcpy((char *)keys + i * sizeof key, &key, sizeof key);
}

static int radix_compare(const void *left, const void *right)
{
    uint64_t a = radix_get(left, 0);
    uint64_t b = radix_get(right, 0);

    return (a > b) - (a < b);
}

static size_t radix_digit(uint64_t key, unsigned int digit)
{
    return key >> digit * DIGIT_BITS & (DIGIT_COUNT - 1);
}

/* How many keys have each value of each digit: the same for every order of the keys. */
static void radix_count(const void *keys, size_t count, size_t counts[DIGITS][DIGIT_COUNT])
{
    memset(counts, 0, sizeof(size_t[DIGITS][DIGIT_COUNT]));
    for (size_t i = 0; i < count; i++)
        for (unsigned int digit = 0; digit < DIGITS; digit++)
            counts[digit][radix_digit(radix_get(keys, i), digit)]++;
}

/* Keys with the same digit stay in their order, so that what the digits before this one sorted stays sorted.
 */
static void radix_deal(const void *from, void *to, size_t count, unsigned int digit, size_t *counts)
{
    size_t place = 0;

    for (size_t value = 0; value < DIGIT_COUNT; value++) {
        size_t of_value = counts[value];
        counts[value] = place;
        place += of_value;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t key = radix_get(from, i);
        radix_put(to, counts[radix_digit(key, digit)]++, key);
    }
}

static void radix_sort_with(void *keys, void *copy, size_t count)
{
    size_t counts[DIGITS][DIGIT_COUNT];
    void *from = keys;
    void *to = copy;

    radix_count(keys, count, counts);
    for (unsigned int digit = 0; digit < DIGITS; digit++) {
        if (counts[digit][radix_digit(radix_get(keys, 0), digit)] == count)
            continue;
        radix_deal(from, to, count, digit, counts[digit]);
        void *dealt = to;
        to = from;
        from = dealt;
    }
    if (from != keys)
        memcpy(keys, from, count * sizeof(uint64_t));
}

static void radix_sort_keys(void *keys, size_t count)
{
    void *copy = count >= FEW ? malloc(count * sizeof(uint64_t)) : NULL;

    if (copy)
        radix_sort_with(keys, copy, count);
    else if (count > 1)
        qsort(keys, count, sizeof(uint64_t), radix_compare);
    free(copy);
}

void radix_sort(uint64_t *keys, size_t count)
{
    radix_sort_keys(keys, count);
}

/* Bits that are ordered as the numbers are (IEEE 754): all of a negative one's are turned, of others the
 * sign. */
void radix_sort_numbers(double *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = radix_get(numbers, i);
        radix_put(numbers, i, bits & SIGN ? ~bits : bits | SIGN);
    }
    radix_sort_keys(numbers, count);
    for (size_t i = 0; i < count; i++) {
        uint64_t key = radix_get(numbers, i);
        radix_put(numbers, i, key & SIGN ? key & ~SIGN : ~key);
    }
}
