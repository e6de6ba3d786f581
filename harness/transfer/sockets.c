#include "loops.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "internal.h"

#define SLEEP_LIMIT_MS 1000
#define ITEMS_AT_FIRST 64
#define DUE_NOW_NS     1 /* long ago, by CLOCK_MONOTONIC */
#define TIMER_UNSET    (-1L)

struct socket_item {
    struct window *window; /* whose multi handle wants it watched; NULL: none has asked yet */
    int wants;             /* CURL_POLL_IN, CURL_POLL_OUT */
    int has;               /* the same, as the loop last took it */
    bool is_connection;    /* opened by libcurl's transfers, which say when they close it */
    bool is_closed;        /* since the loop last took it; perhaps it is open again */
    bool is_other;         /* that, or perhaps that */
    bool is_changed;       /* in the list of those */
};

static bool sockets_grow(struct sockets *sockets, int fd)
{
    size_t count = sockets->item_count ? sockets->item_count : ITEMS_AT_FIRST;

    if ((size_t)fd < sockets->item_count)
        return true;
    while (count <= (size_t)fd)
        count *= 2;
    struct socket_item *items = realloc(sockets->items, count * sizeof *items);
    if (!items)
        return false;
    sockets->items = items;
    int *changed = realloc(sockets->changed, count * sizeof *changed);
    if (!changed)
        return false;
    sockets->changed = changed;
    for (size_t i = sockets->item_count; i < count; i++)
        items[i] = (struct socket_item){0};
    sockets->item_count = count;
    return true;
}

/* NULL without memory. */
static struct socket_item *sockets_change(struct sockets *sockets, int fd)
{
    if (fd < 0 || !sockets_grow(sockets, fd)) {
        sockets->is_out_of_memory = true;
        return NULL;
    }
    struct socket_item *item = &sockets->items[fd];
    if (!item->is_changed)
        sockets->changed[sockets->changed_count++] = fd;
    item->is_changed = true;
    return item;
}

bool sockets_note_opened(struct sockets *sockets, int fd)
{
    struct socket_item *item = sockets_change(sockets, fd);

    if (!item)
        return false;
    item->is_connection = true;
    item->is_closed = true;
    item->is_other = true;
    item->wants = 0;
    return true;
}

void sockets_note_closed(struct sockets *sockets, int fd)
{
    if ((size_t)fd >= sockets->item_count)
        return;
    struct socket_item *item = sockets_change(sockets, fd);
    item->is_connection = false;
    item->is_closed = true;
    item->is_other = true;
    item->wants = 0;
}

/* For CURLMOPT_SOCKETFUNCTION. */
static int sockets_note_wish(CURL *handle, curl_socket_t fd, int what, void *owner, void *unused)
{
    struct window *window = owner;
    struct socket_item *item = sockets_change(window->sockets, fd);

    (void)handle;
    (void)unused;
    if (!item)
        return -1;
    item->window = window;
    item->wants = what == CURL_POLL_REMOVE ? 0 : what & CURL_POLL_INOUT;
    /* The resolver's descriptors are closed after this, without a word. */
    if (what == CURL_POLL_REMOVE && !item->is_connection)
        item->is_other = true;
    return 0;
}

/* For CURLMOPT_TIMERFUNCTION. From here libcurl must not be called. */
static int sockets_note_timer(CURLM *multi, long timeout_ms, void *owner)
{
    struct window *window = owner;

    (void)multi;
    if (timeout_ms == TIMER_UNSET)
        window->act_at_ns = 0;
    else if (timeout_ms == 0)
        window->act_at_ns = DUE_NOW_NS;
    else
        window->act_at_ns = clock_monotonic_ns() + (uint64_t)timeout_ms * NS_PER_MS;
    return 0;
}

static int sockets_no_memory(struct lanes *lanes)
{
    return lanes_fail(lanes, "out of memory for an event loop");
}

struct sockets *sockets_make(struct lanes *lanes)
{
    struct sockets *sockets = aligned_alloc(alignof(struct sockets), sizeof *sockets);

    if (!sockets) {
        (void)sockets_no_memory(lanes);
        return NULL;
    }
    memset(sockets, 0, sizeof *sockets);
    sockets->lanes = lanes;
    return sockets;
}

int sockets_attach(struct sockets *sockets, struct window *window)
{
    struct window **windows =
        realloc(sockets->windows, (sockets->window_count + 1) * sizeof(struct window *));

    if (!windows)
        return sockets_no_memory(sockets->lanes);
    sockets->windows = windows;
    windows[sockets->window_count++] = window;
    window->sockets = sockets;
    for (size_t lane = window->first; lane < lanes_count(window->lanes); lane += window->step)
        window->lanes->items[lane].sockets = sockets;
    (void)curl_multi_setopt(window->multi, CURLMOPT_SOCKETFUNCTION, sockets_note_wish);
    (void)curl_multi_setopt(window->multi, CURLMOPT_SOCKETDATA, window);
    (void)curl_multi_setopt(window->multi, CURLMOPT_TIMERFUNCTION, sockets_note_timer);
    (void)curl_multi_setopt(window->multi, CURLMOPT_TIMERDATA, window);
    return 0;
}

void sockets_release(struct sockets *sockets)
{
    if (!sockets)
        return;
    for (size_t lane = 0; lane < lanes_count(sockets->lanes); lane++)
        if (sockets->lanes->items[lane].sockets == sockets)
            sockets->lanes->items[lane].sockets = NULL; /* its handle may have connections that close later */
    free(sockets->items);
    free(sockets->changed);
    free(sockets->windows);
    free(sockets);
}

bool sockets_have_work(const struct sockets *sockets)
{
    for (size_t i = 0; i < sockets->window_count; i++)
        if (window_has_work(sockets->windows[i]))
            return true;
    return false;
}

static int sockets_call(struct window *window, curl_socket_t fd, int ready)
{
    int running = 0;
    CURLMcode error = curl_multi_socket_action(window->multi, fd, ready, &running);

    window->has_worked = true;
    if (window->sockets->is_out_of_memory)
        return sockets_no_memory(window->lanes);
    return error == CURLM_OK
               ? 0
               : lanes_fail(window->lanes, "curl_multi_socket_action: %s", curl_multi_strerror(error));
}

static bool window_is_due(const struct window *window, uint64_t now_ns)
{
    return window->act_at_ns != 0 && window->act_at_ns <= now_ns;
}

static int sockets_refill(struct window *window, size_t *ended)
{
    window->has_worked = false;
    return window_collect(window, ended) == 0 ? window_start_due(window) : -1;
}

/* Once: what ends while libcurl works is followed by new transfers, which are due at once, in the next turn.
 * Until then, others get theirs. */
static int sockets_settle_window(struct window *window, uint64_t now_ns)
{
    size_t ended = 0;

    if ((window->has_worked || window_is_waiting(window)) && sockets_refill(window, &ended) != 0)
        return -1;
    if (!window_is_due(window, now_ns))
        return 0;
    window->act_at_ns = 0; /* one-shot; libcurl sets it again from within */
    if (sockets_call(window, CURL_SOCKET_TIMEOUT, 0) != 0)
        return -1;
    return sockets_refill(window, &ended);
}

int sockets_settle(struct sockets *sockets)
{
    uint64_t now_ns = clock_monotonic_ns();

    for (size_t i = 0; i < sockets->window_count; i++)
        if (sockets_settle_window(sockets->windows[i], now_ns) != 0)
            return -1;
    return 0;
}

static bool sockets_are_due(const struct sockets *sockets)
{
    for (size_t i = 0; i < sockets->window_count; i++)
        if (sockets->windows[i]->act_at_ns == DUE_NOW_NS)
            return true;
    return false;
}

/* Puts the descriptor, whose place in the list was the last, among those at the list's start. */
static void sockets_withhold(struct sockets *sockets, int fd)
{
    sockets->changed[sockets->changed_count++] = sockets->changed[sockets->withheld_count];
    sockets->changed[sockets->withheld_count++] = fd;
}

/* When transfers that were just added are due, the next turn comes at once, and begins with them: they will
 * want most of the sockets that libcurl now wants to be left alone. */
bool sockets_next_change(struct sockets *sockets, struct socket_change *change)
{
    bool is_due = sockets_are_due(sockets);

    while (sockets->changed_count > sockets->withheld_count) {
        int fd = sockets->changed[--sockets->changed_count];
        struct socket_item *item = &sockets->items[fd];
        if (is_due && item->wants == 0 && !item->is_other) {
            sockets_withhold(sockets, fd);
            continue;
        }
        *change = (struct socket_change){.fd = fd,
            .before = item->is_closed ? 0 : item->has,
            .after = item->wants,
            .is_other = item->is_other};
        item->has = item->wants;
        item->is_closed = false;
        item->is_other = false;
        item->is_changed = false;
        if (change->before != change->after || change->is_other)
            return true;
    }
    sockets->withheld_count = 0;
    return false;
}

int sockets_timeout_ms(const struct sockets *sockets)
{
    uint64_t first_ns = UINT64_MAX;

    for (size_t i = 0; i < sockets->window_count; i++)
        if (sockets->windows[i]->act_at_ns != 0 && sockets->windows[i]->act_at_ns < first_ns)
            first_ns = sockets->windows[i]->act_at_ns;
    if (first_ns == DUE_NOW_NS)
        return 0;
    uint64_t now_ns = clock_monotonic_ns();
    if (first_ns <= now_ns)
        return 0;
    uint64_t left_ms = (first_ns - now_ns - 1) / NS_PER_MS + 1;
    return left_ms < SLEEP_LIMIT_MS ? (int)left_ms : SLEEP_LIMIT_MS;
}

/* Of an error alone libcurl makes a failed request; from reading it learns whether the connection was only
 * kept too long, and sends again. It takes errors for readiness itself, where it polls (Curl_socket_check).
 */
int sockets_act(struct sockets *sockets, int fd, int ready)
{
    const struct socket_item *item = (size_t)fd < sockets->item_count ? &sockets->items[fd] : NULL;

    if (!item || !item->window || item->wants == 0)
        return 0;
    if (ready & CURL_CSELECT_ERR)
        ready |= (item->wants & CURL_POLL_IN ? CURL_CSELECT_IN : 0) |
                 (item->wants & CURL_POLL_OUT ? CURL_CSELECT_OUT : 0);
    return sockets_call(item->window, fd, ready);
}
