#include "transport.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a call on the socket that returned -1 means. */
static ssize_t transport_failed(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? TRANSPORT_AGAIN : TRANSPORT_BROKEN;
}

/* What an SSL call that returned no success means. */
static int transport_ssl_failed(const struct transport *transport, int returned)
{
    switch (SSL_get_error(transport->ssl, returned)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return TRANSPORT_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return TRANSPORT_END;
    default:
        return TRANSPORT_BROKEN;
    }
}

/* Of the call that returned this, which is not one that sends. */
static void transport_note_wish(struct transport *transport, int returned)
{
    transport->wants_output =
        returned <= 0 && SSL_get_error(transport->ssl, returned) == SSL_ERROR_WANT_WRITE;
}

static bool transport_met_clear(void)
{
    unsigned long error = ERR_peek_error();

    return ERR_GET_LIB(error) == ERR_LIB_SSL && (ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST ||
                                                    ERR_GET_REASON(error) == SSL_R_HTTPS_PROXY_REQUEST);
}

int transport_shake_hands(struct transport *transport)
{
    if (!transport->ssl)
        return 1;
    ERR_clear_error();
    int done = SSL_do_handshake(transport->ssl);
    transport_note_wish(transport, done);
    if (done == 1)
        return 1;
    if (!transport_met_clear())
        return transport_ssl_failed(transport, done);
    SSL_free(transport->ssl);
    transport->ssl = NULL;
    return TRANSPORT_CLEAR;
}

static int transport_fit(size_t size)
{
    return size < INT32_MAX ? (int)size : INT32_MAX;
}

ssize_t transport_receive(struct transport *transport, char *bytes, size_t size)
{
    if (!transport->ssl) {
        ssize_t got = recv(transport->fd, bytes, size, 0);
        return got >= 0 ? got : transport_failed();
    }
    ERR_clear_error();
    int got = SSL_read(transport->ssl, bytes, transport_fit(size));
    transport_note_wish(transport, got);
    return got > 0 ? got : transport_ssl_failed(transport, got);
}

ssize_t transport_send(struct transport *transport, const char *bytes, size_t size)
{
    if (!transport->ssl) {
        ssize_t sent = send(transport->fd, bytes, size, MSG_NOSIGNAL);
        return sent >= 0 ? sent : transport_failed();
    }
    ERR_clear_error();
    int sent = SSL_write(transport->ssl, bytes, transport_fit(size));
    return sent > 0 ? sent : transport_ssl_failed(transport, sent);
}

void transport_end(struct transport *transport)
{
    ERR_clear_error();
    if (transport->ssl)
        (void)SSL_shutdown(transport->ssl);
    (void)shutdown(transport->fd, SHUT_WR);
}

void transport_close(struct transport *transport, bool resets)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    if (resets)
        (void)setsockopt(transport->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    else if (transport->ssl && SSL_is_init_finished(transport->ssl))
        (void)SSL_shutdown(transport->ssl);
    SSL_free(transport->ssl);
    (void)close(transport->fd);
    *transport = (struct transport){.fd = -1};
}
