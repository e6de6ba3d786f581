/*
 * settings: everything that can be set for an experiment: one struct, and one table of its members.
 *
 *     struct settings settings;
 *     settings_init(&settings, &failure);                                     the defaults
 *     setting_read(&settings, &settings_table[SETTING_repeat], "20", &failure);
 *     ... settings.repeat, settings.concurrency ...
 *     settings_release(&settings);
 *
 * The rows are in settings.def. A row with a mark is an axis: it takes several values, kept as texts in
 * `levels`, and each arm of the experiment has one of them in its copy of the struct.
 */
#ifndef HARNESS_SETTINGS_H
#define HARNESS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "failure.h"

#define SETTINGS_CHOICES
#include "settings.def"

/* 127.0.0.1 and those after it. */
#define ORIGIN_ADDRESSES_MAX 16

/* As the proxy: libcurl's own rules for http_proxy, https_proxy, all_proxy and no_proxy. */
#define PROXY_OF_ENVIRONMENT "environment"

/* Texts in the order in which they were given. Owned, the list and each of its items. */
struct texts {
    const char **items;
    size_t count;
};

/* A row's kind: X(KIND, the type of its member). Numbers below the row's least are "not set". */
#define SETTING_KINDS(X)                                                                                     \
    X(FLAG, bool)            /* no argument, true when given */                                              \
    X(COUNT, uint64_t)       /* a whole number */                                                            \
    X(SECONDS, uint64_t)     /* milliseconds; seconds on the command line, fractions allowed */              \
    X(NUMBER, double)        /* fractions allowed; 0: not set */                                             \
    X(PERCENT, double)       /* a fraction; percent on the command line, fractions allowed */                \
    X(CHOICE, unsigned int)  /* the place, from 0, of the word among those shown */                          \
    X(TEXT, const char *)    /* NULL: not set */                                                             \
    X(FILE, const char *)    /* the same, of a file that can be read */                                      \
    X(URL, const char *)     /* the same, never shown with its password */                                   \
    X(TEXTS, struct texts)   /* all that are given */                                                        \
    X(HEADERS, struct texts) /* the same, header lines, never shown with their secrets */

enum setting_kind {
    KIND_HEADING, /* not a setting: the title of the group that follows */
#define X(KIND, type) KIND_##KIND,
    SETTING_KINDS(X)
#undef X
};

enum setting_id {
#define HEADING(group, text)       SETTING_GROUP_##group,
#define SETTING(kind, member, ...) SETTING_##member,
#include "settings.def"
    SETTING_COUNT
};

#define X(KIND, type) typedef type setting_type_##KIND;
SETTING_KINDS(X)
#undef X

/* Texts are owned by the struct that settings_init made, and borrowed by its copies. */
struct settings {
#define HEADING(group, text)
#define SETTING(kind, member, ...) setting_type_##kind member;
#include "settings.def"
    struct texts
        levels[SETTING_COUNT]; /* of an axis: the values asked for, each once; none: the default alone */
};

/* What a row is for. */
enum setting_role {
    SETTING_KEPT = 1,  /* written to experiment.json, and read back by --repeat-from */
    SETTING_TOLD = 2,  /* what a trial has to know */
    SETTING_AGAIN = 4, /* may be given with --repeat-from, although it is kept */
};

struct setting {
    enum setting_kind kind;
    size_t offset;    /* in struct settings */
    char letter;      /* 0: none */
    const char *name; /* without the dashes, and the key in JSON; of a heading, its text */
    const char *shown;
    uint64_t least;
    uint64_t most;
    const char *fallback;
    unsigned int roles; /* enum setting_role */
    const char *mark;
    const char *help; /* one line, of any length */
};

extern const struct setting settings_table[SETTING_COUNT];

static inline bool setting_is_axis(const struct setting *setting)
{
    return setting->mark != NULL;
}

/* The row of that name, `length` characters long; NULL: there is none. */
const struct setting *setting_find(const char *name, size_t length);

/* The defaults. Release also what this failed to make. */
int settings_init(struct settings *settings, struct failure *failure);

void settings_release(struct settings *settings);

/*
 * Reads `text` as the command line has it: "" or "true" or "false" for a flag, a value, or for an axis values
 * separated by commas, of which the first becomes the member's. It replaces what was there, and is added to
 * texts. -1 with a FAILURE_USAGE that names the setting and what it takes.
 */
int setting_read(
    struct settings *settings, const struct setting *setting, const char *text, struct failure *failure);

/* Back to "not set": no texts. */
void setting_clear(struct settings *settings, const struct setting *setting);

/* Takes over from `from` the value of one row; of an axis, all its levels. */
int setting_copy(
    struct settings *to, const struct settings *from, const struct setting *setting, struct failure *failure);

/* Gives a copy of settings one value of an axis; `level` is borrowed. */
int setting_choose(
    struct settings *copy, const struct setting *axis, const char *level, struct failure *failure);

/* Have the two the same value? Not for lists. */
bool setting_is_same(const struct settings *one, const struct settings *other, const struct setting *setting);

/* Appends the member's value as the command line would have it, but for a URL's password; nothing when it is
 * not set. Not for lists. */
void setting_write(const struct settings *settings, const struct setting *setting, struct buffer *text);

/* What a path of the workload is put behind: the base URL, or the embedded origin's, whose port is not known
 * before it is started. */
const char *settings_base(const struct settings *settings);

/* Checks that involve several rows, and whether files can be read: once, before they are used. */
int settings_check(const struct settings *settings, struct failure *failure);

#endif
