/* internal: what the files of transfer share and nobody else sees. */
#ifndef HARNESS_TRANSFER_INTERNAL_H
#define HARNESS_TRANSFER_INTERNAL_H

#include <stdalign.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "http.h"
#include "lost_names.h"
#include "names.h"
#include "transfer.h"
#include "trust.h"

/* What a request carries. */
enum content {
    CONTENT_NONE,
    CONTENT_EMPTY, /* its method means to send something, so the length is sent, and is 0 (RFC 9110, 8.6) */
    CONTENT_BODY,
    CONTENT_COUNT
};

/* A request of the workload's table, ready to be put on a handle. */
struct prepared_request {
    const char *url;   /* absolute */
    long http_version; /* to ask for, as CURLOPT_HTTP_VERSION takes it */
    const char *method;
    enum content content;
    const char *body; /* NULL: none */
    curl_off_t body_size;
    struct curl_slist *headers; /* the common list for its content, or its own */
    bool has_own_headers;
    bool names_elsewhere;     /* the URL names another machine; only known where a proxy is used */
    uint16_t expected_status; /* 0: anything below 400 */
    const char *no_address;   /* why it can't be sent: a name was looked up in vain; NULL: it can */
};

/* All requests of the table, and what they have in common. */
struct prepared_requests {
    struct prepared_request *items;
    size_t count;
    struct buffer urls; /* the texts of resolved paths */
    struct curl_slist *common_headers[CONTENT_COUNT];
};

int prepared_requests_init(struct prepared_requests *prepared, const struct settings *settings,
    const struct workload *workload, struct failure *failure);
double prepared_requests_bytes(const struct settings *settings, const struct workload *workload);
void prepared_requests_release(struct prepared_requests *prepared);

/* How far a request has come along redirects. All zero: no answer has sent it on. */
struct redirect {
    struct prepared_request request; /* what is on the handle, once `count` is above 0 */
    char *url;                       /* that request's; libcurl's to free */
    char *host;                      /* the same, of that URL */
    struct curl_slist *headers;      /* that request's, if they are not the prepared ones */
    unsigned int count;              /* redirects followed */
    uint64_t spent_us;               /* by the transfers so far */
    uint64_t left_ms;                /* of the time-out; 0: there is none */
};

/*
 * So many connections a handle of a lane keeps, and so many all handles of a multi handle: more than a
 * process can have open (fs.nr_open), so that none is closed to make room for another, whoever waits for it.
 * To libcurl it is a number to compare with; it takes memory for the connections that there are.
 */
#define CONNECTIONS_KEPT_MAX 10000000L

/* How a transfer's attempts to connect went. All zero: there was none. */
struct attempt {
    struct sockaddr_storage address; /* of the last */
    socklen_t address_size;          /* 0: there is none */
    int error;                       /* of those before; 0: none, or not known */
    bool was_elsewhere;              /* one was to an address that is not this machine's */
};

struct lanes_shared;

/* Lanes are written by different threads: each has its own cache lines. */
struct lane {
    alignas(64) CURL *handle;
    struct record *record;   /* of the request under way */
    uint64_t index;          /* of that request in the extent */
    bool has_whole_head;     /* the blank line after the headers came */
    bool has_answer;         /* a status line came */
    unsigned int sent_count; /* how often libcurl sent it before an answer came: once, and for each retry */
    struct handshakes handshakes;           /* of the connections that were opened for it */
    bool has_batch;                         /* claimed and not yet begun, because it was not due */
    uint64_t due_ns;                        /* when that batch is due, CLOCK_MONOTONIC; 0 in a closed loop */
    uint64_t requests_left;                 /* in the batch, this one included */
    const struct prepared_request *request; /* as the workload has it */
    const struct prepared_request *on_handle; /* what the handle is set up for; NULL: nothing yet */
    struct redirect redirect;
    struct attempt attempt;
    struct lanes_shared *shared; /* by all lanes */
    struct sockets *sockets;     /* of the event loop that the lane is in, if it watches them itself */
    char error[CURL_ERROR_SIZE];
};

/* What is on the lane's handle: the workload's request, or where an answer has sent it on to. */
static inline const struct prepared_request *lane_request(const struct lane *lane)
{
    return lane->redirect.count > 0 ? &lane->redirect.request : lane->request;
}

/* How many there are of something, and the most that there were at once. */
struct peak {
    _Atomic size_t now;
    _Atomic size_t most;
};

static inline void peak_add(struct peak *peak)
{
    size_t now = atomic_fetch_add(&peak->now, 1) + 1;
    size_t most = atomic_load(&peak->most);

    while (now > most && !atomic_compare_exchange_weak(&peak->most, &most, now))
        continue;
}

static inline void peak_subtract(struct peak *peak)
{
    atomic_fetch_sub(&peak->now, 1);
}

/* Why the strategy can't go on: what was said first. */
struct first_failure {
    _Atomic bool is_taken; /* somebody says it */
    _Atomic bool is_said;
    struct failure failure;
};

/* What the processes and threads of a trial have in common. Zeroed pages that a forked process shares. */
struct lanes_shared {
    alignas(64) _Atomic uint64_t next_batch;
    alignas(64) _Atomic bool is_stopped;
    _Atomic bool may_leave; /* a connection to another machine was tried, or a proxy may make one */
    struct peak threads;    /* of all processes, main ones included */
    struct peak processes;
    struct first_failure failed;
};

struct lanes {
    const struct settings *settings;
    const struct workload *workload;
    struct workload_extent extent;
    struct records *records;
    struct prepared_requests prepared;
    uint64_t *due_ns;    /* [batch] since the clock's start; NULL: closed loop */
    struct trust *trust; /* NULL: no request needs it, or nothing can be shared */
    struct curl_slist *addresses[ORIGIN_ADDRESSES_MAX]; /* spread.c */
    struct names *names;
    struct lost_names lost; /* of redirects */
    struct lane *items;
    size_t count;
    bool expects_no_answers;
    struct lanes_shared *shared;
};

/* A handle with every option that does not change from request to request. */
CURL *handle_create(const struct lanes *lanes, size_t lane, struct failure *failure);

/*
 * For a lane whose transfer is over: libcurl allows a handle five retries in its whole life, not for each
 * transfer (curl pull request 19066), and only a reset starts the count anew. Connections stay.
 */
void handle_forget_retries(const struct lanes *lanes, size_t lane);

/* Puts `request` on the lane's handle, whatever was on it before. */
void handle_set_request(struct lane *lane, const struct prepared_request *request);

/* Before the first handle: the addresses on which lanes take turns (--origin-addresses). */
int spread_prepare(struct lanes *lanes, struct failure *failure);
void spread_set_up(const struct lanes *lanes, size_t lane, CURL *handle);
void spread_release(struct lanes *lanes);

/* For CURLOPT_OPENSOCKETFUNCTION: what libcurl would do, and a note of it. `lane` is a struct lane. */
curl_socket_t attempt_open_socket(void *lane, curlsocktype purpose, struct curl_sockaddr *address);

/* For CURLOPT_CLOSESOCKETFUNCTION: what libcurl would do, told to the event loop. `lane` is a struct lane. */
int attempt_close_socket(void *lane, curl_socket_t fd);

/*
 * After a transfer that ended with CURLE_COULDNT_CONNECT: why, as an errno, 0 when it is not known, and as an
 * outcome. A name may have several addresses: want of a port (EADDRNOTAVAIL) or of a descriptor for one of
 * them counts for more than what came of the others. Without a local address it is ENETUNREACH.
 */
int attempt_error(const struct lane *lane);
enum outcome attempt_outcome(const struct lane *lane);

/* How the lane's transfer ended: the outcome, and libcurl's figures, added to those of the request's
 * transfers before, into its record. Does not settle it. */
enum outcome outcome_of_transfer(const struct lane *lane, CURLcode result, bool expects_no_answer);

/* The outcome of a request that is given up with this code, after a transfer that went well. */
enum outcome outcome_of_refusal(const struct lane *lane, CURLcode result);

/* Before the clock, where a proxy is used: notes which of the requests name another machine, because a proxy
 * on this one would take them there. */
void elsewhere_watch_proxy(struct lanes *lanes);

/* The lane's transfer is over: counts it in the records if it went to another machine. Looks up no name, and
 * costs nothing as long as no transfer of the trial can have gone there. */
void elsewhere_note(const struct lanes *lanes, const struct lane *lane);

/* After outcome_of_transfer: did the answer send the request on? */
bool redirect_is_due(const struct lane *lane, CURLcode result);

/* Follows the answer by one step: the lane's redirect says what is to be sent next. Otherwise why not, with
 * the lane's error set. The handle keeps its options. */
CURLcode redirect_turn(struct lane *lane, uint64_t timeout_ms);

/* Puts the request of redirect_turn on the lane's handle, with what is left of the time-out. */
void redirect_set_request(struct lane *lane);

/* For the next request. Nothing of the handle is changed, which may point to the list of headers. */
void redirect_forget(struct lane *lane);

#endif
