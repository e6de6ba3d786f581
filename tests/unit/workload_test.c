/* The table of a workload: its extent, its check, and its way into a file and back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "random.h"
#include "workload_parsing.h"

/* Batches of 2, 3 and 1. */
static const char three_batches[] = "[[\"/1\", \"/2\"], [\"/3\", \"/4\", \"/5\"], [\"/6\"]]";

/* Something of everything. */
static const char everything[] =
    "{\"name\": \"all\", \"batches\": [{\"name\": \"b\\\"1\\\\\", \"requests\": [\n"
    "{\"method\": \"PUT\", \"url\": \"http://h/\\u20ac\", \"headers\": {\"A\": \"1\", \"B\": \"\", \"C\": "
    "\"\\\"\"},\n"
    " \"body\": \"line\\n\\ttab \\u0001 \\u007f \\u20ac\", \"expected_status\": 201}, \"/plain\"]},\n"
    "[{\"url\": \"/json\", \"body\": {\"a\": [1, 0.1]}}, {\"url\": \"/empty\", \"body\": \"\"}]]}";

Test(workload, extent_takes_whole_batches_until_there_are_enough_requests)
{
    static const struct {
        uint64_t at_least, batches, requests;
    } extents[] = {{0, 3, 6}, {1, 1, 2}, {2, 1, 2}, {3, 2, 5}, {5, 2, 5}, {6, 3, 6}, {7, 4, 8}, {8, 4, 8},
        {9, 5, 11}, {12, 6, 12}, {13, 7, 14}, {600, 300, 600}, {603, 302, 605},
        {UINT64_C(6000000000000000000), UINT64_C(3000000000000000000), UINT64_C(6000000000000000000)}};
    struct shared_memory memory = SHARED_MEMORY_NONE;
    const struct workload *workload = parse_good(three_batches, &memory);

    for (size_t i = 0; i < sizeof extents / sizeof *extents; i++) {
        struct workload_extent extent = workload_extent(workload, extents[i].at_least);
        cr_expect_eq(extent.batch_count, extents[i].batches, "%zu batches", (size_t)extent.batch_count);
        cr_expect_eq(extent.request_count, extents[i].requests, "%zu requests", (size_t)extent.request_count);
    }
    shared_memory_release(&memory);
}

Test(workload, first_index_counts_through_the_repetitions)
{
    static const uint64_t expected[] = {0, 2, 5, 6, 8, 11, 12};
    struct shared_memory memory = SHARED_MEMORY_NONE;
    const struct workload *workload = parse_good(three_batches, &memory);

    for (uint64_t batch = 0; batch < sizeof expected / sizeof *expected; batch++)
        cr_expect_eq(workload_first_index(workload, batch), expected[batch]);
    shared_memory_release(&memory);
}

/* Every batch of every extent of 1 to `most` requests, checked against adding up one by one. */
static void compare_extents(const struct workload *workload, uint64_t most)
{
    for (uint64_t at_least = 1; at_least <= most; at_least++) {
        struct workload_extent extent = workload_extent(workload, at_least);
        uint64_t batch = 0;
        uint64_t requests = 0;
        while (requests < at_least) {
            cr_assert_eq(workload_first_index(workload, batch), requests);
            requests += workload_batch(workload, batch % workload->batch_count)->request_count;
            batch++;
        }
        cr_assert_eq(extent.batch_count, batch);
        cr_assert_eq(extent.request_count, requests);
    }
}

Test(workload, extent_agrees_with_counting_one_by_one)
{
    struct random random = {7};

    for (int workload_number = 0; workload_number < 20; workload_number++) {
        struct shared_memory memory = SHARED_MEMORY_NONE;
        struct buffer text = {0};
        size_t batch_count = 1 + (size_t)random_below(&random, 9);
        for (size_t b = 0; b < batch_count; b++) {
            buffer_append_text(&text, b == 0 ? "[[\"/\"" : ", [\"/\"");
            for (uint64_t more = random_below(&random, 5); more > 0; more--)
                buffer_append_text(&text, ", \"/\"");
            buffer_append_text(&text, "]");
        }
        buffer_append(&text, "]", 2);
        compare_extents(parse_good(text.bytes, &memory), 100);
        shared_memory_release(&memory);
        buffer_release(&text);
    }
}

/* What `workload` says as one text, independent of where it keeps it. */
static void describe(const struct workload *workload, struct buffer *text)
{
    buffer_printf(text, "%s %zu %zu %zu\n", workload_text(workload, workload->name),
        (size_t)workload->batch_count, (size_t)workload->request_count, (size_t)workload->path_count);
    for (uint64_t b = 0; b < workload->batch_count; b++) {
        const struct workload_batch *batch = workload_batch(workload, b);
        const char *name = workload_text(workload, batch->name);
        buffer_printf(text, "batch %s\n", name ? name : "-");
        for (uint64_t r = batch->first_request; r < batch->first_request + batch->request_count; r++) {
            const struct workload_request *request = workload_request(workload, r);
            buffer_printf(
                text, "%s %s %u\n", method_of(workload, r), url_of(workload, r), request->expected_status);
            for (uint32_t h = 0; h < request->header_count; h++)
                buffer_printf(text, "  %s\n", header_of(workload, r, h));
            buffer_append_text(text, request->body == 0 ? "no body" : "body ");
            buffer_append(text, body_of(workload, r), request->body_size);
            buffer_append_text(text, "\n");
        }
    }
    buffer_append(text, "", 1);
}

static void expect_same_after_round_trip(const char *text)
{
    struct shared_memory first = SHARED_MEMORY_NONE;
    struct shared_memory second = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};
    struct buffer json = {0};
    struct buffer before = {0};
    struct buffer after = {0};

    describe(parse_good(text, &first), &before);
    cr_assert_eq(workload_write_json(first.bytes, &json, &failure), 0);
    buffer_append(&json, "", 1);
    describe(parse_good(json.bytes, &second), &after);
    cr_expect_str_eq(after.bytes, before.bytes);
    shared_memory_release(&first);
    shared_memory_release(&second);
    buffer_release(&json);
    buffer_release(&before);
    buffer_release(&after);
}

struct parts {
    struct buffer all;
    size_t count;
    size_t greatest;
};

static int take_part(void *context, struct buffer *json, struct failure *failure)
{
    struct parts *parts = context;

    (void)failure;
    parts->count++;
    parts->greatest = json->size > parts->greatest ? json->size : parts->greatest;
    buffer_append(&parts->all, json->bytes, json->size);
    buffer_clear(json);
    return 0;
}

Test(workload, is_written_in_parts_as_in_one)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};
    struct buffer text = {0};
    struct buffer whole = {0};
    struct buffer json = {0};
    struct parts parts = {{0}, 0, 0};
    const struct workload_taker taker = {take_part, &parts};

    for (int i = 0; i < 100000; i++)
        buffer_printf(&text, "/get?number=%d\n", i);
    const struct workload *workload =
        workload_parse(text.bytes, text.size, "many", &memory, &failure) == 0 ? memory.bytes : NULL;
    cr_assert_not_null(workload, "%s", failure.message);
    cr_assert_eq(workload_write_json(workload, &whole, &failure), 0);
    cr_assert_eq(workload_write_json_parts(workload, &json, &taker, &failure), 0);
    cr_expect_gt(parts.count, 2);
    cr_expect_lt(parts.greatest, whole.size / 3);
    cr_expect_eq(json.size, 0);
    cr_assert_eq(parts.all.size, whole.size);
    cr_expect_eq(memcmp(parts.all.bytes, whole.bytes, whole.size), 0);
    shared_memory_release(&memory);
    buffer_release(&text);
    buffer_release(&whole);
    buffer_release(&json);
    buffer_release(&parts.all);
}

Test(workload, is_the_same_after_being_written_and_parsed_again)
{
    expect_same_after_round_trip(everything);
    expect_same_after_round_trip(three_batches);
    expect_same_after_round_trip("/a\nPOST https://h/b # c\n");
    expect_same_after_round_trip("/a *3\n/b\n/b *2\n/a");
    expect_same_after_round_trip("[{\"name\": \"n\", \"repeat\": 3, \"requests\": [\"/a\", \"/b\"]},"
                                 "{\"name\": \"m\", \"requests\": [\"/a\", \"/b\"]}, [\"/a\", \"/b\"]]");
}

static void expect_written(const char *text, const char *batches)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};
    struct buffer json = {0};

    cr_assert_eq(workload_write_json(parse_good(text, &memory), &json, &failure), 0);
    buffer_append(&json, "", 1);
    cr_expect_not_null(strstr(json.bytes, batches), "%s\nis not in\n%s", batches, json.bytes);
    shared_memory_release(&memory);
    buffer_release(&json);
}

Test(workload, writes_equal_batches_in_a_row_with_a_count)
{
    expect_written("/a *2\n/a\n/b\n/a",
        "[\n        {\"repeat\": 3, \"requests\": [{\"method\": \"GET\", \"url\": \"/a\"}]},\n"
        "        [{\"method\": \"GET\", \"url\": \"/b\"}],\n        [{\"method\": \"GET\", \"url\": "
        "\"/a\"}]\n");
    expect_written("[{\"name\": \"n\", \"repeat\": 2, \"requests\": [\"/a\"]}, [\"/a\"]]",
        "[\n        {\"repeat\": 2, \"name\": \"n\", \"requests\": [{\"method\": \"GET\", \"url\": "
        "\"/a\"}]},\n"
        "        [{\"method\": \"GET\", \"url\": \"/a\"}]\n");
    /* What is the same but for a secret is written as the same. */
    expect_written("http://me:one@h/\nhttp://me:other@h/", "{\"repeat\": 2, ");
}

/* A count would be refused where it is read again. */
Test(workload, writes_no_counts_where_there_are_too_many_requests_for_them)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};
    struct buffer text = {0};
    struct buffer json = {0};

    for (int i = 0; i < 1000001; i++)
        buffer_append_text(&text, "/a\n");
    buffer_append(&text, "", 1);
    cr_assert_eq(workload_write_json(parse_good(text.bytes, &memory), &json, &failure), 0);
    shared_memory_release(&memory);
    buffer_append(&json, "", 1);
    cr_expect_eq(parse_good(json.bytes, &memory)->batch_count, 1000001);
    shared_memory_release(&memory);
    buffer_release(&text);
    buffer_release(&json);
}

Test(workload, writes_no_secrets)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};
    struct buffer json = {0};
    const struct workload *workload = parse_good(
        "[[{\"url\": \"http://me:hunter2@h/a@b\", \"headers\": {\"authorization\": \"hunter2\", \"COOKIE\": "
        "\"hunter2\", \"Proxy-Authorization\": \"hunter2\", \"Set-Cookie\": \"hunter2\", \"X-API-Key\": "
        "\"hunter2\","
        "\"Accept\": \"visible\"}}, \"https://hunter2@h\"]]",
        &memory);

    cr_assert_eq(workload_write_json(workload, &json, &failure), 0);
    buffer_append(&json, "", 1);
    cr_expect_null(strstr(json.bytes, "hunter2"), "%s", json.bytes);
    cr_expect_not_null(strstr(json.bytes, "\"http://REDACTED@h/a@b\""), "%s", json.bytes);
    cr_expect_not_null(strstr(json.bytes, "\"https://REDACTED@h\""), "%s", json.bytes);
    cr_expect_not_null(strstr(json.bytes, "\"authorization\": \"REDACTED\""), "%s", json.bytes);
    cr_expect_not_null(strstr(json.bytes, "\"Accept\": \"visible\""), "%s", json.bytes);
    expect_same_after_round_trip(json.bytes);
    shared_memory_release(&memory);
    buffer_release(&json);
}

Test(workload, shows_urls_and_headers_without_secrets)
{
    static const struct {
        void (*show)(const char *text, struct buffer *shown);
        const char *text, *expected;
    } shown[] = {
        {workload_show_url, "http://h/?mail=a@b", "http://h/?mail=a@b"},
        {workload_show_url, "http://h?a@b", "http://h?a@b"},
        {workload_show_url, "HTTPS://a:b@h:1/x", "HTTPS://REDACTED@h:1/x"},
        {workload_show_url, "http://a:b@c@h/", "http://REDACTED@h/"},
        {workload_show_url, "/a:b@h", "/a:b@h"},
        {workload_show_header, "Authorization: Basic x", "Authorization: REDACTED"},
        {workload_show_header, "cookie:x", "cookie: REDACTED"},
        {workload_show_header, "Cookie;", "Cookie;"},
        {workload_show_header, "X-Note:  bearer x", "X-Note: REDACTED"},
        {workload_show_header, "Referer: http://a:b@h/?token=x&a=b",
            "Referer: http://REDACTED@h/?token=REDACTED&a=b"},
        {workload_show_url, "/a?key=x&b=c#access_token=y", "/a?key=REDACTED&b=c#access_token=REDACTED"},
        {workload_show_url, "http://h/a?X-Amz-Signature=x;Password=y&token",
            "http://h/a?X-Amz-Signature=REDACTED&token"},
        {workload_show_url, "/a?api%5Fkey=x&%74oken=y&sig=", "/a?api%5Fkey=REDACTED&%74oken=REDACTED&sig="},
        {workload_show_url, "/token/key?seed=7&page_token=y", "/token/key?seed=7&page_token=y"},
        {workload_show_header, "Cookie", "Cookie"},
        {workload_show_url, "http://h/a;jsessionid=x/b;v=1;SID=y?c=d",
            "http://h/a;jsessionid=REDACTED;v=1;SID=REDACTED?c=d"},
        {workload_show_url, "/a?ticket=x&next=http://a:b@h/&back=/c#d",
            "/a?ticket=REDACTED&next=http://REDACTED@h/&back=/c#d"},
        {workload_show_url, "/a?n=http%3A%2F%2Fa%3Ab%40h&m=%252F%3Ftoken%253Dx&q=a%20b",
            "/a?n=REDACTED&m=REDACTED&q=a%20b"},
        {workload_show_url, "http://h/to/http://a:b@c/d?http://a@c",
            "http://h/to/http://REDACTED@c/d?http://REDACTED@c"},
        {workload_show_url, "http://h/@me/a@b?to=//h/@me", "http://h/@me/a@b?to=//h/@me"},
        {workload_show_header, "X-Any: <http://a:b@h/>; rel=x", "X-Any: <http://REDACTED@h/>; rel=x"},
        {workload_show_header, "X-Any: postgres://a:b@db/x", "X-Any: postgres://REDACTED@db/x"},
        {workload_show_header, "Link: <http://h/?token=x>", "Link: <http://h/?token=REDACTED"},
        {workload_show_header, "X-Db: Server=db;User=a;Password=b c;Port=1",
            "X-Db: Server=db;User=a;Password=REDACTED;Port=1"},
        {workload_show_header, "X-Any: Token x", "X-Any: REDACTED"},
        {workload_show_header, "X-Any: ApiKey x", "X-Any: REDACTED"},
        {workload_show_header, "X-Any: SharedKey a:x", "X-Any: REDACTED"},
        {workload_show_header, "X-Any: AWS4-HMAC-SHA256 Credential=x", "X-Any: REDACTED"},
        {workload_show_header, "X-Any: http%3A%2F%2Fa%3Ab%40h%2F", "X-Any: REDACTED"},
        {workload_show_header, "X-Any: me, ghp_0123456789abcdefgh, you", "X-Any: me, REDACTED, you"},
        {workload_show_header, "X-Any: eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "X-Any: REDACTED"},
        {workload_show_url, "/a?cursor=eyJhZnRlciI6IjEifQ", "/a?cursor=eyJhZnRlciI6IjEifQ"},
        {workload_show_header, "Accept: text/html;q=0.9, */*;q=0.1", "Accept: text/html;q=0.9, */*;q=0.1"},
        {workload_show_header, "X-Mail: mailto:me@example.org", "X-Mail: mailto:me@example.org"},
        {workload_show_header, "X-Any: tokens and keys", "X-Any: tokens and keys"},
        /* Odd characters end no secret. */
        {workload_show_url, "/a?password=pa;x&b=c", "/a?password=REDACTED&b=c"},
        {workload_show_url, "/a?d=e;api_key=it'sx&b=c", "/a?d=e;api_key=REDACTED&b=c"},
        {workload_show_url, "/a?key=<b>\"x?y=z#f", "/a?key=REDACTED#f"},
        {workload_show_url, "/a?key=\"b&x\"y&b=c", "/a?key=REDACTED&b=c"},
        {workload_show_url, "/a?key='b&x", "/a?key=REDACTED"},
        {workload_show_url, "/a?n=http%3A%2F%2Fa%3Ab'x%40h&m=%2F%3Fkey%3Db'x;y/z&b=c",
            "/a?n=REDACTED&m=REDACTED&b=c"},
        {workload_show_header, "X-Db: Server=h;Password=\"a;x\";Port=1",
            "X-Db: Server=h;Password=REDACTED;Port=1"},
        {workload_show_header, "X-Db: Password = 'a;''x;y';Port=1", "X-Db: Password = REDACTED;Port=1"},
        {workload_show_header, "X-Db: Password=\"a\\\";x\"y;Port=1", "X-Db: Password=REDACTED;Port=1"},
        {workload_show_header, "X-Db: Password=it's?#&<\"x;Port=1", "X-Db: Password=REDACTED;Port=1"},
        {workload_show_header, "X-Db: what? Password=a&x;Port=1", "X-Db: what? Password=REDACTED;Port=1"},
        {workload_show_header, "X-Form: a=b&password=pa;x&c=d", "X-Form: a=b&password=REDACTED&c=d"},
        {workload_show_header, "Referer: http://h/?password=pa;x&b=c",
            "Referer: http://h/?password=REDACTED&b=c"},
        {workload_show_header, "Referer: http://u:pa'x@h/", "Referer: http://REDACTED@h/"},
        {workload_show_header, "Referer: http://u:pa&\"<x>@h/", "Referer: http://REDACTED@h/"},
        {workload_show_header, "X-A: Bearer\tx", "X-A: REDACTED"},
        {workload_show_header, "X-A: aws4-x", "X-A: REDACTED"},
        {workload_show_header, "X-A: Bearers x", "X-A: Bearers x"},
    };

    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        struct buffer text = {0};
        shown[i].show(shown[i].text, &text);
        buffer_append(&text, "", 1);
        cr_expect_str_eq(text.bytes, shown[i].expected);
        buffer_release(&text);
    }
}

/* Of vendors, as they document them. */
static const char *const secret_headers[] = {"Authorization", "Proxy-Authorization", "Authentication",
    "Cookie", "X-Auth", "X-Auth-Key", "X-Auth-Token", "X-Session-Token", "X-Gitlab-Token", "PRIVATE-TOKEN",
    "JOB-TOKEN", "X-Api-Token", "X-Api-Key", "apikey", "Ocp-Apim-Subscription-Key", "CF-Access-Client-Secret",
    "DD-API-KEY", "DD-APPLICATION-KEY", "X-Amz-Security-Token", "X-Vault-Token", "X-Shopify-Access-Token",
    "x-functions-key", "X-Goog-Api-Key", "X-Hub-Signature-256", "X-Consul-Token", "Circle-Token",
    "X-CSRFToken", "X-XSRF-TOKEN", "X-MBX-APIKEY", "CB-ACCESS-SIGN", "CB-ACCESS-PASSPHRASE",
    "X-Parse-REST-API-Key", "X-Redmine-API-Key", "X-Goog-IAP-JWT-Assertion", "DPoP", "X-WSSE",
    "X-Forwarded-Access-Token", "X-Password", "X-Amz-Credential", "X-OAuth-Scopes-Secret", "Cookies",
    "X-JFrog-Art-Api", "X-Honeycomb-Team", "X-Alfresco-Ticket", "X-Ticket", "X-SSO-Ticket", "X-Access-Code",
    "X-MFA-Code", "X-2FA", "X-GitHub-OTP", "Jenkins-Crumb", "X-Amzn-Oidc-Data", "X-Amzn-Oidc-Identity",
    "iPlanetDirectoryPro", "Grpc-Metadata-Macaroon", "X-RapidAPI-Key", "X-TrackerToken", "X-PKey",
    "X-APISECRET", "X-APITOKEN", "ApiToken", "XI-API-KEY", "Fastly-Key", "X-Bunny-AccessKey", "X-SAML2",
    "X-Emby-Authorization", "X-Ms-Authorization-Auxiliary", "X-Security-Code", "X-Device-Code", "X-User-Pass",
    "X-SessionID", "X-Transmission-Session-Id", "X-Forwarded-Authorisation", "X-Key-Id", "X-Secret-Id",
    "X-Api-Keys", "X-Cred", "X-Pw", "X-Api-Key1", "X-Pass1", "X-PW1", "X-Creds2"};

/* Of parameters in URLs. */
static const char *const secret_parameters[] = {"key", "api_key", "apiKey", "APIKey", "hapikey", "appid",
    "access_token", "accessToken", "oauth2token", "authenticity_token", "id_token", "token1", "auth[token]",
    "client_secret", "clientsecret", "secretkey", "secret_access_key", "AWSAccessKeyId", "accesskeyid", "jwt",
    "SAMLResponse", "JSESSIONID", "PHPSESSID", "sessionid", "session_id", "user_session", "sess", "sid",
    "password", "userPassWord", "passwd", "db_pass", "pwd", "pin", "auth", "oauth_verifier", "sig",
    "signature", "sign", "ticket", "alf_ticket", "licensekey", "license_key", "subscription-key", "authcode",
    "auth_code", "verification_code", "accesscode", "creds", "cookies", "tokens", ".crumb", "xrfkey",
    "apikeys", "api_key1", "pw", "user_pw", "keys", "KEYS2", "pins", "otp1", "appids"};

static const char *const ordinary_parameters[] = {"monkey", "turkey", "hockey", "whiskey", "donkey", "jockey",
    "turnkey", "hotkey", "keyboard", "keyword", "keynote", "primary_key", "foreignKey", "sort_key", "sortkey",
    "partition_key", "cache_key", "secretary", "possession", "obsession", "session_count", "accession_number",
    "tokenizer", "token_count", "tokenCount", "max_tokens", "maxTokens", "nextToken", "next_page_token",
    "pageToken", "page_token", "token_type", "biscuit", "authentic", "authenticated", "author", "authors",
    "authority", "authored", "authoring", "coauthor", "co-author", "author_id", "authtype", "auth_type",
    "accreditation", "design", "signal", "assign", "pinned", "pinned_by", "passenger", "passage", "bypass",
    "compass", "side", "consider", "cursor", "country_code", "postcode", "status_code", "decode",
    "tickets_sold", "breadcrumb", "crumbs", "monkeys", "Monkey2", "hotkeys", "hotkeys1", "keywords",
    "keyboards", "sort_keys", "cacheKeys1", "primary_keys", "page_key", "nextPageKey", "tickets1", "apw", "s",
    "1", "access", "grant_type", "seed", "code", "user", "state", ""};

static const char *const ordinary_headers[] = {"Accept", "Accept-Encoding", "Accept-Language", "Content-Type",
    "Content-Length", "Content-Encoding", "Cache-Control", "Connection", "Date", "Expect", "If-None-Match",
    "If-Modified-Since", "Keep-Alive", "Origin", "Pragma", "Range", "Referer", "User-Agent", "Host", "Via",
    "X-Request-Id", "X-Correlation-Id", "X-Forwarded-For", "X-Api-Version", "X-Author", "X-Authority",
    "Idempotency-Key", "Sec-WebSocket-Key", "Access-Control-Request-Headers",
    "Access-Control-Allow-Credentials", "CF-Access-Client-Id", "Traceparent", "Keyboard", "X-Keyword",
    "X-Design", "X-Passenger", "X-Pinned", "X-Monkey", "X-Turkey", "Accept-Signature", "Signature-Input",
    "X-Session-Affinity", "X-Tokenizer", "Surrogate-Key", "Surrogate-Keys", "X-Keywords", "X-Monkeys",
    "X-Cache-Key", "Sign-Language", "Sec-WebSocket-Protocol", "X-Team", "X-Country-Code"};

static void expect_header_shown(const char *name, bool is_secret)
{
    struct buffer header = {0};
    struct buffer shown = {0};

    buffer_printf(&header, "%s: value", name);
    buffer_append(&header, "", 1);
    workload_show_header(header.bytes, &shown);
    buffer_append(&shown, "", 1);
    cr_expect_eq(strstr(shown.bytes, "value") == NULL, is_secret, "%s", shown.bytes);
    buffer_release(&header);
    buffer_release(&shown);
}

Test(workload, hides_the_headers_that_vendors_use_for_secrets_and_no_ordinary_ones)
{
    for (size_t i = 0; i < sizeof secret_headers / sizeof *secret_headers; i++)
        expect_header_shown(secret_headers[i], true);
    for (size_t i = 0; i < sizeof ordinary_headers / sizeof *ordinary_headers; i++)
        expect_header_shown(ordinary_headers[i], false);
}

static void expect_parameter_shown(const char *name, bool is_secret)
{
    struct buffer url = {0};
    struct buffer shown = {0};

    buffer_printf(&url, "http://h/?a=b&%s=value&c=d", name);
    buffer_append(&url, "", 1);
    workload_show_url(url.bytes, &shown);
    buffer_append(&shown, "", 1);
    cr_expect_eq(strstr(shown.bytes, "value") == NULL, is_secret, "%s", shown.bytes);
    cr_expect(strstr(shown.bytes, "?a=b&") && strstr(shown.bytes, "&c=d"), "%s", shown.bytes);
    buffer_release(&url);
    buffer_release(&shown);
}

Test(workload, hides_parameters_that_are_called_as_secrets_are_and_no_words_that_contain_such_a_name)
{
    for (size_t i = 0; i < sizeof secret_parameters / sizeof *secret_parameters; i++)
        expect_parameter_shown(secret_parameters[i], true);
    for (size_t i = 0; i < sizeof ordinary_parameters / sizeof *ordinary_parameters; i++)
        expect_parameter_shown(ordinary_parameters[i], false);
}

Test(workload, refuses_a_proxy_that_libcurl_can_not_use_and_hides_its_password)
{
    static const char *const good[] = {"http://proxy:3128", "http://proxy:3128/", "proxy:3128",
        "me:s3cret@proxy", "socks5h://me:s3cret@[::1]:1080", "http://me:s%2F3@127.0.0.1:1"};
    static const char *const bad[] = {"http://me:s3/cret@proxy", "http://me:80/s3cret@proxy",
        "me:s3?cret@proxy", "http://me:s3#cret@proxy:1", "nonsense://me:s3cret@proxy",
        "http://me:s3cret@proxy:99999", "http://me:s3cret@pro xy", "http://"};
    struct failure failure;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_expect_eq(workload_check_proxy(good[i], &failure), 0, "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_eq(workload_check_proxy(bad[i], &failure), -1, "%s", bad[i]);
        cr_expect_eq(failure.code, FAILURE_USAGE);
        cr_expect(!strstr(failure.message, "s3") && !strstr(failure.message, "cret"), "%s", failure.message);
    }
}

/* ---- tables that nobody should trust ---- */

/* A copy of exactly the table's size, so that AddressSanitizer sees every step outside. */
static char *copy_table(const struct workload *workload)
{
    char *copy = malloc(workload->size);

    cr_assert_not_null(copy);
    memcpy(copy, workload, workload->size);
    return copy;
}

/* Checks a table; one that is accepted must be safe to walk and to write. Returns 1 when it was accepted. */
static size_t check_and_walk(const void *table, size_t size)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct buffer json = {0};
    struct buffer text = {0};

    if (workload_check(table, size, &failure) != 0) {
        cr_assert_eq(failure.code, FAILURE_RUN);
        return 0;
    }
    describe(table, &text);
    cr_assert_eq(workload_write_json(table, &json, &failure), 0);
    buffer_release(&json);
    buffer_release(&text);
    return 1;
}

Test(workload, check_survives_any_word_of_the_table_being_hostile)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    const struct workload *workload = parse_good(everything, &memory);
    const uint64_t size = workload->size;
    const uint64_t hostile[] = {0, 1, 2, 7, 8, size - 1, size, size + 1, size - 8, size / 8,
        workload->batches, workload->requests, sizeof(struct workload), UINT32_MAX, UINT64_C(1) << 32,
        UINT64_C(1) << 60, UINT64_C(1) << 63, UINT64_MAX, UINT64_MAX - 7, UINT64_MAX / 48,
        UINT64_MAX / 48 + 1, UINT64_MAX / 24 + 1, UINT64_C(0x4141414141414141), UINT64_C(0x0a0d0a0d0a0d0a0d)};
    size_t refused = 0;
    char *copy = copy_table(workload);

    for (size_t at = 0; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t)) {
        for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
            memcpy(copy + at, &hostile[i], sizeof hostile[i]);
            refused += !check_and_walk(copy, size);
        }
        memcpy(copy + at, (const char *)workload + at, sizeof(uint64_t));
    }
    cr_expect_eq(check_and_walk(copy, size), 1, "the table itself is no longer accepted");
    cr_expect(refused > size / 8 * 10, "only %zu of %zu refused", refused, size / 8 * 24);
    free(copy);
    shared_memory_release(&memory);
}

Test(workload, check_survives_random_bytes_changing)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    const struct workload *workload = parse_good(everything, &memory);
    struct random random = {11};
    char *copy = copy_table(workload);

    for (int round = 0; round < 20000; round++) {
        for (uint64_t changes = 1 + random_below(&random, 3); changes > 0; changes--)
            copy[random_below(&random, workload->size)] = (char)random_next(&random);
        (void)check_and_walk(copy, workload->size);
        memcpy(copy, workload, workload->size);
    }
    free(copy);
    shared_memory_release(&memory);
}

Test(workload, check_refuses_a_table_that_is_cut_or_not_aligned)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure;
    const struct workload *workload = parse_good(everything, &memory);

    for (size_t size = 0; size < workload->size; size++)
        cr_assert_eq(workload_check(workload, size, &failure), -1);
    cr_expect_eq(workload_check((const char *)workload + 1, workload->size - 1, &failure), -1);
    cr_expect_eq(workload_check(NULL, 1000, &failure), -1);
    shared_memory_release(&memory);
}

/* One number of a good table changed, so that it no longer fits the others. */
Test(workload, check_refuses_counts_that_do_not_agree)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure;
    char *copy = copy_table(parse_good(three_batches, &memory));
    struct workload *table = (struct workload *)(void *)copy;
    struct workload_batch *batches = (struct workload_batch *)(void *)(copy + table->batches);
    struct workload_request *requests = (struct workload_request *)(void *)(copy + table->requests);
    uint64_t *const words[] = {&table->path_count, &table->batch_count, &table->request_count, &table->size,
        &table->magic, &batches[0].first_request, &batches[1].first_request, &batches[1].request_count,
        &batches[2].request_count, &requests[3].body_size, &requests[3].headers, &requests[0].body_size};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        for (int step = -1; step <= 1; step += 2) {
            *words[i] += (uint64_t)(int64_t)step;
            cr_expect_eq(workload_check(copy, memory.size, &failure), -1, "word %zu, %d", i, step);
            *words[i] -= (uint64_t)(int64_t)step;
        }
    }
    requests[2].expected_status = 99;
    cr_expect_eq(workload_check(copy, memory.size, &failure), -1);
    requests[2].expected_status = 0;
    requests[2].header_count = 1;
    cr_expect_eq(workload_check(copy, memory.size, &failure), -1);
    requests[2].header_count = 0;
    cr_expect_eq(workload_check(copy, memory.size, &failure), 0);
    free(copy);
    shared_memory_release(&memory);
}

static size_t servers_of(const char *text)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(workload_parse(text, strlen(text), "test", &memory, &failure), 0, "%s", failure.message);
    size_t count = workload_server_count(memory.bytes);
    shared_memory_release(&memory);
    return count;
}

Test(workload, tells_how_many_servers_have_http_urls)
{
    const char text[] = "http://a/\nHTTP://a:80/b\nhttp://c:1/\nhttps://a/\n/path\n";
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};
    cr_assert_eq(workload_parse(text, strlen(text), "test", &memory, &failure), 0, "%s", failure.message);
    cr_expect_eq(workload_server_count(memory.bytes), 4);
    cr_expect_eq(workload_plain_server_count(memory.bytes), 2);
    shared_memory_release(&memory);
}

static uint64_t most_to_one_server(const char *text, uint64_t requests)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(workload_parse(text, strlen(text), "test", &memory, &failure), 0, "%s", failure.message);
    uint64_t most = workload_requests_to_one_server(memory.bytes, workload_extent(memory.bytes, requests));
    shared_memory_release(&memory);
    return most;
}

Test(servers, get_their_share_of_a_workload_that_is_repeated_or_cut_short)
{
    static const char text[] = "/a\nhttp://h/\n/b\nhttp://i/\n";

    cr_expect_eq(most_to_one_server(text, 0), 2);
    cr_expect_eq(most_to_one_server(text, 400), 200);
    cr_expect_eq(most_to_one_server(text, 401), 201);
    cr_expect_eq(most_to_one_server(text, 402), 201);
    cr_expect_eq(most_to_one_server(text, 403), 202);
    cr_expect_eq(most_to_one_server(text, 1), 1);
}

/* As registered with IANA; what is not registered may do anything. */
Test(methods, are_idempotent_as_their_specifications_say)
{
    static const char *const idempotent[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND",
        "REPORT", "SEARCH", "QUERY", "MKCOL", "MOVE", "COPY", "UNLOCK", "VERSION-CONTROL"};
    static const char *const others[] = {"POST", "PATCH", "LOCK", "CONNECT", "PURGE", "get"};

    for (size_t i = 0; i < sizeof idempotent / sizeof idempotent[0]; i++)
        cr_expect(workload_method_is_idempotent(idempotent[i]), "%s", idempotent[i]);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        cr_expect_not(workload_method_is_idempotent(others[i]), "%s", others[i]);
}

Test(servers, are_told_apart_by_scheme_host_and_port)
{
    struct buffer many = {0};

    cr_expect_eq(servers_of("/a\n/b\n"), 1);
    cr_expect_eq(servers_of("http://h/a\nhttp://h/b\nhttp://H/\n"), 1);
    cr_expect_eq(servers_of("http://h/\nhttp://h:80/\nhttp://u:p@h/\nhttp://u@H:80?q\nhttps://h:80/\n"), 2);
    cr_expect_eq(servers_of("https://h/\nhttps://[::1]:443/\nhttps://h:443/\nhttps://[::1]/\n"), 2);
    cr_expect_eq(servers_of("/a\nhttp://h/\nhttps://h/\nhttp://h:81/\nhttp://i/\nhttp://h/\n"), 5);
    for (int i = 0; i < 10000; i++)
        buffer_printf(&many, "http://h%d/\n", i % 5000);
    buffer_append(&many, "", 1);
    cr_expect_eq(servers_of(many.bytes), 5000);
    buffer_release(&many);
}

Test(table, cannot_be_written_by_anybody)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(workload_parse("/a\n", 3, "test", &memory, &failure), 0);
    cr_expect_eq(mmap(NULL, memory.size, PROT_READ | PROT_WRITE, MAP_SHARED, memory.fd, 0), MAP_FAILED);
    cr_expect_eq(pwrite(memory.fd, "x", 1, 0), -1);
    cr_expect_eq(ftruncate(memory.fd, 0), -1);
    shared_memory_release(&memory);
}
