#include "shared_memory.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int shared_memory_give_up(struct shared_memory *memory)
{
    shared_memory_release(memory);
    return -1;
}

int shared_memory_create(struct shared_memory *memory, const char *name, size_t size, struct failure *failure)
{
    *memory = (struct shared_memory){.fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (memory->fd < 0 || ftruncate(memory->fd, (off_t)size) != 0 ||
        fcntl(memory->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) {
        failure_set_errno(failure, FAILURE_RUN, "can't make %zu bytes of shared memory for '%s'", size, name);
        return shared_memory_give_up(memory);
    }
    void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory->fd, 0);
    if (bytes == MAP_FAILED) {
        failure_set_errno(failure, FAILURE_RUN, "can't map %zu bytes of shared memory for '%s'", size, name);
        return shared_memory_give_up(memory);
    }
    memory->bytes = bytes;
    memory->size = size;
    return 0;
}

int shared_memory_freeze(struct shared_memory *memory, struct failure *failure)
{
    struct shared_memory frozen = {.fd = memory->fd};

    /* The kernel refuses the seal while anybody maps the pages writable. */
    (void)munmap(memory->bytes, memory->size);
    memory->bytes = NULL;
    if (fcntl(memory->fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) != 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't protect shared memory against writing");
    if (shared_memory_map(&frozen, memory->fd, false, failure) != 0) {
        memory->fd = -1; /* which that has closed */
        return -1;
    }
    *memory = frozen;
    return 0;
}

/* The pages are the caller's own as soon as it writes them, and until then nobody else's. */
static int shared_memory_map_privately(struct shared_memory *memory, struct failure *failure)
{
    void *bytes = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, memory->fd, 0);

    if (bytes == MAP_FAILED) {
        failure_set_errno(failure, FAILURE_RUN, "can't map %zu bytes of shared memory again", memory->size);
        return shared_memory_give_up(memory);
    }
    memory->bytes = bytes;
    return 0;
}

static int shared_memory_copy(struct shared_memory *memory, struct failure *failure)
{
    struct shared_memory copy;

    if (shared_memory_map_privately(memory, failure) != 0)
        return -1;
    int result = shared_memory_create(&copy, "harness copy", memory->size, failure);
    if (result == 0)
        memcpy(copy.bytes, memory->bytes, memory->size);
    shared_memory_release(memory);
    *memory = copy;
    return result;
}

int shared_memory_take_back(struct shared_memory *memory, struct failure *failure)
{
    (void)munmap(memory->bytes, memory->size);
    memory->bytes = NULL;
    /* Refused while anybody maps the pages writable. */
    if (fcntl(memory->fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) != 0)
        return shared_memory_copy(memory, failure);
    return shared_memory_map_privately(memory, failure);
}

int shared_memory_map(struct shared_memory *memory, int fd, bool writable, struct failure *failure)
{
    struct stat file;

    *memory = (struct shared_memory){.fd = fd};
    if (fstat(fd, &file) != 0 || file.st_size <= 0) {
        failure_set(failure, FAILURE_RUN, "descriptor %d is not shared memory", fd);
        return shared_memory_give_up(memory);
    }
    int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    void *bytes = mmap(NULL, (size_t)file.st_size, protection, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        failure_set_errno(failure, FAILURE_RUN, "can't map the shared memory of descriptor %d", fd);
        return shared_memory_give_up(memory);
    }
    memory->bytes = bytes;
    memory->size = (size_t)file.st_size;
    return 0;
}

void shared_memory_fault_in(const void *bytes, size_t size, bool writable)
{
    void *pages = (void *)(uintptr_t)bytes; /* NOLINT(performance-no-int-to-ptr) */

    /* Linux 5.14; without it the pages are simply faulted in as they are used. */
#ifdef MADV_POPULATE_WRITE
    (void)madvise(pages, size, writable ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
#else
    (void)writable;
    (void)madvise(pages, size, MADV_WILLNEED);
#endif
}

void shared_memory_release(struct shared_memory *memory)
{
    if (memory->bytes)
        (void)munmap(memory->bytes, memory->size);
    if (memory->fd >= 0)
        (void)close(memory->fd);
    *memory = SHARED_MEMORY_NONE;
}
