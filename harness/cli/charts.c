#include "charts.h"

#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int charts_draw(const char *plot, const char *folder, struct failure *failure)
{
    char *arguments[] = {
        (char *)(uintptr_t)plot, (char *)(uintptr_t)folder, NULL}; /* NOLINT(performance-no-int-to-ptr) */
    pid_t pid = 0;
    int how = 0;

    (void)fflush(stdout); /* what was said before comes before what the other program says */
    int error = posix_spawn(&pid, plot, NULL, NULL, arguments, environ);
    if (error != 0)
        return failure_set(failure, FAILURE_RUN,
            "no charts: can't run '%s': %s; the results in '%s' are complete, --no-charts leaves the charts "
            "out",
            plot, strerror(error), folder);
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
        continue;
    if (!WIFEXITED(how) || WEXITSTATUS(how) != 0)
        return failure_set(failure, FAILURE_RUN,
            "no charts: '%s' failed, as said above; the results in '%s' are complete", plot, folder);
    return 0;
}
