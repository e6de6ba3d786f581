/* host: the verbs, as plug-ins get them. */
#include "transfer.h"

const struct harness_host lanes_host = {.abi = HARNESS_ABI,
    .size = sizeof(struct harness_host),
#define X(verb) .verb##_ = (verb),
    HARNESS_VERBS(X)
#undef X
};
