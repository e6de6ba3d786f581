#!/usr/bin/python3
"""Writes the ready-made workloads that are too long to write by hand.

    workloads/generate.py           writes mixed.json and slow-and-fast.json beside this file
    workloads/generate.py --check   writes nothing, and fails when one of them is not what would be written

The same files come out on every machine: all chance comes from random.random() with a fixed seed, which Python
promises to keep as it is. A test runs it with --check.
"""

import itertools
import json
import os
import random
import sys

SEED = 20240229


def delay_s(chance, low_s, high_s):
    """A bounded Pareto delay with shape 1: most are near `low_s`, few near `high_s`, and those weigh much.

    Answer times of real services are heavy-tailed; the bound keeps the longest batch short.
    """
    share = chance.random()
    return round(low_s / (1 - share * (1 - low_s / high_s)), 3)


def shuffled(chance, items):
    """Fisher and Yates, because random.shuffle may differ between versions of Python."""
    items = list(items)
    for last in range(len(items) - 1, 0, -1):
        other = int(chance.random() * (last + 1))
        items[last], items[other] = items[other], items[last]
    return items


def slow(delay):
    return {"url": f"/delay/{delay:.3f}"}


def post(path, body):
    return {"method": "POST", "url": path, "body": body}


def order(chance, number):
    """Ordered POSTs, with waits between them: an order is placed, paid, and sent."""
    customer = int(chance.random() * 9000) + 1000
    return {
        "name": f"order {number}",
        "requests": [
            post("/post", {"customer": customer, "items": [number, number + 1]}),
            slow(delay_s(chance, 0.005, 0.015)),
            post("/post", {"customer": customer, "paid": True}),
            slow(delay_s(chance, 0.005, 0.015)),
            post("/post", {"customer": customer, "sent": True}),
        ],
    }


def draw_mixed(chance):
    """Batches, and the sum of their delays."""
    delays = [delay_s(chance, 0.008, 0.040) for _ in range(44)]
    orders = [order(chance, number) for number in range(1, 3)]
    total_s = sum(delays) + sum(
        float(request["url"].rpartition("/")[2])
        for batch in orders for request in batch["requests"] if request["url"].startswith("/delay/"))
    quick = [[{"url": "/get"}], [{"url": "/bytes/1024?seed=1"}], [{"url": "/bytes/16384?seed=2"}],
             [post("/post", {"name": "Ada", "languages": ["C", "English"]})],
             [{"method": "POST", "url": "/anything", "headers": {"Content-Type": "text/plain"}, "body": "a few words"}],
             [{"method": "PUT", "url": "/anything/7", "body": {"amount": 12.5}}]]
    return shuffled(chance, [[slow(delay)] for delay in delays] + orders + quick), total_s


def mixed():
    """Draws until the delays add up as promised: one by one about 0.8 s, with the requests' own cost."""
    chance = random.Random(SEED)
    while True:
        batches, total_s = draw_mixed(chance)
        if 0.765 <= total_s <= 0.775:
            return {
                "description": "60 requests with heavy-tailed delays, some with bodies or in ordered "
                               "batches; about 0.8 s one by one",
                "batches": batches,
            }


def slow_and_fast():
    """Waits of 1.0 to 1.5 s, spread so that they do not all end at once; the fast ones come last, so that with enough
    concurrency they run while all the others wait."""
    chance = random.Random(SEED)
    waits = shuffled(chance, [1 + index / 2000 for index in range(1000)])
    fast = [{"name": f"fast {number}", "requests": ["/bytes/24?seed=1"] * 300} for number in range(1, 5)]
    return {
        "description": "1,000 waits of 1.0 to 1.5 s alongside 4 batches of 300 quick answers; for --concurrency "
                       "1004 (2 s; at 16: 80 s, one by one: 21 minutes)",
        "batches": [[f"/delay/{wait:.4f}"] for wait in waits] + fast,
    }


def compact(batch):
    """One request a line; runs of the same bare URL share lines."""
    requests = batch if isinstance(batch, list) else batch["requests"]
    texts = [json.dumps(request) for request in requests]
    bare = all(isinstance(request, str) for request in requests)
    rows = [", ".join(texts[start:start + 5]) for start in range(0, len(texts), 5)] if bare else texts
    if isinstance(batch, list):
        return "[" + ", ".join(texts) + "]"
    return f'{{"name": {json.dumps(batch["name"])}, "requests": [\n            ' + ",\n            ".join(rows) + "]}"


def counted(text, count):
    """The text of a batch that stands `count` times in a row. Those that do have no name here."""
    return text if count == 1 else f'{{"repeat": {count}, "requests": {text}}}'


def as_json(workload):
    runs = itertools.groupby(compact(batch) for batch in workload["batches"])
    batches = ",\n        ".join(counted(text, len(list(run))) for text, run in runs)
    description = json.dumps(workload["description"])
    return f'{{\n    "description": {description},\n    "batches": [\n        {batches}\n    ]\n}}\n'


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    texts = {"mixed.json": as_json(mixed()), "slow-and-fast.json": as_json(slow_and_fast())}
    stale = [name for name, text in texts.items() if read(os.path.join(folder, name)) != text]
    if sys.argv[1:] == ["--check"]:
        sys.exit(f"not as generated: {', '.join(stale)}; run workloads/generate.py" if stale else 0)
    for name in stale:
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="\n") as file:
            file.write(texts[name])


if __name__ == "__main__":
    main()
