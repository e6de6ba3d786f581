#include "protocol.h"

#include <stdlib.h>
#include <string.h>

#include "process.h"
#include "settings_json.h"

static const char *const state_words[] = {
#define X(NAME, word) [TRIAL_SAYS_##NAME] = (word),
    TRIAL_STATES(X)
#undef X
};

const char *trial_state_word(enum trial_state state)
{
    return state_words[state];
}

enum trial_state trial_state_read(const json_t *answer)
{
    const char *word = json_string_value(json_object_get(answer, "state"));
    unsigned int state = 0;

    while (state < TRIAL_SAYS_NOTHING && (!word || strcmp(word, state_words[state]) != 0))
        state++;
    return (enum trial_state)state;
}

/* Appends `document` to `line` and gives it back. */
static int protocol_write_line(json_t *document, struct buffer *line, struct failure *failure)
{
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;

    json_decref(document);
    if (text) {
        buffer_append_text(line, text);
        buffer_append_text(line, "\n");
    }
    bool is_complete = text && !line->out_of_memory;
    free(text);
    if (!is_complete)
        return failure_set(failure, FAILURE_RUN, "can't write a line of the trial's protocol: out of memory");
    return 0;
}

struct trial_task trial_task_own(
    const char *strategy, const char *plugin, struct workload_extent extent, const struct settings *settings)
{
    static const char *const arguments[] = {"harness", "trial", NULL};

    return (struct trial_task){.program = PROCESS_OWN_PROGRAM,
        .arguments = arguments,
        .counts_itself = true,
        .strategy = strategy,
        .plugin = plugin,
        .extent = extent,
        .settings = settings};
}

int trial_task_write(const struct trial_task *settings, struct buffer *line, struct failure *failure)
{
    json_t *told = settings_to_json(settings->settings, SETTING_TOLD, NULL);
    json_t *document =
        told ? json_pack("{s:s, s:s?, s:I, s:I, s:o}", "strategy", settings->strategy, "plugin",
                   settings->plugin, "batch_count", (json_int_t)settings->extent.batch_count, "request_count",
                   (json_int_t)settings->extent.request_count, "settings", told)
             : NULL;

    return protocol_write_line(document, line, failure);
}

static int protocol_read_count(
    const json_t *document, const char *key, uint64_t *count, struct failure *failure)
{
    const json_t *value = json_object_get(document, key);

    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return failure_set(
            failure, FAILURE_RUN, "the trial's task has no '%s', or it is not a whole number", key);
    *count = (uint64_t)json_integer_value(value);
    return 0;
}

static int protocol_read_job(
    const json_t *document, struct trial_task *told, struct settings *settings, struct failure *failure)
{
    told->settings = settings;
    told->strategy = json_string_value(json_object_get(document, "strategy"));
    told->plugin = json_string_value(json_object_get(document, "plugin"));
    if (!told->strategy || json_object_size(document) != 5)
        return failure_set(failure, FAILURE_RUN, "the trial's task has no strategy, or an unknown key");
    if (protocol_read_count(document, "batch_count", &told->extent.batch_count, failure) != 0 ||
        protocol_read_count(document, "request_count", &told->extent.request_count, failure) != 0)
        return -1;
    return settings_from_json(settings, SETTING_TOLD, json_object_get(document, "settings"), failure);
}

int trial_task_read(const char *line, size_t size, struct trial_task *told, struct settings *settings,
    json_t **document, struct failure *failure)
{
    json_error_t error = {0};

    *told = (struct trial_task){0};
    if (settings_init(settings, failure) != 0)
        return -1;
    *document = json_loadb(line, size, JSON_REJECT_DUPLICATES, &error);
    if (!*document)
        return failure_set(failure, FAILURE_RUN, "the trial's task can't be read: %s", error.text);
    return protocol_read_job(*document, told, settings, failure);
}

int trial_go_read(const char *line, size_t size, uint64_t *at_ns, struct failure *failure)
{
    static const char start[] = "GO ";
    size_t length = sizeof start - 1;

    *at_ns = 0;
    bool is_number = size > length && memcmp(line, start, length) == 0;
    for (size_t i = length; is_number && i < size; i++) {
        unsigned int digit = (unsigned char)line[i] - (unsigned int)'0';
        is_number = digit <= 9 && *at_ns <= (UINT64_MAX - digit) / 10;
        *at_ns = *at_ns * 10 + digit;
    }
    return is_number ? 0
                     : failure_set(failure, FAILURE_RUN,
                           "the trial was told something other than \"GO\" and a time in nanoseconds");
}

int trial_counters_write(const struct trial_counters *counters, struct buffer *line, struct failure *failure)
{
    json_t *document = json_pack("{s:s}", "state", trial_state_word(TRIAL_SAYS_COUNTED));

#define X(field)                                                                                             \
    if (counters->field != UINT64_MAX)                                                                       \
        json_object_set_new(document, #field, json_integer((json_int_t)counters->field));
    TRIAL_COUNTERS(X)
#undef X
    return protocol_write_line(document, line, failure);
}

static uint64_t protocol_read_counter(const json_t *answer, const char *key)
{
    const json_t *value = json_object_get(answer, key);

    return json_is_integer(value) && json_integer_value(value) >= 0 ? (uint64_t)json_integer_value(value)
                                                                    : UINT64_MAX;
}

void trial_counters_read(const json_t *answer, struct trial_counters *counters)
{
#define X(field) counters->field = protocol_read_counter(answer, #field);
    TRIAL_COUNTERS(X)
#undef X
}
