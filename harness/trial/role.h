/* role: the child's side of a trial, for main. */
#ifndef HARNESS_TRIAL_ROLE_H
#define HARNESS_TRIAL_ROLE_H

/* The whole life of a trial's process. 0, or -1 if the trial could not be run; the experiment has then been
 * told. */
int trial_role(void);

#endif
