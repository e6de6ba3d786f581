/* What is put on a handle, as a server sees it, and what is kept of the answer. Strategies have their
 * contract. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "internal.h"
#include "listener.h"
#include "lookup.h"
#include "lost_names.h"
#include "transfer.h"
#include "trust.h"

/* One lane, worked down here: the requests of `workload` are sent one after another. */
static char text_kept[RECORD_ERROR_SIZE]; /* each test has a process of its own */

struct sending {
    struct listener *listener;
    struct settings settings;
    struct shared_memory workload;
    struct shared_memory records;
    char base_url[128];
    bool has_no_descriptors; /* once the lane is made */
};

/* `suffix` is put behind the listener's address; `headers` ends with NULL. */
static void sending_init(struct sending *sending, const char *suffix, const char *const *headers)
{
    struct failure failure = {.code = FAILURE_NONE};

    *sending = (struct sending){.workload = SHARED_MEMORY_NONE, .records = SHARED_MEMORY_NONE};
    cr_assert_eq(curl_global_init(CURL_GLOBAL_DEFAULT), CURLE_OK);
    sending->listener = listener_start(&failure);
    cr_assert_not_null(sending->listener, "%s", failure.message);
    (void)snprintf(
        sending->base_url, sizeof sending->base_url, "%s%s", listener_base_url(sending->listener), suffix);
    sending->settings = (struct settings){
        .base_url = sending->base_url,
        .headers = {.items = (const char **)(uintptr_t)headers},
        .timeout_ms = 5000,
        .connect_timeout_ms = 5000,
    };
    while (headers && headers[sending->settings.headers.count])
        sending->settings.headers.count++;
}

/* From now on none can be opened. The test has a process of its own. */
static void forbid_descriptors(void)
{
    int next = dup(STDERR_FILENO);
    const struct rlimit all_in_use = {.rlim_cur = (rlim_t)next, .rlim_max = (rlim_t)next};

    cr_assert_geq(next, 0);
    (void)close(next);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &all_in_use), 0);
}

static struct records *send_all(struct sending *sending, const char *text)
{
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(
        workload_parse(text, strlen(text), "test", &sending->workload, &failure), 0, "%s", failure.message);
    const struct workload *workload = sending->workload.bytes;
    cr_assert_eq(records_create(&sending->records, workload->request_count, &failure), 0);
    struct lanes *lanes = lanes_create(
        &sending->settings, workload, workload_extent(workload, 0), sending->records.bytes, 1, &failure);
    cr_assert_not_null(lanes, "%s", failure.message);
    lanes_prepare_blocking(lanes, 0);
    if (sending->has_no_descriptors)
        forbid_descriptors();
    while (lanes_take(lanes, 0) == TAKE_READY) {
        CURLcode result;
        do
            result = curl_easy_perform(lanes_handle(lanes, 0));
        while (lanes_advance(lanes, 0, result));
    }
    lanes_destroy(lanes);
    listener_finish(sending->listener);
    return sending->records.bytes;
}

static void sending_release(struct sending *sending)
{
    listener_destroy(sending->listener);
    shared_memory_release(&sending->records);
    shared_memory_release(&sending->workload);
    curl_global_cleanup();
}

static const char *sent(const struct sending *sending, size_t request)
{
    const char *text = listener_request(sending->listener, request);

    cr_assert_not_null(text, "request %zu was not sent", request);
    return text;
}

static void expect_first_line(const struct sending *sending, size_t request, const char *expected)
{
    const char *text = sent(sending, request);

    cr_expect_eq(strncmp(text, expected, strlen(expected)), 0, "sent: %s\n  expected: %s", text, expected);
}

/* How many lines of the request begin with `start`. */
static size_t count_headers(const char *request, const char *start)
{
    size_t count = 0;

    for (const char *line = strstr(request, "\r\n"); line; line = strstr(line + 2, "\r\n"))
        count += strncmp(line + 2, start, strlen(start)) == 0;
    return count;
}

Test(transfer, puts_paths_behind_the_base_url)
{
    static const char *const suffixes[] = {"", "/", "/api", "/api/", "//"};
    static const char *const lines[] = {"GET /a?b=c HTTP/1.1\r\n", "GET /a?b=c HTTP/1.1\r\n",
        "GET /api/a?b=c HTTP/1.1\r\n", "GET /api/a?b=c HTTP/1.1\r\n", "GET /a?b=c HTTP/1.1\r\n"};

    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        struct sending sending;
        sending_init(&sending, suffixes[i], NULL);
        (void)send_all(&sending, "/a?b=c\n");
        expect_first_line(&sending, 0, lines[i]);
        sending_release(&sending);
    }
}

Test(transfer, leaves_whole_urls_as_they_are)
{
    struct sending sending;
    char text[128];

    sending_init(&sending, "", NULL);
    sending.settings.base_url = "http://127.0.0.1:9/nobody";
    (void)snprintf(text, sizeof text, "%s/here\n", listener_base_url(sending.listener));
    (void)send_all(&sending, text);
    expect_first_line(&sending, 0, "GET /here HTTP/1.1\r\n");
    sending_release(&sending);
}

Test(transfer, lets_a_requests_own_header_replace_the_common_one)
{
    static const char *const headers[] = {"Accept: text/plain", "X-Common: ours", "X-Empty;", NULL};
    struct sending sending;

    sending_init(&sending, "", headers);
    (void)send_all(&sending, "[[{\"url\": \"/own\", \"headers\": {\"accept\": \"text/html\", "
                             "\"X-Common-More\": \"mine\"}}, \"/common\"]]");
    cr_expect_eq(count_headers(sent(&sending, 0), "accept: text/html\r\n"), 1);
    cr_expect_eq(count_headers(sent(&sending, 0), "Accept:"), 0, "%s", sent(&sending, 0));
    cr_expect_eq(count_headers(sent(&sending, 0), "X-Common: ours\r\n"), 1);
    cr_expect_eq(count_headers(sent(&sending, 0), "X-Common-More: mine\r\n"), 1);
    cr_expect_eq(count_headers(sent(&sending, 1), "Accept: text/plain\r\n"), 1);
    cr_expect_eq(count_headers(sent(&sending, 1), "accept:"), 0, "%s", sent(&sending, 1));
    cr_expect_eq(count_headers(sent(&sending, 1), "X-Empty:\r\n"), 1);
    cr_expect_eq(count_headers(sent(&sending, 1), "X-Common-More:"), 0);
    sending_release(&sending);
}

Test(transfer, sends_bodies_as_they_are_and_never_waits_for_100_continue)
{
    struct sending sending;

    sending_init(&sending, "", NULL);
    (void)send_all(&sending, "[[{\"method\": \"POST\", \"url\": \"/p\", \"body\": \"a\\u0001b\\u00e9\"},"
                             "{\"method\": \"POST\", \"url\": \"/q\"}]]");
    cr_expect_eq(count_headers(sent(&sending, 0), "Content-Length: 5\r\n"), 1);
    cr_expect_not_null(strstr(sent(&sending, 0), "\r\n\r\na\001b\xc3\xa9"));
    cr_expect_eq(count_headers(sent(&sending, 0), "Expect:"), 0);
    cr_expect_eq(count_headers(sent(&sending, 1), "Content-Length: 0\r\n"), 1);
    sending_release(&sending);
}

Test(transfer, tells_the_length_of_an_empty_body_where_the_method_means_to_bring_one)
{
    static const struct {
        const char *method;
        size_t lengths;
    } methods[] = {{"POST", 1}, {"PUT", 1}, {"PATCH", 1}, {"GET", 0}, {"DELETE", 0}, {"OPTIONS", 0}};

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct sending sending;
        char text[64];
        sending_init(&sending, "", NULL);
        (void)snprintf(text, sizeof text, "%s /none\n", methods[i].method);
        (void)send_all(&sending, text);
        cr_expect_eq(count_headers(sent(&sending, 0), "Content-Length: 0\r\n"), methods[i].lengths, "%s",
            sent(&sending, 0));
        cr_expect_eq(
            count_headers(sent(&sending, 0), "Content-"), methods[i].lengths, "%s", sent(&sending, 0));
        sending_release(&sending);
    }
}

Test(transfer, calls_a_text_a_form_as_curl_does_and_json_by_its_name_unless_told_otherwise)
{
    static const char *const types[] = {
        "application/x-www-form-urlencoded\r\n", "application/json\r\n", "text/plain\r\n", "\r\n"};
    struct sending sending;

    sending_init(&sending, "", NULL);
    (void)send_all(&sending,
        "[[{\"url\": \"/p\", \"body\": \"a=b\"}, {\"url\": \"/p\", \"body\": [1]},"
        "{\"url\": \"/p\", \"body\": \"a\", \"headers\": {\"content-type\": \"text/plain\"}},"
        "{\"url\": \"/p\", \"body\": \"\", \"headers\": {\"content-type\": \"\"}}]]");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const char *text = sent(&sending, i);
        const char *type = strcasestr(text, "\r\ncontent-type:");
        cr_assert_not_null(type, "%s", text);
        type += strlen("\r\ncontent-type:");
        type += *type == ' ';
        cr_expect_eq(strncmp(type, types[i], strlen(types[i])), 0, "%s", text);
        cr_expect_eq(
            count_headers(text, "Content-Type:") + count_headers(text, "content-type:"), 1, "%s", text);
    }
    sending_release(&sending);
}

Test(transfer, sends_headers_with_an_empty_value)
{
    static const char *const headers[] = {"X-One:", "X-Two: \t ", "X-Three;", "Accept:", NULL};
    struct sending sending;

    sending_init(&sending, "", headers);
    (void)send_all(&sending, "[[\"/plain\", {\"url\": \"/own\", \"headers\": {\"X-Four\": \"\"}}]]");
    for (size_t i = 0; i < 2; i++) {
        cr_expect_eq(count_headers(sent(&sending, i), "X-One:\r\n"), 1, "%s", sent(&sending, i));
        cr_expect_eq(count_headers(sent(&sending, i), "X-Two:\r\n"), 1, "%s", sent(&sending, i));
        cr_expect_eq(count_headers(sent(&sending, i), "X-Three:\r\n"), 1, "%s", sent(&sending, i));
        cr_expect_eq(count_headers(sent(&sending, i), "Accept:\r\n"), 1, "%s", sent(&sending, i));
        cr_expect_eq(count_headers(sent(&sending, i), "X-Four:\r\n"), i, "%s", sent(&sending, i));
    }
    sending_release(&sending);
}

Test(transfer, expects_100_continue_only_when_told_so_and_only_with_a_body)
{
    static const struct {
        const char *header;
        size_t expectations; /* of the request with a body */
    } cases[] = {{"Expect: 100-continue", 1}, {"Expect:", 0}, {"Expect;", 0}, {"X-Other: 1", 0}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const headers[] = {cases[i].header, NULL};
        struct sending sending;
        sending_init(&sending, "", headers);
        (void)send_all(&sending,
            "[[{\"url\": \"/p\", \"body\": \"a\"}, {\"method\": \"PUT\", \"url\": \"/p\"},"
            "\"/g\", {\"url\": \"/p\", \"body\": \"a\", \"headers\": {\"Expect\": \"\"}}]]");
        cr_expect_eq(
            count_headers(sent(&sending, 0), "Expect:"), cases[i].expectations, "%s", cases[i].header);
        for (size_t without = 1; without < 4; without++)
            cr_expect_eq(count_headers(sent(&sending, without), "Expect:"), 0, "%s", cases[i].header);
        sending_release(&sending);
    }
}

/* What a redirect to `location` (NULL: to `other`, another server) makes of a request with secrets. */
struct redirected {
    struct sending sending;
    struct listener *other;
    char location[160];
    struct records *records;
};

static void redirected_init(struct redirected *redirected, const char *const *headers)
{
    struct failure failure;

    sending_init(&redirected->sending, "", headers);
    redirected->sending.settings.follow_redirects = true;
    redirected->other = listener_start(&failure);
    cr_assert_not_null(redirected->other);
}

/* `user` and the rest of a URL of the listener. */
static void redirected_point(
    struct redirected *redirected, const struct listener *to, const char *user, const char *path)
{
    (void)snprintf(redirected->location, sizeof redirected->location, "http://%s%s%s", user,
        listener_base_url(to) + strlen("http://"), path);
    listener_redirect_to(redirected->sending.listener, redirected->location);
}

static void redirected_send(struct redirected *redirected, const char *text)
{
    redirected->records = send_all(&redirected->sending, text);
    listener_finish(redirected->other);
    cr_expect_eq(record_outcome(records_at(redirected->records, 0)), OUTCOME_OK);
}

static void redirected_release(struct redirected *redirected)
{
    listener_destroy(redirected->other);
    sending_release(&redirected->sending);
}

static const char *const secret_headers[] = {"Authorization: one", "X-Api-Key: two", "cookie:three",
    "Host: other.example", "X-Plain: four", "Private-Token: five", NULL};

Test(redirects, keep_secrets_from_other_servers)
{
    struct redirected redirected;

    redirected_init(&redirected, secret_headers);
    redirected_point(&redirected, redirected.other, "", "/there");
    redirected_send(&redirected, "[[{\"url\": \"/redirect/307\", \"method\": \"PUT\", \"body\": \"kept\", "
                                 "\"headers\": {\"X-Vault-Token\": \"six\"}}, \"/next\"]]");
    const char *there = listener_request(redirected.other, 0);
    cr_assert_not_null(there);
    cr_expect_eq(strncmp(there, "PUT /there HTTP/1.1\r\n", 21), 0, "%s", there);
    cr_expect_not_null(strstr(there, "\r\n\r\nkept"), "%s", there);
    cr_expect_eq(count_headers(there, "X-Plain: four\r\n"), 1, "%s", there);
    static const char *const lost[] = {
        "Authorization", "X-Api-Key", "cookie", "Private-Token", "X-Vault-Token", "Host: other.example"};
    for (size_t i = 0; i < sizeof lost / sizeof lost[0]; i++) {
        cr_expect_eq(count_headers(there, lost[i]), 0, "%s", there);
        cr_expect_eq(count_headers(sent(&redirected.sending, 0), lost[i]), 1, "%s", lost[i]);
    }
    expect_first_line(&redirected.sending, 1, "GET /next HTTP/1.1\r\n");
    cr_expect_eq(
        count_headers(sent(&redirected.sending, 1), "Authorization: one\r\n"), 1, "the next has its own");
    redirected_release(&redirected);
}

Test(redirects, keep_secrets_on_the_same_server)
{
    struct redirected redirected;

    redirected_init(&redirected, secret_headers);
    redirected_point(&redirected, redirected.sending.listener, "", "/there");
    redirected_send(&redirected, "/redirect/302\n");
    expect_first_line(&redirected.sending, 1, "GET /there HTTP/1.1\r\n");
    for (size_t i = 0; secret_headers[i]; i++)
        cr_expect_eq(
            count_headers(sent(&redirected.sending, 1), secret_headers[i]), 1, "%s", secret_headers[i]);
    redirected_release(&redirected);
}

Test(redirects, give_back_no_secret_to_a_server_that_was_left)
{
    struct redirected redirected;
    char back[128];

    redirected_init(&redirected, secret_headers);
    redirected_point(&redirected, redirected.other, "", "/redirect/307");
    (void)snprintf(back, sizeof back, "%s/back", listener_base_url(redirected.sending.listener));
    listener_redirect_to(redirected.other, back);
    redirected.sending.settings.no_reuse = true; /* the listener serves one connection at a time */
    redirected_send(&redirected, "/redirect/307\n");
    expect_first_line(&redirected.sending, 1, "GET /back HTTP/1.1\r\n");
    cr_expect_eq(count_headers(sent(&redirected.sending, 1), "Authorization"), 0);
    cr_expect_eq(count_headers(sent(&redirected.sending, 1), "X-Plain: four\r\n"), 1);
    redirected_release(&redirected);
}

Test(redirects, take_user_and_password_along_on_the_same_server_only)
{
    for (int to_other = 0; to_other < 2; to_other++) {
        struct redirected redirected;
        char text[160];
        redirected_init(&redirected, NULL);
        struct listener *target = to_other ? redirected.other : redirected.sending.listener;
        redirected_point(&redirected, target, "", "/there");
        (void)snprintf(text, sizeof text, "http://user:word@%s/redirect/301\n",
            listener_base_url(redirected.sending.listener) + strlen("http://"));
        redirected_send(&redirected, text);
        const char *there = listener_request(target, to_other ? 0 : 1);
        cr_assert_not_null(there);
        cr_expect_eq(
            count_headers(there, "Authorization: Basic dXNlcjp3b3Jk\r\n"), to_other ? 0 : 1, "%s", there);
        cr_expect_eq(count_headers(sent(&redirected.sending, 0), "Authorization: Basic dXNlcjp3b3Jk\r\n"), 1);
        redirected_release(&redirected);
    }
}

/* What is sent to where a redirect leads from `from`; a redirect that leads to itself is followed again. */
static void expect_led(const char *from, const char *location, const char *path)
{
    struct redirected redirected;
    char text[128];
    char line[128];

    (void)snprintf(text, sizeof text, "%s\n", from);
    (void)snprintf(line, sizeof line, "GET %s HTTP/1.1\r\n", path);
    redirected_init(&redirected, NULL);
    listener_redirect_to(redirected.sending.listener, location);
    redirected.records = send_all(&redirected.sending, text);
    const char *next = sent(&redirected.sending, 1);
    cr_expect_eq(strncasecmp(next, line, strlen(line)), 0, "from %s by %s to %s", from, location, next);
    redirected_release(&redirected);
}

Test(redirects, resolve_what_the_location_says)
{
    expect_led("/redirect/301", "there", "/redirect/there");
    expect_led("/redirect/301", "/a b", "/a%20b");
    expect_led("/redirect/301", "../up#part", "/up");
    expect_led("/redirect/301", "/\xc3\xa9", "/%c3%a9");
}

Test(redirects, lead_nowhere_without_a_location)
{
    static const char *const locations[] = {"", " \t "};

    for (size_t i = 0; i < sizeof locations / sizeof locations[0]; i++) {
        struct redirected redirected;
        redirected_init(&redirected, NULL);
        listener_redirect_to(redirected.sending.listener, locations[i]);
        redirected_send(&redirected, "/redirect/302\n");
        cr_expect_eq(records_at(redirected.records, 0)->response_code, 302);
        cr_expect_null(listener_request(redirected.sending.listener, 1));
        redirected_release(&redirected);
    }
    expect_led("/redirect/302", "\r\nLocation: /there", "/there");
}

/* RFC 3986, 5.4, but for what names another server or scheme; its base is http://a/b/c/d;p?q. */
Test(redirects, resolve_the_examples_of_rfc_3986, .timeout = 30)
{
    static const char *const examples[][2] = {{"g", "/redirect/302/g"}, {"./g", "/redirect/302/g"},
        {"g/", "/redirect/302/g/"}, {"/g", "/g"}, {"?y", "/redirect/302/d;p?y"}, {"g?y", "/redirect/302/g?y"},
        {"#s", "/redirect/302/d;p?q"}, {"g#s", "/redirect/302/g"}, {"g?y#s", "/redirect/302/g?y"},
        {";x", "/redirect/302/;x"}, {"g;x", "/redirect/302/g;x"}, {"g;x?y#s", "/redirect/302/g;x?y"},
        {".", "/redirect/302/"}, {"./", "/redirect/302/"}, {"..", "/redirect/"}, {"../", "/redirect/"},
        {"../g", "/redirect/g"}, {"../..", "/"}, {"../../", "/"}, {"../../g", "/g"}, {"../../../g", "/g"},
        {"../../../../g", "/g"}, {"/./g", "/g"}, {"/../g", "/g"}, {"g.", "/redirect/302/g."},
        {".g", "/redirect/302/.g"}, {"g..", "/redirect/302/g.."}, {"..g", "/redirect/302/..g"},
        {"./../g", "/redirect/g"}, {"./g/.", "/redirect/302/g/"}, {"g/./h", "/redirect/302/g/h"},
        {"g/../h", "/redirect/302/h"}, {"g;x=1/./y", "/redirect/302/g;x=1/y"},
        {"g;x=1/../y", "/redirect/302/y"}, {"g?y/./x", "/redirect/302/g?y/./x"},
        {"g?y/../x", "/redirect/302/g?y/../x"}, {"g#s/./x", "/redirect/302/g"},
        {"g#s/../x", "/redirect/302/g"}};

    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        expect_led("/redirect/302/d;p?q", examples[i][0], examples[i][1]);
        expect_led("/redirect/302/d;p?q#fragment", examples[i][0], examples[i][1]);
    }
}

Test(redirects, are_not_followed_to_international_names)
{
    static const char *const locations[] = {"http://b\xc3\xbc"
                                            "cher.example/",
        "//b\xc3\xbc"
        "cher.example/",
        "http://b%C3%BCcher.example/"};

    for (size_t i = 0; i < sizeof locations / sizeof locations[0]; i++) {
        struct redirected redirected;
        redirected_init(&redirected, NULL);
        listener_redirect_to(redirected.sending.listener, locations[i]);
        redirected.records = send_all(&redirected.sending, "/redirect/301\n");
        const struct record *record = records_at(redirected.records, 0);
        const char *error = record_error(redirected.records, record, text_kept);
        cr_expect_not_null(strstr(error, "redirected to a host name that is not ASCII"), "%s", error);
        redirected_release(&redirected);
    }
}

Test(redirects, are_counted_and_limited)
{
    struct redirected redirected;

    redirected_init(&redirected, NULL);
    listener_redirect_to(redirected.sending.listener, "/redirect/302");
    redirected.records = send_all(&redirected.sending, "/redirect/302\n/next\n");
    const struct record *record = records_at(redirected.records, 0);
    cr_expect_eq(record_outcome(record), OUTCOME_TOO_MANY_REDIRECTS);
    cr_expect_str_eq(record_error(redirected.records, record, text_kept), "Maximum (30) redirects followed");
    cr_expect_eq(record->response_code, 302);
    cr_expect_eq(record->connections_opened, 1);
    cr_expect_eq(record->retries, 0);
    cr_expect_eq(listener_request_count(redirected.sending.listener), 1 + 30 + 1);
    cr_expect_eq(record_outcome(records_at(redirected.records, 1)), OUTCOME_OK);
    redirected_release(&redirected);
}

Test(transfer, sends_each_method_whether_it_has_a_body_or_not)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct sending sending;
        char text[256];
        char line[64];
        sending_init(&sending, "", NULL);
        (void)snprintf(text, sizeof text,
            "[[{\"method\": \"%s\", \"url\": \"/m\", \"body\": \"x\"}, {\"method\": \"%s\", \"url\": "
            "\"/m\"}]]",
            methods[i], methods[i]);
        struct records *records = send_all(&sending, text);
        (void)snprintf(line, sizeof line, "%s /m HTTP/1.1\r\n", methods[i]);
        for (uint64_t request = 0; request < 2; request++) {
            expect_first_line(&sending, request, line);
            cr_expect_eq(record_outcome(records_at(records, request)), OUTCOME_OK, "%s", methods[i]);
        }
        sending_release(&sending);
    }
}

Test(transfer, does_not_wait_for_the_body_that_the_answer_to_head_speaks_of)
{
    struct sending sending;

    sending_init(&sending, "", NULL);
    struct records *records = send_all(&sending,
        "[[{\"method\": \"HEAD\", \"url\": \"/m\"}, \"/m\", {\"method\": \"HEAD\", \"url\": \"/m\"}]]");
    for (uint64_t i = 0; i < 3; i++) {
        expect_first_line(&sending, i, i == 1 ? "GET /m HTTP/1.1\r\n" : "HEAD /m HTTP/1.1\r\n");
        cr_expect_eq(record_outcome(records_at(records, i)), OUTCOME_OK);
        cr_expect_eq(records_at(records, i)->bytes_received, 0);
    }
    sending_release(&sending);
}

Test(transfer, does_not_ask_a_proxy_unless_told_so)
{
    struct sending sending;

    (void)setenv("http_proxy", "http://127.0.0.1:9", 1);
    sending_init(&sending, "", NULL);
    struct records *records = send_all(&sending, "/direct\n");
    cr_expect_eq(record_outcome(records_at(records, 0)), OUTCOME_OK);
    expect_first_line(&sending, 0, "GET /direct HTTP/1.1\r\n");
    sending_release(&sending);
}

Test(transfer, tells_a_name_without_an_address_from_a_server_that_is_gone)
{
    struct sending sending;

    sending_init(&sending, "", NULL);
    struct records *records = send_all(&sending, "http://no-such-host.invalid/\nhttp://127.0.0.1:1/\n");
    cr_expect_eq(record_outcome(records_at(records, 0)), OUTCOME_RESOLVE_FAILED, "%s",
        outcome_word(record_outcome(records_at(records, 0))));
    cr_expect_eq(record_outcome(records_at(records, 1)), OUTCOME_CONNECT_FAILED);
    cr_expect_eq(records_at(records, 1)->response_code, 0);
    sending_release(&sending);
}

/* Once the handle has what it needs for itself, as in a trial, no descriptor is left. */
Test(transfer, tells_want_of_descriptors_from_a_server_that_is_gone)
{
    struct sending sending;

    sending_init(&sending, "", NULL);
    struct records *records = send_all(&sending, "http://127.0.0.1:1/\n");
    cr_assert_eq(record_outcome(records_at(records, 0)), OUTCOME_CONNECT_FAILED);
    cr_expect_not_null(
        strstr(record_error(records, records_at(records, 0), text_kept), ": Connection refused"), "%s",
        record_error(records, records_at(records, 0), text_kept));
    sending_release(&sending);

    sending_init(&sending, "", NULL);
    sending.has_no_descriptors = true;
    records = send_all(&sending, "http://127.0.0.1:1/\n");
    cr_expect_eq(record_outcome(records_at(records, 0)), OUTCOME_NO_DESCRIPTOR, "%s",
        outcome_word(record_outcome(records_at(records, 0))));
    cr_expect_not_null(
        strstr(record_error(records, records_at(records, 0), text_kept), ": Too many open files"), "%s",
        record_error(records, records_at(records, 0), text_kept));
    sending_release(&sending);
}

Test(transfer, keeps_libcurls_phases_in_their_order)
{
    struct sending sending;

    sending_init(&sending, "", NULL);
    struct records *records = send_all(&sending, "/one\n/two\n");
    const struct record *first = records_at(records, 0);
    cr_expect_gt(first->connect_us, 0);
    cr_expect_leq(first->namelookup_us, first->connect_us);
    cr_expect_leq(first->connect_us, first->pretransfer_us);
    cr_expect_leq(first->pretransfer_us, first->starttransfer_us);
    cr_expect_eq(first->connections_opened, 1);
    const struct record *second = records_at(records, 1);
    cr_expect_eq(second->connect_us, 0, "a connection was reused");
    cr_expect_leq(second->pretransfer_us, second->starttransfer_us);
    cr_expect_eq(second->connections_opened, 0);
    for (uint64_t i = 0; i < 2; i++) {
        cr_expect_eq(records_at(records, i)->response_code, 200);
        cr_expect_eq(records_at(records, i)->http_version, 11);
        cr_expect_eq(records_at(records, i)->appconnect_us, 0, "no TLS");
        cr_expect_eq(records_at(records, i)->retries, 0);
    }
    sending_release(&sending);
}

Test(transfer, counts_what_libcurl_sent_again_because_a_kept_connection_was_closed)
{
    struct sending sending;

    sending_init(&sending, "", NULL);
    listener_hang_up_on_second(sending.listener);
    struct records *records = send_all(&sending, "/one\n/two\n/three\n");
    for (uint64_t i = 0; i < 3; i++) {
        cr_expect_eq(record_outcome(records_at(records, i)), OUTCOME_OK);
        cr_expect_eq(records_at(records, i)->retries, i == 0 ? 0 : 1, "request %u", (unsigned)i);
    }
    cr_expect_eq(listener_request_count(sending.listener), 3);
    sending_release(&sending);
}

Test(redirects, repeat_what_was_sent_on_and_not_what_was_sent_first)
{
    static const struct {
        const char *request;
        unsigned int risky_retries;
    } cases[] = {{"POST /redirect/303\n", 0}, {"POST /redirect/302\n", 0}, {"POST /redirect/307\n", 1},
        {"PATCH /redirect/301\n", 1}, {"PUT /redirect/308\n", 0}, {"REPORT /redirect/307\n", 0}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct redirected redirected;
        redirected_init(&redirected, NULL);
        listener_hang_up_on_second(redirected.sending.listener);
        listener_redirect_to(redirected.sending.listener, "/there");
        redirected_send(&redirected, cases[i].request);
        const struct record *record = records_at(redirected.records, 0);
        cr_expect_eq(record->retries, 1, "%s", cases[i].request);
        cr_expect_eq(record->risky_retries, cases[i].risky_retries, "%s", cases[i].request);
        redirected_release(&redirected);
    }
}

Test(redirects, that_are_not_followed_are_marked)
{
    struct sending sending;

    sending_init(&sending, "", NULL);
    listener_redirect_to(sending.listener, "/there");
    struct records *records = send_all(&sending, "/redirect/302\n/redirect/304\n/redirect/200\n");
    for (uint64_t i = 0; i < 3; i++)
        cr_expect_eq(records_at(records, i)->leads_elsewhere, i == 0, "request %u", (unsigned)i);
    sending_release(&sending);
}

/* The linker puts this between the lanes and the resolver: of names in "test", those in "dead" have no
 * address, and those in "silent" no answer. Counted in pages that a forked process shares. */
static _Atomic size_t *look_ups;

int __real_getaddrinfo(
    const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **found);
int __wrap_getaddrinfo(
    const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **found);

int __wrap_getaddrinfo(
    const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **found)
{
    if (look_ups)
        atomic_fetch_add(look_ups, 1);
    while (strstr(host, "silent"))
        (void)pause();
    if (!strstr(host, ".test"))
        return __real_getaddrinfo(host, port, hints, found);
    return strstr(host, "dead") ? EAI_NONAME : __real_getaddrinfo("127.0.0.1", port, hints, found);
}

static void count_look_ups(void)
{
    look_ups = mmap(NULL, sizeof *look_ups, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq((void *)look_ups, MAP_FAILED);
}

Test(names, are_looked_up_once_each_whatever_their_port_user_and_case)
{
    struct sending sending;
    struct buffer text = {0};

    for (int i = 0; i < 100; i++)
        buffer_printf(&text,
            "http://dead.test/\nhttp://alive.test:1/\nhttp://dead.test:%d/\nhttp://u@DEAD.test/\n"
            "http://127.0.0.1:1/\nhttp://[::1]:1/\nhttp://localhost:1/\n",
            2000 + i);
    buffer_append(&text, "", 1);
    count_look_ups();
    sending_init(&sending, "", NULL);
    struct records *records = send_all(&sending, text.bytes);
    cr_expect_eq(atomic_load(look_ups), 3, "%zu look-ups", atomic_load(look_ups));
    for (uint64_t i = 0; i < 700; i++) {
        bool is_dead = i % 7 == 0 || i % 7 == 2 || i % 7 == 3;
        enum outcome outcome = record_outcome(records_at(records, i));
        cr_expect_eq(outcome, is_dead ? OUTCOME_RESOLVE_FAILED : OUTCOME_CONNECT_FAILED, "request %u: %s",
            (unsigned)i, outcome_word(outcome));
        if (is_dead) {
            cr_expect_eq(records_at(records, i)->curl_code, CURLE_COULDNT_RESOLVE_HOST);
            cr_expect_str_eq(record_error(records, records_at(records, i), text_kept),
                "Could not resolve host: dead.test");
        }
    }
    sending_release(&sending);
    buffer_release(&text);
}

Test(names, without_an_address_fail_behind_redirects_too)
{
    struct redirected redirected;

    count_look_ups();
    redirected_init(&redirected, NULL);
    listener_redirect_to(redirected.sending.listener, "http://DEAD.test:81/there");
    struct records *records =
        send_all(&redirected.sending, "[[\"/redirect/302\", \"/never\"], [\"http://dead.test/\"]]");
    listener_finish(redirected.other);
    cr_expect_eq(record_outcome(records_at(records, 0)), OUTCOME_RESOLVE_FAILED);
    cr_expect_eq(record_outcome(records_at(records, 1)), OUTCOME_SKIPPED);
    cr_expect_eq(record_outcome(records_at(records, 2)), OUTCOME_RESOLVE_FAILED);
    cr_expect_eq(atomic_load(look_ups), 1);
    redirected_release(&redirected);
}

Test(names, that_were_looked_up_in_vain_are_found_again_whatever_their_case)
{
    struct lost_names lost;

    lost_names_init(&lost);
    cr_expect_null(lost_names_find(&lost, "dead.test"));
    lost_names_add(&lost, "dead.test", "first");
    lost_names_add(&lost, "DEAD.test", "second");
    cr_expect_str_eq(lost_names_find(&lost, "Dead.test"), "first");
    cr_expect_null(lost_names_find(&lost, "alive.test"));
    lost_names_release(&lost);
}

Test(names, behind_a_proxy_are_the_proxys_to_look_up)
{
    static const struct {
        const char *proxy; /* with the listener's port behind it */
        size_t look_ups;
        enum outcome outcome;
    } cases[] = {
        {"http://proxy.test", 1, OUTCOME_OK},
        {"127.0.0.1", 0, OUTCOME_OK},
        {"socks5://127.0.0.1", 1, OUTCOME_RESOLVE_FAILED},
        {"socks5h://dead.test", 1, OUTCOME_RESOLVE_FAILED},
        {"environment", 2, OUTCOME_OK},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sending sending;
        char proxy[128];
        count_look_ups();
        sending_init(&sending, "", NULL);
        bool is_of_environment = strcmp(cases[i].proxy, "environment") == 0;
        (void)snprintf(proxy, sizeof proxy, "%s%s", is_of_environment ? "http://proxy.test" : cases[i].proxy,
            strrchr(listener_base_url(sending.listener), ':'));
        (void)setenv("http_proxy", proxy, 1);
        (void)setenv("no_proxy", "direct.test", 1);
        sending.settings.proxy = is_of_environment ? PROXY_OF_ENVIRONMENT : proxy;
        struct records *records = send_all(&sending,
            is_of_environment ? "http://dead.test/a\nhttp://direct.test:1/b\n" : "http://dead.test/a\n");
        enum outcome outcome = record_outcome(records_at(records, 0));
        cr_expect_eq(outcome, cases[i].outcome, "%s: %s", cases[i].proxy, outcome_word(outcome));
        cr_expect_eq(atomic_load(look_ups), cases[i].look_ups, "%s: %zu look-ups", cases[i].proxy,
            atomic_load(look_ups));
        if (outcome == OUTCOME_OK)
            expect_first_line(&sending, 0, "GET http://dead.test/a HTTP/1.1\r\n");
        sending_release(&sending);
    }
}

/* In /proc/self/task; and children, that are ended or not. */
static size_t count_threads(void)
{
    DIR *stream = opendir("/proc/self/task");
    size_t count = 0;

    cr_assert_not_null(stream);
    for (const struct dirent *entry; (entry = readdir(stream));)
        count += entry->d_name[0] != '.';
    (void)closedir(stream);
    return count;
}

Test(look_ups, end_in_time_and_leave_nothing_behind, .timeout = 20)
{
    struct lookup names[200] = {{0}};
    char hosts[200][32];
    struct failure failure;
    size_t threads = count_threads();

    for (size_t i = 0; i < 200; i++) {
        const char *kind = i % 20 == 3 ? "silent" : i % 2 == 0 ? "alive" : "dead";
        (void)snprintf(hosts[i], sizeof hosts[i], "%s%zu.test", kind, i);
        names[i].host = hosts[i];
    }
    uint64_t before_ns = clock_monotonic_ns();
    cr_assert_eq(lookup_all(names, 200, 2 * NS_PER_S, &failure), 0);
    cr_expect_leq(clock_monotonic_ns() - before_ns, 10 * NS_PER_S);
    for (size_t i = 0; i < 200; i++) {
        cr_expect_eq(names[i].has_answer, i % 20 != 3, "%s", hosts[i]);
        cr_expect_eq(names[i].addresses != NULL, i % 2 == 0, "%s", hosts[i]);
        if (names[i].addresses)
            cr_expect_str_eq(names[i].addresses, "127.0.0.1");
        lookup_release(&names[i]);
    }
    cr_expect_eq(count_threads(), threads);
    cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1, "a process is left");
    cr_expect_eq(errno, ECHILD);
}

/* What libcurl says of a transfer over HTTP/2 or HTTP/1.1, and what it is called. */
Test(outcome, of_http_2_tells_what_was_lost_from_what_was_wrong)
{
    static const struct {
        CURLcode code;
        const char *text;
        enum outcome outcome;
    } cases[] = {
        {CURLE_HTTP2_STREAM, "HTTP/2 stream 5 was not closed cleanly: INTERNAL_ERROR (err 2)",
            OUTCOME_CONNECTION_LOST},
        {CURLE_HTTP2_STREAM, "HTTP/2 stream 5 was not closed cleanly: CANCEL (err 8)",
            OUTCOME_CONNECTION_LOST},
        {CURLE_HTTP2_STREAM, "HTTP/2 stream 5 was not closed cleanly: NO_ERROR (err 0)",
            OUTCOME_CONNECTION_LOST},
        {CURLE_HTTP2_STREAM, "HTTP/2 stream 5 was not closed cleanly: REFUSED_STREAM (err 7)",
            OUTCOME_CONNECTION_LOST},
        {CURLE_HTTP2_STREAM, "HTTP/2 stream 5 was not closed cleanly: ENHANCE_YOUR_CALM (err 11)",
            OUTCOME_CONNECTION_LOST},
        {CURLE_HTTP2_STREAM, "HTTP/2 stream 5 was not closed cleanly: PROTOCOL_ERROR (err 1)",
            OUTCOME_BAD_RESPONSE},
        {CURLE_HTTP2_STREAM, "HTTP/2 stream 5 was not closed cleanly: FLOW_CONTROL_ERROR (err 3)",
            OUTCOME_BAD_RESPONSE},
        {CURLE_HTTP2_STREAM, "Invalid HTTP header field was received: frame type: 1, stream: 5, name: [A?B]",
            OUTCOME_BAD_RESPONSE},
        {CURLE_HTTP2_STREAM,
            "HTTP/2 stream 5 was closed cleanly, but before getting all response header fields, treated as "
            "error",
            OUTCOME_BAD_RESPONSE},
        {CURLE_HTTP2_STREAM, "", OUTCOME_CONNECTION_LOST},
        {CURLE_HTTP2, "", OUTCOME_CONNECTION_LOST},
        {CURLE_HTTP2, "Error in the HTTP2 framing layer", OUTCOME_CONNECTION_LOST},
        {CURLE_HTTP2, "nghttp2 shuts down connection with error 9: COMPRESSION_ERROR", OUTCOME_BAD_RESPONSE},
        {CURLE_HTTP2,
            "Remote peer returned unexpected data while we expected SETTINGS frame.  Perhaps, peer does "
            "not support HTTP/2 properly.",
            OUTCOME_BAD_RESPONSE},
        {CURLE_RECV_ERROR, "Connection died, tried 5 times before giving up", OUTCOME_CONNECTION_LOST},
        {CURLE_RECV_ERROR, "Send failure: Broken pipe", OUTCOME_CONNECTION_LOST},
        {CURLE_RECV_ERROR, "OpenSSL SSL_write: SSL_ERROR_SYSCALL, errno 0", OUTCOME_CONNECTION_LOST},
        {CURLE_RECV_ERROR, "Failed receiving HTTP2 data: 56(Failure when receiving data from the peer)",
            OUTCOME_CONNECTION_LOST},
        {CURLE_RECV_ERROR, "Invalid Content-Length: value", OUTCOME_BAD_RESPONSE},
        {CURLE_HTTP2, "Send failure: Broken pipe", OUTCOME_CONNECTION_LOST},
        {CURLE_HTTP2_STREAM, "OpenSSL SSL_read: SSL_ERROR_SYSCALL, errno 0", OUTCOME_CONNECTION_LOST},
        {CURLE_PARTIAL_FILE, "HTTP/2 stream 7 was not closed cleanly before end of the underlying stream",
            OUTCOME_CONNECTION_LOST},
        {CURLE_SEND_ERROR, "Send failure: Broken pipe", OUTCOME_CONNECTION_LOST},
        {CURLE_OPERATION_TIMEDOUT, "Operation timed out after 1000 milliseconds", OUTCOME_TIMED_OUT},
    };
    const struct prepared_request request = {.method = "GET"};
    CURL *handle = curl_easy_init();

    cr_assert_not_null(handle);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct record record = {.lane = 0};
        struct lane lane = {.handle = handle, .record = &record, .request = &request};
        (void)snprintf(lane.error, sizeof lane.error, "%s", cases[i].text);
        enum outcome outcome = outcome_of_transfer(&lane, cases[i].code, false);
        cr_expect_eq(outcome, cases[i].outcome, "'%s' is '%s'", cases[i].text, outcome_word(outcome));
    }
    curl_easy_cleanup(handle);
}

Test(outcome, counts_the_handshakes_of_all_transfers_unless_nobody_does)
{
    const struct prepared_request request = {.method = "GET"};
    struct record record = {.handshakes_full = 1};
    struct lane lane = {.handle = curl_easy_init(), .record = &record, .request = &request};

    lane.handshakes = (struct handshakes){.full = 1, .resumed = 2};
    (void)outcome_of_transfer(&lane, CURLE_OK, false);
    cr_expect_eq(record.handshakes_full, 2);
    cr_expect_eq(record.handshakes_resumed, 2);
    lane.handshakes.are_unknown = true;
    (void)outcome_of_transfer(&lane, CURLE_OK, false);
    cr_expect_eq(record.handshakes_full, RECORD_UNKNOWN);
    cr_expect_eq(record.handshakes_resumed, RECORD_UNKNOWN);
    curl_easy_cleanup(lane.handle);
}

/* What http_check says of these settings and URLs; NULL: nothing. */
static void expect_http(const struct settings *settings, const char *urls,
    const curl_version_info_data *libcurl, const char *complaint)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(workload_parse(urls, strlen(urls), "test", &memory, &failure), 0, "%s", failure.message);
    int result = http_check(settings, memory.bytes, libcurl, &failure);
    if (!complaint) {
        cr_expect_eq(result, 0, "%s: %s", urls, failure.message);
    } else {
        cr_expect_eq(result, -1, "%s", urls);
        cr_expect_eq(failure.code, FAILURE_USAGE);
        cr_expect_not_null(strstr(failure.message, complaint), "%s", failure.message);
        cr_expect_not_null(strstr(failure.message, libcurl->version), "%s", failure.message);
    }
    shared_memory_release(&memory);
}

Test(http, that_libcurl_can_not_do_is_refused_with_version_and_reason)
{
    const curl_version_info_data old = {
        .version = "7.88.1", .version_num = 0x075801, .features = CURL_VERSION_HTTP2};
    const curl_version_info_data new = {
        .version = "8.0.0", .version_num = 0x080000, .features = CURL_VERSION_HTTP2};
    const curl_version_info_data without = {.version = "8.14.1", .version_num = 0x080e01};
    struct settings settings = {.http = HTTP_1_1};

    expect_http(&settings, "/a\nhttp://127.0.0.1:1/\n", &without, NULL);
    settings.http = HTTP_2;
    expect_http(&settings, "https://127.0.0.1:1/\n", &without, "built without HTTP/2");
    expect_http(&settings, "https://127.0.0.1:1/\n", &old, NULL);
    expect_http(
        &settings, "https://127.0.0.1:1/\nHTTP://u:secret@127.0.0.1:2/x\n", &old, "127.0.0.1:2/x' has none");
    expect_http(&settings, "https://127.0.0.1:1/\nhttp://127.0.0.1:2/x\n", &new, NULL);
    expect_http(&settings, "/a\n", &old, "'/a' has none");
    settings.base_url = "http://127.0.0.1:1";
    expect_http(&settings, "/a\n", &old, "without TLS is broken");
    expect_http(&settings, "/a\n", &old, "libcurl 8.0.0 or later");
    settings.base_url = "https://127.0.0.1:1";
    expect_http(&settings, "/a\n", &old, NULL);
}

Test(http, version_2_is_asked_for_by_alpn_and_known_beforehand_only_without_tls)
{
    struct settings settings = {.http = HTTP_1_1, .streams = 100};

    cr_expect_eq(http_version_for(&settings, "https://127.0.0.1/"), CURL_HTTP_VERSION_1_1);
    cr_expect_eq(http_streams(&settings), 1);
    settings.http = HTTP_2;
    cr_expect_eq(http_version_for(&settings, "https://127.0.0.1/"), CURL_HTTP_VERSION_2TLS);
    cr_expect_eq(http_version_for(&settings, "Http://127.0.0.1/"), CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
    cr_expect_eq(http_version_elsewhere(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE), CURL_HTTP_VERSION_2TLS);
    cr_expect_eq(http_version_elsewhere(CURL_HTTP_VERSION_1_1), CURL_HTTP_VERSION_1_1);
    cr_expect_eq(http_streams(&settings), 100);
    settings.no_reuse = true;
    cr_expect_eq(http_streams(&settings), 1);
}

/* A file in memory that begins with "own\n", as an authority that others are appended to. */
static int own_authority(void)
{
    int fd = memfd_create("authority", 0);

    cr_assert_eq(write(fd, "own\n", 4), 4);
    return fd;
}

/* Is what is in `fd` "own\n" and then the file? */
static void expect_own_and(int fd, const char *path)
{
    FILE *file = fopen(path, "rb");
    FILE *all = fdopen(fd, "rb");
    int wanted = 0;

    cr_assert(file && all);
    rewind(all);
    for (const char *own = "own\n"; *own; own++)
        cr_assert_eq(fgetc(all), *own);
    do {
        wanted = fgetc(file);
        cr_assert_eq(fgetc(all), wanted);
    } while (wanted != EOF);
    (void)fclose(file);
    (void)fclose(all);
}

Test(trust, of_the_embedded_origin_comes_on_top_of_the_file_that_is_named)
{
    struct failure failure = {.code = FAILURE_NONE};
    int fd = own_authority();

    cr_assert_eq(trust_append_known(fd, "/proc/self/cmdline", &failure), 0, "%s", failure.message);
    expect_own_and(fd, "/proc/self/cmdline");
}

Test(trust, of_the_embedded_origin_comes_on_top_of_the_bundle_of_libcurl)
{
    struct failure failure = {.code = FAILURE_NONE};
    CURL *handle = curl_easy_init();
    char *bundle = NULL;
    int fd = own_authority();

    (void)curl_easy_getinfo(handle, CURLINFO_CAINFO, &bundle);
    cr_assert_eq(trust_append_known(fd, NULL, &failure), 0, "%s", failure.message);
    expect_own_and(fd, bundle && access(bundle, R_OK) == 0 ? bundle : "/dev/null");
    curl_easy_cleanup(handle);
}

Test(trust, names_the_file_that_it_can_not_copy)
{
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(trust_append_known(own_authority(), "/no/such.pem", &failure), -1);
    cr_expect_not_null(strstr(failure.message, "/no/such.pem"), "%s", failure.message);
}
