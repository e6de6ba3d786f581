#include "causes.h"

#include <stdio.h>
#include <string.h>

const struct cause_kind *causes_find(const struct causes *causes, enum outcome outcome, unsigned int status)
{
    for (size_t i = 0; i < causes->kind_count; i++)
        if (causes->kinds[i].outcome == outcome && causes->kinds[i].status == status)
            return &causes->kinds[i];
    return NULL;
}

/* The kind, a new one if need be; NULL when there are too many statuses. */
static struct cause_kind *causes_kind(struct causes *causes, enum outcome outcome, unsigned int status)
{
    const struct cause_kind *found = causes_find(causes, outcome, status);
    bool is_status = outcome == OUTCOME_UNEXPECTED_STATUS;

    if (found)
        return &causes->kinds[found - causes->kinds];
    if (is_status && causes->status_count == CAUSES_STATUSES) {
        causes->has_other_statuses = true;
        return NULL;
    }
    causes->status_count += is_status;
    struct cause_kind *kind = &causes->kinds[causes->kind_count++];
    *kind = (struct cause_kind){.outcome = outcome, .status = status};
    return kind;
}

/* The request's place, for which the last one may have to go; NULL when enough come before it. */
static struct cause_request *cause_kind_request(struct cause_kind *kind, uint64_t request)
{
    struct cause_request *requests = kind->requests;
    size_t place = 0;

    while (place < kind->request_count && requests[place].request < request)
        place++;
    if (place < kind->request_count && requests[place].request == request)
        return &requests[place];
    if (place == CAUSES_REQUESTS)
        return NULL;
    kind->request_count += kind->request_count < CAUSES_REQUESTS;
    memmove(&requests[place + 1], &requests[place], (kind->request_count - 1 - place) * sizeof *requests);
    requests[place] = (struct cause_request){.request = request};
    return &requests[place];
}

static void cause_kind_add(struct cause_kind *kind, uint64_t request, uint64_t count, const char *text)
{
    struct cause_request *kept = cause_kind_request(kind, request);

    if (!kept)
        return;
    kept->count += count;
    if (kept->text[0] == '\0' && text)
        (void)snprintf(kept->text, sizeof kept->text, "%s", text);
}

void causes_add(
    struct causes *causes, uint64_t request, enum outcome outcome, unsigned int status, const char *text)
{
    struct cause_kind *kind = causes_kind(causes, outcome, outcome == OUTCOME_UNEXPECTED_STATUS ? status : 0);

    causes->count++;
    if (kind)
        cause_kind_add(kind, request, 1, text);
}

void causes_join(struct causes *causes, const struct causes *others)
{
    causes->count += others->count;
    causes->has_other_statuses = causes->has_other_statuses || others->has_other_statuses;
    for (size_t k = 0; k < others->kind_count; k++) {
        const struct cause_kind *other = &others->kinds[k];
        struct cause_kind *kind = causes_kind(causes, other->outcome, other->status);
        for (size_t i = 0; kind && i < other->request_count; i++)
            cause_kind_add(
                kind, other->requests[i].request, other->requests[i].count, other->requests[i].text);
    }
}
