#include "charts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "process.h"

int charts_draw(const char *plot, const char *folder, struct failure *failure)
{
    const char *const arguments[] = {plot, folder, NULL};
    int how = 0;

    (void)fflush(stdout); /* what was said before comes before what the other program says */
    pid_t pid = process_spawn(&(struct process_start){.program = plot, .arguments = arguments});
    if (pid < 0)
        return failure_set(failure, FAILURE_RUN,
            "no charts: can't run '%s': %s; the results in '%s' are complete; use --no-charts to skip the "
            "charts",
            plot, strerror(errno), folder);
    (void)process_wait(pid, &how);
    if (!WIFEXITED(how) || WEXITSTATUS(how) != 0)
        return failure_set(failure, FAILURE_RUN,
            "no charts: '%s' failed, see above; the results in '%s' are complete", plot, folder);
    return 0;
}
