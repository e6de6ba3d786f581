#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "write_all.h"

#define DEFAULT_PARENT "results"

/* Makes every folder of `path` that is missing. */
static int folder_make_all(const char *path)
{
    char *part = strdup(path);
    int result = part ? 0 : -1;

    for (char *slash = part; result == 0 && slash;) {
        slash = strchr(slash + 1, '/');
        if (slash)
            *slash = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            result = -1;
        if (slash)
            *slash = '/';
    }
    free(part);
    return result;
}

/* Two experiments in one folder would mix. The kernel ends the lock with the last process that has the
 * descriptor, however it ends. */
static int folder_lock(const struct folder *folder, struct failure *failure)
{
    if (flock(folder->fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno == EWOULDBLOCK)
        return failure_set(failure, FAILURE_USAGE,
            "another experiment is writing to '%s', or its charts are being drawn; wait for its end, or "
            "name another folder with --output",
            folder->path);
    return failure_set_errno(
        failure, FAILURE_RUN, "can't lock '%s'; name another folder with --output", folder->path);
}

static int folder_open_path(struct folder *folder, const char *path, struct failure *failure)
{
    folder->path = strdup(path);
    if (!folder->path)
        return failure_set(failure, FAILURE_RUN, "out of memory");
    if (folder_make_all(path) != 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't create the results folder '%s'", path);
    folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd < 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't open the results folder '%s'", path);
    return folder_lock(folder, failure);
}

static int folder_fail_to_replace(const struct folder *folder, const char *name, struct failure *failure)
{
    return failure_set_errno(failure, FAILURE_RUN,
        "can't replace '%s/%s'; move it away, or name another folder with --output", folder->path, name);
}

/* What has this name, if anything; of a link, the link. */
static int folder_remove(const struct folder *folder, const char *name, struct failure *failure)
{
    bool is_gone = unlinkat(folder->fd, name, 0) == 0 || errno == ENOENT;

    return is_gone ? 0 : folder_fail_to_replace(folder, name, failure);
}

/* All of them or none: what can't be removed is found before anything is. */
static int folder_remove_all(const struct folder *folder, const char *const *names, struct failure *failure)
{
    struct stat there;
    int result = 0;

    for (size_t i = 0; names[i]; i++)
        if (fstatat(folder->fd, names[i], &there, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(there.st_mode)) {
            errno = EISDIR;
            return folder_fail_to_replace(folder, names[i], failure);
        }
    for (size_t i = 0; result == 0 && names[i]; i++)
        result = folder_remove(folder, names[i], failure);
    return result;
}

static int folder_open_named(
    struct folder *folder, const char *path, const char *const *names, bool force, struct failure *failure)
{
    if (folder_open_path(folder, path, failure) != 0)
        return -1;
    for (size_t i = 0; !force && names[i]; i++)
        if (faccessat(folder->fd, names[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0)
            return failure_set(failure, FAILURE_RUN,
                "'%s' already holds results (%s); name another folder with --output, or overwrite them with "
                "--force",
                path, names[i]);
    return folder_remove_all(folder, names, failure);
}

/* latest -> NAME, replaced in one step. A link that can't be made is not a reason to stop, and what is no
 * link is not ours. */
static void folder_point_latest(const char *name)
{
    static const char temporary[] = DEFAULT_PARENT "/.latest";
    static const char latest[] = DEFAULT_PARENT "/latest";
    struct stat there;

    if (lstat(latest, &there) == 0 && !S_ISLNK(there.st_mode))
        return;
    (void)unlink(temporary);
    if (symlink(name, temporary) == 0 && rename(temporary, latest) != 0)
        (void)unlink(temporary);
}

/* results/2026-01-31T23-59-59Z, or with -2, -3 appended when two experiments start in the same second. */
static int folder_open_dated(struct folder *folder, struct failure *failure)
{
    time_t now = time(NULL);
    struct tm calendar;
    char date[32];
    char path[64];

    if (folder_make_all(DEFAULT_PARENT) != 0)
        return failure_set_errno(failure, FAILURE_RUN,
            "can't create the folder '" DEFAULT_PARENT
            "' in the current directory; name another with --output");
    (void)gmtime_r(&now, &calendar);
    (void)strftime(date, sizeof date, "%Y-%m-%dT%H-%M-%SZ", &calendar);
    (void)snprintf(path, sizeof path, DEFAULT_PARENT "/%s", date);
    for (int again = 2; mkdir(path, 0777) != 0; again++) {
        if (errno != EEXIST || again > 99)
            return failure_set_errno(
                failure, FAILURE_RUN, "can't create the folder '%s'; name another with --output", path);
        (void)snprintf(path, sizeof path, DEFAULT_PARENT "/%s-%d", date, again);
    }
    folder_point_latest(path + strlen(DEFAULT_PARENT "/"));
    return folder_open_path(folder, path, failure);
}

int folder_open(
    struct folder *folder, const char *path, const char *const *names, bool force, struct failure *failure)
{
    *folder = FOLDER_NONE;
    int result =
        path ? folder_open_named(folder, path, names, force, failure) : folder_open_dated(folder, failure);
    if (result != 0)
        folder_release(folder);
    return result;
}

int folder_hold(const struct folder *folder)
{
    (void)flock(folder->fd, LOCK_SH | LOCK_NB);
    return fcntl(folder->fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

void folder_release(struct folder *folder)
{
    if (folder->fd >= 0)
        (void)close(folder->fd);
    free(folder->path);
    *folder = FOLDER_NONE;
}

int folder_create_file(const struct folder *folder, const char *name, struct failure *failure)
{
    if (folder_remove(folder, name, failure) != 0)
        return -1;
    int file =
        openat(folder->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND | O_CLOEXEC, 0666);
    if (file < 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't create '%s/%s'", folder->path, name);
    return file;
}

int folder_append(
    const struct folder *folder, int file, const char *name, struct buffer *bytes, struct failure *failure)
{
    if (bytes->out_of_memory)
        return failure_set(failure, FAILURE_RUN, "out of memory for '%s/%s'", folder->path, name);
    off_t whole = lseek(file, 0, SEEK_END);
    int result = write_all(file, bytes->bytes, bytes->size);
    if (result != 0) {
        failure_set_errno(failure, FAILURE_RUN, "can't write '%s/%s'", folder->path, name);
        (void)!ftruncate(file, whole); /* half a row is worse than none */
    }
    buffer_clear(bytes); /* nor may it get into the next file */
    return result;
}

#define FOLDER_NAME_SIZE 64

static void folder_part_name(const struct folder_part *part, char temporary[FOLDER_NAME_SIZE])
{
    (void)snprintf(temporary, FOLDER_NAME_SIZE, ".%s.part", part->name);
}

int folder_part_begin(
    struct folder_part *part, const struct folder *folder, const char *name, struct failure *failure)
{
    char temporary[FOLDER_NAME_SIZE];

    *part = (struct folder_part){folder, name, -1};
    folder_part_name(part, temporary);
    part->file = folder_create_file(folder, temporary, failure);
    return part->file < 0 ? -1 : 0;
}

int folder_part_append(struct folder_part *part, struct buffer *bytes, struct failure *failure)
{
    return folder_append(part->folder, part->file, part->name, bytes, failure);
}

int folder_part_end(struct folder_part *part, int result, struct failure *failure)
{
    const struct folder *folder = part->folder;
    char temporary[FOLDER_NAME_SIZE];

    folder_part_name(part, temporary);
    if (close(part->file) != 0 && result == 0)
        result = failure_set_errno(failure, FAILURE_RUN, "can't write '%s/%s'", folder->path, part->name);
    if (result == 0 && renameat(folder->fd, temporary, folder->fd, part->name) != 0)
        result = failure_set_errno(failure, FAILURE_RUN, "can't create '%s/%s'", folder->path, part->name);
    if (result != 0)
        (void)unlinkat(folder->fd, temporary, 0);
    return result;
}

int folder_write_file(
    const struct folder *folder, const char *name, struct buffer *bytes, struct failure *failure)
{
    struct folder_part part;

    if (folder_part_begin(&part, folder, name, failure) != 0)
        return -1;
    return folder_part_end(&part, folder_part_append(&part, bytes, failure), failure);
}
