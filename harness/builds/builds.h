/*
 * builds: builds of libcurl, besides the one that this program was started with, that trials can run on.
 *
 *     struct builds builds = {0};
 *     builds_open(&builds, &settings->libcurls, &failure);             "8.14=/opt/curl-8.14/lib"
 *     const struct build *build = builds_find(&builds, "8.14", 4);
 *     ... process_start.environment = build->environment ...
 *     builds_release(&builds);
 *
 * A process loads a library of its choice before it begins. So each build is asked once, by a process that
 * loads it, what it is: that also finds out whether it can be loaded at all. What the experiment's own
 * process has loaded does not matter to trials of that build.
 */
#ifndef HARNESS_BUILDS_H
#define HARNESS_BUILDS_H

#include <curl/curl.h>
#include <stddef.h>

#include "failure.h"
#include "settings.h"

struct build {
    char *label;
    char *path;                  /* as it was named: a library, or the folder that holds one */
    char *library;               /* the library's absolute path, with whatever links are on the way */
    char *folder;                /* that this is in */
    char *file;                  /* what is loaded, without symbolic links */
    char *name;                  /* "libcurl/8.14.1 OpenSSL/3.5.1" */
    curl_version_info_data info; /* of these: version, version_num, features, ssl_version; its texts are in */
    char *texts[2];              /* these two */
    char *complaint;             /* the loader's last, though the process began; NULL: none */
    char **environment;          /* of a process that is to load it; NULL ends it */
};

/* All owned. */
struct builds {
    struct build *items;
    size_t count;
};

/* Each text is LABEL=PATH. -1 with a FAILURE_USAGE that names the text and what is wrong with it, or a
 * FAILURE_RUN; release it in either case. */
int builds_open(struct builds *builds, const struct texts *texts, struct failure *failure);

/* NULL: there is none of that label, `length` characters long. `builds` may be NULL. */
const struct build *builds_find(const struct builds *builds, const char *label, size_t length);

/* What the build has, or, for NULL, the libcurl of this process. */
const curl_version_info_data *build_info(const struct build *build);

void builds_release(struct builds *builds);

/* "libcurl/8.14.1 OpenSSL/3.5.1", of the libcurl of this process; cut when it is longer. */
void build_write_own_name(char *name, size_t size);

/* The file, without symbolic links, of the libcurl of this process, for the caller to free; NULL when it
 * can't be told. */
char *build_own_file(void);

/* The argument of a process that is asked. */
#define BUILD_ROLE "libcurl"

/* Its role: says on standard output what it has loaded, as one line of JSON. Returns the exit code. */
int build_role(void);

#endif
