#include "trust.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>

struct trust {
    X509_STORE *store;
};

static bool trust_is_openssl(void)
{
    const char *library = curl_version_info(CURLVERSION_NOW)->ssl_version;

    return library && strncmp(library, "OpenSSL/", strlen("OpenSSL/")) == 0;
}

/* The file that is asked for, or else the bundle and the folder that libcurl was built for. */
static bool trust_load(X509_STORE *store, const char *ca_file)
{
    CURL *handle = curl_easy_init();
    char *bundle = NULL;
    char *folder = NULL;

    if (handle) {
        (void)curl_easy_getinfo(handle, CURLINFO_CAINFO, &bundle);
        (void)curl_easy_getinfo(handle, CURLINFO_CAPATH, &folder);
    }
    int loaded = 0;
    if (ca_file)
        loaded = X509_STORE_load_locations(store, ca_file, NULL);
    else if (bundle || folder)
        loaded = X509_STORE_load_locations(store, bundle, folder);
    curl_easy_cleanup(handle);
    return loaded == 1;
}

struct trust *trust_create(const struct settings *settings)
{
    if (settings->insecure || !trust_is_openssl())
        return NULL;
    struct trust *trust = calloc(1, sizeof *trust);
    if (trust)
        trust->store = X509_STORE_new();
    if (trust && trust->store && trust_load(trust->store, settings->ca_file))
        return trust;
    trust_destroy(trust);
    return NULL;
}

static CURLcode trust_share(CURL *handle, void *context, void *trust)
{
    (void)handle;
    SSL_CTX_set1_cert_store(context, ((struct trust *)trust)->store);
    return CURLE_OK;
}

void trust_set_up(struct trust *trust, const struct settings *settings, CURL *handle)
{
    if (settings->insecure) {
        (void)curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
        (void)curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (trust) {
        (void)curl_easy_setopt(handle, CURLOPT_CAINFO, NULL);
        (void)curl_easy_setopt(handle, CURLOPT_CAPATH, NULL);
        (void)curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, trust_share);
        (void)curl_easy_setopt(handle, CURLOPT_SSL_CTX_DATA, trust);
    } else if (settings->ca_file) {
        (void)curl_easy_setopt(handle, CURLOPT_CAINFO, settings->ca_file);
        (void)curl_easy_setopt(handle, CURLOPT_CAPATH, NULL);
    }
}

void trust_destroy(struct trust *trust)
{
    if (trust)
        X509_STORE_free(trust->store);
    free(trust);
}
