/* manifest: reading and checking participant.json. For participants.c. */
#ifndef HARNESS_PARTICIPANTS_MANIFEST_H
#define HARNESS_PARTICIPANTS_MANIFEST_H

#include "participants.h"

/*
 * A participant from its folder, absolute, which it takes over also when this fails. NULL with a
 * FAILURE_USAGE that names the file and what is wrong, or a FAILURE_RUN.
 */
struct participant *manifest_read(char *folder, struct failure *failure);

/* One that has no manifest, only a reason. Takes over the folder; NULL when memory runs out. */
struct participant *manifest_missing(char *folder, const char *reason);

void participant_destroy(struct participant *participant);

#endif
