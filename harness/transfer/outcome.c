/* outcome: how a transfer ended, in the words of record.h, the same for every strategy. */
#include "internal.h"

#include <string.h>

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
        {CURLE_TOO_MANY_REDIRECTS, OUTCOME_TOO_MANY_REDIRECTS},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].code == result)
            return known[i].outcome;
    return OUTCOME_OTHER_FAILURE;
}

/*
 * Two codes of HTTP/2 stand for many causes, which the text tells apart: the first row counts whose text
 * occurs in libcurl's. A stream that the server resets before the answer is complete is lost, like a
 * connection that it resets; but what it sends against the protocol (RFC 9113) is a bad response, whoever
 * then ends the stream: PROTOCOL_ERROR and the like come from this side, too.
 *
 * "Error in the HTTP2 framing layer" alone is said of a stream whose connection has ended, by GOAWAY or by
 * what happened to a neighbour; "Stream error" alone of one that ended while the body was being sent.
 */
static enum outcome outcome_of_http2(const struct lane *lane, CURLcode result)
{
    static const struct {
        CURLcode code;
        const char *text;
        enum outcome outcome;
    } known[] = {
        {CURLE_HTTP2_STREAM, "not closed cleanly: NO_ERROR", OUTCOME_CONNECTION_LOST},
        {CURLE_HTTP2_STREAM, "not closed cleanly: INTERNAL_ERROR", OUTCOME_CONNECTION_LOST},
        {CURLE_HTTP2_STREAM, "not closed cleanly: REFUSED_STREAM", OUTCOME_CONNECTION_LOST},
        {CURLE_HTTP2_STREAM, "not closed cleanly: CANCEL", OUTCOME_CONNECTION_LOST},
        {CURLE_HTTP2_STREAM, "not closed cleanly: ENHANCE_YOUR_CALM", OUTCOME_CONNECTION_LOST},
        {CURLE_HTTP2_STREAM, "Stream error in the HTTP/2 framing layer", OUTCOME_CONNECTION_LOST},
        {CURLE_HTTP2_STREAM, "", OUTCOME_BAD_RESPONSE},
        {CURLE_HTTP2, "NO_ERROR", OUTCOME_CONNECTION_LOST},
        {CURLE_HTTP2, "nghttp2", OUTCOME_BAD_RESPONSE},
        {CURLE_HTTP2, "expected SETTINGS frame", OUTCOME_BAD_RESPONSE},
        {CURLE_HTTP2, "", OUTCOME_CONNECTION_LOST},
    };
    const char *text = lane->error[0] ? lane->error : curl_easy_strerror(result);
    size_t row = 0;

    while (known[row].code != result || !strstr(text, known[row].text))
        row++;
    return known[row].outcome;
}

/* Does libcurl's text name what ended the connection? The text is of what failed first, the code of what came
 * of it: what can't be sent (libcurl 8 says "Send failure") may become a receive error or one of HTTP/2. */
static bool outcome_is_of_connection(const struct lane *lane)
{
    static const char *const of_connection[] = {
        "Recv failure",
        "Send failure",
        "SSL_read",
        "SSL_write",
        "GnuTLS recv error",
        "Failed receiving HTTP2 data",
        "Failed sending HTTP2 data",
        "Connection died",
        "CONNECT aborted",
    };

    for (size_t i = 0; i < sizeof of_connection / sizeof of_connection[0]; i++)
        if (strstr(lane->error, of_connection[i]))
            return true;
    return false;
}

/* libcurl also says "receive error" of chunks, headers and frames that it refuses to read. CURLINFO_OS_ERRNO
 * does not tell, as it may be left from an earlier transfer; what it says of a socket or of TLS does. */
static enum outcome outcome_of_receive_error(const struct lane *lane)
{
    bool is_lost = lane->error[0] == '\0' || outcome_is_of_connection(lane);

    return is_lost ? OUTCOME_CONNECTION_LOST : OUTCOME_BAD_RESPONSE;
}

/* Needs the lane's record filled in. Before 8.6 libcurl said "out of memory" of a header without an end. */
static enum outcome outcome_of_error(const struct lane *lane, CURLcode result)
{
    if (result == CURLE_COULDNT_CONNECT)
        return attempt_outcome(lane);
    if (result == CURLE_RECV_ERROR)
        return outcome_of_receive_error(lane);
    if (result == CURLE_HTTP2 || result == CURLE_HTTP2_STREAM)
        return outcome_is_of_connection(lane) ? OUTCOME_CONNECTION_LOST : outcome_of_http2(lane, result);
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
        return HTTP_VERSION_1_0;
    case CURL_HTTP_VERSION_1_1:
        return HTTP_VERSION_1_1;
    case CURL_HTTP_VERSION_2_0:
        return HTTP_VERSION_2;
    case CURL_HTTP_VERSION_3:
        return HTTP_VERSION_3;
    default:
        return HTTP_VERSION_NONE;
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

/* Where TLS is possible and nobody counts, nothing is known. */
static void outcome_read_handshakes(const struct handshakes *handshakes, struct record *record)
{
    if (handshakes->are_unknown) {
        record->handshakes_full = record->handshakes_resumed = RECORD_UNKNOWN;
        return;
    }
    record->handshakes_full += handshakes->full;
    record->handshakes_resumed += handshakes->resumed;
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
    if (!workload_method_is_idempotent(lane_request(lane)->method))
        record->risky_retries = outcome_sum(record->risky_retries, retries);
}

/* Where a proxy does not let a request through to its server (CONNECT): the proxy's status; else 0. */
static uint16_t outcome_status_of_tunnel(CURL *handle)
{
    long status = 0;

    (void)curl_easy_getinfo(handle, CURLINFO_HTTP_CONNECTCODE, &status);
    return status >= 300 && status <= 999 ? (uint16_t)status : 0;
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
    outcome_read_handshakes(&lane->handshakes, record);
    outcome_count_retries(lane);
    uint16_t tunnel_status = result == CURLE_OK ? 0 : outcome_status_of_tunnel(lane->handle);
    if (tunnel_status > 0) {
        record->response_code = tunnel_status;
        record->http_version = HTTP_VERSION_NONE;
        return OUTCOME_UNEXPECTED_STATUS;
    }
    if (result != CURLE_OK)
        return outcome_of_error(lane, result);
    if (!lane->has_whole_head)
        return OUTCOME_CONNECTION_LOST;
    bool is_expected =
        expected_status == 0 ? record->response_code < 400 : record->response_code == expected_status;
    return is_expected ? OUTCOME_OK : OUTCOME_UNEXPECTED_STATUS;
}
