/*
 * elsewhere: how many requests a trial sent to other machines, and to which of them by way of redirects.
 *
 *     elsewhere_count(&records->elsewhere, 1);                           a lane, of a request that it sent
 *     elsewhere_count_redirected(&records->elsewhere, "other.example", 1);
 *     elsewhere_add(&sum, &records->elsewhere);                          the experiment, after the trial
 *
 * It lies in memory that the trial's threads and processes share with the experiment: all may count at once.
 * The names need not be distinct, as two lanes may write the same one at the same moment; elsewhere_add joins
 * them. What is this machine is told by loopback.h.
 */
#ifndef HARNESS_ELSEWHERE_H
#define HARNESS_ELSEWHERE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The longest name in the DNS, and a NUL; of a longer one the start is kept. */
#define ELSEWHERE_NAME_SIZE  256
#define ELSEWHERE_NAME_COUNT 64

struct elsewhere_name {
    char text[ELSEWHERE_NAME_SIZE];
    _Atomic uint64_t requests;
    _Atomic bool is_written; /* the text is whole, and stays */
};

/* All zero: nothing was sent to other machines. */
struct elsewhere {
    _Atomic uint64_t requests;      /* all of them */
    _Atomic uint64_t unnamed;       /* of those redirected, to hosts for which no name was left */
    _Atomic uint32_t names_claimed; /* may exceed ELSEWHERE_NAME_COUNT */
    struct elsewhere_name names[ELSEWHERE_NAME_COUNT]; /* where requests were redirected */
};

/* `requests` more went to another machine. Any thread or process may call these. */
void elsewhere_count(struct elsewhere *elsewhere, uint64_t requests);

/* The same of requests that a redirect sent to `host`, a name as it is to be told. */
void elsewhere_count_redirected(struct elsewhere *elsewhere, const char *host, uint64_t requests);

/* Adds `part`, which another process wrote and which is not trusted, to `sum`, which is the caller's alone.
 */
void elsewhere_add(struct elsewhere *sum, const struct elsewhere *part);

#endif
