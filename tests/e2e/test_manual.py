"""What helps at the command line: manual pages, completion, and help that fits a terminal."""

import os
import pathlib
import re
import subprocess

import pytest

import guests
import interactive_shells
import listings
import needs
import program
import strategies

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(program.harness_path()).parents[1]
LIMIT_S = 60
PROGRAMS = ("harness", "harness-plot")


def done(*command, **options):
    return subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=LIMIT_S, check=True, stdin=subprocess.DEVNULL, **options)


def asked(name, *arguments, **options):
    return done(BUILD / "bin" / name, *arguments, **options).stdout


def long_options(name, *arguments):
    """Of the program's help, in its order: where lines of options begin."""
    found = re.findall(r"^ {2,6}(?:-\w,? )?(?:[A-Z]+, )?(--[a-z-]+)", asked(name, *arguments, "--help"), re.MULTILINE)
    assert len(found) >= 1
    return found


def names_listed(option):
    """The names in a list: what begins a line."""
    return [line.split()[0] for line in listings.unwrapped(asked("harness", option)).splitlines() if not line.startswith(" ")]


def test_the_options_of_the_help_are_found():
    assert {"--workload", "--strategy", "--no-reuse", "--help", "--list-columns"} <= set(long_options("harness"))
    assert {"--output", "--only", "--dpi", "--help"} <= set(long_options("harness-plot"))
    assert {"--port", "--tls"} <= set(long_options("harness", "origin"))


# ---- 80 columns ----


@pytest.mark.parametrize("words", [
    ("harness", "--help"), ("harness", "origin", "--help"), ("harness", "check", "--help"), ("harness-plot", "--help"),
    ("harness", "--list-strategies"), ("harness", "--list-workloads"), ("harness", "--list-experiments"),
    ("harness", "--list-participants")], ids=" ".join)
def test_it_fits_a_terminal(words):
    text = asked(*words, env={**os.environ, "COLUMNS": "200"})
    assert len(text.splitlines()) >= 3
    assert [line for line in text.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("command", ["check", "origin"])
def test_the_usage_of_a_command_is_the_same_everywhere(read, command):
    usage, = re.findall(rf"^ +(harness {command} .*)$", asked("harness", "--help"), re.MULTILINE)
    assert asked("harness", command, "--help").startswith(f"usage: {usage}")
    described = " ".join(sections(read("harness"))["DESCRIPTION"].split())
    meaning = dict(candidates("harness", ""))[command]
    assert usage in sections(read("harness"))["SYNOPSIS"] and f"{usage} {meaning}" in described


# ---- manual pages ----


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("installed")
    done("cmake", "--install", BUILD, "--prefix", prefix)
    return prefix


@pytest.fixture(scope="module")
def read(installed):
    """A function: the page of that name as a reader sees it, by the name under which it was installed."""
    man = needs.program("man", "man")

    def of(name):
        return done(man, "--warnings", name, env={**os.environ, "MANPATH": installed / "share" / "man", "MANWIDTH": "100",
                                                   "LC_ALL": "C.UTF-8"}).stdout

    return of


@pytest.mark.parametrize("name", PROGRAMS)
def test_man_has_nothing_to_warn_of(installed, name):
    page = installed / "share" / "man" / "man1" / f"{name}.1"
    shown = done(needs.program("man", "man"), "--warnings", "-l", page, env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert shown.stderr == "" and name in shown.stdout


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_page_that_is_installed_is_what_the_program_says(installed, name):
    assert (installed / "share" / "man" / "man1" / f"{name}.1").read_text(encoding="utf-8") == asked(name, "--manual")


def sections(page):
    """{title: text}"""
    parts = re.split(r"^([A-Z][A-Z ]+)$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def items(section):
    """What is explained in it, among other words that begin a line."""
    return re.findall(r"^ +(\S+)", section, re.MULTILINE)


def test_the_page_has_the_sections_of_a_manual_page(read):
    assert [title for title in sections(read("harness")) if title != "PARTICIPANTS"] == [
        "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "STRATEGIES", "WORKLOADS", "EXPERIMENTS", "FILES", "COLUMNS", "EXIT STATUS",
        "ENVIRONMENT", "EXAMPLES", "SEE ALSO"]
    assert list(sections(read("harness-plot"))) == [
        "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "CHARTS", "EXIT STATUS", "EXAMPLES", "SEE ALSO"]


@pytest.mark.parametrize("name, arguments", [("harness", []), ("harness", ["origin"]), ("harness-plot", [])])
def test_every_option_is_in_the_page_and_can_be_copied(read, name, arguments):
    options = sections(read(name))["OPTIONS"]
    for option in long_options(name, *arguments):
        assert re.search(rf"^ +(-\w(, | [A-Z]+, ))?{option}\b", options, re.MULTILINE), option


def test_every_option_has_its_letter_and_its_default(read):
    options = " ".join(sections(read("harness"))["OPTIONS"].split())
    assert "-c, --concurrency N[,...] the most batches under way at once (default: 16)" in options
    assert "--no-reuse[=false,true] a new connection" in options


def test_the_page_has_strategies_with_their_options(read):
    section = sections(read("harness"))["STRATEGIES"]
    for strategy in strategies.listed():
        assert strategy.name in items(section)
        assert all(key in items(section) for key, _ in strategy.options), strategy.name
    assert any(strategy.options for strategy in strategies.listed())


@pytest.mark.parametrize("title, option", [
    ("WORKLOADS", "--list-workloads"), ("EXPERIMENTS", "--list-experiments"), ("PARTICIPANTS", "--list-participants")])
def test_the_page_has_what_is_listed(read, title, option):
    names = names_listed(option)
    assert len(names) >= 5
    assert set(names) <= set(items(sections(read("harness"))[title]))


def test_the_page_has_the_columns_of_all_files(read):
    columns = re.findall(r"^- `(\w+)`: ", asked("harness", "--list-columns"), re.MULTILINE)
    assert len(columns) > 100
    assert set(columns) <= set(items(sections(read("harness"))["COLUMNS"]))


def test_the_page_has_each_file_of_a_folder_of_results(read, tmp_path):
    files = items(sections(read("harness"))["FILES"])
    done(program.harness_path(), "-s", "sequential", "-w", "hello", "--repeat", 1, "--quiet", "--output", tmp_path / "out")
    found = {path.name for path in (tmp_path / "out").iterdir() if path.suffix != ".png"}
    assert len(found) >= 6
    assert found <= set(files)


def test_the_page_tells_of_secrets(read, tmp_path):
    meaning = " ".join(sections(read("harness"))["FILES"].partition("workload.json")[2].partition("finding.json")[0].split())
    (tmp_path / "mine.json").write_text('[[{"url": "/get", "headers": {"Authorization": "Bearer abc"}}]]', encoding="utf-8")
    done(program.harness_path(), "-s", "sequential", "-w", tmp_path / "mine.json", "--repeat", 1, "--quiet", "--no-charts",
         "--output", tmp_path / "own")
    written = (tmp_path / "own" / "workload.json").read_text(encoding="utf-8")
    assert "REDACTED" in written and "abc" not in written and "REDACTED" in meaning


def test_the_page_names_what_is_read_of_the_environment(read):
    named = sections(read("harness"))["ENVIRONMENT"]
    code = "".join(path.read_text(encoding="utf-8") for path in (TOP / "harness").rglob("*.[ch]"))
    variables = set(re.findall(r'getenv\("(\w+)"\)', code)) | {"HARNESS_PLUGIN_PATH", "http_proxy", "no_proxy"}
    assert {"NO_COLOR", "TERM"} <= variables
    assert not [variable for variable in variables if variable not in named]


def test_hyphens_of_prose_are_none_that_are_typed(read):
    page = asked("harness", "--manual")
    assert "\\-\\-list\\-workloads" in page and "thread\\-pool:stack\\-kib=512" in page and "0\\-2,5" in page
    assert "warm-up rounds" in page and "heavy-tailed" in page
    assert not re.search(r"^[.'](?!\\\")(?!(?:TH|SH|SS|TP|PP|RS|RE|nf|fi|br|BR|nh|ad)\b)", page, re.MULTILINE)


def test_the_charts_have_their_names_in_the_page_of_harness_plot(read):
    charts = re.findall(r"^  ([a-z-]+) {2,}\w", asked("harness-plot", "--help").partition("charts (--only)")[2], re.MULTILINE)
    assert len(charts) >= 8
    assert set(charts) <= set(items(sections(read("harness-plot"))["CHARTS"]))


# ---- completion: what the programs say ----


def candidates(name, *words, **options):
    """[(candidate, description or "")], without the lines for shells."""
    lines = asked(name, "--complete", *words, **options).splitlines()
    return [tuple((line + "\t").split("\t")[:2]) for line in lines if not line.startswith(":")]


def offered(name, *words, **options):
    return [candidate for candidate, _ in candidates(name, *words, **options)]


@pytest.mark.parametrize("name, before", [("harness", []), ("harness", ["origin"]), ("harness-plot", [])])
def test_every_option_is_offered_with_what_it_means(name, before):
    found = candidates(name, *before, "--")
    assert [option for option, _ in found] == long_options(name, *before)
    assert all(meaning for _, meaning in found)


@pytest.mark.parametrize("words, expected", [
    (["--workload", "s"], ["slow-and-fast", "small-and-fast", "sync-vs-async"]),
    (["--workload=mi"], ["--workload=mixed"]),
    (["-qw", "mi"], ["mixed"]),
    (["-whello", "--rep"], ["--repeat", "--repeat-from"]),
    (["-qwhello", "--start", "c"], ["cold"]),
    (["-qZw", "mi"], []),
    (["-s", "all", "-s", "seq"], ["sequential"]),
    (["--work", "mi"], ["mixed"]),
    (["--work=mi"], ["--work=mixed"]),
    (["--re", "mi"], []),
    (["--no-re", "--sta"], ["--start"]),
    (["--libcurl", "new=/x", "--libc=old=/y", "-s", "curl-multi@"], ["curl-multi@new", "curl-multi@old"]),
    (["--libcurl", "new=/x", "-s", "sequential,all@n"], ["sequential,all@new"]),
    (["--libcurl", "new=/x", "--reference", "curl-multi@"], ["curl-multi@new"]),
    (["--libcurl", "=/x", "-s", "curl-multi@"], []),
    (["-s", "curl-multi@", "--libcurl", "new=/x", "-s", "nobody@"], []),
    (["-w", "libcurl", "new=/x", "-s", "curl-multi@"], []),
    (["--start", ""], ["cold", "warm"]),
    (["--start", "cold,"], ["cold,cold", "cold,warm"]),
    (["--no-reuse="], ["--no-reuse=false", "--no-reuse=true"]),
    (["--records", "a"], ["auto", "all"]),
    (["--reference", "start=w"], ["start=warm"]),
    (["--reference", "conc"], ["concurrency="]),
    (["--proxy", ""], ["environment"]),
    (["--csv", "--columns", "arm,median"], ["arm,median_s"]),
    (["-s", "curl-multi,thread-po"], ["curl-multi,thread-pool"]),
    (["-s", "curl-multi,thread-pool:"], ["curl-multi,thread-pool:stack-kib="]),
    (["-s", "curl-multi@new:"], []),
    (["-s", "multi-threads:loop=poll:"], ["multi-threads:loop=poll:threads=", "multi-threads:loop=poll:stack-kib="]),
    (["-s", "multi-threads:loop="], ["multi-threads:loop=poll", "multi-threads:loop=epoll"]),
    (["-s", "multi-threads:threads="], ["multi-threads:threads=auto"]),
    (["-s", "exter"], ["external"]),
    ([""], ["check", "origin"]),
    (["http://127.0.0.1/", ""], []),
    (["--requests", ""], []),
    (["--nonsense=", ""], []),
    (["--", "--str"], []),
    (["origin", "--port", ""], []),
    (["origin", "--port", "8080", "--tl"], ["--tls"]),
    (["origin", "--tls", "--po"], ["--port"]),
    (["check", "--help", "--"], ["--help"]),
])
def test_values_are_offered(words, expected):
    assert offered("harness", *words) == expected


def test_strategies_participants_and_experiments_are_offered():
    found = offered("harness", "--strategy", "")
    assert {"all", "external", *strategies.that_send(), *guests.installed()} <= set(found)
    assert not {strategy.name for strategy in strategies.listed() if strategy.missing} & set(found)
    assert offered("harness", "--experiment", "") == names_listed("--list-experiments")
    assert set(guests.installed()) <= set(offered("harness", "check", ""))


def test_the_columns_of_the_summary_are_offered():
    described = asked("harness", "--list-columns").partition("`summary.csv`")[2]
    assert offered("harness", "--columns", "") == re.findall(r"^- `(\w+)`: ", described, re.MULTILINE)


def test_plug_ins_are_offered_by_name_and_not_loaded(tmp_path):
    (tmp_path / "mine.so").write_text("no library", encoding="utf-8")
    known = {**os.environ, "HARNESS_PLUGIN_PATH": str(tmp_path)}
    assert offered("harness", "--strategy", "all,mi", env=known) == ["all,mine"]
    assert offered("harness", "--strategy", "mine:", env=known) == []
    assert asked("harness", "--complete", "--strategy", "./mi", cwd=tmp_path) == ":nospace\n:files\t\n"


def test_only_plug_ins_that_can_be_named_are_offered(tmp_path):
    for name in ("good", "my loop", "evil\tdesc", "two\nlines", "a,b", "curl-multi"):
        (tmp_path / f"{name}.so").write_text("no library", encoding="utf-8")
    (tmp_path / "one,two").mkdir()
    (tmp_path / "one,two" / "unreachable.so").write_text("no library", encoding="utf-8")
    before = candidates("harness", "check", "")
    known = {**os.environ, "HARNESS_PLUGIN_PATH": f"{tmp_path}:{tmp_path / 'one,two'}"}
    assert candidates("harness", "check", "", env=known) == [*before, ("good", "a plug-in")]


def test_what_no_line_of_the_answer_can_hold_is_not_offered():
    assert asked("harness", "--complete", "--libcurl", "a\n:files=/") == ""
    assert offered("harness", "-s", "a\tb,seq") == []


@pytest.mark.parametrize("name, words, line", [
    ("harness", ["--output=a"], ":folders\t--output="), ("harness", ["-o", ""], ":folders\t"),
    ("harness", ["--cacert", ""], ":files\t"), ("harness", ["--workload", "x"], ":files\t"),
    ("harness", ["--libcurl", "new=/usr"], ":files\tnew="), ("harness", ["check", "./p"], ":files\t"),
    ("harness-plot", [""], ":folders\t"), ("harness-plot", ["--output=a"], ":folders\t--output=")])
def test_paths_are_left_to_the_shell(name, words, line):
    assert line in asked(name, "--complete", *words).splitlines()


def test_values_of_harness_plot_are_offered():
    assert offered("harness-plot", "--format", "") == ["png", "svg", "pdf"]
    assert offered("harness-plot", "--only=heat") == ["--only=heat-map"]
    assert offered("harness-plot", "--dpi", "") == []


# ---- completion in shells ----


@pytest.fixture
def folder(tmp_path):
    """Where the shells are: with a program whose path has a blank, workloads, results."""
    (tmp_path / "mine.json").write_text("{}", encoding="utf-8")
    (tmp_path / "own results").mkdir()
    (tmp_path / "other").mkdir()
    return tmp_path


@pytest.fixture
def environment(installed):
    return {"PATH": f"{installed}/bin:/usr/bin:/bin", "XDG_DATA_DIRS": f"{installed}/share:/usr/share"}


COMPLETED = {
    "harness --strat\t": "harness --strategy ",
    "harness --strategy sequential,thread-po\t": "harness --strategy sequential,thread-pool",
    "harness --strategy sequential,thread-pool:sta\t512": "harness --strategy sequential,thread-pool:stack-kib=512",
    "harness --strategy=curl-multi,multi-threads:loop=e\t": "harness --strategy=curl-multi,multi-threads:loop=epoll",
    "harness --workl\tmix\t-q": "harness --workload mixed -q",
    "harness --workload=min\t": "harness --workload=mine.json ",
    "harness -q --start cold,w\t": "harness -q --start cold,warm",
    "harness --csv --columns arm,median_s,cpu_us\t": "harness --csv --columns arm,median_s,cpu_us_per_request",
    "harness --experiment cold\t": "harness --experiment cold-or-warm ",
    "harness --output=oth\t": "harness --output=other/",
    "harness -o own\t": "harness -o own\\ results/",
    "harness orig\t--po\t8080": "harness origin --port 8080",
    "X=1 harness --wor\t": "X=1 harness --workload ",
    "harness -H 'a: -- b' --wor\t": "harness -H 'a: -- b' --workload ",
    'harness -H "a: \\" b" --wor\t': 'harness -H "a: \\" b" --workload ',
    "harness -H a:\\ --\\ b --wor\t": "harness -H a:\\ --\\ b --workload ",
    "harness -whello --wor\t": "harness -whello --workload ",
    "harness-plot --only heat\t--for\tp": "harness-plot --only heat-map --format p",
    "harness-plot --format=sv\t": "harness-plot --format=svg ",
    "harness-plot oth\t": "harness-plot other/",
}


@pytest.fixture
def bash(installed, environment, folder):
    files = [installed / "share" / "bash-completion" / "completions" / name for name in PROGRAMS]
    with interactive_shells.bash("".join(f". {file}\n" for file in files), environment, folder) as shell:
        yield shell


def test_bash_completes(bash):
    assert {keys: bash.completed(keys) for keys in COMPLETED} == COMPLETED


def test_bash_completes_a_program_by_its_path(bash, installed):
    assert bash.completed(f"{installed}/bin/harness --wor\t") == f"{installed}/bin/harness --workload "


def test_bash_completes_in_the_middle_of_a_line(bash):
    assert bash.completed("harness --wor mixed" + "\x1b[D" * len(" mixed") + "\t") == "harness --workload mixed"


def test_bash_completes_a_program_whose_path_begins_with_a_variable(bash, installed, folder):
    assert bash.completed(f"H={installed}/bin\r$H/harness --wor\t") == "$H/harness --workload "
    assert bash.completed("${H}/harness-plot --for\t") == "${H}/harness-plot --format "
    assert bash.completed("$(touch called)/harness --wor\t") == "$(touch called)/harness --wor"
    assert not (folder / "called").exists()


QUOTED = {
    "harness -s 'sequential,thread-po\t": "harness -s 'sequential,thread-pool'",
    'harness -s "sequential,thread-po\t': 'harness -s "sequential,thread-pool"',
    "harness --workload='mix\t": "harness --workload='mixed' ",
    "harness '--workl\t": "harness '--workload' ",
    "harness -o 'own res\t": "harness -o 'own results'/",
    'harness --output="own res\t': 'harness --output="own results"/',
    "harness -o own\\ res\t": "harness -o own\\ results/",
    "harness '-H' '' --wor\t": "harness '-H' '' --workload ",
}


def test_bash_completes_what_is_in_quotes(bash):
    assert {keys: bash.completed(keys) for keys in QUOTED} == QUOTED


def test_bash_offers_all_options_strategies_and_their_options(bash):
    assert sorted(bash.offered("harness --")) == sorted(long_options("harness"))
    assert sorted(bash.offered("harness-plot --")) == sorted(long_options("harness-plot"))
    assert {"all", *strategies.that_send()} <= set(bash.offered("harness --strategy "))
    assert set(bash.offered("harness --workload s")) == {"slow-and-fast", "small-and-fast", "sync-vs-async"}
    assert [bash.completed(f"harness -s multi-threads:loop=\t{letter}\t") for letter in "pe"] == [
        "harness -s multi-threads:loop=poll", "harness -s multi-threads:loop=epoll"]


@pytest.fixture
def zsh(installed, environment, folder):
    shell = needs.program("zsh", "zsh")
    with interactive_shells.zsh(shell, f"fpath=({installed}/share/zsh/site-functions $fpath)\n", environment, folder) as started:
        yield started


def test_zsh_completes(zsh):
    assert {keys: zsh.completed(keys) for keys in COMPLETED} == COMPLETED


def test_zsh_offers_all_options(zsh):
    assert sorted(zsh.offered("harness --")) == sorted(long_options("harness"))
    assert sorted(zsh.offered("harness-plot --")) == sorted(long_options("harness-plot"))


@pytest.fixture
def fish(environment, folder, tmp_path_factory):
    """A function: what fish offers for a line, each with its description. It finds the completion by itself."""
    shell = needs.program("fish", "fish")
    home = tmp_path_factory.mktemp("home")

    def of(line):
        text = done(shell, "-c", "complete -C $argv[1]", line, cwd=folder, env={**environment, "HOME": str(home)}).stdout
        return dict((line + "\t").split("\t")[:2] for line in text.splitlines())

    return of


def test_fish_offers_all_options(fish):
    for name in PROGRAMS:
        found = fish(f"{name} --")
        assert sorted(found) == sorted(long_options(name)) and all(found.values())


@pytest.mark.parametrize("keys", [keys for keys in COMPLETED if keys.count("\t") == 1 and "X=1" not in keys and keys.endswith("\t")])
def test_fish_completes(fish, keys):
    word = COMPLETED[keys].rstrip(" ").replace("\\ ", "~").split(" ")[-1].replace("~", " ")
    assert list(fish(keys.rstrip("\t"))) == [word]
