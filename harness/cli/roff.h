/*
 * roff: text in the language of manual pages, man(7).
 *
 *     roff_begin(&page, "HARNESS", "harness 0.1.0", "User Commands");
 *     roff_section(&page, "EXIT STATUS");
 *     roff_item(&page, "0");
 *     roff_words(&page, "done: see summary.csv, and --list-columns");
 *
 * In words, what is to be typed or is a file's name is told from prose by its look, and set in bold. There
 * its hyphens are minus signs, so that it can be copied.
 */
#ifndef HARNESS_CLI_ROFF_H
#define HARNESS_CLI_ROFF_H

#include "buffer.h"

/* `title` in capitals; `source` is what the page comes with, `manual` what it belongs to. */
void roff_begin(struct buffer *page, const char *title, const char *source, const char *manual);

void roff_section(struct buffer *page, const char *title);
void roff_subsection(struct buffer *page, const char *title);

/* A command and its arguments, those in capitals as what they stand for. */
void roff_synopsis(struct buffer *page, const char *command);

/* The words that follow are a paragraph of their own. */
void roff_paragraph(struct buffer *page);

/* What the words that follow explain. roff_tag begins a line of one's own, made of roff_literal,
 * roff_variable and roff_plain; roff_end_tag ends it. */
void roff_item(struct buffer *page, const char *literal);
void roff_tag(struct buffer *page);
void roff_end_tag(struct buffer *page);
void roff_literal(struct buffer *page, const char *text);
void roff_variable(struct buffer *page, const char *text);
void roff_plain(struct buffer *page, const char *text);

/* Items between the two belong to the item before. */
void roff_indent(struct buffer *page);
void roff_outdent(struct buffer *page);

/* Whole lines of prose. */
void roff_words(struct buffer *page, const char *words);

/* A line that is to be typed. */
void roff_example(struct buffer *page, const char *command);

#endif
