/*
 * system: stands between the code under test and the calls by which it gets threads, processes, handles and
 * memory, counts them, and lets one of them fail.
 *
 * The linker does that (--wrap), for calls of the harness's own libraries only: libcurl's are not touched.
 * What forked processes call counts with the rest.
 */
#ifndef HARNESS_TESTS_SYSTEM_H
#define HARNESS_TESTS_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Threads started and not yet joined. */
size_t system_threads(void);

/* Processes forked and not yet waited for. */
size_t system_processes(void);

/* The most of them since the last system_reset_peaks. */
size_t system_peak_threads(void);
size_t system_peak_processes(void);
void system_reset_peaks(void);

/* Calls of epoll_ctl so far. The program's own definition stands before that of the C library, so those of
 * other libraries are counted too. */
size_t system_epoll_changes(void);

/* Of the calls that the linker leads here (CMakeLists.txt), those that can be made to fail. */
enum system_calls {
    SYSTEM_OF_LANES, /* threads, processes, handles, transfers of a loop, and memory (calloc) */
    SYSTEM_OTHERS    /* and all others: memory and descriptors, and what a loop asks the kernel for */
};

/* The `nth` such call from now on fails, once. 0: none. */
void system_fail(size_t nth, enum system_calls kind);

/* Did the call fail that the last system_fail above 0 asked for? */
bool system_has_failed(void);

/* Entries of a folder such as /proc/self/fd or /proc/self/task, whose own descriptor does not count. */
size_t system_count_entries(const char *folder);

struct system_descriptors {
    size_t all;
    size_t most; /* of one process */
};

/* Those that are open here and in all processes that come from here, but for the process `besides`. */
struct system_descriptors system_count_descriptors(pid_t besides);

#endif
