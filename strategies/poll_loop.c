#include "poll_loop.h"

#define POLL_LIMIT_MS 1000

static int loop_fail(struct lanes *lanes, const char *call, CURLMcode error)
{
    return lanes_fail(lanes, "%s: %s", call, curl_multi_strerror(error));
}

static int loop_turn(struct lanes *lanes, struct window *window)
{
    struct curl_waitfd alarm = {.fd = window_alarm_clock(window), .events = CURL_WAIT_POLLIN};
    CURLM *multi = window_multi(window);
    size_t ended = 0;
    int running = 0;

    CURLMcode error = curl_multi_perform(multi, &running);
    if (window_collect(window, &ended) != 0)
        return -1;
    if (error != CURLM_OK)
        return loop_fail(lanes, "curl_multi_perform", error);
    if (ended == 0)
        error = curl_multi_poll(multi, &alarm, window_is_waiting(window), POLL_LIMIT_MS, NULL);
    if (error != CURLM_OK)
        return loop_fail(lanes, "curl_multi_poll", error);
    return window_start_due(window);
}

int poll_loop_run(struct lanes *lanes, struct window *window)
{
    int result = 0;

    while (result == 0 && window_has_work(window))
        result = loop_turn(lanes, window);
    return result;
}
