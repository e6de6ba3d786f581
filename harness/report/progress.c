#include "progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "screen.h"
#include "utf8.h"

void progress_start(struct progress *progress, bool quiet)
{
    *progress = (struct progress){
        .is_shown = !quiet && screen_takes_escapes(STDERR_FILENO), .started_ns = clock_monotonic_ns()};
}

/* How many bytes of the text the first `columns` characters have. */
static size_t progress_fitting_size(const struct buffer *text, size_t columns)
{
    size_t size = 0;

    for (size_t used = 0; size < text->size; size++) {
        used += !utf8_is_continuation(text->bytes[size]);
        if (used > columns)
            break;
    }
    return size;
}

/* A line that is wrapped could not be wiped out: only its last row would be. */
static void progress_rewrite(const struct buffer *text)
{
    size_t size = progress_fitting_size(text, screen_columns(STDERR_FILENO) - 1);

    (void)fprintf(stderr, "\r\033[K%.*s", (int)size, text->bytes ? text->bytes : "");
    (void)fflush(stderr);
}

void progress_show(const struct progress *progress, size_t done, size_t total, size_t round, size_t rounds,
    const char *label)
{
    struct buffer text = {0};

    if (!progress->is_shown)
        return;
    buffer_printf(&text, "round %zu of %zu, %s", round, rounds, label);
    if (done > 0) {
        double spent_s = (double)(clock_monotonic_ns() - progress->started_ns) / (double)NS_PER_S;
        buffer_printf(&text, ", about %.0f s left", spent_s / (double)done * (double)(total - done));
    }
    progress_rewrite(&text);
    buffer_release(&text);
}

void progress_show_wait(const struct progress *progress, const char *what, unsigned int seconds)
{
    struct buffer text = {0};

    if (!progress->is_shown)
        return;
    buffer_printf(&text, "waiting for %s, about %u s", what, seconds);
    progress_rewrite(&text);
    buffer_release(&text);
}

void progress_tell(const struct progress *progress, const char *format, ...)
{
    va_list arguments;

    progress_end(progress);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
}

void progress_end(const struct progress *progress)
{
    if (progress->is_shown)
        (void)fputs("\r\033[K", stderr);
}
