/*
 * The bare loops of tests/bench are compared with the strategies "with identical options": are they? Calls of
 * curl_easy_setopt and curl_multi_setopt come here (--wrap), and are noted.
 */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bare_options.h"
#include "transfer.h"

/* The macros that check types, which can't be had with a wrapped function. */
#undef curl_easy_setopt
#undef curl_multi_setopt

#define OPTIONS_MAX 128
#define TEXT_SIZE   128

struct noted {
    int option;
    char text[TEXT_SIZE]; /* its name and value */
};

/* The last value of each option. */
struct notes {
    struct noted items[OPTIONS_MAX];
    size_t count;
};

static struct notes *taking; /* each test has a process of its own */

CURLcode __real_curl_easy_setopt(CURL *handle, CURLoption option, ...);
CURLcode __wrap_curl_easy_setopt(CURL *handle, CURLoption option, ...);
CURLMcode __real_curl_multi_setopt(CURLM *multi, CURLMoption option, ...);
CURLMcode __wrap_curl_multi_setopt(CURLM *multi, CURLMoption option, ...);

static char *note_of(int option)
{
    size_t i = 0;

    while (i < taking->count && taking->items[i].option != option)
        i++;
    cr_assert_lt(i, OPTIONS_MAX);
    taking->items[i].option = option;
    taking->count += i == taking->count;
    return taking->items[i].text;
}

/* Numbers and texts as they are; of functions and data, which each side has its own, whether there is one. */
static void note_easy(CURLoption option, void *value)
{
    const struct curl_easyoption *known = curl_easy_option_by_id(option);
    char *text = note_of((int)option);

    cr_assert_not_null(known);
    if (known->type == CURLOT_LONG || known->type == CURLOT_VALUES || known->type == CURLOT_OFF_T)
        (void)snprintf(text, TEXT_SIZE, "%s=%lld", known->name, (long long)(intptr_t)value);
    else if (known->type == CURLOT_STRING && value)
        (void)snprintf(text, TEXT_SIZE, "%s='%s'", known->name, (const char *)value);
    else if (option == CURLOPT_PRIVATE) /* the number of a lane, from 0 */
        (void)snprintf(text, TEXT_SIZE, "%s", known->name);
    else
        (void)snprintf(text, TEXT_SIZE, "%s=%s", known->name, value ? "something" : "nothing");
}

CURLcode __wrap_curl_easy_setopt(CURL *handle, CURLoption option, ...)
{
    va_list arguments;

    va_start(arguments, option);
    void *value = va_arg(arguments, void *); /* no larger type is passed here: curl_off_t is as large */
    va_end(arguments);
    if (taking)
        note_easy(option, value);
    return __real_curl_easy_setopt(handle, option, value);
}

CURLMcode __wrap_curl_multi_setopt(CURLM *multi, CURLMoption option, ...)
{
    va_list arguments;

    va_start(arguments, option);
    void *value = va_arg(arguments, void *);
    va_end(arguments);
    if (taking)
        (void)snprintf(
            note_of((int)option), TEXT_SIZE, "multi %d=%lld", (int)option, (long long)(intptr_t)value);
    return __real_curl_multi_setopt(multi, option, value);
}

static int compare_notes(const void *one, const void *other)
{
    return strcmp(((const struct noted *)one)->text, ((const struct noted *)other)->text);
}

static void write_notes(struct notes *notes, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    qsort(notes->items, notes->count, sizeof notes->items[0], compare_notes);
    for (size_t i = 0; i < notes->count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s\n", notes->items[i].text);
    cr_assert_lt(used, size);
}

#define URL      "http://127.0.0.1:1/"
#define ALL_SIZE (OPTIONS_MAX * TEXT_SIZE)

/* Of a lane that has its first request, and of a loop of such lanes. */
static void note_harness(struct notes *notes)
{
    struct shared_memory workload = SHARED_MEMORY_NONE;
    struct shared_memory records = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};
    const char *urls[] = {URL};
    struct settings settings;

    cr_assert_eq(settings_init(&settings, &failure), 0);
    cr_assert_eq(workload_from_urls(urls, 1, &workload, &failure), 0);
    cr_assert_eq(records_create(&records, 1, &failure), 0);
    taking = notes;
    struct lanes *lanes = lanes_create(
        &settings, workload.bytes, workload_extent(workload.bytes, 1), records.bytes, 1, &failure);
    cr_assert_not_null(lanes, "%s", failure.message);
    cr_assert_eq(lanes_take(lanes, 0), TAKE_READY);
    CURLM *multi = lanes_make_multi(lanes);
    taking = NULL;
    cr_assert_not_null(multi);
    curl_multi_cleanup(multi);
    lanes_destroy(lanes);
    shared_memory_release(&records);
    shared_memory_release(&workload);
    settings_release(&settings);
}

static void note_bare(struct notes *notes)
{
    char error[CURL_ERROR_SIZE];
    CURL *handle = curl_easy_init();
    CURLM *multi = curl_multi_init();

    taking = notes;
    bare_options_set_all(handle, URL, 0, error);
    bare_options_set_multi(multi);
    taking = NULL;
    curl_easy_cleanup(handle);
    curl_multi_cleanup(multi);
}

Test(bare_options, are_those_of_harness)
{
    static struct notes of_harness;
    static struct notes of_bare;
    static char harness_text[ALL_SIZE];
    static char bare_text[ALL_SIZE];

    cr_assert_eq(curl_global_init(CURL_GLOBAL_DEFAULT), CURLE_OK);
    note_harness(&of_harness);
    note_bare(&of_bare);
    write_notes(&of_harness, harness_text, sizeof harness_text);
    write_notes(&of_bare, bare_text, sizeof bare_text);
    cr_assert_gt(of_harness.count, 20);
    cr_assert_str_eq(
        bare_text, harness_text, "bare loops set:\n%s\nharness sets:\n%s", bare_text, harness_text);
    curl_global_cleanup();
}

Test(bare_options, the_least_is_a_part_of_all)
{
    static struct notes all;
    static struct notes least;
    CURL *handle = curl_easy_init();

    note_bare(&all);
    taking = &least;
    bare_options_set_least(handle, URL);
    taking = NULL;
    curl_easy_cleanup(handle);
    cr_assert_eq(least.count, 4);
    for (size_t i = 0; i < least.count; i++) {
        size_t at = 0;
        while (at < all.count && strcmp(all.items[at].text, least.items[i].text) != 0)
            at++;
        cr_assert_lt(at, all.count, "%s is set only where the least is set", least.items[i].text);
    }
}
