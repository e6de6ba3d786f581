/* loops: what windows and sockets are made of. For window.c and sockets.c; what they do is in
 * <harness/strategy.h>. */
#ifndef HARNESS_TRANSFER_LOOPS_H
#define HARNESS_TRANSFER_LOOPS_H

#include <harness/strategy.h>
#include <stdalign.h>

struct window_end;
struct socket_item;

/* Windows are written by different threads: each has its own cache lines. */
struct window {
    alignas(64) struct lanes *lanes;
    size_t first; /* lanes first, first + step, first + 2 * step, ... */
    size_t step;
    size_t count;
    CURLM *multi;
    int alarm_clock;
    uint64_t alarm_at_ns;
    size_t under_way; /* handles in the multi handle */
    window_go_on *go_on;
    void *context;           /* for go_on */
    struct sockets *sockets; /* NULL: libcurl itself waits for its sockets */
    uint64_t act_at_ns;      /* when libcurl wants to be called, CLOCK_MONOTONIC; 0: not by the clock */
    bool has_worked;         /* libcurl, since what ended was last collected; of loops with sockets */
    struct window_end *ends; /* room for all that end in a turn */
    size_t *waiting;         /* a ring of lanes whose batches are not due yet; the first is due first */
    size_t first_waiting;
    size_t waiting_count;
};

struct sockets {
    alignas(64) struct lanes *lanes;
    struct socket_item *items; /* [descriptor] */
    size_t item_count;
    int *changed; /* descriptors to look at when the turn ends, each once; room for item_count */
    size_t changed_count;
    size_t withheld_count; /* of those, the first: until the next turn */
    struct window **windows;
    size_t window_count;
    bool is_out_of_memory; /* while libcurl worked, which has made a failed transfer of it */
};

/* A connection's descriptor is new, or is about to be closed: what was known about the number is void. False:
 * out of memory. */
bool sockets_note_opened(struct sockets *sockets, int fd);
void sockets_note_closed(struct sockets *sockets, int fd);

#endif
