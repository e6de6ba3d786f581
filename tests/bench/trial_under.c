/*
 * trial_under: has harness start its trials under another program, such as a profiler; experiment and origin
 * stay as they are. To be preloaded:
 *
 *     LD_PRELOAD=build/release/bin/trial_under.so TRIAL_UNDER='valgrind --tool=callgrind' harness ...
 *
 * TRIAL_UNDER is that program and its arguments, separated by blanks. A trial is a start of /proc/self/exe
 * with "trial" as its one argument.
 */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 64

/* Splits `text` in place and appends the program and "trial". How many words; 0: too many. */
static size_t words_of(char *text, char *program, char *words[WORDS_MAX])
{
    char *rest = NULL;
    size_t count = 0;

    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (count + 3 >= WORDS_MAX)
            return 0;
        words[count++] = word;
    }
    words[count++] = program;
    words[count++] = "trial";
    words[count] = NULL;
    return count;
}

/* glibc's names of the parameters are reserved.
 * NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
int posix_spawnp(pid_t *restrict pid, const char *restrict program,
    const posix_spawn_file_actions_t *restrict actions, const posix_spawnattr_t *restrict attributes,
    char *const arguments[restrict], char *const environment[restrict])
{
    int (*next)(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
        char *const[], char *const[]) = NULL;
    const char *under = getenv("TRIAL_UNDER");
    char path[PATH_MAX] = "";
    char *words[WORDS_MAX];

    *(void **)&next = dlsym(RTLD_NEXT, "posix_spawnp"); /* as POSIX has it: C knows no such conversion */
    bool is_trial =
        strcmp(program, "/proc/self/exe") == 0 && arguments[1] && strcmp(arguments[1], "trial") == 0;
    if (!is_trial || !under)
        return next(pid, program, actions, attributes, arguments, environment);
    char *text = strdup(under);
    if (!text || readlink("/proc/self/exe", path, sizeof path - 1) < 0 || words_of(text, path, words) == 0) {
        free(text);
        return EINVAL;
    }
    int error = next(pid, words[0], actions, attributes, words, environment);
    free(text);
    return error;
}
