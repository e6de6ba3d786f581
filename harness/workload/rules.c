#include "rules.h"

#include <string.h>
#include <strings.h>

#include "utf8.h"
#include "workload.h"

static bool rules_has_control_character(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return true;
    return false;
}

/* In any case. */
static bool rules_is(const char *text, size_t size, const char *wanted)
{
    return strlen(wanted) == size && strncasecmp(wanted, text, size) == 0;
}

static bool rules_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Leaves out the blanks at both ends. Returns the size that is left. */
static size_t rules_trim(const char **text, size_t size)
{
    while (size > 0 && rules_is_blank((*text)[size - 1]))
        size--;
    while (size > 0 && rules_is_blank(**text)) {
        (*text)++;
        size--;
    }
    return size;
}

/* The methods that IANA's registry (RFC 9110, 16.1.1) marks as idempotent; of those registered only CONNECT,
 * LOCK, PATCH and POST are not. QUERY is to be registered as one. What nobody has registered may be anything.
 */
bool workload_method_is_idempotent(const char *method)
{
    static const char *const methods[] = {"ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "COPY",
        "DELETE", "GET", "HEAD", "LABEL", "LINK", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL",
        "MKREDIRECTREF", "MKWORKSPACE", "MOVE", "OPTIONS", "ORDERPATCH", "PRI", "PROPFIND", "PROPPATCH",
        "PUT", "QUERY", "REBIND", "REPORT", "SEARCH", "TRACE", "UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK",
        "UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL"};

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i], method) == 0)
            return true;
    return false;
}

/* What pandas, R, readr, agate and others read as "no value", quoted or not, in some spelling of each; most
 * of them trim it first, and blanks alone are nothing then. Texts that begin with "-" are none of them in a
 * file: they get an apostrophe. */
static bool rules_is_read_as_missing(const char *text, size_t size)
{
    static const char *const words[] = {
        "na", "n/a", "#na", "#n/a", "#n/a n/a", "<na>", "nan", "null", "none", "1.#ind", "1.#qnan", "."};

    size = rules_trim(&text, size);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (rules_is(text, size, words[i]))
            return true;
    return size == 0;
}

bool rules_is_known_method(const char *text, size_t size)
{
    static const char *const methods[] = {
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"};

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (rules_is(text, size, methods[i]))
            return true;
    return false;
}

static bool rules_is_upper_or_digit(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

const char *rules_method_problem(const char *method, size_t size)
{
    if (size == 0)
        return "is empty; write one such as GET, or leave it out";
    if (size > RULES_METHOD_SIZE_MAX)
        return "is longer than 32 characters; write one such as GET";
    if (rules_is_read_as_missing(method, size))
        return "is read as a missing value by programs that read CSV files; write one such as GET";
    for (size_t i = 0; i < size; i++)
        if (!rules_is_upper_or_digit(method[i]) && method[i] != '-' && method[i] != '_')
            return rules_is_known_method(method, size)
                       ? "is not in upper case; write it in capitals"
                       : "is not a method; write one such as GET, in capitals";
    if (rules_is(method, size, "CONNECT"))
        return "would make the connection a tunnel, which carries no more requests; use another method";
    return NULL;
}

const char *rules_header_name_problem(const char *name, size_t size)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    if (size == 0)
        return "is empty; write a name such as Accept";
    for (size_t i = 0; i < size; i++) {
        bool lower = name[i] >= 'a' && name[i] <= 'z';
        if (!lower && !rules_is_upper_or_digit(name[i]) && !memchr(others, name[i], sizeof others - 1))
            return "is not a header name; use letters, digits and '-' only";
    }
    return NULL;
}

/* RFC 9110, 10.1.1. Nothing at all is taken, as users of curl write it. */
static const char *rules_expect_problem(const char *value, size_t size)
{
    size = rules_trim(&value, size);
    return size == 0 || rules_is(value, size, "100-continue")
               ? NULL
               : "expects something other than 100-continue, which nobody knows; write that, or leave it out";
}

const char *rules_header_framing_problem(
    const char *name, size_t name_size, const char *value, size_t value_size)
{
    static const struct {
        const char *name;
        const char *problem;
    } refused[] = {
        {"Content-Length",
            "is made from the body, and another would break the requests after it; leave it out"},
        {"Transfer-Encoding",
            "would break the requests after it, because a body is sent with its length; leave it out"},
        {"Upgrade", "would change what the connection speaks, and break the requests after it; leave it out"},
    };

    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (rules_is(name, name_size, refused[i].name))
            return refused[i].problem;
    return rules_is(name, name_size, "Expect") ? rules_expect_problem(value, value_size) : NULL;
}

const char *rules_header_value_problem(const char *value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (((unsigned char)value[i] < ' ' && value[i] != '\t') || value[i] == 0x7f)
            return "has a value with a control character such as a line end; remove it";
    return NULL;
}

const char *rules_name_problem(const char *name, size_t size)
{
    if (size == 0)
        return "is empty; write a name, or leave 'name' out";
    if (size > RULES_NAME_SIZE_MAX)
        return "is longer than 255 bytes; shorten it";
    if (rules_has_control_character(name, size))
        return "contains a control character; remove it";
    if (rules_is_read_as_missing(name, size))
        return "is read as a missing value by programs that read CSV files; write another name";
    return utf8_is_valid(name, size) ? NULL : "is not UTF-8; write it in UTF-8";
}
