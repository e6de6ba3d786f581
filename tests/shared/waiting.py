"""Waiting for what must come, instead of sleeping for as long as it mostly takes."""

import time


def becomes(condition, limit_s):
    """Waits until the condition holds, for so long at most. Does it?"""
    limit = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() >= limit:
            return False
        time.sleep(0.01)
    return True


def wait_until(condition, limit_s, what):
    assert becomes(condition, limit_s), f"after {limit_s} s still not true: {what}"
