#include "lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "process.h"
#include "write_all.h"

/* So many names are looked up at once: most of the time is spent waiting for name servers. */
#define WORKERS_MAX 64

#define WORKER_STACK_BYTES ((size_t)256 * 1024)

/* What the other process says of a name: the text follows, without a NUL; none: the name has no address.
 * Together they fit into PIPE_BUF bytes, which are written as a whole. */
struct lookup_answer {
    size_t place;
    size_t size;
};

#define ANSWER_TEXT_BYTES (PIPE_BUF - sizeof(struct lookup_answer))

/* In the other process. */
struct lookup_work {
    const struct lookup *names;
    size_t count;
    int answers; /* the writing end */
    _Atomic size_t next;
};

static void lookup_append(struct buffer *text, const struct addrinfo *found)
{
    char address[NI_MAXHOST];

    if (getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST) != 0)
        return;
    if (text->size + strlen(address) + sizeof "[]," > ANSWER_TEXT_BYTES)
        return; /* more than anybody tries */
    buffer_printf(text, found->ai_family == AF_INET6 ? "%s[%s]" : "%s%s", text->size > 0 ? "," : "", address);
}

static void lookup_one(const struct lookup *name, struct buffer *text)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *all = NULL;

    if (getaddrinfo(name->host, NULL, &hints, &all) != 0)
        return;
    for (const struct addrinfo *found = all; found; found = found->ai_next)
        lookup_append(text, found);
    freeaddrinfo(all);
}

static void lookup_answer(const struct lookup_work *work, size_t place)
{
    struct buffer text = {0};
    struct buffer line = {0};

    lookup_one(&work->names[place], &text);
    const struct lookup_answer answer = {.place = place, .size = text.size};
    buffer_append(&line, &answer, sizeof answer);
    if (text.size > 0)
        buffer_append(&line, text.bytes, text.size);
    if (!text.out_of_memory && !line.out_of_memory)
        (void)write_all(work->answers, line.bytes, line.size);
    buffer_release(&line);
    buffer_release(&text);
}

static void *lookup_worker(void *argument)
{
    struct lookup_work *work = argument;

    for (size_t place; (place = atomic_fetch_add(&work->next, 1)) < work->count;)
        lookup_answer(work, place);
    return NULL;
}

/* The other process: this thread and others, as many as there are and can be. */
static _Noreturn void lookup_role(const struct lookup *names, size_t count, int answers)
{
    struct lookup_work work = {.names = names, .count = count, .answers = answers};
    pthread_t threads[WORKERS_MAX];
    size_t started = 0;
    pthread_attr_t attributes;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES);
    while (started + 1 < count && started + 1 < WORKERS_MAX &&
           pthread_create(&threads[started], &attributes, lookup_worker, &work) == 0)
        started++;
    (void)lookup_worker(&work);
    for (size_t i = 0; i < started; i++)
        (void)pthread_join(threads[i], NULL);
    _exit(0);
}

/* Takes the whole answers from the front of what has been read. False: out of memory. */
static bool lookup_take(struct lookup *names, struct buffer *unread)
{
    struct lookup_answer answer;
    size_t at = 0;

    for (; unread->size - at >= sizeof answer; at += sizeof answer + answer.size) {
        memcpy(&answer, unread->bytes + at, sizeof answer);
        if (unread->size - at < sizeof answer + answer.size)
            break;
        struct lookup *name = &names[answer.place];
        name->has_answer = true;
        name->addresses = answer.size > 0 ? strndup(unread->bytes + at + sizeof answer, answer.size) : NULL;
        if (answer.size > 0 && !name->addresses)
            return false;
    }
    unread->size -= at;
    if (at > 0)
        memmove(unread->bytes, unread->bytes + at, unread->size);
    return !unread->out_of_memory;
}

/* Sleeps until there is something to read; false when the time is over. */
static bool lookup_sleep(int answers, uint64_t deadline_ns)
{
    struct pollfd fd = {.fd = answers, .events = POLLIN};

    for (;;) {
        uint64_t now_ns = clock_monotonic_ns();
        uint64_t left_ms = now_ns < deadline_ns ? (deadline_ns - now_ns) / NS_PER_MS + 1 : 0;
        int ready = poll(&fd, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms);
        if (ready >= 0 || errno != EINTR)
            return ready > 0;
    }
}

/* Until all is said, or the time is over. */
static int lookup_read(struct lookup *names, int answers, uint64_t deadline_ns, struct failure *failure)
{
    struct buffer unread = {0};
    char bytes[PIPE_BUF];
    ssize_t got = 1;
    bool is_complete = true;

    while (is_complete && got > 0 && lookup_sleep(answers, deadline_ns)) {
        got = read(answers, bytes, sizeof bytes);
        if (got > 0)
            buffer_append(&unread, bytes, (size_t)got);
        is_complete = lookup_take(names, &unread);
    }
    buffer_release(&unread);
    return is_complete ? 0 : failure_set(failure, FAILURE_RUN, "out of memory for the addresses of names");
}

static int lookup_start(
    const struct lookup *names, size_t count, pid_t *pid, int *answers, struct failure *failure)
{
    int ends[2] = {-1, -1};

    *pid = pipe2(ends, O_CLOEXEC) == 0 ? fork() : -1;
    if (*pid == 0)
        lookup_role(names, count, ends[1]);
    *answers = ends[0];
    int error = errno;
    if (ends[1] >= 0)
        (void)close(ends[1]);
    errno = error;
    return *pid > 0 ? 0 : failure_set_errno(failure, FAILURE_RUN, "can't start a process to look up names");
}

int lookup_all(struct lookup *names, size_t count, uint64_t limit_ns, struct failure *failure)
{
    uint64_t deadline_ns = clock_monotonic_ns() + limit_ns;
    int answers = -1;
    pid_t pid = -1;
    int how = 0;

    if (count == 0)
        return 0;
    int result = lookup_start(names, count, &pid, &answers, failure);
    if (result == 0) {
        result = lookup_read(names, answers, deadline_ns, failure);
        (void)kill(pid, SIGKILL);
        (void)process_wait(pid, &how);
    }
    if (answers >= 0)
        (void)close(answers);
    return result;
}

void lookup_release(struct lookup *name)
{
    free(name->addresses);
    *name = (struct lookup){0};
}
