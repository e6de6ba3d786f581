/*
 * curl-multi: one thread, one multi handle, curl_multi_perform and curl_multi_poll.
 *
 * A window of lanes is in the multi handle. Each turn of the loop lets libcurl do what it can for all of
 * them, refills the lanes whose transfers are over, and sleeps until something happens on any connection.
 * libcurl looks at every handle of the window at every turn. In an open loop, lanes whose batches are not due
 * yet wait in line, and an alarm clock is one more descriptor to sleep on.
 */
#include <stdlib.h>
#include <unistd.h>

#include "alarm_clock.h"
#include "clock.h"
#include "strategy.h"

#define POLL_LIMIT_MS 1000

struct loop {
    CURLM *multi;
    size_t under_way; /* handles in the multi handle */
    size_t *waiting;  /* a ring of lanes whose batches are not due yet; the first is due first */
    size_t first_waiting;
    size_t waiting_count;
    int alarm_clock;
    uint64_t alarm_at_ns; /* what it is set to */
};

static int loop_add(struct loop *loop, CURL *handle, struct failure *failure)
{
    CURLMcode error = curl_multi_add_handle(loop->multi, handle);

    if (error != CURLM_OK)
        return failure_set(failure, FAILURE_RUN, "curl_multi_add_handle: %s", curl_multi_strerror(error));
    loop->under_way++;
    return 0;
}

/* A lane is free: it gets its next batch, now or when that is due, or is at its end. */
static int loop_refill(struct loop *loop, struct lanes *lanes, size_t lane, struct failure *failure)
{
    switch (lanes_take(lanes, lane)) {
    case TAKE_READY:
        return loop_add(loop, lanes_handle(lanes, lane), failure);
    case TAKE_NOT_BEFORE:
        loop->waiting[(loop->first_waiting + loop->waiting_count++) % lanes_count(lanes)] = lane;
        return 0;
    default:
        return 0;
    }
}

/* A transfer is over: the lane goes on with its batch, or is free. */
static int loop_continue_lane(
    struct loop *loop, struct lanes *lanes, const CURLMsg *message, struct failure *failure)
{
    CURL *handle = message->easy_handle;
    CURLcode result = message->data.result; /* gone with the handle's removal */
    size_t lane = lane_of_handle(handle);

    curl_multi_remove_handle(loop->multi, handle);
    loop->under_way--;
    return lanes_advance(lanes, lane, result) ? loop_add(loop, handle, failure)
                                              : loop_refill(loop, lanes, lane, failure);
}

static int loop_start_due(struct loop *loop, struct lanes *lanes, struct failure *failure)
{
    while (loop->waiting_count > 0) {
        size_t lane = loop->waiting[loop->first_waiting];
        uint64_t due_ns = lanes_due_ns(lanes, lane);
        if (clock_monotonic_ns() < due_ns) {
            if (loop->alarm_at_ns != due_ns)
                alarm_clock_set(loop->alarm_clock, due_ns);
            loop->alarm_at_ns = due_ns;
            return 0;
        }
        loop->first_waiting = (loop->first_waiting + 1) % lanes_count(lanes);
        loop->waiting_count--;
        if (loop_refill(loop, lanes, lane, failure) != 0)
            return -1;
    }
    return 0;
}

static int loop_turn(struct loop *loop, struct lanes *lanes, struct failure *failure)
{
    struct curl_waitfd alarm = {.fd = loop->alarm_clock, .events = CURL_WAIT_POLLIN};
    int running = 0;
    int queued = 0;
    bool is_idle = true;

    CURLMcode error = curl_multi_perform(loop->multi, &running);
    for (CURLMsg *message; (message = curl_multi_info_read(loop->multi, &queued)); is_idle = false)
        if (loop_continue_lane(loop, lanes, message, failure) != 0)
            return -1;
    if (error != CURLM_OK)
        return failure_set(failure, FAILURE_RUN, "curl_multi_perform: %s", curl_multi_strerror(error));
    if (is_idle)
        error = curl_multi_poll(loop->multi, &alarm, loop->waiting_count > 0, POLL_LIMIT_MS, NULL);
    if (error != CURLM_OK)
        return failure_set(failure, FAILURE_RUN, "curl_multi_poll: %s", curl_multi_strerror(error));
    return loop_start_due(loop, lanes, failure);
}

static int loop_prepare(
    struct lanes *lanes, void *state, const struct strategy_values *values, struct failure *failure)
{
    struct loop *loop = state;

    (void)values;
    loop->alarm_clock = alarm_clock_open();
    if (loop->alarm_clock < 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't make an alarm clock");
    loop->waiting = calloc(lanes_count(lanes), sizeof *loop->waiting);
    if (!loop->waiting)
        return failure_set(failure, FAILURE_RUN, "out of memory for %zu lanes", lanes_count(lanes));
    loop->multi = lanes_make_multi(lanes, lanes_count(lanes), failure);
    return loop->multi ? 0 : -1;
}

static int loop_run(struct lanes *lanes, void *state, struct failure *failure)
{
    struct loop *loop = state;
    int result = 0;

    for (size_t lane = 0; result == 0 && lane < lanes_count(lanes); lane++)
        result = loop_refill(loop, lanes, lane, failure);
    if (result == 0)
        result = loop_start_due(loop, lanes, failure);
    while (result == 0 && loop->under_way + loop->waiting_count > 0)
        result = loop_turn(loop, lanes, failure);
    return result;
}

static void loop_release(struct lanes *lanes, void *state)
{
    struct loop *loop = state;

    for (size_t lane = 0; loop->multi && lane < lanes_count(lanes); lane++)
        curl_multi_remove_handle(
            loop->multi, lanes_handle(lanes, lane)); /* those that a failed run left behind */
    curl_multi_cleanup(loop->multi);
    free(loop->waiting);
    if (loop->alarm_clock > 0)
        (void)close(loop->alarm_clock);
}

const struct strategy strategy_curl_multi = {
    .name = "curl-multi",
    .summary = "one thread, one event loop: curl_multi_perform and curl_multi_poll",
    .family = FAMILY_EVENT_LOOP,
    .state_size = sizeof(struct loop),
    .files_per_lane = 1,
    .prepare = loop_prepare,
    .run = loop_run,
    .release = loop_release,
};
