/*
 * process_gate: where processes wait for their turn, and the process that forked them until all have had
 * theirs (Linux eventfd).
 *
 *     struct process_gate gate;
 *     process_gate_init(&gate, count);
 *     ... fork `count` times ...
 *
 *     while (process_gate_pass(&gate))                            each child
 *         ... its turn ...
 *
 *     process_gate_await(&gate, 100)                              the parent: true once all children wait
 *     process_gate_open(&gate);                                   each gets one turn
 *     while (!process_gate_await(&gate, 100)) ... has one died? ...
 *     process_gate_close(&gate);                                  no more turns
 *     process_gate_release(&gate);                                when all children are gone
 *
 * Nobody holds a lock, so a process that dies stops nobody but the one that waits for all.
 */
#ifndef HARNESS_STRATEGIES_PROCESS_GATE_H
#define HARNESS_STRATEGIES_PROCESS_GATE_H

#include <stdbool.h>
#include <stddef.h>

struct process_gate_shared;

struct process_gate {
    size_t count;        /* of the children; 0: nothing was made */
    unsigned int passes; /* so often it was opened, for this process */
    int openings[2];     /* those of even and of odd passes: who is early can't take another's turn */
    int all_wait;        /* readable once the last child waits */
    struct process_gate_shared *shared;
};

/* Closed, for at least one child. -1 with errno; process_gate_release is right even then. Takes three
 * descriptors, which children inherit. */
int process_gate_init(struct process_gate *gate, size_t count);

/* All zero, or released: nothing to do. */
void process_gate_release(struct process_gate *gate);

/* For a child: waits until the gate is opened once more. False: it is closed for good. */
bool process_gate_pass(struct process_gate *gate);

/* For the parent: waits until all children wait, for so long at most. Do they? */
bool process_gate_await(const struct process_gate *gate, int milliseconds);

/* When all children wait: one turn for each. */
void process_gate_open(struct process_gate *gate);

/* At any time: process_gate_pass is false for children that wait, or will. */
void process_gate_close(struct process_gate *gate);

#endif
