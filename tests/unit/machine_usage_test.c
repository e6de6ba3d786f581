/* What processes use: processor time and memory of a process and its living children. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "children.h"
#include "clock.h"
#include "memory.h"
#include "usage.h"

#define BLOCK_SIZE (32UL << 20)
#define BLOCK_KIB  (BLOCK_SIZE / 1024)

/* A child that has done `body` and waits to be ended. */
struct child {
    pid_t pid;
    int done[2];
};

static void spin(void)
{
    struct timespec used = {0};

    while (used.tv_sec == 0 && used.tv_nsec < 100 * (long)NS_PER_MS)
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
}

static unsigned char *block;

static void touch_shared(void)
{
    volatile unsigned char sum = 0;

    for (size_t i = 0; i < BLOCK_SIZE; i += 4096)
        sum = (unsigned char)(sum + block[i]);
}

static void touch_own(void)
{
    memset(block, 2, BLOCK_SIZE);
}

static void touch_and_give_back(void)
{
    touch_own();
    (void)munmap(block, BLOCK_SIZE);
}

static void child_start(struct child *child, void (*body)(void))
{
    char byte = 0;

    cr_assert_eq(pipe(child->done), 0);
    child->pid = fork();
    cr_assert_geq(child->pid, 0);
    if (child->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a grandchild ends with the child */
        body();
        (void)!write(child->done[1], &byte, 1);
        for (;;)
            (void)pause();
    }
    cr_assert_eq(read(child->done[0], &byte, 1), 1);
}

static void child_end(struct child *child)
{
    (void)kill(child->pid, SIGKILL);
    (void)waitpid(child->pid, NULL, 0);
    (void)close(child->done[0]);
    (void)close(child->done[1]);
}

static uint64_t cpu_ns(const struct usage *usage)
{
    return usage->user_ns + usage->sys_ns;
}

Test(usage, of_living_children_counts_as_it_is_used)
{
    struct usage before = {0};
    struct usage after = {0};
    struct child child;

    usage_add_children(getpid(), &before);
    child_start(&child, spin);
    usage_add_children(getpid(), &after);
    struct usage used = usage_between(&before, &after);
    cr_expect_geq(cpu_ns(&used), 99 * NS_PER_MS);
    cr_expect_lt(cpu_ns(&used), 2 * NS_PER_S);
    cr_expect_gt(used.minor_faults, 0);
    child_end(&child);
}

Test(usage, of_before_does_not_count)
{
    struct usage before = {0};
    struct usage after = {0};
    struct child child;

    child_start(&child, spin);
    usage_add_children(getpid(), &before);
    usage_add_children(getpid(), &after);
    struct usage used = usage_between(&before, &after);
    cr_expect_lt(cpu_ns(&used), 50 * NS_PER_MS);
    child_end(&child);
}

Test(usage, of_children_that_are_waited_for_meanwhile_is_neither_lost_nor_counted_twice)
{
    struct usage before = {0};
    struct usage after = {0};
    struct child old;
    struct child brief;

    child_start(&old, spin); /* its 100 ms are of before */
    usage_add_children(getpid(), &before);
    usage_add_self(&before);
    child_start(&brief, spin);
    child_end(&old);
    child_end(&brief);
    usage_add_self(&after);
    usage_add_children(getpid(), &after);
    struct usage used = usage_between(&before, &after);
    cr_expect_geq(cpu_ns(&used), 95 * NS_PER_MS, "%llu ns", (unsigned long long)cpu_ns(&used));
    cr_expect_lt(cpu_ns(&used), 180 * NS_PER_MS, "%llu ns", (unsigned long long)cpu_ns(&used));
}

/* Less than what /proc counts in, 10 ms. */
static bool is_brief(void)
{
    struct timespec used = {0};

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return used.tv_sec == 0 && used.tv_nsec < 6 * (long)NS_PER_MS;
}

static void spin_briefly_in_the_kernel(void)
{
    static char bytes[1 << 16];
    int zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);

    while (zeros >= 0 && is_brief())
        (void)!read(zeros, bytes, sizeof bytes);
}

static void spin_briefly(void)
{
    volatile unsigned int sum = 0;

    while (is_brief())
        for (unsigned int i = 0; i < 100000; i++)
            sum = sum + i;
}

static struct usage used_by_children(void (*body)(void))
{
    struct usage before = {0};
    struct usage after = {0};
    struct child children[25];

    usage_add_children(getpid(), &before);
    for (size_t i = 0; i < sizeof children / sizeof children[0]; i++)
        child_start(&children[i], body);
    usage_add_children(getpid(), &after);
    for (size_t i = 0; i < sizeof children / sizeof children[0]; i++)
        child_end(&children[i]);
    return usage_between(&before, &after);
}

Test(usage, of_many_short_children_is_divided_into_user_and_system)
{
    struct usage in_kernel = used_by_children(spin_briefly_in_the_kernel);
    struct usage in_user = used_by_children(spin_briefly);

    cr_expect_geq(cpu_ns(&in_kernel), 150 * NS_PER_MS);
    cr_expect_gt(in_kernel.sys_ns, in_kernel.user_ns);
    cr_expect_eq(cpu_ns(&in_kernel), in_kernel.cpu_ns);
    cr_expect_gt(in_user.user_ns, in_user.sys_ns);
}

static void visit_count(pid_t child, void *count)
{
    (void)child;
    ++*(size_t *)count;
}

static void fork_another(void)
{
    struct child grandchild;

    child_start(&grandchild, spin);
}

Test(usage, visits_children_and_theirs)
{
    struct child child;
    size_t count = 0;

    child_start(&child, fork_another);
    children_visit(getpid(), visit_count, &count);
    cr_expect_eq(count, 2);
    child_end(&child);
}

static void make_block(void)
{
    block = mmap(NULL, BLOCK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(block, MAP_FAILED);
    memset(block, 1, BLOCK_SIZE);
}

/* By how much the peak grows by two children that do `body`. */
static uint64_t growth_kib(void (*body)(void))
{
    struct child children[2];

    make_block();
    uint64_t before_kib = memory_reset_peak_kib();
    for (size_t i = 0; i < 2; i++)
        child_start(&children[i], body);
    uint64_t after_kib = memory_peak_kib();
    for (size_t i = 0; i < 2; i++)
        child_end(&children[i]);
    cr_assert_neq(before_kib, UINT64_MAX);
    cr_assert_neq(after_kib, UINT64_MAX);
    return after_kib - before_kib;
}

Test(memory, that_children_share_counts_once)
{
    cr_expect_lt(growth_kib(touch_shared), BLOCK_KIB / 2);
}

Test(memory, that_children_have_to_themselves_counts_for_each)
{
    uint64_t grown_kib = growth_kib(touch_own);

    cr_expect_geq(grown_kib, 2 * BLOCK_KIB * 9 / 10); /* this process may have given back some of its own */
    cr_expect_lt(grown_kib, 3 * BLOCK_KIB);
}

Test(memory, that_children_had_for_a_while_counts)
{
    cr_expect_geq(growth_kib(touch_and_give_back), 2 * BLOCK_KIB * 9 / 10);
}
