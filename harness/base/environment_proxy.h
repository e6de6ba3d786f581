/* environment_proxy: which proxy libcurl takes from the environment. */
#ifndef HARNESS_ENVIRONMENT_PROXY_H
#define HARNESS_ENVIRONMENT_PROXY_H

/*
 * The proxy for URLs of `scheme` at `host` (an IPv6 address without brackets), by the rules of
 * libcurl-env(3); borrowed from the environment; NULL: none. In no_proxy, blocks of addresses such
 * as 10.0.0.0/8 and lists without commas are not understood: rather a proxy that is not used than one
 * that nobody knew of.
 */
const char *environment_proxy(const char *scheme, const char *host);

#endif
