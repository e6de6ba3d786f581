/*
 * shared_memory: pages that several processes map, named by a file descriptor (Linux memfd).
 *
 * One process creates, and hands the descriptor to its child, which maps it. Each side releases its own
 * struct; the pages are freed with the last mapping and the last descriptor.
 */
#ifndef HARNESS_SHARED_MEMORY_H
#define HARNESS_SHARED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "failure.h"

struct shared_memory {
    int fd;      /* -1 when released or never made */
    void *bytes; /* page-aligned; NULL when released or never made */
    size_t size;
};

/* What a struct holds before it is made, so that releasing it is always right. */
#define SHARED_MEMORY_NONE ((struct shared_memory){.fd = -1})

/*
 * Zeroed, writable pages. Nobody can change their number: a process that gets the descriptor can't take pages
 * away from the others. `name` shows in /proc/PID/maps. The descriptor is closed on exec.
 */
int shared_memory_create(
    struct shared_memory *memory, const char *name, size_t size, struct failure *failure);

/*
 * For good: from now on nobody can write these pages, whoever has the descriptor. The caller's own mapping
 * becomes read-only, and may move. -1 leaves nothing mapped.
 */
int shared_memory_freeze(struct shared_memory *memory, struct failure *failure);

/*
 * When those who got the descriptor should be gone: from now on the pages are the caller's alone, to read and
 * to write, even if one of them lives on. They may move; if somebody still maps them, they are copied. -1
 * leaves nothing mapped.
 */
int shared_memory_take_back(struct shared_memory *memory, struct failure *failure);

/* Maps all of what `fd` names; the struct now owns `fd`. */
int shared_memory_map(struct shared_memory *memory, int fd, bool writable, struct failure *failure);

/* Touches every page of this process's mapping, so that later accesses do not fault. Changes nothing. A
 * forked process has a mapping of its own, with none of its pages touched. */
void shared_memory_fault_in(const void *bytes, size_t size, bool writable);

void shared_memory_release(struct shared_memory *memory);

#endif
