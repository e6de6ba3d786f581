#include <criterion/criterion.h>

#include "wrap.h"

static void expect_wrapped(const char *words, size_t used, size_t columns, const char *expected)
{
    struct buffer text = {0};

    wrap_append(&text, words, used, 2, columns);
    buffer_append(&text, "", 1);
    cr_expect_str_eq(text.bytes, expected, "%s", text.bytes);
    buffer_release(&text);
}

Test(wrap, ends_lines_before_the_word_for_which_there_is_no_room)
{
    expect_wrapped("one two three", 0, 7, "one two\n  three\n");
    expect_wrapped("one two three", 1, 7, "one\n  two\n  three\n");
    expect_wrapped("one two three", 0, 80, "one two three\n");
}

Test(wrap, keeps_a_word_whole_that_is_longer_than_a_line)
{
    expect_wrapped("a http://127.0.0.1/ b", 0, 6, "a\n  http://127.0.0.1/\n  b\n");
}

Test(wrap, counts_characters_and_not_bytes)
{
    expect_wrapped("\xc2\xb5s \xc2\xb5s x", 0, 5, "\xc2\xb5s \xc2\xb5s\n  x\n");
}

Test(wrap, of_nothing_is_the_end_of_a_line)
{
    expect_wrapped("", 0, 80, "\n");
}

static void expect_item(const char *name, const char *words, const char *expected)
{
    struct buffer text = {0};
    struct buffer name_buffer = {0};
    struct buffer words_buffer = {0};

    buffer_append_text(&name_buffer, name);
    buffer_append_text(&words_buffer, words);
    wrap_append_item(&text, &name_buffer, 6, &words_buffer);
    cr_expect(!name_buffer.bytes && !words_buffer.bytes, "they are released");
    buffer_append(&text, "", 1);
    cr_expect_str_eq(text.bytes, expected, "%s", text.bytes);
    buffer_release(&text);
}

Test(wrap, puts_the_words_of_an_item_in_a_column_of_their_own)
{
    expect_item("-a", "twelve bytes more or less twelve bytes more or less twelve bytes more or less 1 x",
        "-a    twelve bytes more or less twelve bytes more or less twelve bytes more or\n"
        "      less 1 x\n");
    expect_item("\xc2\xb5", "micro", "\xc2\xb5     micro\n");
}

Test(wrap, gives_a_long_name_the_first_line_to_itself)
{
    expect_item("four", "words", "four  words\n");
    expect_item("seven", "words", "seven\n      words\n");
    expect_item("", "words", "      words\n");
    expect_item("four", "", "four\n");
}
