/* The text form of a workload: one "[METHOD] URL" a line. */
#include "workload_parsing.h"

static bool url_is_that_before(const struct workload *workload, uint64_t request)
{
    return strcmp(url_of(workload, request), url_of(workload, request - 1)) == 0;
}

Test(workload_text, takes_a_url_or_a_method_and_a_url_a_line)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    const struct workload *workload =
        parse_good("/get\nPOST http://example.com/post\n\tDELETE   HTTPS://[::1]:8080/x?y#z  ", &memory);

    cr_assert_eq(workload->batch_count, 3);
    cr_assert_eq(workload->request_count, 3);
    cr_assert_eq(workload->path_count, 1);
    cr_expect_str_eq(method_of(workload, 0), "GET");
    cr_expect_str_eq(url_of(workload, 0), "/get");
    cr_expect_str_eq(method_of(workload, 1), "POST");
    cr_expect_str_eq(url_of(workload, 1), "http://example.com/post");
    cr_expect_str_eq(method_of(workload, 2), "DELETE");
    cr_expect_str_eq(url_of(workload, 2), "HTTPS://[::1]:8080/x?y#z");
    cr_expect_str_eq(workload_text(workload, workload->name), "input");
    for (uint64_t i = 0; i < 3; i++) {
        cr_expect_eq(workload_batch(workload, i)->first_request, i);
        cr_expect_eq(workload_batch(workload, i)->request_count, 1);
        cr_expect_eq(workload_batch(workload, i)->name, 0);
        cr_expect_null(body_of(workload, i));
        cr_expect_eq(workload_request(workload, i)->expected_status, 0);
    }
    shared_memory_release(&memory);
}

Test(workload_text, leaves_out_comments_blank_lines_and_a_byte_order_mark)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    const struct workload *workload = parse_good(
        "\xef\xbb\xbf# first\r\n\r\n/a#b # a fragment is no comment\r\n  # indented\n\nPUT /c\t#d", &memory);

    cr_assert_eq(workload->request_count, 2);
    cr_expect_str_eq(url_of(workload, 0), "/a#b");
    cr_expect_str_eq(method_of(workload, 1), "PUT");
    cr_expect_str_eq(url_of(workload, 1), "/c");
    shared_memory_release(&memory);
}

Test(workload_text, keeps_a_repeated_text_once)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    const struct workload *workload = parse_good("/a\n/b\n/a\n", &memory);

    cr_expect_eq(workload_request(workload, 0)->url, workload_request(workload, 2)->url);
    cr_expect_neq(workload_request(workload, 0)->url, workload_request(workload, 1)->url);
    cr_expect_eq(workload_request(workload, 0)->method, workload_request(workload, 1)->method);
    shared_memory_release(&memory);
}

Test(workload_text, repeats_a_line_by_its_count)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    const struct workload *workload =
        parse_good("/a *3\nPOST http://h/b  *2 # twice\r\n/c *1\n/d*4\n/e\t*007", &memory);
    static const char *const urls[] = {"/a", "/a", "/a", "http://h/b", "http://h/b", "/c", "/d*4", "/e"};

    cr_assert_eq(workload->batch_count, 14);
    cr_assert_eq(workload->request_count, 14);
    cr_expect_eq(workload->path_count, 12);
    for (uint64_t i = 0; i < 14; i++) {
        cr_expect_str_eq(url_of(workload, i), urls[i < 7 ? i : 7]);
        cr_expect_str_eq(method_of(workload, i), i == 3 || i == 4 ? "POST" : "GET");
        cr_expect_eq(workload_batch(workload, i)->first_request, i);
        cr_expect_eq(workload_batch(workload, i)->request_count, 1);
        cr_expect_eq(workload_batch_is_copy(workload, i), i > 0 && url_is_that_before(workload, i));
    }
    shared_memory_release(&memory);
}

Test(workload_text, refuses_bad_counts_with_line_and_column)
{
    static const struct refusal refusals[] = {
        {"/a\n/b *0", "in:2:4: repeat count '*0' is not a whole number from 1 to 1000000; write one right "
                      "after the '*', such as *100"},
        {"/a *", "in:1:4: repeat count '*' is not a whole number"},
        {"GET /a * 3", "in:1:8: repeat count '*' is not a whole number"},
        {"/a *x", "in:1:4: repeat count '*x' is not a whole number"},
        {"/a *-1", "in:1:4: repeat count '*-1' is not"},
        {"/a *+1", "in:1:4: repeat count '*+1' is not"},
        {"/a *1.5", "in:1:4: repeat count '*1.5' is not"},
        {"/a **2", "in:1:4: repeat count '**2' is not"},
        {"/a *2#comment", "in:1:4: repeat count '*2#comment' is not"},
        {"/a *1000001", "in:1:4: repeat count '*1000001' makes more than 1000000 requests"},
        {"/a *18446744073709551617", "in:1:4: repeat count '*18446744073709551617' makes more than 1000000"},
        {"/a *18446744073709551616x", "in:1:4: repeat count '*18446744073709551616x' is not"},
        {"*3", "in:1:1: repeat count '*3' has no URL before it; write it at the end of a line"},
        {"/a\n *3 /b", "in:2:2: repeat count '*3' has no URL before it"},
        {"GET *3", "in:1:1: method 'GET' has no URL after it"},
        {"example.com *3", "in:1:1: URL 'example.com' has no scheme"},
        {"/a *3 *4", "in:1:7: word '*4' comes after the URL"},
        {"/a *3 /b", "in:1:7: word '/b' comes after the URL"},
        {"/a 3",
            "in:1:4: word '3' comes after the URL; write one URL per line, '*' and a number to repeat it"},
    };

    refuse_all(refusals, sizeof refusals / sizeof *refusals);
}

Test(workload_text, limits_what_counts_can_make)
{
    static const struct refusal refusals[] = {
        {"/a *600000\n/b *400001",
            "in:2:4: repeat count '*400001' makes more than 1000000 requests, the most "
            "that a workload with repeat counts can have; lower a count, and repeat "
            "the whole workload with --requests"},
        {"/a\n/b *1000000", "in:2:4: repeat count '*1000000' makes more than"},
        {"/a *1000000\n/b *1", "in:2:4: repeat count '*1' makes more than"},
        {"/a *1000000\nGET /b", "in:2:5: URL '/b' makes more than 1000000 requests"},
    };
    struct shared_memory memory = SHARED_MEMORY_NONE;

    refuse_all(refusals, sizeof refusals / sizeof *refusals);
    cr_expect_eq(parse_good("/a *600000\n/b *400000", &memory)->request_count, 1000000);
    shared_memory_release(&memory);
}

Test(workload_text, has_no_limit_for_lines_that_are_written_out)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct buffer text = {0};

    for (int i = 0; i < 1000001; i++)
        buffer_append_text(&text, "/a\n");
    buffer_append(&text, "", 1);
    cr_expect_eq(parse_good(text.bytes, &memory)->request_count, 1000001);
    shared_memory_release(&memory);
    text.size--;
    buffer_append(&text, "/b *2", 6);
    refuse_bytes(text.bytes, text.size - 1, "in:1000002:4: repeat count '*2' makes more than 1000000");
    buffer_release(&text);
}

/* The longest URL as often as possible: the sanitizers and a test's time limit watch. */
Test(workload_text, copies_no_text_for_a_count)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct buffer text = {0};

    for (int i = 0; i < 65535; i++)
        buffer_append_text(&text, "/");
    buffer_append(&text, " *1000000", 10);
    const struct workload *workload = parse_good(text.bytes, &memory);
    cr_expect_eq(workload->batch_count, 1000000);
    cr_expect_eq(workload_request(workload, 0)->url, workload_request(workload, 999999)->url);
    cr_expect_lt(memory.size, 80000000);
    shared_memory_release(&memory);
    buffer_release(&text);
}

Test(workload_text, takes_methods_that_are_not_well_known)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    const struct workload *workload =
        parse_good("X-PURGE_2 /a\nABCDEFGHIJKLMNOPQRSTUVWXYZ012345 /b", &memory);

    cr_expect_str_eq(method_of(workload, 0), "X-PURGE_2");
    cr_expect_str_eq(method_of(workload, 1), "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345");
    shared_memory_release(&memory);
}

Test(workload_text, refuses_bad_lines_with_line_and_column)
{
    static const struct refusal refusals[] = {
        {"", "in:1:1: the workload has no request"},
        {"# nothing\n\n", "in:3:1: the workload has no request"},
        {"/a\n  get /b", "in:2:3: method 'get' is not in upper case; write it in capitals"},
        {"/a\n\nFo/o /b", "in:3:1: method 'Fo/o' is not a method"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456 /b",
            "in:1:1: method 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456' is longer"},
        {"/a\nPOST", "in:2:1: method 'POST' has no URL after it"},
        {"post # later", "in:1:1: method 'post' has no URL after it"},
        {"/a /b", "in:1:4: word '/b' comes after the URL; write one URL per line"},
        {"GET /a b", "in:1:8: word 'b' comes after the URL"},
        {"\xc3\xa9t\xc3\xa9 /b", "in:1:1: method '\xc3\xa9t\xc3\xa9' is not a method"},
        {"GET \xc3\xa9\xc3\xa9 b", "in:1:5: URL '\xc3\xa9\xc3\xa9' has no scheme"},
        {"GET /\xc3\xa9\xc3\xa9 b", "in:1:9: word 'b'"},
        {"/a\r\n/b\r\nexample.com\r\n", "in:3:1: URL 'example.com' has no scheme"},
    };

    refuse_all(refusals, sizeof refusals / sizeof *refusals);
}

Test(workload_text, refuses_bad_urls_with_line_and_column)
{
    static const struct refusal refusals[] = {
        {"ftp://example.com/", "in:1:1: URL 'ftp://example.com/' has a scheme other than http and https"},
        {"file:///etc/passwd", "in:1:1: URL 'file:///etc/passwd' has a scheme other"},
        {"http:/example.com", "in:1:1: URL 'http:/example.com' has no scheme"},
        {"http://", "in:1:1: URL 'http://' has a bad host name"},
        {"http:///path", "in:1:1: URL 'http:///path' has a bad host name"},
        {"http://?x", "in:1:1: URL 'http://?x' has a bad host name"},
        {"http://:80/", "in:1:1: URL 'http://:80/' has a bad host name"},
        {"http://h:0/", "in:1:1: URL 'http://h:0/' has a bad port number"},
        {"http://h:65536/", "in:1:1: URL 'http://h:65536/' has a bad port number; use 1 to 65535"},
        {"http://h:123456789/", "in:1:1: URL 'http://h:123456789/' has a bad port number"},
        {"http://h:8o/", "in:1:1: URL 'http://h:8o/' has a bad port number"},
        {"http://[::1", "in:1:1: URL 'http://[::1' has a bad IPv6 address"},
        {"http://a b/", "in:1:10: word 'b/' comes after the URL"},
        {"http://a{b}/", "in:1:1: URL 'http://a{b}/' has a bad host name"},
        {"/a\x01", "in:1:1: URL '/a?' contains a control character"},
        {"/a\rb", "in:1:4: word 'b' comes after"},
        {"/\xff", "is not UTF-8; percent-encode its bytes"},
        {"/\xc0\xaf", "is not UTF-8"},
        {"/\xed\xa0\x80", "is not UTF-8"},
        {"/\xf4\x90\x80\x80", "is not UTF-8"},
        {"/\xe2\x82", "is not UTF-8"},
    };

    refuse_all(refusals, sizeof refusals / sizeof *refusals);
    refuse_bytes("/a\0b", 4, "in:1:3: a NUL byte: a workload is text; remove it");
}

Test(workload_text, accepts_every_port_and_host_that_libcurl_takes)
{
    static const char *const urls[] = {"http://h:1", "http://h:65535/", "http://127.0.0.1?x",
        "http://h:", "http://h:/", "https://user:secret@h/", "http://[fe80::1%25eth0]/",
        "http://xn--lzg.example/\xe2\x82\xac", "http://under_score/", "//double", "/"};

    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct shared_memory memory = SHARED_MEMORY_NONE;
        cr_expect_str_eq(url_of(parse_good(urls[i], &memory), 0), urls[i]);
        shared_memory_release(&memory);
    }
}

Test(workload_text, refuses_international_names_and_gives_the_form_that_dns_has)
{
    static const char *const lines[][2] = {
        {"http://b\xc3\xbc"
         "cher.example/x",
            "in:1:1: URL 'http://b\xc3\xbc"
            "cher.example/x' has a host name that is not ASCII; write it as 'xn--bcher-kva.example'"},
        {"/a\nPUT https://me@B%C3%9Ccher.example:1/", "write it as 'xn--bcher-kva.example'"},
        {"http://\xe4\xbe\x8b.\xe4\xbe\x8b/", "write it as 'xn--fsq.xn--fsq'"},
        {"http://a\xe2\x98\xba\xcc\x88./", "has a host name that is not ASCII; write it "},
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct shared_memory memory = SHARED_MEMORY_NONE;
        struct failure failure = {.code = FAILURE_NONE};
        cr_assert_eq(workload_parse(lines[i][0], strlen(lines[i][0]), "in", &memory, &failure), -1);
        cr_expect_eq(failure.code, FAILURE_USAGE);
        cr_expect_not_null(strstr(failure.message, lines[i][1]), "%s", failure.message);
    }
}

Test(workload_text, refuses_what_can_not_be_seen_or_is_a_space_only_to_the_eye)
{
    static const char *const lines[][2] = {
        {"GET\xc2\xa0/get", "in:1:4: 'GET\xc2\xa0/get' contains U+00A0"},
        {"/get\n/get\xc2\xa0# remark", "in:2:5: '/get\xc2\xa0#' contains U+00A0"},
        {"/get \xc2\xa0*5", "in:1:6: '\xc2\xa0*5' contains U+00A0"},
        {"/get *5\xe2\x80\x8b", "in:1:8: '*5\xe2\x80\x8b' contains U+200B"},
        {"\n\xe3\x80\x80\n", "in:2:1: '\xe3\x80\x80' contains U+3000"},
        {"http://h\xef\xbb\xbf/", "contains U+FEFF"},
        {"http://h/\xc2\x85", "contains U+0085"},
        {"/\xcd\x8f", "contains U+034F"},
        {"/\xd8\x9c", "contains U+061C"},
        {"/\xe1\x85\x9f", "contains U+115F"},
        {"/\xe1\x85\xa0", "contains U+1160"},
        {"/\xe1\x9e\xb4", "contains U+17B4"},
        {"/\xe1\x9e\xb5", "contains U+17B5"},
        {"/\xe1\xa0\x8b", "contains U+180B"},
        {"/\xe1\xa0\x8f", "contains U+180F"},
        {"/\xef\xbf\xb0", "contains U+FFF0"},
        {"/\xf0\x9b\xb2\xa0", "contains U+1BCA0"},
        {"/\xf0\x9b\xb2\xa3", "contains U+1BCA3"},
        {"/\xf0\x9d\x85\xb3", "contains U+1D173"},
        {"/\xf0\x9d\x85\xba", "contains U+1D17A"},
        {"/\xf3\xa0\x80\x80", "contains U+E0000"},
        {"/\xf3\xa0\x80\xa0", "contains U+E0020"},
        {"/\xf3\xa0\xbf\xbf", "contains U+E0FFF"},
        {"/\xe2\x80\xa8",
            "contains U+2028, which looks like a space or like nothing; remove it, put a space in its "
            "place, or write it as %E2%80%A8"},
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        refuse_bytes(lines[i][0], strlen(lines[i][0]), lines[i][1]);
}

Test(workload_text, takes_such_characters_in_remarks_and_others_in_paths)
{
    static const char *const texts[] = {"/get # a\xc2\xa0remark", "/\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
        "/\xe2\x9d\xa4\xef\xb8\x8f", "/\xe2\x80\x8d", "\xef\xbb\xbf/get", "/%C2%A0"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct shared_memory memory = SHARED_MEMORY_NONE;
        cr_expect_eq(parse_good(texts[i], &memory)->request_count, 1);
        shared_memory_release(&memory);
    }
}

Test(workload_text, refuses_a_method_that_ends_the_requests_of_a_connection)
{
    static const char text[] = "/get\nCONNECT /get";

    refuse_bytes(text, strlen(text), "in:2:1: method 'CONNECT' would make the connection a tunnel");
}

Test(workload_text, tells_what_a_proxy_is)
{
    static const char *const good[] = {"http://h:3128", "h", "user:word@h:1", "socks5h://h"};
    static const char *const bad[] = {
        "http://\xc3\xa9.example:1", "\xc3\xa9.example", "socks5h://\xc3\xa9.example"};
    struct failure failure;

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_expect_eq(workload_check_proxy(good[i], &failure), 0, "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(workload_check_proxy(bad[i], &failure), -1, "%s", bad[i]);
        cr_expect_eq(failure.code, FAILURE_USAGE);
        cr_expect_not_null(strstr(failure.message, "write it as 'xn--9ca.example'"), "%s", failure.message);
    }
}

Test(workload_text, limits_the_size_of_a_url)
{
    static char url[65537];
    struct shared_memory memory = SHARED_MEMORY_NONE;

    memset(url, '/', 65536);
    refuse_bytes(url, 65536, "is longer than 65535 bytes");
    url[65535] = '\0';
    cr_expect_eq(strlen(url_of(parse_good(url, &memory), 0)), 65535);
    shared_memory_release(&memory);
}

Test(workload_text, never_shows_a_password_in_a_message)
{
    static const char *const lines[] = {"http://me:hunter2@h:99999/", "ftp://me:hunter2@h/", "me:hunter2@h",
        "http://me:hun/ter2@h/", "https://me:hunter2@[::1/", "http://a http://me:hunter2@h/"};

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct shared_memory memory = SHARED_MEMORY_NONE;
        struct failure failure;
        cr_assert_eq(workload_parse(lines[i], strlen(lines[i]), "in", &memory, &failure), -1);
        cr_expect_null(strstr(failure.message, "hun"), "%s", failure.message);
        cr_expect_not_null(strstr(failure.message, "REDACTED@"), "%s", failure.message);
    }
}

Test(workload_text, takes_the_urls_of_a_command_line)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};
    const char *const good[] = {"/get", "http://example.com"};
    const char *const bad[] = {"/get", "http://example.com:x"};

    cr_assert_eq(workload_from_urls(good, 2, &memory, &failure), 0);
    const struct workload *workload = memory.bytes;
    cr_expect_eq(workload->batch_count, 2);
    cr_expect_eq(workload->path_count, 1);
    cr_expect_str_eq(workload_text(workload, workload->name), "command line");
    shared_memory_release(&memory);

    cr_assert_eq(workload_from_urls(bad, 2, &memory, &failure), -1);
    cr_expect_eq(failure.code, FAILURE_USAGE);
    cr_expect_str_eq(failure.message, "URL 'http://example.com:x' has a bad port number; use 1 to 65535");
    cr_expect_eq(workload_from_urls(bad, 0, &memory, &failure), -1);
}

Test(workload_text, in_another_encoding_is_told_as_such)
{
    refuse_bytes("\xff\xfe/\0a\0", 6, "in:1:1: this is UTF-16; save it as UTF-8");
    refuse_bytes("\xfe\xff\0/\0a", 6, "in:1:1: this is UTF-16; save it as UTF-8");
    refuse_bytes("/\0a\0\n\0", 6, "this is UTF-16");
    refuse_bytes("\0[\0[\0\"", 6, "this is UTF-16");
    refuse_bytes("\xff\xfe\0\0/\0\0\0", 8, "in:1:1: this is UTF-32; save it as UTF-8");
    refuse_bytes("\0\0\xfe\xff\0\0\0/", 8, "this is UTF-32");
    refuse_bytes("/\0\0\0", 4, "this is UTF-32");
    refuse_bytes("\0\0\0/", 4, "this is UTF-32");
    refuse_bytes("/a\n# \0\n", 8, "in:2:3: a NUL byte");
}

Test(workload_text, tells_what_a_base_url_is)
{
    static const char *const bad[] = {"", "/get", "example.com", "http://h/?x", "http://h/#x", "ftp://h",
        "http://h:0", "http://\xc3\xa9.example", "http://h/\xc2\xa0"};
    static const char *const good[] = {
        "http://h", "https://h/", "http://h:80/base/", "http://me:secret@[::1]"};
    struct failure failure;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_eq(workload_check_base_url(bad[i], &failure), -1, "%s", bad[i]);
        cr_expect_eq(failure.code, FAILURE_USAGE);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_expect_eq(workload_check_base_url(good[i], &failure), 0, "%s", good[i]);
}

Test(workload_text, tells_what_a_header_line_is)
{
    static const char *const good[] = {"Accept: text/plain", "Accept:x", "X-Empty;", "X-Empty:", "A: b;c:d",
        "A: \xc3\xa9", "Expect:", "Expect;", "expect: 100-Continue ", "Content-Lengths: 3", "TE: trailers",
        "Connection: close"};
    static const char *const bad[] = {"", "Accept", "Accept=x", ": x", "A b: x", "A: x\r\nB: y", "A;b",
        "\x1b: x", "Content-Length: 3", "content-length:", "CONTENT-LENGTH;", "Transfer-Encoding: chunked",
        "transfer-encoding:identity", "Upgrade: h2c", "Expect: 200-ok", "Expect: 100-continue, more"};
    struct failure failure;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_expect_eq(workload_check_header(good[i], &failure), 0, "%s: %s", good[i], failure.message);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_eq(workload_check_header(bad[i], &failure), -1, "%s", bad[i]);
        cr_expect_eq(failure.code, FAILURE_USAGE);
        cr_expect_null(strchr(failure.message, '\x1b'));
    }
    cr_expect_eq(workload_check_header("Authorization Bearer hunter2", &failure), -1);
    cr_expect_null(strstr(failure.message, "hunter2"), "%s", failure.message);
}
