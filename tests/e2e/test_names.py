"""Names that have no address, with name servers that never answer: no strategy waits for them on the clock."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

import harness_runs
from harness_runs import STRATEGIES

REDIRECTING_PORT = 8077

# Sets up a network of its own, in which a name server takes queries and never answers, and a server redirects all requests
# to names of the same domain; runs a command there, and prints how many queries there were.
SILENT_NAME_SERVER = """
import http.server, socket, subprocess, sys, threading
port = int(sys.argv.pop(1))
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
subprocess.run(["mount", "--bind", sys.argv[1], "/etc/resolv.conf"], check=True)
class Redirecting(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(302)
        self.send_header("Location", f"http://{self.path[1:]}.example/")
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *arguments):
        pass
redirecting = http.server.ThreadingHTTPServer(("127.0.0.1", port), Redirecting)
threading.Thread(target=redirecting.serve_forever, daemon=True).start()
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", 53))
    server.setsockopt(socket.SOL_SOCKET, 33, 1 << 22)  # SO_RCVBUFFORCE: queries wait there to be counted
    done = subprocess.run(sys.argv[2:], check=False)
    server.setblocking(False)
    queries = 0
    try:
        while server.recv(4096):
            queries += 1
    except BlockingIOError:
        pass
print("queries:", queries)
sys.exit(done.returncode)
"""
LOOK_UP_S = 1  # what the resolver waits for an answer


def run_with_silent_name_server(folder, lines, *arguments):
    """One trial of each strategy: the outcome, and the number of queries."""
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("ip"):
        pytest.skip("needs root, unshare and ip, for a network of its own")
    (folder / "w.txt").write_text("\n".join(lines) + "\n")
    (folder / "resolv.conf").write_text(f"nameserver 127.0.0.1\noptions timeout:{LOOK_UP_S} attempts:1\n")
    command = harness_runs.command("--workload", "w.txt", "--strategy", "all", "--repeat", 1, "--warmup", 0, "--yes",
                                   "--no-charts", "--quiet", "--ignore-failures", "--output", "out", *arguments)
    done = subprocess.run(
        ["unshare", "--net", "--mount", sys.executable, "-c", SILENT_NAME_SERVER,
         str(REDIRECTING_PORT), folder / "resolv.conf", *command],
        cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=harness_runs.RUN_LIMIT_S, check=False)
    if "unshare failed" in done.stderr:
        pytest.skip("no network of its own is allowed here")
    assert not harness_runs.SANITIZER_REPORT.search(done.stderr), done.stderr
    assert done.returncode == 0, done.stderr
    (queries,) = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("queries:")]
    return harness_runs.Results(pathlib.Path(folder) / "out"), int(queries)


PLACES = {
    "alternating with another": lambda i: "http://dead.example/" if i % 2 == 0 else "http://127.0.0.1:1/",
    "with many ports": lambda i: f"http://dead.example:{8000 + i}/",
    "with users and capitals": lambda i: ("http://DEAD.example/", "http://u@dead.example/")[i % 2],
}


@pytest.mark.parametrize("place", PLACES)
def test_a_name_without_an_answer_is_looked_up_once_a_trial_and_not_on_the_clock(tmp_path, place):
    results, queries = run_with_silent_name_server(tmp_path, [PLACES[place](i) for i in range(70)])
    assert len(results.trials) == len(STRATEGIES)
    assert 0 < queries <= 2 * (len(STRATEGIES) + 2), "IPv4 and IPv6, for the announcement, the first look and each trial"
    for trial in results.trials:
        assert (trial["status"], trial["succeeded"], trial["failed"]) == ("ok", "0", "70"), trial["message"]
        assert float(trial["wall_s"]) < LOOK_UP_S, trial["strategy"]
    dead = [request for request in results.requests if "dead" in request["url"].lower()]
    assert len(dead) >= 35 * len(STRATEGIES)
    assert {(request["outcome"], request["curl_code"]) for request in dead} == {("could not resolve", "6")}
    assert {request["error"] for request in dead} == {"Could not resolve host: dead.example"}


def test_many_names_without_an_answer_cost_hardly_more_than_one(tmp_path):
    results, queries = run_with_silent_name_server(tmp_path, [f"http://dead{i}.example/" for i in range(100)])
    assert len(results.trials) == len(STRATEGIES)
    assert queries >= 2 * 100 * len(STRATEGIES)
    for trial in results.trials:
        assert (trial["status"], trial["failed"]) == ("ok", "100"), trial["message"]
        assert float(trial["wall_s"]) < LOOK_UP_S, trial["strategy"]


def test_a_name_without_an_answer_behind_redirects_is_looked_up_once_a_lane_at_most(tmp_path):
    lines = [f"http://127.0.0.1:{REDIRECTING_PORT}/{name}" for name in ["dead", "DEAD"] * 5]
    results, queries = run_with_silent_name_server(tmp_path, lines, "--location", "--concurrency", 1)
    assert len(results.trials) == len(STRATEGIES)
    assert 0 < queries <= 2 * (len(STRATEGIES) + 1), "IPv4 and IPv6, in each trial"
    for trial in results.trials:
        assert (trial["status"], trial["failed"]) == ("ok", "10"), trial["message"]
        assert float(trial["wall_s"]) < 2 * LOOK_UP_S, trial["strategy"]
    assert {(request["outcome"], request["curl_code"]) for request in results.requests} == {("could not resolve", "6")}
    assert {request["error"].lower() for request in results.requests} == {"could not resolve host: dead.example"}
