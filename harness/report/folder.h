/*
 * folder: where an experiment's results go.
 *
 * Each has its own folder: the one that the user names, or results/<UTC time> in the current directory, to
 * which the link results/latest then points. Files are written whole or by whole lines. They are always new:
 * a link that has a file's name is replaced, never followed.
 */
#ifndef HARNESS_REPORT_FOLDER_H
#define HARNESS_REPORT_FOLDER_H

#include <stdbool.h>

#include "buffer.h"
#include "failure.h"

/* Rows are handed to the kernel in chunks of about this many bytes, always whole lines. */
#define FOLDER_CHUNK_BYTES ((size_t)64 * 1024)

struct folder {
    char *path; /* owned */
    int fd;     /* of the folder itself; -1 when closed */
};

#define FOLDER_NONE ((struct folder){.fd = -1})

/*
 * `path` NULL: results/<UTC time>. An existing folder that holds a file of one of the `names`, which end in
 * NULL, is refused unless `force`, which removes all of them and nothing else. The folder is locked until it
 * is released; one that is locked is refused as it is, with FAILURE_USAGE.
 */
int folder_open(
    struct folder *folder, const char *path, const char *const *names, bool force, struct failure *failure);

/* Once all is written: a descriptor that keeps the lock after folder_release, until the caller closes it;
 * above those of the standard streams, or -1 when there is none to be had. From now on harness-plot, whose
 * lock is a shared one, may read as well. */
int folder_hold(const struct folder *folder);

void folder_release(struct folder *folder);

/* A new, empty file in the folder, for appending, in place of what had its name; -1 when it can't be made.
 * The caller closes it. */
int folder_create_file(const struct folder *folder, const char *name, struct failure *failure);

/* Appends all of `bytes` and empties the buffer. `name` is for the message. */
int folder_append(
    const struct folder *folder, int file, const char *name, struct buffer *bytes, struct failure *failure);

/*
 * A file that is written in parts, under a temporary name until it is complete:
 *
 *     if (folder_part_begin(&part, folder, name, &failure) != 0) ...
 *     result = folder_part_append(&part, &bytes, &failure);       as often as need be
 *     result = folder_part_end(&part, result, &failure);
 */
struct folder_part {
    const struct folder *folder; /* borrowed, like the name */
    const char *name;
    int file;
};

int folder_part_begin(
    struct folder_part *part, const struct folder *folder, const char *name, struct failure *failure);

/* As folder_append. */
int folder_part_append(struct folder_part *part, struct buffer *bytes, struct failure *failure);

/* Gives the file its name if `result` is 0, and removes it otherwise. Returns what came out in the end. */
int folder_part_end(struct folder_part *part, int result, struct failure *failure);

/* Writes a whole file, under a temporary name until it is complete. Empties the buffer. */
int folder_write_file(
    const struct folder *folder, const char *name, struct buffer *bytes, struct failure *failure);

#endif
