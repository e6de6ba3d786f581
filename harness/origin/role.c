/* The role `harness origin`: its options, and the life of its process. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "origin.h"
#include "server.h"
#include "site.h"
#include "suggest.h"
#include "text.h"
#include "tls.h"
#include "wrap.h"
#include "write_all.h"

/* Where the words begin in the list of options. */
#define HELP_COLUMN 18

struct role {
    uint64_t port;
    uint64_t addresses;
    uint64_t gauge; /* descriptors, UINT64_MAX: none */
    uint64_t lifeline;
    uint64_t authority;
    bool tls;
    bool help;
};

/* Options without help are for the harness alone. */
static const struct role_option {
    const char *name;
    const char *value; /* what its value is called; NULL: it takes none */
    size_t offset;     /* of its uint64_t (its bool, when it takes no value) in struct role */
    uint64_t most;
    const char *help;
} role_options[] = {
    {"--port", "N", offsetof(struct role, port), 65535, "listen on 127.0.0.1:N (default: a free port)"},
    {"--addresses", "K", offsetof(struct role, addresses), SERVER_ADDRESSES_MAX,
        "listen on 127.0.0.1 to 127.0.0.K, each on that port (default: 1)"},
    {"--tls", NULL, offsetof(struct role, tls), 0,
        "answer HTTPS, with a certificate authority made for this run"},
    {"--help", NULL, offsetof(struct role, help), 0, "print this help"},
    {"--gauge", "FD", offsetof(struct role, gauge), INT32_MAX, NULL},
    {"--authority", "FD", offsetof(struct role, authority), INT32_MAX, NULL},
    {"--lifeline", "FD", offsetof(struct role, lifeline), INT32_MAX, NULL},
};

#define ROLE_OPTION_COUNT (sizeof role_options / sizeof role_options[0])

void origin_visit_options(
    void (*visit)(const char *name, const char *value, const char *help, void *context), void *context)
{
    for (size_t i = 0; i < ROLE_OPTION_COUNT; i++)
        if (role_options[i].help)
            visit(role_options[i].name, role_options[i].value, role_options[i].help, context);
}

static void role_append_help(const char *name, const char *value, const char *help, void *context)
{
    struct buffer left = {0};
    struct buffer right = {0};

    buffer_printf(&left, "  %s %s", name, value ? value : "");
    buffer_append_text(&right, help);
    wrap_append_item(context, &left, HELP_COLUMN, &right);
}

static void role_print_help(void)
{
    struct buffer text = {0};

    printf("usage: " ORIGIN_USAGE "\n\n"
           "Answers HTTP on loopback the way httpbin does, until it gets SIGTERM or SIGINT.\n\n");
    origin_visit_options(role_append_help, &text);
    if (!text.out_of_memory)
        printf("%.*s", (int)text.size, text.bytes);
    buffer_release(&text);
}

/* The option that `word` names, as "--name" or "--name=value"; `value` is what follows the '=', or NULL. */
static const struct role_option *role_find_option(const char *word, const char **value)
{
    const char *equals = strchr(word, '=');
    size_t size = equals ? (size_t)(equals - word) : strlen(word);

    *value = equals ? equals + 1 : NULL;
    for (size_t i = 0; i < ROLE_OPTION_COUNT; i++)
        if (strlen(role_options[i].name) == size && memcmp(role_options[i].name, word, size) == 0)
            return &role_options[i];
    return NULL;
}

static int role_refuse(const char *word, struct failure *failure)
{
    size_t length = strcspn(word, "=");
    struct suggestion suggestion = suggest_for(word, length);

    for (size_t i = 0; i < ROLE_OPTION_COUNT; i++)
        if (role_options[i].help)
            suggest_offer(&suggestion, role_options[i].name, strlen(role_options[i].name));
    return failure_set(failure, FAILURE_USAGE, "'%.*s' is unknown%ssee harness origin --help", (int)length,
        word, suggest_amid(&suggestion, "").text);
}

static int role_set_flag(
    struct role *role, const struct role_option *option, const char *value, struct failure *failure)
{
    if (value)
        return failure_set(
            failure, FAILURE_USAGE, "'%s' takes no value; leave out '=%s'", option->name, value);
    *(bool *)(void *)((char *)role + option->offset) = true;
    return 0;
}

static int role_set_number(
    struct role *role, const struct role_option *option, const char *value, struct failure *failure)
{
    uint64_t number;

    if (!value)
        return failure_set(
            failure, FAILURE_USAGE, "'%s' needs a value: %s %s", option->name, option->name, option->value);
    if (!text_parse_count(value, strlen(value), &number) || number > option->most)
        return failure_set(failure, FAILURE_USAGE, "'%s %s' is not a whole number from 0 to %" PRIu64,
            option->name, value, option->most);
    memcpy((char *)role + option->offset, &number, sizeof number);
    return 0;
}

static int role_parse(struct role *role, int argc, char **argv, struct failure *failure)
{
    for (int i = 1; i < argc; i++) {
        const char *value;
        const struct role_option *option = role_find_option(argv[i], &value);
        if (!option)
            return role_refuse(argv[i], failure);
        if (option->value && !value && i + 1 < argc)
            value = argv[++i];
        int result = option->value ? role_set_number(role, option, value, failure)
                                   : role_set_flag(role, option, value, failure);
        if (result != 0)
            return -1;
    }
    return 0;
}

/* Each parked request takes a descriptor; without this the limit is 1,024 on most machines. */
static void role_raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void role_ignore_broken_pipes(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    (void)sigaction(SIGPIPE, &ignore, NULL);
}

/* The gauge of whoever started it, or one that nobody else sees. */
static int role_map_gauge(const struct role *role, struct shared_memory *memory, struct failure *failure)
{
    if (role->gauge == UINT64_MAX)
        return shared_memory_create(memory, "harness gauge", gauge_size(0), failure);
    if (shared_memory_map(memory, (int)role->gauge, true, failure) != 0)
        return -1;
    size_t needed = memory->size < sizeof(struct gauge)
                        ? 0
                        : gauge_size(((struct gauge *)memory->bytes)->arrival_capacity);
    if (needed == 0 || needed > memory->size)
        return failure_set(failure, FAILURE_RUN, "the shared memory for the gauge is too small");
    return 0;
}

/* When the harness started it, the origin dies with the harness, even if its loop should hang. */
static int role_bind_to_parent(const struct role *role, struct failure *failure)
{
    if (role->lifeline == UINT64_MAX)
        return 0;
    if (fcntl((int)role->lifeline, F_SETFD, FD_CLOEXEC) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't watch for the end of the harness");
    return 0;
}

/* Writes the authority's certificate where whoever started the origin looks for it; by hand, into memory that
 * others reach through /proc, so that no file is left behind. Returns the descriptor, or -1 with a failure.
 */
static int role_show_authority(const struct role *role, const struct tls *tls, struct failure *failure)
{
    struct span pem = tls_authority(tls);
    int fd = role->authority == UINT64_MAX ? memfd_create("harness certificate authority", MFD_CLOEXEC)
                                           : (int)role->authority;

    if (fd >= 0 && write_all(fd, pem.bytes, pem.size) == 0)
        return fd;
    return failure_set_errno(failure, FAILURE_RUN, "can't write the certificate authority");
}

static void role_announce(const struct role *role, const struct server *server, int authority)
{
    printf("listening on %s://127.0.0.1:%u\n", role->tls ? "https" : "http", server->port);
    if (role->tls && role->authority == UINT64_MAX)
        printf("its certificate authority is in /proc/%d/fd/%d: curl --cacert /proc/%d/fd/%d "
               "https://127.0.0.1:%u/get\n",
            (int)getpid(), authority, (int)getpid(), authority, server->port);
    (void)fflush(stdout);
}

static int role_serve(const struct role *role, struct gauge *gauge, struct site *site, const struct tls *tls,
    struct failure *failure)
{
    struct server server = {0};
    struct server_options options = {
        .port = (uint16_t)role->port,
        .addresses = (unsigned int)role->addresses,
        .gauge = gauge,
        .tls = tls,
        .site = site,
        .handle = site_handle,
        .reads_body = site_reads_body,
        .lifeline = role->lifeline == UINT64_MAX ? -1 : (int)role->lifeline,
    };
    int authority = tls ? role_show_authority(role, tls, failure) : -1;
    int result = tls && authority < 0 ? -1 : server_init(&server, &options, failure);

    if (result == 0) {
        role_announce(role, &server, authority);
        server_run(&server);
    }
    server_release(&server);
    if (authority >= 0)
        (void)close(authority);
    return result;
}

static int role_run(const struct role *role, struct gauge *gauge, struct failure *failure)
{
    struct site site = SITE_NONE;
    struct tls *tls = role->tls ? tls_create(failure) : NULL;
    int result = -1;

    if ((tls || !role->tls) && site_init(&site, failure) == 0)
        result = role_serve(role, gauge, &site, tls, failure);
    site_release(&site);
    tls_destroy(tls);
    return result;
}

int origin_role(int argc, char **argv, struct failure *failure)
{
    struct role role = {.addresses = 1, .gauge = UINT64_MAX, .lifeline = UINT64_MAX, .authority = UINT64_MAX};
    struct shared_memory memory = SHARED_MEMORY_NONE;

    if (role_parse(&role, argc, argv, failure) != 0)
        return -1;
    if (role.help) {
        role_print_help();
        return 0;
    }
    role_raise_file_limit();
    role_ignore_broken_pipes();
    int result = -1;
    if (role_bind_to_parent(&role, failure) == 0 && role_map_gauge(&role, &memory, failure) == 0)
        result = role_run(&role, memory.bytes, failure);
    shared_memory_release(&memory);
    return result;
}
