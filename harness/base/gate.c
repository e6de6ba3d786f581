#include "gate.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

struct gate_shared {
    _Atomic size_t busy; /* children that do not wait yet */
    _Atomic bool is_closed;
};

int gate_init(struct gate *gate, size_t count, struct failure *failure)
{
    *gate = (struct gate){
        .count = count,
        .openings = {eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE), eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE)},
        .all_wait = eventfd(0, EFD_CLOEXEC),
    };
    if (gate->openings[0] < 0 || gate->openings[1] < 0 || gate->all_wait < 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't make a gate for %zu processes", count);
    void *pages = mmap(NULL, sizeof *gate->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return failure_set_errno(failure, FAILURE_RUN, "can't share memory with %zu processes", count);
    gate->shared = pages;
    atomic_store(&gate->shared->busy, count);
    return 0;
}

void gate_release(struct gate *gate)
{
    const int descriptors[] = {gate->openings[0], gate->openings[1], gate->all_wait};

    for (size_t i = 0; i < sizeof descriptors / sizeof descriptors[0]; i++)
        if (descriptors[i] >= 0)
            (void)close(descriptors[i]);
    if (gate->shared)
        (void)munmap(gate->shared, sizeof *gate->shared);
    *gate = (struct gate){.openings = {-1, -1}, .all_wait = -1};
}

/* The two can fail only where an eventfd is used wrongly, or by a signal. */
static void gate_add(int descriptor, eventfd_t value)
{
    while (eventfd_write(descriptor, value) != 0 && errno == EINTR)
        continue;
}

static void gate_take(int descriptor)
{
    eventfd_t unused = 0;

    while (eventfd_read(descriptor, &unused) != 0 && errno == EINTR)
        continue;
}

bool gate_pass(struct gate *gate)
{
    if (atomic_fetch_sub(&gate->shared->busy, 1) == 1)
        gate_add(gate->all_wait, 1);
    gate_take(gate->openings[gate->passes++ % 2]);
    return !atomic_load(&gate->shared->is_closed);
}

bool gate_await(const struct gate *gate, int milliseconds)
{
    struct pollfd all_wait = {.fd = gate->all_wait, .events = POLLIN};

    return poll(&all_wait, 1, milliseconds) > 0;
}

void gate_open(struct gate *gate)
{
    gate_take(gate->all_wait);
    atomic_store(&gate->shared->busy, gate->count);
    gate_add(gate->openings[gate->passes++ % 2], gate->count);
}

void gate_close(struct gate *gate)
{
    atomic_store(&gate->shared->is_closed, true);
    gate_add(gate->openings[gate->passes % 2], gate->count);
}
