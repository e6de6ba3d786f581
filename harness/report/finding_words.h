/*
 * finding_words: what was found in answer to a few questions, as one sentence and as JSON. It decides
 * nothing: each clause says a verdict (verdict_sentence), or verdicts over several levels in their order.
 *
 *     finding_write(questions, answers, count, &text);
 *
 *     with 4 busy connections, compared with curl-multi, multi-epoll shows no detected difference in CPU time
 * a request at 16 connections and takes less from 64 on (less CPU by 41.0 to 48.2 % at 1024); ...
 */
#ifndef HARNESS_REPORT_FINDING_WORDS_H
#define HARNESS_REPORT_FINDING_WORDS_H

#include <jansson.h>

#include "buffer.h"
#include "finding.h"

/* Appends the sentence, with its full stop. Questions of which nothing was run are passed over, unless none
 * was. `answers[i]` is what finding_compare made of `questions[i]`. */
void finding_write(
    const struct question *questions, const struct comparisons *answers, size_t count, struct buffer *text);

/* Each comparison as an object, with the names of summary.csv. */
json_t *finding_to_json(const struct question *questions, const struct comparisons *answers, size_t count);

#endif
