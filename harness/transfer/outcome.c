/* outcome: how a transfer ended, in the words of record.h, the same for every strategy. */
#include "internal.h"

#include <string.h>
#include <strings.h>

static enum outcome outcome_of_code(CURLcode result)
{
    static const struct {
        CURLcode code;
        enum outcome outcome;
    } known[] = {
        {CURLE_COULDNT_RESOLVE_HOST, OUTCOME_RESOLVE_FAILED},
        {CURLE_COULDNT_RESOLVE_PROXY, OUTCOME_RESOLVE_FAILED},
        {CURLE_COULDNT_CONNECT, OUTCOME_CONNECT_FAILED},
        {CURLE_INTERFACE_FAILED, OUTCOME_CONNECT_FAILED},
        {CURLE_OPERATION_TIMEDOUT, OUTCOME_TIMED_OUT},
        {CURLE_SSL_CONNECT_ERROR, OUTCOME_TLS_FAILED},
        {CURLE_PEER_FAILED_VERIFICATION, OUTCOME_TLS_FAILED},
        {CURLE_SSL_CERTPROBLEM, OUTCOME_TLS_FAILED},
        {CURLE_SSL_CIPHER, OUTCOME_TLS_FAILED},
        {CURLE_SSL_CACERT_BADFILE, OUTCOME_TLS_FAILED},
        {CURLE_SSL_ISSUER_ERROR, OUTCOME_TLS_FAILED},
        {CURLE_GOT_NOTHING, OUTCOME_CONNECTION_LOST},
        {CURLE_SEND_ERROR, OUTCOME_CONNECTION_LOST},
        {CURLE_PARTIAL_FILE, OUTCOME_CONNECTION_LOST},
        {CURLE_WEIRD_SERVER_REPLY, OUTCOME_BAD_RESPONSE},
        {CURLE_UNSUPPORTED_PROTOCOL, OUTCOME_BAD_RESPONSE}, /* what answered speaks HTTP/0.9, or no HTTP */
        {CURLE_BAD_CONTENT_ENCODING, OUTCOME_BAD_RESPONSE},
#if LIBCURL_VERSION_NUM >= 0x080600
        {CURLE_TOO_LARGE, OUTCOME_BAD_RESPONSE}, /* a header without an end */
#endif
        {CURLE_HTTP2, OUTCOME_BAD_RESPONSE},
        {CURLE_HTTP2_STREAM, OUTCOME_BAD_RESPONSE},
        {CURLE_TOO_MANY_REDIRECTS, OUTCOME_TOO_MANY_REDIRECTS},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].code == result)
            return known[i].outcome;
    return OUTCOME_OTHER_FAILURE;
}

/* libcurl also says "receive error" of chunks and headers that it refuses to read. CURLINFO_OS_ERRNO does not
 * tell, as it may be left from an earlier transfer; the text does. Over TLS the texts are the TLS library's.
 */
static enum outcome outcome_of_receive_error(const struct lane *lane)
{
    static const char of_socket[] = "Recv failure";
    const char *scheme = NULL;

    (void)curl_easy_getinfo(lane->handle, CURLINFO_SCHEME, &scheme);
    bool is_plain = scheme && strcasecmp(scheme, "http") == 0;
    bool is_of_socket = lane->error[0] == '\0' || strncmp(lane->error, of_socket, strlen(of_socket)) == 0;
    return is_plain && !is_of_socket ? OUTCOME_BAD_RESPONSE : OUTCOME_CONNECTION_LOST;
}

/* Needs the lane's record filled in. Before 8.6 libcurl said "out of memory" of a header without an end. */
static enum outcome outcome_of_error(const struct lane *lane, CURLcode result)
{
    if (result == CURLE_COULDNT_CONNECT)
        return attempt_outcome(lane);
    if (result == CURLE_RECV_ERROR)
        return outcome_of_receive_error(lane);
    if (result == CURLE_OUT_OF_MEMORY && lane->record->starttransfer_us > 0)
        return OUTCOME_BAD_RESPONSE;
    return outcome_of_code(result);
}

static uint64_t outcome_figure(CURL *handle, CURLINFO info)
{
    curl_off_t value = 0;

    (void)curl_easy_getinfo(handle, info, &value);
    return value > 0 ? (uint64_t)value : 0;
}

static uint8_t outcome_http_version(CURL *handle)
{
    long version = 0;

    (void)curl_easy_getinfo(handle, CURLINFO_HTTP_VERSION, &version);
    switch (version) {
    case CURL_HTTP_VERSION_1_0:
        return 10;
    case CURL_HTTP_VERSION_1_1:
        return 11;
    case CURL_HTTP_VERSION_2_0:
        return 20;
    case CURL_HTTP_VERSION_3:
        return 30;
    default:
        return 0;
    }
}

/* Each redirect adds to the figures, as libcurl's own do when libcurl follows: a record is zero at first. */
static void outcome_read_figures(CURL *handle, struct record *record)
{
    long response_code = 0;
    long connections = 0;

    (void)curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &response_code);
    (void)curl_easy_getinfo(handle, CURLINFO_NUM_CONNECTS, &connections);
    record->response_code = (uint16_t)response_code;
    record->connections_opened += (uint32_t)connections;
    record->http_version = outcome_http_version(handle);
    record->namelookup_us += outcome_figure(handle, CURLINFO_NAMELOOKUP_TIME_T);
    record->connect_us += outcome_figure(handle, CURLINFO_CONNECT_TIME_T);
    record->appconnect_us += outcome_figure(handle, CURLINFO_APPCONNECT_TIME_T);
    record->pretransfer_us += outcome_figure(handle, CURLINFO_PRETRANSFER_TIME_T);
    record->starttransfer_us += outcome_figure(handle, CURLINFO_STARTTRANSFER_TIME_T);
    record->bytes_received = outcome_figure(handle, CURLINFO_SIZE_DOWNLOAD_T);
}

static uint8_t outcome_sum(unsigned int one, unsigned int other)
{
    return (uint8_t)(one + other > UINT8_MAX ? UINT8_MAX : one + other);
}

/* Those of the transfers before are in the record. What was repeated is this transfer, whose method may not
 * be the one that the workload has. */
static void outcome_count_retries(const struct lane *lane)
{
    struct record *record = lane->record;
    unsigned int retries = lane->sent_count > 0 ? lane->sent_count - 1 : 0;

    if (retries == 0)
        return;
    record->retries = outcome_sum(record->retries, retries);
    if (!workload_method_is_idempotent(lanes_request(lane)->method))
        record->risky_retries = outcome_sum(record->risky_retries, retries);
}

enum outcome outcome_of_refusal(const struct lane *lane, CURLcode result)
{
    lane->record->curl_code = (int32_t)result;
    return outcome_of_code(result);
}

enum outcome outcome_of_transfer(const struct lane *lane, CURLcode result, bool expects_no_answer)
{
    uint16_t expected_status = lane->request->expected_status;
    struct record *record = lane->record;

    record->curl_code = (int32_t)result;
    if (expects_no_answer)
        return OUTCOME_OK;
    outcome_read_figures(lane->handle, record);
    outcome_count_retries(lane);
    if (result != CURLE_OK)
        return outcome_of_error(lane, result);
    if (!lane->has_whole_head)
        return OUTCOME_CONNECTION_LOST;
    bool is_expected =
        expected_status == 0 ? record->response_code < 400 : record->response_code == expected_status;
    return is_expected ? OUTCOME_OK : OUTCOME_UNEXPECTED_STATUS;
}
