/* The parent's side: starts the process that loads a build, and reads what it says. */
#include "builds_ask.h"

#include <jansson.h>
#include <string.h>
#include <sys/wait.h>

#include "process_ask.h"

/* To load a library, and to say what it is. */
#define PATIENCE_MS 20000

static int build_refuse(
    const struct build *build, const struct process_answer *answer, struct failure *failure)
{
    if (answer->was_late)
        return failure_set(failure, FAILURE_USAGE,
            "--libcurl %s=%s: a process that loads it does not come to an end; leave it out, or build it "
            "anew",
            build->label, build->path);
    if (WIFSIGNALED(answer->how))
        return failure_set(failure, FAILURE_USAGE,
            "--libcurl %s=%s: a process that loads it crashes (%s); leave it out, or build it anew",
            build->label, build->path, strsignal(WTERMSIG(answer->how)));
    return failure_set(failure, FAILURE_USAGE, "--libcurl %s=%s can't be loaded: %s", build->label,
        build->path, answer->err[0] ? answer->err : "its process ended without a reason");
}

/* Of the build's own texts, which the version info borrows. */
static bool build_take(struct build *build, const json_t *answer)
{
    const char *name = json_string_value(json_object_get(answer, "name"));
    const char *version = json_string_value(json_object_get(answer, "version"));
    const char *tls = json_string_value(json_object_get(answer, "tls"));
    const char *file = json_string_value(json_object_get(answer, "file"));

    build->name = name ? strdup(name) : NULL;
    build->file = file ? strdup(file) : NULL;
    build->texts[0] = version ? strdup(version) : NULL;
    build->texts[1] = tls ? strdup(tls) : NULL;
    build->info = (curl_version_info_data){
        .version = build->texts[0],
        .version_num = (unsigned int)json_integer_value(json_object_get(answer, "number")),
        .features = (int)json_integer_value(json_object_get(answer, "features")),
        .ssl_version = build->texts[1],
    };
    return build->name && build->file && build->texts[0];
}

static int build_read(struct build *build, const struct process_answer *answer, struct failure *failure)
{
    if (!WIFEXITED(answer->how) || WEXITSTATUS(answer->how) != 0)
        return build_refuse(build, answer, failure);
    build->complaint = answer->err[0] ? strdup(answer->err) : NULL;
    json_t *document = json_loads(answer->out, 0, NULL);
    bool is_taken = document && build_take(build, document);
    json_decref(document);
    return is_taken
               ? 0
               : failure_set(failure, FAILURE_USAGE,
                     "--libcurl %s=%s: what was loaded does not say what it is", build->label, build->path);
}

int build_ask(struct build *build, char *const *environment, struct failure *failure)
{
    static const char *const arguments[] = {"harness", BUILD_ROLE, NULL};
    const struct process_start start = {
        .program = PROCESS_OWN_PROGRAM, .arguments = arguments, .environment = environment};
    struct process_answer answer;

    if (process_ask(&start, PATIENCE_MS, &answer) != 0)
        return failure_set_errno(
            failure, FAILURE_RUN, "can't run the process that loads --libcurl '%s'", build->label);
    return build_read(build, &answer, failure);
}
