/*
 * defects: the known defects of libcurl that bias a comparison, and which arms of an experiment they touch.
 *
 *     unsigned int own = defect_libcurl_version();
 *     for (const struct defect *defect = defects; defect->effect; defect++)
 *         if (defect_applies(defect, own, plan)) ...
 *
 * The table is defects.def. Only what can be told from the versions, the arms and the settings is decided
 * here; one condition, WHEN_BUSY, shows in the figures alone, and counts as met: warnings.c looks at it.
 */
#ifndef HARNESS_ANALYSIS_DEFECTS_H
#define HARNESS_ANALYSIS_DEFECTS_H

#include <stdbool.h>

#include "plan.h"

/* What must be so for an arm to be touched, apart from the strategy. */
enum defect_when {
    WHEN_TLS = 1,              /* a request goes over TLS */
    WHEN_HTTP2 = 2,            /* it asks for HTTP/2 */
    WHEN_CROWDED = 4,          /* the same, and a multi handle has more lanes than share a connection */
    WHEN_SEVERAL_LANES = 8,    /* a multi handle has more than one lane */
    WHEN_NAMES = 16,           /* libcurl looks up names by itself: those that redirects lead to */
    WHEN_OTHER_SERVERS = 32,   /* a server is not the embedded origin */
    WHEN_VERSIONS_DIFFER = 64, /* other arms ask for another version of HTTP */
    WHEN_BUSY = 128,           /* it used a good part of a processor: only known afterwards */
};

enum defect_touches { TOUCHES_ANY, TOUCHES_LOOPS, TOUCHES_SOCKET_LOOPS };

struct defect {
    unsigned int first; /* as LIBCURL_VERSION_NUM: 0xXXYYZZ; 0: from the oldest on */
    unsigned int last;  /* UINT_MAX: none is free of it */
    enum defect_touches touches;
    unsigned int when;  /* enum defect_when */
    const char *effect; /* NULL ends the table */
    const char *source;
};

extern const struct defect defects[];

/* Of the libcurl in use, which may be another than the one that this was built with; as LIBCURL_VERSION_NUM.
 */
unsigned int defect_libcurl_version(void);

/* `own` is the version of this program's libcurl, which goes for arms that are on no build. Strategies that
 * send nothing are never touched. */
bool defect_touches(const struct defect *defect, unsigned int own, const struct plan *plan, size_t arm);

/* Is any arm touched? */
bool defect_applies(const struct defect *defect, unsigned int own, const struct plan *plan);

#endif
