/* secrets: what a file must not show. */
#include "secrets.h"

#include <string.h>
#include <strings.h>

#include "workload.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* The first word of a header's value when it proves who asks, whatever the header is called. */
static const char *const secret_schemes[] = {"Bearer", "Basic", "Digest", "Negotiate", "NTLM", "Token",
    "ApiKey", "SharedKey", "SharedAccessSignature", "OAuth", "Hawk", "DPoP", "HMAC"};
static const char secret_scheme_start[] = "AWS4-"; /* AWS4-HMAC-SHA256 and others */

/* How secrets themselves begin, by those who give them out, in just these letters. */
static const char *const secret_starts[] = {"ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "xoxb-", "xoxp-",
    "sk_live_", "sk_test_", "sk-ant-", "sk-proj-", "AKIA", "ASIA", "AIza", "ya29."};

/* The least size of a secret that begins so, in bytes. */
#define SECRET_MIN 20

/* Texts inside texts, each percent-encoded once more. Nobody nests them deeper. */
#define NESTED_MAX 4

static const char blanks[] = " \t";

/* What a name, a URL or a secret may stand behind. */
static const char before_parts[] = "/?#&;,=<>()\"' \t";

/* What ends the value of a name: in the query of a URL, in its path, and in a header. Nothing else does, be
 * it odd there: rather too much is hidden than the rest of a password shown. */
static const char behind_query_values[] = "&#";
static const char behind_path_values[] = "?#;";
static const char behind_header_values[] = ";";

/* What ends the name and the password in a URL if there is no "@", and texts that are percent-encoded. */
static const char behind_authority[] = "/?# \t";
static const char behind_wrapped[] = "/?#&= \t";

/* What is looked for secrets: a URL, or the value of a header. */
struct sought {
    const char *text;
    size_t size;
    bool is_header;
    bool is_in_query; /* or fragment: has the search come to one? */
};

/* A part of a text. */
struct span {
    size_t start;
    size_t end;
};

static int secrets_hexadecimal(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decodes in place. Returns whether there was anything to decode. */
static bool secrets_decode(struct buffer *text)
{
    size_t size = 0;

    for (size_t i = 0; i < text->size; i++) {
        int high = text->bytes[i] == '%' && text->size - i > 2 ? secrets_hexadecimal(text->bytes[i + 1]) : -1;
        int low = high >= 0 ? secrets_hexadecimal(text->bytes[i + 2]) : -1;
        text->bytes[size] = text->bytes[i];
        if (low >= 0) {
            text->bytes[size] = (char)(high * 16 + low);
            i += 2;
        }
        size++;
    }
    bool is_changed = size < text->size;
    text->size = size;
    return is_changed;
}

/* `marks` has no letters and digits; nearly all there is to look at are these. */
static bool secrets_is_among(char c, const char *marks)
{
    return !secrets_is_alphanumeric(c) && c != '\0' && strchr(marks, c);
}

/* Bytes up to the first of `ends`. */
static size_t secrets_span(const char *text, size_t size, const char *ends)
{
    size_t length = 0;

    while (length < size && !secrets_is_among(text[length], ends))
        length++;
    return length;
}

/* The name of a parameter may be percent-encoded. */
static bool secrets_is_parameter(const char *name, size_t size)
{
    struct buffer decoded = {0};

    if (!memchr(name, '%', size))
        return secrets_is_name(name, size);
    buffer_append(&decoded, name, size);
    (void)secrets_decode(&decoded);
    bool is_secret = decoded.out_of_memory || secrets_is_name(decoded.bytes, decoded.size);
    buffer_release(&decoded);
    return is_secret;
}

/* What is in quotes, with them: `text` begins with one. One that is doubled, or behind a backslash, closes
 * nothing. All of it when none closes. */
static size_t secrets_quoted_size(const char *text, size_t size)
{
    size_t at = 1;

    while (at < size && (text[at] != text[0] || (size - at > 1 && text[at + 1] == text[0])))
        at += text[at] == '\\' || text[at] == text[0] ? 2 : 1;
    return at < size ? at + 1 : size;
}

static size_t secrets_value_size(const char *text, size_t size, const char *ends)
{
    bool is_quoted = size > 0 && (text[0] == '"' || text[0] == '\'');
    size_t quoted = is_quoted ? secrets_quoted_size(text, size) : 0;

    return quoted + secrets_span(text + quoted, size - quoted, ends);
}

static size_t secrets_skip_blanks(const char *text, size_t size, size_t at)
{
    while (at < size && secrets_is_among(text[at], blanks))
        at++;
    return at;
}

/* "name=value", as in queries, in headers such as Link, and in what tells programs where a database is. */
static bool secrets_find_pair(const char *text, size_t size, const char *ends, struct span *span)
{
    size_t name = secrets_span(text, size, before_parts);
    size_t equals = secrets_skip_blanks(text, size, name);

    if (equals >= size || text[equals] != '=' || !secrets_is_parameter(text, name))
        return false;
    size_t value = secrets_skip_blanks(text, size, equals + 1);
    *span = (struct span){value, value + secrets_value_size(text + value, size - value, ends)};
    return span->end > span->start;
}

/* "//name:password@", of a URL of any scheme. */
static bool secrets_find_user(const char *text, size_t size, struct span *span)
{
    if (size < 2 || strncmp(text, "//", 2) != 0)
        return false;
    const char *authority = text + 2;
    const char *at = memrchr(authority, '@', secrets_span(authority, size - 2, behind_authority));
    *span = (struct span){2, at ? (size_t)(at - text) : 2};
    return span->end > span->start;
}

static bool secrets_find_known(const char *text, size_t size, struct span *span)
{
    *span = (struct span){0, secrets_span(text, size, before_parts)};
    if (span->end < SECRET_MIN)
        return false;
    for (size_t i = 0; i < COUNT_OF(secret_starts); i++)
        if (secret_starts[i][0] == text[0] && strncmp(text, secret_starts[i], strlen(secret_starts[i])) == 0)
            return true;
    /* A JSON Web Token: the base64 of {"..., a dot, and more. Cursors begin so too, and have no dot. */
    return strncmp(text, "eyJ", 3) == 0 && memchr(text, '.', span->end);
}

/* A query ends with the URL, which in a header is followed by a blank. */
static bool secrets_is_in_query(const struct sought *sought, size_t at)
{
    char c = sought->text[at];

    return secrets_is_among(c, "?#") ||
           (sought->is_in_query && !(sought->is_header && secrets_is_among(c, blanks)));
}

/* What ends the value of the name at `at`. */
static const char *secrets_ends(const struct sought *sought, size_t at)
{
    if (sought->is_in_query || (at > 0 && sought->text[at - 1] == '&'))
        return behind_query_values;
    return sought->is_header ? behind_header_values : behind_path_values;
}

/* The first secret from `from` on that needs no decoding. */
static bool secrets_find_plain(struct sought *sought, size_t from, struct span *span)
{
    for (size_t at = from; at < sought->size; at++) {
        const char *text = sought->text + at;
        size_t size = sought->size - at;
        bool is_start = at == 0 || secrets_is_among(text[-1], before_parts);
        if (secrets_find_user(text, size, span) ||
            (is_start && (secrets_find_known(text, size, span) ||
                             secrets_find_pair(text, size, secrets_ends(sought, at), span)))) {
            *span = (struct span){at + span->start, at + span->end};
            return true;
        }
        sought->is_in_query = secrets_is_in_query(sought, at);
    }
    return false;
}

/* Is there a secret in what has to be percent-decoded, be it several times? */
static bool secrets_is_wrapped(const char *text, size_t size)
{
    struct buffer decoded = {0};
    struct span span;
    bool has_secret = false;

    if (!memchr(text, '%', size))
        return false;
    buffer_append(&decoded, text, size);
    for (int depth = 0; depth < NESTED_MAX && !has_secret && secrets_decode(&decoded); depth++)
        has_secret =
            secrets_find_plain(&(struct sought){.text = decoded.bytes, .size = decoded.size}, 0, &span);
    has_secret = has_secret || decoded.out_of_memory;
    buffer_release(&decoded);
    return has_secret;
}

/* Appends what holds no secret as it is written. With one goes what follows it, which may belong to it. */
static void secrets_show_wrapped(const char *text, size_t size, struct buffer *shown)
{
    for (size_t at = 0; at < size; at++) {
        size_t length = secrets_span(text + at, size - at, behind_wrapped);
        if (secrets_is_wrapped(text + at, length)) {
            buffer_append_text(shown, SECRETS_SHOWN);
            length = secrets_span(text + at, size - at, "?#& \t");
        } else
            buffer_append(shown, text + at, length);
        at += length;
        buffer_append(shown, text + at, at < size ? 1 : 0);
    }
}

static void secrets_show(struct sought sought, struct buffer *shown)
{
    size_t at = 0;

    for (struct span span; secrets_find_plain(&sought, at, &span); at = span.end) {
        secrets_show_wrapped(sought.text + at, span.start - at, shown);
        buffer_append_text(shown, SECRETS_SHOWN);
    }
    secrets_show_wrapped(sought.text + at, sought.size - at, shown);
}

void secrets_show_url(const char *text, size_t size, struct buffer *shown)
{
    secrets_show((struct sought){.text = text, .size = size}, shown);
}

static bool secrets_is_proof(const char *value)
{
    size_t size = strcspn(value, blanks);

    if (strncasecmp(value, secret_scheme_start, sizeof secret_scheme_start - 1) == 0)
        return true;
    for (size_t i = 0; value[size] && i < COUNT_OF(secret_schemes); i++)
        if (strlen(secret_schemes[i]) == size && strncasecmp(value, secret_schemes[i], size) == 0)
            return true;
    return false;
}

void workload_show_header(const char *header, struct buffer *shown)
{
    size_t name_size = strcspn(header, ":;");
    const char *value = header + name_size;

    if (*value == ':')
        value += 1 + strspn(value + 1, blanks);
    while (name_size > 0 && strchr(blanks, header[name_size - 1]))
        name_size--;
    if (*value != '\0' && *value != ';' && (secrets_is_name(header, name_size) || secrets_is_proof(value))) {
        buffer_append(shown, header, name_size);
        buffer_append_text(shown, ": " SECRETS_SHOWN);
    } else {
        buffer_append(shown, header, (size_t)(value - header));
        secrets_show((struct sought){.text = value, .size = strlen(value), .is_header = true}, shown);
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
