#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/time.h>
#include <unistd.h>

#include "write_all.h"

#define PIPE_SIZE 4096
#define DATA_SIZE ((size_t)64 * PIPE_SIZE)

static char data[DATA_SIZE];

static volatile sig_atomic_t alarms;

static void count_alarm(int signal)
{
    (void)signal;
    alarms++;
}

/* From now on a signal each millisecond, which interrupts the calls of this thread. */
static void start_alarms(void)
{
    const struct sigaction action = {.sa_handler = count_alarm};
    const struct itimerval each_ms = {{0, 1000}, {0, 1000}};

    cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
    cr_assert_eq(setitimer(ITIMER_REAL, &each_ms, NULL), 0);
}

/* How many of the bytes arrive, up to the first that is not the one that was sent. */
static void *read_slowly(void *argument)
{
    int fd = *(const int *)argument;
    char bytes[PIPE_SIZE / 2];
    size_t right = 0;
    ssize_t got = 0;

    while ((got = read(fd, bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < got && right < DATA_SIZE && bytes[i] == data[right]; i++)
            right++;
        (void)usleep(500);
    }
    return (void *)right; /* NOLINT(performance-no-int-to-ptr) */
}

static pthread_t start_reader(int *fd)
{
    pthread_t reader;
    sigset_t alarm;

    (void)sigemptyset(&alarm);
    (void)sigaddset(&alarm, SIGALRM);
    cr_assert_eq(pthread_sigmask(SIG_BLOCK, &alarm, NULL), 0);
    cr_assert_eq(pthread_create(&reader, NULL, read_slowly, fd), 0);
    cr_assert_eq(pthread_sigmask(SIG_UNBLOCK, &alarm, NULL), 0);
    return reader;
}

Test(write_all, goes_on_after_signals_in_a_pipe_that_is_smaller_than_the_data)
{
    int ends[2];
    void *right = NULL;

    for (size_t i = 0; i < DATA_SIZE; i++)
        data[i] = (char)(i * 2654435761U >> 13);
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE), PIPE_SIZE);
    pthread_t reader = start_reader(&ends[0]);
    start_alarms();
    cr_expect_eq(write_all(ends[1], data, DATA_SIZE), 0);
    (void)close(ends[1]);
    cr_assert_eq(pthread_join(reader, &right), 0);
    cr_expect_eq((size_t)right, DATA_SIZE);
    cr_expect_gt(alarms, 0, "no signal came, so nothing was shown");
    (void)close(ends[0]);
}

Test(write_all, of_nothing_asks_nothing_of_the_descriptor)
{
    cr_expect_eq(write_all(-1, NULL, 0), 0);
}

Test(write_all, says_why_it_can_not_go_on)
{
    int ends[2];

    (void)signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(pipe2(ends, O_NONBLOCK), 0);
    cr_assert_eq(fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE), PIPE_SIZE);
    errno = 0;
    cr_expect_eq(write_all(ends[1], data, DATA_SIZE), -1);
    cr_expect_eq(errno, EAGAIN);
    (void)close(ends[0]);
    errno = 0;
    cr_expect_eq(write_all(ends[1], data, 1), -1);
    cr_expect_eq(errno, EPIPE);
    (void)close(ends[1]);
}
