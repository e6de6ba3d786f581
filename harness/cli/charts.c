#include "charts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

/* The program ended otherwise than with 0; with an exit code, it has said why. */
static int charts_fail(const char *plot, const char *folder, int how, struct failure *failure)
{
    char end[64];

    if (WIFSIGNALED(how))
        (void)snprintf(end, sizeof end, "was ended by signal %d", WTERMSIG(how));
    else
        (void)snprintf(end, sizeof end, "ended with exit code %d, see above", WEXITSTATUS(how));
    return failure_set(failure, FAILURE_RUN,
        "not all charts were drawn: '%s' %s; the results in '%s' are complete; draw them later with "
        "harness-plot, or use --no-charts",
        plot, end, folder);
}

int charts_draw(const char *plot, const char *folder, bool is_output_taken, struct failure *failure)
{
    const char *const arguments[] = {plot, "--", folder, NULL}; /* a folder may be called "-x" */
    const struct process_descriptor to_error = {STDERR_FILENO, STDOUT_FILENO};
    int how = 0;

    (void)fflush(stdout); /* what was said before comes before what the other program says */
    pid_t pid = process_spawn(&(struct process_start){.program = plot,
        .arguments = arguments,
        .descriptors = &to_error,
        .descriptor_count = is_output_taken ? 1 : 0});
    if (pid < 0)
        return failure_set(failure, FAILURE_RUN,
            "no charts: can't run '%s': %s; the results in '%s' are complete; use --no-charts to skip the "
            "charts",
            plot, strerror(errno), folder);
    (void)process_wait(pid, &how);
    return how == 0 ? 0 : charts_fail(plot, folder, how, failure);
}
