#include "leftovers.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "children.h"

/* Processes that start others faster than they can be ended are given up at some point. */
#define ROUNDS_MAX 1000

struct sweep {
    const struct leftovers *leftovers;
    size_t found;
};

static void leftovers_know(pid_t child, void *context)
{
    struct leftovers *leftovers = context;

    if (leftovers->known_count < LEFTOVERS_KNOWN_MAX)
        leftovers->known[leftovers->known_count++] = child;
}

static bool leftovers_are_known(const struct leftovers *leftovers, pid_t child)
{
    for (size_t i = 0; i < leftovers->known_count; i++)
        if (leftovers->known[i] == child)
            return true;
    return false;
}

/* A grandchild becomes a child, to be waited for in the next round. */
static void leftovers_kill(pid_t child, void *context)
{
    struct sweep *sweep = context;

    if (leftovers_are_known(sweep->leftovers, child))
        return;
    sweep->found++;
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, WNOHANG);
}

void leftovers_watch(struct leftovers *leftovers)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1UL);
    leftovers->known_count = 0;
    children_visit(getpid(), leftovers_know, leftovers);
}

void leftovers_end(const struct leftovers *leftovers)
{
    struct sweep sweep = {.leftovers = leftovers};

    for (size_t round = 0; round < ROUNDS_MAX; round++) {
        sweep.found = 0;
        children_visit(getpid(), leftovers_kill, &sweep);
        if (sweep.found == 0)
            return;
        (void)usleep(100);
    }
}
