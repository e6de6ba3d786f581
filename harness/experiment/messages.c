#include "messages.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "utf8.h"

/* As much of the end as is shown. */
#define SHOWN_SIZE 2000

int messages_open(struct messages *messages, struct failure *failure)
{
    messages->fd = memfd_create("harness messages", MFD_CLOEXEC);
    return messages->fd >= 0
               ? 0
               : failure_set_errno(failure, FAILURE_RUN, "can't make a file for what trials write");
}

void messages_clear(const struct messages *messages)
{
    if (messages->fd < 0)
        return;
    (void)!ftruncate(messages->fd, 0);
    (void)lseek(messages->fd, 0, SEEK_SET); /* the trial's process goes on from where this one is */
}

void messages_show(const struct messages *messages, const char *name, FILE *out)
{
    char text[SHOWN_SIZE + 1];
    char *rest = NULL;
    off_t end = messages->fd >= 0 ? lseek(messages->fd, 0, SEEK_END) : 0;
    ssize_t size = pread(messages->fd, text, SHOWN_SIZE, end > SHOWN_SIZE ? end - SHOWN_SIZE : 0);

    if (end <= 0 || size <= 0)
        return;
    text[size] = '\0';
    (void)fprintf(out, "harness: %s wrote on standard error:\n", name);
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        utf8_tidy_text(line);
        (void)fprintf(out, "  %s\n", line);
    }
}

void messages_close(struct messages *messages)
{
    if (messages->fd >= 0)
        (void)close(messages->fd);
    *messages = MESSAGES_NONE;
}
