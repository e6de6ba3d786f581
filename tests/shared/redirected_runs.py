"""Run in own_network: sends the harness to servers here that redirect to one elsewhere, and prints as JSON what it said.

    python3 redirected_runs.py FOLDER
"""

import contextlib
import json
import pathlib
import sys

import harness_runs
import target_servers
from own_network import ELSEWHERE


def redirecting(location):
    answer = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    return target_servers.canned(answer.encode())


def told(folder, *arguments, **options):
    outcome = harness_runs.run_once(folder, "--requests", 6, *arguments, **options)
    return {"stderr": outcome.stderr, "trials": outcome.results.trials}


def main():
    folder = pathlib.Path(sys.argv[1])
    with contextlib.ExitStack() as servers:
        there = servers.enter_context(target_servers.serving(target_servers.Witness(host=ELSEWHERE)))
        to_it = servers.enter_context(redirecting(f"{there.url}/there"))
        astray = servers.enter_context(redirecting(f"http://{ELSEWHERE}:1/nobody"))
        to_here = servers.enter_context(redirecting("http://127.0.0.2:1/here"))
        by_proxy = {"http_proxy": there.url, "no_proxy": "127.0.0.1", "NO_PROXY": None}
        print(json.dumps({
            "followed": told(folder, f"{to_it}/a", "--location"),
            "arrivals": len(there.arrivals),
            "warm": told(folder, f"{to_it}/a", "--location", "--start", "warm"),
            "left": told(folder, f"{to_it}/a"),
            "refused": told(folder, f"{astray}/a", "--location"),
            "direct": told(folder, f"{there.url}/a"),
            "proxied": told(folder, f"{to_here}/a", "--location", "--proxy", "environment", env=by_proxy),
        }))


main()
