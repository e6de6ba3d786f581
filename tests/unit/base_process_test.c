#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

#define DESCRIPTORS_SEEN 64

static pid_t spawn_shell(struct process_start start, const char *script)
{
    const char *const arguments[] = {"sh", "-c", script, NULL};

    start.program = "/bin/sh";
    start.arguments = arguments;
    pid_t pid = process_spawn(&start);
    cr_assert_gt(pid, 0, "%s", strerror(errno));
    return pid;
}

static int run_shell(struct process_start start, const char *script)
{
    int how = 0;

    cr_assert_eq(process_wait(spawn_shell(start, script), &how), 0);
    return how;
}

static void read_all(int fd, char *text, size_t size)
{
    size_t used = 0;
    ssize_t got = 0;

    while (used + 1 < size && (got = read(fd, text + used, size - 1 - used)) > 0)
        used += (size_t)got;
    text[used] = '\0';
}

static int count_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < DESCRIPTORS_SEEN; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void ignore_alarm(int signal)
{
    (void)signal;
}

Test(process, names_the_error_of_a_command_that_does_not_exist)
{
    const char *const arguments[] = {"missing", NULL};

    errno = 0;
    cr_expect_eq(
        process_spawn(&(struct process_start){.program = "/no/such/program", .arguments = arguments}), -1);
    cr_expect_eq(errno, ENOENT);
    errno = 0;
    cr_expect_eq(process_spawn(&(struct process_start){.program = "/etc", .arguments = arguments}), -1);
    cr_expect_eq(errno, EACCES);
    cr_expect(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "a child is left");
}

Test(process, names_the_error_of_a_descriptor_that_is_not_open)
{
    const char *const arguments[] = {"true", NULL};
    const struct process_descriptor descriptors[] = {{STDOUT_FILENO, 7}, {1000, 8}, {STDOUT_FILENO, 9}};
    int open_before = count_descriptors();

    cr_expect_eq(process_spawn(&(struct process_start){.program = "/bin/true",
                     .arguments = arguments,
                     .descriptors = descriptors,
                     .descriptor_count = 3}),
        -1);
    cr_expect_eq(errno, EBADF);
    cr_expect_eq(count_descriptors(), open_before);
}

/* Each takes the number of the other one: neither may be overwritten before its turn. */
Test(process, hands_over_descriptors_that_swap_their_numbers)
{
    int one[2];
    int two[2];
    char script[128];
    char text[16];

    cr_assert(pipe2(one, O_CLOEXEC) == 0 && pipe2(two, O_CLOEXEC) == 0);
    const struct process_descriptor descriptors[] = {{one[1], two[1]}, {two[1], one[1]}};
    (void)snprintf(script, sizeof script, "echo one >/dev/fd/%d; echo two >/dev/fd/%d", two[1], one[1]);
    int how = run_shell((struct process_start){.descriptors = descriptors, .descriptor_count = 2}, script);
    cr_expect_eq(how, 0);
    (void)close(one[1]);
    (void)close(two[1]);
    read_all(one[0], text, sizeof text);
    cr_expect_str_eq(text, "one\n");
    read_all(two[0], text, sizeof text);
    cr_expect_str_eq(text, "two\n");
}

/* As the child should say it: a "1" for each number that is open, "0" for others. */
static void expect_of_descriptors(const struct process_start *start, char expected[DESCRIPTORS_SEEN + 1])
{
    for (int fd = 0; fd < DESCRIPTORS_SEEN; fd++) {
        int flags = fcntl(fd, F_GETFD);
        expected[fd] = flags >= 0 && (flags & FD_CLOEXEC) == 0 ? '1' : '0';
    }
    for (size_t i = 0; i < start->descriptor_count; i++)
        expected[start->descriptors[i].to] = '1';
    expected[DESCRIPTORS_SEEN] = '\0';
}

Test(process, inherits_the_named_descriptors_and_no_other_that_is_closed_on_exec)
{
    static const char script[] =
        "fd=0; while [ $fd -lt 64 ]; do [ -e /proc/$$/fd/$fd ] && printf 1 || printf 0; fd=$((fd + 1)); done";
    char expected[DESCRIPTORS_SEEN + 1];
    char seen[DESCRIPTORS_SEEN + 1];
    int ends[2];

    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    cr_assert_eq(fcntl(ends[0], F_DUPFD_CLOEXEC, 40), 40);
    cr_assert_eq(fcntl(ends[0], F_DUPFD_CLOEXEC, 41), 41);
    const struct process_descriptor descriptors[] = {
        {ends[1], STDOUT_FILENO}, {ends[0], 30}, {40, 40}, {ends[0], 31}};
    const struct process_start start = {.descriptors = descriptors, .descriptor_count = 4};
    expect_of_descriptors(&start, expected);
    cr_assert_eq(expected[41], '0');
    cr_expect_eq(run_shell(start, script), 0);
    (void)close(ends[1]);
    read_all(ends[0], seen, sizeof seen);
    cr_expect_str_eq(seen, expected);
    cr_expect_eq(fcntl(40, F_GETFD), FD_CLOEXEC, "the caller's own is as it was");
}

Test(process, leads_its_group_with_no_signal_blocked)
{
    static const char script[] = "kill -TERM $$; exit 7";
    sigset_t term;

    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    cr_assert_eq(sigprocmask(SIG_BLOCK, &term, NULL), 0);
    int how = run_shell((struct process_start){.leads_group = true}, script);
    cr_expect(WIFSIGNALED(how) && WTERMSIG(how) == SIGTERM, "it left with %x", (unsigned int)how);
    how = run_shell((struct process_start){.leads_group = false}, script);
    cr_expect(WIFEXITED(how) && WEXITSTATUS(how) == 7, "it left with %x", (unsigned int)how);
}

static pid_t group_of_a_child(bool leads_group)
{
    int how = 0;
    pid_t pid = spawn_shell((struct process_start){.leads_group = leads_group}, "exec sleep 100");
    pid_t group = getpgid(pid);

    (void)kill(leads_group ? -pid : pid, SIGKILL);
    cr_assert_eq(process_wait(pid, &how), 0);
    return group == pid ? 0 : group;
}

Test(process, has_a_group_of_its_own_only_when_it_should)
{
    cr_expect_eq(group_of_a_child(true), 0);
    cr_expect_eq(group_of_a_child(false), getpgrp());
}

Test(process, ignores_what_the_caller_ignores_unless_it_should_not)
{
    static const char script[] = "kill -PIPE $$; exit 7";

    (void)signal(SIGPIPE, SIG_IGN);
    int how = run_shell((struct process_start){.has_default_signals = true}, script);
    cr_expect(WIFSIGNALED(how) && WTERMSIG(how) == SIGPIPE, "it left with %x", (unsigned int)how);
    how = run_shell((struct process_start){.has_default_signals = false}, script);
    cr_expect(WIFEXITED(how) && WEXITSTATUS(how) == 7, "it left with %x", (unsigned int)how);
}

Test(process, is_waited_for_whatever_signals_come)
{
    const struct sigaction action = {.sa_handler = ignore_alarm};
    const struct itimerval each_ms = {{0, 1000}, {0, 1000}};
    int how = 0;

    pid_t pid = spawn_shell((struct process_start){0}, "sleep 0.1; exit 7");
    cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
    cr_assert_eq(setitimer(ITIMER_REAL, &each_ms, NULL), 0);
    cr_expect_eq(process_wait(pid, &how), 0);
    cr_expect(WIFEXITED(how) && WEXITSTATUS(how) == 7, "it left with %x", (unsigned int)how);
}

Test(process, that_is_no_child_can_not_be_waited_for)
{
    int how = 1;

    cr_expect_eq(process_wait(getpid(), &how), -1);
    cr_expect_eq(errno, ECHILD);
    cr_expect_eq(how, 0);
}

static short await_end(int process, int limit_ms)
{
    struct pollfd poll_fd = {.fd = process, .events = POLLIN};

    cr_assert_geq(poll(&poll_fd, 1, limit_ms), 0, "%s", strerror(errno));
    return poll_fd.revents;
}

Test(process, can_be_watched_until_it_has_ended)
{
    int how = 0;
    pid_t pid = spawn_shell((struct process_start){0}, "exec sleep 60");
    int process = process_open(pid);

    cr_assert_geq(process, 0, "%s", strerror(errno));
    cr_assert(fcntl(process, F_GETFD) & FD_CLOEXEC);
    cr_assert_eq(await_end(process, 0), 0);
    (void)kill(pid, SIGKILL);
    cr_assert_eq(await_end(process, 10000), POLLIN);
    cr_assert_eq(process_wait(pid, &how), 0);
    cr_assert_eq(WTERMSIG(how), SIGKILL);
    (void)close(process);
    cr_assert_eq(process_open(pid), -1);
    cr_assert_eq(errno, ESRCH);
}
