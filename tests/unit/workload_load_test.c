/* Where a workload comes from: a ready-made name, a file, standard input. WORKLOADS_FOLDER is the
 * repository's. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ready_made.h"
#include "workload_parsing.h"

/* A folder of its own for each test, and the current one, so that bare names are looked up there. */
static char folder[64];

static void enter_folder(void)
{
    (void)snprintf(folder, sizeof folder, "/tmp/workload-test-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

static void remove_folder(void)
{
    char command[128];

    cr_assert_eq(chdir("/"), 0);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    cr_assert_eq(system(command), 0); /* NOLINT(cert-env33-c): the name is our own */
}

TestSuite(workload_load, .init = enter_folder, .fini = remove_folder);

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "we");

    cr_assert_not_null(file);
    cr_assert(fputs(text, file) >= 0);
    cr_assert_eq(fclose(file), 0);
}

static void expect_loaded(const char *source, const char *ready_made, const char *name, const char *url)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(workload_load(source, ready_made, &memory, &failure), 0, "%s: %s", source, failure.message);
    cr_expect_str_eq(workload_text(memory.bytes, ((const struct workload *)memory.bytes)->name), name);
    cr_expect_str_eq(url_of(memory.bytes, 0), url);
    shared_memory_release(&memory);
}

static void expect_refused(const char *source, const char *ready_made, const char *expected)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(workload_load(source, ready_made, &memory, &failure), -1, "%s was loaded", source);
    cr_expect_eq(failure.code, FAILURE_USAGE);
    cr_expect_not_null(strstr(failure.message, expected), "%s", failure.message);
    cr_expect_null(memory.bytes);
}

Test(workload_load, takes_a_file_by_its_path)
{
    write_file("one.txt", "/one\n");
    write_file("two", "[[\"/two\"]]");
    cr_assert_eq(mkdir("sub", 0755), 0);
    write_file("sub/three.json", "{\"name\": \"own name\", \"batches\": [[\"/three\"]]}");
    write_file("sub/four.json", "[[\"/four\"]]");

    expect_loaded("one.txt", WORKLOADS_FOLDER, "one.txt", "/one");
    expect_loaded("two", WORKLOADS_FOLDER, "two", "/two");
    expect_loaded("./two", WORKLOADS_FOLDER, "two", "/two");
    expect_loaded("sub/three.json", WORKLOADS_FOLDER, "own name", "/three");
    expect_loaded("sub/four.json", WORKLOADS_FOLDER, "four.json", "/four");
}

Test(workload_load, takes_a_ready_made_workload_by_its_bare_name)
{
    cr_assert_eq(mkdir("ready", 0755), 0);
    write_file("ready/text.txt", "# t\n/ready-text\n");
    write_file("ready/json.json", "[[\"/ready-json\"]]");
    write_file("text", "/file\n");

    expect_loaded("text", "ready", "text", "/ready-text");
    expect_loaded("json", "ready", "json", "/ready-json");
    expect_loaded("./text", "ready", "text", "/file");
    expect_refused("text.txt", "ready", "no workload 'text.txt'");
}

Test(workload_load, says_what_was_tried_and_what_there_is)
{
    cr_assert_eq(mkdir("ready", 0755), 0);
    write_file("ready/b.txt", "/b\n");
    write_file("ready/a.json", "[[\"/a\"]]");
    write_file("ready/.hidden.txt", "");
    write_file("ready/CMakeLists.txt", "");
    write_file("ready/notes.md", "");

    expect_refused("mixd", "ready",
        "no workload 'mixd'; there is no such file, and no such ready-made workload in "
        "'ready' (a, b); name one of those, a file, or '-'");
    write_file("ready/ordered-batches.json", "[[\"/a\"]]");
    expect_refused("ordred-batches", "ready",
        "no workload 'ordred-batches'; did you mean 'ordered-batches'? there is no such file");
    expect_refused("mixd", "nowhere", "'nowhere' (none found)");
    expect_refused("", "ready", "no workload ''");
    expect_refused(
        "ready/c.txt", "ready", "can't read the workload 'ready/c.txt': No such file or directory");
}

Test(workload_load, refuses_what_is_no_readable_file)
{
    write_file("empty.txt", "");
    write_file("bad.json", "[[\n \"x\"]]");
    cr_assert_eq(mkdir("sub", 0755), 0);

    expect_refused("empty.txt", WORKLOADS_FOLDER, "empty.txt:1:1: the workload has no request");
    expect_refused("./bad.json", WORKLOADS_FOLDER, "./bad.json:2:2: URL 'x' has no scheme");
    expect_refused("sub", WORKLOADS_FOLDER, "can't read the workload 'sub': Is a directory");
    expect_refused("./sub/", WORKLOADS_FOLDER, "can't read the workload './sub/': Is a directory");
    if (geteuid() != 0) { /* root may read everything */
        cr_assert_eq(chmod("bad.json", 0), 0);
        expect_refused("bad.json", WORKLOADS_FOLDER, "can't read the workload 'bad.json': Permission denied");
    }
}

Test(workload_load, reads_standard_input_to_its_end)
{
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], "/from-a-pipe\n", 13), 13);
    cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    cr_assert_eq(close(ends[0]) + close(ends[1]), 0);
    expect_loaded("-", WORKLOADS_FOLDER, "stdin", "/from-a-pipe");
    expect_refused("-", WORKLOADS_FOLDER, "stdin:1:1: the workload has no request");
}

Test(workload_load, names_what_can_not_be_written_as_utf_8)
{
    write_file("caf\xe9.txt", "/a\n");
    expect_loaded("caf\xe9.txt", WORKLOADS_FOLDER, "unnamed", "/a");
}

/* ---- the ready-made workloads of the repository ---- */

static const struct {
    const char *name;
    uint64_t batch_count, request_count;
} ready_made[] = {
    {"hello", 1, 1},
    {"mixed", 52, 60},
    {"ordered-batches", 3, 11},
    {"slow-and-fast", 1004, 2200},
    {"small-and-fast", 4000, 4000},
    {"sync-vs-async", 6, 6},
};

Test(workload_load, every_ready_made_workload_is_good_and_has_only_paths)
{
    for (size_t i = 0; i < sizeof ready_made / sizeof *ready_made; i++) {
        struct shared_memory memory = SHARED_MEMORY_NONE;
        struct failure failure = {.code = FAILURE_NONE};
        cr_assert_eq(
            workload_load(ready_made[i].name, WORKLOADS_FOLDER, &memory, &failure), 0, "%s", failure.message);
        const struct workload *workload = memory.bytes;
        cr_expect_eq(workload_check(workload, memory.size, &failure), 0);
        cr_expect_str_eq(workload_text(workload, workload->name), ready_made[i].name);
        cr_expect_eq(workload->batch_count, ready_made[i].batch_count, "%s", ready_made[i].name);
        cr_expect_eq(workload->request_count, ready_made[i].request_count, "%s", ready_made[i].name);
        cr_expect_eq(workload->path_count, workload->request_count, "%s", ready_made[i].name);
        shared_memory_release(&memory);
    }
}

/* The seconds that a request's path asks the server to wait. */
static double delay_of(const char *url)
{
    return strncmp(url, "/delay/", 7) == 0 ? strtod(url + 7, NULL) : 0;
}

Test(workload_load, mixed_waits_as_long_as_it_says)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure;
    double total_s = 0;
    double longest_s = 0;

    cr_assert_eq(workload_load("mixed", WORKLOADS_FOLDER, &memory, &failure), 0);
    const struct workload *workload = memory.bytes;
    for (uint64_t b = 0; b < workload->batch_count; b++) {
        const struct workload_batch *batch = workload_batch(workload, b);
        double batch_s = 0;
        for (uint64_t r = 0; r < batch->request_count; r++)
            batch_s += delay_of(url_of(workload, batch->first_request + r));
        total_s += batch_s;
        longest_s = batch_s > longest_s ? batch_s : longest_s;
    }
    cr_expect(total_s > 0.74 && total_s < 0.80, "%g s in all", total_s);
    cr_expect(longest_s <= 0.040, "%g s in the longest batch", longest_s);
    shared_memory_release(&memory);
}

Test(workload_load, lists_the_ready_made_workloads_with_their_descriptions)
{
    struct buffer text = {0};
    struct failure failure;

    cr_assert_eq(mkdir("ready", 0755), 0);
    write_file("ready/long-name.txt", "#  what it is\r\n/a\n");
    write_file("ready/b.json", "{\"description\": \"first\\nsecond\", \"batches\": []}");
    write_file("ready/none.txt", "/a\n");
    cr_assert_eq(workload_list_ready_made("ready", &text, &failure), 0);
    buffer_append(&text, "", 1);
    cr_expect_str_eq(text.bytes, "b          first\nlong-name  what it is\nnone\n");
    buffer_release(&text);
    cr_expect_eq(workload_list_ready_made("nowhere", &text, &failure), -1);
}

static void expect_described(const char *name, const char *description, void *context)
{
    size_t *count = context;

    cr_assert_lt(*count, sizeof ready_made / sizeof *ready_made, "not in the list of this test: %s", name);
    cr_expect_str_eq(name, ready_made[*count].name);
    cr_expect(strlen(description) > 20, "no description: %s", name);
    ++*count;
}

Test(workload_load, every_ready_made_workload_of_the_repository_is_described)
{
    struct failure failure;
    size_t count = 0;

    cr_assert_eq(ready_made_visit(WORKLOADS_FOLDER, expect_described, &count, &failure), 0);
    cr_expect_eq(count, sizeof ready_made / sizeof *ready_made);
}
