#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "children.h"
#include "process.h"
#include "usage.h"
#include "write_all.h"

/* As much of the end of what is written as is kept. */
#define TAIL_SIZE 4096

/* The program's descriptors of the protocol: the first, and how many there may be. */
#define PROGRAM_FD_FIRST 3
#define PROGRAM_FD_COUNT 4

/* What a pipe may still hold, in reads. */
#define LAST_READS 64

/* A program that starts processes faster than they can be ended is given up at some point. */
#define ROUNDS_MAX 1000

struct supervisor {
    pid_t program;
    int how; /* the program ended, as waitpid(2) tells it */
    bool has_ended;
    bool is_told; /* to end */
    int signals;  /* a signalfd */
    int output;   /* what the program and its children write */
    struct process_descriptor descriptors[PROGRAM_FD_COUNT];
    size_t descriptor_count;
    char tail[2 * TAIL_SIZE];
    size_t tail_size;
};

static void supervisor_keep(struct supervisor *self, const char *bytes, size_t size)
{
    memcpy(self->tail + self->tail_size, bytes, size);
    self->tail_size += size;
    if (self->tail_size > TAIL_SIZE) {
        memmove(self->tail, self->tail + self->tail_size - TAIL_SIZE, TAIL_SIZE);
        self->tail_size = TAIL_SIZE;
    }
}

/* What is there to be read, without waiting for more; false: nothing. Nobody may be left who could write. */
static bool supervisor_read(struct supervisor *self)
{
    char bytes[TAIL_SIZE];
    ssize_t got = self->output >= 0 ? read(self->output, bytes, sizeof bytes) : -1;

    if (got > 0)
        supervisor_keep(self, bytes, (size_t)got);
    if (got == 0) {
        (void)close(self->output);
        self->output = -1;
    }
    return got > 0;
}

/* Everything that has ended, adopted processes too. */
static void supervisor_reap(struct supervisor *self)
{
    int how = 0;
    pid_t pid = 0;

    while ((pid = waitpid(-1, &how, WNOHANG)) > 0)
        if (pid == self->program) {
            self->how = how;
            self->has_ended = true;
        }
}

static void supervisor_take_signals(struct supervisor *self)
{
    struct signalfd_siginfo signal;

    while (read(self->signals, &signal, sizeof signal) == (ssize_t)sizeof signal)
        self->is_told = self->is_told || signal.ssi_signo != SIGCHLD;
    supervisor_reap(self);
}

static void supervisor_kill(pid_t child, void *count)
{
    (void)kill(child, SIGKILL);
    ++*(size_t *)count;
}

/* Children of those that are killed become this process's own, so that all are found in the end. */
static void supervisor_end_all(struct supervisor *self)
{
    for (size_t round = 0; round < ROUNDS_MAX; round++) {
        size_t count = 0;
        children_visit(getpid(), supervisor_kill, &count);
        if (count == 0)
            return;
        (void)usleep(100);
        supervisor_reap(self);
    }
}

/* Those of the protocol that it has inherited; to be asked before it opens any of its own. */
static void supervisor_take_descriptors(struct supervisor *self)
{
    for (int fd = PROGRAM_FD_FIRST; fd < PROGRAM_FD_FIRST + PROGRAM_FD_COUNT; fd++)
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
            self->descriptors[self->descriptor_count++] = (struct process_descriptor){fd, fd};
}

/* The program gets them, and this process keeps none: else nobody would see that the program has closed one.
 */
static void supervisor_give_descriptors(struct supervisor *self)
{
    for (size_t i = 0; i < self->descriptor_count; i++)
        (void)close(self->descriptors[i].from);
}

static bool supervisor_start(struct supervisor *self, char **arguments)
{
    struct process_descriptor descriptors[PROGRAM_FD_COUNT + 2];
    int output[2];

    if (pipe2(output, O_CLOEXEC) != 0)
        return false;
    self->output = output[0];
    (void)fcntl(self->output, F_SETFL, O_NONBLOCK);
    memcpy(descriptors, self->descriptors, sizeof self->descriptors);
    descriptors[self->descriptor_count] = (struct process_descriptor){output[1], STDOUT_FILENO};
    descriptors[self->descriptor_count + 1] = (struct process_descriptor){output[1], STDERR_FILENO};
    self->program = process_spawn(&(struct process_start){.program = arguments[0],
        .arguments = (const char *const *)arguments,
        .descriptors = descriptors,
        .descriptor_count = self->descriptor_count + 2,
        .leads_group = true,
        .has_default_signals = true});
    int error = errno;
    (void)close(output[1]);
    supervisor_give_descriptors(self);
    errno = error;
    return self->program > 0;
}

static bool supervisor_prepare(struct supervisor *self)
{
    sigset_t watched;
    sigset_t all;

    /* All signals, so that none that is meant for the program ends this process before it has cleared up. */
    (void)sigfillset(&all);
    (void)sigemptyset(&watched);
    (void)sigaddset(&watched, SIGCHLD);
    (void)sigaddset(&watched, SIGTERM);
    self->signals = -1;
    return sigprocmask(SIG_BLOCK, &all, NULL) == 0 &&
           (self->signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK)) >= 0 &&
           prctl(PR_SET_CHILD_SUBREAPER, 1UL) == 0 && prctl(PR_SET_PDEATHSIG, SIGTERM) == 0;
}

static void supervisor_watch(struct supervisor *self)
{
    while (!self->has_ended && !self->is_told) {
        struct pollfd fds[] = {
            {.fd = self->signals, .events = POLLIN}, {.fd = self->output, .events = POLLIN}};
        (void)poll(fds, 2, -1);
        supervisor_take_signals(self);
        (void)supervisor_read(self);
    }
}

/* Its signal becomes this process's own. */
static int supervisor_leave(const struct supervisor *self)
{
    if (!WIFSIGNALED(self->how))
        return WEXITSTATUS(self->how);
    const struct rlimit none = {0, 0};
    sigset_t all;
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)signal(WTERMSIG(self->how), SIG_DFL);
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_UNBLOCK, &all, NULL);
    (void)raise(WTERMSIG(self->how));
    return EXIT_FAILURE;
}

int supervisor_role(char **arguments)
{
    struct supervisor self = {.output = -1};

    supervisor_take_descriptors(&self);
    if (!supervisor_prepare(&self) || !supervisor_start(&self, arguments)) {
        (void)fprintf(stderr, "can't run '%s': %s\n", arguments[0], strerror(errno));
        return EXIT_FAILURE;
    }
    supervisor_watch(&self);
    supervisor_end_all(&self);
    for (int i = 0; i < LAST_READS && supervisor_read(&self); i++)
        continue;
    (void)write_all(STDERR_FILENO, self.tail, self.tail_size);
    return self.has_ended ? supervisor_leave(&self) : EXIT_FAILURE;
}
