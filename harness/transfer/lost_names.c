#include "lost_names.h"

#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct lost_name {
    char *host;
    char *why;
};

static int lost_names_compare(const void *one, const void *other)
{
    return strcasecmp(((const struct lost_name *)one)->host, ((const struct lost_name *)other)->host);
}

static void lost_names_free(void *node)
{
    struct lost_name *name = node;

    free(name->host);
    free(name->why);
    free(name);
}

void lost_names_init(struct lost_names *lost)
{
    *lost = (struct lost_names){.mutex = PTHREAD_MUTEX_INITIALIZER};
}

void lost_names_add(struct lost_names *lost, const char *host, const char *why)
{
    struct lost_name *name = calloc(1, sizeof *name);

    if (!name)
        return;
    *name = (struct lost_name){.host = strdup(host), .why = strdup(why)};
    pthread_mutex_lock(&lost->mutex);
    void *const *node = name->host && name->why ? tsearch(name, &lost->tree, lost_names_compare) : NULL;
    pthread_mutex_unlock(&lost->mutex);
    if (node)
        atomic_store(&lost->has_some, true);
    if (!node || *node != name)
        lost_names_free(name);
}

const char *lost_names_find(struct lost_names *lost, const char *host)
{
    const struct lost_name wanted = {.host = (char *)(uintptr_t)host}; /* NOLINT(performance-no-int-to-ptr) */

    if (!atomic_load(&lost->has_some))
        return NULL;
    pthread_mutex_lock(&lost->mutex);
    void *const *node = tfind(&wanted, &lost->tree, lost_names_compare);
    const char *why = node ? (*(struct lost_name *const *)node)->why : NULL;
    pthread_mutex_unlock(&lost->mutex);
    return why;
}

void lost_names_release(struct lost_names *lost)
{
    tdestroy(lost->tree, lost_names_free);
    (void)pthread_mutex_destroy(&lost->mutex);
}
