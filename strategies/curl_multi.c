/*
 * curl-multi: one thread, one multi handle, curl_multi_perform and curl_multi_poll.
 *
 * A window of lanes is in the multi handle. Each turn of the loop lets libcurl do what it can for all of
 * them, refills the lanes whose transfers are over, and sleeps until something happens on any connection.
 * libcurl looks at every handle of the window at every turn.
 */
#include "strategy.h"

#define POLL_LIMIT_MS 1000

struct loop {
    CURLM *multi;
    size_t under_way; /* handles in the multi handle */
};

static int loop_add(struct loop *loop, CURL *handle, struct failure *failure)
{
    CURLMcode error = curl_multi_add_handle(loop->multi, handle);

    if (error != CURLM_OK)
        return failure_set(failure, FAILURE_RUN, "curl_multi_add_handle: %s", curl_multi_strerror(error));
    loop->under_way++;
    return 0;
}

/* A transfer is over: the lane goes on with its batch, or with the next one, or is at its end. */
static int loop_continue_lane(
    struct loop *loop, struct run *run, const CURLMsg *message, struct failure *failure)
{
    CURL *handle = message->easy_handle;
    CURLcode result = message->data.result; /* gone with the handle's removal */
    size_t lane = run_lane(handle);

    curl_multi_remove_handle(loop->multi, handle);
    loop->under_way--;
    if (run_advance(run, lane, result) || run_take(run, lane) == TAKE_READY)
        return loop_add(loop, handle, failure);
    return 0;
}

static int loop_turn(struct loop *loop, struct run *run, struct failure *failure)
{
    int running = 0;
    int queued = 0;
    bool is_idle = true;

    CURLMcode error = curl_multi_perform(loop->multi, &running);
    for (CURLMsg *message; (message = curl_multi_info_read(loop->multi, &queued)); is_idle = false)
        if (loop_continue_lane(loop, run, message, failure) != 0)
            return -1;
    if (error == CURLM_OK && is_idle)
        error = curl_multi_poll(loop->multi, NULL, 0, POLL_LIMIT_MS, NULL);
    if (error != CURLM_OK)
        return failure_set(failure, FAILURE_RUN, "curl_multi_perform: %s", curl_multi_strerror(error));
    return 0;
}

static int loop_prepare(
    struct run *run, void *state, const struct strategy_values *values, struct failure *failure)
{
    struct loop *loop = state;

    (void)values;
    loop->multi = run_make_multi(run, run_lane_count(run), failure);
    return loop->multi ? 0 : -1;
}

static int loop_run(struct run *run, void *state, struct failure *failure)
{
    struct loop *loop = state;
    int result = 0;

    for (size_t lane = 0; result == 0 && lane < run_lane_count(run) && run_take(run, lane) == TAKE_READY;
         lane++)
        result = loop_add(loop, run_handle(run, lane), failure);
    while (result == 0 && loop->under_way > 0)
        result = loop_turn(loop, run, failure);
    return result;
}

static void loop_release(struct run *run, void *state)
{
    struct loop *loop = state;

    for (size_t lane = 0; loop->multi && lane < run_lane_count(run); lane++)
        curl_multi_remove_handle(
            loop->multi, run_handle(run, lane)); /* those that a failed run left behind */
    curl_multi_cleanup(loop->multi);
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
