/* What loops on sockets are told to watch, held against the descriptors that there are. One lane, a server
 * that serves one connection after the other, and a loop on poll(2). */
#include <criterion/criterion.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"
#include "listener.h"
#include "loops.h"

#define REQUESTS        40
#define DESCRIPTORS_MAX 256

/* As a kernel has it. */
struct watch {
    int events;  /* CURL_POLL_IN, CURL_POLL_OUT; 0: it is not watched */
    ino_t inode; /* of the socket */
};

struct loop {
    struct listener *listener;
    struct settings settings;
    struct shared_memory workload;
    struct shared_memory records;
    struct lanes *lanes;
    struct window *window;
    struct sockets *sockets;
    struct failure failure;
    struct watch watches[DESCRIPTORS_MAX];
    size_t changes;         /* as sockets_next_change told */
    bool hears_errors_only; /* whatever a socket is ready for */
    size_t reused;          /* watched on, though the number has become another socket's */
};

static ino_t inode_of(int fd)
{
    struct stat about;

    return fstat(fd, &about) == 0 ? about.st_ino : 0;
}

static void loop_init(struct loop *loop, bool no_reuse)
{
    char text[64];

    cr_assert_eq(curl_global_init(CURL_GLOBAL_DEFAULT), CURLE_OK);
    *loop = (struct loop){.workload = SHARED_MEMORY_NONE, .records = SHARED_MEMORY_NONE};
    loop->listener = listener_start(&loop->failure);
    cr_assert_not_null(loop->listener, "%s", loop->failure.message);
    loop->settings = (struct settings){.base_url = listener_base_url(loop->listener),
        .concurrency = 1,
        .timeout_ms = 20000,
        .connect_timeout_ms = 20000,
        .no_reuse = no_reuse};
    (void)snprintf(text, sizeof text, "/get *%d\n", REQUESTS);
    cr_assert_eq(workload_parse(text, strlen(text), "test", &loop->workload, &loop->failure), 0);
    cr_assert_eq(records_create(&loop->records, REQUESTS, &loop->failure), 0);
    loop->lanes = lanes_create(&loop->settings, loop->workload.bytes,
        workload_extent(loop->workload.bytes, 0), loop->records.bytes, 1, &loop->failure);
    cr_assert_not_null(loop->lanes, "%s", loop->failure.message);
    loop->sockets = sockets_make(loop->lanes);
    loop->window = window_make(loop->lanes, 0, 1);
    cr_assert(loop->sockets && loop->window);
    cr_assert_eq(sockets_attach(loop->sockets, loop->window), 0);
}

static void loop_release(struct loop *loop)
{
    window_release(loop->window);
    sockets_release(loop->sockets);
    lanes_destroy(loop->lanes);
    listener_finish(loop->listener);
    listener_destroy(loop->listener);
    shared_memory_release(&loop->records);
    shared_memory_release(&loop->workload);
    curl_global_cleanup();
}

static void loop_apply_changes(struct loop *loop)
{
    struct socket_change change;

    while (sockets_next_change(loop->sockets, &change)) {
        struct watch *watch = &loop->watches[change.fd];
        bool is_same = watch->inode == inode_of(change.fd);
        cr_expect(change.before == watch->events || (change.before == 0 && change.is_other),
            "%d was watched for %d, not %d", change.fd, watch->events, change.before);
        cr_expect(change.is_other || watch->events == 0 || is_same, "%d is another", change.fd);
        cr_expect(change.is_other || change.before != change.after, "%d has no change", change.fd);
        loop->changes++;
        loop->reused += watch->events != 0 && change.after != 0 && !is_same;
        *watch = (struct watch){.events = change.after, .inode = inode_of(change.fd)};
    }
    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
        cr_expect(loop->watches[fd].events == 0 || loop->watches[fd].inode == inode_of(fd),
            "%d has become another, and nobody says so", fd);
}

static int loop_ready(const struct loop *loop, short events)
{
    if (loop->hears_errors_only)
        return CURL_CSELECT_ERR;
    return (events & POLLIN ? CURL_CSELECT_IN : 0) | (events & POLLOUT ? CURL_CSELECT_OUT : 0) |
           (events & (POLLERR | POLLHUP) ? CURL_CSELECT_ERR : 0);
}

static void loop_wait(struct loop *loop)
{
    struct pollfd polls[DESCRIPTORS_MAX];
    nfds_t count = 0;
    int timeout_ms = sockets_timeout_ms(loop->sockets);

    cr_assert(timeout_ms >= 0 && timeout_ms <= 1000);
    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
        if (loop->watches[fd].events != 0)
            polls[count++] = (struct pollfd){.fd = fd,
                .events = (short)((loop->watches[fd].events & CURL_POLL_IN ? POLLIN : 0) |
                                  (loop->watches[fd].events & CURL_POLL_OUT ? POLLOUT : 0))};
    cr_assert_geq(poll(polls, count, timeout_ms), 0);
    for (nfds_t i = 0; i < count; i++)
        if (polls[i].revents != 0)
            cr_assert_eq(sockets_act(loop->sockets, polls[i].fd, loop_ready(loop, polls[i].revents)), 0);
}

/* Until every request has its answer. */
static void loop_run(struct loop *loop)
{
    cr_assert_eq(window_open(loop->window), 0);
    while (true) {
        cr_assert_eq(sockets_settle(loop->sockets), 0);
        if (!sockets_have_work(loop->sockets))
            break;
        loop_apply_changes(loop);
        loop_wait(loop);
    }
    for (size_t request = 0; request < REQUESTS; request++)
        cr_expect_eq(record_outcome(records_at(loop->records.bytes, request)), OUTCOME_OK);
}

Test(sockets, change_little_while_one_transfer_follows_the_other_on_a_connection)
{
    struct loop loop;

    loop_init(&loop, false);
    loop_run(&loop);
    cr_expect_leq(loop.changes, REQUESTS / 8, "%zu changes", loop.changes);
    cr_expect_geq(loop.changes, 1);
    loop_release(&loop);
}

Test(sockets, tell_a_connection_from_the_next_that_has_its_number)
{
    struct loop loop;

    loop_init(&loop, true);
    loop_run(&loop);
    cr_expect_geq(loop.reused, REQUESTS / 4, "%zu descriptors were reused within a turn", loop.reused);
    loop_release(&loop);
}

Test(sockets, tell_a_connection_that_the_server_closed_from_the_next)
{
    struct loop loop;

    loop_init(&loop, false);
    listener_hang_up_on_second(loop.listener);
    loop_run(&loop);
    cr_expect_geq(loop.reused, REQUESTS / 4, "%zu descriptors were reused within a turn", loop.reused);
    loop_release(&loop);
}

static size_t loop_count_watched(const struct loop *loop)
{
    size_t watched = 0;

    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
        watched += loop->watches[fd].events != 0;
    return watched;
}

Test(sockets, are_left_alone_once_nothing_is_due_that_may_want_them)
{
    struct loop loop;

    loop_init(&loop, false);
    loop_run(&loop);
    loop.window->act_at_ns = 1; /* as after a transfer was added */
    loop_apply_changes(&loop);
    cr_expect_eq(loop_count_watched(&loop), 1);
    loop.window->act_at_ns = 0;
    loop_apply_changes(&loop);
    cr_expect_eq(loop_count_watched(&loop), 0);
    loop_release(&loop);
}

Test(sockets, ignore_what_libcurl_does_not_watch)
{
    struct loop loop;

    loop_init(&loop, false);
    loop_run(&loop);
    for (int fd = 0; fd < 10000; fd++)
        cr_expect_eq(sockets_act(loop.sockets, fd, CURL_CSELECT_IN), 0);
    loop_release(&loop);
}

/* As libuv does with a connection that was reset: libcurl has to read to learn what is wrong with it. */
Test(sockets, that_are_said_to_have_an_error_are_read_from)
{
    struct loop loop;

    loop_init(&loop, false);
    loop.hears_errors_only = true;
    loop_run(&loop);
    loop_release(&loop);
}
