"""Workloads at random: healthy requests and failing ones, and how each may end."""

import json

TLS_TIMEOUT_S = 3.0
STRATEGIES_MAX = 4  # in an experiment, which has to end before the soak loses patience
REQUESTS_MAX = 3000  # in all its trials, where they are repeated; one after the other they take 17 ms each, and HTTP/2 doubles them
DELAY_S = 10  # of a request that is to run into its time-out

OK = frozenset({"ok"})
LOST = frozenset({"connection lost"})

HEALTHY = [
    "/get", "/bytes/2000", "/stream-bytes/3000", "/delay/0.01", "/delay/0.03", "/status/204", "/headers", "/redirect/2",
    {"method": "POST", "url": "/post", "body": {"a": [1, 2, 3]}},
    {"method": "PUT", "url": "/anything/x", "body": "text", "headers": {"X-Soak": "1"}},
    {"method": "HEAD", "url": "/bytes/100"},
    {"url": "/status/503", "expected_status": 503},
]
FAILING = [("/status/500", {"unexpected status"}), ({"url": "/get", "expected_status": 404}, {"unexpected status"}),
           ("/bytes/x", {"unexpected status"})]
SLOW = (f"/delay/{DELAY_S}", {"timed out"})


class Workload:
    """What is asked for, and what may come of it."""

    def __init__(self):
        self.batches = []
        self.allowed = {}  # (batch, request), from 1: the outcomes
        self.strategies = []
        self.concurrency = 1
        self.versions = 1  # of HTTP, each an arm of each strategy
        self.rounds = 1
        self.warmup = 0
        self.timeout_s = 1.0
        self.requests_at_least = 0
        self.options = []

    def add_batch(self, requests):
        self.batches.append([request for request, _ in requests])
        for number, (_, allowed) in enumerate(requests, 1):
            self.allowed[len(self.batches), number] = frozenset(allowed)

    @property
    def trials(self):
        return (self.rounds + self.warmup) * len(self.strategies) * self.versions

    def has_path(self, start="/"):
        """Is there something for the embedded origin?"""
        urls = [request if isinstance(request, str) else request["url"] for batch in self.batches for request in batch]
        return any(url.startswith(start) for url in urls)

    @property
    def sizes(self):
        """The sizes of all batches of a trial, repetitions included."""
        once = [len(batch) for batch in self.batches]
        everything = list(once)
        if self.requests_at_least:
            everything = []
            while sum(everything) < self.requests_at_least:
                everything.append(once[len(everything) % len(once)])
        return everything

    def outcomes_of(self, batch, request):
        """`batch` counts repetitions."""
        return self.allowed[(batch - 1) % len(self.batches) + 1, request]

    def command(self, harness, folder):
        (folder / "workload.json").write_text(json.dumps({"batches": self.batches}, indent=1))
        command = [harness, "--workload", folder / "workload.json", "--output", folder / "out", "--no-charts", "--seed", 1,
                   "--strategy", ",".join(self.strategies), "--concurrency", self.concurrency, "--repeat", self.rounds,
                   "--warmup", self.warmup, "--timeout", self.timeout_s, "--yes", *self.options]
        if self.requests_at_least:
            command += ["--requests", self.requests_at_least]
        return list(map(str, command))


def _draw_failing(chance, origin, unruly):
    """A request that fails, now and then one that takes the time-out to do so."""
    kind = chance.random()
    if kind < 0.3:
        return chance.choice(FAILING)
    if kind < 0.6:
        path, allowed = chance.choice(unruly.requests)
        return unruly.url + path, allowed
    if kind < 0.95 and origin.faults:
        return chance.choice(origin.faults)
    return SLOW


def _draw_batches(chance, workload, share_of_failures, trial_s, origin, unruly):
    slow = 0
    for _ in range(chance.randint(1, 12)):
        requests = []
        for _ in range(chance.choice((1, 1, 1, 2, 3, 5))):
            request = (chance.choice(HEALTHY), OK)
            if chance.random() < share_of_failures and slow < 3:
                request = _draw_failing(chance, origin, unruly)
                slow += request[1] != {"unexpected status"}
            requests.append(request)
        workload.add_batch(requests)
    if trial_s:
        workload.add_batch([(f"/delay/{trial_s}", OK)])


def draw(chance, disturbance, origin, unruly):
    workload = Workload()
    workload.timeout_s = disturbance.timeout_s or chance.choice((0.5, 1.0))
    _draw_batches(chance, workload, chance.choice((0, 0.1, 0.3)) * disturbance.failures, disturbance.trial_s,
                  origin, unruly)
    workload.strategies = chance.choices(origin.strategies, k=chance.randint(1, STRATEGIES_MAX))
    workload.strategies = list(dict.fromkeys(workload.strategies))
    workload.concurrency = chance.choice((1, 2, 4, 8, 16, 32))
    workload.warmup = chance.randint(0, 1)
    workload.rounds = disturbance.rounds or chance.randint(1, 3)
    fails_slowly = any(allowed not in (OK, {"unexpected status"}) for allowed in workload.allowed.values())
    if disturbance.requests:
        workload.requests_at_least = disturbance.requests
    elif not fails_slowly and not disturbance.trial_s and chance.random() < 0.5:
        workload.requests_at_least = chance.randint(10, max(10, min(300, REQUESTS_MAX // workload.trials)))
    for option in ("--no-reuse", "--location", "--quiet"):
        if chance.random() < 0.3:
            workload.options.append(option)
    if not disturbance.needs_embedded_origin and chance.random() < 0.3:
        workload.options += ["--base-url", origin.url]
    elif not disturbance.timeout_s and workload.has_path() and chance.random() < 0.5:
        _draw_tls(chance, workload, fails_slowly)
    return workload


def _draw_tls(chance, workload, fails_slowly):
    """The embedded origin over TLS, and HTTP/2 where no request is meant to break HTTP/1.1. Handshakes take their time."""
    workload.timeout_s = TLS_TIMEOUT_S
    workload.options.append("--tls")
    if not fails_slowly and not workload.has_path("/fault/"):
        workload.versions = chance.choice((1, 2))
        workload.options += ["--http", "2" if workload.versions == 1 else "1.1,2"]
