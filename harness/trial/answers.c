/* answers: waiting for what a trial says, while it, the origin, the user or the clock may end it. */
#include "answers.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "record.h"
#include "utf8.h"

/* How long an answer may take to come, whatever comes of it. */
struct patience {
    uint64_t ns;
    uint64_t deadline_ns; /* requests that finish put it off */
    uint64_t served;      /* by the origin, when the deadline was set */
    const char *lacking;  /* "no request finished", for the message */
    char doing[128];      /* what the trial said that it does; "": nothing */
};

/* The first thing that goes wrong is what the trial's row says. */
void trial_set_status(struct trial *trial, enum trial_status status, const char *format, ...)
{
    va_list arguments;

    if (trial->status != TRIAL_OK)
        return;
    trial->status = status;
    va_start(arguments, format);
    (void)vsnprintf(trial->message, sizeof trial->message, format, arguments);
    va_end(arguments);
    utf8_tidy_text(trial->message);
}

static uint64_t trial_served(const struct trial_watch *watch)
{
    uint64_t served = watch->served ? atomic_load(watch->served) : 0;

    return served < watch->served_most ? served : watch->served_most;
}

/* Has the origin answered anything since this was asked last? */
static bool trial_was_served(const struct trial_watch *watch, struct patience *patience)
{
    uint64_t before = patience->served;

    patience->served = trial_served(watch);
    return patience->served != before;
}

/* The latest end of a request so far, or 0. An end that is still to come is nonsense, and puts nothing off.
 */
static uint64_t trial_last_finished_ns(const struct trial_watch *watch)
{
    uint64_t now_ns = clock_monotonic_ns();
    uint64_t last_ns = 0;

    for (uint64_t i = 0; watch->records && i < watch->request_count; i++) {
        const struct record *record = &watch->records->slots[i];
        enum outcome outcome = record_outcome(record);
        bool is_over = outcome != OUTCOME_NOT_RUN && outcome != OUTCOME_SKIPPED;
        uint64_t finished_ns = record->finished_ns;
        if (is_over && finished_ns > last_ns && finished_ns <= now_ns)
            last_ns = finished_ns;
    }
    return last_ns;
}

int trial_milliseconds_until(uint64_t deadline_ns)
{
    uint64_t now_ns = clock_monotonic_ns();

    uint64_t left_ms = deadline_ns <= now_ns ? 0 : (deadline_ns - now_ns) / NS_PER_MS + 1;

    return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

/* When to tick next: not before the clock runs, nor after it. */
static uint64_t trial_tick_ns(const struct trial *trial, const struct trial_watch *watch)
{
    uint64_t first_ns = trial->go_ns + TRIAL_TICKS_FROM_NS;

    if (!watch->tick || trial->go_ns == 0 || trial->wall_ns != 0)
        return UINT64_MAX;
    return trial->tick_ns > first_ns ? trial->tick_ns : first_ns;
}

static void trial_tick(struct trial *trial, const struct trial_watch *watch)
{
    trial->tick_ns = clock_monotonic_ns() + NS_PER_S;
    watch->tick(watch->tick_context);
}

/*
 * Sleeps until the answers have something to read: true. False, with the status set, when the watch or the
 * deadline speaks first. Requests that finish put the deadline off; the records are looked at only when it
 * has come.
 */
static bool trial_sleep(struct trial *trial, const struct trial_watch *watch, struct patience *patience)
{
    struct pollfd fds[] = {
        {.fd = trial->answers, .events = POLLIN},
        {.fd = watch->interrupt_fd, .events = POLLIN},
        {.fd = watch->origin_fd, .events = POLLIN},
        {.fd = trial->process, .events = POLLIN},
    };

    for (;;) {
        uint64_t tick_ns = trial_tick_ns(trial, watch);
        uint64_t wake_ns = tick_ns < patience->deadline_ns ? tick_ns : patience->deadline_ns;
        int ready = poll(fds, sizeof fds / sizeof fds[0], trial_milliseconds_until(wake_ns));
        if (ready < 0 && errno == EINTR)
            continue;
        if (fds[1].revents != 0)
            trial_set_status(trial, TRIAL_INTERRUPTED, "stopped by the user");
        else if (fds[2].revents != 0)
            trial_set_status(trial, TRIAL_ORIGIN_LOST, "the embedded origin ended");
        else if (fds[0].revents != 0)
            return true;
        else if (fds[3].revents != 0) /* and yet the answers are open: its children hold them */
            trial_leave(trial);
        else if (ready == 0 && clock_monotonic_ns() < patience->deadline_ns) {
            if (clock_monotonic_ns() >= tick_ns)
                trial_tick(trial, watch);
            continue;
        } else if (ready == 0) {
            uint64_t last_ns =
                trial_was_served(watch, patience) ? clock_monotonic_ns() : trial_last_finished_ns(watch);
            uint64_t progress_ns = last_ns + patience->ns;
            if (progress_ns > clock_monotonic_ns()) {
                patience->deadline_ns = progress_ns;
                continue;
            }
            trial_set_status(trial, TRIAL_HUNG, "%s for %.0f s%s%s", patience->lacking,
                (double)patience->ns / (double)NS_PER_S, patience->doing[0] ? ": it was " : "",
                patience->doing);
        }
        return false;
    }
}

/* Reads more of the answers. False, with the status set, when nothing comes. */
static bool trial_read_more(struct trial *trial, const struct trial_watch *watch, struct patience *patience)
{
    char bytes[4096];
    ssize_t got = -1;

    do {
        if (!trial_sleep(trial, watch, patience))
            return false;
        got = read(trial->answers, bytes, sizeof bytes);
    } while (got < 0 && errno == EINTR);
    trial->answered_ns = clock_monotonic_ns();
    if (got <= 0) {
        trial_leave(trial);
        return false;
    }
    buffer_append(&trial->unread, bytes, (size_t)got);
    if (trial->unread.out_of_memory || trial->unread.size > 16 * sizeof bytes) {
        trial_set_status(trial, TRIAL_FAILED, "its answer is too long");
        return false;
    }
    return true;
}

/* The next line of the answers as JSON, for the caller to give back. NULL, with the status set, when none
 * comes; NULL, too, when it is not JSON. */
static json_t *trial_read_answer(
    struct trial *trial, const struct trial_watch *watch, struct patience *patience)
{
    struct buffer *unread = &trial->unread;
    const char *end = NULL;

    while (!(end = unread->size > 0 ? memchr(unread->bytes, '\n', unread->size) : NULL))
        if (!trial_read_more(trial, watch, patience))
            return NULL;
    size_t length = (size_t)(end - unread->bytes);
    json_t *answer = json_loadb(unread->bytes, length, 0, NULL);
    unread->size -= length + 1;
    memmove(unread->bytes, end + 1, unread->size);
    return answer;
}

/* Does the answer only say what the trial does to get ready? That is kept. */
static bool trial_keep_doing(const json_t *answer, enum trial_state expected, struct patience *patience)
{
    const char *what = json_string_value(json_object_get(answer, "what"));

    if (expected != TRIAL_SAYS_READY || trial_state_read(answer) != TRIAL_SAYS_DOING || !what)
        return false;
    (void)snprintf(patience->doing, sizeof patience->doing, "%s", what);
    return true;
}

json_t *trial_read_line(
    struct trial *trial, const struct trial_watch *watch, uint64_t patience_ns, const char *lacking)
{
    struct patience patience = {.ns = patience_ns,
        .deadline_ns = clock_monotonic_ns() + patience_ns,
        .served = trial_served(watch),
        .lacking = lacking};

    return trial_read_answer(trial, watch, &patience);
}

/* Reads an answer that should have the state `expected`; the caller gives it back. NULL with the status set.
 */
json_t *trial_expect(
    struct trial *trial, const struct trial_watch *watch, uint64_t patience_ns, enum trial_state expected)
{
    static const char *const lacking[] = {[TRIAL_SAYS_READY] = "it was not ready",
        [TRIAL_SAYS_DONE] = "no request finished",
        [TRIAL_SAYS_COUNTED] = "it did not say what it used"};
    struct patience patience = {.ns = patience_ns,
        .deadline_ns = clock_monotonic_ns() + patience_ns,
        .served = trial_served(watch),
        .lacking = lacking[expected]};
    json_t *answer = trial_read_answer(trial, watch, &patience);

    while (trial_keep_doing(answer, expected, &patience)) {
        json_decref(answer);
        answer = NULL;
        if (clock_monotonic_ns() >= patience.deadline_ns)
            trial_set_status(trial, TRIAL_HUNG, "%s for %.0f s: it was %s", patience.lacking,
                (double)patience.ns / (double)NS_PER_S, patience.doing);
        else
            answer = trial_read_answer(trial, watch, &patience);
    }
    if (trial_state_read(answer) == expected)
        return answer;
    const char *message = json_string_value(json_object_get(answer, "message"));
    trial_set_status(trial, TRIAL_FAILED, "%s", message ? message : "its answer can't be understood");
    json_decref(answer);
    return NULL;
}
