#include "process_gate.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

struct process_gate_shared {
    _Atomic size_t busy; /* children that do not wait yet */
    _Atomic bool is_closed;
};

int process_gate_init(struct process_gate *gate, size_t count)
{
    *gate = (struct process_gate){
        .count = count,
        .openings = {eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE), eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE)},
        .all_wait = eventfd(0, EFD_CLOEXEC),
    };
    if (gate->openings[0] < 0 || gate->openings[1] < 0 || gate->all_wait < 0)
        return -1;
    void *pages = mmap(NULL, sizeof *gate->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return -1;
    gate->shared = pages;
    atomic_store(&gate->shared->busy, count);
    return 0;
}

void process_gate_release(struct process_gate *gate)
{
    if (gate->count == 0)
        return;
    const int descriptors[] = {gate->openings[0], gate->openings[1], gate->all_wait};

    for (size_t i = 0; i < sizeof descriptors / sizeof descriptors[0]; i++)
        if (descriptors[i] >= 0)
            (void)close(descriptors[i]);
    if (gate->shared)
        (void)munmap(gate->shared, sizeof *gate->shared);
    *gate = (struct process_gate){0};
}

/* The two can fail only where an eventfd is used wrongly, or by a signal. */
static void process_gate_add(int descriptor, eventfd_t value)
{
    while (eventfd_write(descriptor, value) != 0 && errno == EINTR)
        continue;
}

static void process_gate_take(int descriptor)
{
    eventfd_t unused = 0;

    while (eventfd_read(descriptor, &unused) != 0 && errno == EINTR)
        continue;
}

bool process_gate_pass(struct process_gate *gate)
{
    if (atomic_fetch_sub(&gate->shared->busy, 1) == 1)
        process_gate_add(gate->all_wait, 1);
    process_gate_take(gate->openings[gate->passes++ % 2]);
    return !atomic_load(&gate->shared->is_closed);
}

bool process_gate_await(const struct process_gate *gate, int milliseconds)
{
    struct pollfd all_wait = {.fd = gate->all_wait, .events = POLLIN};

    return poll(&all_wait, 1, milliseconds) > 0;
}

void process_gate_open(struct process_gate *gate)
{
    process_gate_take(gate->all_wait);
    atomic_store(&gate->shared->busy, gate->count);
    process_gate_add(gate->openings[gate->passes++ % 2], gate->count);
}

void process_gate_close(struct process_gate *gate)
{
    atomic_store(&gate->shared->is_closed, true);
    process_gate_add(gate->openings[gate->passes % 2], gate->count);
}
