/* How values become cells, cells become rows and tables, and files get into their folder. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "column.h"
#include "figure.h"
#include "folder.h"
#include "tables.h"
#include "text_table.h"

struct sample_row {
    const char *text;
    uint64_t count;
    bool flag;
    uint64_t elapsed_ns;
    uint64_t elapsed_us;
    double number;
    uint64_t utc_ns;
};

static const struct column sample_columns[] = {
    {"text", COLUMN_TEXT, offsetof(struct sample_row, text), "a text"},
    {"count", COLUMN_COUNT, offsetof(struct sample_row, count), "a count"},
    {"flag", COLUMN_FLAG, offsetof(struct sample_row, flag), "a flag"},
    {"elapsed_s", COLUMN_NS, offsetof(struct sample_row, elapsed_ns), "a time"},
    {"phase_s", COLUMN_US, offsetof(struct sample_row, elapsed_us), "a time"},
    {"number", COLUMN_NUMBER, offsetof(struct sample_row, number), "a number"},
    {"at", COLUMN_UTC, offsetof(struct sample_row, utc_ns), "a moment"},
};

static const struct table sample = {
    .file = "sample.csv", .meaning = "a sample", .columns = sample_columns, .column_count = 7};

/* The row must be written as `expected`. */
static void expect_row(const struct sample_row *row, const char *expected)
{
    struct buffer csv = {0};

    table_write_row(&sample, row, &csv);
    buffer_append(&csv, "", 1);
    cr_expect_str_eq(csv.bytes, expected);
    buffer_release(&csv);
}

static void expect_text_cell(const char *text, const char *expected)
{
    const struct table one = {.file = "one.csv", .columns = sample_columns, .column_count = 1};
    struct sample_row row = {.text = text};
    struct buffer csv = {0};
    char line[256];

    (void)snprintf(line, sizeof line, "%s\n", expected);
    table_write_row(&one, &row, &csv);
    buffer_append(&csv, "", 1);
    cr_expect_str_eq(csv.bytes, line);
    buffer_release(&csv);
}

Test(csv, begins_with_the_columns_names)
{
    struct buffer csv = {0};

    table_write_header(&sample, &csv);
    buffer_append(&csv, "", 1);
    cr_expect_str_eq(csv.bytes, "text,count,flag,elapsed_s,phase_s,number,at\n");
    buffer_release(&csv);
}

Test(csv, has_plain_numbers)
{
    struct sample_row row = {
        .text = "thread-pool",
        .count = 1000000,
        .flag = true,
        .elapsed_ns = UINT64_C(12345678901),
        .elapsed_us = 1500,
        .number = 0.125,
        .utc_ns = UINT64_C(1767225599999999999),
    };

    expect_row(&row, "thread-pool,1000000,true,12.345678901,0.001500,0.125,2025-12-31T23:59:59.999Z\n");
}

Test(csv, is_the_same_in_two_parts)
{
    const struct table in_parts = {.columns = sample_columns, .column_count = 7, .shared_count = 3};
    const struct table all_shared = {.columns = sample_columns, .column_count = 7, .shared_count = 7};
    struct sample_row row = {.text = "a,b", .count = 7, .elapsed_us = MISSING_COUNT, .number = 0.5};
    struct buffer whole = {0};
    struct buffer parts = {0};

    table_write_row(&sample, &row, &whole);
    table_write_shared(&in_parts, &row, &parts);
    cr_expect_eq(parts.size, strlen("\"a,b\",7,false,"));
    table_write_rest(&in_parts, &row, &parts);
    cr_assert_eq(parts.size, whole.size);
    cr_expect_arr_eq(parts.bytes, whole.bytes, whole.size);
    buffer_clear(&parts);
    table_write_shared(&all_shared, &row, &parts);
    table_write_rest(&all_shared, &row, &parts);
    cr_assert_eq(parts.size, whole.size);
    cr_expect_arr_eq(parts.bytes, whole.bytes, whole.size);
    buffer_release(&whole);
    buffer_release(&parts);
}

Test(csv, tells_zero_from_missing)
{
    struct sample_row zero = {.text = ""};
    struct sample_row missing = {
        .count = MISSING_COUNT,
        .elapsed_ns = MISSING_COUNT,
        .elapsed_us = MISSING_COUNT,
        .number = NAN,
        .utc_ns = MISSING_COUNT,
    };

    expect_row(&zero, ",0,false,0.000000000,0.000000,0,1970-01-01T00:00:00.000Z\n");
    expect_row(&missing, ",,false,,,,\n");
    missing.number = INFINITY;
    expect_row(&missing, ",,false,,,,\n");
}

Test(csv, has_the_largest_values_in_full)
{
    struct sample_row row = {.count = MISSING_COUNT - 1,
        .elapsed_ns = MISSING_COUNT - 1,
        .number = 123456789,
        .elapsed_us = 999999};

    expect_row(&row,
        ",18446744073709551614,false,18446744073.709551614,0.999999,1.234568e+08,1970-01-01T00:00:00.000Z\n");
}

Test(csv, quotes_as_rfc_4180_says)
{
    expect_text_cell("plain text; 'and more'", "plain text; 'and more'");
    expect_text_cell("a,b", "\"a,b\"");
    expect_text_cell("say \"hi\"", "\"say \"\"hi\"\"\"");
    expect_text_cell("two\nlines", "\"two\nlines\"");
    expect_text_cell("two\r\nlines", "\"two\r\nlines\"");
    expect_text_cell("\"", "\"\"\"\"");
    expect_text_cell("na\xc3\xafve", "na\xc3\xafve");
    expect_text_cell("na\xefve, \xe2\x82", "\"na\xef\xbf\xbdve, \xef\xbf\xbd\xef\xbf\xbd\"");
}

Test(csv, keeps_a_spreadsheet_from_taking_text_for_a_formula)
{
    expect_text_cell("=1+1", "\"'=1+1\"");
    expect_text_cell("+1", "\"'+1\"");
    expect_text_cell("-1", "\"'-1\"");
    expect_text_cell("@cmd", "\"'@cmd\"");
    expect_text_cell("=\"a\",b", "\"'=\"\"a\"\",b\"");
    expect_text_cell("\tx", "\"'\tx\"");
    expect_text_cell("http://h/?a=1", "http://h/?a=1");
}

struct seen_columns {
    const struct buffer *markdown;
    const char *file;
    char names[128][32];
    size_t count;
};

static void expect_column(const char *name, const char *meaning, void *context)
{
    struct seen_columns *seen = context;
    char line[512];

    (void)snprintf(line, sizeof line, "- `%s`: %s\n", name, meaning);
    cr_expect_not_null(strstr(seen->markdown->bytes, line), "%s lacks %s", seen->file, line);
    cr_expect_gt(strlen(meaning), 0, "%s", name);
    cr_expect_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789"), strlen(name));
    for (size_t other = 0; other < seen->count; other++)
        cr_expect_str_neq(name, seen->names[other], "in %s", seen->file);
    cr_assert_lt(seen->count, sizeof seen->names / sizeof seen->names[0]);
    (void)snprintf(seen->names[seen->count++], sizeof seen->names[0], "%s", name);
}

Test(tables, have_columns_with_names_of_their_own_and_a_meaning)
{
    struct buffer markdown = {0};

    tables_describe(&markdown);
    buffer_append(&markdown, "", 1);
    for (size_t t = 0; tables[t]; t++) {
        struct seen_columns seen = {.markdown = &markdown, .file = tables[t]->file};
        cr_expect_not_null(strstr(markdown.bytes, tables[t]->file), "%s", tables[t]->file);
        table_visit(tables[t], expect_column, &seen);
        cr_assert_gt(seen.count, 0);
        for (size_t i = 0; i < tables[t]->column_count; i++)
            for (size_t other = 0; other < i; other++)
                cr_expect_neq(tables[t]->columns[i].offset, tables[t]->columns[other].offset,
                    "%s: '%s' and '%s' are one", tables[t]->file, tables[t]->columns[i].name,
                    tables[t]->columns[other].name);
    }
    buffer_release(&markdown);
}

Test(tables, name_their_unit_where_there_is_one)
{
    size_t timed = 0;

    for (size_t t = 0; tables[t]; t++)
        for (size_t i = 0; i < tables[t]->column_count; i++) {
            const struct column *column = &tables[t]->columns[i];
            size_t length = column->name ? strlen(column->name) : 0;
            bool has_seconds = length > 2 && strcmp(column->name + length - 2, "_s") == 0;
            if (column->kind != COLUMN_NS && column->kind != COLUMN_US)
                continue;
            cr_expect(has_seconds, "%s: %s", tables[t]->file, column->name);
            timed++;
        }
    cr_expect_gt(timed, 0);
}

Test(text_table, aligns_its_columns_right_but_for_those_named)
{
    struct text_table table = {.left_columns = 1U << 0 | 1U << 2};
    struct buffer text = {0};
    static const char *const cells[] = {
        "strategy", "median", "what", "sequential", "1.5", "slowest", "no-op", "10.25", ""};

    for (size_t i = 0; i < 9; i++) {
        text_table_cell(&table, "%s", cells[i]);
        if (i % 3 == 2)
            text_table_end_row(&table);
    }
    text_table_write(&table, &text);
    buffer_append(&text, "", 1);
    cr_expect_str_eq(text.bytes, "strategy    median  what\n"
                                 "sequential     1.5  slowest\n"
                                 "no-op        10.25\n");
    text_table_release(&table);
    buffer_release(&text);
}

Test(text_table, without_cells_is_nothing)
{
    struct text_table table = {0};
    struct buffer text = {0};

    text_table_write(&table, &text);
    cr_expect_eq(text.size, 0);
    cr_expect_not(text.out_of_memory);
    text_table_release(&table);
}

/* A current directory of the test's own; the caller removes it with leave_scratch. */
static void enter_scratch(char *path, size_t size)
{
    (void)snprintf(path, size, "/tmp/report_test.XXXXXX");
    cr_assert_not_null(mkdtemp(path));
    cr_assert_eq(chdir(path), 0);
}

static void leave_scratch(const char *path)
{
    char command[128];

    cr_assert_eq(chdir("/"), 0);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", path);
    cr_assert_eq(system(command), 0);
}

static const char *const folder_names[] = {"trials.csv", "summary.csv", NULL};

static void open_good(struct folder *folder, const char *path, bool force)
{
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(folder_open(folder, path, folder_names, force, &failure), 0, "%s", failure.message);
}

static void write_good(const struct folder *folder, const char *name, const char *content)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct buffer bytes = {0};

    buffer_append_text(&bytes, content);
    cr_assert_eq(folder_write_file(folder, name, &bytes, &failure), 0, "%s", failure.message);
    cr_expect_eq(bytes.size, 0, "the buffer is empty afterwards");
    buffer_release(&bytes);
}

static void expect_content(const char *path, const char *expected)
{
    char content[256] = "";
    FILE *file = fopen(path, "r");

    cr_assert_not_null(file, "%s", path);
    content[fread(content, 1, sizeof content - 1, file)] = '\0';
    (void)fclose(file);
    cr_expect_str_eq(content, expected, "%s", path);
}

static void expect_time(double seconds, const char *expected)
{
    struct buffer text = {0};

    figure_write_time(&text, seconds);
    buffer_append(&text, "", 1);
    cr_expect_str_eq(text.bytes, expected);
    buffer_release(&text);
}

Test(figure, has_three_digits_and_a_unit_by_its_rounded_value)
{
    expect_time(0.0668, "66.8 ms");
    expect_time(1.234, "1.23 s");
    expect_time(0.9997, "1.00 s");
    expect_time(0.000999, "999 µs");
    expect_time(0.00099996, "1.00 ms");
    expect_time(2.04e-8, "0.0204 µs");
    expect_time(1234, "1230 s");
    expect_time(0, "0 µs");
    expect_time(NAN, "-");
}

Test(figure, of_a_range_whose_ends_read_the_same_is_one)
{
    struct buffer text = {0};

    figure_write_time_range(&text, 1.001, 1.004);
    buffer_append_text(&text, "; ");
    figure_write_time_range(&text, 0.0659, 0.0661);
    buffer_append(&text, "", 1);
    cr_expect_str_eq(text.bytes, "1.00 s; 65.9 ms to 66.1 ms");
    buffer_release(&text);
}

Test(text_table, counts_characters_and_not_bytes)
{
    struct text_table table = {.left_columns = 0};
    struct buffer text = {0};

    text_table_cell(&table, "900 µs");
    text_table_end_row(&table);
    text_table_cell(&table, "900 ms");
    text_table_end_row(&table);
    text_table_write(&table, &text);
    buffer_append(&text, "", 1);
    cr_expect_str_eq(text.bytes, "900 µs\n900 ms\n");
    text_table_release(&table);
    buffer_release(&text);
}

Test(folder, is_made_with_all_that_is_above_it)
{
    char scratch[64];
    struct folder folder;

    enter_scratch(scratch, sizeof scratch);
    open_good(&folder, "a/b/c", false);
    cr_expect_str_eq(folder.path, "a/b/c");
    write_good(&folder, "summary.csv", "x\n");
    expect_content("a/b/c/summary.csv", "x\n");
    folder_release(&folder);
    cr_expect_neq(access("results", F_OK), 0, "an own folder leaves results/ alone");
    leave_scratch(scratch);
}

Test(folder, that_holds_results_is_refused_unless_forced)
{
    char scratch[64];
    struct folder folder;
    struct failure failure = {.code = FAILURE_NONE};

    enter_scratch(scratch, sizeof scratch);
    open_good(&folder, "mine", false);
    folder_release(&folder);
    open_good(&folder, "mine", false); /* there, but without results */
    write_good(&folder, "trials.csv", "old\n");
    folder_release(&folder);
    cr_assert_eq(folder_open(&folder, "mine", folder_names, false, &failure), -1);
    cr_expect_not_null(strstr(failure.message, "'mine' already holds results"), "%s", failure.message);
    cr_expect_not_null(strstr(failure.message, "--force"), "%s", failure.message);
    expect_content("mine/trials.csv", "old\n");
    open_good(&folder, "mine", true);
    write_good(&folder, "trials.csv", "new\n");
    expect_content("mine/trials.csv", "new\n");
    folder_release(&folder);
    leave_scratch(scratch);
}

Test(folder, follows_no_link_that_has_the_name_of_a_file)
{
    static const char *const links[] = {"mine/.summary.csv.part", "mine/summary.csv", "mine/trials.csv"};
    char scratch[64];
    struct folder folder;
    struct failure failure = {.code = FAILURE_NONE};

    enter_scratch(scratch, sizeof scratch);
    FILE *victim = fopen("victim", "w");
    cr_assert_not_null(victim);
    (void)fputs("precious\n", victim);
    (void)fclose(victim);
    open_good(&folder, "mine", false);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        cr_assert_eq(symlink("../victim", links[i]), 0);
    write_good(&folder, "summary.csv", "new\n");
    int file = folder_create_file(&folder, "trials.csv", &failure);
    cr_assert_geq(file, 0, "%s", failure.message);
    (void)close(file);
    expect_content("victim", "precious\n");
    expect_content("mine/summary.csv", "new\n");
    expect_content("mine/trials.csv", "");
    folder_release(&folder);
    leave_scratch(scratch);
}

Test(folder, that_is_in_use_is_refused_as_it_is)
{
    char scratch[64];
    struct folder folder;
    struct folder other;
    struct failure failure = {.code = FAILURE_NONE};

    enter_scratch(scratch, sizeof scratch);
    open_good(&folder, "mine", false);
    write_good(&folder, "trials.csv", "first\n");
    cr_assert_eq(folder_open(&other, "mine", folder_names, true, &failure), -1);
    cr_expect_eq(failure.code, FAILURE_USAGE);
    cr_expect_not_null(strstr(failure.message, "'mine'"), "%s", failure.message);
    cr_expect_not_null(strstr(failure.message, "--output"), "%s", failure.message);
    expect_content("mine/trials.csv", "first\n");
    int hold = folder_hold(&folder);
    folder_release(&folder);
    cr_expect_eq(folder_open(&other, "mine", folder_names, true, &failure), -1, "it is held");
    int reader = open("mine", O_RDONLY | O_DIRECTORY);
    cr_expect_eq(flock(reader, LOCK_SH | LOCK_NB), 0, "the charts can be drawn");
    (void)close(reader);
    (void)close(hold);
    open_good(&other, "mine", true);
    folder_release(&other);
    leave_scratch(scratch);
}

Test(folder, loses_nothing_when_a_file_of_it_can_not_be_replaced)
{
    char scratch[64];
    struct folder folder;
    struct failure failure = {.code = FAILURE_NONE};

    enter_scratch(scratch, sizeof scratch);
    open_good(&folder, "mine", false);
    write_good(&folder, "trials.csv", "first\n");
    cr_assert_eq(mkdir("mine/summary.csv", 0700), 0);
    folder_release(&folder);
    cr_assert_eq(folder_open(&folder, "mine", folder_names, true, &failure), -1);
    cr_expect_not_null(strstr(failure.message, "'mine/summary.csv'"), "%s", failure.message);
    expect_content("mine/trials.csv", "first\n");
    leave_scratch(scratch);
}

Test(folder, replaces_latest_only_when_it_is_a_link)
{
    char scratch[64];
    struct folder folder;

    enter_scratch(scratch, sizeof scratch);
    cr_assert_eq(mkdir("results", 0700), 0);
    FILE *latest = fopen("results/latest", "w");
    cr_assert_not_null(latest);
    (void)fputs("precious\n", latest);
    (void)fclose(latest);
    open_good(&folder, NULL, false);
    expect_content("results/latest", "precious\n");
    folder_release(&folder);
    leave_scratch(scratch);
}

Test(folder, that_can_not_be_made_is_refused_with_the_reason)
{
    char scratch[64];
    struct folder folder;
    struct failure failure = {.code = FAILURE_NONE};

    enter_scratch(scratch, sizeof scratch);
    (void)close(open("file", O_CREAT | O_WRONLY, 0600));
    cr_assert_eq(folder_open(&folder, "file/below", folder_names, false, &failure), -1);
    cr_expect_eq(failure.code, FAILURE_RUN);
    cr_expect_not_null(strstr(failure.message, "'file/below'"), "%s", failure.message);
    cr_expect_eq(folder.fd, -1);
    cr_assert_eq(folder_open(&folder, "file", folder_names, false, &failure), -1);
    leave_scratch(scratch);
}

Test(folder, of_the_date_is_a_new_one_each_time_and_latest_points_to_it)
{
    char scratch[64];
    char target[64] = "";
    struct folder folders[3];

    enter_scratch(scratch, sizeof scratch);
    for (size_t i = 0; i < 3; i++) { /* within the same second, most likely */
        open_good(&folders[i], NULL, false);
        cr_expect_eq(strncmp(folders[i].path, "results/2", 9), 0, "%s", folders[i].path);
        for (size_t other = 0; other < i; other++)
            cr_expect_str_neq(folders[i].path, folders[other].path);
    }
    cr_assert_gt(readlink("results/latest", target, sizeof target - 1), 0);
    cr_expect_str_eq(target, folders[2].path + strlen("results/"));
    write_good(&folders[2], "trials.csv", "last\n");
    expect_content("results/latest/trials.csv", "last\n");
    for (size_t i = 0; i < 3; i++)
        folder_release(&folders[i]);
    leave_scratch(scratch);
}

Test(folder, shows_a_file_only_when_it_is_whole)
{
    char scratch[64];
    struct folder folder;
    struct failure failure = {.code = FAILURE_NONE};
    struct buffer bytes = {.out_of_memory = true};

    enter_scratch(scratch, sizeof scratch);
    open_good(&folder, "mine", false);
    write_good(&folder, "experiment.json", "{}\n");
    cr_expect_eq(folder_write_file(&folder, "experiment.json", &bytes, &failure), -1);
    cr_expect_not_null(strstr(failure.message, "'mine/experiment.json'"), "%s", failure.message);
    expect_content("mine/experiment.json", "{}\n");
    cr_expect_neq(access("mine/.experiment.json.part", F_OK), 0, "what was begun is taken away");
    folder_release(&folder);
    leave_scratch(scratch);
}

Test(folder, appends_whole_pieces_to_a_file)
{
    char scratch[64];
    struct folder folder;
    struct failure failure = {.code = FAILURE_NONE};
    struct buffer bytes = {0};

    enter_scratch(scratch, sizeof scratch);
    open_good(&folder, "mine", false);
    int file = folder_create_file(&folder, "trials.csv", &failure);
    cr_assert_geq(file, 0, "%s", failure.message);
    buffer_append_text(&bytes, "run,round\n");
    cr_expect_eq(folder_append(&folder, file, "trials.csv", &bytes, &failure), 0);
    buffer_append_text(&bytes, "1,1\n");
    cr_expect_eq(folder_append(&folder, file, "trials.csv", &bytes, &failure), 0);
    expect_content("mine/trials.csv", "run,round\n1,1\n");
    (void)close(file);
    buffer_release(&bytes);
    folder_release(&folder);
    leave_scratch(scratch);
}

/* The column that the values make, a blank after each, and its unit. */
static const char *column_of(const double *seconds, size_t count)
{
    static char column[200];
    struct figure_scale scale = figure_scale_times(seconds, count);
    struct buffer text = {0};

    for (size_t i = 0; i < count; i++) {
        figure_write_scaled(&text, seconds[i], &scale);
        buffer_append_text(&text, " ");
    }
    (void)snprintf(column, sizeof column, "%.*s%s", (int)text.size, text.bytes, scale.name);
    buffer_release(&text);
    return column;
}

Test(figure, of_a_column_has_one_unit_and_as_many_decimals_as_the_least_needs)
{
    cr_expect_str_eq(column_of((double[]){0.0644, 0.778, NAN}, 3), "64.4 778.0 - ms");
    cr_expect_str_eq(column_of((double[]){52.3e-6, 144e-6}, 2), "52.3 144.0 µs");
    cr_expect_str_eq(column_of((double[]){0.00099996, 0.5}, 2), "1.00 500.00 ms");
    cr_expect_str_eq(column_of((double[]){2, 0, 61.7}, 3), "2.00 0.00 61.70 s");
}

Test(figure, of_a_column_hides_nothing_however_far_apart_values_are)
{
    cr_expect_str_eq(column_of((double[]){30e-6, 45}, 2), "0.03 45000.00 ms");
    cr_expect_str_eq(column_of((double[]){3e-7, 400}, 2), "0.0000003 400.0000000 s");
}

Test(figure, of_a_column_without_values_has_no_unit)
{
    cr_expect_str_eq(column_of((double[]){NAN, NAN}, 2), "- - ");
}

Test(figure, of_numbers_has_the_unit_that_is_given)
{
    double kib[] = {288, 2027};
    struct figure_scale scale = figure_scale_numbers(kib, 2, 1024, "MiB");
    struct buffer text = {0};

    figure_write_scaled(&text, kib[0], &scale);
    buffer_append_text(&text, " ");
    figure_write_scaled(&text, kib[1], &scale);
    buffer_append(&text, "", 1);
    cr_expect_str_eq(text.bytes, "0.281 1.979");
    buffer_release(&text);
}

Test(text_table, gives_a_first_cell_without_room_a_line_of_its_own)
{
    static const char *const cells[] = {"who", "ms", "a", "1.0", "much longer than that", "22.0"};
    struct text_table table = {.left_columns = 1, .columns_most = 12};
    struct buffer text = {0};

    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        text_table_cell(&table, "%s", cells[i]);
        if (i % 2 == 1)
            text_table_end_row(&table);
    }
    text_table_write(&table, &text);
    buffer_append(&text, "", 1);
    cr_expect_str_eq(text.bytes, "who       ms\na        1.0\nmuch longer than that\n        22.0\n");
    buffer_release(&text);
    text_table_release(&table);
}

Test(text_table, of_markdown_has_units_in_its_head)
{
    static const char *const cells[] = {"who", "time", "", "ms", "a|b", "1.0"};
    struct text_table table = {.left_columns = 1, .has_units = true};
    struct buffer text = {0};

    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        text_table_cell(&table, "%s", cells[i]);
        if (i % 2 == 1)
            text_table_end_row(&table);
    }
    text_table_write_markdown(&table, &text);
    buffer_append(&text, "", 1);
    cr_expect_str_eq(text.bytes, "| who | time (ms) |\n| --- | ---: |\n| a\\|b | 1.0 |\n");
    buffer_release(&text);
    text_table_release(&table);
}

Test(text_table, stands_out_on_a_terminal_without_moving)
{
    struct buffer text = {0};

    for (int in_colour = 0; in_colour <= 1; in_colour++) {
        struct text_table table = {.in_colour = in_colour};
        text_table_cell_in(&table, EMPHASIS_LESS, "less");
        text_table_cell(&table, "x");
        text_table_end_row(&table);
        text_table_write(&table, &text);
        text_table_release(&table);
    }
    buffer_append(&text, "", 1);
    cr_expect_str_eq(text.bytes, "less  x\n\033[32mless\033[0m  x\n");
    buffer_release(&text);
}

Test(figure, of_a_wait_is_said_in_few_words)
{
    static const struct {
        double seconds;
        const char *text;
    } waits[] = {{0.2, "1 s"}, {12, "12 s"}, {93.2, "94 s"}, {95, "1 min 35 s"}, {180, "3 minutes"},
        {599, "9 min 59 s"}, {601, "10 minutes"}, {1260, "21 minutes"}, {7170, "2 h 00 min"},
        {13800, "3 h 50 min"}};

    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        struct buffer text = {0};
        figure_write_duration(&text, waits[i].seconds);
        buffer_append(&text, "", 1);
        cr_expect_str_eq(text.bytes, waits[i].text);
        buffer_release(&text);
    }
}
