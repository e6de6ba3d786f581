#include "tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "server.h"

#define TLS_CURVE         "P-256"
#define TLS_VALID_FROM_S  (-3600L) /* for clients whose clock is a little behind */
#define TLS_VALID_UNTIL_S (397L * 24 * 3600)

struct tls {
    SSL_CTX *context;
    BIO *authority; /* PEM, in memory */
};

static int tls_failed(struct failure *failure)
{
    return failure_set(
        failure, FAILURE_RUN, "can't set up TLS: %s", ERR_reason_error_string(ERR_peek_last_error()));
}

static bool tls_add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool added = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

static bool tls_add_common_parts(X509 *certificate, EVP_PKEY *key, const char *name)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    uint64_t serial = 0;

    return RAND_bytes((unsigned char *)&serial, sizeof serial) == 1 &&
           X509_set_version(certificate, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), TLS_VALID_FROM_S) &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), TLS_VALID_UNTIL_S) &&
           X509_set_pubkey(certificate, key) == 1 &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) ==
               1;
}

/* A certificate without extensions, not signed yet; NULL when something failed. */
static X509 *tls_begin_certificate(EVP_PKEY *key, const char *name)
{
    X509 *certificate = X509_new();

    if (certificate && tls_add_common_parts(certificate, key, name))
        return certificate;
    X509_free(certificate);
    return NULL;
}

static X509 *tls_make_authority(EVP_PKEY *key)
{
    X509 *authority = tls_begin_certificate(key, "harness origin, a certificate authority for one run");

    if (authority && X509_set_issuer_name(authority, X509_get_subject_name(authority)) == 1 &&
        tls_add_extension(authority, authority, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
        tls_add_extension(authority, authority, NID_key_usage, "critical,keyCertSign") &&
        tls_add_extension(authority, authority, NID_subject_key_identifier, "hash") &&
        X509_sign(authority, key, EVP_sha256()) > 0)
        return authority;
    X509_free(authority);
    return NULL;
}

static void tls_append_names(struct buffer *names)
{
    buffer_append_text(names, "DNS:localhost,IP:::1");
    for (int i = 1; i <= SERVER_ADDRESSES_MAX; i++)
        buffer_printf(names, ",IP:127.0.0.%d", i);
    buffer_append(names, "", 1);
}

static X509 *tls_make_certificate(EVP_PKEY *key, X509 *authority, EVP_PKEY *authority_key)
{
    X509 *certificate = tls_begin_certificate(key, "localhost");
    struct buffer names = {0};

    tls_append_names(&names);
    bool made = certificate && !names.out_of_memory &&
                X509_set_issuer_name(certificate, X509_get_subject_name(authority)) == 1 &&
                tls_add_extension(certificate, authority, NID_basic_constraints, "critical,CA:FALSE") &&
                tls_add_extension(certificate, authority, NID_key_usage, "critical,digitalSignature") &&
                tls_add_extension(certificate, authority, NID_ext_key_usage, "serverAuth") &&
                tls_add_extension(certificate, authority, NID_authority_key_identifier, "keyid:always") &&
                tls_add_extension(certificate, authority, NID_subject_alt_name, names.bytes) &&
                X509_sign(certificate, authority_key, EVP_sha256()) > 0;
    buffer_release(&names);
    if (made)
        return certificate;
    X509_free(certificate);
    return NULL;
}

/* Of what the client offers, HTTP/2 first. */
static int tls_choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_size,
    const unsigned char *offered, unsigned int offered_size, void *unused)
{
    static const unsigned char ours[] = "\x02h2\x08http/1.1";
    unsigned char *found = NULL;

    (void)ssl;
    (void)unused;
    if (SSL_select_next_proto(&found, chosen_size, ours, sizeof ours - 1, offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

static bool tls_configure(SSL_CTX *context)
{
    static const unsigned char about[] = "harness";

    (void)SSL_CTX_set_mode(context,
        SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_alpn_select_cb(context, tls_choose_protocol, NULL);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_session_id_context(context, about, sizeof about - 1) == 1;
}

static bool tls_use(struct tls *tls, X509 *certificate, EVP_PKEY *key, X509 *authority)
{
    tls->context = SSL_CTX_new(TLS_server_method());
    tls->authority = BIO_new(BIO_s_mem());
    return tls->context && tls->authority && tls_configure(tls->context) &&
           SSL_CTX_use_certificate(tls->context, certificate) == 1 &&
           SSL_CTX_use_PrivateKey(tls->context, key) == 1 &&
           PEM_write_bio_X509(tls->authority, authority) == 1;
}

static bool tls_init(struct tls *tls)
{
    EVP_PKEY *authority_key = EVP_EC_gen(TLS_CURVE);
    EVP_PKEY *key = EVP_EC_gen(TLS_CURVE);
    X509 *authority = authority_key ? tls_make_authority(authority_key) : NULL;
    X509 *certificate = authority && key ? tls_make_certificate(key, authority, authority_key) : NULL;
    bool made = certificate && tls_use(tls, certificate, key, authority);

    X509_free(certificate);
    X509_free(authority);
    EVP_PKEY_free(key);
    EVP_PKEY_free(authority_key);
    return made;
}

struct tls *tls_create(struct failure *failure)
{
    struct tls *tls = calloc(1, sizeof *tls);

    if (tls && tls_init(tls))
        return tls;
    tls_destroy(tls);
    tls_failed(failure);
    return NULL;
}

void tls_destroy(struct tls *tls)
{
    if (!tls)
        return;
    SSL_CTX_free(tls->context);
    BIO_free(tls->authority);
    free(tls);
}

struct span tls_authority(const struct tls *tls)
{
    char *bytes = NULL;
    long size = BIO_get_mem_data(tls->authority, &bytes);

    return (struct span){bytes, (size_t)size};
}

struct ssl_st *tls_accept(const struct tls *tls, int fd)
{
    SSL *ssl = SSL_new(tls->context);

    if (ssl && SSL_set_fd(ssl, fd) == 1) {
        SSL_set_accept_state(ssl);
        return ssl;
    }
    SSL_free(ssl);
    return NULL;
}

bool tls_was_resumed(const struct ssl_st *ssl)
{
    return SSL_session_reused(ssl) == 1;
}

bool tls_speaks_http2(const struct ssl_st *ssl)
{
    const unsigned char *name = NULL;
    unsigned int size = 0;

    SSL_get0_alpn_selected(ssl, &name, &size);
    return size == 2 && memcmp(name, "h2", 2) == 0;
}
