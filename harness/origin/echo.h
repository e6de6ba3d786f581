/* echo: returns a request to its client as JSON, with the keys and the spelling of httpbin. */
#ifndef HARNESS_ECHO_H
#define HARNESS_ECHO_H

struct exchange;

enum echo_key {
    ECHO_ARGS = 1 << 0,    /* the query's pairs; a list where a name comes more than once */
    ECHO_DATA = 1 << 1,    /* the body, "" when it is a form; a data: URL when it is not UTF-8 */
    ECHO_FILES = 1 << 2,   /* always empty: multipart bodies are shown in "data" */
    ECHO_FORM = 1 << 3,    /* the pairs of an urlencoded body */
    ECHO_HEADERS = 1 << 4, /* names as in "X-Some-Header" */
    ECHO_JSON = 1 << 5,    /* the body parsed, null when it is not JSON */
    ECHO_METHOD = 1 << 6,
    ECHO_ORIGIN = 1 << 7, /* the client's address */
    ECHO_URL = 1 << 8,
    ECHO_ALL = (1 << 9) - 1,
};

/* Answers with the keys asked for (enum echo_key, or-ed); with 413 when a form or JSON has more than about
 * 100,000 parts. */
void echo_answer(struct exchange *exchange, unsigned keys);

#endif
