#include "arms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http.h"
#include "strategy.h"
#include "suggest.h"

/* More than anybody compares; and looking for earlier arms takes its time. */
#define ARMS_MAX 1000

#define DEFAULT_REFERENCE "thread-pool"

static int arms_no_memory(struct failure *failure)
{
    return failure_set(failure, FAILURE_RUN, "out of memory for the list of strategies");
}

static bool axis_is_same(const struct setting *axis, const struct arm *one, const struct arm *other)
{
    return setting_is_same(&one->settings, &other->settings, axis);
}

/* On how many axes the two have the same value; `except` (may be NULL) is not counted. */
static size_t arms_count_level(const struct arm *one, const struct arm *other, const struct setting *except)
{
    size_t same = 0;

    for (size_t id = 0; id < SETTING_COUNT; id++) {
        const struct setting *axis = &settings_table[id];
        same += setting_is_axis(axis) && axis != except && axis_is_same(axis, one, other);
    }
    return same;
}

static size_t axes_count(void)
{
    size_t count = 0;

    for (size_t id = 0; id < SETTING_COUNT; id++)
        count += setting_is_axis(&settings_table[id]);
    return count;
}

bool arms_are_level(const struct arm *one, const struct arm *other)
{
    return arms_count_level(one, other, NULL) == axes_count();
}

bool arms_agree(const struct arm *arms, size_t count, const struct setting *axis)
{
    for (size_t arm = 1; arm < count; arm++)
        if (!axis_is_same(axis, &arms[0], &arms[arm]))
            return false;
    return true;
}

size_t arms_original(const struct arm *arms, size_t count, size_t arm)
{
    for (size_t other = 0; other < arm && other < count; other++)
        if (strcmp(arms[other].identity, arms[arm].identity) == 0 && arms_are_level(&arms[other], &arms[arm]))
            return other;
    return arm;
}

/* "thread-pool", or for the third of its kind "thread-pool#3". */
static char *arm_make_label(const struct arms *arms, const struct arm *arm)
{
    struct buffer label = {0};
    size_t earlier = 0;

    for (size_t i = 0; i < arms->count; i++)
        earlier += strcmp(arms->items[i].spec, arm->spec) == 0 && arms_are_level(&arms->items[i], arm);
    buffer_append_text(&label, arm->spec);
    if (earlier > 0)
        buffer_printf(&label, "#%zu", earlier + 1);
    buffer_append(&label, "", 1);
    if (label.out_of_memory)
        buffer_release(&label);
    return label.bytes;
}

static void arm_free_text(const char *text)
{
    free((char *)(uintptr_t)text); /* NOLINT(performance-no-int-to-ptr) */
}

static void arm_release(struct arm *arm)
{
    arm_free_text(arm->name);
    arm_free_text(arm->label);
    arm_free_text(arm->spec);
    arm_free_text(arm->identity);
}

/* Takes over the arm, which has its spec, its identity and its settings. */
static int arms_append(struct arms *arms, struct arm *arm, struct failure *failure)
{
    struct arm *items = NULL;

    arm->label = arm->spec && arm->identity ? arm_make_label(arms, arm) : NULL;
    if (arm->label)
        items = realloc(arms->items, (arms->count + 1) * sizeof *items);
    if (!items || arms->count == ARMS_MAX) {
        arms->items = items ? items : arms->items;
        arm_release(arm);
        return items ? failure_set(failure, FAILURE_USAGE,
                           "more than %d strategies and levels; name fewer with --strategy and --concurrency",
                           ARMS_MAX)
                     : arms_no_memory(failure);
    }
    arms->items = items;
    items[arms->count++] = *arm;
    return 0;
}

/* A strategy as the command line names it. */
struct arm_strategy {
    const char *spec;
    const struct strategy *strategy;
    struct strategy_values values;
};

static uint64_t arms_smaller(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

/* Does one proxy take on all requests? That of the environment may not. */
static bool arms_share_http_proxy(const char *proxy)
{
    if (!proxy || strcmp(proxy, PROXY_OF_ENVIRONMENT) == 0)
        return false;
    return !strstr(proxy, "://") || strncasecmp(proxy, "http:", 5) == 0 ||
           strncasecmp(proxy, "https:", 6) == 0;
}

/* Those that connections differ by. A proxy of HTTP is all servers but those that need a tunnel (CONNECT). */
static size_t arms_servers(const struct arms_load *load, const struct settings *settings)
{
    size_t merged =
        load->plain_count > 0 && arms_share_http_proxy(settings->proxy) ? load->plain_count - 1 : 0;

    return load->server_count - merged + (settings->follow_redirects ? REDIRECT_SERVERS : 0);
}

/*
 * How many connections a lane may have open at once: all lanes on average, rounded up. One to each server;
 * but all together open no more than there are requests, redirects and the pass before a warm start included.
 */
static size_t arms_connections(const struct arms_load *load, const struct settings *settings)
{
    uint64_t lanes = settings->concurrency;
    uint64_t passes = settings->start == START_WARM ? 2 : 1;
    uint64_t turns = settings->follow_redirects ? 1 + REDIRECTS_MAX : 1;
    uint64_t requests = arms_smaller(load->request_count, UINT32_MAX);
    uint64_t opened = (requests * passes * turns + lanes - 1) / lanes;

    if (settings->no_reuse || opened == 0)
        return 1;
    return (size_t)arms_smaller(arms_servers(load, settings), opened);
}

static struct strategy_scale arms_scale(const struct arms_load *load, const struct settings *settings)
{
    size_t lanes = (size_t)settings->concurrency;

    return (struct strategy_scale){.lanes = lanes,
        .servers = arms_servers(load, settings),
        .connections = lanes * arms_connections(load, settings),
        .streams = http_streams(settings),
        .is_hasty = http_is_hasty(curl_version_info(CURLVERSION_NOW))};
}

static int arms_append_strategy(struct arms *arms, const struct arm_strategy *named,
    const struct settings *settings, struct failure *failure)
{
    const struct strategy_scale scale = arms_scale(&arms->load, settings);
    struct strategy_needs needs = {0};
    struct buffer identity = {0};
    struct arm arm = {
        .spec = strdup(named->spec),
        .family = strategy_family_word(named->strategy->family),
        .settings = *settings,
        .sends_nothing = (named->strategy->flags & STRATEGY_SENDS_NOTHING) != 0,
    };

    strategy_write(named->strategy, &named->values, &identity);
    buffer_append(&identity, "", 1);
    if (identity.out_of_memory)
        buffer_release(&identity);
    arm.identity = identity.bytes;
    named->strategy->needs(&named->values, &scale, &needs);
    arm.files = needs.files;
    arm.threads = needs.threads;
    arm.processes = needs.processes;
    arm.memory_kib = needs.memory_kib;
    arm.connects_anew = needs.connects_anew;
    arm.streams = scale.streams;
    arm.loop_lanes = needs.loop_lanes;
    arm.uses_socket_action = needs.uses_socket_action;
    return arms_append(arms, &arm, failure);
}

/* The next axis from `id` on, or SETTING_COUNT. */
static size_t axis_from(size_t id)
{
    while (id < SETTING_COUNT && !setting_is_axis(&settings_table[id]))
        id++;
    return id;
}

/* The strategy at every combination of values on the axes from `id` on; `settings` has those of the others.
 */
static int arms_append_product(struct arms *arms, const struct arm_strategy *named,
    const struct settings *settings, size_t id, struct failure *failure)
{
    struct settings copy = *settings;
    int result = 0;

    id = axis_from(id);
    if (id == SETTING_COUNT)
        return arms_append_strategy(arms, named, settings, failure);
    const struct texts *levels = &settings->levels[id];
    bool has_one_lane = (named->strategy->flags & STRATEGY_ONE_LANE) != 0;
    if (id == SETTING_concurrency && has_one_lane)
        copy.concurrency = 1;
    if (levels->count == 0 || (id == SETTING_concurrency && has_one_lane))
        return arms_append_product(arms, named, &copy, id + 1, failure);
    for (size_t i = 0; result == 0 && i < levels->count; i++) {
        result = setting_choose(&copy, &settings_table[id], levels->items[i], failure);
        result = result == 0 ? arms_append_product(arms, named, &copy, id + 1, failure) : -1;
    }
    return result;
}

static int arms_append_spec(
    struct arms *arms, const char *spec, const struct settings *settings, struct failure *failure)
{
    struct arm_strategy named = {.spec = spec};

    if (strategy_parse(spec, &named.strategy, &named.values, failure) != 0)
        return -1;
    const char *unavailable = strategy_unavailable(named.strategy);
    if (unavailable)
        return failure_set(failure, FAILURE_USAGE,
            "strategy '%s' is not available: %s; leave it out, as --strategy all does", named.strategy->name,
            unavailable);
    return arms_append_product(arms, &named, settings, 0, failure);
}

static int arms_append_all(struct arms *arms, const struct settings *settings, struct failure *failure)
{
    for (size_t i = 0; strategies[i]; i++)
        if ((strategies[i]->flags & STRATEGY_SENDS_NOTHING) == 0 && !strategy_unavailable(strategies[i]) &&
            arms_append_spec(arms, strategies[i]->name, settings, failure) != 0)
            return -1;
    return 0;
}

static int arms_append_name(struct arms *arms, const char *name, size_t length,
    const struct settings *settings, struct failure *failure)
{
    char *spec = strndup(name, length);
    int result = -1;

    if (!spec)
        return arms_no_memory(failure);
    result = strcmp(spec, "all") == 0 ? arms_append_all(arms, settings, failure)
                                      : arms_append_spec(arms, spec, settings, failure);
    free(spec);
    return result;
}

static int arms_append_names(
    struct arms *arms, const char *names, const struct settings *settings, struct failure *failure)
{
    for (const char *name = names;; name += strcspn(name, ",") + 1) {
        if (arms_append_name(arms, name, strcspn(name, ","), settings, failure) != 0)
            return -1;
        if (name[strcspn(name, ",")] == '\0')
            return 0;
    }
}

/* Has the axis several values among the arms of this label? */
static bool arms_need_mark(const struct arms *arms, const struct arm *arm, const struct setting *axis)
{
    for (size_t i = 0; i < arms->count; i++)
        if (strcmp(arms->items[i].label, arm->label) == 0 && !axis_is_same(axis, &arms->items[i], arm))
            return true;
    return false;
}

static int arms_name(struct arms *arms, struct arm *arm, struct failure *failure)
{
    struct buffer name = {0};

    buffer_append_text(&name, arm->label);
    for (size_t id = axis_from(0); id < SETTING_COUNT; id = axis_from(id + 1))
        if (arms_need_mark(arms, arm, &settings_table[id])) {
            buffer_printf(&name, " %s", settings_table[id].mark);
            setting_write(&arm->settings, &settings_table[id], &name);
        }
    buffer_append(&name, "", 1);
    arm->name = name.bytes;
    return name.out_of_memory ? arms_no_memory(failure) : 0;
}

/* The axis of "KEY=VALUE"; NULL when the reference is not of that form. */
static const struct setting *reference_axis(const char *reference)
{
    size_t length = strcspn(reference, "=");
    const struct setting *setting = setting_find(reference, length);

    return reference[length] == '=' && setting && setting_is_axis(setting) ? setting : NULL;
}

bool arms_reference_is_value(const char *reference)
{
    return reference && reference_axis(reference);
}

/* Has the arm the value that "KEY=VALUE" names? */
static bool reference_is_value(const struct setting *axis, const char *reference, const struct arm *arm)
{
    struct arm wanted = *arm;
    struct failure failure;

    return setting_choose(&wanted.settings, axis, strchr(reference, '=') + 1, &failure) == 0 &&
           axis_is_same(axis, &wanted, arm);
}

static bool reference_fits(const char *reference, const struct arm *arm)
{
    const struct setting *axis = reference_axis(reference);

    return axis ? reference_is_value(axis, reference, arm) : strcmp(arm->label, reference) == 0;
}

/* The first of those that fit with the most values in common; `count` when none fits. */
static size_t arms_closest(const struct arm *arms, size_t count, size_t arm, const char *reference)
{
    const struct setting *axis = reference_axis(reference);
    size_t best_level = 0;
    size_t best = count;

    for (size_t other = 0; other < count; other++) {
        bool is_of_label = !axis || strcmp(arms[other].label, arms[arm].label) == 0;
        size_t level = arms_count_level(&arms[other], &arms[arm], axis);
        if (is_of_label && reference_fits(reference, &arms[other]) && (best == count || level > best_level)) {
            best = other;
            best_level = level;
        }
    }
    return best;
}

size_t arms_reference(const struct arm *arms, size_t count, const char *reference, size_t arm)
{
    size_t found = arms_closest(arms, count, arm, reference ? reference : DEFAULT_REFERENCE);

    if (arms[arm].sends_nothing)
        return arm;
    if (found == count && reference) /* the label has no such value: sequential has one level */
        return arm;
    for (size_t other = 0; found == count && other < count; other++)
        found = arms[other].sends_nothing ? found : other;
    return found == count ? arm : found;
}

static int arms_check_reference(const struct arms *arms, const char *reference, struct failure *failure)
{
    struct suggestion suggestion = suggest_for(reference, reference ? strlen(reference) : 0);

    for (size_t arm = 0; reference && arm < arms->count; arm++) {
        if (reference_fits(reference, &arms->items[arm]))
            return 0;
        suggest_offer(&suggestion, arms->items[arm].label, strlen(arms->items[arm].label));
    }
    return !reference ? 0
                      : failure_set(failure, FAILURE_USAGE,
                            "--reference '%s' is neither one of the strategies compared nor a value of "
                            "theirs such as concurrency=16%sname it in --strategy too",
                            reference, suggest_amid(&suggestion, "").text);
}

int arms_expand(
    struct arms *arms, const struct settings *settings, const struct arms_load *load, struct failure *failure)
{
    int result = 0;

    *arms = (struct arms){.load = *load};
    if (settings->strategies.count == 0)
        result = arms_append_all(arms, settings, failure);
    for (size_t i = 0; result == 0 && i < settings->strategies.count; i++)
        result = arms_append_names(arms, settings->strategies.items[i], settings, failure);
    for (size_t i = 0; result == 0 && i < arms->count; i++)
        result = arms_name(arms, &arms->items[i], failure);
    if (result == 0)
        result = arms_check_reference(arms, settings->reference, failure);
    if (result != 0)
        arms_release(arms);
    return result;
}

void arms_release(struct arms *arms)
{
    for (size_t i = 0; i < arms->count; i++)
        arm_release(&arms->items[i]);
    free(arms->items);
    *arms = (struct arms){0};
}
