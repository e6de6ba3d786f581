#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "workload.h"

/* Headers whose values are secrets; they are never shown. */
static const char *const write_secret_headers[] = {
    "Authorization",
    "Proxy-Authorization",
    "Cookie",
    "Set-Cookie",
    "X-Api-Key",
    "Api-Key",
    "Apikey",
    "X-Auth-Token",
    "X-Access-Token",
    "X-Amz-Security-Token",
    "X-Csrf-Token",
    "X-Goog-Api-Key",
    "X-Vault-Token",
    "Private-Token",
};

/* `header` is "Name: value" or "Name;". */
static bool write_is_secret(const char *header, size_t name_size)
{
    for (size_t i = 0; i < sizeof write_secret_headers / sizeof *write_secret_headers; i++)
        if (strlen(write_secret_headers[i]) == name_size &&
            strncasecmp(write_secret_headers[i], header, name_size) == 0)
            return true;
    return false;
}

void workload_show_header(const char *header, struct buffer *shown)
{
    size_t name_size = strcspn(header, ":;");

    while (name_size > 0 && strchr(" \t", header[name_size - 1]))
        name_size--;
    if (write_is_secret(header, name_size) && strchr(header, ':')) {
        buffer_append(shown, header, name_size);
        buffer_append_text(shown, ": REDACTED");
    } else {
        buffer_append_text(shown, header);
    }
}

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
    struct buffer *shown; /* one URL or header at a time; its memory is kept for the next */
};

static void write_headers(const struct writer *writer, const struct workload_request *request)
{
    const char *header = workload_text(writer->workload, request->headers);

    for (uint32_t i = 0; i < request->header_count; i++) {
        buffer_clear(writer->shown);
        workload_show_header(header, writer->shown);
        buffer_append(writer->shown, "", 1);
        if (writer->shown->out_of_memory)
            return;
        const char *text = writer->shown->bytes;
        size_t name_size = strcspn(text, ":;");
        const char *value = text + name_size + (text[name_size] == ':' ? 2 : 1);
        buffer_append_text(writer->json, i == 0 ? ", \"headers\": {" : ", ");
        write_string(writer->json, text, name_size);
        buffer_append_text(writer->json, ": ");
        write_string(writer->json, value, strlen(value));
        header += strlen(header) + 1;
    }
    if (request->header_count > 0)
        buffer_append_text(writer->json, "}");
}

static void write_request(const struct writer *writer, const struct workload_request *request)
{
    const char *method = workload_text(writer->workload, request->method);
    struct buffer *json = writer->json;

    buffer_clear(writer->shown);
    workload_show_url(workload_text(writer->workload, request->url), writer->shown);
    buffer_append_text(json, "{\"method\": ");
    write_string(json, method, strlen(method));
    buffer_append_text(json, ", \"url\": ");
    write_string(json, writer->shown->bytes, writer->shown->size);
    write_headers(writer, request);
    if (request->body != 0) {
        buffer_append_text(json, ", \"body\": ");
        write_string(json, workload_text(writer->workload, request->body), request->body_size);
    }
    if (request->expected_status != 0)
        buffer_printf(json, ", \"expected_status\": %u", request->expected_status);
    buffer_append_text(json, "}");
}

/* A batch is a line, or some: an object when it has a name, else the array of its requests alone. */
static void write_batch(const struct writer *writer, const struct workload_batch *batch)
{
    const char *name = workload_text(writer->workload, batch->name);

    if (name) {
        buffer_append_text(writer->json, "{\"name\": ");
        write_string(writer->json, name, strlen(name));
        buffer_append_text(writer->json, ", \"requests\": ");
    }
    buffer_append_text(writer->json, "[");
    for (uint64_t i = 0; i < batch->request_count; i++) {
        buffer_append_text(writer->json, i == 0 ? "" : ",\n        ");
        write_request(writer, workload_request(writer->workload, batch->first_request + i));
    }
    buffer_append_text(writer->json, name ? "]}" : "]");
}

int workload_write_json(const struct workload *workload, struct buffer *json, struct failure *failure)
{
    struct buffer shown = {0};
    const struct writer writer = {workload, json, &shown};
    const char *name = workload_text(workload, workload->name);

    buffer_append_text(json, "{\n    \"name\": ");
    write_string(json, name, strlen(name));
    buffer_append_text(json, ",\n    \"batches\": [");
    for (uint64_t b = 0; b < workload->batch_count; b++) {
        buffer_append_text(json, b == 0 ? "\n        " : ",\n        ");
        write_batch(&writer, workload_batch(workload, b));
    }
    buffer_append_text(json, "\n    ]\n}\n");
    bool out_of_memory = json->out_of_memory || shown.out_of_memory;
    buffer_release(&shown);
    return out_of_memory
               ? failure_set(failure, FAILURE_RUN, "out of memory for writing the workload '%s'", name)
               : 0;
}
