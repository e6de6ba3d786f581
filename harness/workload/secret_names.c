/* Which names stand for secrets. */
#include <string.h>
#include <strings.h>

#include "secrets.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* The letters and digits of a name that is looked at, with its end. */
#define LETTERS_MAX 256

/* Wherever they stand among the letters and digits of a name; the last three are vendors' own. */
static const char *const secret_parts[] = {"token", "secret", "passw", "passphrase", "passcode", "cookie",
    "credential", "session", "sessid", "signature", "accesskey", "accesscode", "securitycode", "devicecode",
    "verificationcode", "csrf", "xsrf", "jwt", "bearer", "assertion", "oidc", "saml", "hmac", "macaroon",
    "jfrogartapi", "honeycombteam", "iplanetdirectorypro"};

/* As a whole word: between "-", "_" and the like. Of all words here there may be several ("keys", "key1"). */
static const char *const secret_words[] = {"pass", "pwd", "pw", "pin", "otp", "totp", "mfa", "2fa", "sid",
    "sess", "sig", "sign", "dpop", "wsse", "sso", "cred", "crumb", "ticket", "appid"};

/* The last letters of a word: Api-Key, apikey, authKey. */
static const char secret_ending[] = "key";

/* Words that these letters end, or whose plural is of other things. */
static const char *const ordinary_words[] = {
    "monkey", "turkey", "hockey", "whiskey", "donkey", "jockey", "hotkey", "turnkey", "tickets", "crumbs"};

/*
 * Names that have such a part and whose values open nothing. Compared by letters and digits alone, without an
 * "X-" at the start.
 * Idempotency-Key names a request, so that a server can tell a second sending; who knows it can do nothing
 * with it, and an experiment can't be repeated without it. The keys of caches and tables name what is stored,
 * tokens and keys of pages a place in a list.
 */
static const char *const ordinary_names[] = {"idempotencykey", "secwebsocketkey", "surrogatekey", "cachekey",
    "partitionkey", "sortkey", "pagekey", "nextpagekey", "primarykey", "foreignkey",
    "accesscontrolallowcredentials", "pagetoken", "nexttoken", "nextpagetoken", "continuationtoken",
    "maxtokens", "tokencount", "tokentype", "tokenizer", "sessioncount", "sessionaffinity", "possession",
    "obsession", "secretary", "authtype", "authentic", "authenticated", "acceptsignature", "signatureinput",
    "signlanguage"};

bool secrets_is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static char name_lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c | 0x20);
    return c;
}

/* Most differ in the first letter: every URL of a workload is looked at. */
static bool name_is_listed(const char *name, size_t size, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i][0] == name_lower(name[0]) && strlen(list[i]) == size &&
            strncasecmp(list[i], name, size) == 0)
            return true;
    return false;
}

/* The size without a number at the end. */
static size_t name_unnumbered_size(const char *name, size_t size)
{
    while (size > 0 && name[size - 1] >= '0' && name[size - 1] <= '9')
        size--;
    return size;
}

/* The size without the "s" of a plural. */
static size_t name_singular_size(const char *name, size_t size)
{
    return size > 0 && name_lower(name[size - 1]) == 's' ? size - 1 : size;
}

/* As it is listed, as a plural, with a number. */
static bool name_is_kind_of(const char *name, size_t size, const char *const *list, size_t count)
{
    size = name_unnumbered_size(name, size);
    return name_is_listed(name, size, list, count) ||
           name_is_listed(name, name_singular_size(name, size), list, count);
}

static bool name_has_secret_ending(const char *word, size_t size)
{
    size_t ending = sizeof secret_ending - 1;

    size = name_singular_size(word, name_unnumbered_size(word, size));
    return size >= ending && strncasecmp(word + size - ending, secret_ending, ending) == 0;
}

static bool name_is_secret_word(const char *word, size_t size)
{
    return (name_has_secret_ending(word, size) ||
               name_is_kind_of(word, size, secret_words, COUNT_OF(secret_words))) &&
           !name_is_kind_of(word, size, ordinary_words, COUNT_OF(ordinary_words));
}

static bool name_has_secret_word(const char *name, size_t size)
{
    for (size_t at = 0, end = 0; at < size; at = end + 1) {
        for (end = at; end < size && secrets_is_alphanumeric(name[end]);)
            end++;
        if (end > at && name_is_secret_word(name + at, end - at))
            return true;
    }
    return false;
}

static bool name_begins(const char *letters, const char *part)
{
    return letters[0] == part[0] && strncmp(letters, part, strlen(part)) == 0;
}

/* "auth", but not of author and authority; authorization and authorisation are meant. */
static bool name_begins_with_authentication(const char *letters)
{
    return name_begins(letters, "auth") &&
           (!name_begins(letters, "author") || name_begins(letters, "authoriz") ||
               name_begins(letters, "authoris"));
}

/* `letters` in lower case. */
static bool name_has_secret_part(const char *letters)
{
    for (; *letters; letters++) {
        if (name_begins_with_authentication(letters))
            return true;
        for (size_t i = 0; i < COUNT_OF(secret_parts); i++)
            if (name_begins(letters, secret_parts[i]))
                return true;
    }
    return false;
}

bool secrets_is_name(const char *name, size_t size)
{
    size_t start = size > 2 && strncasecmp(name, "x-", 2) == 0 ? 2 : 0;
    char letters[LETTERS_MAX];
    size_t used = 0;

    for (size_t i = start; i < size && used < LETTERS_MAX; i++)
        if (secrets_is_alphanumeric(name[i]))
            letters[used++] = name_lower(name[i]);
    if (used == LETTERS_MAX)
        return true; /* one that is too long to look at is not trusted */
    letters[used] = '\0';
    if (name_is_kind_of(letters, used, ordinary_names, COUNT_OF(ordinary_names)))
        return false;
    return name_has_secret_part(letters) || name_has_secret_word(name, size);
}
