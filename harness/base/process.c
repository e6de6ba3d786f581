#include "process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Copies with numbers above all those that the child is to see, so that none of them is overwritten before
 * its turn. A failure is an errno. */
static int process_copy_descriptors(const struct process_start *start, int copies[])
{
    int lowest = STDERR_FILENO + 1;
    int error = 0;

    for (size_t i = 0; i < start->descriptor_count; i++)
        if (start->descriptors[i].to >= lowest)
            lowest = start->descriptors[i].to + 1;
    for (size_t i = 0; i < start->descriptor_count; i++) {
        copies[i] = fcntl(start->descriptors[i].from, F_DUPFD_CLOEXEC, lowest);
        if (copies[i] < 0)
            error = errno;
    }
    return error;
}

static void process_close_copies(const struct process_start *start, const int copies[])
{
    for (size_t i = 0; i < start->descriptor_count; i++)
        if (copies[i] >= 0)
            (void)close(copies[i]);
}

static int process_add_descriptors(
    posix_spawn_file_actions_t *actions, const struct process_start *start, const int copies[])
{
    int error = 0;

    for (size_t i = 0; error == 0 && i < start->descriptor_count; i++)
        error = posix_spawn_file_actions_adddup2(actions, copies[i], start->descriptors[i].to);
    return error;
}

static int process_set_attributes(posix_spawnattr_t *attributes, const struct process_start *start)
{
    int flags = (start->leads_group ? POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK : 0) |
                (start->has_default_signals ? POSIX_SPAWN_SETSIGDEF : 0);
    sigset_t none;
    sigset_t all;

    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int error = posix_spawnattr_setflags(attributes, (short)flags);
    if (error == 0)
        error = posix_spawnattr_setsigmask(attributes, &none);
    if (error == 0)
        error = posix_spawnattr_setsigdefault(attributes, &all);
    return error;
}

static int process_run(const struct process_start *start, const int copies[], pid_t *pid)
{
    char *const *arguments = (char *const *)start->arguments; /* which posix_spawn does not change */
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;

    (void)posix_spawn_file_actions_init(&actions); /* these two can't fail with glibc */
    (void)posix_spawnattr_init(&attributes);
    int error = process_add_descriptors(&actions, start, copies);
    if (error == 0 && start->folder)
        error = posix_spawn_file_actions_addchdir_np(&actions, start->folder);
    if (error == 0)
        error = process_set_attributes(&attributes, start);
    if (error == 0)
        error = posix_spawnp(pid, start->program, &actions, &attributes, arguments,
            start->environment ? start->environment : environ);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return error;
}

pid_t process_spawn(const struct process_start *start)
{
    int copies[PROCESS_DESCRIPTORS_MAX];
    pid_t pid = -1;

    assert(start->descriptor_count <= PROCESS_DESCRIPTORS_MAX);
    int error = process_copy_descriptors(start, copies);
    if (error == 0)
        error = process_run(start, copies, &pid);
    process_close_copies(start, copies);
    if (error == 0)
        return pid;
    errno = error;
    return -1;
}

int process_wait(pid_t pid, int *how)
{
    pid_t ended = 0;

    *how = 0;
    do
        ended = waitpid(pid, how, 0);
    while (ended < 0 && errno == EINTR);
    return ended < 0 ? -1 : 0;
}

/* Not through a function of the C library: musl has none. */
int process_open(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}
