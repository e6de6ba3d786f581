/*
 * harness: compares ways to have many HTTP requests under way at once.
 *
 * By hand it runs an experiment, checks a participant (`harness check`) or serves (`harness origin`). An
 * experiment starts this same program again as its origin, once for each trial as `harness trial`, or as the
 * supervisor of a participant, and once for each build of libcurl, or plug-in, that it asks what it is. A
 * shell starts it to complete a command line.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "builds.h"
#include "check.h"
#include "command.h"
#include "complete.h"
#include "options.h"
#include "origin.h"
#include "plugin_role.h"
#include "role.h"
#include "supervisor.h"

/* All exit codes; --help and docs/options.md say what they mean. */
enum { EXIT_REQUESTS_FAILED = 3, EXIT_INTERRUPTED = 130 };

static const int exit_codes_of_failures[] = {[FAILURE_RUN] = 1, [FAILURE_USAGE] = 2};

static const int exit_codes_of_ends[] = {[COMMAND_DONE] = 0,
    [COMMAND_REQUESTS_FAILED] = EXIT_REQUESTS_FAILED,
    [COMMAND_INTERRUPTED] = EXIT_INTERRUPTED};

static int main_fail(const struct failure *failure)
{
    (void)fflush(stdout);
    (void)fprintf(stderr, "harness: %s\n", failure->message);
    return exit_codes_of_failures[failure->code];
}

static int main_serve(int argc, char **argv)
{
    struct failure failure = {0};

    return origin_role(argc, argv, &failure) == 0 ? 0 : main_fail(&failure);
}

static int main_check(char **arguments)
{
    struct failure failure = {0};
    bool all_right = true;

    if (check_run(arguments, &all_right, &failure) != 0)
        return main_fail(&failure);
    return all_right ? 0 : EXIT_REQUESTS_FAILED;
}

static int main_experiment(int argc, char **argv)
{
    struct failure failure = {0};
    struct options options;
    enum command_end end = COMMAND_DONE;

    if (options_parse(&options, argc, argv, &failure) != 0)
        return main_fail(&failure);
    int result = command_run(&options, argc, &end, &failure);
    options_release(&options);
    return result == 0 ? exit_codes_of_ends[end] : main_fail(&failure);
}

int main(int argc, char **argv)
{
    const char *role = argc > 1 ? argv[1] : "";

    (void)signal(SIGPIPE, SIG_IGN); /* whoever reads may stop; how the program ends does not depend on it */
    if (strcmp(role, "trial") == 0 && argc == 2)
        return trial_role() == 0 ? 0
                                 : exit_codes_of_failures[FAILURE_RUN]; /* it has told the experiment why */
    if (strcmp(role, BUILD_ROLE) == 0 && argc == 2)
        return build_role();
    if (strcmp(role, PLUGIN_ROLE) == 0 && argc > 2)
        return plugin_role(argv + 2);
    if (strcmp(role, SUPERVISOR_ROLE) == 0 && argc > 2)
        return supervisor_role(argv + 2);
    if (strcmp(role, ORIGIN_COMMAND) == 0)
        return main_serve(argc - 1, argv + 1);
    if (strcmp(role, CHECK_COMMAND) == 0)
        return main_check(argv + 1);
    if (strcmp(role, COMPLETE_ROLE) == 0)
        return complete_role(argv + 2);
    return main_experiment(argc, argv);
}
