"""--trace shows a learner what happened, in the order in which it happened."""

import re

import pytest

import harness_runs
from harness_runs import CONCURRENT, STRATEGIES, run_once, run_once_well

EVENT = re.compile(r" *(?P<started_ms>[\d.]+) +(?P<finished_ms>[\d.]+) +(?P<took_ms>[\d.]+) +(?P<batch>\d+(\.\d+)?)  (?P<what>.+)")
HEADING = re.compile(r"(?P<arm>[\w#:=@./ -]+), concurrency \d+\n")


class Section:
    """One arm's part of the trace."""

    def __init__(self, text):
        self.arm = HEADING.match(text)["arm"]
        self.events = [match for match in map(EVENT.fullmatch, text.splitlines()) if match]
        self.requests = [event for event in self.events if not event["what"].startswith("batch ")]
        self.batches = [event for event in self.events if event["what"].startswith("batch ")]
        self.total_ms = float(re.search(r"^total: ([\d.]+) ms$", text, re.M)[1])
        self.statuses = re.search(r"^statuses: (.+)$", text, re.M)[1]


def sections(outcome, arms=STRATEGIES):
    found = [Section(part) for part in outcome.stdout.split("\n\n") if HEADING.match(part)]
    assert sorted(section.arm for section in found) == sorted(arms)
    return {section.arm: section for section in found}


@pytest.fixture(scope="module")
def ordered(tmp_path_factory):
    outcome = run_once_well(tmp_path_factory.mktemp("ordered"), "--trace", "--workload", "ordered-batches", "--repeat", 2)
    return sections(outcome), outcome


@pytest.fixture(scope="module")
def flat(tmp_path_factory):
    urls = ["/delay/0.12", "/delay/0.06", "/get"]
    return sections(run_once_well(tmp_path_factory.mktemp("flat"), "--trace", *urls))


def test_one_trial_of_each_strategy_is_shown(ordered):
    _, outcome = ordered
    assert outcome.stdout.count("statuses: ") == len(STRATEGIES)


@pytest.mark.parametrize("options, values", [
    (("--tls", "--http", "1.1,2"), ("HTTP/1.1", "HTTP/2")), (("--start", "cold,warm"), ("cold", "warm"))])
def test_each_row_of_the_table_has_a_heading_of_its_own(tmp_path, options, values):
    outcome = run_once_well(tmp_path, "--trace", "/get", *options)
    arms = [f"{strategy} {value}" for strategy in STRATEGIES for value in values]
    traces = sections(outcome, arms)
    for trial in outcome.results.trials:
        assert traces[trial["arm"]].total_ms == pytest.approx(1000 * float(trial["wall_s"]), abs=0.001)


def test_statuses_are_nested_by_batch(ordered):
    for trace in ordered[0].values():
        assert trace.statuses == "[[200, 200, 200], [200, 200, 200, 200, 200], [200, 200, 200]]"


def test_statuses_are_flat_when_all_batches_are_of_one(flat):
    for trace in flat.values():
        assert trace.statuses == "[200, 200, 200]"


def test_every_request_and_every_batch_has_a_line(ordered):
    for trace in ordered[0].values():
        assert len(trace.requests) == 11
        assert {event["batch"] for event in trace.requests} == {
            f"{batch}.{place}" for batch, size in ((1, 3), (2, 5), (3, 3)) for place in range(1, size + 1)}
        assert {event["batch"]: event["what"] for event in trace.batches} == {
            "1": "batch 'account' complete", "2": "batch 'order' complete", "3": "batch 'comment' complete"}


def test_times_say_when_a_request_began_and_ended(ordered):
    for trace in ordered[0].values():
        for event in trace.events:
            started, finished, took = (float(event[name]) for name in ("started_ms", "finished_ms", "took_ms"))
            assert finished - started == pytest.approx(took, abs=0.0021)
        by_batch = {event["batch"]: event for event in trace.events}
        for batch, size in ((1, 3), (2, 5), (3, 3)):
            for place in range(2, size + 1):
                before, after = by_batch[f"{batch}.{place - 1}"], by_batch[f"{batch}.{place}"]
                assert float(before["finished_ms"]) <= float(after["started_ms"]), "one after the other, in order"
            assert by_batch[f"{batch}.1"]["started_ms"] == by_batch[f"{batch}"]["started_ms"]


def test_ordered_batches_show_what_waiting_together_saves(ordered):
    """The delays of all batches add up one by one; at the same time, the longest counts."""
    traces, _ = ordered
    assert traces["sequential"].total_ms >= 350
    for strategy in CONCURRENT:
        assert 150 <= traces[strategy].total_ms < traces["sequential"].total_ms


def test_batches_of_one_need_no_line_of_their_own(flat):
    for trace in flat.values():
        assert trace.batches == []


@pytest.mark.parametrize("fixture", ["ordered", "flat"])
def test_lines_are_in_order_of_completion_and_end_before_the_total(request, fixture):
    value = request.getfixturevalue(fixture)
    for trace in (value if fixture == "flat" else value[0]).values():
        finished = [float(event["finished_ms"]) for event in trace.events]
        assert finished == sorted(finished)
        assert trace.total_ms >= finished[-1]


def urls_completed(trace):
    return [event["what"].split()[-1] for event in trace.requests]


def test_quick_requests_complete_first_unless_one_waits_for_the_other(flat):
    given = ["/delay/0.12", "/delay/0.06", "/get"]
    assert urls_completed(flat["sequential"]) == given
    for strategy in CONCURRENT:
        assert urls_completed(flat[strategy]) == given[::-1]


def test_times_are_those_of_the_requests(flat):
    for trace in flat.values():
        took = {event["what"].split()[-1]: float(event["took_ms"]) for event in trace.requests}
        assert took["/delay/0.12"] >= 120
        assert 60 <= took["/delay/0.06"] < 6000, "in milliseconds, on a machine however busy"


def test_the_total_is_the_wall_time_of_the_first_measured_round(ordered):
    traces, outcome = ordered
    of_first_round = harness_runs.group(outcome.results.trials, "round")["1"]
    assert len(of_first_round) == len(STRATEGIES)
    for trial in of_first_round:
        assert traces[trial["strategy"]].total_ms == pytest.approx(1000 * float(trial["wall_s"]), abs=0.001)


def test_a_failed_batch_is_given_up_and_shows_what_was_skipped(tmp_path):
    path = harness_runs.write_workload(tmp_path / "w.json", [["/get", "/status/500", "/get"], ["/get"]])
    traces = sections(run_once(tmp_path, "--trace", "--workload", path))
    for trace in traces.values():
        assert trace.statuses == "[[200, 500, skipped], [200]]"
        assert [(event["batch"], event["what"]) for event in trace.batches] == [("1", "batch abandoned")]


def test_without_it_no_request_is_shown(tmp_path):
    outcome = run_once_well(tmp_path, "/get", "-s", "sequential")
    assert "statuses" not in outcome.stdout and "/get" not in outcome.stdout


def test_control_characters_of_a_workload_do_not_reach_the_terminal(tmp_path):
    """Of a batch's name: in URLs they are refused."""
    clear_screen = "\x9b2J\u202e"
    path = harness_runs.write_workload(tmp_path / "w.json", [
        {"name": f"a{clear_screen}b", "requests": ["/anything/é", "/get"]}])
    outcome = run_once(tmp_path, "--trace", "--workload", path, "-s", "sequential")
    assert "GET /anything/é\n" in outcome.stdout
    assert "batch 'a?2J?b' complete\n" in outcome.stdout
    assert not set(outcome.stdout + outcome.stderr) & set("\x9b\u202e")
    assert outcome.results.document("workload")["batches"][0]["name"] == f"a{clear_screen}b"


@pytest.mark.parametrize("arguments", [
    ["-w", "no\x9b2J"], ["http://a b\x9b2J"], ["--base-url", "ftp://\x9b2J"], ["--strategy", "\x1b[2J"], ["--nothing\x1b[2J"],
    ["--cacert", "\x1b]0;no\x07\x9b"], ["--repeat-from", "no\x1b[2J"], ["/get", "--output", "/dev/null/\x1b[2J\x9b"]], ids=ascii)
def test_control_characters_of_the_command_line_do_not_come_back(tmp_path, arguments):
    outcome = run_once(tmp_path, *arguments)
    assert outcome.exit_code in (1, 2)
    assert outcome.stderr.startswith("harness: ")
    assert not set(outcome.stderr.removesuffix("\n")) & {chr(number) for number in [*range(32), *range(127, 160)]}
