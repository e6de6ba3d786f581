/*
 * A stack is entered with setcontext once. From then on it is left and entered with setjmp and longjmp,
 * which, other than swapcontext, make no system call. The check that longjmp only goes up the stack is
 * switched off here; so are shadow stacks (CMakeLists.txt), which longjmp can't change.
 */
#undef _FORTIFY_SOURCE

#include "fiber.h"

#include <errno.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define FIBER_ASAN
#elif __has_feature(thread_sanitizer)
#define FIBER_TSAN
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define FIBER_ASAN
#endif
#ifdef __SANITIZE_THREAD__
#define FIBER_TSAN
#endif

#define KIB       1024
#define HALF_BITS 32

#if defined(FIBER_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

/* Just before a switch. */
static void fiber_announce(struct fiber *from, struct fiber *to)
{
    to->before = from;
    __sanitizer_start_switch_fiber(&from->shadow, to->stack, to->stack_size);
}

/* Just after it, on the other stack. It is told where the one before lies, which it then can go back to. */
static void fiber_arrive(struct fiber *fiber)
{
    __sanitizer_finish_switch_fiber(fiber->shadow, &fiber->before->stack, &fiber->before->stack_size);
}

/* Else whatever is mapped there next would be taken for this stack. */
static void fiber_forget(struct fiber *fiber)
{
    if (fiber->pages)
        __asan_unpoison_memory_region(fiber->stack, fiber->stack_size);
}
#elif defined(FIBER_TSAN)
#include <sanitizer/tsan_interface.h>

static void fiber_announce(struct fiber *from, struct fiber *to)
{
    from->shadow = __tsan_get_current_fiber();
    if (!to->shadow)
        to->shadow = __tsan_create_fiber(0);
    __tsan_switch_to_fiber(to->shadow, 0);
}

static void fiber_arrive(struct fiber *fiber)
{
    (void)fiber;
}

static void fiber_forget(struct fiber *fiber)
{
    if (fiber->pages && fiber->shadow)
        __tsan_destroy_fiber(fiber->shadow);
}
#else
static void fiber_announce(struct fiber *from, struct fiber *to)
{
    (void)from;
    (void)to;
}

static void fiber_arrive(struct fiber *fiber)
{
    (void)fiber;
}

static void fiber_forget(struct fiber *fiber)
{
    (void)fiber;
}
#endif

/* For where `to` was left, or for its start. */
static void fiber_leave(struct fiber *from, struct fiber *to, const ucontext_t *start)
{
    jmp_buf here;

    from->place = &here;
    if (_setjmp(here) == 0) {
        fiber_announce(from, to);
        if (start)
            (void)setcontext(start);
        else
            _longjmp(*(jmp_buf *)to->place, 1);
    }
    fiber_arrive(from);
    from->place = NULL;
}

/* makecontext passes on nothing wider than an int. */
static void fiber_begin(unsigned int high, unsigned int low)
{
    uintptr_t address = (uintptr_t)((uint64_t)high << HALF_BITS | low);
    struct fiber *fiber = (struct fiber *)address; /* NOLINT(performance-no-int-to-ptr) */

    fiber_arrive(fiber);
    fiber->body(fiber->argument);
    abort(); /* there is nothing to return to */
}

static int fiber_map(struct fiber *fiber, size_t stack_kib)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = page + (stack_kib * KIB + page - 1) / page * page;

    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (pages == MAP_FAILED)
        return -1;
    fiber->pages = pages;
    fiber->size = size;
    fiber->stack = (char *)pages + page;
    fiber->stack_size = size - page;
    return mprotect(pages, page, PROT_NONE);
}

int fiber_start(struct fiber *fiber, struct fiber *from, size_t stack_kib, fiber_body *body, void *argument)
{
    uint64_t address = (uint64_t)(uintptr_t)fiber;
    ucontext_t start;

    *fiber = (struct fiber){.body = body, .argument = argument};
    if (fiber_map(fiber, stack_kib) != 0 || getcontext(&start) != 0)
        return -1;
    start.uc_stack.ss_sp = (char *)fiber->pages + (fiber->size - fiber->stack_size);
    start.uc_stack.ss_size = fiber->stack_size;
    start.uc_link = NULL;
    makecontext(
        &start, (void (*)(void))fiber_begin, 2, (unsigned int)(address >> HALF_BITS), (unsigned int)address);
    fiber_leave(from, fiber, &start);
    return 0;
}

void fiber_switch(struct fiber *from, struct fiber *to)
{
    fiber_leave(from, to, NULL);
}

void fiber_release(struct fiber *fiber)
{
    fiber_forget(fiber);
    if (fiber->pages)
        (void)munmap(fiber->pages, fiber->size);
    *fiber = FIBER_OF_THREAD;
}
