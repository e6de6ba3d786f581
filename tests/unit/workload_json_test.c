/* The JSON form of a workload: batches of requests. */
#include <stdio.h>
#include <stdlib.h>

#include "workload_parsing.h"

Test(workload_json, takes_batches_of_requests_with_everything)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    const struct workload *workload = parse_good(
        "{\"name\": \"shop\", \"description\": \"d\", \"batches\": [\n"
        "  {\"name\": \"first\", \"requests\": [\n"
        "    {\"method\": \"PUT\", \"url\": \"/a\", \"headers\": {\"Accept\": \"x/y\", \"X-Empty\": \" \"},\n"
        "     \"body\": \"b\\u00e9\\n\", \"expected_status\": 404}, \"http://h/b\"]},\n"
        "  [{\"url\": \"/c\"}]]}",
        &memory);
    const struct workload_request *request = workload_request(workload, 0);

    cr_assert_eq(workload->batch_count, 2);
    cr_assert_eq(workload->request_count, 3);
    cr_expect_eq(workload->path_count, 2);
    cr_expect_str_eq(workload_text(workload, workload->name), "shop");
    cr_expect_str_eq(workload_text(workload, workload_batch(workload, 0)->name), "first");
    cr_expect_eq(workload_batch(workload, 0)->request_count, 2);
    cr_expect_null(workload_text(workload, workload_batch(workload, 1)->name));
    cr_expect_eq(workload_batch(workload, 1)->first_request, 2);
    cr_expect_str_eq(method_of(workload, 0), "PUT");
    cr_assert_eq(request->header_count, 2);
    cr_expect_str_eq(header_of(workload, 0, 0), "Accept: x/y");
    cr_expect_str_eq(header_of(workload, 0, 1), "X-Empty;");
    cr_expect_str_eq(body_of(workload, 0), "b\xc3\xa9\n");
    cr_expect_eq(request->body_size, 4);
    cr_expect_eq(request->expected_status, 404);
    cr_expect_str_eq(method_of(workload, 1), "GET");
    cr_expect_str_eq(url_of(workload, 1), "http://h/b");
    cr_expect_str_eq(url_of(workload, 2), "/c");
    shared_memory_release(&memory);
}

Test(workload_json, takes_an_array_of_batches_alone)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    const struct workload *workload =
        parse_good("\xef\xbb\xbf \n[[\"/a\", \"/b\"], {\"requests\": [\"/c\"]}]\n", &memory);

    cr_expect_eq(workload->batch_count, 2);
    cr_expect_eq(workload->request_count, 3);
    cr_expect_str_eq(workload_text(workload, workload->name), "input");
    shared_memory_release(&memory);
}

Test(workload_json, reads_keys_and_values_with_escapes_in_any_order)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    const struct workload *workload = parse_good(
        "{\"b\\u0061tches\": [{\"requests\": [{\"u\\u0072l\": \"\\/a\\u0062\"}], \"name\": \"\\u20ac\"}],"
        "\"name\": \"late\"}",
        &memory);

    cr_expect_str_eq(url_of(workload, 0), "/ab");
    cr_expect_str_eq(workload_text(workload, workload_batch(workload, 0)->name), "\xe2\x82\xac");
    cr_expect_str_eq(workload_text(workload, workload->name), "late");
    shared_memory_release(&memory);
}

Test(workload_json, sends_a_body_that_is_no_string_as_compact_json)
{
    static const struct {
        const char *written;
        const char *sent;
    } bodies[] = {
        {"{ \"b\" : 1, \"a\" : [ true, null ] }", "{\"b\":1,\"a\":[true,null]}"},
        {"[0.1, 1e300, 2.0, 0.30000000000000004]",
            "[0.10000000000000001,1.0000000000000001e300,2.0,0.30000000000000004]"},
        {"0.1", "0.1"},
        {"[4.5, 12.75]", "[4.5,12.75]"},
        {"9007199254740993", "9007199254740993"},
        {"\"text\\\"\"", NULL},
        {"null", "null"},
        {"false", "false"},
        {"\"\"", NULL},
        {"{\"\\u00e9\": \"\\n\"}", "{\"\xc3\xa9\":\"\\n\"}"},
    };

    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct shared_memory memory = SHARED_MEMORY_NONE;
        char text[256];
        (void)snprintf(text, sizeof text, "[[{\"url\": \"/post\", \"body\": %s}]]", bodies[i].written);
        const struct workload *workload = parse_good(text, &memory);
        const char *body = body_of(workload, 0);
        cr_expect_str_eq(method_of(workload, 0), "POST");
        cr_expect_eq(workload_request(workload, 0)->body_size, strlen(body));
        if (bodies[i].sent) {
            cr_expect_str_eq(body, bodies[i].sent);
            cr_expect_str_eq(header_of(workload, 0, 0), "Content-Type: application/json");
        } else {
            cr_expect_str_eq(body, i == 5 ? "text\"" : "");
            cr_expect_eq(workload_request(workload, 0)->header_count, 0);
        }
        shared_memory_release(&memory);
    }
}

Test(workload_json, keeps_a_content_type_that_is_given)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    const struct workload *workload = parse_good("[[{\"url\": \"/p\", \"body\": {}, \"headers\": "
                                                 "{\"content-TYPE\": \"text/x\"}, \"method\": \"PATCH\"}]]",
        &memory);

    cr_expect_eq(workload_request(workload, 0)->header_count, 1);
    cr_expect_str_eq(header_of(workload, 0, 0), "content-TYPE: text/x");
    cr_expect_str_eq(method_of(workload, 0), "PATCH");
    shared_memory_release(&memory);
}

Test(workload_json, does_not_mix_the_headers_of_one_request_with_the_next)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    const struct workload *workload =
        parse_good("[[{\"url\": \"/a\", \"headers\": {\"A\": \"1\", \"B\": \"2\"}},"
                   "{\"url\": \"/b\", \"headers\": {\"C\": \"3\"}}, \"/c\"]]",
            &memory);

    cr_expect_str_eq(header_of(workload, 0, 1), "B: 2");
    cr_expect_eq(workload_request(workload, 1)->header_count, 1);
    cr_expect_str_eq(header_of(workload, 1, 0), "C: 3");
    cr_expect_eq(workload_request(workload, 2)->headers, 0);
    shared_memory_release(&memory);
}

Test(workload_json, repeats_a_batch_by_its_count)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    const struct workload *workload = parse_good(
        "[[\"/a\"], {\"repeat\": 3, \"name\": \"b\", \"requests\": [{\"url\": \"/b\", \"body\": {\"k\": 1}}, "
        "\"http://h/\"]}, {\"requests\": [\"/c\"], \"repeat\": 1}]",
        &memory);

    cr_assert_eq(workload->batch_count, 5);
    cr_assert_eq(workload->request_count, 8);
    cr_expect_eq(workload->path_count, 5);
    for (uint64_t b = 1; b < 4; b++) {
        uint64_t first = 1 + 2 * (b - 1);
        cr_expect_str_eq(workload_text(workload, workload_batch(workload, b)->name), "b");
        cr_expect_eq(workload_batch(workload, b)->first_request, first);
        cr_expect_eq(workload_batch(workload, b)->request_count, 2);
        cr_expect_str_eq(body_of(workload, first), "{\"k\":1}");
        cr_expect_str_eq(header_of(workload, first, 0), "Content-Type: application/json");
        cr_expect_str_eq(url_of(workload, first + 1), "http://h/");
        cr_expect_eq(workload_batch_is_copy(workload, b), b > 1);
    }
    cr_expect_str_eq(url_of(workload, 7), "/c");
    shared_memory_release(&memory);
}

Test(workload_json, beyond_what_can_be_read_is_not_called_invalid)
{
    static const struct refusal refusals[] = {
        {"[[{\"url\": \"/a\", \"body\": {\"n\": 9223372036854775808}}]]",
            "in:1:31: the number is too large to be read: integers go from -9223372036854775808 to "
            "9223372036854775807, other numbers to 1.79e308; write a smaller one"},
        {"[[{\"url\": \"/a\", \"body\": -9223372036854775809}]]", "in:1:25: the number is too large"},
        {"[[{\"url\": \"/a\", \"body\": 1e309}]]", "in:1:25: the number is too large"},
        {"[{\"repeat\": 99999999999999999999999999999999, \"requests\": [\"/a\"]}]",
            "in:1:13: the number is too large"},
        {"[[{\"url\": \"/a\", \"body\": {\"a\\u0000b\": 1}}]]", "a NUL character (\\u0000) can't be sent"},
        {"[[\"/\xff\"]]", "it is not UTF-8 from here on; save the file as UTF-8"},
    };
    static const char head[] = "[[{\"url\": \"/a\", \"body\": ";
    char deep[sizeof head + 3000];
    struct shared_memory memory = SHARED_MEMORY_NONE;

    refuse_all(refusals, sizeof refusals / sizeof *refusals);
    memcpy(deep, head, sizeof head);
    memset(deep + sizeof head - 1, '[', 3000);
    refuse_bytes(
        deep, sizeof head - 1 + 3000, "nested too deeply, the most is 2048 levels; write the whole body");
    parse_good(
        "[[{\"url\": \"/a\", \"body\": [9223372036854775807, -9223372036854775808, 1e308]}]]", &memory);
    shared_memory_release(&memory);
}

Test(workload_json, suggests_the_key_that_was_meant)
{
    refuse_bytes("[[{\"ulr\": \"/a\"}]]", 17,
        "unknown key 'ulr' in a request; did you mean 'url'? use method, url, headers, body, "
        "expected_status");
    refuse_bytes(
        "[{\"request\": [\"/a\"]}]", 21, "in a batch; did you mean 'requests'? use name, requests, repeat");
}

Test(workload_json, refuses_bad_counts_with_line_and_column)
{
    static const struct refusal refusals[] = {
        {"[{\"requests\": [\"/a\"],\n\"repeat\": 0}]",
            "in:2:11: 'repeat' must be a whole number from 1 to 1000000; fix it"},
        {"[{\"repeat\": -1, \"requests\": [\"/a\"]}]", "in:1:13: 'repeat' must be a whole number"},
        {"[{\"repeat\": 2.0, \"requests\": [\"/a\"]}]", "in:1:13: 'repeat' must be"},
        {"[{\"repeat\": \"2\", \"requests\": [\"/a\"]}]", "in:1:13: 'repeat' must be"},
        {"[{\"repeat\": null, \"requests\": [\"/a\"]}]", "in:1:13: 'repeat' must be"},
        {"[{\"repeat\": }]", "in:1:13: not valid JSON"},
        {"[{\"repeat\": 1000001, \"requests\": [\"/a\"]}]",
            "in:1:13: 'repeat' makes more than 1000000 requests, the most that a workload with repeat counts "
            "can have; "
            "lower a count, and repeat the whole workload with --requests"},
        {"[{\"repeat\": 9223372036854775807, \"requests\": [\"/a\", \"/b\"]}]",
            "in:1:13: 'repeat' makes more"},
        {"[{\"repeat\": 500001, \"requests\": [\"/a\", \"/b\"]}]", "in:1:13: 'repeat' makes more"},
        {"[{\"repeat\": 500000, \"requests\": [\"/a\", \"/b\"]},\n [\"/c\"]]",
            "in:2:2: the batch makes more than 1000000 requests"},
        {"[{\"repeat\": 2, \"repeat\": 2, \"requests\": [\"/a\"]}]", "in:1:16: 'repeat' appears twice"},
        {"[{\"repeat\": 2}]", "in:1:2: the batch has no 'requests'"},
        {"[[{\"url\": \"/a\", \"repeat\": 2}]]",
            "in:1:17: 'repeat' is not allowed in a request; write it in a batch, next to 'requests'"},
        {"{\"repeat\": 2, \"batches\": [[\"/a\"]]}",
            "in:1:2: 'repeat' is not allowed in a workload; write it in a batch, next to 'requests'"},
    };

    refuse_all(refusals, sizeof refusals / sizeof *refusals);
}

Test(workload_json, refuses_wrong_shapes_with_line_and_column)
{
    static const struct refusal refusals[] = {
        {"[]", "in:1:1: the workload has no batch"},
        {"{}", "in:1:1: the workload has no 'batches'"},
        {"{\n \"name\": \"x\"}", "in:1:1: the workload has no 'batches'"},
        {"{\"batches\": []}", "in:1:13: the workload has no batch"},
        {"{\"batches\": {}}", "in:1:13: 'batches' must be an array, but is an object"},
        {"{\n\"batch\": []}", "in:2:1: unknown key 'batch' in a workload; did you mean 'batches'? use name, "
                              "description, batches"},
        {"{\"description\": 1, \"batches\": [[\"/a\"]]}",
            "in:1:17: 'description' must be a string, but is a number"},
        {"[\"/a\"]",
            "in:1:2: a batch must be an array of requests, or an object with 'requests', but is a string"},
        {"[[\"/a\"],\n []]", "in:2:2: the batch is empty"},
        {"[{\"requests\": []}]", "in:1:15: the batch is empty"},
        {"[{\"name\": \"x\"}]", "in:1:2: the batch has no 'requests'"},
        {"[{\"requests\": \"/a\"}]", "in:1:15: 'requests' must be an array, but is a string"},
        {"[{\"url\": \"/a\"}]", "in:1:3: unknown key 'url' in a batch; use name, requests, repeat"},
        {"[{\"name\": null, \"requests\": [\"/a\"]}]", "in:1:11: 'name' must be a string, but is null"},
        {"[{\"name\": \"\", \"requests\": [\"/a\"]}]", "in:1:11: name '' is empty"},
        {"[{\"name\": \" NA \", \"requests\": [\"/a\"]}]", "in:1:11: name ' NA ' is read as a missing value"},
        {"[{\"name\": \" \", \"requests\": [\"/a\"]}]", "in:1:11: name ' ' is read as a missing value"},
        {"[{\"name\": \"\\u001b[2J\", \"requests\": [\"/a\"]}]",
            "in:1:11: name '?[2J' contains a control character"},
        {"[[7]]", "in:1:3: a request must be an object or a URL, but is a number"},
        {"[[{}]]", "in:1:3: the request has no 'url'"},
        {"[[\n  {\"method\": \"GET\"}]]", "in:2:3: the request has no 'url'"},
        {"[[{\"method\": \"HEAD\", \"url\": \"/a\", \"body\": \"b\"}]]",
            "in:1:3: a HEAD request takes no 'body'"},
        {"[[{\"ulr\": \"/a\"}]]", "in:1:4: unknown key 'ulr' in a request; did you mean 'url'? use method, "
                                  "url, headers, body, expected_status"},
        {"[[{\"url\": \"/a\", \"url\": \"/b\"}]]", "in:1:17: 'url' appears twice in a request"},
        {"{\"batches\": [[\"/a\"]], \"batches\": [[\"/a\"]]}",
            "in:1:23: 'batches' appears twice in a workload"},
    };

    refuse_all(refusals, sizeof refusals / sizeof *refusals);
}

Test(workload_json, refuses_bad_values_with_line_and_column)
{
    static const struct refusal refusals[] = {
        {"[[{\"url\": 1}]]", "in:1:11: 'url' must be a string, but is a number"},
        {"[[\n\"a\"]]", "in:2:1: URL 'a' has no scheme"},
        {"[[\"/\xc3\xa9\", \"/a b\"]]", "in:1:9: URL '/a b' contains a space; write it as %20"},
        {"[[\"/a\\r\\nX: y\"]]", "in:1:3: URL '/a\?\?X: y' contains a control character"},
        {"[[{\"url\": \"ftp://h/\"}]]", "in:1:11: URL 'ftp://h/' has a scheme other"},
        {"[[{\"url\": \"/a\", \"method\": \"get\"}]]", "in:1:27: method 'get' is not in upper case"},
        {"[[{\"url\": \"/a\", \"method\": \"\"}]]", "in:1:27: method '' is empty"},
        {"[[{\"url\": \"/a\", \"method\": \"GET /x HTTP/1.1\\r\\n\"}]]",
            "in:1:27: method 'GET /x HTTP/1.1\?\?' is not a method"},
        {"[[{\"url\": \"/a\", \"method\": []}]]", "in:1:27: 'method' must be a string, but is an array"},
        {"[[{\"url\": \"/a\", \"expected_status\": 99}]]",
            "in:1:36: 'expected_status' must be a whole number"},
        {"[[{\"url\": \"/a\", \"expected_status\": 600}]]", "in:1:36: 'expected_status' must be"},
        {"[[{\"url\": \"/a\", \"expected_status\": 200.0}]]", "in:1:36: 'expected_status' must be"},
        {"[[{\"url\": \"/a\", \"expected_status\": \"200\"}]]", "in:1:36: 'expected_status' must be"},
        {"[[{\"url\": \"/a\", \"headers\": []}]]", "in:1:28: 'headers' must be an object, but is an array"},
        {"[[{\"url\": \"/a\", \"headers\": {\"A\": 1}}]]",
            "in:1:34: a header's value must be a string, but is a number"},
        {"[[{\"url\": \"/a\", \"headers\": {\"A b\": \"\"}}]]", "in:1:29: header 'A b' is not a header name"},
        {"[[{\"url\": \"/a\", \"headers\": {\"A:\": \"\"}}]]", "in:1:29: header 'A:' is not a header name"},
        {"[[{\"url\": \"/a\", \"headers\": {\"\": \"x\"}}]]", "in:1:29: header '' is empty"},
        {"[[{\"url\": \"/a\", \"headers\": {\"A\\r\\nB\": \"\"}}]]",
            "in:1:29: header 'A\?\?B' is not a header name"},
        {"[[{\"url\": \"/a\", \"headers\": {\"A\": \"x\\r\\ny\"}}]]",
            "in:1:34: header 'A' has a value with a control"},
        {"[[{\"url\": \"/a\", \"headers\": {\"A\": \"\\u007f\"}}]]",
            "in:1:34: header 'A' has a value with a control"},
        {"[[{\"url\": \"/a\", \"headers\": {\"Ab\": \"\", \"aB\": \"\"}}]]",
            "in:1:39: header 'aB' appears twice"},
        {"[[{\"url\": \"/a\", \"headers\": {\"content-LENGTH\": \"3\"}}]]",
            "in:1:29: header 'content-LENGTH' is made from the body"},
        {"[[{\"url\": \"/a\",\n\"headers\": {\"Transfer-Encoding\": \"chunked\"}}]]",
            "in:2:13: header 'Transfer-Encoding' would break the requests after it"},
        {"[[{\"url\": \"/a\", \"headers\": {\"Upgrade\": \"h2c\"}}]]",
            "in:1:29: header 'Upgrade' would change"},
        {"[[{\"url\": \"/a\", \"headers\": {\"Expect\": \"more\"}}]]", "in:1:29: header 'Expect' expects"},
        {"[[{\"url\": \"/a\", \"method\": \"CONNECT\"}]]", "in:1:27: method 'CONNECT' would make"},
        {"[[\"/a\\u00a0\"]]", "in:1:3: URL '/a\xc2\xa0' contains U+00A0"},
        {"[[{\"url\": \"http://\\u00e9.example/\"}]]",
            "in:1:11: URL 'http://\xc3\xa9.example/' has a host name that is not ASCII; write it as "
            "'xn--9ca.example'"},
    };

    refuse_all(refusals, sizeof refusals / sizeof *refusals);
}

Test(workload_json, refuses_bad_syntax_with_line_and_column)
{
    static const struct refusal refusals[] = {
        {"[", "in:1:2: not valid JSON: the text ends too early"},
        {"{\"batches\"", "in:1:11: not valid JSON: the text ends too early"},
        {"[[\"/a\"]", "in:1:8: not valid JSON: the text ends too early"},
        {"[[\"/a\"]] x", "in:1:10: not valid JSON: the end expected"},
        {"[[\"/a\",]]", "in:1:8: not valid JSON: another element expected after ','"},
        {"[[\"/a\"\n\"/b\"]]", "in:2:1: not valid JSON: ',' or ']' expected"},
        {"{\"batches\" [[\"/a\"]]}", "in:1:12: not valid JSON: ':' expected"},
        {"{batches: [[\"/a\"]]}", "in:1:2: not valid JSON: a string in double quotes expected"},
        {"{\"batches\": [[\"/a\"]],}", "in:1:22: not valid JSON: another member expected after ','"},
        {"[[{\"url\": }]]", "in:1:11: not valid JSON: a value expected"},
        {"[[{\"url\": '/a'}]]", "in:1:11: not valid JSON: a value expected"},
        {"[[{\"url\": \"/a\", \"body\": {\"x\": [1,\n  tru]}}]]", "in:2:3: not valid JSON: invalid token"},
        {"[[{\"url\": \"/a\", \"body\": {\"x\": 1, \"x\": 2}}]]",
            "in:1:34: the key appears twice in the same object"},
        {"[[{\"url\": \"/a\\q\"}]]", "not valid JSON: invalid escape"},
        {"[[\"/a\n\"]]", "not valid JSON: unexpected newline"},
        {"[[\"/a\\u0000\"]]", "a NUL character (\\u0000) can't be sent; remove it"},
        {"[[\"/\xff\"]]", "it is not UTF-8 from here on"},
        {"[[{\"url\": \"/a\", \"body\": 1e999}]]", "the number is too large to be read"},
        {"[[{\"url\": \"/a\", \"body\": 123456789012345678901}]]", "the number is too large to be read"},
    };

    refuse_all(refusals, sizeof refusals / sizeof *refusals);
    refuse_bytes("[[\"/a\"]]\0", 9, "in:1:9: a NUL byte: a workload is text; remove it");
}

Test(workload_json, refuses_a_body_nested_too_deeply)
{
    enum { DEPTH = 100000 };
    struct buffer text = {0};

    buffer_append_text(&text, "[[{\"url\": \"/a\", \"body\": ");
    for (size_t i = 0; i < DEPTH; i++)
        buffer_append_text(&text, "[");
    buffer_append(&text, "", 1);
    refuse_bytes(text.bytes, text.size - 1, "arrays and objects are nested too deeply");
    buffer_release(&text);
}

Test(workload_json, refuses_more_headers_than_anyone_means)
{
    struct buffer text = {0};

    buffer_append_text(&text, "[[{\"url\": \"/a\", \"headers\": {");
    for (size_t i = 0; i <= 500; i++)
        buffer_printf(&text, "%s\n\"H%zu\": \"\"", i == 0 ? "" : ",", i);
    buffer_append(&text, "}}]]", 5);
    refuse_bytes(text.bytes, text.size - 1, "in:502:1: header 'H500' is one header too many");
    buffer_release(&text);
}

Test(workload_json, never_shows_a_secret_in_a_message)
{
    static const char *const texts[] = {
        "[[{\"url\": \"/a\", \"headers\": {\"Authorization\": \"Bearer hunter2\\n\"}}]]",
        "[[{\"url\": \"/a\", \"headers\": {\"Authorization\": \"Bearer hunter2}}]]",
        "[[{\"url\": \"/a\", \"headers\": {\"Authorization\": hunter2}}]]",
        "[[{\"url\": \"/a\", \"body\": {\"password\" \"hunter2\"}}]]",
        "[[{\"url\": \"http://me:hunter2@h:x/\"}]]",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct shared_memory memory = SHARED_MEMORY_NONE;
        struct failure failure;
        cr_assert_eq(workload_parse(texts[i], strlen(texts[i]), "in", &memory, &failure), -1);
        cr_expect_null(strstr(failure.message, "hunter2"), "%s", failure.message);
    }
}

/* Cut anywhere, a good text must be refused in an orderly way (the sanitizers watch). */
Test(workload_json, copes_with_a_text_that_is_cut_anywhere)
{
    static const char text[] = "{\"name\": \"\\u00e9\", \"batches\": [{\"name\": \"x\", \"requests\": "
                               "[\"/a\", {\"method\": \"POST\", \"url\": "
                               "\"http://[::1]/\", \"headers\": {\"A\": \"\xc3\xa9\"}, \"body\": {\"k\": "
                               "[1.5, \"\\ud83d\\ude00\", true]}, "
                               "\"expected_status\": 200}]}]}";

    for (size_t size = 1; size < sizeof text - 1; size++) {
        char *exact = malloc(size);
        cr_assert_not_null(exact);
        memcpy(exact, text, size);
        refuse_bytes(exact, size, "in:1:");
        free(exact);
    }
}
