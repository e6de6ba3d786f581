/* role: the child's side of a trial, for main. */
#ifndef HARNESS_TRIAL_ROLE_H
#define HARNESS_TRIAL_ROLE_H

/* The whole life of a trial's process. 0, or -1 when the trial could not be run, which the experiment has
 * been told. */
int trial_role(void);

#endif
