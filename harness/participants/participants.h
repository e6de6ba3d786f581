/*
 * participants: clients in other languages that can take part in an experiment.
 *
 *     struct participants participants = {0};
 *     participants_open(&participants, places.participants, &failure);         those that were installed
 *     struct participant *participant = NULL;
 *     participants_find(&participants, "python-aiohttp", &participant, &failure);
 *     const char *reason = participant_unavailable(participant);               NULL: it can run here
 *     participant_set_up(participant, &failure);
 *     ... participant->command, started in participant->folder ...
 *     participants_release(&participants);
 *
 * A participant is a folder with a manifest, participant.json (docs/participants.md). What its program and
 * the experiment say to each other is in harness/trial/participant.h.
 *
 * Not for several threads.
 */
#ifndef HARNESS_PARTICIPANTS_H
#define HARNESS_PARTICIPANTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "demands.h"
#include "failure.h"

#define PARTICIPANT_MANIFEST "participant.json"

/* All owned; texts live in the manifest. */
struct participant {
    json_t *manifest;
    char *folder;        /* absolute: its commands are started there */
    const char *name;    /* that of the folder */
    const char *summary; /* one line */
    const char *family;  /* a word of STRATEGY_FAMILIES */
    const char **command;
    const char **check; /* ends with 0 if the program can run here; NULL: it can */
    const char **setup; /* to be run once before the program, such as a compiler; NULL: nothing to do */
    bool has_one_lane;  /* one request at a time, whatever the concurrency */
    unsigned int can;   /* a bit for each demand */
    bool is_asked;      /* whether it can run here */
    char *reason;       /* why not; NULL: it can */
    bool is_set_up;
    char *setup_reason; /* why its setup failed; NULL: it did not */
};

struct participants {
    struct participant **items; /* by name; a participant's address stays the same */
    size_t count;
};

/* Those in the folders of this folder, which need not exist. A manifest that can't be read is a participant
 * that is not available, with the reason. -1 with a FAILURE_RUN; release it in either case. */
int participants_open(struct participants *participants, const char *folder, struct failure *failure);

/*
 * By its name, or by the path of its folder, which has a "/": then it is read, and becomes one of them. NULL
 * when there is none of that name. -1 with a FAILURE_USAGE when there is something wrong with that folder.
 */
int participants_find(struct participants *participants, const char *name, struct participant **participant,
    struct failure *failure);

void participants_release(struct participants *participants);

/* Why it can't run here, borrowed; NULL: it can. The first time, this runs its check. */
const char *participant_unavailable(struct participant *participant);

/* Runs its setup, the first time: -1 with a FAILURE_USAGE when that failed. */
int participant_set_up(struct participant *participant, struct failure *failure);

/*
 * Refuses what it can't do of these demands: -1 with a FAILURE_USAGE that names the first, with the reason
 * that the manifest gives.
 */
int participant_accepts(const struct participant *participant, unsigned int demands, struct failure *failure);

/* Appends name, family and summary of all of them, and why those that can't run here can't, as text for the
 * terminal. */
void participants_describe(const struct participants *participants, struct buffer *text);

#endif
