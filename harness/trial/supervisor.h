/*
 * supervisor: the process between an experiment and a participant's program, which it starts.
 *
 *     harness supervise PROGRAM ARGUMENTS...
 *
 * The program may start processes of its own, leave them behind, and write without end; none of that may harm
 * the experiment, or be left out of its figures. So the supervisor adopts all that the program leaves behind
 * (PR_SET_CHILD_SUBREAPER), which keeps them among its descendants, whose processor time and memory are the
 * trial's; ends them all when the program has ended, or when it is told to end itself (SIGTERM) or the
 * experiment dies; and keeps the last lines of what they write, which go to its own standard error in the
 * end.
 *
 * The descriptors from 3 on are the program's. The supervisor sleeps unless something ends or is written; the
 * protocol goes past it.
 */
#ifndef HARNESS_TRIAL_SUPERVISOR_H
#define HARNESS_TRIAL_SUPERVISOR_H

/* The word after "harness". */
#define SUPERVISOR_ROLE "supervise"

/* `arguments`: the program and its arguments, NULL at the end. Ends as the program does: its exit code, or
 * its signal. */
int supervisor_role(char **arguments);

#endif
