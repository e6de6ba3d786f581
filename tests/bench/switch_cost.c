/*
 * switch_cost: what it costs to switch to a coroutine and back, beside swapcontext and the system call in it.
 *
 *     switch_cost [ROUNDS]
 *
 * Build it as a release. Not a test: it prints nanoseconds of CPU time, medians of so many blocks. A request
 * of the strategy coroutines is one switch there and one back.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <ucontext.h>

#include "clock.h"
#include "fiber.h"
#include "quantile.h"

#define BLOCKS     51
#define ROUNDS     100000
#define ROUNDS_MAX 100000000
#define STACK_KIB  64

struct pair {
    struct fiber thread;
    struct fiber fiber;
    ucontext_t outer;
    ucontext_t inner;
    char stack[STACK_KIB * 1024];
};

static void bounce(void *argument)
{
    struct pair *pair = argument;

    while (1)
        fiber_switch(&pair->fiber, &pair->thread);
}

static void there_and_back(struct pair *pair)
{
    fiber_switch(&pair->thread, &pair->fiber);
}

/* makecontext passes on nothing wider than an int. */
static struct pair *swapped;

static void bounce_by_swapcontext(void)
{
    while (1)
        (void)swapcontext(&swapped->inner, &swapped->outer);
}

static void there_and_back_by_swapcontext(struct pair *pair)
{
    (void)swapcontext(&pair->outer, &pair->inner);
}

static void read_signal_mask(struct pair *pair)
{
    sigset_t mask;

    (void)pair;
    (void)sigprocmask(SIG_SETMASK, NULL, &mask);
}

static double cpu_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * (double)NS_PER_S + (double)now.tv_nsec;
}

static void measure(const char *what, void (*once)(struct pair *), struct pair *pair, long rounds)
{
    double each_ns[BLOCKS];

    for (size_t block = 0; block < BLOCKS; block++) {
        double before_ns = cpu_ns();
        for (long i = 0; i < rounds; i++)
            once(pair);
        each_ns[block] = (cpu_ns() - before_ns) / (double)rounds;
    }
    size_t known = sample_sort(each_ns, BLOCKS);
    (void)printf("%-38s %6.0f ns, half of the blocks %.0f to %.0f\n", what, sample_median(each_ns, known),
        sample_quantile(each_ns, known, 0.25), sample_quantile(each_ns, known, 0.75));
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : ROUNDS;
    struct pair pair = {.thread = FIBER_OF_THREAD};

    if (rounds < 1 || rounds > ROUNDS_MAX ||
        fiber_start(&pair.fiber, &pair.thread, STACK_KIB, bounce, &pair) != 0) {
        (void)fprintf(stderr, "usage: switch_cost [ROUNDS]\n");
        return 2;
    }
    swapped = &pair;
    (void)getcontext(&pair.inner);
    pair.inner.uc_stack.ss_sp = pair.stack;
    pair.inner.uc_stack.ss_size = sizeof pair.stack;
    makecontext(&pair.inner, bounce_by_swapcontext, 0);
    measure("to a coroutine and back", there_and_back, &pair, rounds);
    measure("the same by swapcontext", there_and_back_by_swapcontext, &pair, rounds);
    measure("a system call that does nothing", read_signal_mask, &pair, rounds);
    fiber_release(&pair.fiber);
    return 0;
}
