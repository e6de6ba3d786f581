"""Participants that go wrong, manifests that are wrong, and the page that says how to write one: docs/participants.md."""

import contextlib
import functools
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

import guests
import harness_runs
from processes import processes_of
from waiting import wait_until

run_once = functools.partial(harness_runs.run_once, env=guests.PATH)
run_once_well = functools.partial(harness_runs.run_once_well, env=guests.PATH)


def of_arm(rows, arm):
    return [row for row in rows if row["arm"] == arm]


def measured(folder, place, *arguments, exit_code=3):
    """A participant beside a strategy, which nothing may happen to; the participant's trial."""
    outcome = run_once(folder, "/get", "--requests", 6, "--strategy", f"sequential,{place}", *arguments)
    assert outcome.exit_code == exit_code, outcome.stderr
    [other] = of_arm(outcome.results.trials, "sequential")
    assert (other["status"], other["succeeded"]) == ("ok", "6")
    [trial] = of_arm(outcome.results.trials, place.name)
    return trial, outcome


def test_one_that_is_right(tmp_path):
    place = guests.make(tmp_path)
    assert guests.check(place) == (0, [], "")
    trial, outcome = measured(tmp_path, place, exit_code=0)
    assert (trial["status"], trial["succeeded"], trial["client"]) == ("ok", "6", "test, Python")
    assert outcome.stderr.count("harness:") == 0


def test_one_is_kept_to_be_repeated(tmp_path):
    place = guests.make(tmp_path)
    run_once_well(tmp_path, "/get", "--strategy", "sequential,./guest", "--output", "out")
    outcome = harness_runs.run_well(tmp_path, "--repeat-from", "out", env=guests.PATH)
    assert {row["arm"] for row in outcome.results.trials} == {"sequential", "guest"}
    assert outcome.results.document("experiment")["participants"] == [
        {"name": "guest", "folder": str(place), "other_work": None}]


# What it does, and what is said of its trial.
WRONG = {
    "exits at once": ([("import http", "raise SystemExit(7)\nimport http")], "its process ended with exit code 7"),
    "crashes": ([("records = run()", "os.abort()")], r"its process crashed \(Aborted\)"),
    "exits while it runs": ([("records = run()", "sys.exit(0)")], "its process ended without an answer"),
    "says garbage": ([('say({"state": "ready"})', 'says.write("hello\\n"); says.flush()')], "its answer can't be understood"),
    "says something else": ([('{"harness": 1,', '{"harness": 2,')], "it does not begin with"),
    "fails": ([("records = run()", 'say({"state": "failed", "message": "no more ideas"}); sys.exit(1)')], "no more ideas"),
    "has a record less": ([("for record in records:", "for record in records[1:]:")], "it has no record of request 0 of batch 0"),
    "has a record twice": ([("for record in records:", "for record in records + records[:1]:")],
                           "it has two records of request 0 of batch 0"),
    "has one that there is not": ([("for record in records:", "for record in records + [[99, 0, 0, 1, None, 2, 200, 0, None]]:")],
                                  "its record of request 0 of batch 99 has a request that there is not"),
    "has times of another clock": ([("started = time.monotonic_ns() - go", "started = time.monotonic_ns()")],
                                   "times that can't be right"),
    "has a garbled record": ([("say(record)", "say(record[:-1])")], "a record of it can't be understood"),
    "ends amid its records": ([('say({"state": "end"})', "sys.exit(0)")], "its process ended without an answer"),
    "claims what it did not send": ([("fetch(request)\n", "(200, 0, None)\n")], "it claims 6 answers, and the origin had given 0 when it was done"),
    "says garbage and stays": ([('say({"state": "ready"})', 'says.write("hello\\n"); says.flush(); time.sleep(600)')],
                               "its answer can't be understood"),
    "closes what it says": ([("records = run()", "says.close(); time.sleep(600)")], "it says nothing more, though its process goes on"),
    "sends afterwards": ([("records = run()\nsay({\"state\": \"done\"})",
                           "say({\"state\": \"done\"})\ntime.sleep(0.2)\ngo = time.monotonic_ns() - 1\nrecords = [[*record[:3], "
                           "0, None, 1, *record[6:]] for record in run()]")], "the origin had given 0 when it was done"),
    "connects before go": ([('say({"state": "ready"})', 'import socket\nearly = socket.create_connection(urllib.parse.urlsplit('
                             'batches[0][0]["url"]).netloc.split(":"))\ntime.sleep(0.1)\nsay({"state": "ready"})')],
                           "it opened 1 connections before it was told to go"),
    "writes to its batches": ([("batches = [json", "os.truncate(task['batches'], 0)\nbatches = [json")],
                              "its process ended with exit code 1"),
    "sends twice": ([("fetch(request)\n", "fetch(request) and fetch(request)\n")],
                    "it has records of 6 requests, and the origin answered 12"),
}


@pytest.mark.parametrize("what", WRONG)
def test_one_that_goes_wrong(tmp_path, what):
    changes, message = WRONG[what]
    trial, outcome = measured(tmp_path, guests.make(tmp_path, "wrong", guests.changed(*changes)))
    assert trial["status"] in ("failed", "crashed") and re.search(message, trial["message"]), trial["message"]
    [row] = of_arm(outcome.results.summary, "wrong")
    assert (row["ranked"], row["trials"]) == ("false", "0")


# What it does, and the finding of the check.
OTHER_WORK = {
    "leaves out a request": ([("for place, request in enumerate(batches[batch % len(batches)]):",
                               "for place, request in list(enumerate(batches[batch % len(batches)]))[:2]:")],
                             "/get?batch=0&request=2 did not arrive"),
    "turns the order": ([("enumerate(batches[batch % len(batches)])", "reversed(list(enumerate(batches[batch % len(batches)])))")],
                        "arrived before the request before it in its batch was answered"),
    "goes on after a failure": ([("status >= 400", "status >= 600")], "though the request before it in its batch had failed"),
    "sends before go": ([('say({"state": "ready"})', 'fetch(batches[0][0]); say({"state": "ready"})')],
                        "it sent 1 requests before it was told to go"),
    "opens a connection for each": ([("connections.setdefault(parts.netloc, ", "(lambda _, c: c)(0, ")],
                                    "connections, with 1 lanes that are to reuse theirs"),
    "counts no bytes": ([("len(answer.read())", "len(answer.read()) * 0")], "was answered with 1000 bytes, and its record has 0"),
    "has another status": ([("return answer.status, ", "return 200 if answer.status < 400 else 501, ")],
                           "was answered with 500, and its record has 501"),
    "has other times": ([("records.append([batch, place, 0, started, None, time.monotonic_ns() - go,",
                          "records.append([batch, place, 0, started, None, started,")], "arrived at another time than its record says"),
    "uses another method": ([('request["method"], parts', '"OPTIONS", parts')], "came as OPTIONS, not as GET"),
}


@pytest.mark.parametrize("what", OTHER_WORK)
def test_one_that_does_other_work(tmp_path, what):
    changes, finding = OTHER_WORK[what]
    exit_code, wrong, _ = guests.check(guests.make(tmp_path, "other", guests.changed(*changes)))
    assert exit_code == 3 and any(finding in line for line in wrong), wrong


def test_one_that_says_that_it_can_send_headers(tmp_path):
    sends = (' if parts.query else ""))', ' if parts.query else ""), headers=dict(request["headers"]))')
    keeps = (sends[0], ' if parts.query else ""), headers=kept.update(request["headers"]) or kept)')
    for name, changes, finding in (("forgets", [], "came with the header 'harness-check: ', not 'value of "),
                                   ("sends", [sends], None),
                                   ("keeps", [keeps, ("connections = {}", "connections = {}; kept = {}")],
                                    ", not ''")):
        exit_code, wrong, stderr = guests.check(guests.make(tmp_path, name, guests.changed(*changes), can=["headers"]))
        assert exit_code == (3 if finding else 0), stderr
        assert not finding or any(finding in line for line in wrong), wrong


def test_one_that_does_other_work_is_shown_and_not_ranked(tmp_path):
    place = guests.make(tmp_path, "other", guests.changed(("connections.setdefault(parts.netloc, ", "(lambda _, c: c)(0, ")))
    trial, outcome = measured(tmp_path, place, exit_code=0)
    assert trial["status"] == "ok"
    [row] = of_arm(outcome.results.summary, "other")
    assert (row["ranked"], row["not_ranked_because"], row["trials"]) == ("false", "other-work", "1")
    assert "harness: other did other work than was asked for, and is not ranked: it opened 29 connections, with 1 lanes" in outcome.stderr
    assert "not ranked: other (did other work than was asked for)" in outcome.stdout


def test_one_with_more_at_once_than_allowed(tmp_path):
    """Threads that each send the whole batch's requests at once."""
    text = guests.changed(("connections.setdefault(parts.netloc, ", "(lambda _, c: c)(0, "),
                          ("def run():\n    records = []", '''def run():
    import threading
    records, lock = [], threading.Lock()
    def one(batch, requests):
        for place, request in enumerate(requests):
            started = time.monotonic_ns() - go
            status, size, error = fetch(request)
            with lock:
                records.append([batch, place, 0, started, None, time.monotonic_ns() - go, status, size, error])
            if status >= 400:
                break
    threads = [threading.Thread(target=one, args=(b, batches[b % len(batches)])) for b in range(task["batch_count"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return records
def unused():
    records = []'''))
    place = guests.make(tmp_path, "greedy", text, lanes=None)
    _, wrong, _ = guests.check(place)
    assert any(re.match(r"\d+ requests were under way at once, with a concurrency of 4", line) for line in wrong), wrong
    outcome = run_once(tmp_path, "/delay/0.1", "--requests", 6, "--concurrency", 2, "--strategy", place)
    assert re.fullmatch(r"it had \d requests under way at once, with a concurrency of 2", outcome.results.trials[0]["message"])


def test_one_that_hangs(tmp_path):
    place = guests.make(tmp_path, "hung", guests.changed(("records = run()", 'print("waiting", flush=True); time.sleep(600)')),
                        can=["timeout"])
    outcome = run_once(tmp_path, "/get", "--strategy", place, "--timeout", 0.2)
    [trial] = outcome.results.trials
    assert (trial["status"], trial["message"]) == ("hung", "no request finished for 5 s")
    assert "harness: hung wrote on standard error:\n  waiting\n" in outcome.stderr


def test_one_that_is_slow_and_seen_to_be_at_work(tmp_path):
    """Longer than a request may take, but the origin sees each of its requests."""
    place = guests.make(tmp_path, "slow", guests.changed(("fetch(request)\n", "(fetch(request), time.sleep(request['url'].endswith('/get')))[0]\n")), can=["timeout"])
    outcome = run_once_well(tmp_path, "/get", "--requests", 7, "--strategy", place, "--timeout", 0.2)
    assert outcome.results.trials[0]["status"] == "ok" and float(outcome.results.trials[0]["wall_s"]) > 5.2


def test_one_that_is_slow_in_its_check(tmp_path):
    """All in all longer than the check waits for one request."""
    place = guests.make(tmp_path, "slow", guests.changed(("fetch(request)\n", "(fetch(request), time.sleep(0.4))[0]\n")))
    assert guests.check(place) == (0, [], "")


def test_one_that_floods_its_log(tmp_path):
    flood = 'for n in range(20000):\n    print("line", n, "x" * 100)\nsys.exit(9)'
    trial, outcome = measured(tmp_path, guests.make(tmp_path, "loud", guests.changed(("records = run()", flood))))
    assert trial["message"] == "its process ended with exit code 9"
    assert "line 19999 x" in outcome.stderr and len(outcome.stderr) < 10000


def once_measured(then):
    """In a measured trial, whose URLs are not those of the check."""
    return f"""records = run()
if "batch=" not in batches[0][0]["url"]:
    {then}"""


@contextlib.contextmanager
def running_with(folder, place):
    """An experiment with the participant alone, which is ended in any case."""
    with subprocess.Popen(harness_runs.command("/get", "--strategy", place, "--no-charts"), cwd=folder,
                          env=harness_runs.environment(guests.PATH), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            yield running
        finally:
            running.kill()


DAEMON = '''
import subprocess
subprocess.Popen(["setsid", "sh", "-c", "(trap '' TERM HUP; while :; do :; done) & sleep 0.3; exec sleep 7%d"])
'''


ENDS = {
    "ends well": ("records = run()", "ok"),
    "crashes": ("os.kill(os.getpid(), 9)", "killed"),
    "kills its supervisor": ("os.kill(os.getppid(), 9)\ntime.sleep(60)", "killed"),
}


@pytest.mark.parametrize("how", ENDS)
def test_one_that_leaves_processes_behind(tmp_path, how):
    end, status = ENDS[how]
    mark = f"sleep 7{os.getpid()}{[*ENDS].index(how)}"
    leave = DAEMON.replace("7%d", mark.split()[1])
    place = guests.make(tmp_path, "parent", guests.changed(("records = run()", f"{leave}\ntime.sleep(0.5)\n{end}")))
    trial, _ = measured(tmp_path, place, exit_code=0 if how == "ends well" else 3)
    assert trial["status"] == status
    if how == "ends well":
        assert float(trial["user_s"]) + float(trial["sys_s"]) > 0.1, "the process that it left behind was at work"
    assert processes_of(mark) == []


def test_the_end_of_the_experiment_is_the_end_of_all(tmp_path):
    mark = f"sleep 8{os.getpid()}"
    hang = f'subprocess.Popen(["setsid"] + "{mark}".split()); open("../begun", "w").close(); time.sleep(600)'
    place = guests.make(tmp_path, "parent", guests.changed(("import http.client", "import subprocess, http.client"),
                                                           ("records = run()", once_measured(hang))),
                        command=["python3", "-B", "client.py", str(os.getpid())])
    with running_with(tmp_path, place) as running:
        wait_until((tmp_path / "begun").exists, 30, "the participant runs")
        wait_until(lambda: processes_of(mark), 10, "its child runs")
        running.send_signal(signal.SIGKILL)
    wait_until(lambda: not processes_of(mark), 10, "its child has ended")
    wait_until(lambda: not processes_of(f"client.py {os.getpid()}"), 10, "all has ended")


def test_an_interrupt_ends_it(tmp_path):
    place = guests.make(tmp_path, "patient", guests.changed(("records = run()", once_measured('open("../begun", "w").close(); time.sleep(600)'))))
    with running_with(tmp_path, place) as running:
        wait_until((tmp_path / "begun").exists, 30, "the participant runs")
        begun = time.monotonic()
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 130 and time.monotonic() - begun < 10


# ---- manifests ----

MANIFESTS = {
    "no version": ({"harness": None}, 'it must begin with "harness": 1'),
    "an unknown key": ({"comand": ["x"]}, "unknown key 'comand'; see docs/participants.md"),
    "no command": ({"command": None}, "there is no 'command', a program and its arguments"),
    "a command that is none": ({"command": "python3 client.py"}, "'command' must be a list of texts"),
    "an empty command": ({"command": []}, "'command' must be a list of texts"),
    "no summary": ({"summary": None}, "'summary' must be a text of one line"),
    "two lanes": ({"lanes": 2}, "'lanes' can only be 1"),
    "an unknown word": ({"can": ["fly"]}, "'can' has 'fly', which is none of methods, bodies"),
    "no reason": ({"cannot": {"tls": None}}, "'cannot' has something, which is none of"),
    "both": ({"can": ["tls"], "cannot": {"tls": "no"}}, "both 'can' and 'cannot' have 'tls'"),
    "another family": ({"family": "magic"}, "'family' is 'magic', which is none of nobody, blocking"),
}


@pytest.mark.parametrize("what", MANIFESTS)
def test_a_manifest_that_is_wrong(tmp_path, what):
    changes, message = MANIFESTS[what]
    place = guests.make(tmp_path, **changes)
    outcome = run_once(tmp_path, "/get", "--strategy", place)
    assert outcome.exit_code == 2 and not outcome.results.folder.exists()
    assert message in outcome.stderr and (str(place) in outcome.stderr or "'guest'" in outcome.stderr), outcome.stderr


def test_a_manifest_that_is_no_json(tmp_path):
    place = guests.make(tmp_path)
    (place / "participant.json").write_text('{"harness": 1,\n"summary"}')
    outcome = run_once(tmp_path, "/get", "--strategy", place)
    assert outcome.exit_code == 2 and f"{place}/participant.json:2:" in outcome.stderr


def test_a_folder_that_is_none(tmp_path):
    assert "no participant in the folder './nobody': No such file" in run_once(tmp_path, "/get", "--strategy", "./nobody").stderr
    (tmp_path / "empty").mkdir()
    outcome = run_once(tmp_path, "/get", "--strategy", "./empty")
    assert outcome.exit_code == 2 and "its folder has a file participant.json" in outcome.stderr


def test_a_program_that_is_not_there(tmp_path):
    place = guests.make(tmp_path, check=["sh", "-c", "echo no snakes here >&2; exit 1"])
    outcome = run_once(tmp_path, "/get", "--strategy", place)
    assert (outcome.exit_code, outcome.stderr) == (
        2, "harness: participant 'guest' is not available: no snakes here; leave it out\n")
    place = guests.make(tmp_path, "other", command=["no-such-program"])
    trial, _ = measured(tmp_path, place)
    assert trial["status"] == "crashed"


# ---- the page ----


def test_the_page_is_enough_to_build_one(tmp_path):
    page = (guests.TOP / "docs" / "participants.md").read_text()
    files = re.findall(r"<!-- begin file (\S+)/(\S+) -->\n```\w+\n(.*?)```\n<!-- end file -->", page, re.DOTALL)
    assert [name for _, name, _ in files] == ["participant.json", "client.pl"]
    for folder, name, text in files:
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_text(text)
    assert guests.check(tmp_path / files[0][0]) == (0, [], "")


# ---- names ----


@pytest.mark.parametrize("named, message", (
    ("python-request", "no strategy 'python-request'; did you mean 'python-requests'?"),
    ("python-requests:stack-kib=64",
     "'python-requests:stack-kib=64': a participant has no options, and no build of libcurl; name it 'python-requests'"),
    ("python-requests@new",
     "'python-requests@new': a participant has no options, and no build of libcurl; name it 'python-requests'"),
    ("thred-pool", "no strategy 'thred-pool'; did you mean 'thread-pool'?"),
))
def test_names_that_are_none(tmp_path, named, message):
    outcome = run_once(tmp_path, "/get", "--strategy", named)
    assert outcome.exit_code == 2 and outcome.stderr.startswith(f"harness: {message}"), outcome.stderr


def test_check_names_what_is_missing():
    exit_code, _, stderr = guests.check("nobody")
    assert (exit_code, stderr) == (
        2, "harness: no participant 'nobody'; --list-participants has their names, and a path has a '/'\n")
    assert guests.check()[0] == 2
