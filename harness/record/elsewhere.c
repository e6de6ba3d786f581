#include "elsewhere.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static uint32_t elsewhere_name_count(const struct elsewhere *elsewhere)
{
    uint32_t claimed = atomic_load(&elsewhere->names_claimed);

    return claimed < ELSEWHERE_NAME_COUNT ? claimed : ELSEWHERE_NAME_COUNT;
}

/* Is it the host's, in any case, as far as it was kept? */
static bool elsewhere_is_of(const struct elsewhere_name *name, const char *host)
{
    return atomic_load_explicit(&name->is_written, memory_order_acquire) &&
           strncasecmp(name->text, host, ELSEWHERE_NAME_SIZE - 1) == 0;
}

/* What is counted for the host: under its name, a new one if there is none yet, or without when all are
 * taken. */
static _Atomic uint64_t *elsewhere_counter(struct elsewhere *elsewhere, const char *host)
{
    uint32_t count = elsewhere_name_count(elsewhere);

    for (uint32_t i = 0; i < count; i++)
        if (elsewhere_is_of(&elsewhere->names[i], host))
            return &elsewhere->names[i].requests;
    if (count == ELSEWHERE_NAME_COUNT)
        return &elsewhere->unnamed;
    uint32_t mine = atomic_fetch_add(&elsewhere->names_claimed, 1);
    if (mine >= ELSEWHERE_NAME_COUNT)
        return &elsewhere->unnamed;
    struct elsewhere_name *name = &elsewhere->names[mine];
    (void)snprintf(name->text, sizeof name->text, "%s", host);
    atomic_store_explicit(&name->is_written, true, memory_order_release);
    return &name->requests;
}

static void elsewhere_count_name(struct elsewhere *elsewhere, const char *host, uint64_t requests)
{
    atomic_fetch_add_explicit(elsewhere_counter(elsewhere, host), requests, memory_order_relaxed);
}

void elsewhere_count(struct elsewhere *elsewhere, uint64_t requests)
{
    atomic_fetch_add_explicit(&elsewhere->requests, requests, memory_order_relaxed);
}

void elsewhere_count_redirected(struct elsewhere *elsewhere, const char *host, uint64_t requests)
{
    elsewhere_count(elsewhere, requests);
    elsewhere_count_name(elsewhere, host, requests);
}

/* Of a copy of the text, which could change while it is read. */
static void elsewhere_add_name(struct elsewhere *sum, const struct elsewhere_name *name)
{
    uint64_t requests = atomic_load(&name->requests);
    char text[ELSEWHERE_NAME_SIZE];

    if (!atomic_load(&name->is_written) || requests == 0)
        return;
    memcpy(text, name->text, sizeof text);
    text[sizeof text - 1] = '\0';
    elsewhere_count_name(sum, text, requests);
}

void elsewhere_add(struct elsewhere *sum, const struct elsewhere *part)
{
    uint32_t count = elsewhere_name_count(part);

    elsewhere_count(sum, atomic_load(&part->requests));
    atomic_fetch_add(&sum->unnamed, atomic_load(&part->unnamed));
    for (uint32_t i = 0; i < count; i++)
        elsewhere_add_name(sum, &part->names[i]);
}
