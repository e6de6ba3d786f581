"""From the times that libcurl tells of a request to its phases, for the timeline and for the trace alike. Without numpy, which
the trace does not need.
"""

import math

PHASES = ("connecting", "TLS", "waiting", "receiving")


def moments_of(start, end, connect, secure, first_byte):
    """When the connection was there, when its TLS handshake was done, and when the answer's first byte was there; the phases lie
    between start, these and end. `connect`, `secure` and `first_byte` are in seconds; 0 or NaN: it did not take place, or is
    unknown. A step that did not take place ends where it would have begun; the first byte that is unknown is NaN.

    libcurl counts from when it took the request up, which is not recorded: here that is the start. What the two differ by
    shows as receiving."""
    answered = min(start + first_byte, end) if first_byte > 0 else math.nan
    last = answered if first_byte > 0 else end
    connected = min(start + connect, last) if connect > 0 else start
    secured = min(max(start + secure, connected), last) if secure > 0 else connected
    return connected, secured, answered
