/* The interface of plug-ins as it was when it got its number, for systems where long and pointers have 64
 * bits. A plug-in that was built then must go on working as long as HARNESS_ABI stays: what is here is added
 * to, and otherwise changes with that number alone. */
#include <criterion/criterion.h>

#include "transfer.h"

_Static_assert(HARNESS_ABI == 1, "the rest of this file is of interface 1");

/* The table of verbs: where they are, and what they are called with. */
#define IS_VERB(place, verb, type)                                                                           \
    _Static_assert(offsetof(struct harness_host, verb##_) == 8 + (place) * sizeof(void *), #verb);           \
    _Static_assert(__builtin_types_compatible_p(__typeof__(lanes_host.verb##_), type), #verb)

IS_VERB(0, lanes_count, size_t (*)(const struct lanes *lanes));
IS_VERB(1, lanes_handle, CURL *(*)(const struct lanes *lanes, size_t lane));
IS_VERB(2, lanes_prepare_blocking, void (*)(const struct lanes *lanes, size_t lane));
IS_VERB(3, lane_of_handle, size_t (*)(CURL *handle));
IS_VERB(4, lanes_take, enum take (*)(struct lanes *lanes, size_t lane));
IS_VERB(5, lanes_due_ns, uint64_t (*)(const struct lanes *lanes, size_t lane));
IS_VERB(6, lanes_take_when_due, enum take (*)(struct lanes *lanes, size_t lane));
IS_VERB(7, lanes_advance, bool (*)(struct lanes *lanes, size_t lane, CURLcode result));
IS_VERB(8, lanes_fail, int (*)(struct lanes *lanes, const char *format, ...));
IS_VERB(9, lanes_fail_errno, int (*)(struct lanes *lanes, const char *format, ...));
IS_VERB(10, lanes_have_failed, bool (*)(const struct lanes *lanes));
IS_VERB(11, lanes_renew_handle, int (*)(struct lanes *lanes, size_t lane));
IS_VERB(12, lanes_make_multi, CURLM *(*)(struct lanes *lanes));
IS_VERB(13, lanes_start_thread,
    int (*)(struct lanes *lanes, pthread_t *thread, size_t stack_kib, void *(*body)(void *), void *argument));
IS_VERB(14, lanes_join_thread, void (*)(struct lanes *lanes, pthread_t thread));
IS_VERB(15, lanes_start_process,
    int (*)(struct lanes *lanes, size_t lane, pid_t *process, void (*body)(void *), void *argument));
IS_VERB(16, lanes_check_processes, int (*)(struct lanes *lanes, const pid_t *processes, size_t count));
IS_VERB(17, lanes_join_process, void (*)(struct lanes *lanes, pid_t process));
IS_VERB(18, window_make, struct window *(*)(struct lanes *lanes, size_t first, size_t step));
IS_VERB(19, window_set_go_on, void (*)(struct window *window, window_go_on *go_on, void *context));
IS_VERB(20, window_multi, CURLM *(*)(const struct window *window));
IS_VERB(21, window_alarm_clock, int (*)(const struct window *window));
IS_VERB(22, window_start, int (*)(struct window *window, size_t lane));
IS_VERB(23, window_wait, void (*)(struct window *window, size_t lane));
IS_VERB(24, window_open, int (*)(struct window *window));
IS_VERB(25, window_has_work, bool (*)(const struct window *window));
IS_VERB(26, window_is_waiting, bool (*)(const struct window *window));
IS_VERB(27, window_collect, int (*)(struct window *window, size_t *ended));
IS_VERB(28, window_start_due, int (*)(struct window *window));
IS_VERB(29, window_release, void (*)(struct window *window));
IS_VERB(30, sockets_make, struct sockets *(*)(struct lanes *lanes));
IS_VERB(31, sockets_attach, int (*)(struct sockets *sockets, struct window *window));
IS_VERB(32, sockets_have_work, bool (*)(const struct sockets *sockets));
IS_VERB(33, sockets_settle, int (*)(struct sockets *sockets));
IS_VERB(34, sockets_next_change, bool (*)(struct sockets *sockets, struct socket_change *change));
IS_VERB(35, sockets_timeout_ms, int (*)(const struct sockets *sockets));
IS_VERB(36, sockets_act, int (*)(struct sockets *sockets, int fd, int ready));
IS_VERB(37, sockets_release, void (*)(struct sockets *sockets));

/* Members, in structs that plug-ins make, or that harness makes and that may grow at their ends. */
#define IS_AT(type, member, place) _Static_assert(offsetof(struct type, member) == (place), #type "." #member)

IS_AT(strategy, name, 0);
IS_AT(strategy, summary, 8);
IS_AT(strategy, family, 16);
IS_AT(strategy, flags, 20);
IS_AT(strategy, options, 24);
IS_AT(strategy, state_size, 32);
IS_AT(strategy, unavailable, 40);
IS_AT(strategy, needs, 48);
IS_AT(strategy, prepare, 56);
IS_AT(strategy, run, 64);
IS_AT(strategy, release, 72);
IS_AT(strategy_scale, lanes, 0);
IS_AT(strategy_scale, processors, 8);
IS_AT(strategy_scale, requests, 16);
IS_AT(strategy_scale, servers, 24);
IS_AT(strategy_scale, connections, 32);
IS_AT(strategy_scale, streams, 40);
IS_AT(strategy_scale, is_hasty, 48);
IS_AT(strategy_needs, files, 0);
IS_AT(strategy_needs, threads, 8);
IS_AT(strategy_needs, processes, 16);
IS_AT(strategy_needs, memory_kib, 24);
IS_AT(strategy_needs, connects_anew, 32);
IS_AT(strategy_needs, loop_lanes, 40);
IS_AT(strategy_needs, uses_socket_action, 48);
IS_AT(strategy_option, name, 0);
IS_AT(strategy_option, help, 8);
IS_AT(strategy_option, choices, 16);
IS_AT(strategy_option, minimum, 24);
IS_AT(strategy_option, maximum, 32);
IS_AT(strategy_option, fallback, 40);
IS_AT(strategy_option, automatic, 48);
IS_AT(socket_change, fd, 0);
IS_AT(socket_change, before, 4);
IS_AT(socket_change, after, 8);
IS_AT(socket_change, is_other, 12);
IS_AT(harness_plugin, magic, 0);
IS_AT(harness_plugin, abi, 16);
IS_AT(harness_plugin, size, 20);
IS_AT(harness_plugin, host_size, 24);
IS_AT(harness_plugin, strategy_size, 28);
IS_AT(harness_plugin, strategy, 32);
IS_AT(harness_plugin, host, 40);

/* Those that plug-ins make, or that are in arrays, can't grow. */
_Static_assert(sizeof(struct strategy_option) == 56, "strategy_option");
_Static_assert(sizeof(struct strategy_values) == 64, "strategy_values");
_Static_assert(sizeof(struct socket_change) == 16, "socket_change");
_Static_assert(sizeof(struct harness_plugin) == 48, "harness_plugin");

/* Words that plug-ins were built with. */
_Static_assert(FAMILY_NONE == 0 && FAMILY_BLOCKING == 1 && FAMILY_THREADS == 2 && FAMILY_PROCESSES == 3 &&
                   FAMILY_EVENT_LOOP == 4 && FAMILY_MIXED == 5 && FAMILY_COROUTINES == 6,
    "families");
_Static_assert(STRATEGY_ONE_LANE == 1 && STRATEGY_SENDS_NOTHING == 2 && STRATEGY_AUTO == 0, "flags");
_Static_assert(TAKE_READY == 0 && TAKE_NOT_BEFORE == 1 && TAKE_DONE == 2, "what lanes_take answers");

Test(plugins_abi, says_what_it_is)
{
    cr_expect_eq(lanes_host.abi, HARNESS_ABI);
    cr_expect_eq(lanes_host.size, sizeof(struct harness_host));
    cr_expect_str_eq(HARNESS_PLUGIN_MAGIC, "harness plug-in");
}

Test(plugins_abi, has_every_verb)
{
#define X(verb) cr_expect(lanes_host.verb##_ == (verb), #verb);
    HARNESS_VERBS(X)
#undef X
}
