/*
 * complete: what may be typed next, for the completion of shells (harness/completion). A shell starts
 *
 *     harness --complete WORD...
 *
 * with the words behind the program's name up to the cursor; the last one, which may be empty, is to be
 * completed. Each line of the answer is one of
 *
 *     CANDIDATE <tab> DESCRIPTION     the whole word; the description may be missing
 *     :nospace                        no blank belongs behind the candidates: more of the word may follow
 *     :files <tab> BEGINNING          paths, too; the word has this much before the path
 *     :folders <tab> BEGINNING        the same, of folders only
 *
 * harness-plot answers in the same way, so that one script of a shell serves both.
 */
#ifndef HARNESS_CLI_COMPLETE_H
#define HARNESS_CLI_COMPLETE_H

#include <stddef.h>

#include "buffer.h"
#include "places.h"

#define COMPLETE_ROLE "--complete"

/* `words`, ended by NULL, are those behind the program's name. What goes wrong is not told: nobody could read
 * it in the middle of a command line. */
void complete_write(const struct places *places, char *const *words, struct buffer *answer);

/* The same, to standard output. Always 0, the exit code. */
int complete_role(char *const *words);

#endif
