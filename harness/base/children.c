#include "children.h"

#include <dirent.h>
#include <stdio.h>

/* A process that is a child of its own child is none: the depth is there for a /proc that lies. */
#define DEPTH_MAX 64

struct walk {
    void (*visit)(pid_t child, void *context);
    void *context;
    unsigned int depth;
};

static void children_walk(pid_t pid, struct walk walk);

/* The children that one thread started. */
static void children_walk_thread(pid_t pid, const char *thread, struct walk walk)
{
    char path[320];
    int child = 0;

    (void)snprintf(path, sizeof path, "/proc/%d/task/%s/children", (int)pid, thread);
    FILE *file = fopen(path, "re");
    while (file && fscanf(file, "%d", &child) == 1) { /* NOLINT(cert-err34-c): from the kernel */
        walk.visit((pid_t)child, walk.context);
        children_walk((pid_t)child, walk);
    }
    if (file)
        (void)fclose(file);
}

static void children_walk(pid_t pid, struct walk walk)
{
    char path[64];

    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = walk.depth++ < DEPTH_MAX ? opendir(path) : NULL;
    for (const struct dirent *entry; threads && (entry = readdir(threads));)
        if (entry->d_name[0] != '.')
            children_walk_thread(pid, entry->d_name, walk);
    if (threads)
        (void)closedir(threads);
}

void children_visit(pid_t pid, void (*visit)(pid_t child, void *context), void *context)
{
    children_walk(pid, (struct walk){.visit = visit, .context = context});
}
