#include "selection.h"

#include <string.h>

#define DIGIT_BITS 16

void selection_begin(struct selection *selection, uint64_t rank)
{
    *selection = (struct selection){.rank = rank};
}

void selection_add(struct selection *selection, float value)
{
    uint32_t bits = 0;

    memcpy(&bits, &value, sizeof bits);
    if (!selection->has_upper)
        selection->counts[bits >> DIGIT_BITS]++;
    else if (bits >> DIGIT_BITS == selection->upper)
        selection->counts[bits % SELECTION_DIGITS]++;
}

/* The digit that the rank falls into; the rank is then that among the values with this digit. */
static uint32_t selection_digit(struct selection *selection)
{
    uint32_t digit = 0;

    for (; digit + 1 < SELECTION_DIGITS && selection->rank >= selection->counts[digit]; digit++)
        selection->rank -= selection->counts[digit];
    return digit;
}

bool selection_is_done(struct selection *selection)
{
    uint32_t digit = selection_digit(selection);

    if (selection->has_upper) {
        uint32_t bits = selection->upper << DIGIT_BITS | digit;
        memcpy(&selection->value, &bits, sizeof bits);
        return true;
    }
    selection->upper = digit;
    selection->has_upper = true;
    memset(selection->counts, 0, sizeof selection->counts);
    return false;
}
