#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "clock.h"

void progress_start(struct progress *progress, bool quiet)
{
    *progress =
        (struct progress){.is_shown = !quiet && isatty(STDERR_FILENO), .started_ns = clock_monotonic_ns()};
}

void progress_show(const struct progress *progress, size_t done, size_t total, size_t round, size_t rounds,
    const char *label)
{
    if (!progress->is_shown)
        return;
    (void)fprintf(stderr, "\r\033[Kround %zu of %zu, %s", round, rounds, label);
    if (done > 0) {
        double spent_s = (double)(clock_monotonic_ns() - progress->started_ns) / (double)NS_PER_S;
        (void)fprintf(stderr, ", about %.0f s left", spent_s / (double)done * (double)(total - done));
    }
    (void)fflush(stderr);
}

void progress_end(const struct progress *progress)
{
    if (progress->is_shown)
        (void)fputs("\r\033[K", stderr);
}
