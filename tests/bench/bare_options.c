#include "bare_options.h"

#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#define TIMEOUT_MS         30000L
#define CONNECT_TIMEOUT_MS 10000L
#define CONNECTIONS_KEPT   10000000L

static size_t bare_discard(char *bytes, size_t size, size_t count, void *unused)
{
    (void)bytes;
    (void)unused;
    return size * count;
}

static int bare_allow(void *unused, char *address, char *local_address, int port, int local_port)
{
    (void)unused;
    (void)address;
    (void)local_address;
    (void)port;
    (void)local_port;
    return CURL_PREREQFUNC_OK;
}

static curl_socket_t bare_open_socket(void *unused, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)unused;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int bare_close_socket(void *unused, curl_socket_t fd)
{
    (void)unused;
    return close(fd);
}

void bare_options_set_least(CURL *handle, const char *url)
{
    (void)curl_easy_setopt(handle, CURLOPT_URL, url);
    (void)curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, bare_discard);
    (void)curl_easy_setopt(handle, CURLOPT_PROXY, "");
}

/* The callbacks have no use for their data, which is set because setting it is a part of the comparison. */
static void bare_set_callbacks(CURL *handle, char *error)
{
    (void)curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, error);
    (void)curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, bare_discard);
    (void)curl_easy_setopt(handle, CURLOPT_HEADERDATA, error);
    (void)curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, bare_allow);
    (void)curl_easy_setopt(handle, CURLOPT_PREREQDATA, error);
    (void)curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, bare_open_socket);
    (void)curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, error);
    (void)curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, bare_close_socket);
    (void)curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, error);
}

void bare_options_set_all(CURL *handle, const char *url, size_t lane, char *error)
{
    bare_options_set_least(handle, url);
    bare_set_callbacks(handle, error);
    (void)curl_easy_setopt(
        handle, CURLOPT_PRIVATE, (void *)(uintptr_t)lane); /* NOLINT(performance-no-int-to-ptr) */
    (void)curl_easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    (void)curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    (void)curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    (void)curl_easy_setopt(handle, CURLOPT_RESOLVE, NULL);
    (void)curl_easy_setopt(handle, CURLOPT_MAXCONNECTS, CONNECTIONS_KEPT);
    (void)curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, 0L);
    (void)curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, 0L);
    (void)curl_easy_setopt(handle, CURLOPT_NOPROXY, "");
    (void)curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(handle, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
    (void)curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, NULL);
}

void bare_options_set_multi(CURLM *multi)
{
    (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT);
}
