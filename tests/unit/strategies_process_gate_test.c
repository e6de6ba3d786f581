#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "process_gate.h"

#define CHILDREN 4
#define LONG_MS  10000

/* How many turns each child has had, in shared pages; and whether child 0 may finish its own. */
struct turns {
    _Atomic unsigned int had[CHILDREN];
    _Atomic bool is_held;
};

struct playground {
    struct process_gate gate;
    struct turns *turns;
    pid_t children[CHILDREN];
};

static void pause_shortly(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void child_live(struct playground *playground, size_t child)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (process_gate_pass(&playground->gate)) {
        playground->turns->had[child]++;
        while (child == 0 && playground->turns->is_held)
            pause_shortly();
    }
    _exit(0);
}

static void playground_init(struct playground *playground)
{
    void *pages =
        mmap(NULL, sizeof *playground->turns, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    cr_assert_neq(pages, MAP_FAILED);
    playground->turns = pages;
    cr_assert_eq(process_gate_init(&playground->gate, CHILDREN), 0);
    for (size_t i = 0; i < CHILDREN; i++) {
        playground->children[i] = fork();
        cr_assert_geq(playground->children[i], 0);
        if (playground->children[i] == 0)
            child_live(playground, i);
    }
}

static void playground_release(struct playground *playground)
{
    process_gate_close(&playground->gate);
    for (size_t i = 0; i < CHILDREN; i++) {
        int how = 0;
        cr_expect_eq(waitpid(playground->children[i], &how, 0), playground->children[i]);
        cr_expect(WIFSIGNALED(how) || WEXITSTATUS(how) == 0);
    }
    process_gate_release(&playground->gate);
    (void)munmap(playground->turns, sizeof *playground->turns);
}

static void expect_turns(const struct playground *playground, unsigned int expected)
{
    for (size_t i = 0; i < CHILDREN; i++)
        cr_expect_eq(playground->turns->had[i], expected, "child %zu had %u turns, not %u", i,
            playground->turns->had[i], expected);
}

Test(gate, gives_each_child_one_turn_whenever_it_is_opened)
{
    struct playground playground;

    playground_init(&playground);
    for (unsigned int pass = 0; pass < 500; pass++) {
        cr_assert(process_gate_await(&playground.gate, LONG_MS));
        expect_turns(&playground, pass);
        process_gate_open(&playground.gate);
    }
    cr_assert(process_gate_await(&playground.gate, LONG_MS));
    expect_turns(&playground, 500);
    playground_release(&playground);
}

Test(gate, waits_for_the_last_child_while_the_others_have_no_second_turn)
{
    struct playground playground;

    playground_init(&playground);
    cr_assert(process_gate_await(&playground.gate, LONG_MS));
    playground.turns->is_held = true;
    process_gate_open(&playground.gate);
    cr_expect_not(process_gate_await(&playground.gate, 50));
    expect_turns(&playground, 1);
    playground.turns->is_held = false;
    cr_expect(process_gate_await(&playground.gate, LONG_MS));
    playground_release(&playground);
}

Test(gate, that_is_closed_lets_nobody_through_any_more)
{
    struct playground playground;

    playground_init(&playground);
    playground_release(&playground); /* at once: some children are not there yet */
}

Test(gate, does_not_take_a_child_that_died_for_one_that_waits)
{
    struct playground playground;

    playground_init(&playground);
    cr_assert(process_gate_await(&playground.gate, LONG_MS));
    playground.turns->is_held = true;
    process_gate_open(&playground.gate);
    (void)kill(playground.children[0], SIGKILL);
    cr_expect_not(process_gate_await(&playground.gate, 50));
    playground_release(&playground);
}

/* As a strategy's state is, before it was prepared: descriptor 0 is the standard input. */
Test(process_gate, that_was_never_made_has_nothing_to_release)
{
    struct process_gate gate = {0};
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);

    cr_assert_geq(input, 0);
    cr_assert_eq(dup2(input, STDIN_FILENO), STDIN_FILENO);
    process_gate_release(&gate);
    cr_expect_geq(fcntl(STDIN_FILENO, F_GETFD), 0);
    (void)close(input);
}
