"""The report: what it says, without a browser, and how it looks and works, in a headless Chromium.

Run with /usr/bin/python3 -m pytest tests/plot/test_report.py
"""

import base64
import csv
import hashlib
import html.parser
import io
import json
import os
import re
import subprocess
import socket
import sys
import types
from pathlib import Path

import pytest

import needs

PLOT_FOLDER = Path(__file__).resolve().parents[2] / "plot"
PLOT = PLOT_FOLDER / "plot.py"
sys.path[:0] = [str(PLOT_FOLDER), str(Path(__file__).parent)]

import chart_cost  # noqa: E402
import chart_stability  # noqa: E402
import drawing  # noqa: E402
import files  # noqa: E402
import report_facts  # noqa: E402
import report_pictures  # noqa: E402
import style  # noqa: E402
import wording  # noqa: E402
from charts import CHARTS  # noqa: E402
from plot import CHART_LIST  # noqa: E402
from report_part import Part  # noqa: E402
from results import Results  # noqa: E402
from sample_results import MAIN, Experiment, Strategy  # noqa: E402

DANGEROUS = "<script>alert(1)</script><img src=x onerror=alert(2)>&amp;\"'\u202e\x1b[31m"
WARNINGS = [{"code": "outliers", "finding": "1 of 12 trials is far from its median", "advice": "look for other load & repeat"},
            {"code": "governor", "finding": f"the governor is {DANGEROUS}", "advice": "choose another"}]
DOCUMENT = {
    "command": ["/usr/local/bin/harness", "--workload", "mixed", "--header", "X-It: a b"],
    "started_at": "2026-11-30T03:52:27.905Z", "finished_at": "2026-11-30T03:53:40.517Z", "complete": True,
    "settings": {"workload": "mixed", "repeat": 12, "tls": True, "insecure": False, "rate": None, "concurrency": [4, 16],
                 "timeout": 30.0, "header": []},
    "withheld": ["header"],
    "requests": {"workload": "mixed", "batches": 50, "requests": 60, "origin": "other",
                 "base_url": "http://127.0.0.1:8080/<b>?a=1&b=2"},
    "smallest_detectable_difference": 0.0741, "warnings": WARNINGS,
    "known_defects": [{"first_version": None, "last_version": "8.22.0", "arms": ["curl-multi"], "effect": "it may wait",
                       "source": "curl pull request 1"}],
    "versions": {"harness": "0.1.0", "libcurl": "8.14.1", "libcurl_tls": "OpenSSL/3.5.1", "kernel": "6.12.1", "build": "Release"},
    "machine": {"processors_online": 2, "processor_model": "A Processor", "memory_kib": 8388608, "load_averages": [0.5, 1.25, 2]},
    "limits": {"open_files": 1024},
}


def write_facts(folder, **changes):
    (folder / "experiment.json").write_text(json.dumps({**DOCUMENT, **changes}), encoding="utf-8")
    return folder


def run_plot(*arguments):
    done = subprocess.run(["/usr/bin/python3", "-B", PLOT, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def fill(folder, *charts, output=None, title="A picture of an earlier run."):
    """With pictures of all charts but these, because each takes its time to be drawn."""
    source, output = report_pictures.source_of(folder), output or folder
    output.mkdir(parents=True, exist_ok=True)
    for chart in CHARTS:
        name = chart.FILE.removesuffix(".png")
        if name not in charts:
            (output / chart.FILE).write_bytes(a_picture(title, f"{name} {source}"))


def draw(folder, *charts):
    """The report alone, with these charts drawn for it, in this process, which has matplotlib already."""
    fill(folder, *charts)
    return draw_report(folder)


def draw_report(folder):
    options = types.SimpleNamespace(output=None, only=["report"], format="png", dpi=160)
    assert drawing.draw_all(str(folder), options, CHART_LIST) == []
    return Page(folder / "report.html")


def a_picture(title, origin, height=2):
    """As wide as one that was drawn, and as quick to read as can be."""
    from PIL import Image, PngImagePlugin  # pylint: disable=import-outside-toplevel
    about = PngImagePlugin.PngInfo()
    about.add_text("Title", title)
    about.add_text(files.ORIGIN, origin)
    file = io.BytesIO()
    Image.new("RGB", (report_pictures.WIDTH, height), "white").save(file, "png", pnginfo=about)
    return file.getvalue()


HEADINGS = ("h1", "h2", "h3", "h4")


class Page(html.parser.HTMLParser):
    """What a reader without eyes and scripts has: texts, tables, pictures, links."""

    def __init__(self, path):
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.tags, self.texts, self.headings, self.tables = [], [], [], []
        self.is_code = False
        self.feed(self.source)
        self.text = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.is_code = tag in ("style", "script")
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        elif tag in HEADINGS:
            self.headings.append((tag, ""))
        elif tag == "span" and dict(attrs).get("aria-label"):
            self.handle_data(dict(attrs)["aria-label"])

    def handle_endtag(self, tag):
        self.is_code = False
        self.tags.append((f"/{tag}", {}))

    def handle_data(self, data):
        if self.is_code:
            return
        self.texts.append(data)
        inside = [tag for tag, _ in self.tags if tag.lstrip("/") in ("td", "th", "table", *HEADINGS)]
        if inside and inside[-1] in ("td", "th"):
            self.tables[-1][-1][-1] += data
        elif inside and inside[-1] in HEADINGS:
            self.headings[-1] = (self.headings[-1][0], self.headings[-1][1] + data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def title(self):
        return next(text for tag, text in self.headings if tag == "h1")

    @property
    def figures(self):
        """{strategy: {column: text}}, from the table that has them."""
        head, *rows = next(table for table in self.tables if table[0][0] == "strategy" and len(table[0]) > 4)
        return {row[0].rpartition(" (")[0]: dict(zip(head, row)) for row in rows}  # without its family


def results_of(folder):
    return Results(str(folder), lambda text: None)


def summary_of(folder):
    with open(folder / "summary.csv", newline="", encoding="utf-8") as file:
        return {row["arm"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def main_folder(tmp_path_factory):
    return write_facts(Experiment(rounds=12).write(tmp_path_factory.mktemp("main")))


@pytest.fixture(scope="module")
def whole_page(main_folder):
    done = run_plot(main_folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == str(main_folder / "report.html")
    return Page(main_folder / "report.html")


# ---- what it says ----


def test_every_chart_says_how_it_is_read_and_what_it_is():
    for chart in CHARTS:
        assert 40 < len(chart.HOW_TO_READ) < 400 and chart.HOW_TO_READ.endswith("."), chart.FILE
        assert chart.FILE.removesuffix(".png") in dict(CHART_LIST)


def test_the_verdict_comes_first_and_is_that_of_the_charts(whole_page, main_folder):
    results = results_of(main_folder)
    assert whole_page.headings[0] == ("h1", wording.headline(results.ordered_arms))
    assert [text for tag, text in whole_page.headings if tag == "h2"] == [
        "Verdict", "Figures", "Warnings", "Charts", "What was run, and how to repeat it", "Questions for a class"]
    for row in summary_of(main_folder).values():
        assert row["verdict_text"] in whole_page.text
    assert "Differences below 7.4 % may have gone unnoticed." in whole_page.text


def test_the_figures_are_those_of_the_summary(whole_page, main_folder):
    summary = summary_of(main_folder)
    assert set(whole_page.figures) == set(summary)
    for name, row in whole_page.figures.items():
        assert row["rank"] == summary[name]["rank"]
        assert row["median ms"] == style.significant(float(summary[name]["median_s"]) * 1e3)
        assert row["CPU/request µs"] == style.significant(float(summary[name]["cpu_us_per_request"]))
        low, high = (style.significant(float(summary[name][end]) * 1e3) for end in ("figure_low_s", "figure_high_s"))
        assert row["interval ms"] == f"{low} to {high}"
    ranks = [int(row["rank"]) for row in whole_page.figures.values()]
    assert ranks == sorted(ranks)
    assert "Missing for all: p99 request." in whole_page.text


def test_warnings_have_their_advice(whole_page):
    for warning in WARNINGS:
        assert warning["finding"].split("<")[0] in whole_page.text and warning["advice"] in whole_page.text
    assert "Before you rely on it: 2 warnings." in whole_page.text.replace(" .", ".")


def test_pictures_have_the_finding_as_their_text_and_say_how_they_are_read(whole_page, main_folder):
    pictures = whole_page.all("img")
    drawn = [chart for chart in CHARTS if (main_folder / chart.FILE).exists()]
    assert len(pictures) == len(drawn) >= 8
    results = results_of(main_folder)
    for picture, chart in zip(pictures, drawn):
        assert picture["alt"] == chart.draw(results).get_label() and len(picture["alt"]) > 30
        assert base64.b64decode(picture["src"].removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
        assert chart.HOW_TO_READ in whole_page.text
    assert len(whole_page.source) < sum((main_folder / chart.FILE).stat().st_size for chart in drawn)


def test_what_was_run_and_how_to_repeat_it(whole_page, main_folder):
    assert "harness --workload mixed --header 'X-It: a b'" in whole_page.text
    assert f"harness --repeat-from {main_folder.name}" in whole_page.text
    assert "Secrets are in no file, so give again: header." in whole_page.text
    for words in ("8.14.1", "OpenSSL/3.5.1", "A Processor", "8.00 GiB", "0.50, 1.25, 2.00", "2026-11-30 03:52 UTC", "4, 16", "it may wait",
                  "The server http://127.0.0.1:8080/<b>?a=1&b=2 is not part of it"):
        assert words in whole_page.text, words
    assert not re.search(r"\b(insecure|rate)\b", whole_page.text), "a setting without a value"


@pytest.mark.parametrize("value, text", [([False, True], "no, yes"), ([True, False], "yes, no"), (True, "yes"), (False, None)])
def test_a_setting_is_stated_with_all_its_values(value, text):
    part = Part(None, report_facts.Facts({"settings": {"no-reuse": value, "repeat": 1}}))
    assert part.settings == ([("no-reuse", text)] if text else []) + [("repeat", "1")]


def test_questions_are_of_what_there_is_and_lead_to_charts(whole_page):
    ids = {attributes["id"] for _, attributes in whole_page.tags if "id" in attributes}
    links = [link["href"] for link in whole_page.all("a")]
    assert links and all(link.startswith("#") and link[1:] in ids for link in links)
    questions = whole_page.text.split("Questions for a class")[-1]
    assert 4 <= questions.count("Look at") <= 6
    assert "A thread for each request, or one loop" in questions and "Some batches have several" in questions
    assert "Some requests failed" not in questions


def test_failures_are_seen_and_not_ranked(tmp_path):
    failing = Strategy("thread-pool", failures={2: 3})
    folder = write_facts(Experiment(strategies=[MAIN[0], failing, MAIN[3], Strategy("no-op", "nobody")], rounds=6).write(tmp_path))
    page = draw(folder)
    assert "Not ranked: thread-pool (requests failed); no-op (sends nothing)." in page.text
    assert page.figures["thread-pool"]["rank"] == page.figures["no-op"]["p50 request ms"] == "missing–"
    assert "Some requests failed." in page.text
    folder = write_facts(Experiment(strategies=[failing, Strategy("no-op", "nobody")], rounds=6).write(tmp_path / "all"))
    page = draw(folder)
    assert page.title.startswith("Not ranked: ") and "Nothing is ranked, and so nothing is compared." in page.text
    assert "rank" not in page.figures["thread-pool"]


def test_one_strategy_alone_is_compared_with_nothing(tmp_path):
    page = draw(write_facts(Experiment(strategies=MAIN[2:3], rounds=3).write(tmp_path), warnings=[]))
    assert "One strategy was run: there is nothing to compare it with." in page.text
    assert "None: nothing was found that speaks against trusting these figures." in page.text


def test_too_few_rounds_are_said_once(tmp_path):
    folder = Experiment(rounds=3).write(tmp_path)
    words = "no interval: 6 rounds are needed, 3 can be compared"
    rows = list(summary_of(folder).values())
    with open(folder / "summary.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*rows[0], "cpu_verdict_text"])
        writer.writeheader()
        writer.writerows({**row, **({"verdict_text": words, "cpu_verdict_text": words} if row["reference"] else {})} for row in rows)
    page = draw(folder)
    assert page.text.count(words) == 1
    assert "so of versions, machine and settings nothing is known" in page.text, "there is no experiment.json"


def test_an_open_loop_has_the_times_of_requests(tmp_path):
    folder = write_facts(Experiment(strategies=MAIN[2:], rounds=6, rate_per_s=400.0, saturated=("thread-pool",)).write(tmp_path))
    page = draw(folder)
    assert "Not ranked: thread-pool (could not keep up with the rate)" in page.text
    row = page.figures["curl-multi"]
    assert {"p50 ms", "p90 ms", "max ms"} <= set(row) and "requests/s" not in row
    questions = page.text.split("Questions for a class")[-1]
    assert "One strategy could not keep up with the rate." in questions and "open loop" in questions and "lower bound" not in questions


def test_a_sweep_has_its_levels_in_order(tmp_path):
    page = draw(write_facts(Experiment(strategies=MAIN[2:], levels=(1, 4, 16), rounds=6).write(tmp_path)))
    levels = [int(row["concurrency"]) for row in page.figures.values()]
    assert levels == sorted(levels) and len(levels) == 6
    assert "1, 4 and 16" in page.text
    assert "thread-pool @4" in page.figures


def test_an_experiment_begins_with_its_claim_and_what_was_found(main_folder, tmp_path):
    folder = write_facts(Experiment(rounds=2).write(tmp_path))
    (folder / "finding.json").write_text(json.dumps({"experiment": "one", "claim": "It is <so>.", "found": "a takes 2 times the time of b."}))
    page = draw(folder)
    assert page.title == "“It is <so>.”"
    assert page.text.index("What was found a takes 2 times the time of b.") < page.text.index("Figures")
    assert wording.headline(results_of(folder).ordered_arms) in [text for tag, text in page.headings if tag == "h2"]


def test_parts_of_an_experiment_share_a_report(tmp_path):
    for place, name in enumerate(("warm", "cold")):
        write_facts(Experiment(rounds=2, workload_name=name).write(tmp_path / name), started_at=f"2026-11-30T03:5{place}:00.000Z")
        fill(tmp_path / name, title=f"Of the {name} part.")
    (tmp_path / "broken").mkdir()
    (tmp_path / "finding.json").write_text(json.dumps({"experiment": "two", "claim": "So it is.", "found": "c takes less time than d."}))
    done = run_plot("--only", "report", tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'report.html'}\n"), "the charts are those of the parts"
    page = Page(tmp_path / "report.html")
    assert page.title == "“So it is.”"
    assert page.text.index("Part 1 of 2: warm") < page.text.index("Part 2 of 2: cold") < page.text.index("Part broken is not there")
    assert {picture["alt"] for picture in page.all("img")} == {"Of the warm part.", "Of the cold part."}
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids)) and {link["href"][1:] for link in page.all("a")} <= set(ids)


def test_every_part_has_its_heading_and_no_two_headings_are_alike(parted):
    page = Page(parted)
    texts = [text for _, text in page.headings]
    assert [text for tag, text in page.headings if tag == "h2"] == ["Part 1 of 2: cold", "Part 2 of 2: warm"]
    assert len(texts) == len(set(texts)) > 40
    levels = [int(tag[1]) for tag, _ in page.headings]
    assert levels[0] == 1 and set(levels) == {1, 2, 3, 4} and all(after - before <= 1 for before, after in zip(levels, levels[1:]))
    ids = {attributes["id"]: tag for tag, attributes in page.tags if "id" in attributes}
    assert [ids[article["aria-labelledby"]] for article in page.all("article")] == ["h2", "h2"]
    labels = [attributes["aria-label"] for attributes in page.all("div") if "aria-label" in attributes]
    assert len(labels) == len(set(labels)) > 2


def test_what_others_wrote_is_text(tmp_path):
    folder = write_facts(Experiment(strategies=[Strategy(DANGEROUS), *MAIN[2:]], rounds=3, workload_name=DANGEROUS).write(tmp_path),
                         command=["harness", f"http://127.0.0.1/{DANGEROUS}"], requests={"origin": "other", "base_url": DANGEROUS},
                         settings={"header": [DANGEROUS]}, withheld=[DANGEROUS], versions={"libcurl": DANGEROUS})
    (folder / "finding.json").write_text(json.dumps({"experiment": DANGEROUS, "claim": DANGEROUS, "found": f"{DANGEROUS} \ud800"}))
    page = draw(folder, "total-time")
    assert len(page.all("script")) == 1 and not [image for image in page.all("img") if not image["src"].startswith("data:image/png;base64,")]
    assert page.text.count("<script>alert(1)</script><img") >= 10, "shown as it is, and no markup"
    assert not {"\u202e", "\x1b", "\ud800"} & set(page.source)


def test_facts_that_are_no_facts_are_left_out(tmp_path, capfd):
    folder = Experiment(rounds=2).write(tmp_path)
    (folder / "experiment.json").write_text(json.dumps({
        "command": 3, "settings": [1], "warnings": {"a": 1}, "versions": "x", "machine": {"load_averages": [None, "1"]}, "withheld": None,
        "known_defects": [7], "requests": {"batches": "many", "requests": []}, "started_at": {}, "smallest_detectable_difference": "1"}))
    assert "Machine" in draw(folder).text
    (folder / "experiment.json").write_text("{")
    assert "nothing is known" in draw(folder).text
    assert "experiment.json: it isn't JSON; the report lacks what it says" in capfd.readouterr().err


def test_what_is_not_known_is_not_stated(tmp_path):
    folder = Experiment(rounds=2).write(tmp_path)
    for document in ({"complete": True}, {"complete": True, "requests": {"origin": 7}, "known_defects": [{"effect": "It waits"}], "warnings": {}}):
        (folder / "experiment.json").write_text(json.dumps(document))
        page = draw(folder)
        for words in ("embedded", "The server", "nothing was found that speaks against", "--repeat-from", "It touches", "()"):
            assert words not in page.text, words
        assert "Nothing is known of warnings" in page.text
    assert "It waits." in page.text
    write_facts(folder, warnings=[], requests={"origin": "embedded"})
    page = draw(folder)
    assert "the embedded one, on this machine" in page.text and "nothing was found that speaks against" in page.text
    write_facts(folder, requests={"origin": "other"})
    assert "The server is not part of it: it has to answer as it did." in draw(folder).text


# ---- which files ----


def test_a_chart_alone_writes_no_report_and_the_report_alone_no_charts(tmp_path):
    folder = Experiment(strategies=MAIN[2:], rounds=2).write(tmp_path)
    assert run_plot("--only", "ratios", "-o", tmp_path / "chart", folder).returncode == 0
    assert os.listdir(tmp_path / "chart") == ["ratios.png"]
    pages = []
    for place, (options, written) in enumerate([([], {"report.html"}), ([], {"report.html"}),
                                                (["--only", "ratios", "--format", "svg"], {"report.html", "ratios.svg"})]):
        output = tmp_path / f"{place}"
        fill(folder, "ratios", "cost", output=output)
        before = set(os.listdir(output))
        assert run_plot("--only", "report", *options, "-o", output, folder).returncode == 0
        assert set(os.listdir(output)) - before == written
        pages.append((output / "report.html").read_bytes())
    assert pages[0] == pages[1] == pages[2], "the same each time, and PNG whatever the format"


@pytest.fixture(name="in_parts")
def experiment_in_parts(tmp_path):
    """One of which has no requests."""
    for name, has_records in (("few", False), ("many", True)):
        Experiment(strategies=MAIN[2:], rounds=2, records=has_records).write(tmp_path / "parts" / name)
    (tmp_path / "parts" / "finding.json").write_text(json.dumps({"experiment": "two", "claim": "So it is.", "found": "So it was."}))
    return tmp_path / "parts"


@pytest.mark.parametrize("options, written, missing", [
    (["--only", "cost"], ["few/cost.png", "many/cost.png"], ""),
    (["--only", "cost", "--only", "report", "--format", "svg"], ["few/cost.svg", "many/cost.svg", "report.html"], ""),
    (["--only", "timeline"], ["many/timeline.png"], "few/timeline.png is left out: "),
    (["--trace"], ["many/trace.json"], "few/trace.json is left out: ")])
def test_what_is_asked_of_an_experiment_is_asked_of_its_parts(in_parts, tmp_path, options, written, missing):
    for output in (in_parts, tmp_path / "elsewhere"):
        fill(in_parts / "few", output=output / "few")
        fill(in_parts / "many", output=output / "many")
        done = run_plot(*options, "-o", output, in_parts)
        assert (done.returncode, done.stdout.splitlines()) == (0, [str(output / name) for name in written])
        assert missing in done.stderr and bool(done.stderr) == bool(missing)
        assert all((output / name).stat().st_size > 5000 for name in written)


def test_all_of_an_experiment_are_the_charts_of_its_parts_and_one_report(in_parts):
    done = run_plot(in_parts, "--format", "svg")
    places = [os.path.relpath(line, in_parts) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and places[-1] == "report.html"
    assert {"few/total-time.svg", "many/total-time.svg", "many/heat-map.svg"} <= set(places)
    assert all((in_parts / place).exists() for place in places)
    assert run_plot(in_parts, "--only", "scaling").returncode == 1, "no part has several levels"


def test_the_report_elsewhere_takes_the_pictures_beside_the_files(tmp_path):
    folder = Experiment(strategies=MAIN[2:], rounds=2).write(tmp_path / "in")
    fill(folder)
    assert run_plot("--only", "report", "-o", tmp_path / "out", folder).returncode == 0
    assert {picture["alt"] for picture in Page(tmp_path / "out" / "report.html").all("img")} == {"A picture of an earlier run."}


def test_pictures_of_an_earlier_run_are_taken_unless_they_are_no_such_picture(tmp_path):
    folder = Experiment(strategies=MAIN[2:], rounds=2).write(tmp_path)
    whole = a_picture("A picture of an earlier run.", f"ratios {report_pictures.source_of(folder)}", height=900)
    (folder / "ratios.png").write_bytes(whole[:len(whole) // 2])
    (folder / "cost.png").write_bytes(b"no picture")
    texts = [picture["alt"] for picture in draw(folder, "ratios", "cost", "stability").all("img")]
    assert len(texts) == len(CHARTS)
    assert texts.count("A picture of an earlier run.") == len(CHARTS) - 3


def titles(folder, *charts):
    """Of the pictures in the report, by their names; of these charts alone."""
    page = draw_report(folder)
    names = [figure["id"].removeprefix("chart-") for figure in page.all("figure")]
    return {name: picture["alt"] for name, picture in zip(names, page.all("img")) if name in charts}


@pytest.mark.parametrize("name", report_pictures.FILES)
def test_pictures_of_other_figures_are_drawn_anew(tmp_path, monkeypatch, name):
    monkeypatch.setattr(drawing, "_import_charts", lambda dpi: [chart for chart in CHARTS if chart.FILE == "cost.png"])
    folder = Experiment(strategies=MAIN[2:], rounds=2).write(tmp_path)
    fill(folder)
    assert titles(folder, "cost") == {"cost": "A picture of an earlier run."}
    before = (folder / name).stat()
    (folder / name).write_text((folder / name).read_text().replace("thread-pool", "thread-peel"))
    os.utime(folder / name, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "earlier" not in titles(folder, "cost")["cost"], "same size and time, other figures"


def test_a_picture_under_another_s_name_is_drawn_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(drawing, "_import_charts", lambda dpi: [chart for chart in CHARTS if chart.FILE in ("cost.png", "stability.png")])
    folder = Experiment(strategies=MAIN[2:], rounds=2).write(tmp_path)
    drawing.draw_all(str(folder), types.SimpleNamespace(output=None, only=["cost"], format="png", dpi=160), CHART_LIST)
    (folder / "cost.png").rename(folder / "stability.png")
    fill(folder, "stability")
    told = titles(folder, "cost", "stability")
    assert told["cost"] == "A picture of an earlier run."
    assert told["stability"] == chart_stability.draw(results_of(folder)).get_label()


def test_pictures_of_another_version_are_drawn_anew(tmp_path, monkeypatch):
    folder = Experiment(strategies=MAIN[2:], rounds=2).write(tmp_path)
    before = report_pictures.source_of(folder)
    assert report_pictures.source_of(folder) == before
    monkeypatch.setattr(report_pictures, "_digest_of_program", lambda: b"another")
    assert report_pictures.source_of(folder) != before


def test_a_picture_that_was_drawn_is_known_again(tmp_path, monkeypatch):
    folder = Experiment(strategies=MAIN[2:], rounds=2).write(tmp_path)
    drawing.draw_all(str(folder), types.SimpleNamespace(output=None, only=["cost"], format="png", dpi=160), CHART_LIST)
    fill(folder, "cost")
    monkeypatch.setattr(chart_cost, "draw", lambda results: 1 / 0)
    assert len(titles(folder, "cost")) == 1


class Chart:
    """That fails."""
    FILE = "total-time.png"
    HOW_TO_READ = "As it is."

    @staticmethod
    def draw(_):
        raise ZeroDivisionError("division by zero")


def test_a_chart_that_cannot_be_drawn_keeps_no_other_and_no_report_from_it(tmp_path, monkeypatch, capfd):
    folder = Experiment(strategies=MAIN[2:], rounds=2).write(tmp_path)
    monkeypatch.setattr(drawing, "_import_charts", lambda dpi: [Chart] + [chart for chart in CHARTS if chart.FILE == "ratios.png"])
    options = types.SimpleNamespace(output=None, only=None, format="png", dpi=160)
    assert drawing.draw_all(str(folder), options, CHART_LIST) == ["total-time"]
    out, err = capfd.readouterr()
    assert [Path(line).name for line in out.splitlines()] == ["ratios.png", "report.html"]
    assert "ZeroDivisionError: division by zero" in err and "total-time.png could not be drawn, see above: please report this" in err
    page = Page(folder / "report.html")
    assert "The chart total-time is not there: it could not be drawn (ZeroDivisionError)." in page.text and len(page.all("img")) == 1


def test_charts_without_records_are_named_with_the_reason(tmp_path):
    folder = Experiment(strategies=MAIN[2:], rounds=2, records=False).write(tmp_path)
    page = draw(folder, "timeline", "heat-map")
    assert "The chart timeline is not there:" in page.text and "has no request of a measured trial" in page.text


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path):
    (tmp_path / "report.html").write_text("old")
    with pytest.raises(OSError):
        with files.new_file(str(tmp_path / "report.html")) as file:
            file.write(b"half")
            raise OSError(28, "No space left on device")
    assert (tmp_path / "report.html").read_text() == "old" and os.listdir(tmp_path) == ["report.html"]


def test_a_missing_jinja_names_the_package(tmp_path):
    folder = Experiment(strategies=MAIN[2:3], rounds=1).write(tmp_path / "results")
    (tmp_path / "jinja2.py").write_text("raise ModuleNotFoundError(\"No module named 'jinja2'\")")
    done = subprocess.run(["/usr/bin/python3", PLOT, folder], capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert done.returncode == 1 and "apt-get install python3-matplotlib python3-jinja2" in done.stderr
    assert (folder / "total-time.png").exists() and "Traceback" not in done.stderr


def test_the_policy_allows_this_style_and_this_script_and_nothing_else(whole_page):
    policy = next(meta["content"] for meta in whole_page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    inner = {tag: re.search(f"<{tag}>(.*?)</{tag}>", whole_page.source, re.S).group(1) for tag in ("style", "script")}
    digests = {tag: "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for tag, text in inner.items()}
    assert policy == (f"default-src 'none'; img-src data:; style-src '{digests['style']}'; script-src '{digests['script']}'; "
                      "base-uri 'none'; form-action 'none'")
    assert not [attributes for _, attributes in whole_page.tags if "style" in attributes or any(name.startswith("on") for name in attributes)]


# ---- as a browser shows it ----


class Browser:
    """A headless Chromium with one page at a time, and all that it complained of or asked for."""

    def __init__(self):
        chromium, chromedriver = needs.program("chromium", "browser"), needs.program("chromedriver", "webdriver")
        webdriver = needs.module("selenium.webdriver", "selenium")
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        service = webdriver.chrome.service.Service(chromedriver)
        self.driver = webdriver.Chrome(service=service, options=options)

    def command(self, name, **arguments):
        return self.driver.execute_cdp_cmd(name, arguments)

    def show(self, path, width=1200, scheme="light", media="", has_scripts=True):
        self.command("Emulation.setScriptExecutionDisabled", value=not has_scripts)
        self.command("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600)
        for kind in ("browser", "performance"):
            self.driver.get_log(kind)
        self.driver.get(path.as_uri())

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def complaints(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def asked_for(self):
        """The URLs that are no data within the page."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        urls = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
        return [url for url in urls if not url.startswith("data:")]


@pytest.fixture(scope="module")
def browser():
    made = Browser()
    yield made
    made.driver.quit()


@pytest.fixture(scope="module")
def shown(browser, whole_page, main_folder):  # pylint: disable=unused-argument
    return main_folder / "report.html"


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """With all that is long: many arms, long and dangerous names, several levels, failures, a claim."""
    strategies = [Strategy(f"a-strategy-with-options:number={place},fairness=strict,and-so-on=yes", family) for place, family in
                  enumerate(("threads", "event loop", "processes", "a family of the future"))] + [Strategy(DANGEROUS * 3), Strategy("failing", failures={1: 2})]
    folder = write_facts(Experiment(strategies=strategies, levels=(4, 16, 64), rounds=6).write(tmp_path_factory.mktemp("wide")),
                         command=["harness", "x" * 300])
    (folder / "finding.json").write_text(json.dumps({"experiment": "e" * 80, "claim": "c" * 120 + f" {DANGEROUS}", "found": "so " * 200}))
    draw(folder)
    return folder / "report.html"


@pytest.fixture(scope="module")
def parted(tmp_path_factory):
    """Of an experiment in parts, one of which was cut short, and one of which is not there."""
    folder = tmp_path_factory.mktemp("parted")
    for name, is_complete in (("warm", True), ("cold", False)):
        write_facts(Experiment(rounds=6, workload_name=name).write(folder / name), complete=is_complete)
        fill(folder / name)
    (folder / "broken").mkdir()
    (folder / "finding.json").write_text(json.dumps({"experiment": "two", "claim": "So it is.", "found": "c takes less time than d."}))
    draw_report(folder)
    return folder / "report.html"


def test_it_renders_without_a_complaint_and_asks_for_nothing(browser, shown):
    browser.show(shown)
    browser.run("for (const picture of document.images) picture.scrollIntoView()")
    assert browser.complaints() == []
    assert browser.asked_for() == [shown.as_uri()]
    assert browser.run("return [...document.images].every(picture => picture.complete && picture.naturalWidth >= 1000)")
    assert all(browser.run("return [...document.images].map(picture => picture.alt)"))
    assert browser.run("return getComputedStyle(document.querySelector('.swatch')).backgroundColor") != "rgba(0, 0, 0, 0)", "it has its style"


def test_the_policy_stops_what_would_be_asked_for(browser, shown):
    browser.show(shown)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        browser.run("const picture = new Image(); picture.src = `http://127.0.0.1:${arguments[0]}/`; document.body.append(picture);",
                    server.getsockname()[1])
        assert len(browser.complaints()) == 1
        with pytest.raises(BlockingIOError):
            server.accept()
    browser.run("const script = document.createElement('script'); script.textContent = 'window.wrong = 1'; document.body.append(script);")
    assert browser.run("return window.wrong === undefined")
    assert "Content Security Policy" in browser.complaints()[0]


def column(browser, number):
    return browser.run("return [...document.querySelectorAll('[data-sortable] tbody tr')].map(row => [...row.cells[arguments[0]].childNodes]"
                       ".filter(node => node.className !== 'unseen').map(node => node.textContent).join(''))", number)


def press(browser, number):
    """The head of the column, as the keyboard does it; what it says then."""
    browser.run("document.querySelectorAll('[data-sortable] thead button')[arguments[0]].click()", number)
    return browser.run("return [...document.querySelectorAll('[data-sortable] thead th')].map(head => head.getAttribute('aria-sort'))")


def test_it_sorts_by_numbers_and_names_up_and_down(browser, shown):
    browser.show(shown)
    heads = browser.run("return [...document.querySelectorAll('[data-sortable] thead th')].map(head => head.textContent)")
    for number, name in enumerate(heads):
        before = column(browser, number)
        key = (lambda text: float(text.replace(",", "").split(" to ")[0])) if number else str.casefold
        said = press(browser, number)
        assert column(browser, number) == sorted(before, key=key), name
        assert said == [None] * number + ["ascending"] + [None] * (len(heads) - number - 1)
        said = press(browser, number)
        assert [key(text) for text in column(browser, number)] == sorted(map(key, before), reverse=True), name
        assert said[number] == "descending"


def test_numbers_are_sorted_as_numbers_and_what_is_missing_is_last(browser, tmp_path):
    folder = Experiment(strategies=[Strategy("b"), Strategy("A", overhead_s=0.2), Strategy("c10", overhead_s=0.01), Strategy("c9", overhead_s=0.05),
                                    Strategy("no-op", "nobody")], rounds=6).write(tmp_path)
    draw(folder)
    browser.show(folder / "report.html")
    press(browser, 0)
    assert column(browser, 0) == ["A", "b", "c9", "c10", "no-op"]
    press(browser, 0)
    assert column(browser, 0)[0] == "no-op"
    for _ in range(2):
        press(browser, 1)
        assert column(browser, 0)[-1] == "no-op" and column(browser, 1)[-1] == "–"
    medians = next(number for number in range(1, 9) if max(map(len, column(browser, number))) > 3)
    press(browser, medians)
    values = [float(text) for text in column(browser, medians)]
    assert values == sorted(values) and [f"{value}" for value in values] != sorted(f"{value}" for value in values)


@pytest.mark.parametrize("width, scheme, media, has_scripts", [
    (360, "light", "", True), (360, "dark", "", False), (768, "dark", "", True), (1200, "light", "", True), (700, "light", "print", True)])
def test_the_page_never_scrolls_sideways(browser, shown, wide, width, scheme, media, has_scripts):
    for path in (shown, wide):
        browser.show(path, width, scheme, media, has_scripts)
        layout = browser.command("Page.getLayoutMetrics")["cssContentSize"]
        assert layout["width"] <= width, path


def colours(browser, selector):
    """Of text and of the page behind it."""
    return browser.run("const shown = getComputedStyle(document.querySelector(arguments[0]));"
                       "return [shown.color, getComputedStyle(document.documentElement).backgroundColor]", selector)


def parts_of(colour):
    """Of rgb(r, g, b) or rgba(r, g, b, a)."""
    red, green, blue, *alpha = map(float, re.findall(r"[\d.]+", colour))
    return (red, green, blue), (alpha or [1])[0]


def luminance(colour):
    """By WCAG 2.1."""
    parts = [part / 255 for part in parts_of(colour)[0]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear))


def contrast(colour, opacity, paper):
    """Of what lets as much of the paper shine through as its opacity says."""
    parts, alpha = parts_of(colour)
    seen = [alpha * opacity * over + (1 - alpha * opacity) * under for over, under in zip(parts, parts_of(paper)[0])]
    light, dark = sorted((luminance(f"rgb{tuple(seen)}"), luminance(paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


# [text, kind, colour, opacity, the nearest opaque colour behind it] of all that is written, and of what CSS writes before and
# after elements.
WRITTEN = """
const isShown = element => element.checkVisibility({checkVisibilityCSS: true});
const isOpaque = colour => !/rgba/.test(colour);
const about = (element, style, kind, text) => {
    let [opacity, paper] = [kind === "text" ? 1 : Number(style.opacity), ""];
    for (let one = element; one; one = one.parentElement) {
        const shown = getComputedStyle(one);
        opacity *= paper ? 1 : Number(shown.opacity);
        paper = paper || (isOpaque(shown.backgroundColor) ? shown.backgroundColor : "");
    }
    return [text, kind, style.color, opacity, paper];
};
const found = [];
for (const element of document.body.querySelectorAll("*")) {
    if (!isShown(element))
        continue;
    const text = [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.data.trim()).join("");
    if (text && !["SCRIPT", "STYLE"].includes(element.tagName))
        found.push(about(element, getComputedStyle(element), "text", text));
    for (const kind of ["::before", "::after"]) {
        const style = getComputedStyle(element, kind);
        if (!["none", "normal", '""'].includes(style.content))
            found.push(about(element, style, element.tagName === "BUTTON" ? "sign" : "text" + kind, style.content));
    }
}
return found;
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 360])
def test_all_that_is_written_can_be_read(browser, shown, wide, parted, scheme, width):
    for page, least in ((shown, 200), (wide, 200), (parted, 200)):
        browser.show(page, width, scheme)
        written = browser.run(WRITTEN)
        assert len(written) > least and {kind for _, kind, *_ in written} >= {"text", "sign"}
        for text, kind, colour, opacity, paper in written:
            assert contrast(colour, opacity, paper) >= (3 if kind == "sign" else 4.5), (text, kind, colour, opacity, paper)
    assert (luminance(colours(browser, "h1")[1]) < 0.1) == (scheme == "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_families_are_told_by_more_than_a_colour(browser, shown, wide, scheme):
    for page in (shown, wide):
        browser.show(page, scheme=scheme)
        rows = browser.run("return [...document.querySelectorAll('tbody th')].map(head => [head.textContent, head.querySelector('.swatch').className])")
        assert len(rows) > 6
        for text, family in rows:
            name = text.rpartition(" (")[2].removesuffix(")")
            assert f"family-{name.replace(' ', '')}" in family or name == "a family of the future" and "family-other" in family
        edges = browser.run("return [...document.querySelectorAll('.swatch')].map(one => getComputedStyle(one).borderTopColor)")
        paper = colours(browser, "h1")[1]
        assert all(contrast(edge, 1, paper) >= 3 for edge in edges)


def test_tables_stay_tables_on_a_phone_and_have_captions(browser, shown, parted):
    for page in (shown, parted):
        browser.show(page, 360)
        assert browser.run("return [...document.querySelectorAll('table')].every(table => table.caption && table.caption.textContent.trim())")
        nodes = browser.command("Accessibility.getFullAXTree")["nodes"]
        roles = [node["role"]["value"] for node in nodes if not node["ignored"]]
        count = browser.run("return document.querySelectorAll('.verdicts').length")
        assert roles.count("table") == 2 * count >= 2
        assert browser.run("return [...document.querySelectorAll('.verdicts *')].every(one => one.getAttribute('role') || "
                           "!['TR', 'TD', 'TH', 'THEAD', 'TBODY'].includes(one.tagName))")
        rows = browser.run("return document.querySelectorAll('.verdicts tbody tr, .figures tr').length")
        assert roles.count("row") >= rows and roles.count("rowheader") == rows - count
    assert browser.run("return getComputedStyle(document.querySelector('.verdicts td')).display") == "block", "or this test is about nothing"


def test_without_scripts_it_is_all_there(browser, shown):
    browser.show(shown, has_scripts=False)
    source = browser.driver.page_source
    browser.command("Emulation.setScriptExecutionDisabled", value=False)
    assert "<button" not in source and "Choose a column" in source
    text = browser.driver.find_element("tag name", "body").text
    for words in ("Verdict", "curl-multi", "Figures", "Warnings", "look for other load", "Questions for a class", "--repeat-from"):
        assert words in text
    assert "Choose a column" not in text, "what cannot be done is not offered"


def test_printed_it_is_dark_on_white_and_whole(browser, shown):
    browser.show(shown, 700, scheme="dark", media="print")
    text, paper = map(luminance, colours(browser, "h1"))
    assert text < 0.05 and paper > 0.95
    assert browser.run("return getComputedStyle(document.querySelector('nav')).display") == "none"
    assert browser.run("return [...document.images].every(picture => picture.getBoundingClientRect().width <= innerWidth)")
    printed = base64.b64decode(browser.command("Page.printToPDF", printBackground=False)["data"])
    assert printed.startswith(b"%PDF") and 4 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 20


def test_dangerous_names_do_nothing(browser, wide):
    browser.show(wide)
    assert browser.complaints() == [] and browser.asked_for() == [wide.as_uri()]
    assert browser.run("return document.scripts.length") == 1
    assert "<script>alert(1)</script>" in browser.driver.find_element("tag name", "body").text


def test_the_keyboard_reaches_what_scrolls(browser, shown):
    browser.show(shown, 360)
    assert browser.run("return [...document.querySelectorAll('.scroll')].every(one => one.tabIndex === 0 && (one.ariaLabel || "
                       "document.getElementById(one.getAttribute('aria-labelledby'))))")
    assert browser.run("const one = document.querySelector('.figures').parentElement; return one.scrollWidth > one.clientWidth"), "or it fits, and "\
        "this test is about nothing"
