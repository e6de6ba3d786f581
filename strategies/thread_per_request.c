/*
 * thread-per-request: a new thread for each batch, at most as many alive as there are lanes.
 *
 * A dispatcher takes a batch for a free lane, starts a thread on it, and waits for a lane to come free when
 * there is none. A thread works down its batch, puts its lane on the list of free ones and ends; whoever uses
 * the lane next joins it first. With `handles=lane` the threads of a lane follow one another on its handle
 * and so reuse its connections; with `handles=fresh` each makes a handle of its own and connects anew, as the
 * textbook's plain form does.
 */
#include <harness/strategy.h>

#include <stdlib.h>

enum { DISPATCH_HANDLES, DISPATCH_STACK_KIB };
enum { HANDLES_LANE, HANDLES_FRESH };

static const char *const dispatch_handles[] = {
    [HANDLES_LANE] = "lane",
    [HANDLES_FRESH] = "fresh",
    NULL,
};

static const struct strategy_option dispatch_options[] = {
    [DISPATCH_HANDLES] =
        {
            .name = "handles",
            .help = "a thread uses its lane's handle, or a fresh one without connections",
            .choices = dispatch_handles,
            .fallback = HANDLES_LANE,
        },
    [DISPATCH_STACK_KIB] = STRATEGY_OPTION_STACK_KIB,
    {.name = NULL},
};

struct dispatcher;

/* One lane, and the thread that is on it or was the last to be. */
struct dispatch_slot {
    struct dispatcher *dispatcher;
    size_t lane;
    pthread_t thread;
    bool has_thread; /* not yet joined */
};

struct dispatcher {
    struct lanes *lanes;
    const struct strategy_values *values;
    struct dispatch_slot *slots;
    pthread_mutex_t mutex;
    pthread_cond_t freed;
    size_t *free_lanes; /* guarded by mutex, like all below: a stack, so that warm connections come first */
    size_t free_count;
};

static size_t dispatch_wait_for_lane(struct dispatcher *dispatcher)
{
    pthread_mutex_lock(&dispatcher->mutex);
    while (dispatcher->free_count == 0)
        pthread_cond_wait(&dispatcher->freed, &dispatcher->mutex);
    size_t lane = dispatcher->free_lanes[--dispatcher->free_count];
    pthread_mutex_unlock(&dispatcher->mutex);
    return lane;
}

static void dispatch_free_lane(struct dispatcher *dispatcher, size_t lane)
{
    pthread_mutex_lock(&dispatcher->mutex);
    dispatcher->free_lanes[dispatcher->free_count++] = lane;
    pthread_cond_signal(&dispatcher->freed);
    pthread_mutex_unlock(&dispatcher->mutex);
}

static int dispatch_renew_handle(struct dispatcher *dispatcher, size_t lane)
{
    return dispatcher->values->numbers[DISPATCH_HANDLES] == HANDLES_LANE
               ? 0
               : lanes_renew_handle(dispatcher->lanes, lane);
}

/* A thread's whole life: one batch. */
static void *dispatch_work(void *argument)
{
    const struct dispatch_slot *slot = argument;
    struct dispatcher *dispatcher = slot->dispatcher;

    if (dispatch_renew_handle(dispatcher, slot->lane) == 0) {
        CURLcode result;
        do
            result = curl_easy_perform(lanes_handle(dispatcher->lanes, slot->lane));
        while (lanes_advance(dispatcher->lanes, slot->lane, result));
    }
    dispatch_free_lane(dispatcher, slot->lane);
    return NULL;
}

static void dispatch_join(struct dispatcher *dispatcher, struct dispatch_slot *slot)
{
    if (slot->has_thread)
        lanes_join_thread(dispatcher->lanes, slot->thread);
    slot->has_thread = false;
}

static int dispatch_prepare(struct lanes *lanes, void *state, const struct strategy_values *values)
{
    struct dispatcher *dispatcher = state;
    size_t lane_count = lanes_count(lanes);

    pthread_mutex_init(&dispatcher->mutex, NULL);
    pthread_cond_init(&dispatcher->freed, NULL);
    dispatcher->lanes = lanes;
    dispatcher->values = values;
    dispatcher->slots = calloc(lane_count, sizeof *dispatcher->slots);
    dispatcher->free_lanes = calloc(lane_count, sizeof *dispatcher->free_lanes);
    if (!dispatcher->slots || !dispatcher->free_lanes)
        return lanes_fail(lanes, "out of memory for %zu lanes; lower --concurrency", lane_count);
    for (size_t lane = lane_count; lane-- > 0;) {
        dispatcher->slots[lane] = (struct dispatch_slot){.dispatcher = dispatcher, .lane = lane};
        dispatcher->free_lanes[dispatcher->free_count++] = lane;
        lanes_prepare_blocking(lanes, lane);
    }
    return 0;
}

static int dispatch_run(struct lanes *lanes, void *state)
{
    struct dispatcher *dispatcher = state;
    size_t stack_kib = (size_t)dispatcher->values->numbers[DISPATCH_STACK_KIB];
    int result = 0;

    while (result == 0) {
        struct dispatch_slot *slot = &dispatcher->slots[dispatch_wait_for_lane(dispatcher)];
        dispatch_join(dispatcher, slot);
        if (lanes_take_when_due(lanes, slot->lane) == TAKE_DONE) {
            dispatch_free_lane(dispatcher, slot->lane);
            break;
        }
        result = lanes_start_thread(lanes, &slot->thread, stack_kib, dispatch_work, slot);
        slot->has_thread = result == 0;
    }
    for (size_t lane = 0; lane < lanes_count(lanes); lane++)
        dispatch_join(dispatcher, &dispatcher->slots[lane]);
    return lanes_have_failed(lanes) ? -1 : 0;
}

static void dispatch_release(struct lanes *lanes, void *state)
{
    struct dispatcher *dispatcher = state;

    (void)lanes;
    free(dispatcher->slots);
    free(dispatcher->free_lanes);
    pthread_cond_destroy(&dispatcher->freed);
    pthread_mutex_destroy(&dispatcher->mutex);
}

static void dispatch_needs(
    const struct strategy_values *values, const struct strategy_scale *scale, struct strategy_needs *needs)
{
    /* A large stack is memory only where it is touched. */
    needs->connects_anew = values->numbers[DISPATCH_HANDLES] == HANDLES_FRESH;
    needs->files = scale->connections + scale->lanes * FILES_PER_BLOCKING_HANDLE;
    needs->threads = scale->lanes;
    needs->memory_kib = scale->lanes * (HANDLE_KIB + THREAD_KIB);
}

const struct strategy strategy_thread_per_request = {
    .name = "thread-per-request",
    .summary = "a new thread for each batch, at most --concurrency of them at once",
    .family = FAMILY_THREADS,
    .options = dispatch_options,
    .state_size = sizeof(struct dispatcher),
    .needs = dispatch_needs,
    .prepare = dispatch_prepare,
    .run = dispatch_run,
    .release = dispatch_release,
};
