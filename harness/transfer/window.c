#include "loops.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alarm_clock.h"
#include "clock.h"

/* A transfer that libcurl has ended. */
struct window_end {
    CURL *handle;
    CURLcode result;
};

/* The way of most loops. */
static int window_refill(void *context, size_t lane, const CURLcode *result)
{
    struct window *window = context;

    if (result && lanes_advance(window->lanes, lane, *result))
        return window_start(window, lane);
    switch (lanes_take(window->lanes, lane)) {
    case TAKE_READY:
        return window_start(window, lane);
    case TAKE_NOT_BEFORE:
        window_wait(window, lane);
        return 0;
    default:
        return 0;
    }
}

static int window_fill_in(struct window *window, struct lanes *lanes, size_t first, size_t step)
{
    memset(window, 0, sizeof *window);
    window->lanes = lanes;
    window->go_on = window_refill;
    window->context = window;
    window->first = first;
    window->step = step;
    window->count = (lanes_count(lanes) - first + step - 1) / step;
    window->alarm_clock = alarm_clock_open();
    if (window->alarm_clock < 0)
        return lanes_fail_errno(lanes, "can't make an alarm clock");
    window->waiting = calloc(window->count, sizeof *window->waiting);
    window->ends = calloc(window->count, sizeof *window->ends);
    if (!window->waiting || !window->ends)
        return lanes_fail(lanes, "out of memory for %zu lanes", window->count);
    window->multi = lanes_make_multi(lanes);
    return window->multi ? 0 : -1;
}

struct window *window_make(struct lanes *lanes, size_t first, size_t step)
{
    if (first >= lanes_count(lanes) || step == 0) {
        (void)lanes_fail(lanes, "a window of every %zu. lane from lane %zu on, of %zu lanes, has none", step,
            first, lanes_count(lanes));
        return NULL;
    }
    struct window *window = aligned_alloc(alignof(struct window), sizeof *window);
    if (!window)
        (void)lanes_fail(lanes, "out of memory for an event loop");
    if (!window || window_fill_in(window, lanes, first, step) == 0)
        return window;
    window_release(window);
    return NULL;
}

void window_set_go_on(struct window *window, window_go_on *go_on, void *context)
{
    window->go_on = go_on;
    window->context = context;
}

CURLM *window_multi(const struct window *window)
{
    return window->multi;
}

int window_alarm_clock(const struct window *window)
{
    return window->alarm_clock;
}

int window_start(struct window *window, size_t lane)
{
    CURLMcode error = curl_multi_add_handle(window->multi, lanes_handle(window->lanes, lane));

    if (error != CURLM_OK)
        return lanes_fail(window->lanes, "curl_multi_add_handle: %s", curl_multi_strerror(error));
    window->under_way++;
    return 0;
}

void window_wait(struct window *window, size_t lane)
{
    window->waiting[(window->first_waiting + window->waiting_count++) % window->count] = lane;
}

static int window_end_transfer(struct window *window, const struct window_end *end)
{
    curl_multi_remove_handle(window->multi, end->handle);
    window->under_way--;
    return window->go_on(window->context, lane_of_handle(end->handle), &end->result);
}

int window_open(struct window *window)
{
    for (size_t lane = window->first; lane < lanes_count(window->lanes); lane += window->step)
        if (window->go_on(window->context, lane, NULL) != 0)
            return -1;
    return window_start_due(window);
}

bool window_has_work(const struct window *window)
{
    return window->under_way + window->waiting_count > 0;
}

bool window_is_waiting(const struct window *window)
{
    return window->waiting_count > 0;
}

int window_collect(struct window *window, size_t *ended)
{
    int queued = 0;

    /* All of them are read before the first handle is removed: removing one looks through what is unread. */
    *ended = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(window->multi, &queued)); ++*ended)
        window->ends[*ended] =
            (struct window_end){.handle = message->easy_handle, .result = message->data.result};
    for (size_t i = 0; i < *ended; i++)
        if (window_end_transfer(window, &window->ends[i]) != 0)
            return -1;
    return 0;
}

int window_start_due(struct window *window)
{
    while (window->waiting_count > 0) {
        size_t lane = window->waiting[window->first_waiting];
        uint64_t due_ns = lanes_due_ns(window->lanes, lane);
        if (clock_monotonic_ns() < due_ns) {
            if (window->alarm_at_ns != due_ns)
                alarm_clock_set(window->alarm_clock, due_ns);
            window->alarm_at_ns = due_ns;
            return 0;
        }
        window->first_waiting = (window->first_waiting + 1) % window->count;
        window->waiting_count--;
        if (window->go_on(window->context, lane, NULL) != 0)
            return -1;
    }
    if (window->alarm_at_ns != 0) /* it would stay readable */
        alarm_clock_set(window->alarm_clock, 0);
    window->alarm_at_ns = 0;
    return 0;
}

void window_release(struct window *window)
{
    if (!window)
        return;
    for (size_t lane = window->first; window->multi && lane < lanes_count(window->lanes);
         lane += window->step)
        curl_multi_remove_handle(
            window->multi, lanes_handle(window->lanes, lane)); /* of a loop that failed */
    curl_multi_cleanup(window->multi);
    free(window->waiting);
    free(window->ends);
    if (window->alarm_clock >= 0)
        (void)close(window->alarm_clock);
    free(window);
}
