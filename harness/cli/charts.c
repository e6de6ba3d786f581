#include "charts.h"

#include <errno.h>
#include <fcntl.h>
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

/* With its standard output on `output`, which is this program's own unless it is another. */
static int charts_run(
    const char *plot, const char *const *arguments, const char *folder, int output, struct failure *failure)
{
    const struct process_descriptor elsewhere = {output, STDOUT_FILENO};
    int how = 0;

    (void)fflush(stdout); /* what was said before comes before what the other program says */
    pid_t pid = process_spawn(&(struct process_start){.program = plot,
        .arguments = arguments,
        .descriptors = &elsewhere,
        .descriptor_count = output == STDOUT_FILENO ? 0 : 1});
    if (pid < 0)
        return failure_set(failure, FAILURE_RUN,
            "no charts: can't run '%s': %s; the results in '%s' are complete; use --no-charts to skip the "
            "charts",
            plot, strerror(errno), folder);
    (void)process_wait(pid, &how);
    return how == 0 ? 0 : charts_fail(plot, folder, how, failure);
}

int charts_draw(const char *plot, const char *folder, bool is_output_taken, struct failure *failure)
{
    const char *const arguments[] = {plot, "--", folder, NULL}; /* a folder may be called "-x" */

    return charts_run(plot, arguments, folder, is_output_taken ? STDERR_FILENO : STDOUT_FILENO, failure);
}

int charts_report(const char *plot, const char *folder, bool is_told, struct failure *failure)
{
    const char *const arguments[] = {plot, "--only", "report", "--", folder, NULL};
    int nowhere = is_told ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
    int result = charts_run(plot, arguments, folder, nowhere < 0 ? STDOUT_FILENO : nowhere, failure);

    if (nowhere >= 0)
        (void)close(nowhere);
    return result;
}
