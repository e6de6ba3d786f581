#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "rules.h"
#include "workload.h"

static void write_escaped(struct buffer *json, unsigned char c)
{
    if (c == '\n')
        buffer_append_text(json, "\\n");
    else if (c < ' ')
        buffer_printf(json, "\\u%04x", c);
    else
        buffer_append(json, (const char[]){'\\', (char)c}, 2);
}

/* A JSON string (RFC 8259, section 7); `bytes` are UTF-8. */
static void write_string(struct buffer *json, const char *bytes, size_t size)
{
    size_t written = 0;

    buffer_append(json, "\"", 1);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        buffer_append(json, bytes + written, i - written);
        write_escaped(json, c);
        written = i + 1;
    }
    buffer_append(json, bytes + written, size - written);
    buffer_append(json, "\"", 1);
}

struct writer {
    const struct workload *workload;
    struct buffer *json;
    struct buffer batch; /* what is written of the batch at hand: requests go here */
    struct buffer run;   /* the same of those before it that are equal and not yet in `json` */
    uint64_t run_length; /* how many those are */
    struct buffer shown; /* one URL or header at a time */
};

static void write_headers(struct writer *writer, const struct workload_request *request)
{
    const char *header = workload_text(writer->workload, request->headers);

    for (uint32_t i = 0; i < request->header_count; i++) {
        buffer_clear(&writer->shown);
        workload_show_header(header, &writer->shown);
        buffer_append(&writer->shown, "", 1);
        if (writer->shown.out_of_memory)
            return;
        const char *text = writer->shown.bytes;
        size_t name_size = strcspn(text, ":;");
        const char *value = text + name_size + (text[name_size] == ':' ? 2 : 1);
        buffer_append_text(&writer->batch, i == 0 ? ", \"headers\": {" : ", ");
        write_string(&writer->batch, text, name_size);
        buffer_append_text(&writer->batch, ": ");
        write_string(&writer->batch, value, strlen(value));
        header += strlen(header) + 1;
    }
    if (request->header_count > 0)
        buffer_append_text(&writer->batch, "}");
}

static void write_request(struct writer *writer, const struct workload_request *request)
{
    const char *method = workload_text(writer->workload, request->method);
    struct buffer *json = &writer->batch;

    buffer_clear(&writer->shown);
    workload_show_url(workload_text(writer->workload, request->url), &writer->shown);
    buffer_append_text(json, "{\"method\": ");
    write_string(json, method, strlen(method));
    buffer_append_text(json, ", \"url\": ");
    write_string(json, writer->shown.bytes, writer->shown.size);
    write_headers(writer, request);
    if (request->body != 0) {
        buffer_append_text(json, ", \"body\": ");
        write_string(json, workload_text(writer->workload, request->body), request->body_size);
    }
    if (request->expected_status != 0)
        buffer_printf(json, ", \"expected_status\": %u", request->expected_status);
    buffer_append_text(json, "}");
}

/* The array of the batch's requests; before it, when it has a name, the members that make it a part of an
 * object. */
static void write_batch(struct writer *writer, const struct workload_batch *batch)
{
    const char *name = workload_text(writer->workload, batch->name);
    struct buffer *json = &writer->batch;

    buffer_clear(json);
    if (name) {
        buffer_append_text(json, "\"name\": ");
        write_string(json, name, strlen(name));
        buffer_append_text(json, ", \"requests\": ");
    }
    buffer_append_text(json, "[");
    for (uint64_t i = 0; i < batch->request_count; i++) {
        buffer_append_text(json, i == 0 ? "" : ",\n        ");
        write_request(writer, workload_request(writer->workload, batch->first_request + i));
    }
    buffer_append_text(json, "]");
}

/* Equal batches in a row, as a line, or some: an object when there is a name or a count, else the array of
 * requests alone. */
static void write_run(struct writer *writer, const char *separator)
{
    const struct buffer *run = &writer->run;
    bool has_name = run->size > 0 && run->bytes[0] == '"';
    bool has_count = writer->run_length > 1;

    buffer_append_text(writer->json, has_name || has_count ? "\n        {" : "\n        ");
    if (has_count)
        buffer_printf(writer->json, "\"repeat\": %" PRIu64 ", ", writer->run_length);
    if (has_count && !has_name)
        buffer_append_text(writer->json, "\"requests\": ");
    buffer_append(writer->json, run->bytes, run->size);
    buffer_append_text(writer->json, has_name || has_count ? "}" : "");
    buffer_append_text(writer->json, separator);
}

/* Is the batch at hand written as those of the run are? */
static bool write_is_in_run(const struct writer *writer)
{
    return writer->run_length > 0 && writer->run.size == writer->batch.size &&
           memcmp(writer->run.bytes, writer->batch.bytes, writer->run.size) == 0;
}

static void write_begin_run(struct writer *writer)
{
    struct buffer room = writer->run;

    if (writer->run_length > 0)
        write_run(writer, ",");
    writer->run = writer->batch;
    writer->batch = room;
    writer->run_length = 0;
}

/*
 * Equal batches in a row get a repeat count, because a workload that was made by one would take up far more
 * room without. What is written is compared, secrets already hidden, so that reading it and writing it again
 * makes no difference. A workload that is too large for counts had none, and gets none.
 */
static void write_batches(struct writer *writer)
{
    const struct workload *workload = writer->workload;
    const bool may_count = workload->request_count <= RULES_REPEATED_MAX;

    for (uint64_t b = 0; b < workload->batch_count; b++) {
        bool is_in_run = may_count && workload_batch_is_copy(workload, b);
        if (!is_in_run) {
            write_batch(writer, workload_batch(workload, b));
            is_in_run = may_count && write_is_in_run(writer);
        }
        if (!is_in_run)
            write_begin_run(writer);
        writer->run_length++;
    }
    write_run(writer, "");
}

int workload_write_json(const struct workload *workload, struct buffer *json, struct failure *failure)
{
    struct writer writer = {.workload = workload, .json = json};
    const char *name = workload_text(workload, workload->name);

    buffer_append_text(json, "{\n    \"name\": ");
    write_string(json, name, strlen(name));
    buffer_append_text(json, ",\n    \"batches\": [");
    write_batches(&writer);
    buffer_append_text(json, "\n    ]\n}\n");
    bool out_of_memory = json->out_of_memory || writer.batch.out_of_memory || writer.run.out_of_memory ||
                         writer.shown.out_of_memory;
    buffer_release(&writer.batch);
    buffer_release(&writer.run);
    buffer_release(&writer.shown);
    return out_of_memory
               ? failure_set(failure, FAILURE_RUN, "out of memory for writing the workload '%s'", name)
               : 0;
}
