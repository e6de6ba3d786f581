#include "arms.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "builds.h"
#include "http.h"
#include "participants.h"
#include "plugins.h"
#include "registry.h"
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

bool arms_differ_in_concurrency_only(const struct arm *one, const struct arm *other)
{
    return strcmp(one->label, other->label) == 0 &&
           arms_count_level(one, other, &settings_table[SETTING_concurrency]) == axes_count() - 1;
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
    arm_free_text(arm->told);
    arm_free_text(arm->again);
    arm_free_text(arm->identity);
}

/* Takes over the arm, which has its spec, its identity and its settings. */
static int arms_append(struct arms *arms, struct arm *arm, struct failure *failure)
{
    struct arm *items = NULL;

    arm->label = arm->spec && arm->told && arm->again && arm->identity ? arm_make_label(arms, arm) : NULL;
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
    const char *told;
    const char *again;
    const struct build *build;
    const struct participant *participant; /* NULL: it is a strategy of this program */
    const struct plugin *plugin;           /* NULL: the same, or a participant */
    const struct strategy *strategy;
    struct strategy_values values;
};

static bool arm_strategy_has_one_lane(const struct arm_strategy *named)
{
    return named->participant ? named->participant->has_one_lane
                              : (named->strategy->flags & STRATEGY_ONE_LANE) != 0;
}

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

static struct strategy_scale arms_scale(
    const struct arms_load *load, const struct settings *settings, const struct build *build)
{
    size_t lanes = (size_t)settings->concurrency;

    return (struct strategy_scale){.lanes = lanes,
        .processors = load->processors > 0 ? load->processors : 1,
        .requests = arms_smaller(load->request_count, UINT32_MAX),
        .servers = arms_servers(load, settings),
        .connections = lanes * arms_connections(load, settings),
        .streams = http_streams(settings),
        .is_hasty = http_is_hasty(build_info(build))};
}

static int arms_ask_needs(const struct arm_strategy *named, const struct strategy_scale *scale,
    struct strategy_needs *needs, struct failure *failure)
{
    if (named->plugin)
        return plugin_needs(named->plugin, &named->values, scale, needs, failure);
    named->strategy->needs(&named->values, scale, needs);
    return 0;
}

/* Of the same strategy, build, and values of options, as the values are and not as they are written. NULL
 * when memory runs out. */
static char *arms_make_identity(const struct arm_strategy *named)
{
    struct buffer identity = {0};

    strategy_write(named->strategy, &named->values, &identity);
    if (named->build)
        buffer_printf(&identity, "@%s", named->build->label);
    buffer_append(&identity, "", 1);
    if (identity.out_of_memory)
        buffer_release(&identity);
    return identity.bytes;
}

static int arms_append_strategy(struct arms *arms, const struct arm_strategy *named,
    const struct settings *settings, struct failure *failure)
{
    const struct strategy_scale scale = arms_scale(&arms->load, settings, named->build);
    struct strategy_needs needs = {0};
    if (arms_ask_needs(named, &scale, &needs, failure) != 0)
        return -1;
    struct arm arm = {
        .spec = strdup(named->spec),
        .told = strdup(named->told),
        .again = strdup(named->again),
        .build = named->build,
        .plugin = named->plugin ? named->plugin->path : NULL,
        .identity = arms_make_identity(named),
        .family = strategy_family_word(named->strategy->family),
        .settings = *settings,
        .sends_nothing = (named->strategy->flags & STRATEGY_SENDS_NOTHING) != 0,
        .has_one_lane = arm_strategy_has_one_lane(named),
    };

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

/* The descriptors of a participant are its own, and what it takes is not known before it runs. */
static int arms_append_participant(struct arms *arms, const struct arm_strategy *named,
    const struct settings *settings, struct failure *failure)
{
    const struct arms_load *load = &arms->load;
    struct arm arm = {
        .spec = strdup(named->spec),
        .told = strdup(named->told),
        .again = strdup(named->again),
        .participant = named->participant,
        .identity = strdup(named->participant->folder),
        .family = named->participant->family,
        .has_one_lane = arm_strategy_has_one_lane(named),
        .settings = *settings,
        .files = settings->concurrency * arms_connections(load, settings),
        .streams = 1,
    };

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
        return named->participant ? arms_append_participant(arms, named, settings, failure)
                                  : arms_append_strategy(arms, named, settings, failure);
    const struct texts *levels = &settings->levels[id];
    bool has_one_lane = arm_strategy_has_one_lane(named);
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

/* `named` has its texts and its build. */
static int arms_append_spec(
    struct arms *arms, struct arm_strategy *named, const struct settings *settings, struct failure *failure)
{
    if (strategy_parse(named->told, &named->strategy, &named->values, failure) != 0)
        return -1;
    const char *unavailable = strategy_unavailable(named->strategy);
    if (unavailable)
        return failure_set(failure, FAILURE_USAGE,
            "strategy '%s' is not available: %s; leave it out, as --strategy all does", named->strategy->name,
            unavailable);
    return arms_append_product(arms, named, settings, 0, failure);
}

/* The strategy's name, and that of the build; NULL when memory runs out. */
static char *arms_make_spec(const struct strategy *strategy, const struct build *build)
{
    struct buffer spec = {0};

    buffer_printf(&spec, "%s%s%s", strategy->name, build ? "@" : "", build ? build->label : "");
    buffer_append(&spec, "", 1);
    if (spec.out_of_memory)
        buffer_release(&spec);
    return spec.bytes;
}

static int arms_append_all(
    struct arms *arms, const struct build *build, const struct settings *settings, struct failure *failure)
{
    for (size_t i = 0; strategies[i]; i++) {
        if ((strategies[i]->flags & STRATEGY_SENDS_NOTHING) != 0 || strategy_unavailable(strategies[i]))
            continue;
        char *spec = arms_make_spec(strategies[i], build);
        struct arm_strategy named = {
            .spec = spec, .told = strategies[i]->name, .again = spec, .build = build};
        int result = spec ? arms_append_spec(arms, &named, settings, failure) : arms_no_memory(failure);
        free(spec);
        if (result != 0)
            return -1;
    }
    return 0;
}

static int arms_refuse_build(const struct builds *builds, const char *spec, struct failure *failure)
{
    size_t length = 0;
    const char *label = arms_find_label(spec, &length);
    struct suggestion suggestion = suggest_for(label, length);

    if (length == 0 || memchr(label, '@', length))
        return failure_set(failure, FAILURE_USAGE,
            "a strategy on a build of libcurl is named NAME@LABEL, with options after that, not '%s'", spec);
    for (size_t i = 0; builds && i < builds->count; i++)
        suggest_offer(&suggestion, builds->items[i].label, strlen(builds->items[i].label));
    return failure_set(failure, FAILURE_USAGE, "no build of libcurl '%.*s'%sname it with --libcurl %.*s=PATH",
        (int)length, label, suggest_amid(&suggestion, "").text, (int)length, label);
}

const char *arms_find_label(const char *spec, size_t *length)
{
    size_t head = strcspn(spec, ":");
    const char *at = memchr(spec, '@', head);

    *length = at ? head - (size_t)(at + 1 - spec) : 0;
    return at ? at + 1 : NULL;
}

void arms_cut_label(char *spec)
{
    size_t length = 0;
    const char *label = arms_find_label(spec, &length);

    if (label)
        memmove(spec + (label - spec) - 1, label + length, strlen(label + length) + 1);
}

/* NULL: the spec names none. */
static int arms_choose_build(
    const struct builds *builds, const char *spec, const struct build **build, struct failure *failure)
{
    size_t length = 0;
    const char *label = arms_find_label(spec, &length);

    *build = label ? builds_find(builds, label, length) : NULL;
    return !label || *build ? 0 : arms_refuse_build(builds, spec, failure);
}

/* What is asked of a participant, by the workload and with any value on any axis. */
static int arms_demand(
    const struct arms *arms, const struct settings *settings, unsigned int *demands, struct failure *failure)
{
    *demands = arms->load.demands | demands_of_settings(settings, arms->load.defaults);
    for (size_t id = axis_from(0); id < SETTING_COUNT; id = axis_from(id + 1))
        for (size_t i = 0; i < settings->levels[id].count; i++) {
            struct settings copy = *settings;
            if (setting_choose(&copy, &settings_table[id], settings->levels[id].items[i], failure) != 0)
                return -1;
            *demands |= demands_of_settings(&copy, arms->load.defaults);
        }
    return 0;
}

/* Can the participant run here, and do what is asked? */
static int arms_check_participant(struct arms *arms, struct participant *participant,
    const struct settings *settings, struct failure *failure)
{
    const char *reason = participant_unavailable(participant);
    unsigned int demands = 0;

    if (reason)
        return failure_set(failure, FAILURE_USAGE, "participant '%s' is not available: %s; leave it out",
            participant->name, reason);
    if (settings->origin_addresses > 1)
        return failure_set(failure, FAILURE_USAGE,
            "%s can't do --origin-addresses, which spreads libcurl's connections; leave one of the two out",
            participant->name);
    if (arms_demand(arms, settings, &demands, failure) != 0 ||
        participant_accepts(participant, demands, failure) != 0)
        return -1;
    return participant_set_up(participant, failure);
}

/* Is it named by its path? Then only that names it again. */
static int arms_append_guest(struct arms *arms, const struct participant *participant, bool by_path,
    const struct settings *settings, struct failure *failure)
{
    const char *again = by_path ? participant->folder : participant->name;
    const struct arm_strategy named = {
        .spec = participant->name, .told = again, .again = again, .participant = participant};

    return arms_append_product(arms, &named, settings, 0, failure);
}

static int arms_append_external(struct arms *arms, const struct settings *settings, struct failure *failure)
{
    const struct participants *participants = arms->load.participants;
    struct failure reason;
    size_t before = arms->count;

    for (size_t i = 0; participants && i < participants->count; i++) {
        struct participant *participant = participants->items[i];
        if (arms_check_participant(arms, participant, settings, &reason) != 0)
            buffer_printf(&arms->left_out, "%s\n", reason.message);
        else if (arms_append_guest(arms, participant, false, settings, failure) != 0)
            return -1;
    }
    return arms->count > before
               ? 0
               : failure_set(failure, FAILURE_USAGE,
                     "no participant can take part; --list-participants says which can run here");
}

/* "NAME:key=value" or "NAME@LABEL" of a participant, which has neither. */
static int arms_refuse_options(struct arms *arms, const char *spec, struct failure *failure)
{
    char name[256];
    size_t length = strcspn(spec, ":@");
    struct participant *participant = NULL;

    if (strchr(spec, '/') || spec[length] == '\0' || length >= sizeof name)
        return 0;
    (void)snprintf(name, sizeof name, "%.*s", (int)length, spec);
    if (participants_find(arms->load.participants, name, &participant, failure) != 0)
        return -1;
    return !participant
               ? 0
               : failure_set(failure, FAILURE_USAGE,
                     "'%s': a participant has no options, and no build of libcurl; name it '%s'", spec, name);
}

/* Is it a participant, or all of them? Then it is appended. */
static int arms_append_if_guest(struct arms *arms, const char *spec, const struct settings *settings,
    bool *is_guest, struct failure *failure)
{
    struct participant *participant = NULL;

    *is_guest = strcmp(spec, "external") == 0;
    if (*is_guest)
        return arms_append_external(arms, settings, failure);
    if (!arms->load.participants)
        return 0;
    if (arms_refuse_options(arms, spec, failure) != 0 ||
        participants_find(arms->load.participants, spec, &participant, failure) != 0)
        return -1;
    *is_guest = participant != NULL;
    if (!participant)
        return 0;
    if (arms_check_participant(arms, participant, settings, failure) != 0)
        return -1;
    return arms_append_guest(arms, participant, strchr(spec, '/') != NULL, settings, failure);
}

/* Refuses a name that is almost that of a participant, and nearer to it than to any strategy's. */
static int arms_refuse_mistyped(const struct arms *arms, const char *spec, struct failure *failure)
{
    const struct participants *participants = arms->load.participants;
    struct suggestion suggestion = suggest_for(spec, strcspn(spec, ":"));

    for (size_t i = 0; strategies[i]; i++)
        suggest_offer(&suggestion, strategies[i]->name, strlen(strategies[i]->name));
    for (size_t i = 0; participants && i < participants->count && strcmp(spec, "all") != 0; i++) {
        const char *nearest = suggestion.nearest;
        suggest_offer(&suggestion, participants->items[i]->name, strlen(participants->items[i]->name));
        if (suggestion.nearest != nearest)
            return failure_set(failure, FAILURE_USAGE, "no strategy '%s'; did you mean '%s'?", spec,
                participants->items[i]->name);
    }
    return 0;
}

/* "all", or a strategy of this program; perhaps on a build of libcurl. `told` is cut to what is before that.
 */
static int arms_append_own(
    struct arms *arms, const char *spec, char *told, const struct settings *settings, struct failure *failure)
{
    struct arm_strategy named = {.spec = spec, .told = told, .again = spec};

    if (arms_choose_build(arms->load.builds, spec, &named.build, failure) != 0)
        return -1;
    arms_cut_label(told);
    if (arms_refuse_mistyped(arms, told, failure) != 0)
        return -1;
    return strcmp(told, "all") == 0 ? arms_append_all(arms, named.build, settings, failure)
                                    : arms_append_spec(arms, &named, settings, failure);
}

/* Is it a word of its own, or the name of what else there is? These come before plug-ins. */
static int arms_is_name_taken(
    const struct arms *arms, const char *name, size_t length, bool *is_taken, struct failure *failure)
{
    static const char *const words[] = {"all", "external"};
    char text[NAME_MAX + 1];
    struct participant *participant = NULL;

    *is_taken = false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        *is_taken = *is_taken || (strlen(words[i]) == length && strncmp(words[i], name, length) == 0);
    for (size_t i = 0; strategies[i]; i++)
        *is_taken = *is_taken || (strlen(strategies[i]->name) == length &&
                                     strncmp(strategies[i]->name, name, length) == 0);
    if (*is_taken || !arms->load.participants || length >= sizeof text || memchr(name, '/', length))
        return 0;
    (void)snprintf(text, sizeof text, "%.*s", (int)length, name);
    int result = participants_find(arms->load.participants, text, &participant, failure);
    *is_taken = participant != NULL;
    return result;
}

/* NULL: the spec names none. `build` is what it is to run on, if it is one. */
static int arms_find_plugin(const struct arms *arms, const char *spec, const struct plugin **found,
    const struct build **build, struct failure *failure)
{
    size_t length = plugins_name_length(spec);
    struct plugin *plugin = NULL;
    struct failure unknown_build;
    bool is_taken = false;

    if (!arms->load.plugins || arms_is_name_taken(arms, spec, length, &is_taken, failure) != 0)
        return arms->load.plugins ? -1 : 0;
    if (is_taken)
        return 0;
    int has_build = arms_choose_build(arms->load.builds, spec + length, build, &unknown_build);
    if (plugins_find(
            arms->load.plugins, spec, length, *build ? (*build)->environment : NULL, &plugin, failure) != 0)
        return -1;
    *found = plugin;
    if (!plugin)
        return 0;
    if (has_build != 0)
        *failure = unknown_build;
    if (has_build != 0 ||
        arms_is_name_taken(arms, plugin->name, strlen(plugin->name), &is_taken, failure) != 0)
        return -1;
    return !is_taken
               ? 0
               : failure_set(failure, FAILURE_USAGE,
                     "plug-in '%s' has a name that means something else; rename the file", plugin->path);
}

/* Both parts in one text, which is the caller's to free; NULL when memory runs out. */
static char *arms_join(const char *one, const char *other)
{
    struct buffer text = {0};

    buffer_printf(&text, "%s%s", one, other);
    buffer_append(&text, "", 1);
    if (text.out_of_memory)
        buffer_release(&text);
    return text.bytes;
}

/* `named` has its texts. */
static int arms_append_named_plugin(
    struct arms *arms, struct arm_strategy *named, const struct settings *settings, struct failure *failure)
{
    const struct plugin *plugin = named->plugin;

    named->strategy = &plugin->strategy;
    if (strategy_parse_options(
            &plugin->strategy, named->told + strlen(plugin->name), &named->values, failure) != 0)
        return -1;
    return plugin->unavailable
               ? failure_set(failure, FAILURE_USAGE, "plug-in '%s' is not available: %s; leave it out",
                     plugin->path, plugin->unavailable)
               : arms_append_product(arms, named, settings, 0, failure);
}

static int arms_append_plugin(struct arms *arms, const char *spec, const struct plugin *plugin,
    const struct build *build, const struct settings *settings, struct failure *failure)
{
    const char *rest = spec + plugins_name_length(spec); /* "@LABEL:key=value" */
    char *shown = arms_join(plugin->name, rest);
    char *told = arms_join(plugin->name, rest);
    char *again = arms_join(plugin->path, rest);
    struct arm_strategy named = {
        .spec = shown, .told = told, .again = again, .build = build, .plugin = plugin};
    int result = -1;

    if (told)
        arms_cut_label(told);
    result = shown && again && told ? arms_append_named_plugin(arms, &named, settings, failure)
                                    : arms_no_memory(failure);
    free(again);
    free(told);
    free(shown);
    return result;
}

/* `told` is the caller's to free, and may be cut. */
static int arms_append_one(
    struct arms *arms, const char *spec, char *told, const struct settings *settings, struct failure *failure)
{
    const struct plugin *plugin = NULL;
    const struct build *build = NULL;
    bool is_guest = false;

    if (arms_find_plugin(arms, spec, &plugin, &build, failure) != 0)
        return -1;
    if (plugin)
        return arms_append_plugin(arms, spec, plugin, build, settings, failure);
    if (arms_append_if_guest(arms, spec, settings, &is_guest, failure) != 0)
        return -1;
    return is_guest ? 0 : arms_append_own(arms, spec, told, settings, failure);
}

static int arms_append_name(struct arms *arms, const char *name, size_t length,
    const struct settings *settings, struct failure *failure)
{
    char *spec = strndup(name, length);
    char *told = strndup(name, length);
    int result = -1;

    if (spec && told)
        result = arms_append_one(arms, spec, told, settings, failure);
    else
        (void)arms_no_memory(failure);
    free(spec);
    free(told);
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

/* A plug-in's path stands for its name. */
static bool reference_fits(const char *reference, const struct arm *arm)
{
    const struct setting *axis = reference_axis(reference);

    if (axis)
        return reference_is_value(axis, reference, arm);
    return strcmp(arm->label, reference) == 0 || (arm->plugin && plugins_mean(reference, arm->label));
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

/* The first arm that sends; `count` when none does. */
static size_t arms_first(const struct arm *arms, size_t count)
{
    size_t first = 0;

    while (first < count && arms[first].sends_nothing)
        first++;
    return first;
}

/* The label of the default reference; where all of that strategy are on builds of libcurl, of the first;
 * where it takes no part, of the first arm. */
static const char *arms_default_reference(const struct arm *arms, size_t count)
{
    size_t first = arms_first(arms, count);
    const char *label = NULL;

    for (size_t arm = 0; arm < count; arm++) {
        if (strcmp(arms[arm].label, DEFAULT_REFERENCE) == 0)
            return DEFAULT_REFERENCE;
        if (!label && strcmp(arms[arm].told, DEFAULT_REFERENCE) == 0)
            label = arms[arm].label;
    }
    return label ? label : first < count ? arms[first].label : DEFAULT_REFERENCE;
}

/* Is there one strategy only, at whatever values? */
static bool arms_are_of_one_label(const struct arm *arms, size_t count)
{
    size_t first = arms_first(arms, count);

    for (size_t arm = first; arm < count; arm++)
        if (!arms[arm].sends_nothing && strcmp(arms[arm].label, arms[first].label) != 0)
            return false;
    return true;
}

size_t arms_reference(const struct arm *arms, size_t count, const char *reference, size_t arm)
{
    if (arms[arm].sends_nothing)
        return arm;
    if (!reference && arms_are_of_one_label(arms, count))
        return arms_first(arms, count);
    size_t found =
        arms_closest(arms, count, arm, reference ? reference : arms_default_reference(arms, count));
    return found == count ? arm : found; /* the label has no such value: sequential has one level */
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

/* One that nobody runs on was named in vain. */
static int arms_check_builds(const struct arms *arms, struct failure *failure)
{
    const struct builds *builds = arms->load.builds;

    for (size_t i = 0; builds && i < builds->count; i++) {
        bool is_used = false;
        for (size_t arm = 0; arm < arms->count; arm++)
            is_used = is_used || arms->items[arm].build == &builds->items[i];
        if (!is_used)
            return failure_set(failure, FAILURE_USAGE,
                "no strategy runs on --libcurl '%s'; name one, such as --strategy curl-multi@%s",
                builds->items[i].label, builds->items[i].label);
    }
    return 0;
}

int arms_expand(
    struct arms *arms, const struct settings *settings, const struct arms_load *load, struct failure *failure)
{
    int result = 0;

    *arms = (struct arms){.load = *load};
    if (settings->strategies.count == 0)
        result = arms_append_all(arms, NULL, settings, failure);
    for (size_t i = 0; result == 0 && i < settings->strategies.count; i++)
        result = arms_append_names(arms, settings->strategies.items[i], settings, failure);
    for (size_t i = 0; result == 0 && i < arms->count; i++)
        result = arms_name(arms, &arms->items[i], failure);
    if (result == 0)
        result = arms_check_reference(arms, settings->reference, failure);
    if (result == 0)
        result = arms_check_builds(arms, failure);
    if (result != 0)
        arms_release(arms);
    return result;
}

void arms_release(struct arms *arms)
{
    for (size_t i = 0; i < arms->count; i++)
        arm_release(&arms->items[i]);
    free(arms->items);
    buffer_release(&arms->left_out);
    *arms = (struct arms){0};
}
