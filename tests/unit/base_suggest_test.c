/* What was meant by a word that there is not. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "suggest.h"

static size_t distance(const char *one, const char *other)
{
    return suggest_distance(one, strlen(one), other, strlen(other));
}

Test(distance, counts_slips)
{
    cr_expect_eq(distance("", ""), 0);
    cr_expect_eq(distance("", "abc"), 3);
    cr_expect_eq(distance("abc", ""), 3);
    cr_expect_eq(distance("rate", "rate"), 0);
    cr_expect_eq(distance("rat", "rate"), 1, "missing");
    cr_expect_eq(distance("raate", "rate"), 1, "one too many");
    cr_expect_eq(distance("rite", "rate"), 1, "wrong");
    cr_expect_eq(distance("arte", "rate"), 1, "swapped");
    cr_expect_eq(distance("RATE", "rate"), 0, "of either case");
    cr_expect_eq(distance("kitten", "sitting"), 3);
}

Test(distance, of_what_is_too_long_is_the_greatest)
{
    char text[SUGGEST_LENGTH_MAX + 1];

    memset(text, 'a', sizeof text);
    cr_expect_eq(suggest_distance(text, SUGGEST_LENGTH_MAX, text, SUGGEST_LENGTH_MAX), 0);
    cr_expect_eq(suggest_distance(text, sizeof text, "a", 1), SIZE_MAX);
    cr_expect_eq(suggest_distance("a", 1, text, sizeof text), SIZE_MAX);
}

/* What is suggested for `typed` must be `expected`; "": nothing. */
static void expect_suggestion(const char *typed, const char *expected)
{
    static const char *const words[] = {
        "sequential", "thread-per-request", "thread-pool", "curl-multi", "url", "get"};
    struct suggestion suggestion = suggest_for(typed, strlen(typed));

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        suggest_offer(&suggestion, words[i], strlen(words[i]));
    cr_expect(suggestion.nearest_length == strlen(expected) &&
                  strncmp(suggestion.nearest ? suggestion.nearest : "", expected, strlen(expected)) == 0,
        "for '%s': '%.*s'", typed, (int)suggestion.nearest_length,
        suggestion.nearest ? suggestion.nearest : "");
}

Test(suggestion, is_the_word_with_the_fewest_slips)
{
    expect_suggestion("thred-pool", "thread-pool");
    expect_suggestion("tread-per-reqest", "thread-per-request");
    expect_suggestion("curl_multi", "curl-multi");
    expect_suggestion("CURL-MULTI", "curl-multi");
    expect_suggestion("ulr", "url");
}

Test(suggestion, is_a_word_of_which_a_part_was_typed)
{
    expect_suggestion("pool", "thread-pool");
    expect_suggestion("multi", "curl-multi");
    expect_suggestion("seq", "sequential");
}

Test(suggestion, is_none_if_nothing_is_near)
{
    expect_suggestion("", "");
    expect_suggestion("x", "");
    expect_suggestion("fork", "");
    expect_suggestion("epoll-loop", "");
    expect_suggestion("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", "");
}

Test(suggestion, fits_into_a_message)
{
    struct suggestion suggestion = suggest_for("ulr", 3);

    cr_expect_str_eq(suggest_amid(&suggestion, "--").text, "; ");
    cr_expect_str_eq(suggest_last(&suggestion).text, "");
    suggest_offer(&suggestion, "url and more", 3);
    cr_expect_str_eq(suggest_amid(&suggestion, "--").text, "; did you mean '--url'? ");
    cr_expect_str_eq(suggest_last(&suggestion).text, "; did you mean 'url'?");
}
