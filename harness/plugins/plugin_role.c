#include "plugin_role.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "plugin.h"
#include "questions.h"
#include "registry.h"
#include "write_all.h"

static json_t *role_describe_option(const struct strategy_option *option)
{
    json_t *choices = option->choices ? json_array() : NULL;

    for (size_t i = 0; option->choices && option->choices[i]; i++)
        json_array_append_new(choices, json_string(option->choices[i]));
    return json_pack("{s:s, s:s, s:o?, s:I, s:I, s:I, s:s?}", /* one a line */
        "name", option->name,                                 /**/
        "help", option->help,                                 /**/
        "choices", choices,                                   /**/
        "minimum", (json_int_t)option->minimum,               /**/
        "maximum", (json_int_t)option->maximum,               /**/
        "default", (json_int_t)option->fallback,              /**/
        "automatic", option->automatic);
}

static json_t *role_describe(const struct strategy *strategy)
{
    json_t *options = json_array();

    for (const struct strategy_option *option = strategy->options; option && option->name; option++)
        json_array_append_new(options, role_describe_option(option));
    return json_pack("{s:s, s:i, s:I, s:o, s:s?}", /* one a line */
        "summary", strategy->summary,              /**/
        "family", (int)strategy->family,           /**/
        "flags", (json_int_t)strategy->flags,      /**/
        "options", options,                        /**/
        "unavailable", strategy_unavailable(strategy));
}

static json_t *role_answer(const struct strategy *strategy, const char *question)
{
    struct strategy_values values = {{0}};
    struct strategy_scale scale = {0};
    struct strategy_needs needs = {0};

    if (!question)
        return role_describe(strategy);
    if (question_read(question, &values, &scale) != 0)
        return NULL;
    if (strategy->needs)
        strategy->needs(&values, &scale, &needs);
    return question_write_needs(&needs);
}

/* Standard output for the answer alone: what the plug-in prints goes to standard error. -1 with errno. */
static int role_keep_output(void)
{
    int output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

    return output >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 ? output : -1;
}

static bool role_say(int output, const struct strategy *strategy, const char *question)
{
    json_t *answer = role_answer(strategy, question);
    char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
    bool is_said = text && write_all(output, text, strlen(text)) == 0;

    free(text);
    json_decref(answer);
    return is_said;
}

int plugin_role(char **arguments)
{
    struct plugin_library library;
    struct failure failure;
    int output = role_keep_output();

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (output < 0)
        return 1;
    if (plugin_load(arguments[0], &library, &failure) != 0) {
        (void)fprintf(stderr, "\n%s\n", failure.message);
        (void)fflush(stderr);
        _exit(PLUGIN_ROLE_REFUSES);
    }
    /* Without what a plug-in may have registered for the process's end. */
    _exit(role_say(output, &library.strategy, arguments[1]) ? 0 : 1);
}
