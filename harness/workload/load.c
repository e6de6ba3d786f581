#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parse.h"
#include "ready_made.h"

/* jansson counts positions in an int. */
#define LOAD_SIZE_MAX ((size_t)INT_MAX)

#define LOAD_CHUNK_SIZE ((size_t)1 << 18)

/* Appends all that `fd` has to `text`. `place` is for messages. */
static int load_read(int fd, const char *place, struct buffer *text, struct failure *failure)
{
    ssize_t count;

    do {
        char *room = buffer_reserve(text, LOAD_CHUNK_SIZE);
        if (!room)
            return failure_set(failure, FAILURE_RUN, "out of memory while reading the workload '%s'", place);
        count = read(fd, room, LOAD_CHUNK_SIZE);
        if (count > 0)
            text->size += (size_t)count;
        if (text->size > LOAD_SIZE_MAX)
            return failure_set(failure, FAILURE_USAGE,
                "workload '%s' is larger than 2 GiB; make it smaller, and repeat it with --requests", place);
    } while (count > 0 || (count < 0 && errno == EINTR));
    if (count < 0)
        return failure_set_errno(failure, FAILURE_USAGE, "can't read the workload '%s'", place);
    return 0;
}

/* The size as a first guess, so that a large file is not copied while the buffer grows. */
static void load_reserve(int fd, struct buffer *text)
{
    struct stat file;

    if (fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && (uint64_t)file.st_size < LOAD_SIZE_MAX)
        (void)buffer_reserve(text, (size_t)file.st_size + LOAD_CHUNK_SIZE);
}

/* Reads and parses what is open at `fd`. */
static int load_descriptor(
    int fd, const char *place, const char *name, struct shared_memory *memory, struct failure *failure)
{
    struct buffer text = {0};

    load_reserve(fd, &text);
    int result = load_read(fd, place, &text, failure);
    if (result == 0)
        result = workload_parse_named((struct source){text.bytes, text.size, place}, name, memory, failure);
    buffer_release(&text);
    return result;
}

static int load_file(
    const char *path, const char *name, struct shared_memory *memory, struct failure *failure)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return failure_set_errno(failure, FAILURE_USAGE, "can't read the workload '%s'", path);
    int result = load_descriptor(fd, path, name, memory, failure);
    (void)close(fd);
    return result;
}

/* Nothing has the name `source`: says what was tried, and what there is. */
static void load_say_unknown(
    const char *source, const char *folder, const char *meant, const char *names, struct failure *failure)
{
    failure_set(failure, FAILURE_USAGE,
        "no workload '%s'%sthere is no such file, and no such ready-made workload in '%s' (%s); name one of "
        "those, a file, or '-' for standard input",
        quote_text(source, strlen(source)).text, meant, folder, names);
}

int workload_load(
    const char *source, const char *ready_made_folder, struct shared_memory *memory, struct failure *failure)
{
    const char *slash = strrchr(source, '/');
    struct buffer path = {0};
    int result;

    *memory = SHARED_MEMORY_NONE;
    if (strcmp(source, "-") == 0)
        return load_descriptor(STDIN_FILENO, "stdin", "stdin", memory, failure);
    if (!strpbrk(source, "/.") && ready_made_find(ready_made_folder, source, &path))
        result = load_file(path.bytes, source, memory, failure);
    else if (!slash && access(source, F_OK) != 0)
        result = ready_made_refuse(ready_made_folder, source, load_say_unknown, failure);
    else
        result = load_file(source, slash ? slash + 1 : source, memory, failure);
    buffer_release(&path);
    return result;
}
