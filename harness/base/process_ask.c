#include "process_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leftovers.h"
#include "utf8.h"

/* What is said goes to files, which take any amount of it without a reader. */
struct ask_files {
    int in;
    int out;
    int err;
};

static bool ask_open(struct ask_files *files)
{
    files->in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    files->out = memfd_create("harness answer", MFD_CLOEXEC);
    files->err = memfd_create("harness messages", MFD_CLOEXEC);
    return files->in >= 0 && files->out >= 0 && files->err >= 0;
}

static void ask_close(const struct ask_files *files)
{
    int error = errno;

    if (files->in >= 0)
        (void)close(files->in);
    if (files->out >= 0)
        (void)close(files->out);
    if (files->err >= 0)
        (void)close(files->err);
    errno = error;
}

static void ask_read_last_line(int fd, char text[PROCESS_ANSWER_SIZE])
{
    const off_t most = PROCESS_ANSWER_SIZE - 1;
    off_t end = lseek(fd, 0, SEEK_END);
    ssize_t size = pread(fd, text, (size_t)most, end > most ? end - most : 0);

    text[size > 0 ? size : 0] = '\0';
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '\n')
        text[--length] = '\0';
    const char *newline = strrchr(text, '\n');
    if (newline)
        memmove(text, newline + 1, strlen(newline));
    utf8_tidy_text(text);
}

/* Is it still there after that? Without a pidfd it has all the time that it takes. */
static bool ask_is_late(pid_t pid, int patience_ms)
{
    struct pollfd end = {.fd = process_open(pid), .events = POLLIN};
    int ended = 1;

    if (end.fd < 0)
        return false;
    do
        ended = poll(&end, 1, patience_ms);
    while (ended < 0 && errno == EINTR);
    (void)close(end.fd);
    return ended == 0;
}

static int ask_run(const struct process_start *start, const struct ask_files *files, int patience_ms,
    struct process_answer *answer)
{
    const struct process_descriptor descriptors[] = {
        {files->in, STDIN_FILENO}, {files->out, STDOUT_FILENO}, {files->err, STDERR_FILENO}};
    struct process_start asked = *start;
    struct leftovers leftovers;

    asked.descriptors = descriptors;
    asked.descriptor_count = sizeof descriptors / sizeof descriptors[0];
    leftovers_watch(&leftovers);
    pid_t pid = process_spawn(&asked);
    if (pid < 0)
        return -1;
    answer->was_late = ask_is_late(pid, patience_ms);
    if (answer->was_late)
        (void)kill(pid, SIGKILL);
    int result = process_wait(pid, &answer->how);
    leftovers_end(&leftovers);
    return result;
}

int process_ask(const struct process_start *start, int patience_ms, struct process_answer *answer)
{
    struct ask_files files;
    int result = ask_open(&files) ? ask_run(start, &files, patience_ms, answer) : -1;

    if (result == 0) {
        ask_read_last_line(files.out, answer->out);
        ask_read_last_line(files.err, answer->err);
    }
    ask_close(&files);
    return result;
}

bool process_has_succeeded(const struct process_answer *answer)
{
    return WIFEXITED(answer->how) && WEXITSTATUS(answer->how) == 0;
}
