/* role: the child's side of a trial, for main. */
#ifndef HARNESS_TRIAL_ROLE_H
#define HARNESS_TRIAL_ROLE_H

/* The whole life of a trial's process, from reading the settings to the exit code it returns. */
int trial_role(void);

#endif
