/*
 * loopback: what is this machine, for whoever speaks to it or must not speak to another.
 *
 *     loopback_is_address((struct sockaddr *)&peer)
 *     loopback_is_host("[::1]", 5)
 *
 * This machine's addresses on a network count as another machine: a name may have one of them today and
 * another tomorrow. Nothing here looks up names. Any thread may call these.
 */
#ifndef HARNESS_LOOPBACK_H
#define HARNESS_LOOPBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* 127.0.0.0/8, ::1, and 0.0.0.0 and ::, which Linux connects to itself; the IPv4 ones also as IPv6
 * (::ffff:127.0.0.1). */
bool loopback_is_address(const struct sockaddr *address);

/* "localhost" and the names under it (RFC 6761), a dot at the end or not, in any case; or an address as
 * above, an IPv6 one with or without brackets. */
bool loopback_is_host(const char *host, size_t size);

#endif
