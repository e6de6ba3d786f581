#include "trust.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "write_all.h"

struct trust {
    X509_STORE *store; /* NULL: libcurl reads the certificates itself, or verifies nothing */
};

#define OPENSSL_NAME "OpenSSL/"

/* The very OpenSSL that this program calls, so that the two can share their structures? A libcurl may have
 * been built with another, or with a copy inside. */
static bool trust_is_openssl(void)
{
    const char *library = curl_version_info(CURLVERSION_NOW)->ssl_version;
    const char *own = OpenSSL_version(OPENSSL_VERSION_STRING);
    size_t length = strlen(own);

    if (!library || strncmp(library, OPENSSL_NAME, strlen(OPENSSL_NAME)) != 0)
        return false;
    library += strlen(OPENSSL_NAME);
    return strncmp(library, own, length) == 0 && (library[length] == '\0' || library[length] == ' ');
}

/* The bundle and the folder that libcurl was built for; NULL: none. They last as long as the handle. */
static void trust_find_defaults(CURL *handle, char **bundle, char **folder)
{
    *bundle = NULL;
    *folder = NULL;
    if (!handle)
        return;
    (void)curl_easy_getinfo(handle, CURLINFO_CAINFO, bundle);
    (void)curl_easy_getinfo(handle, CURLINFO_CAPATH, folder);
}

/* The file that is asked for, or else the defaults. */
static bool trust_load(X509_STORE *store, const char *ca_file)
{
    CURL *handle = curl_easy_init();
    char *bundle = NULL;
    char *folder = NULL;
    int loaded = 0;

    trust_find_defaults(handle, &bundle, &folder);
    if (ca_file)
        loaded = X509_STORE_load_locations(store, ca_file, NULL);
    else if (bundle || folder)
        loaded = X509_STORE_load_locations(store, bundle, folder);
    curl_easy_cleanup(handle);
    return loaded == 1;
}

static void trust_make_store(struct trust *trust, const struct settings *settings)
{
    trust->store = settings->insecure ? NULL : X509_STORE_new();
    if (!trust->store || trust_load(trust->store, settings->ca_file))
        return;
    X509_STORE_free(trust->store);
    trust->store = NULL;
}

/* With its first context OpenSSL finds its algorithms and keeps them: a processor's millisecond, which each
 * process forked later would spend on the clock. */
static void trust_wake_library(void)
{
    SSL_CTX_free(SSL_CTX_new(TLS_client_method()));
}

struct trust *trust_create(const struct settings *settings)
{
    struct trust *trust = trust_is_openssl() ? calloc(1, sizeof *trust) : NULL;

    if (trust) {
        trust_make_store(trust, settings);
        trust_wake_library();
    }
    return trust;
}

/*
 * libcurl makes a context for each connection. With TLS 1.3 every session ticket that comes later ends a
 * handshake, too, perhaps during the transfer of another lane: the first end counts, and then the context
 * forgets where to count.
 */
static void trust_count(const SSL *connection, int event, int unused)
{
    (void)unused;
    SSL_CTX *context = SSL_get_SSL_CTX(connection);
    struct handshakes *handshakes =
        (event & SSL_CB_HANDSHAKE_DONE) != 0 ? SSL_CTX_get_app_data(context) : NULL;

    if (!handshakes)
        return;
    *(SSL_session_reused(connection) ? &handshakes->resumed : &handshakes->full) += 1;
    (void)SSL_CTX_set_app_data(context, NULL);
}

static CURLcode trust_share(CURL *handle, void *context, void *lane)
{
    (void)handle;
    struct handshakes *handshakes = lane;
    if (handshakes->trust->store)
        SSL_CTX_set1_cert_store(context, handshakes->trust->store);
    if (SSL_CTX_set_app_data(context, handshakes) == 1) /* libcurl itself has no use for it */
        SSL_CTX_set_info_callback(context, trust_count);
    return CURLE_OK;
}

void trust_set_up(struct handshakes *handshakes, const struct settings *settings, CURL *handle)
{
    const struct trust *trust = handshakes->trust;

    if (settings->insecure) {
        (void)curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
        (void)curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (trust && trust->store) {
        (void)curl_easy_setopt(handle, CURLOPT_CAINFO, NULL);
        (void)curl_easy_setopt(handle, CURLOPT_CAPATH, NULL);
    } else if (settings->ca_file) {
        (void)curl_easy_setopt(handle, CURLOPT_CAINFO, settings->ca_file);
        (void)curl_easy_setopt(handle, CURLOPT_CAPATH, NULL);
    }
    if (trust) {
        (void)curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, trust_share);
        (void)curl_easy_setopt(handle, CURLOPT_SSL_CTX_DATA, handshakes);
    }
}

static int trust_copy(int from, int to)
{
    char bytes[16384];
    ssize_t size = 0;

    while ((size = read(from, bytes, sizeof bytes)) > 0)
        if (write_all(to, bytes, (size_t)size) != 0)
            return -1;
    return size < 0 ? -1 : 0;
}

int trust_append_known(int fd, const char *ca_file, struct failure *failure)
{
    CURL *handle = curl_easy_init();
    char *bundle = NULL;
    char *folder = NULL;

    trust_find_defaults(handle, &bundle, &folder);
    const char *path = ca_file ? ca_file : bundle;
    int known = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    int result = known >= 0 ? trust_copy(known, fd) : 0;
    if (result != 0 || (ca_file && known < 0))
        result = failure_set_errno(failure, FAILURE_RUN, "can't copy the certificates in '%s'", path);
    if (known >= 0)
        (void)close(known);
    curl_easy_cleanup(handle);
    return result;
}

void trust_destroy(struct trust *trust)
{
    if (trust)
        X509_STORE_free(trust->store);
    free(trust);
}
