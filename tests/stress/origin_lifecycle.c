/*
 * The life of the origin's process, as the harness starts and stops it: a plain program, because the origin
 * is this very program re-executed with "origin" as its first argument. It checks itself, says what is wrong,
 * and exits 1 then.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "origin.h"

#define LIFECYCLE_ROUNDS   10
#define LIFECYCLE_CLIENTS  20
#define LIFECYCLE_LIMIT_NS (5 * NS_PER_S)

#define CHECK(condition, ...) lifecycle_check((condition), __LINE__, #condition, __VA_ARGS__)

static void lifecycle_check(bool holds, int line, const char *condition, const char *about)
{
    if (holds)
        return;
    (void)fprintf(stderr, "origin_lifecycle.c:%d: %s: not so: %s\n", line, about, condition);
    exit(1);
}

static void lifecycle_pause(void)
{
    (void)poll(NULL, 0, 1);
}

static bool becomes(const _Atomic uint64_t *count, uint64_t wanted)
{
    uint64_t limit_ns = clock_monotonic_ns() + LIFECYCLE_LIMIT_NS;

    while (atomic_load(count) != wanted && clock_monotonic_ns() < limit_ns)
        lifecycle_pause();
    return atomic_load(count) == wanted;
}

static int open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;

    CHECK(folder != NULL, "can't read /proc/self/fd");
    while (readdir(folder))
        count++;
    (void)closedir(folder);
    return count;
}

static int client_connect(const char *base_url)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)strtoul(strrchr(base_url, ':') + 1, NULL, 10));
    CHECK(connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connect");
    return fd;
}

static void client_send(int fd, const char *target)
{
    char request[256];
    int size = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", target);

    CHECK(write(fd, request, (size_t)size) == size, "send");
}

static void client_expect_answer(int fd, const char *status_line)
{
    char answer[4096] = "";
    ssize_t size = read(fd, answer, sizeof answer - 1);

    CHECK(size > 0, "receive");
    CHECK(strncmp(answer, status_line, strlen(status_line)) == 0, answer);
}

static void start(struct origin *origin, uint64_t arrival_capacity)
{
    struct failure failure = {0};

    CHECK(origin_start(origin, &(struct origin_options){.arrival_capacity = arrival_capacity}, &failure) == 0,
        failure.message);
}

/* Its process is there, and has not ended. */
static bool lifecycle_is_running(pid_t pid)
{
    siginfo_t end = {.si_pid = 0};

    return waitid(P_PID, (id_t)pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid == 0;
}

static void test_starts_and_stops_leaving_nothing(void)
{
    struct origin origin;
    int before = open_descriptors();

    for (int i = 0; i < LIFECYCLE_ROUNDS; i++) {
        start(&origin, 0);
        pid_t pid = origin.pid;
        CHECK(lifecycle_is_running(pid), "after the start");
        CHECK(origin_cpu_ns(&origin) != UINT64_MAX, "its CPU time");
        int fd = client_connect(origin.base_url);
        client_send(fd, "/status/204");
        client_expect_answer(fd, "HTTP/1.1 204 No Content\r\n");
        origin_stop(&origin);
        CHECK(origin.pid == 0 && !origin.gauge, "after the stop");
        CHECK(kill(pid, 0) != 0 && errno == ESRCH, "the process is gone");
        origin_stop(&origin); /* twice does no harm */
        (void)close(fd);
    }
    CHECK(open_descriptors() == before, "descriptors after the stop");
    CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "children after the stop");
}

static void test_gauge_sees_requests_and_connections(void)
{
    static const char *const targets[] = {"/get?order=0", "/status/200", "/bytes/24"};
    struct origin origin;

    start(&origin, 2);
    int fd = client_connect(origin.base_url);
    for (size_t i = 0; i < 3; i++) {
        client_send(fd, targets[i]);
        client_expect_answer(fd, "HTTP/1.1 200 OK\r\n");
    }
    CHECK(atomic_load(&origin.gauge->requests_served) == 3, "all were seen");
    CHECK(atomic_load(&origin.gauge->requests_in_flight) == 0, "an answer received is no longer in flight");
    CHECK(atomic_load(&origin.gauge->max_in_flight) == 1, "one after another");
    CHECK(atomic_load(&origin.gauge->connections_accepted) == 1, "one connection, used again");
    CHECK(atomic_load(&origin.gauge->connections_open) == 1, "still open");
    CHECK(atomic_load(&origin.gauge->arrival_count) == 3, "more arrivals than are kept");
    CHECK(strcmp(origin.gauge->arrivals[0].target, targets[0]) == 0, "first arrival");
    CHECK(strcmp(origin.gauge->arrivals[1].target, targets[1]) == 0, "second arrival");
    gauge_reset(origin.gauge);
    CHECK(atomic_load(&origin.gauge->requests_served) == 0, "after the reset");
    (void)close(fd);
    CHECK(becomes(&origin.gauge->connections_open, 0), "the connection's end is seen");
    origin_stop(&origin);
}

static void test_gauge_returns_to_zero_when_clients_leave_amid_a_delay(void)
{
    struct origin origin;
    int fds[LIFECYCLE_CLIENTS];

    start(&origin, 0);
    for (int i = 0; i < LIFECYCLE_CLIENTS; i++) {
        fds[i] = client_connect(origin.base_url);
        client_send(fds[i], "/delay/10");
    }
    CHECK(becomes(&origin.gauge->requests_in_flight, LIFECYCLE_CLIENTS), "all wait at once");
    CHECK(atomic_load(&origin.gauge->max_in_flight) == LIFECYCLE_CLIENTS, "the most at once");
    for (int i = 0; i < LIFECYCLE_CLIENTS; i++)
        (void)close(fds[i]);
    CHECK(becomes(&origin.gauge->requests_in_flight, 0), "no request stays behind");
    CHECK(becomes(&origin.gauge->connections_open, 0), "no connection stays behind");
    CHECK(atomic_load(&origin.gauge->requests_served) == 0, "none was served");
    origin_stop(&origin);
}

static void test_stops_at_once_amid_delays(void)
{
    struct origin origin;
    int fds[LIFECYCLE_CLIENTS];

    start(&origin, 0);
    for (int i = 0; i < LIFECYCLE_CLIENTS; i++) {
        fds[i] = client_connect(origin.base_url);
        client_send(fds[i], i % 2 ? "/delay/10" : "/get");
    }
    CHECK(becomes(&origin.gauge->requests_in_flight, LIFECYCLE_CLIENTS / 2), "half of them wait");
    uint64_t started_ns = clock_monotonic_ns();
    origin_stop(&origin);
    CHECK(clock_monotonic_ns() - started_ns < 2 * NS_PER_S, "stopped without waiting");
    for (int i = 0; i < LIFECYCLE_CLIENTS; i++)
        (void)close(fds[i]);
}

static void test_notices_an_origin_that_dies(void)
{
    struct origin origin;

    start(&origin, 0);
    CHECK(kill(origin.pid, SIGKILL) == 0, "kill");
    uint64_t limit_ns = clock_monotonic_ns() + LIFECYCLE_LIMIT_NS;
    while (lifecycle_is_running(origin.pid) && clock_monotonic_ns() < limit_ns)
        lifecycle_pause();
    CHECK(!lifecycle_is_running(origin.pid), "after its death");
    origin_stop(&origin);
}

/* A parent that starts an origin, tells its process id, and is killed before it can stop it. */
static void lifecycle_play_parent(int tell)
{
    struct origin origin;

    start(&origin, 0);
    if (write(tell, &origin.pid, sizeof origin.pid) == (ssize_t)sizeof origin.pid)
        (void)pause();
    _exit(1);
}

static void test_ends_with_its_parent(void)
{
    int tell[2];
    pid_t orphan = 0;

    CHECK(pipe(tell) == 0, "pipe");
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, "to get the orphan"); /* so that its end can be waited for */
    pid_t parent = fork();
    if (parent == 0)
        lifecycle_play_parent(tell[1]);
    CHECK(read(tell[0], &orphan, sizeof orphan) == (ssize_t)sizeof orphan, "its process id");
    CHECK(kill(parent, SIGKILL) == 0 && waitpid(parent, NULL, 0) == parent, "the parent is killed");
    uint64_t limit_ns = clock_monotonic_ns() + LIFECYCLE_LIMIT_NS;
    pid_t ended = 0;
    while ((ended = waitpid(orphan, NULL, WNOHANG)) == 0 && clock_monotonic_ns() < limit_ns)
        lifecycle_pause();
    CHECK(ended == orphan, "the origin ended with its parent");
    (void)close(tell[0]);
    (void)close(tell[1]);
}

static void test_refuses_more_arrivals_than_memory_can_hold(void)
{
    struct failure failure = {0};
    struct origin origin;

    CHECK(origin_start(&origin, &(struct origin_options){.arrival_capacity = UINT64_MAX}, &failure) != 0,
        "it started");
    CHECK(failure.code == FAILURE_USAGE, failure.message);
    origin_stop(&origin);
}

int main(int argc, char **argv)
{
    struct failure failure = {0};

    if (argc > 1 && strcmp(argv[1], "origin") == 0) {
        if (origin_role(argc - 1, argv + 1, &failure) == 0)
            return 0;
        (void)fprintf(stderr, "origin_lifecycle: %s\n", failure.message);
        return 1;
    }
    test_starts_and_stops_leaving_nothing();
    test_gauge_sees_requests_and_connections();
    test_gauge_returns_to_zero_when_clients_leave_amid_a_delay();
    test_stops_at_once_amid_delays();
    test_notices_an_origin_that_dies();
    test_ends_with_its_parent();
    test_refuses_more_arrivals_than_memory_can_hold();
    (void)puts("origin_lifecycle: all is well");
    return 0;
}
