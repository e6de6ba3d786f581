/*
 * fiber: code on a stack of its own, which goes on where it left off each time that it is switched to. The
 * thread that it runs in knows nothing of it.
 *
 *     struct fiber thread = FIBER_OF_THREAD, fiber;
 *     fiber_start(&fiber, &thread, 64, body, argument);               body runs until it calls
 *     fiber_switch(&fiber, &thread);                                  this, and goes on behind it with
 *     fiber_switch(&thread, &fiber);
 *     fiber_release(&fiber);
 *
 * All fibers that switch to each other belong to one thread. Only where the C library has ucontext.
 */
#ifndef HARNESS_STRATEGIES_FIBER_H
#define HARNESS_STRATEGIES_FIBER_H

#include <stddef.h>

typedef void fiber_body(void *argument);

struct fiber {
    void *place; /* where it goes on: on its stack, while it is left */
    void *pages; /* the page that guards the stack's end, and the stack; NULL: it is the thread itself */
    size_t size; /* of both */
    fiber_body *body;
    void *argument;

    /* For sanitizers, which must be told of stacks. */
    const void *stack;
    size_t stack_size;
    struct fiber *before; /* who switched to it last */
    void *shadow;         /* what the sanitizer keeps for it */
};

/* The stack on which the thread runs. */
#define FIBER_OF_THREAD                                                                                      \
    (struct fiber)                                                                                           \
    {                                                                                                        \
        .pages = NULL                                                                                        \
    }

/*
 * Makes a stack of `stack_kib` KiB above a page that can't be touched, and leaves `from`, which is running,
 * for `body`, which must never return. A stack takes memory where it is touched. -1 with errno; release
 * it also then.
 */
int fiber_start(struct fiber *fiber, struct fiber *from, size_t stack_kib, fiber_body *body, void *argument);

/* Leaves `from`, which is running, for `to`. Returns when somebody switches to `from`. */
void fiber_switch(struct fiber *from, struct fiber *to);

/* What it was in the middle of is dropped. All zero: nothing to do. */
void fiber_release(struct fiber *fiber);

#endif
