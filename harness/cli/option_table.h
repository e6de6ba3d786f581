/* option_table: each option, declared once. */
#ifndef HARNESS_CLI_OPTION_TABLE_H
#define HARNESS_CLI_OPTION_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum option_kind {
    OPTION_HEADING, /* no option: the title of the group that follows */
    OPTION_FLAG,    /* bool: takes no argument, true when given */
    OPTION_COUNT,   /* uint64_t: a whole number from minimum to maximum */
    OPTION_COUNTS,  /* struct option_counts: such numbers, separated by commas */
    OPTION_SECONDS, /* uint64_t milliseconds: seconds, fractions allowed, from minimum to maximum milliseconds
                     */
    OPTION_NUMBER,  /* double: from 0.001 up to maximum, fractions allowed */
    OPTION_PERCENT, /* double, a fraction: percent from minimum to maximum, fractions allowed */
    OPTION_CHOICE,  /* unsigned int: the place, from 0, of the word given among the argument's, "cold|warm" */
    OPTION_TEXT,    /* const char *: the last one given counts */
    OPTION_URL,     /* the same, and never shown with its password */
    OPTION_TEXTS,   /* struct option_texts: all that are given */
};

struct option_entry {
    enum option_kind kind;
    char letter;          /* 0: none */
    const char *name;     /* without the dashes; of a heading, its text */
    const char *argument; /* what --help calls it; NULL: none */
    size_t offset;        /* in struct options */
    uint64_t minimum;
    uint64_t maximum;
    const char *help; /* lines of --help, separated by newlines */
};

extern const struct option_entry option_table[];
extern const size_t option_count;

#endif
