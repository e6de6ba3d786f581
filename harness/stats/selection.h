/*
 * selection: a value by its rank, among more values than there is room to sort.
 *
 *     selection_begin(&selection, rank);
 *     do
 *         ... selection_add(&selection, value) for each of them, in any order ...
 *     while (!selection_is_done(&selection));
 *     float value = selection.value;
 *
 * The values are gone through twice, and not kept: a radix sort's digits, of which only the one that the rank
 * falls into is followed. Values are finite and not negative: then their bits are ordered as they are
 * (IEEE 754). No memory but the struct, which is too large for a thread's small stack; several threads need
 * one each.
 */
#ifndef HARNESS_SELECTION_H
#define HARNESS_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SELECTION_DIGITS 65536

struct selection {
    float value;   /* when it is done */
    uint64_t rank; /* from 0; among those with the same upper digit, once that is known */
    uint32_t upper;
    bool has_upper;
    uint64_t counts[SELECTION_DIGITS]; /* [digit]: how many values have it */
};

/* `rank` is below the number of values. */
void selection_begin(struct selection *selection, uint64_t rank);

void selection_add(struct selection *selection, float value);

/* After all values were added: is the value known now? Otherwise they must be added once more. */
bool selection_is_done(struct selection *selection);

#endif
