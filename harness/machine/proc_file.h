/* proc_file: the small files of /proc/PID, read whole (Linux). */
#ifndef HARNESS_MACHINE_PROC_FILE_H
#define HARNESS_MACHINE_PROC_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PROC_FILE_SIZE 4096

/* /proc/PID/NAME, ended by NUL, cut when it is longer. False, and an empty text, when it can't be read. */
bool proc_file_read(pid_t pid, const char *name, char text[PROC_FILE_SIZE]);

/* The number after `key` in `text`; `missing` when there is none. */
uint64_t proc_file_number(const char *text, const char *key, uint64_t missing);

#endif
