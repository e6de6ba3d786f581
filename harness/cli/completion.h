/* completion: a word that is to be completed, and what may stand in its place (complete.h has the lines). */
#ifndef HARNESS_CLI_COMPLETION_H
#define HARNESS_CLI_COMPLETION_H

#include "buffer.h"
#include "places.h"

struct completion {
    const struct places *places;
    char *const *words; /* of the command line, behind the program's name */
    size_t before;      /* how many of them are before the one that is to be completed */
    const char *word;   /* to be completed */
    const char *value;  /* the part of it at its end that candidates take the place of */
    struct buffer *answer;
};

/* A candidate, text and ending, is offered if the text begins with what was typed and a line of the answer
 * can hold it. A long description is cut at its first semicolon. */
void completion_offer(
    struct completion *completion, const char *text, const char *ending, const char *description);

/* The words of "one|two|three". */
void completion_offer_choices(struct completion *completion, const char *words);

/* Paths as the shell knows them. */
void completion_offer_files(struct completion *completion);
void completion_offer_folders(struct completion *completion);

/* More of the word may follow the candidates. */
void completion_ask_for_more(struct completion *completion);

/* Of values separated by commas, the last one is to be completed. */
void completion_enter_list(struct completion *completion);

#endif
