/* workload_parsing: what the tests of workloads share: parse something that is good, or something that is
 * not. */
#ifndef HARNESS_TESTS_WORKLOAD_PARSING_H
#define HARNESS_TESTS_WORKLOAD_PARSING_H

#include <criterion/criterion.h>
#include <string.h>

#include "workload.h"

/* The table of `text`, which must be good; a release of `memory` ends it. */
static inline const struct workload *parse_good(const char *text, struct shared_memory *memory)
{
    struct failure failure = {.code = FAILURE_NONE};
    int result = workload_parse(text, strlen(text), "some/folder/input", memory, &failure);

    cr_assert_eq(result, 0, "%s: %s", text, failure.message);
    cr_assert_eq(workload_check(memory->bytes, memory->size, &failure), 0, "%s", failure.message);
    return memory->bytes;
}

/* `text` of `size` bytes must be refused with the place and the words of `expected`, which may be less than
 * the whole message. */
static inline void refuse_bytes(const char *text, size_t size, const char *expected)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(workload_parse(text, size, "in", &memory, &failure), -1, "accepted: %s", text);
    cr_expect_eq(failure.code, FAILURE_USAGE, "%s", text);
    cr_expect_eq(strncmp(failure.message, "in:", 3), 0, "%s", failure.message);
    cr_expect_not_null(strstr(failure.message, expected), "%s\n  says:     %s\n  expected: %s", text,
        failure.message, expected);
    cr_expect_not_null(strstr(failure.message, "; "), "no remedy: %s", failure.message);
    cr_expect_null(memory.bytes);
}

/* One bad text and the start of what is said about it. */
struct refusal {
    const char *text;
    const char *expected;
};

static inline void refuse_all(const struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++)
        refuse_bytes(refusals[i].text, strlen(refusals[i].text), refusals[i].expected);
}

static inline const char *method_of(const struct workload *workload, uint64_t request)
{
    return workload_text(workload, workload_request(workload, request)->method);
}

static inline const char *url_of(const struct workload *workload, uint64_t request)
{
    return workload_text(workload, workload_request(workload, request)->url);
}

static inline const char *body_of(const struct workload *workload, uint64_t request)
{
    return workload_text(workload, workload_request(workload, request)->body);
}

/* The header at `index`, counted from 0. */
static inline const char *header_of(const struct workload *workload, uint64_t request, uint32_t index)
{
    const char *header = workload_text(workload, workload_request(workload, request)->headers);

    for (uint32_t i = 0; i < index; i++)
        header += strlen(header) + 1;
    return header;
}

#endif
