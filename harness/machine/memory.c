#include "memory.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "children.h"
#include "proc_file.h"
#include "usage.h"

/* The most that a child had, without what it shares now. */
static void memory_add_child(pid_t child, void *kib)
{
    char text[PROC_FILE_SIZE];

    if (!proc_file_read(child, "status", text))
        return;
    uint64_t peak_kib = proc_file_number(text, "\nVmHWM:", 0);
    if (!proc_file_read(child, "smaps_rollup", text))
        return;
    uint64_t shared_kib =
        proc_file_number(text, "\nShared_Clean:", 0) + proc_file_number(text, "\nShared_Dirty:", 0);
    *(uint64_t *)kib += peak_kib > shared_kib ? peak_kib - shared_kib : 0;
}

/* Of several processes. */
struct memory_sum {
    uint64_t kib;
    bool has_first; /* the first of them was counted, whole: the others may share pages with it */
};

static void memory_add_descendant(pid_t child, void *context)
{
    struct memory_sum *sum = context;
    char text[PROC_FILE_SIZE];

    if (sum->has_first) {
        memory_add_child(child, &sum->kib);
    } else if (proc_file_read(child, "status", text)) {
        sum->kib = proc_file_number(text, "\nVmHWM:", 0);
        sum->has_first = true;
    }
}

uint64_t memory_peak_kib(void)
{
    char text[PROC_FILE_SIZE];
    uint64_t of_children_kib = 0;

    if (!proc_file_read(getpid(), "status", text))
        return UINT64_MAX;
    uint64_t peak_kib = proc_file_number(text, "\nVmHWM:", UINT64_MAX);
    children_visit(getpid(), memory_add_child, &of_children_kib);
    return peak_kib == UINT64_MAX ? UINT64_MAX : peak_kib + of_children_kib;
}

static bool memory_reset(pid_t pid)
{
    char path[64];

    (void)snprintf(path, sizeof path, "/proc/%d/clear_refs", (int)pid);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t written = write(file, "5", 1); /* 5: the high-water mark, see proc(5) */
    (void)close(file);
    return written == 1;
}

uint64_t memory_reset_peak_kib(void)
{
    return memory_reset(getpid()) ? memory_peak_kib() : UINT64_MAX;
}

static void memory_reset_child(pid_t child, void *unused)
{
    (void)unused;
    (void)memory_reset(child);
}

uint64_t memory_peak_of_children_kib(pid_t pid)
{
    struct memory_sum sum = {0};

    children_visit(pid, memory_add_descendant, &sum);
    return sum.has_first ? sum.kib : UINT64_MAX;
}

uint64_t memory_reset_peak_of_children_kib(pid_t pid)
{
    children_visit(pid, memory_reset_child, NULL);
    return memory_peak_of_children_kib(pid);
}

/* Of itself glibc takes this size from the first large block that is freed, and keeps twice as much. */
#define MEMORY_LARGE_BYTES (256 * 1024)

void memory_give_back_at_once(void)
{
#ifdef M_MMAP_THRESHOLD /* musl gives back of itself */
    (void)mallopt(M_MMAP_THRESHOLD, MEMORY_LARGE_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, MEMORY_LARGE_BYTES);
#endif
}
