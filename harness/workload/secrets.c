/* secrets: what a file must not show. */
#include "workload.h"

#include <string.h>

static bool secrets_hide(
    const char *text, void (*show)(const char *text, struct buffer *shown), struct buffer *shown)
{
    buffer_clear(shown);
    show(text, shown);
    return shown->size != strlen(text) || memcmp(shown->bytes, text, shown->size) != 0;
}

bool workload_header_is_secret(const char *header)
{
    struct buffer shown = {0};

    bool is_secret = secrets_hide(header, workload_show_header, &shown) || shown.out_of_memory;
    buffer_release(&shown);
    return is_secret;
}

bool workload_has_secrets(const struct workload *workload)
{
    struct buffer shown = {0};
    bool has_secrets = false;

    for (uint64_t i = 0; !has_secrets && i < workload->request_count; i++) {
        const struct workload_request *request = workload_request(workload, i);
        const char *header = workload_text(workload, request->headers);
        has_secrets = secrets_hide(workload_text(workload, request->url), workload_show_url, &shown);
        for (uint32_t place = 0; !has_secrets && place < request->header_count; place++) {
            has_secrets = secrets_hide(header, workload_show_header, &shown);
            header += strlen(header) + 1;
        }
    }
    buffer_release(&shown);
    return has_secrets;
}
