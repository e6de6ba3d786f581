/* secrets: what a file must not show. */
#include "secrets.h"

#include <string.h>
#include <strings.h>

#include "workload.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* Wherever they stand in a name. */
static const char *const secret_parts[] = {"token", "secret", "passw", "passphrase", "passcode", "cookie",
    "credential", "session", "signature", "accesskey", "csrf", "xsrf", "jwt", "bearer", "assertion"};

/* As a whole word: between "-", "_" and the like. */
static const char *const secret_words[] = {"pass", "pwd", "pin", "otp", "totp", "sid", "sig", "sign", "hmac",
    "dpop", "wsse", "sso", "saml", "creds"};

/* The last letters of a word: Api-Key, apikey, authKey. */
static const char secret_ending[] = "key";

/*
 * Names that have such a part and whose values open nothing. Compared by letters and digits alone.
 * Idempotency-Key names a request, so that a server can tell a second sending; who knows it can do nothing
 * with it, and an experiment can't be repeated without it. The keys of caches and tables name what is stored,
 * tokens of pages a place in a list.
 */
static const char *const ordinary_names[] = {"idempotencykey", "xidempotencykey", "secwebsocketkey",
    "surrogatekey", "cachekey", "xcachekey", "partitionkey", "sortkey", "accesscontrolallowcredentials",
    "pagetoken", "nexttoken", "nextpagetoken", "continuationtoken", "maxtokens"};

/* How the value of a header begins when it proves who asks, whatever the header is called. */
static const char *const secret_schemes[] = {"Bearer ", "Basic ", "Digest ", "Negotiate "};

static bool secrets_is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool secrets_begins(const char *text, size_t size, const char *start)
{
    size_t length = strlen(start);

    return size >= length && strncasecmp(text, start, length) == 0;
}

static bool secrets_is_ordinary(const char *name, size_t size)
{
    char letters[32];
    size_t used = 0;

    for (size_t i = 0; i < size; i++) {
        if (!secrets_is_alphanumeric(name[i]))
            continue;
        if (used == sizeof letters)
            return false;
        letters[used++] = name[i];
    }
    for (size_t i = 0; i < COUNT_OF(ordinary_names); i++)
        if (strlen(ordinary_names[i]) == used && strncasecmp(ordinary_names[i], letters, used) == 0)
            return true;
    return false;
}

/* "auth", but not of author and authority; authorization and authorisation are meant. */
static bool secrets_is_of_authentication(const char *text, size_t size)
{
    if (!secrets_begins(text, size, "auth"))
        return false;
    bool is_of_author = secrets_begins(text + 4, size - 4, "or");
    return !is_of_author || secrets_begins(text + 4, size - 4, "oriz") ||
           secrets_begins(text + 4, size - 4, "oris");
}

static bool secrets_is_word(const char *word, size_t size)
{
    size_t ending = sizeof secret_ending - 1;

    if (size >= ending && strncasecmp(word + size - ending, secret_ending, ending) == 0)
        return true;
    for (size_t i = 0; i < COUNT_OF(secret_words); i++)
        if (strlen(secret_words[i]) == size && strncasecmp(secret_words[i], word, size) == 0)
            return true;
    return false;
}

static bool secrets_has_word(const char *name, size_t size)
{
    for (size_t at = 0, end = 0; at < size; at = end + 1) {
        for (end = at; end < size && secrets_is_alphanumeric(name[end]);)
            end++;
        if (end > at && secrets_is_word(name + at, end - at))
            return true;
    }
    return false;
}

bool secrets_is_name(const char *name, size_t size)
{
    bool is_secret = secrets_has_word(name, size);

    for (size_t at = 0; !is_secret && at < size; at++) {
        is_secret = secrets_is_of_authentication(name + at, size - at);
        for (size_t i = 0; !is_secret && i < COUNT_OF(secret_parts); i++)
            is_secret = secrets_begins(name + at, size - at, secret_parts[i]);
    }
    return is_secret && !secrets_is_ordinary(name, size);
}

static int secrets_hexadecimal(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The name of a parameter may be percent-encoded. One that is too long to look at is not trusted. */
static bool secrets_is_parameter(const char *name, size_t size)
{
    char decoded[256];
    size_t used = 0;

    for (size_t i = 0; i < size; i++) {
        if (used == sizeof decoded)
            return true;
        int high = name[i] == '%' && size - i > 2 ? secrets_hexadecimal(name[i + 1]) : -1;
        int low = high >= 0 ? secrets_hexadecimal(name[i + 2]) : -1;
        decoded[used++] = name[i];
        if (low >= 0) {
            decoded[used - 1] = (char)(high * 16 + low);
            i += 2;
        }
    }
    return secrets_is_name(decoded, used);
}

/* Bytes up to the first of `ends`. */
static size_t secrets_span(const char *text, size_t size, const char *ends)
{
    size_t length = 0;

    while (length < size && (text[length] == '\0' || !strchr(ends, text[length])))
        length++;
    return length;
}

void secrets_show_parameters(const char *url, size_t size, struct buffer *shown)
{
    static const char separators[] = "?#&;";
    size_t at = secrets_span(url, size, "?#");

    buffer_append(shown, url, at);
    while (at < size) {
        buffer_append(shown, url + at++, 1); /* the separator */
        size_t length = secrets_span(url + at, size - at, separators);
        size_t name = secrets_span(url + at, length, "=");
        bool is_secret = name + 1 < length && secrets_is_parameter(url + at, name);
        buffer_append(shown, url + at, is_secret ? name + 1 : length);
        if (is_secret)
            buffer_append_text(shown, SECRETS_SHOWN);
        at += length;
    }
}

static bool secrets_is_proof(const char *value)
{
    for (size_t i = 0; i < COUNT_OF(secret_schemes); i++)
        if (secrets_begins(value, strlen(value), secret_schemes[i]))
            return true;
    return false;
}

void workload_show_header(const char *header, struct buffer *shown)
{
    size_t name_size = strcspn(header, ":;");
    const char *colon = header[name_size] == ':' ? header + name_size : NULL;
    const char *value = colon ? colon + 1 + strspn(colon + 1, " \t") : "";
    bool is_url =
        secrets_begins(value, strlen(value), "http://") || secrets_begins(value, strlen(value), "https://");

    while (name_size > 0 && strchr(" \t", header[name_size - 1]))
        name_size--;
    if (colon && (secrets_is_name(header, name_size) || secrets_is_proof(value))) {
        buffer_append(shown, header, name_size);
        buffer_append_text(shown, ": " SECRETS_SHOWN);
    } else if (is_url) {
        buffer_append(shown, header, (size_t)(value - header));
        workload_show_url(value, shown);
    } else {
        buffer_append_text(shown, header);
    }
}

static bool secrets_hide(
    const char *text, void (*show)(const char *text, struct buffer *shown), struct buffer *shown)
{
    buffer_clear(shown);
    show(text, shown);
    return shown->size != strlen(text) || memcmp(shown->bytes, text, shown->size) != 0;
}

bool workload_header_is_secret(const char *header)
{
    struct buffer shown = {0};

    bool is_secret = secrets_hide(header, workload_show_header, &shown) || shown.out_of_memory;
    buffer_release(&shown);
    return is_secret;
}

bool workload_has_secrets(const struct workload *workload)
{
    struct buffer shown = {0};
    bool has_secrets = false;

    for (uint64_t i = 0; !has_secrets && i < workload->request_count; i++) {
        const struct workload_request *request = workload_request(workload, i);
        const char *header = workload_text(workload, request->headers);
        has_secrets = secrets_hide(workload_text(workload, request->url), workload_show_url, &shown);
        for (uint32_t place = 0; !has_secrets && place < request->header_count; place++) {
            has_secrets = secrets_hide(header, workload_show_header, &shown);
            header += strlen(header) + 1;
        }
    }
    buffer_release(&shown);
    return has_secrets;
}
