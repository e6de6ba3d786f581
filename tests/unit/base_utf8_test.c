#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

static const struct {
    const char *what;
    const char *bytes;
    size_t size;
} characters[] = {
    {"U+0000", "\0", 1},
    {"U+007F", "\x7f", 1},
    {"U+0080", "\xc2\x80", 2},
    {"U+07FF", "\xdf\xbf", 2},
    {"U+0800", "\xe0\xa0\x80", 3},
    {"U+0FFF", "\xe0\xbf\xbf", 3},
    {"U+1000", "\xe1\x80\x80", 3},
    {"U+D7FF, the last before the surrogates", "\xed\x9f\xbf", 3},
    {"U+E000, the first after the surrogates", "\xee\x80\x80", 3},
    {"U+FFFD", "\xef\xbf\xbd", 3},
    {"U+FFFF", "\xef\xbf\xbf", 3},
    {"U+10000", "\xf0\x90\x80\x80", 4},
    {"U+3FFFF", "\xf0\xbf\xbf\xbf", 4},
    {"U+40000", "\xf1\x80\x80\x80", 4},
    {"U+FFFFF", "\xf3\xbf\xbf\xbf", 4},
    {"U+10FFFF, the last", "\xf4\x8f\xbf\xbf", 4},
};

#define CHARACTER_COUNT (sizeof characters / sizeof characters[0])

static const struct {
    const char *what;
    const char *bytes;
} wrong[] = {
    {"a continuation alone, the first", "\x80"},
    {"a continuation alone, the last", "\xbf"},
    {"overlong U+0000", "\xc0\x80"},
    {"overlong U+007F", "\xc1\xbf"},
    {"overlong U+07FF, in three", "\xe0\x9f\xbf"},
    {"overlong U+FFFF, in four", "\xf0\x8f\xbf\xbf"},
    {"U+D800, the first surrogate", "\xed\xa0\x80"},
    {"U+DFFF, the last surrogate", "\xed\xbf\xbf"},
    {"U+110000, too much", "\xf4\x90\x80\x80"},
    {"U+140000, far too much", "\xf5\x80\x80\x80"},
    {"a lead of five bytes", "\xf8\x88\x80\x80\x80"},
    {"0xfe", "\xfe"},
    {"0xff", "\xff"},
    {"no second byte but ASCII", "\xc3(x"},
    {"no second byte but a lead", "\xc3\xc3\xa9"},
    {"no third byte but ASCII", "\xe2\x82(x"},
    {"no third byte but a lead", "\xe2\x82\xc2"},
    {"no fourth byte but ASCII", "\xf0\x9f\x98("},
};

#define WRONG_COUNT (sizeof wrong / sizeof wrong[0])

Test(utf8, knows_the_first_and_the_last_character_of_each_kind)
{
    for (size_t i = 0; i < CHARACTER_COUNT; i++) {
        char longer[8] = "";
        memcpy(longer, characters[i].bytes, characters[i].size);
        longer[characters[i].size] = '\xff';
        cr_expect_eq(utf8_sequence_size(characters[i].bytes, characters[i].size), characters[i].size, "%s",
            characters[i].what);
        cr_expect_eq(utf8_sequence_size(longer, sizeof longer), characters[i].size, "%s", characters[i].what);
        cr_expect(utf8_is_valid(characters[i].bytes, characters[i].size), "%s", characters[i].what);
    }
}

Test(utf8, gives_the_number_that_the_name_of_each_character_says)
{
    for (size_t i = 0; i < CHARACTER_COUNT; i++)
        cr_expect_eq(utf8_code_point(characters[i].bytes, characters[i].size),
            strtoul(characters[i].what + strlen("U+"), NULL, 16), "%s", characters[i].what);
}

Test(utf8, refuses_characters_that_are_cut_off)
{
    for (size_t i = 0; i < CHARACTER_COUNT; i++)
        for (size_t size = 0; size < characters[i].size; size++) {
            cr_expect_eq(
                utf8_sequence_size(characters[i].bytes, size), 0, "%zu of %s", size, characters[i].what);
            cr_expect_eq(
                utf8_is_valid(characters[i].bytes, size), size == 0, "%zu of %s", size, characters[i].what);
        }
}

Test(utf8, refuses_what_is_not_utf_8)
{
    for (size_t i = 0; i < WRONG_COUNT; i++) {
        size_t size = strlen(wrong[i].bytes);
        cr_expect_eq(utf8_sequence_size(wrong[i].bytes, size), 0, "%s", wrong[i].what);
        cr_expect_not(utf8_is_valid(wrong[i].bytes, size), "%s", wrong[i].what);
    }
}

Test(utf8, is_valid_only_when_all_of_it_is)
{
    cr_expect(utf8_is_valid(NULL, 0));
    cr_expect(utf8_is_valid("a\0\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z", 12));
    cr_expect_not(utf8_is_valid("\xc3\xa9\xff", 3));
    cr_expect_not(utf8_is_valid("a\xe2\x82", 3));
}

/* Writes the character with that number, shortest form or not; returns its size. */
static size_t encode(uint32_t number, char bytes[4])
{
    static const unsigned char leads[] = {0, 0x00, 0xc0, 0xe0, 0xf0};
    size_t size = number < 0x80 ? 1 : number < 0x800 ? 2 : number < 0x10000 ? 3 : 4;

    for (size_t i = size; i-- > 1; number >>= 6)
        bytes[i] = (char)(0x80 | (number & 0x3f));
    bytes[0] = (char)(leads[size] | number);
    return size;
}

Test(utf8, accepts_every_character_but_surrogates)
{
    char bytes[4];

    for (uint32_t number = 0; number < 0x200000; number++) {
        bool is_character = number <= 0x10ffff && (number < 0xd800 || number > 0xdfff);
        size_t size = encode(number, bytes);
        cr_assert_eq(utf8_sequence_size(bytes, size), is_character ? size : 0, "U+%04X", number);
    }
}

Test(utf8, tells_bytes_that_begin_a_character_from_those_that_go_on)
{
    cr_expect(utf8_is_ascii('\0') && utf8_is_ascii('\x7f'));
    cr_expect(!utf8_is_ascii('\x80') && !utf8_is_ascii('\xff'));
    cr_expect(utf8_is_continuation('\x80') && utf8_is_continuation('\xbf'));
    cr_expect(
        !utf8_is_continuation('\x7f') && !utf8_is_continuation('\xc0') && !utf8_is_continuation('\xff'));
}

Test(utf8, is_made_fit_for_a_terminal)
{
    static const struct {
        const char *text;
        const char *expected;
    } texts[] = {
        {"", ""},
        {"plain na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80",
            "plain na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\x1b[2J a\tb\nc\x7f", "?[2J a?b?c?"},
        {"\xc2\x9b"
         "2J\xc2\x80\xc2\x9f\xc2\xa0",
            "?2J??\xc2\xa0"},
        {"\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\xa7\xe2\x81\xaa",
            "????\xe2\x80\xa7\xe2\x81\xaa"},
        {"\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f\xd8\x9b\xe2\x80\x8d", "???\xd8\x9b\xe2\x80\x8d"},
        {"a\xff\xc3(b", "a?\?(b"},
        {"cut \xe2\x82", "cut "},
        {"cut \xc3", "cut "},
        {"not cut \x82", "not cut ?"},
    };
    char text[64];

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        strcpy(text, texts[i].text);
        utf8_tidy_text(text);
        cr_expect_str_eq(text, texts[i].expected, "%zu: %s", i, text);
        cr_expect(utf8_is_valid(text, strlen(text)));
    }
}

Test(utf8, keeps_what_is_valid_and_marks_each_other_byte)
{
    static const char text[] = "na\xc3\xafve \xff\xe2\x82 \x1b";
    struct buffer valid = {0};

    utf8_append_valid(&valid, text, sizeof text);
    cr_expect_str_eq(valid.bytes, "na\xc3\xafve \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd \x1b");
    buffer_release(&valid);
}
