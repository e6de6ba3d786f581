#include "progress.h"

#include <math.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "buffer.h"
#include "figure.h"
#include "screen.h"
#include "utf8.h"

void progress_start(struct progress *progress, bool quiet)
{
    *progress =
        (struct progress){.is_shown = !quiet && screen_takes_escapes(STDERR_FILENO), .is_quiet = quiet};
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

static void progress_write_elapsed(struct buffer *text, const struct progress_trial *trial)
{
    if (trial->elapsed_s <= 0)
        return;
    buffer_append_text(text, ", ");
    figure_write_duration(text, floor(trial->elapsed_s));
    if (trial->expected_s > trial->elapsed_s) {
        buffer_append_text(text, " of about ");
        figure_write_duration(text, trial->expected_s);
    }
    if (trial->served != UINT64_MAX)
        buffer_printf(text, ", %llu of %llu requests", (unsigned long long)trial->served,
            (unsigned long long)trial->requests);
}

/* A trial that takes longer than expected leaves the others with what they need. */
static double progress_left_s(const struct progress_trial *trial)
{
    double own_s = isnan(trial->expected_s) ? 0 : trial->expected_s;

    return trial->left_s - fmin(trial->elapsed_s, own_s);
}

static bool progress_can_write(void)
{
    struct pollfd terminal = {.fd = STDERR_FILENO, .events = POLLOUT};

    return poll(&terminal, 1, 0) == 1 && (terminal.revents & POLLOUT) != 0;
}

void progress_show(const struct progress *progress, const struct progress_trial *trial)
{
    struct buffer text = {0};
    double left_s = progress_left_s(trial);

    if (!progress->is_shown || !progress_can_write())
        return;
    buffer_printf(&text, "round %zu of %zu", trial->round, trial->rounds);
    if (left_s >= 1) {
        buffer_append_text(&text, ", about ");
        figure_write_duration(&text, left_s);
        buffer_append_text(&text, " left");
    }
    buffer_printf(&text, ": %s", trial->label);
    progress_write_elapsed(&text, trial); /* last, as what a narrow terminal cuts off */
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
