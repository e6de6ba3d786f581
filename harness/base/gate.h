/*
 * gate: where processes wait for their turn, and the process that forked them until all have had theirs
 * (Linux eventfd).
 *
 *     struct gate gate;
 *     gate_init(&gate, count, &failure);
 *     ... fork `count` times ...
 *
 *     while (gate_pass(&gate))                            each child
 *         ... its turn ...
 *
 *     gate_await(&gate, 100)                              the parent: true once all children wait
 *     gate_open(&gate);                                   each gets one turn
 *     while (!gate_await(&gate, 100)) ... has one died? ...
 *     gate_close(&gate);                                  no more turns
 *     gate_release(&gate);                                when all children are gone
 *
 * Nobody holds a lock, so a process that dies stops nobody but the one that waits for all.
 */
#ifndef HARNESS_GATE_H
#define HARNESS_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include "failure.h"

struct gate_shared;

struct gate {
    size_t count;        /* of the children */
    unsigned int passes; /* so often it was opened, for this process */
    int openings[2];     /* those of even and of odd passes: who is early can't take another's turn */
    int all_wait;        /* readable once the last child waits */
    struct gate_shared *shared;
};

/* Closed; gate_release is right even after -1. Takes three descriptors, which children inherit. */
int gate_init(struct gate *gate, size_t count, struct failure *failure);
void gate_release(struct gate *gate);

/* For a child: waits until the gate is opened once more. False: it is closed for good. */
bool gate_pass(struct gate *gate);

/* For the parent: waits until all children wait, for so long at most. Do they? */
bool gate_await(const struct gate *gate, int milliseconds);

/* When all children wait: one turn for each. */
void gate_open(struct gate *gate);

/* At any time: gate_pass is false for children that wait, or will. */
void gate_close(struct gate *gate);

#endif
