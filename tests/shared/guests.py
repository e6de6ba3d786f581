"""Participants of tests: folders with a manifest and a program in Python, whose protocol is that of docs/participants.md."""

import functools
import json
import os
import pathlib
import re
import subprocess

import listings
import program

TOP = pathlib.Path(__file__).resolve().parents[2]
EXTERNAL = TOP / "strategies" / "external"
LIMIT_S = 60

# Debian's Python has Debian's clients, whatever else is first in PATH.
PATH = {"PATH": f"/usr/bin:{os.environ['PATH']}"}

# A client that does everything right, one request after the other; tests replace parts of it.
RIGHT = '''
import http.client, json, os, sys, time, urllib.parse
told, says = os.fdopen(3), os.fdopen(4, "w")
def say(line):
    says.write(json.dumps(line) + "\\n")
    says.flush()
say({"harness": 1, "client": "test", "runtime": "Python"})
task = json.loads(told.readline())
batches = [json.loads(line) for line in open(task["batches"])]
connections = {}
def fetch(request):
    parts = urllib.parse.urlsplit(request["url"])
    connection = connections.setdefault(parts.netloc, http.client.HTTPConnection(parts.netloc, timeout=task["timeout_s"]))
    try:
        connection.request(request["method"], parts.path + ("?" + parts.query if parts.query else ""))
        answer = connection.getresponse()
        return answer.status, len(answer.read()), None
    except OSError as error:
        connections.pop(parts.netloc).close()
        return None, 0, f"could not connect: {error}"
def run():
    records = []
    for batch in range(task["batch_count"]):
        for place, request in enumerate(batches[batch % len(batches)]):
            started = time.monotonic_ns() - go
            status, size, error = fetch(request)
            records.append([batch, place, 0, started, None, time.monotonic_ns() - go, status, size, error])
            if error or (status != request["expect"] if request["expect"] else status >= 400):
                break
    return records
say({"state": "ready"})
go = json.loads(told.readline())["go"]
records = run()
say({"state": "done"})
for record in records:
    say(record)
say({"state": "end"})
told.read()
'''


def make(folder, name="guest", program_text=RIGHT, **manifest):
    """A participant's folder; entries of the manifest that are None are left out."""
    place = folder / name
    place.mkdir()
    whole = {"harness": 1, "summary": "a test's", "family": "blocking", "command": ["python3", "-B", "client.py"], "lanes": 1,
             **manifest}
    (place / "participant.json").write_text(json.dumps({key: value for key, value in whole.items() if value is not None}))
    (place / "client.py").write_text(program_text)
    return place


def changed(*changes):
    """RIGHT with parts of it replaced, each of which it has."""
    text = RIGHT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def check(*names):
    """harness check: its exit code, what is wrong, and what is on standard error."""
    done = subprocess.run([program.harness_path(), "check", *map(str, names)], env={**os.environ, **PATH}, timeout=LIMIT_S,
                          capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return done.returncode, re.findall(r"^  wrong: (.*)$", done.stdout, re.MULTILINE), done.stderr


@functools.lru_cache
def installed():
    """Those that come with the program, and why they can't run here ("" if they can)."""
    listing = subprocess.run([program.harness_path(), "--list-participants"], env={**os.environ, **PATH}, timeout=LIMIT_S,
                             capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout
    found = {}
    for line in listings.unwrapped(listing).splitlines():
        if line.startswith("    not available: "):
            found[list(found)[-1]] = line.strip()
        else:
            found[line.split()[0]] = ""
    return found
