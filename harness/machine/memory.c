#include "memory.h"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

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

uint64_t memory_peak_kib(void)
{
    char text[PROC_FILE_SIZE];
    uint64_t of_children_kib = 0;

    if (!proc_file_read(getpid(), "status", text))
        return UINT64_MAX;
    uint64_t peak_kib = proc_file_number(text, "\nVmHWM:", UINT64_MAX);
    usage_visit_children(getpid(), memory_add_child, &of_children_kib);
    return peak_kib == UINT64_MAX ? UINT64_MAX : peak_kib + of_children_kib;
}

uint64_t memory_reset_peak_kib(void)
{
    int file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

    if (file < 0)
        return UINT64_MAX;
    ssize_t written = write(file, "5", 1); /* 5: the high-water mark, see proc(5) */
    (void)close(file);
    return written == 1 ? memory_peak_kib() : UINT64_MAX;
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
