/* Stacks that are switched by hand. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "fiber.h"

#define FIBERS    100
#define STEPS     5
#define STACK_KIB 16

struct counter {
    struct fiber fiber;
    struct fiber *back;
    int step;
    double half;
};

/* Each step leaves something in locals, in a register and in the middle of a loop. */
static void count(void *argument)
{
    struct counter *self = argument;
    double half = 0;

    for (int step = 1;; step++) {
        self->step = step;
        self->half = half += 0.5;
        fiber_switch(&self->fiber, self->back);
    }
}

Test(fiber, goes_on_where_it_left_off_among_others)
{
    struct fiber thread = FIBER_OF_THREAD;
    struct counter counters[FIBERS];

    for (size_t i = 0; i < FIBERS; i++) {
        counters[i] = (struct counter){.back = &thread};
        cr_assert_eq(fiber_start(&counters[i].fiber, &thread, STACK_KIB, count, &counters[i]), 0);
        cr_assert_eq(counters[i].step, 1, "it runs up to its first switch");
    }
    for (int step = 2; step <= STEPS; step++)
        for (size_t i = FIBERS; i-- > 0;) {
            fiber_switch(&thread, &counters[i].fiber);
            cr_assert_eq(counters[i].step, step);
            cr_assert_float_eq(counters[i].half, 0.5 * step, 0);
        }
    for (size_t i = 0; i < FIBERS; i++)
        fiber_release(&counters[i].fiber);
}

static void count_beside(void *argument)
{
    struct counter *self = argument;
    struct fiber *other = &self[1].fiber;

    fiber_switch(&self->fiber, self->back);
    self->step = 1;
    fiber_switch(&self->fiber, other);
    self->step = 3;
    fiber_switch(&self->fiber, self->back);
}

static void count_in_between(void *argument)
{
    struct counter *self = argument;

    fiber_switch(&self->fiber, self->back);
    self->step = 2;
    fiber_switch(&self->fiber, &self[-1].fiber);
}

Test(fiber, hands_over_to_another_one)
{
    struct fiber thread = FIBER_OF_THREAD;
    struct counter pair[2] = {{.back = &thread}, {.back = &thread}};

    cr_assert_eq(fiber_start(&pair[0].fiber, &thread, STACK_KIB, count_beside, &pair[0]), 0);
    cr_assert_eq(fiber_start(&pair[1].fiber, &thread, STACK_KIB, count_in_between, &pair[1]), 0);
    fiber_switch(&thread, &pair[0].fiber);
    cr_expect_eq(pair[0].step, 3);
    cr_expect_eq(pair[1].step, 2);
    fiber_release(&pair[0].fiber);
    fiber_release(&pair[1].fiber);
}

static void fill(void *argument)
{
    struct counter *self = argument;
    volatile char bytes[(STACK_KIB - 4) * 1024]; /* what is left is for signal frames, and for sanitizers */

    memset((char *)bytes, 1, sizeof bytes);
    self->step = bytes[0] + bytes[sizeof bytes - 1];
    fiber_switch(&self->fiber, self->back);
}

Test(fiber, has_the_stack_that_was_asked_for)
{
    struct fiber thread = FIBER_OF_THREAD;
    struct counter counter = {.back = &thread};

    cr_assert_eq(fiber_start(&counter.fiber, &thread, STACK_KIB, fill, &counter), 0);
    cr_expect_eq(counter.step, 2);
    fiber_release(&counter.fiber);
}

static void overrun(void *argument)
{
    const struct counter *self = argument;
    volatile char *below = (char *)self->fiber.pages + self->fiber.size - STACK_KIB * 1024 - 1;

    *below = 1;
}

Test(fiber, does_not_reach_beyond_its_stack, .signal = SIGSEGV)
{
    struct fiber thread = FIBER_OF_THREAD;
    struct counter counter = {.back = &thread};

    (void)signal(SIGSEGV, SIG_DFL); /* sanitizers would report it */
    (void)fiber_start(&counter.fiber, &thread, STACK_KIB, overrun, &counter);
}

Test(fiber, says_why_there_is_no_stack)
{
    struct fiber thread = FIBER_OF_THREAD;
    struct fiber fiber;

    cr_expect_eq(fiber_start(&fiber, &thread, SIZE_MAX / 4096, count, NULL), -1);
    cr_expect_eq(errno, ENOMEM);
    fiber_release(&fiber);
}
