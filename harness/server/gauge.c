#include "gauge.h"

#include <string.h>

#include "clock.h"

void gauge_reset(struct gauge *gauge)
{
    atomic_store(&gauge->connections_accepted, 0);
    atomic_store(&gauge->requests_served, 0);
    atomic_store(&gauge->streams_opened, 0);
    atomic_store(&gauge->handshakes_full, 0);
    atomic_store(&gauge->handshakes_resumed, 0);
    atomic_store(&gauge->arrival_count, 0);
    atomic_store(&gauge->max_in_flight, atomic_load(&gauge->requests_in_flight));
}

size_t gauge_size(uint64_t arrival_capacity)
{
    if (arrival_capacity > (SIZE_MAX / 2) / sizeof(struct gauge_arrival))
        return 0;
    return sizeof(struct gauge) + (size_t)arrival_capacity * sizeof(struct gauge_arrival);
}

void gauge_connection_opened(struct gauge *gauge)
{
    atomic_fetch_add(&gauge->connections_accepted, 1);
    atomic_fetch_add(&gauge->connections_open, 1);
}

void gauge_connection_closed(struct gauge *gauge)
{
    atomic_fetch_sub(&gauge->connections_open, 1);
}

void gauge_handshake_ended(struct gauge *gauge, bool resumed)
{
    atomic_fetch_add(resumed ? &gauge->handshakes_resumed : &gauge->handshakes_full, 1);
}

void gauge_stream_opened(struct gauge *gauge)
{
    atomic_fetch_add(&gauge->streams_opened, 1);
}

static void gauge_keep_text(char *text, size_t room, const char *bytes, size_t size)
{
    size_t kept = size < room ? size : room - 1;

    if (kept > 0)
        memcpy(text, bytes, kept);
    text[kept] = '\0';
}

static void gauge_keep_arrival(struct gauge *gauge, const char *target, size_t target_size)
{
    uint64_t place = atomic_fetch_add(&gauge->arrival_count, 1);

    if (place >= gauge->arrival_capacity)
        return;
    struct gauge_arrival *arrival = &gauge->arrivals[place];
    arrival->at_ns = clock_monotonic_ns();
    gauge_keep_text(arrival->target, sizeof arrival->target, target, target_size);
    arrival->method[0] = arrival->value[0] = arrival->body[0] = '\0';
    arrival->body_size = 0;
}

void gauge_request_began(struct gauge *gauge, const char *target, size_t target_size)
{
    uint64_t in_flight = atomic_fetch_add(&gauge->requests_in_flight, 1) + 1;
    uint64_t most = atomic_load(&gauge->max_in_flight);

    while (in_flight > most && !atomic_compare_exchange_weak(&gauge->max_in_flight, &most, in_flight))
        ;
    if (gauge->arrival_capacity > 0)
        gauge_keep_arrival(gauge, target, target_size);
}

void gauge_request_brought(struct gauge *gauge, struct span method, struct span value, struct span body)
{
    uint64_t count = atomic_load(&gauge->arrival_count);

    if (count == 0 || count > gauge->arrival_capacity)
        return;
    struct gauge_arrival *arrival = &gauge->arrivals[count - 1];
    gauge_keep_text(arrival->method, sizeof arrival->method, method.bytes, method.size);
    gauge_keep_text(arrival->value, sizeof arrival->value, value.bytes, value.size);
    gauge_keep_text(arrival->body, sizeof arrival->body, body.bytes, body.size);
    arrival->body_size = body.size;
}

void gauge_request_ended(struct gauge *gauge, bool answered)
{
    atomic_fetch_sub(&gauge->requests_in_flight, 1);
    if (answered)
        atomic_fetch_add(&gauge->requests_served, 1);
}
