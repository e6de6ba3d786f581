#include "ports_wait.h"

#include <poll.h>

#include "clock.h"
#include "ports.h"

/* The kernel's timer for this minute may be late by some seconds. */
#define LIMIT_NS ((PORTS_KEPT_S + 10) * NS_PER_S)

/* Shorter waits are not worth a word. */
#define TOLD_FROM_S 3

/* Between two looks. */
#define LONG_STEP_MS  1000
#define SHORT_STEP_MS 50

void ports_wait_init(
    struct ports_wait *wait, const struct plan *plan, int interrupt_fd, const struct progress *progress)
{
    *wait = (struct ports_wait){
        .requests = ports_requests(plan->settings, plan->workload, plan->extent),
        .batches = plan->extent.batch_count,
        .follows_redirects = plan->settings->follow_redirects,
        .interrupt_fd = interrupt_fd,
        .progress = progress,
    };
    server_ports_find(&wait->servers, plan->settings, plan->base_url, plan->workload);
}

static void ports_wait_tell(
    struct ports_wait *wait, const struct arm *arm, const struct ports *ports, uint64_t needed)
{
    unsigned int seconds = ports_wait_s(ports, needed);

    if (seconds >= TOLD_FROM_S && !wait->has_told) {
        progress_tell(wait->progress,
            "waiting for local ports: %s may need %llu of %llu, and %llu connections of earlier trials or "
            "other programs are still in TIME_WAIT, so each trial may have to wait for up to a minute; to "
            "wait less, %s",
            arm->name, (unsigned long long)needed, (unsigned long long)ports->count,
            (unsigned long long)ports->waiting, ports_remedy(&arm->settings));
        wait->has_told = true;
    }
    progress_show_wait(wait->progress, "local ports", seconds);
}

/* True when the user wants to stop. */
static bool ports_wait_step(const struct ports_wait *wait, unsigned int seconds)
{
    struct pollfd fd = {.fd = wait->interrupt_fd, .events = POLLIN};

    return poll(&fd, 1, seconds >= TOLD_FROM_S ? LONG_STEP_MS : SHORT_STEP_MS) > 0;
}

void ports_wait_learn(struct ports_wait *wait, const struct arm *arm, uint64_t opened)
{
    /* Without redirects, what is more than the requests to one server went to others. */
    if (!wait->follows_redirects && opened > wait->requests)
        opened = wait->requests;
    if (!ports_are_used_once(arm) && opened > wait->opened)
        wait->opened = opened;
}

bool ports_wait_expects_new_connections(const struct ports_wait *wait, const struct arm *arm)
{
    return ports_are_used_once(arm) || wait->opened > arm->settings.concurrency;
}

static uint64_t ports_wait_needed(const struct ports_wait *wait, const struct arm *arm)
{
    uint64_t foreseen = ports_needed(arm, wait->requests, wait->batches);

    return arm->sends_nothing || foreseen > wait->opened ? foreseen : wait->opened;
}

void ports_wait_for(struct ports_wait *wait, const struct arm *arm)
{
    uint64_t needed = ports_wait_needed(wait, arm);
    uint64_t deadline_ns = clock_monotonic_ns() + LIMIT_NS;
    struct ports ports;

    if (!ports_may_be_short(needed))
        return;
    do {
        ports_look(&ports, wait->servers.items, wait->servers.count);
        if (ports_wait_s(&ports, needed) == 0)
            return;
        ports_wait_tell(wait, arm, &ports, needed);
    } while (!ports_wait_step(wait, ports_wait_s(&ports, needed)) && clock_monotonic_ns() < deadline_ns);
}
