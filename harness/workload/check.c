#include <inttypes.h>
#include <string.h>

#include "rules.h"
#include "url.h"
#include "utf8.h"
#include "workload.h"

/* Every function answers 0, or -1 with the failure set; nothing of the table is read before it is known to be
 * inside. */
struct check {
    const struct workload *table;
    const char *bytes;
    size_t size;
    struct failure *failure;
};

static int check_fail(const struct check *check, const char *what, uint64_t index)
{
    return failure_set(
        check->failure, FAILURE_RUN, "the workload's table is damaged: %s %" PRIu64, what, index);
}

/* Do `count` items of `item_size` bytes lie at `offset`, aligned for 64 bits? */
static bool check_has_array(const struct check *check, uint64_t offset, uint64_t count, size_t item_size)
{
    return offset % 8 == 0 && offset >= sizeof(struct workload) && offset <= check->size && count >= 1 &&
           count <= (check->size - offset) / item_size;
}

/* The text at `offset` with its size, or NULL when there is none that ends in the table. */
static const char *check_text(const struct check *check, uint64_t offset, size_t *text_size)
{
    if (offset < sizeof(struct workload) || offset >= check->size)
        return NULL;
    const char *text = check->bytes + offset;
    const char *end = memchr(text, '\0', check->size - offset);
    *text_size = end ? (size_t)(end - text) : 0;
    return end ? text : NULL;
}

static bool check_is_name(const struct check *check, uint64_t offset)
{
    size_t size;
    const char *name = check_text(check, offset, &size);

    return name && !rules_name_problem(name, size);
}

/* "Name: value" or "Name;" */
static bool check_is_header(const char *header, size_t size)
{
    size_t name_size = strcspn(header, ":;");

    if (rules_header_name_problem(header, name_size) || name_size == size ||
        rules_header_framing_problem(header, name_size, header + name_size + 1, size - name_size - 1))
        return false;
    if (header[name_size] == ';')
        return name_size + 1 == size;
    return header[name_size + 1] == ' ' &&
           !rules_header_value_problem(header + name_size, size - name_size) && utf8_is_valid(header, size);
}

static bool check_has_headers(const struct check *check, const struct workload_request *request)
{
    uint64_t offset = request->headers;

    if (offset == 0)
        return request->header_count == 0;
    for (uint32_t i = 0; i < request->header_count; i++) {
        size_t size;
        const char *header = check_text(check, offset, &size);
        if (!header || !check_is_header(header, size))
            return false;
        offset += size + 1;
    }
    return request->header_count > 0;
}

static bool check_has_body(const struct check *check, const struct workload_request *request)
{
    uint64_t body = request->body;

    if (body == 0)
        return request->body_size == 0;
    if (body < sizeof(struct workload) || body >= check->size || request->body_size >= check->size - body)
        return false;
    /* The first NUL is the one behind the body. */
    const char *text = check->bytes + body;
    return memchr(text, '\0', request->body_size + 1) == text + request->body_size &&
           utf8_is_valid(text, request->body_size);
}

static int check_request(const struct check *check, uint64_t index)
{
    const struct workload_request *request = workload_request(check->table, index);
    size_t size;

    const char *text = check_text(check, request->method, &size);
    if (!text || rules_method_problem(text, size))
        return check_fail(check, "method of request", index);
    text = check_text(check, request->url, &size);
    if (!text || url_problem(text, size, &(struct url_remedy){""}))
        return check_fail(check, "URL of request", index);
    if (!check_has_headers(check, request))
        return check_fail(check, "headers of request", index);
    if (!check_has_body(check, request))
        return check_fail(check, "body of request", index);
    if (request->expected_status != 0 && (request->expected_status < 100 || request->expected_status > 599))
        return check_fail(check, "expected status of request", index);
    return 0;
}

/* After check_batches. Copies are not read again: a million of a long URL would take minutes. */
static int check_requests(const struct check *check)
{
    uint64_t path_count = 0;

    for (uint64_t b = 0; b < check->table->batch_count; b++) {
        const struct workload_batch *batch = workload_batch(check->table, b);
        bool is_copy = workload_batch_is_copy(check->table, b);
        for (uint64_t i = 0; i < batch->request_count; i++) {
            uint64_t index = batch->first_request + i;
            if (!is_copy && check_request(check, index) != 0)
                return -1;
            path_count += *workload_text(check->table, workload_request(check->table, index)->url) == '/';
        }
    }
    return path_count == check->table->path_count
               ? 0
               : check_fail(check, "paths, of which there are", path_count);
}

/* The batches must cover the requests, each once and in order. */
static int check_batches(const struct check *check)
{
    uint64_t covered = 0;

    for (uint64_t i = 0; i < check->table->batch_count; i++) {
        const struct workload_batch *batch = workload_batch(check->table, i);
        if (batch->name != 0 && !check_is_name(check, batch->name))
            return check_fail(check, "name of batch", i);
        if (batch->first_request != covered || batch->request_count == 0 ||
            batch->request_count > check->table->request_count - covered)
            return check_fail(check, "requests of batch", i);
        covered += batch->request_count;
    }
    return covered == check->table->request_count ? 0 : check_fail(check, "requests after batch", covered);
}

int workload_check(const void *bytes, size_t size, struct failure *failure)
{
    struct check check = {bytes, bytes, size, failure};
    const struct workload *table = bytes;

    if (!bytes || (uintptr_t)bytes % _Alignof(struct workload) != 0 || size < sizeof *table)
        return failure_set(
            failure, FAILURE_RUN, "the workload's table is damaged: too small, or not aligned");
    if (table->magic != WORKLOAD_MAGIC)
        return failure_set(
            failure, FAILURE_RUN, "the workload's table is damaged: not a table, or from another version");
    if (table->size != size)
        return check_fail(&check, "size", table->size);
    if (!check_has_array(&check, table->requests, table->request_count, sizeof(struct workload_request)))
        return check_fail(&check, "request count", table->request_count);
    if (!check_has_array(&check, table->batches, table->batch_count, sizeof(struct workload_batch)))
        return check_fail(&check, "batch count", table->batch_count);
    if (!check_is_name(&check, table->name))
        return check_fail(&check, "name at", table->name);
    return check_batches(&check) == 0 ? check_requests(&check) : -1;
}
