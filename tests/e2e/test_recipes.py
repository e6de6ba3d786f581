"""The queries of docs/recipes.md, as they stand there, on the files of a real experiment: each has to come to what
summary.csv says."""

import csv
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree
import zipfile

import pytest

import needs
from harness_runs import Results, group, numbers, run_well
from quantiles import occurring_quantile

TOP = pathlib.Path(__file__).resolve().parents[2]
PAGE = (TOP / "docs" / "recipes.md").read_text(encoding="utf-8")
QUERY_LIMIT_S = 120

LEVELS = ("1", "4")
STRATEGIES = ("thread-pool", "curl-multi")


def queries():
    """{reader: [(language, code), ...]}, in the order of the page."""
    [part] = re.findall(r"^## Reading the CSV files\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    found = {}
    for reader, text in re.findall(r"^### ([^\n]+)\n(.*?)(?=^### |\Z)", part, re.DOTALL | re.MULTILINE):
        found[reader] = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return found


QUERIES = queries()


def test_each_query_of_the_page_has_a_test_here():
    assert {reader: len(codes) for reader, codes in QUERIES.items()} == {"SQLite": 1, "pandas": 2, "R": 2, "LibreOffice": 1}


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory):
    """A folder with results/latest, with a p99 for each arm: it takes 1,000 requests in a trial."""
    folder = tmp_path_factory.mktemp("recipes")
    results = run_well(folder, "/get", "--requests", 1000, "-c", ",".join(LEVELS), "--strategy", ",".join(STRATEGIES),
                       "--repeat", 6).results
    slow_down_warm_up(results, "trials", "wall_s")
    slow_down_warm_up(results, "requests", "duration_s", "service_s")
    return folder


def slow_down_warm_up(results, name, *columns):
    """Far slower than all others, as a first round may be: a query that doesn't leave it out comes to something else."""
    rows = results.table(name)
    with open(results.folder / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        for row in rows:
            if row["warmup"] == "true":
                row |= {column: f"{9 + float(row[column]):.9f}" for column in columns}
            table.writerow(row)


@pytest.fixture(name="results")
def _results(folder):
    return Results(folder / "results" / "latest")


@pytest.fixture(name="answer")
def _answer(folder, tmp_path):
    """What a command prints, with a home of its own, in which LibreOffice keeps its profile."""
    def answer(command, text=None):
        done = subprocess.run(command, cwd=folder, input=text, env=os.environ | {"HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
                              capture_output=True, text=True, timeout=QUERY_LIMIT_S, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout
    return answer


def query(reader, number, language):
    found, code = QUERIES[reader][number]
    assert found == language
    return code


def cells(row, *columns):
    return [row[column] for column in columns]


def close_to(text):
    """To as many digits as R and the summary print."""
    return pytest.approx(float(text), rel=1e-5)


def test_sqlite_finds_the_slowest_requests(results, answer):
    printed = answer([needs.program("sqlite3", "sqlite")], query("SQLite", 0, "sql"))
    head, *rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in printed.splitlines() if "│" in line]
    rows = [dict(zip(head, row)) for row in rows]
    measured = [request for request in results.requests if request["warmup"] == "false"]
    slowest = sorted(numbers(measured, "service_s"), reverse=True)[:10]
    assert [float(row["took_ms"]) for row in rows] == [pytest.approx(1000 * service_s, abs=0.001) for service_s in slowest]
    maximum = max(results.summary, key=lambda row: float(row["request_max_s"]))
    assert float(rows[0]["took_ms"]) == pytest.approx(1000 * float(maximum["request_max_s"]), abs=0.001)
    for row in rows:
        [request] = [one for one in measured
                     if cells(one, "arm", "round", "batch", "request") == cells(row, "arm", "round", "batch", "request")]
        assert (row["url"], row["opened"]) == ("/get", request["connections_opened"])
        # The phases add up to the whole.
        phases = [float(row[phase]) for phase in ("until_sent_ms", "waited_ms", "rest_ms")]
        assert sum(phases) == pytest.approx(1000 * float(request["service_s"]), abs=0.002)


def test_pandas_finds_p99(results, answer):
    needs.module("pandas", "pandas")
    lines = answer([sys.executable, "-c", query("pandas", 0, "python")]).splitlines()
    found = {arm: float(value) for arm, value in (line.rsplit(None, 1) for line in lines if line[-1].isdigit())}
    assert found == {row["arm"]: pytest.approx(1000 * float(row["request_p99_s"]), abs=1e-6) for row in results.summary}


def test_pandas_makes_a_table_of_medians(folder, results, answer):
    needs.module("pandas", "pandas")
    answer([sys.executable, "-c", query("pandas", 1, "python")])
    with open(folder / "medians.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = {(row["strategy"], level): float(row[level]) for row in rows for level in LEVELS}
    assert len(rows) == len(STRATEGIES)
    assert found == medians_of(results)


def medians_of(results):
    """{(strategy, level): about that median}"""
    return {(row["strategy"], row["concurrency"]): close_to(row["median_s"]) for row in results.summary}


def last_table_of_r(printed):
    """The rows of the data frame that R printed last, without their numbers."""
    return [line.split()[1:] for line in printed.splitlines() if re.match(r"\d+ ", line)]


def test_r_finds_the_medians(folder, results, answer):
    rows = last_table_of_r(answer([needs.program("Rscript", "r"), "-e", query("R", 0, "r")]))
    assert {(strategy, level): float(median) for strategy, level, median in rows} == medians_of(results)
    assert (folder / "Rplots.pdf").stat().st_size > 0


def test_r_finds_the_ratios(results, answer):
    rows = last_table_of_r(answer([needs.program("Rscript", "r"), "-e", query("R", 1, "r")]))
    said = {row["concurrency"]: close_to(row["ratio"]) for row in results.summary if row["strategy"] == "curl-multi"}
    assert len(said) == len(LEVELS)
    assert {level: float(ratio) for level, ratio in rows} == said


NAMESPACES = {"table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
              "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
              "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0"}


def name_of(name):
    prefix, _, rest = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{rest}"


def cells_of_sheet(path):
    """Of each row the cells: a number, or a text."""
    with zipfile.ZipFile(path) as archive:
        tree = xml.etree.ElementTree.fromstring(archive.read("content.xml"))
    for row in tree.iterfind(".//table:table-row", NAMESPACES):
        found = []
        for cell in row.iterfind("table:table-cell", NAMESPACES):
            number = cell.get(name_of("office:value"))
            text = "".join(cell.itertext())
            found += [text if number is None else float(number)] * int(cell.get(name_of("table:number-columns-repeated"), 1))
        yield found


@pytest.mark.parametrize("language", ["en-US", "de-DE"])
def test_libreoffice_gets_numbers_in_any_language(folder, results, answer, tmp_path, language):
    needs.program("libreoffice", "libreoffice")
    profile = tmp_path / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(f"""<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>{language}</value></prop>
</item>
</oor:items>
""", encoding="utf-8")
    command = query("LibreOffice", 0, "sh").replace("libreoffice ", f"libreoffice -env:UserInstallation=file://{profile} ", 1)
    answer(["bash", "-c", command])
    head, *rows = cells_of_sheet(folder / "summary.ods")
    rows = [dict(zip(head, row)) for row in rows if row]
    assert [row["arm"] for row in rows] == [row["arm"] for row in results.summary]
    for column in ("median_s", "request_p99_s", "cpu_us_per_request", "peak_memory_kib"):
        assert [row[column] for row in rows] == numbers(results.summary, column), column


def measured_of(results, arm):
    return [request for request in results.requests if request["arm"] == arm and request["warmup"] == "false"]


def test_p99_is_an_observed_value(results):
    """The rule that the page names, once more by hand."""
    for row in results.summary:
        of_trials = [occurring_quantile(numbers(rows, "duration_s"), 0.99) for rows in
                     group(measured_of(results, row["arm"]), "trial").values()]
        assert occurring_quantile(of_trials, 0.5) == close_to(row["request_p99_s"])
