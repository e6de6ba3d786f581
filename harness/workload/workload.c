#include "workload.h"

#include <string.h>

#include "builder.h"
#include "parse.h"
#include "rules.h"
#include "url.h"

size_t workload_authority_length(const char *url)
{
    const char *authority = strstr(url, "://");

    return authority ? (size_t)(authority - url) + 3 + strcspn(authority + 3, "/?#") : strlen(url);
}

struct workload_extent workload_extent(const struct workload *workload, uint64_t requests_at_least)
{
    uint64_t repetitions = requests_at_least == 0 ? 1 : requests_at_least / workload->request_count;
    uint64_t rest = requests_at_least == 0 ? 0 : requests_at_least % workload->request_count;
    uint64_t low = 0; /* the fewest batches from the first on that hold `rest` requests, by bisection */
    uint64_t high = workload->batch_count;

    while (rest > 0 && low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (workload_batch(workload, middle)->first_request >= rest)
            high = middle;
        else
            low = middle + 1;
    }
    uint64_t prefix =
        low == workload->batch_count ? workload->request_count : workload_batch(workload, low)->first_request;
    return (struct workload_extent){
        .batch_count = repetitions * workload->batch_count + low,
        .request_count = repetitions * workload->request_count + prefix,
    };
}

uint64_t workload_first_index(const struct workload *workload, uint64_t batch)
{
    return batch / workload->batch_count * workload->request_count +
           workload_batch(workload, batch % workload->batch_count)->first_request;
}

bool workload_batch_is_copy(const struct workload *workload, uint64_t batch)
{
    const struct workload_batch *own = workload_batch(workload, batch);

    if (batch == 0)
        return false;
    const struct workload_batch *before = own - 1;
    return own->name == before->name && own->request_count == before->request_count &&
           memcmp(workload_request(workload, own->first_request),
               workload_request(workload, before->first_request),
               (size_t)own->request_count * sizeof(struct workload_request)) == 0;
}

/* Is it JSON rather than text? The first character that is not white space says so. */
static bool workload_is_json(const struct source *source)
{
    for (size_t i = 0; i < source->size; i++)
        if (!source_is_space(source->text[i]))
            return source->text[i] == '{' || source->text[i] == '[';
    return false;
}

int workload_parse_named(
    struct source source, const char *name, struct shared_memory *memory, struct failure *failure)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    struct builder builder;

    *memory = SHARED_MEMORY_NONE;
    if (source.size >= 3 && memcmp(source.text, byte_order_mark, 3) == 0) {
        source.text += 3;
        source.size -= 3;
    }
    if (source_check_encoding(&source, failure) != 0)
        return -1;
    builder_init(&builder);
    int result = workload_is_json(&source) ? json_parse(&source, &builder, failure)
                                           : text_parse(&source, &builder, failure);
    if (result == 0)
        result = builder_finish(&builder, name, memory, failure);
    builder_release(&builder);
    return result;
}

int workload_parse(
    const char *text, size_t size, const char *place, struct shared_memory *memory, struct failure *failure)
{
    const char *slash = strrchr(place, '/');

    return workload_parse_named(
        (struct source){text, size, place}, slash ? slash + 1 : place, memory, failure);
}

int workload_from_urls(
    const char *const *urls, size_t url_count, struct shared_memory *memory, struct failure *failure)
{
    struct builder builder;
    int result = 0;

    *memory = SHARED_MEMORY_NONE;
    if (url_count == 0)
        return failure_set(failure, FAILURE_USAGE, "no URL given; name at least one, such as /get");
    builder_init(&builder);
    for (size_t i = 0; i < url_count && result == 0; i++) {
        size_t size = strlen(urls[i]);
        struct url_remedy remedy;
        const char *problem = url_problem(urls[i], size, &remedy);
        if (problem)
            result =
                failure_set(failure, FAILURE_USAGE, "URL '%s' %s", quote_url(urls[i], size).text, problem);
        builder_begin_batch(&builder, 0);
        builder_add_request(&builder, &(struct workload_request){.method = builder_text(&builder, "GET", 3),
                                          .url = builder_text(&builder, urls[i], size)});
        (void)builder_end_batch(&builder, 1); /* there are no counts here */
    }
    if (result == 0)
        result = builder_finish(&builder, "command line", memory, failure);
    builder_release(&builder);
    return result;
}
