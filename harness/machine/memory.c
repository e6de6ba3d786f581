#include "memory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint64_t memory_peak_kib(void)
{
    char text[4096];
    int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return UINT64_MAX;
    ssize_t size = read(file, text, sizeof text - 1);
    (void)close(file);
    text[size > 0 ? size : 0] = '\0';
    const char *line = strstr(text, "\nVmHWM:");
    return line ? strtoull(line + strlen("\nVmHWM:"), NULL, 10) : UINT64_MAX;
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
