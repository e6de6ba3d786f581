/* reason: the phrase that goes with a status in HTTP/1. */
#ifndef HARNESS_REASON_H
#define HARNESS_REASON_H

/* "UNKNOWN" for codes without one. */
const char *reason_phrase(int code);

#endif
