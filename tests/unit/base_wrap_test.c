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
