/*
 * select-loop: one thread, one multi handle, curl_multi_fdset and select: how event loops were written before
 * poll. select looks at every descriptor up to the highest one, and can't be asked for those from FD_SETSIZE
 * on.
 *
 * This is a plug-in, to begin one of your own with. What the verbs do is in <harness/strategy.h>.
 */
#include <harness/strategy.h>

#include <errno.h>
#include <sys/resource.h>
#include <sys/select.h>

enum { SELECT_LONGEST_MS };

static const struct strategy_option select_options[] = {
    [SELECT_LONGEST_MS] =
        {
            .name = "longest-ms",
            .help = "the longest sleep, in milliseconds",
            .minimum = 1,
            .maximum = 1000,
            .fallback = 1000,
        },
    {.name = NULL},
};

struct select_loop {
    struct window *window;
    long longest_ms;
};

/* Until libcurl has something to do, or the next batch is due. */
static int select_wait(struct lanes *lanes, const struct select_loop *loop)
{
    CURLM *multi = window_multi(loop->window);
    fd_set readable, writable, broken;
    long timeout_ms = -1;
    int highest = -1;

    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_ZERO(&broken);
    if (curl_multi_fdset(multi, &readable, &writable, &broken, &highest) != CURLM_OK ||
        curl_multi_timeout(multi, &timeout_ms) != CURLM_OK)
        return lanes_fail(lanes, "libcurl does not say what it waits for");
    if (window_is_waiting(loop->window)) {
        int clock = window_alarm_clock(loop->window);
        FD_SET(clock, &readable);
        highest = clock > highest ? clock : highest;
    }
    if (timeout_ms < 0 || timeout_ms > loop->longest_ms)
        timeout_ms = loop->longest_ms;
    struct timeval timeout = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    if (select(highest + 1, &readable, &writable, &broken, &timeout) < 0 && errno != EINTR)
        return lanes_fail_errno(lanes, "select");
    return 0;
}

static int select_turn(struct lanes *lanes, const struct select_loop *loop)
{
    size_t ended = 0;
    int running = 0;

    CURLMcode error = curl_multi_perform(window_multi(loop->window), &running);
    if (window_collect(loop->window, &ended) != 0)
        return -1;
    if (error != CURLM_OK)
        return lanes_fail(lanes, "curl_multi_perform: %s", curl_multi_strerror(error));
    if (ended == 0 && select_wait(lanes, loop) != 0)
        return -1;
    return window_start_due(loop->window);
}

/* select can't be asked for descriptors from FD_SETSIZE on: none is to be had, and who needs one is told so.
 */
static int select_limit_descriptors(struct lanes *lanes)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return lanes_fail_errno(lanes, "getrlimit");
    limit.rlim_cur = limit.rlim_cur < FD_SETSIZE ? limit.rlim_cur : FD_SETSIZE;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? 0 : lanes_fail_errno(lanes, "setrlimit");
}

static int select_prepare(struct lanes *lanes, void *state, const struct strategy_values *values)
{
    struct select_loop *loop = state;

    if (select_limit_descriptors(lanes) != 0)
        return -1;
    loop->longest_ms = values->numbers[SELECT_LONGEST_MS];
    loop->window = window_make(lanes, 0, 1);
    return loop->window ? 0 : -1;
}

static int select_run(struct lanes *lanes, void *state)
{
    struct select_loop *loop = state;
    int result = window_open(loop->window);

    while (result == 0 && window_has_work(loop->window))
        result = select_turn(lanes, loop);
    return result;
}

static void select_release(struct lanes *lanes, void *state)
{
    struct select_loop *loop = state;

    (void)lanes;
    window_release(loop->window);
}

static void select_needs(
    const struct strategy_values *values, const struct strategy_scale *scale, struct strategy_needs *needs)
{
    (void)values;
    needs->loop_lanes = scale->lanes;
    needs->files = strategy_loop_connections(scale, scale->lanes) + FILES_PER_LOOP_WINDOW;
    needs->memory_kib = scale->lanes * HANDLE_KIB;
}

static const struct strategy strategy_select_loop = {
    .name = "select-loop",
    .summary = "one thread, one event loop: curl_multi_fdset and select",
    .family = FAMILY_EVENT_LOOP,
    .options = select_options,
    .state_size = sizeof(struct select_loop),
    .needs = select_needs,
    .prepare = select_prepare,
    .run = select_run,
    .release = select_release,
};

HARNESS_PLUGIN(strategy_select_loop);
