#include "contract.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "registry.h"

/* More than any check sends. */
#define ARRIVAL_CAPACITY 10000

int contract_open(struct contract *contract, size_t concurrency, struct failure *failure)
{
    *contract = (struct contract){.concurrency = concurrency};
    (void)signal(SIGPIPE, SIG_IGN);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return failure_set(failure, FAILURE_RUN, "libcurl can't be initialised");
    if (origin_start(
            &contract->origin, &(struct origin_options){.arrival_capacity = ARRIVAL_CAPACITY}, failure) == 0)
        return 0;
    curl_global_cleanup();
    return -1;
}

void contract_close(struct contract *contract)
{
    origin_stop(&contract->origin);
    curl_global_cleanup();
}

bool contract_play_origin(int argc, char **argv, int *exit_code)
{
    struct failure failure = {0};

    if (argc < 2 || strcmp(argv[1], "origin") != 0)
        return false;
    *exit_code = origin_role(argc - 1, argv + 1, &failure) == 0 ? 0 : 1;
    if (*exit_code != 0)
        (void)fprintf(stderr, "origin: %s\n", failure.message);
    return true;
}

static size_t specs_append_choices(
    const struct strategy *strategy, const struct strategy_option *option, struct buffer *specs)
{
    size_t count = 0;

    for (long choice = 0; option->choices[choice]; choice++) {
        if (choice == option->fallback)
            continue;
        buffer_printf(specs, "%s:%s=%s", strategy->name, option->name, option->choices[choice]);
        buffer_append(specs, "", 1);
        count++;
    }
    return count;
}

static size_t specs_append_extremes(
    const struct strategy *strategy, const struct strategy_option *option, struct buffer *specs)
{
    const long extremes[] = {option->minimum, option->maximum};
    size_t count = 0;

    for (size_t i = 0; i < 2; i++) {
        if (extremes[i] == option->fallback)
            continue;
        buffer_printf(specs, "%s:%s=%ld", strategy->name, option->name, extremes[i]);
        buffer_append(specs, "", 1);
        count++;
    }
    return count;
}

size_t contract_specs(struct buffer *specs)
{
    size_t count = 0;

    for (size_t i = 0; strategies[i]; i++) {
        const struct strategy_option *option = strategies[i]->options;
        if (strategy_unavailable(strategies[i]))
            continue;
        buffer_append(specs, strategies[i]->name, strlen(strategies[i]->name) + 1);
        count++;
        for (; option && option->name; option++)
            count += option->choices ? specs_append_choices(strategies[i], option, specs)
                                     : specs_append_extremes(strategies[i], option, specs);
    }
    return count;
}
