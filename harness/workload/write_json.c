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
    struct buffer batch;                /* what is written of the batch at hand: requests go here */
    struct buffer run;                  /* the same of those before it that are equal and not yet in `json` */
    uint64_t run_length;                /* how many those are */
    struct buffer shown;                /* one URL or header at a time */
    const struct workload_taker *taker; /* NULL: all of it stays in `json` */
};

/* What is written is handed over in parts of about this many bytes. */
#define WRITE_PART_BYTES (1 << 20)

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

static int write_hand_over(struct writer *writer, size_t from_bytes, struct failure *failure)
{
    if (!writer->taker || writer->json->size < from_bytes)
        return 0;
    return writer->taker->take(writer->taker->context, writer->json, failure);
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
static int write_batches(struct writer *writer, struct failure *failure)
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
        if (write_hand_over(writer, WRITE_PART_BYTES, failure) != 0)
            return -1;
    }
    write_run(writer, "");
    return 0;
}

/* Everything but the end, which is not handed over yet. */
static int write_all_json(struct writer *writer, struct failure *failure)
{
    const struct workload *workload = writer->workload;
    struct buffer *json = writer->json;
    const char *name = workload_text(workload, workload->name);

    buffer_append_text(json, "{\n    \"name\": ");
    write_string(json, name, strlen(name));
    buffer_append_text(json, ",\n    \"batches\": [");
    if (write_batches(writer, failure) != 0)
        return -1;
    buffer_append_text(json, "\n    ]\n}\n");
    bool out_of_memory = json->out_of_memory || writer->batch.out_of_memory || writer->run.out_of_memory ||
                         writer->shown.out_of_memory;
    return out_of_memory
               ? failure_set(failure, FAILURE_RUN, "out of memory for writing the workload '%s'", name)
               : 0;
}

static int write_workload(struct writer *writer, struct failure *failure)
{
    int result = write_all_json(writer, failure);

    if (result == 0)
        result = write_hand_over(writer, 0, failure);
    buffer_release(&writer->batch);
    buffer_release(&writer->run);
    buffer_release(&writer->shown);
    return result;
}

int workload_write_json(const struct workload *workload, struct buffer *json, struct failure *failure)
{
    struct writer writer = {.workload = workload, .json = json};

    return write_workload(&writer, failure);
}

int workload_write_json_parts(const struct workload *workload, struct buffer *json,
    const struct workload_taker *taker, struct failure *failure)
{
    struct writer writer = {.workload = workload, .json = json, .taker = taker};

    return write_workload(&writer, failure);
}

/* Around a request's texts: braces, keys and quotes. */
#define WRITE_REQUEST_BYTES 80

static double write_batch_bytes(const struct workload *workload, const struct workload_batch *batch)
{
    double bytes = 0;

    for (uint64_t i = batch->first_request; i < batch->first_request + batch->request_count; i++) {
        const struct workload_request *request = workload_request(workload, i);
        const char *header = workload_text(workload, request->headers);
        bytes += WRITE_REQUEST_BYTES + (double)request->body_size +
                 (double)strlen(workload_text(workload, request->url));
        for (uint32_t h = 0; h < request->header_count; h++, header += strlen(header) + 1)
            bytes += (double)strlen(header) + 8;
    }
    return bytes;
}

/* The batch at hand, the one before it, and that one again among what is to be handed over. */
double workload_json_memory_bytes(const struct workload *workload)
{
    double most = 0;

    for (uint64_t b = 0; b < workload->batch_count; b++) {
        double bytes = workload_batch_is_copy(workload, b)
                           ? 0
                           : write_batch_bytes(workload, workload_batch(workload, b));
        most = bytes > most ? bytes : most;
    }
    return (workload->batch_count > 1 ? 3 : 2) * most + 2.0 * WRITE_PART_BYTES;
}
