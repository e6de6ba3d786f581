#include "listener.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "buffer.h"

#define REQUESTS_MAX   256
#define PATIENCE_S     20
#define REDIRECT_NS    20000000L
#define HEADERS_END    "\r\n\r\n"
#define LENGTH_OF_BODY "\r\nContent-Length: "
#define HEAD_200       "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
#define EMPTY_200      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define REDIRECT_PATH  " /redirect/"

struct listener {
    int fd;
    pthread_t thread;
    bool is_running;
    _Atomic bool hangs_up_on_second; /* request of each connection */
    _Atomic bool resets;             /* and not only hangs up */
    const char *_Atomic location;    /* NULL: nothing is redirected */
    char base_url[64];
    char *requests[REQUESTS_MAX]; /* the thread's, until it was joined */
    size_t request_count;
};

/* How long the first request in `bytes` is, its body included; 0 while it is not complete. */
static size_t listener_request_size(const char *bytes, size_t size)
{
    const char *end = strstr(bytes, HEADERS_END);
    const char *length = strstr(bytes, LENGTH_OF_BODY);

    if (!end)
        return 0;
    size_t whole = (size_t)(end - bytes) + strlen(HEADERS_END);
    if (length && length < end)
        whole += strtoul(length + strlen(LENGTH_OF_BODY), NULL, 10);
    return whole <= size ? whole : 0;
}

static bool listener_answer(struct listener *listener, int connection, const char *bytes, size_t size)
{
    if (listener->request_count == REQUESTS_MAX)
        return false;
    listener->requests[listener->request_count++] = strndup(bytes, size);
    char redirect[512];
    /* The answer to HEAD tells the length of a body that does not follow. */
    const char *answer = strncmp(bytes, "HEAD ", 5) == 0 ? HEAD_200 : EMPTY_200;
    const char *path = bytes + strcspn(bytes, " ");
    if (listener->location && strncmp(path, REDIRECT_PATH, strlen(REDIRECT_PATH)) == 0) {
        (void)snprintf(redirect, sizeof redirect,
            "HTTP/1.1 %lu Elsewhere\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
            strtoul(path + strlen(REDIRECT_PATH), NULL, 10), listener->location);
        answer = redirect;
    }
    /* libcurl 8.14 closes the connection if it is redirected before it has noticed that all was sent. */
    if (answer == redirect && listener->hangs_up_on_second)
        (void)nanosleep(&(struct timespec){.tv_nsec = REDIRECT_NS}, NULL);
    return send(connection, answer, strlen(answer), MSG_NOSIGNAL) == (ssize_t)strlen(answer);
}

static void listener_serve(struct listener *listener, int connection)
{
    struct timeval patience = {.tv_sec = PATIENCE_S};
    char bytes[8192] = "";
    size_t used = 0;
    size_t count = 0;

    (void)setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    for (;;) {
        ssize_t got = recv(connection, bytes + used, sizeof bytes - 1 - used, 0);
        if (got <= 0)
            return;
        used += (size_t)got;
        bytes[used] = '\0';
        size_t size = listener_request_size(bytes, used);
        if (size == 0)
            continue;
        if ((++count == 2 && listener->hangs_up_on_second) ||
            !listener_answer(listener, connection, bytes, size))
            return;
        used -= size;
        memmove(bytes, bytes + size, used + 1);
    }
}

static void *listener_work(void *argument)
{
    struct listener *listener = argument;
    const struct linger at_once = {.l_onoff = 1};

    for (;;) {
        int connection = accept(listener->fd, NULL, NULL);
        if (connection < 0)
            return NULL; /* listener_finish has shut it down */
        listener_serve(listener, connection);
        if (listener->resets)
            (void)setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        (void)close(connection);
    }
}

/* A socket with a port of its own choice. */
static int listener_bind(char *url, size_t url_size)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &size) == 0) {
        (void)snprintf(url, url_size, "http://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
        return fd;
    }
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

struct listener *listener_start(struct failure *failure)
{
    struct listener *listener = calloc(1, sizeof *listener);

    if (!listener) {
        failure_set(failure, FAILURE_RUN, "out of memory");
        return NULL;
    }
    listener->fd = listener_bind(listener->base_url, sizeof listener->base_url);
    if (listener->fd >= 0 && listen(listener->fd, REQUESTS_MAX) == 0 &&
        pthread_create(&listener->thread, NULL, listener_work, listener) == 0) {
        listener->is_running = true;
        return listener;
    }
    failure_set_errno(failure, FAILURE_RUN, "can't listen on a port of 127.0.0.1");
    listener_destroy(listener);
    return NULL;
}

void listener_hang_up_on_second(struct listener *listener)
{
    listener->hangs_up_on_second = true;
}

void listener_reset_on_second(struct listener *listener)
{
    listener->hangs_up_on_second = true;
    listener->resets = true;
}

void listener_redirect_to(struct listener *listener, const char *location)
{
    listener->location = location;
}

const char *listener_base_url(const struct listener *listener)
{
    return listener->base_url;
}

void listener_finish(struct listener *listener)
{
    if (!listener->is_running)
        return;
    (void)shutdown(listener->fd, SHUT_RDWR);
    (void)pthread_join(listener->thread, NULL);
    listener->is_running = false;
}

size_t listener_request_count(const struct listener *listener)
{
    return listener->request_count;
}

const char *listener_request(const struct listener *listener, size_t request)
{
    return request < listener->request_count ? listener->requests[request] : NULL;
}

void listener_destroy(struct listener *listener)
{
    if (!listener)
        return;
    listener_finish(listener);
    if (listener->fd >= 0)
        (void)close(listener->fd);
    for (size_t i = 0; i < listener->request_count; i++)
        free(listener->requests[i]);
    free(listener);
}

int listener_reserve_dead_port(int *fd, char *url, size_t url_size, struct failure *failure)
{
    *fd = listener_bind(url, url_size);
    return *fd >= 0 ? 0 : failure_set_errno(failure, FAILURE_RUN, "can't reserve a port of 127.0.0.1");
}
