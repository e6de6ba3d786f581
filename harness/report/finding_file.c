#include "finding_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emphasis.h"
#include "finding_words.h"
#include "folder.h"

static int finding_no_memory(struct failure *failure)
{
    return failure_set(failure, FAILURE_RUN, "out of memory for what was found");
}

int finding_print(const struct finding *finding, FILE *out, struct failure *failure)
{
    struct buffer text = {0};

    buffer_printf(&text, "\n%sfound: ", emphasis_start(EMPHASIS_STRONG, finding->in_colour));
    finding_write(finding->questions, finding->answers, finding->count, &text);
    buffer_printf(&text, "%s\n", emphasis_end(EMPHASIS_STRONG, finding->in_colour));
    bool has_memory = !text.out_of_memory;
    if (has_memory)
        (void)fwrite(text.bytes, 1, text.size, out);
    buffer_release(&text);
    return has_memory ? 0 : finding_no_memory(failure);
}

static int finding_write_document(const struct finding *finding, struct buffer *text)
{
    struct buffer sentence = {0};

    finding_write(finding->questions, finding->answers, finding->count, &sentence);
    json_t *document = sentence.out_of_memory
                           ? NULL
                           : json_pack("{s:s, s:s, s:s%, s:o}", "experiment", finding->experiment, "claim",
                                 finding->claim, "found", sentence.bytes, sentence.size, "comparisons",
                                 finding_to_json(finding->questions, finding->answers, finding->count));
    char *dump = document ? json_dumps(document, JSON_INDENT(2)) : NULL;

    if (dump)
        buffer_printf(text, "%s\n", dump);
    bool has_memory = dump && !text->out_of_memory;
    free(dump);
    json_decref(document);
    buffer_release(&sentence);
    return has_memory ? 0 : -1;
}

int finding_save(const struct finding *finding, const char *folder, struct failure *failure)
{
    struct folder place = {.path = strdup(folder), .fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    struct buffer text = {0};
    int result = -1;

    if (!place.path || finding_write_document(finding, &text) != 0)
        (void)finding_no_memory(failure);
    else if (place.fd < 0)
        failure_set_errno(failure, FAILURE_RUN, "can't open the results folder '%s'", folder);
    else
        result = folder_write_file(&place, FINDING_FILE, &text, failure);
    buffer_release(&text);
    folder_release(&place);
    return result;
}
