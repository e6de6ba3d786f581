#include "cursor.h"
#include "json_request.h"
#include "parse.h"
#include "rules.h"

static int json_read_name(struct cursor *cursor, struct builder *builder, uint64_t *name)
{
    struct cursor_text text;

    if (cursor_want(cursor, '"', "'name'", "a string", "put it in double quotes") != 0 ||
        cursor_string(cursor, &text) != 0)
        return -1;
    const char *problem = rules_name_problem(text.bytes, text.size);
    if (problem)
        return CURSOR_FAIL(cursor, text.at, "name '%s' %s", quote_text(text.bytes, text.size).text, problem);
    *name = builder_text(builder, text.bytes, text.size);
    return 0;
}

/* ---- a batch ---- */

static int json_read_batch_name(struct cursor *cursor, void *into)
{
    struct builder *builder = ((struct json_reader *)into)->builder;

    return json_read_name(cursor, builder, &builder->batch.name);
}

static int json_read_requests(struct cursor *cursor, void *into)
{
    size_t count;

    if (cursor_want(cursor, '[', "'requests'", "an array", "write [{\"url\": \"/get\"}]") != 0)
        return -1;
    const char *at = cursor->at;
    if (cursor_array(cursor, json_read_request, into, &count) != 0)
        return -1;
    return count > 0 ? 0 : CURSOR_FAIL(cursor, at, "the batch is empty; add a request, or remove it");
}

static int json_read_repeat(struct cursor *cursor, void *into)
{
    struct json_reader *reader = into;
    json_t *value;

    (void)cursor_peek(cursor);
    reader->repeat_at = cursor->at;
    if (cursor_value(cursor, &value) != 0)
        return -1;
    json_int_t repeat = json_integer_value(value); /* 0 when it is none */
    json_decref(value);
    if (repeat < 1)
        return CURSOR_FAIL(cursor, reader->repeat_at, "'repeat' must be " RULES_REPEAT_RANGE "; fix it");
    reader->repeat = (uint64_t)repeat;
    return 0;
}

static int json_read_batch_object(struct cursor *cursor, struct json_reader *reader)
{
    static const struct cursor_field fields[] = {
        {"name", json_read_batch_name}, {"requests", json_read_requests}, {"repeat", json_read_repeat}};
    const char *at = cursor->at;

    if (cursor_want(cursor, '{', "a batch", "an array of requests, or an object with 'requests'",
            "put the requests in [ ]") != 0 ||
        cursor_fields(cursor, "a batch", fields, sizeof fields / sizeof *fields, reader) != 0)
        return -1;
    if (reader->builder->batch.request_count == 0)
        return CURSOR_FAIL(
            cursor, at, "the batch has no 'requests'; add \"requests\": [{\"url\": \"/get\"}]");
    return 0;
}

static int json_read_batch(struct cursor *cursor, void *into)
{
    struct json_reader *reader = into;

    builder_begin_batch(reader->builder, 0);
    char first = cursor_peek(cursor);
    const char *at = cursor->at;
    reader->repeat = 1;
    reader->repeat_at = NULL;
    if ((first == '[' ? json_read_requests(cursor, reader) : json_read_batch_object(cursor, reader)) != 0)
        return -1;
    const char *problem = builder_end_batch(reader->builder, reader->repeat);
    if (!problem)
        return 0;
    return reader->repeat_at ? CURSOR_FAIL(cursor, reader->repeat_at, "'repeat' %s", problem)
                             : CURSOR_FAIL(cursor, at, "the batch %s", problem);
}

/* ---- the whole ---- */

static int json_read_workload_name(struct cursor *cursor, void *into)
{
    struct builder *builder = ((struct json_reader *)into)->builder;

    return json_read_name(cursor, builder, &builder->name);
}

/* For readers only. */
static int json_read_description(struct cursor *cursor, void *into)
{
    struct cursor_text text;

    (void)into;
    return cursor_want(cursor, '"', "'description'", "a string", "put it in double quotes") != 0
               ? -1
               : cursor_string(cursor, &text);
}

static int json_read_batches(struct cursor *cursor, void *into)
{
    size_t count;

    if (cursor_want(cursor, '[', "'batches'", "an array", "write [[{\"url\": \"/get\"}]]") != 0)
        return -1;
    const char *at = cursor->at;
    if (cursor_array(cursor, json_read_batch, into, &count) != 0)
        return -1;
    return count > 0 ? 0 : CURSOR_FAIL(cursor, at, "the workload has no batch; add one, such as [\"/get\"]");
}

static int json_read_whole(struct cursor *cursor, struct json_reader *reader)
{
    static const struct cursor_field fields[] = {
        {"name", json_read_workload_name},
        {"description", json_read_description},
        {"batches", json_read_batches},
        {"repeat", NULL},
    };

    if (cursor_peek(cursor) == '[')
        return json_read_batches(cursor, reader);
    const char *at = cursor->at;
    if (cursor_fields(cursor, "a workload", fields, sizeof fields / sizeof *fields, reader) != 0)
        return -1;
    if (reader->builder->request_count == 0)
        return CURSOR_FAIL(cursor, at, "the workload has no 'batches'; add \"batches\": [[\"/get\"]]");
    return 0;
}

int json_parse(const struct source *source, struct builder *builder, struct failure *failure)
{
    struct json_reader reader = {.builder = builder};
    struct cursor cursor;

    cursor_init(&cursor, source, failure);
    int result = json_read_whole(&cursor, &reader);
    if (result == 0)
        result = cursor_end(&cursor);
    cursor_release(&cursor);
    buffer_release(&reader.headers);
    buffer_release(&reader.body);
    return result;
}
