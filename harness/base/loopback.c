#include "loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

static bool loopback_is_four(uint32_t address)
{
    return address >> 24 == IN_LOOPBACKNET || address == INADDR_ANY;
}

static bool loopback_is_six(const struct in6_addr *address)
{
    uint32_t four = 0;

    if (!IN6_IS_ADDR_V4MAPPED(address))
        return IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_UNSPECIFIED(address);
    memcpy(&four, address->s6_addr + 12, sizeof four);
    return loopback_is_four(ntohl(four));
}

bool loopback_is_address(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return loopback_is_four(ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
    return address->sa_family == AF_INET6 &&
           loopback_is_six(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

/* Of a host's name: "evil.example/.localhost" is none. */
static bool loopback_is_name_byte(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' || c == '_' ||
           c == '.';
}

static bool loopback_is_name(const char *name, size_t size)
{
    static const char top[] = "localhost";
    size_t length = sizeof top - 1;

    if (size > 0 && name[size - 1] == '.')
        size--;
    for (size_t i = 0; i < size; i++)
        if (!loopback_is_name_byte(name[i]))
            return false;
    return size >= length && strncasecmp(name + size - length, top, length) == 0 &&
           (size == length || (size > length + 1 && name[size - length - 1] == '.'));
}

bool loopback_is_host(const char *host, size_t size)
{
    char text[INET6_ADDRSTRLEN];
    struct in_addr four;
    struct in6_addr six;

    if (loopback_is_name(host, size))
        return true;
    if (size > 2 && host[0] == '[' && host[size - 1] == ']') {
        host++;
        size -= 2;
    }
    if (size >= sizeof text)
        return false;
    memcpy(text, host, size);
    text[size] = '\0';
    if (strlen(text) != size)
        return false;
    if (inet_pton(AF_INET, text, &four) == 1)
        return loopback_is_four(ntohl(four.s_addr));
    return inet_pton(AF_INET6, text, &six) == 1 && loopback_is_six(&six);
}
