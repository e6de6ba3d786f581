#include "proc_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool proc_file_read(pid_t pid, const char *name, char text[PROC_FILE_SIZE])
{
    char path[64];
    ssize_t size = 0;

    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        size = read(file, text, PROC_FILE_SIZE - 1);
        (void)close(file);
    }
    text[size > 0 ? size : 0] = '\0';
    return size > 0;
}

uint64_t proc_file_number(const char *text, const char *key, uint64_t missing)
{
    const char *found = strstr(text, key);

    if (!found)
        return missing;
    found += strlen(key);
    found += strspn(found, " \t");
    return found[0] >= '0' && found[0] <= '9' ? strtoull(found, NULL, 10) : missing;
}
