/*
 * suggest: which of the words that there are was meant by one that there is not.
 *
 *     struct suggestion suggestion = suggest_for(typed, length);
 *     for (...)
 *         suggest_offer(&suggestion, words[i], strlen(words[i]));
 *     failure_set(..., "no strategy '%.*s'%s; choose from ...", length, typed, suggest_text(&suggestion,
 * "").text);
 *
 * gives "no strategy 'thred-pool'; did you mean 'thread-pool'?; choose from ...". A word is meant if few
 * slips of the finger lead from it to what was typed, or if what was typed is a part of it. Case does not
 * count. Nothing is copied: texts must live as long as the suggestion.
 */
#ifndef HARNESS_SUGGEST_H
#define HARNESS_SUGGEST_H

#include <stddef.h>

struct suggestion {
    const char *typed;
    size_t length;
    const char *nearest; /* NULL: none is near */
    size_t nearest_length;
    size_t distance;
};

struct suggestion suggest_for(const char *typed, size_t length);

/* Is it nearer than those offered before? */
void suggest_offer(struct suggestion *suggestion, const char *word, size_t length);

/* For a message, right behind what is wrong. */
struct suggest_text {
    char text[128];
};

/* Between two parts of a message: "; did you mean 'WORD'? ", or "; " if none is near. `lead` stands before
 * the word, such as "--". */
struct suggest_text suggest_amid(const struct suggestion *suggestion, const char *lead);

/* At the end of a message: "; did you mean 'WORD'?", or nothing. */
struct suggest_text suggest_last(const struct suggestion *suggestion);

/*
 * How many slips lead from one text to the other: a letter that is missing, wrong, or one too many, or two
 * next to each other that are swapped (optimal string alignment; Damerau 1964). Letters of either case are
 * the same. SIZE_MAX if one has more than SUGGEST_LENGTH_MAX bytes.
 */
size_t suggest_distance(const char *one, size_t one_length, const char *other, size_t other_length);

#define SUGGEST_LENGTH_MAX 64

#endif
