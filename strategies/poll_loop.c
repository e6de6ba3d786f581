#include "poll_loop.h"

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

int poll_loop_run(struct window *window, struct failure *failure)
{
    int result = 0;

    while (result == 0 && window_has_work(window))
        result = loop_turn(window, failure);
    return result;
}
