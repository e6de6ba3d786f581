/*
 * The contract once more, with more lanes, several times over, as a plain program: ThreadSanitizer can't
 * watch Criterion's processes. Exits with 1 when a promise is broken. Arguments: rounds (default 2),
 * concurrency (24), and for a part of the strategies which one (0) of how many (1).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"

static const struct {
    contract_check *check;
    const char *promise;
} checks[] = {
#define X(name) {contract_##name, #name},
    CONTRACT_CHECKS(X)
#undef X
};

/* How many promises one strategy broke. */
static int stress_strategy(struct contract *contract, const char *spec)
{
    int broken = 0;

    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        struct failure failure = {0};
        if (checks[i].check(contract, spec, &failure) == 0)
            continue;
        (void)fprintf(stderr, "'%s' %s: not so: %s\n", spec, checks[i].promise, failure.message);
        broken++;
    }
    return broken;
}

/* Of every `parts` strategies the one at `part`. */
static int stress_all(struct contract *contract, long rounds, size_t part, size_t parts)
{
    struct buffer specs = {0};
    size_t count = contract_specs(&specs);
    int broken = count == 0; /* nothing would have been checked */

    for (long round = 0; round < rounds; round++) {
        const char *spec = specs.bytes;
        for (size_t i = 0; i < count; i++, spec += strlen(spec) + 1)
            if (i % parts == part)
                broken += stress_strategy(contract, spec);
    }
    buffer_release(&specs);
    return broken;
}

int main(int argc, char **argv)
{
    struct failure failure = {0};
    struct contract contract;
    int exit_code = 0;

    if (contract_play_origin(argc, argv, &exit_code))
        return exit_code;
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 2;
    long concurrency = argc > 2 ? strtol(argv[2], NULL, 10) : 24;
    long part = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
    long parts = argc > 4 ? strtol(argv[4], NULL, 10) : 1;
    bool is_usable = rounds >= 1 && concurrency >= 1 && part >= 0 && part < parts;
    if (!is_usable || contract_open(&contract, (size_t)concurrency, &failure) != 0) {
        (void)fprintf(stderr, "contract_stress [ROUNDS [CONCURRENCY [PART PARTS]]]: %s\n", failure.message);
        return 2;
    }
    int broken = stress_all(&contract, rounds, (size_t)part, (size_t)parts);
    contract_close(&contract);
    (void)printf("contract_stress: %d promises broken\n", broken);
    return broken == 0 ? 0 : 1;
}
