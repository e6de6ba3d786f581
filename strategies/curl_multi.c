/*
 * curl-multi: one thread, one multi handle, curl_multi_perform and curl_multi_poll.
 *
 * Each turn of the loop lets libcurl do what it can for all lanes, refills those whose transfers are over,
 * and sleeps until something happens on any connection. libcurl looks at every handle at every turn. In an
 * open loop, lanes whose batches are not due yet wait in line, and an alarm clock is one more descriptor to
 * sleep on.
 */
#include "strategy.h"
#include "window.h"

#define POLL_LIMIT_MS 1000

static int loop_fail(const char *call, CURLMcode error, struct failure *failure)
{
    return failure_set(failure, FAILURE_RUN, "%s: %s", call, curl_multi_strerror(error));
}

static int loop_turn(struct window *window, struct failure *failure)
{
    struct curl_waitfd alarm = {.fd = window->alarm_clock, .events = CURL_WAIT_POLLIN};
    size_t ended = 0;
    int running = 0;

    CURLMcode error = curl_multi_perform(window->multi, &running);
    if (window_collect(window, &ended, failure) != 0)
        return -1;
    if (error != CURLM_OK)
        return loop_fail("curl_multi_perform", error, failure);
    if (ended == 0)
        error = curl_multi_poll(window->multi, &alarm, window_is_waiting(window), POLL_LIMIT_MS, NULL);
    if (error != CURLM_OK)
        return loop_fail("curl_multi_poll", error, failure);
    return window_start_due(window, failure);
}

static int loop_prepare(
    struct lanes *lanes, void *state, const struct strategy_values *values, struct failure *failure)
{
    (void)values;
    return window_init(state, lanes, 0, 1, failure);
}

static int loop_run(struct lanes *lanes, void *state, struct failure *failure)
{
    struct window *window = state;

    (void)lanes;
    int result = window_open(window, failure);
    while (result == 0 && window_has_work(window))
        result = loop_turn(window, failure);
    return result;
}

static void loop_release(struct lanes *lanes, void *state)
{
    (void)lanes;
    window_release(state);
}

/* Sockets; the multi handle's own socket pair, and the alarm clock. */
static void loop_needs(
    const struct strategy_values *values, const struct strategy_scale *scale, struct strategy_needs *needs)
{
    (void)values;
    needs->uses_multi = true;
    needs->files = strategy_loop_connections(scale, scale->lanes) + 3;
    needs->memory_kib = scale->lanes * HANDLE_KIB;
}

const struct strategy strategy_curl_multi = {
    .name = "curl-multi",
    .summary = "one thread, one event loop: curl_multi_perform and curl_multi_poll",
    .family = FAMILY_EVENT_LOOP,
    .state_size = sizeof(struct window),
    .needs = loop_needs,
    .prepare = loop_prepare,
    .run = loop_run,
    .release = loop_release,
};
