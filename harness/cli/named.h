/*
 * named: a ready-made experiment, or one from a file: a claim, the settings and workloads of one or several
 * experiments (its parts), and the questions that they answer.
 *
 *     struct named named;
 *     if (named_load(&named, "cold-or-warm", places.experiments, &failure) == 0)
 *         ... named.parts[i], named_settings(&named, i, &options, &settings, &failure) ...
 *     named_release(&named);
 *
 * docs/experiments.md describes the file.
 */
#ifndef HARNESS_CLI_NAMED_H
#define HARNESS_CLI_NAMED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "failure.h"
#include "finding.h"
#include "options.h"
#include "settings.h"

/* Texts live as long as the document. */
struct named_part {
    const char *name;  /* NULL: it is the only one */
    const char *where; /* what is particular about it, as the sentence says it; NULL: nothing */
    json_t *settings;  /* on top of those of all parts; NULL: none */
    json_t *workload;  /* the name of one, or itself */
    double round_s;    /* about how long a round takes */
    bool is_scaled;    /* as many batches at once, and requests, as the system allows */
};

struct named {
    char *name;       /* owned */
    json_t *document; /* owned */
    const char *claim;
    json_t *settings; /* of all parts; NULL: none */
    struct named_part *parts;
    size_t part_count;
    struct question *questions;
    size_t question_count;
};

/* `name` is that of a ready-made one in `folder`, or with a '/' or a '.' in it a file. Release it also when
 * this fails. */
int named_load(struct named *named, const char *name, const char *folder, struct failure *failure);

void named_release(struct named *named);

/* The settings of a part: those of the file, and what is given on the command line in their place (NULL:
 * nothing). Release them also when this fails. */
int named_settings(const struct named *named, size_t part, const struct options *now,
    struct settings *settings, struct failure *failure);

/* Takes the strategies that can't run here out of the settings; a reference that is one of them, too. Appends
 * a line "STRATEGY: REASON" for each to `left_out`, and a NUL at the end. */
int named_leave_out(struct settings *settings, struct buffer *left_out, struct failure *failure);

/* About how long the part takes with these settings, its charts included. */
double named_seconds(const struct named *named, size_t part, const struct settings *settings);

/* "about 40 s", "about 3 minutes" */
void named_write_seconds(double seconds, struct buffer *text);

/* Calls `visit` with each ready-made experiment in the folder, until it fails. */
typedef int named_visitor(const struct named *named, void *context, struct failure *failure);
int named_visit(const char *folder, named_visitor *visit, void *context, struct failure *failure);

/* Appends a paragraph for each ready-made experiment in the folder: --list-experiments. */
int named_list(const char *folder, struct buffer *text, struct failure *failure);

#endif
