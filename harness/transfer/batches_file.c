#include "batches_file.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"
#include "schedule.h"
#include "write_all.h"

/* Handed to the kernel in chunks of about this many bytes. */
#define CHUNK_BYTES ((size_t)64 * 1024)

static int batches_fail(struct failure *failure)
{
    return failure_set(failure, FAILURE_RUN, "out of memory for the batches that a participant is given");
}

/* ["Name", "value"], or NULL for a line that only keeps libcurl from sending a header of its own, "Name:". */
static json_t *batches_header(const char *line)
{
    size_t name_size = strcspn(line, ":;");
    const char *value = line[name_size] ? line + name_size + 1 : "";

    value += strspn(value, " \t");
    if (line[name_size] == ':' && *value == '\0')
        return NULL;
    return json_pack("[s%, s]", line, name_size, value);
}

/* What libcurl sends of itself with a body. */
#define FORM "application/x-www-form-urlencoded"

static json_t *batches_headers(const struct prepared_request *request)
{
    json_t *headers = json_array();
    bool has_type = request->content != CONTENT_BODY;

    for (const struct curl_slist *line = request->headers; line; line = line->next) {
        json_t *header = batches_header(line->data);
        has_type = has_type || strncasecmp(line->data, "Content-Type:", strlen("Content-Type:")) == 0;
        if (header)
            (void)json_array_append_new(headers, header);
    }
    if (!has_type)
        (void)json_array_append_new(headers, json_pack("[s, s]", "Content-Type", FORM));
    return headers;
}

static json_t *batches_request(const struct prepared_request *request)
{
    json_t *body = request->body ? json_stringn(request->body, (size_t)request->body_size) : json_null();
    json_t *expect = request->expected_status ? json_integer(request->expected_status) : json_null();

    return json_pack("{s:s, s:s, s:o, s:o, s:o}", "method", request->method, "url", request->url, "headers",
        batches_headers(request), "body", body, "expect", expect);
}

/* Appends a batch's line. False when memory runs out. */
static bool batches_append(
    struct buffer *lines, const struct prepared_requests *prepared, const struct workload_batch *batch)
{
    json_t *requests = json_array();
    bool is_complete = requests != NULL;

    for (uint64_t i = 0; is_complete && i < batch->request_count; i++)
        is_complete =
            json_array_append_new(requests, batches_request(&prepared->items[batch->first_request + i])) == 0;
    char *line = is_complete ? json_dumps(requests, JSON_COMPACT) : NULL;
    if (line) {
        buffer_append_text(lines, line);
        buffer_append_text(lines, "\n");
    }
    free(line);
    json_decref(requests);
    return line && !lines->out_of_memory;
}

static bool batches_flush(int fd, struct buffer *lines)
{
    bool is_written = write_all(fd, lines->bytes, lines->size) == 0;

    buffer_clear(lines);
    return is_written;
}

static bool batches_write(int fd, const struct prepared_requests *prepared, const struct workload *workload)
{
    struct buffer lines = {0};
    bool is_written = true;

    for (uint64_t b = 0; is_written && b < workload->batch_count; b++) {
        is_written = batches_append(&lines, prepared, workload_batch(workload, b));
        if (is_written && lines.size > CHUNK_BYTES)
            is_written = batches_flush(fd, &lines);
    }
    is_written = is_written && batches_flush(fd, &lines);
    buffer_release(&lines);
    return is_written;
}

static int batches_open(const char *name, struct failure *failure)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

    return fd >= 0 ? fd : failure_set_errno(failure, FAILURE_RUN, "can't make a file for a participant");
}

/* Gives the descriptor back when the file is whole, which nobody can change from now on. */
static int batches_close_unless(bool is_written, int fd, struct failure *failure)
{
    if (is_written && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0)
        return fd;
    (void)close(fd);
    return batches_fail(failure);
}

int batches_file_make(
    const struct settings *settings, const struct workload *workload, struct failure *failure)
{
    struct prepared_requests prepared;

    if (prepared_requests_init(&prepared, settings, workload, failure) != 0)
        return -1;
    int fd = batches_open("harness batches", failure);
    if (fd >= 0)
        fd = batches_close_unless(batches_write(fd, &prepared, workload), fd, failure);
    prepared_requests_release(&prepared);
    return fd;
}

int batches_file_make_due(
    const struct settings *settings, struct workload_extent extent, struct failure *failure)
{
    uint64_t *due_ns = schedule_make(settings, extent.batch_count);
    struct buffer lines = {0};

    if (!due_ns)
        return batches_fail(failure);
    for (uint64_t batch = 0; batch < extent.batch_count; batch++)
        buffer_printf(&lines, "%llu\n", (unsigned long long)due_ns[batch]);
    free(due_ns);
    int fd = batches_open("harness schedule", failure);
    if (fd >= 0)
        fd = batches_close_unless(!lines.out_of_memory && batches_flush(fd, &lines), fd, failure);
    buffer_release(&lines);
    return fd;
}
