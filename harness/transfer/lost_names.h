/*
 * lost_names: names that libcurl looked up in vain while the trial ran: those to which only redirects lead.
 * The others are looked up before (names.h).
 *
 *     lost_names_init(&lost);
 *     lost_names_add(&lost, "nowhere.example", "Could not resolve host: nowhere.example");
 *     const char *why = lost_names_find(&lost, "NOWHERE.example");
 *     lost_names_release(&lost);
 *
 * Any thread may add and find, until the release. As long as none was added, finding costs a look at a flag.
 */
#ifndef HARNESS_TRANSFER_LOST_NAMES_H
#define HARNESS_TRANSFER_LOST_NAMES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct lost_names {
    pthread_mutex_t mutex;
    void *tree; /* guarded by the mutex */
    _Atomic bool has_some;
};

void lost_names_init(struct lost_names *lost);

/* Copies both texts. Without memory the name is forgotten: it will be looked up again. */
void lost_names_add(struct lost_names *lost, const char *host, const char *why);

/* Why it has no address, in a text that lives until the release; NULL: nobody looked it up in vain. */
const char *lost_names_find(struct lost_names *lost, const char *host);

void lost_names_release(struct lost_names *lost);

#endif
