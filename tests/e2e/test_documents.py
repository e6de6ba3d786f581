"""Holds the documents against the program: what it prints, how it is built, which files there are.

Parts of the documents are generated. They stand between comments:

    <!-- begin help -->
    ...
    <!-- end help -->

    HARNESS=build/release/bin/harness /usr/bin/python3 tests/e2e/test_documents.py --write

writes them anew. Without --write, under pytest, each must be what would be written.

    HARNESS=build/release/bin/harness /usr/bin/python3 tests/e2e/test_documents.py --example

runs what the README shows, on a quiet machine, and puts the table and the pictures of this one run in their places.
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "shared"))

import guests  # noqa: E402
import libcurls  # noqa: E402
import listings  # noqa: E402
import plugins  # noqa: E402
import program  # noqa: E402
import strategies  # noqa: E402

DOCUMENTS = [path.relative_to(TOP).as_posix() for path in
             (*sorted(TOP.glob("*.md")), *sorted(TOP.glob("docs/*.md")), TOP / "results/README.md", TOP / "tests/README.md")]
RUN_LIMIT_S = 30

# The README's example: what quickstart runs, and the pictures of it that documents show.
EXAMPLE = ["--strategy", "all", "--repeat", "20"]
PICTURES = "plot/examples"

BLOCK = re.compile(r"(<!-- begin (?P<name>[a-z-]+) -->\n)(?P<text>.*?)(<!-- end (?P=name) -->)", re.DOTALL)
LINK = re.compile(r"""(?:\[[^\]]*\]\(|<img src=")(?P<target>[^)\s"]+)[)"]""")
FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
QUOTED_FILE = re.compile(r"`(?P<path>[a-z.][\w.-]*(?:/[\w.-]+)+\.(?:c|h|py|sh|txt|json|png|md))`")


def read(document):
    return (TOP / document).read_text(encoding="utf-8")


def outside_code(document):
    return FENCE.sub("", read(document))


def ask(*arguments):
    """What the program prints."""
    return subprocess.run([program.harness_path(), *arguments], cwd=TOP, check=True, capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, timeout=RUN_LIMIT_S).stdout


# What the program says of itself


def workloads():
    """Of each: name and description, from --list-workloads."""
    found = dict(line.split(None, 1) for line in listings.unwrapped(ask("--list-workloads")).splitlines())
    assert found
    return found


# How the program is built


# A header alone, which is no folder's library.
INTERFACE = "strategies/include"


def links_in(call):
    words = call.split()
    return [word for word in words if word.startswith("harness_") and word != "harness_options"]


def folder_links():
    """Of each folder, in the order of the data's flow: the folders that it links. All from the CMakeLists.txt files."""
    build = read("harness/CMakeLists.txt")
    names = re.search(r"foreach\(folder ([^)]*)\)", build).group(1).split()
    found = {}
    for folder in [*(f"harness/{name}" for name in names), "strategies"]:
        call = re.search(r"harness_library\((\w+)\s([^)]*)\)", read(f"{folder}/CMakeLists.txt"))
        assert call and call.group(1) == folder.rsplit("/", maxsplit=1)[-1], folder
        found[folder] = links_in(call.group(2))
    assert "add_library(harness_interface INTERFACE)" in read(f"{INTERFACE}/CMakeLists.txt")
    found[INTERFACE] = []
    found["harness/main.c"] = links_in(re.search(r"target_link_libraries\(harness PRIVATE ([^)]*)\)", build).group(1))
    of_target = {f"harness_{folder.rsplit('/', maxsplit=1)[-1]}": folder for folder in found} | {"harness_interface": INTERFACE}
    return {folder: [of_target[target] for target in links] for folder, links in found.items()}


# The generated parts


def fenced(text, language="text"):
    return f"```{language}\n{text.rstrip()}\n```\n"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def write_help(_old):
    return fenced(ask("--help"))


def write_columns(_old):
    return ask("--list-columns").strip() + "\n"


def write_strategies(_old):
    rows = []
    for strategy in strategies.listed():
        options = "; ".join(f"`{key}`: {meaning}" for key, meaning in strategy.options)
        file = f"../strategies/{strategy.name.replace('-', '_')}.c"
        rows.append([f"[`{strategy.name}`]({file})", strategy.family, strategy.summary, options or "none"])
    return table(["Strategy", "Family", "In one line", "Own options"], rows)


def write_workloads(_old):
    return table(["Workload", "What it is"], [[f"`{name}`", text] for name, text in workloads().items()])


def write_experiments(_old):
    """From the files: what the program lists depends on the machine."""
    rows = []
    for path in sorted((TOP / "experiments").glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        settings = [document.get("settings", {}), *(part.get("settings", {}) for part in document["parts"])]
        strategies_of = dict.fromkeys(name for some in settings for name in some.get("strategy", []))
        axes = {}
        for some in settings:
            for key, value in some.items():
                if isinstance(value, list) and key != "strategy":
                    axes.setdefault(key, {}).update(dict.fromkeys(map(json.dumps, value)))
        compared = [", ".join(f"`{name}`" for name in strategies_of)]
        compared += [f"`{key}` {', '.join(values)}".replace('"', "") for key, values in axes.items() if len(values) > 1]
        parts = [part["where"] for part in document["parts"] if "where" in part]
        rows.append([f"`{path.stem}`", document["claim"], "; ".join([*compared, *dict.fromkeys(parts)])])
    return table(["Experiment", "Claim", "What is compared"], rows)


def write_folders(old):
    """The links are generated, the last column is written by hand and kept."""
    by_hand = dict(re.findall(r"^\| `([^`]*)` \|.*\| ([^|]*) \|$", old, re.MULTILINE))
    rows = [[f"`{folder}`", ", ".join(f"`{link}`" for link in links) or "nobody", by_hand.get(folder, "")]
            for folder, links in folder_links().items()]
    return table(["Folder", "May call", "What it does"], rows)


def write_packages(_old):
    """From the one list, which has a line of headings."""
    listed = subprocess.run(["bash", TOP / "harness" / "packages.sh", "list"], check=True, capture_output=True, text=True,
                            timeout=RUN_LIMIT_S).stdout
    rows = [line.split(None, 6) for line in listed.splitlines()][1:]
    for_what = {"build": "build, run, charts", "test": "tests", "all": "`tests/run --all`", "check": "`.ci/run`"}
    return table(["What", "For", "Debian", "Fedora", "Alpine", "Arch"],
                 [[row[6], for_what[row[0]], *(cell.replace(",", ", ") for cell in row[2:6])] for row in rows])


def write_demands(_old):
    """From the one list (demands.h), whose lines have a word and what it stands for."""
    rows = re.findall(r'^    X\(\w+, "([a-z0-9-]+)", "(.*)"\)', read("harness/participants/demands.h"), re.MULTILINE)
    assert rows
    return table(["Word", "What an experiment asks for"], [[f"`{word}`", what] for word, what in rows])


def write_plugin_build(_old):
    return fenced(read("strategies/example/CMakeLists.txt"), "cmake")


def write_charts(_old):
    """From the charts' own words, which the report has as well."""
    sys.path.append(str(TOP / "plot"))
    import charts  # pylint: disable=import-outside-toplevel
    import plot  # pylint: disable=import-outside-toplevel
    shows = dict(plot.CHART_LIST)
    rows = [[f"`{chart.FILE}`", shows[chart.FILE.removesuffix(".png")], chart.HOW_TO_READ] for chart in charts.CHARTS]
    return table(["Picture", "What it shows", "How to read it"], rows)


BLOCKS = {
    "charts": ("docs/charts.md", write_charts),
    "plugin-build": ("docs/plugins.md", write_plugin_build),
    "demands": ("docs/participants.md", write_demands),
    "packages": ("docs/install.md", write_packages),
    "help": ("docs/options.md", write_help),
    "columns": ("docs/results.md", write_columns),
    "strategies": ("docs/strategies.md", write_strategies),
    "workloads": ("docs/workloads.md", write_workloads),
    "experiments": ("docs/experiments.md", write_experiments),
    "folders": ("ARCHITECTURE.md", write_folders),
}


def block(name):
    return block_in(BLOCKS[name][0], name)


def block_in(document, name):
    found = [match.group("text") for match in BLOCK.finditer(read(document)) if match.group("name") == name]
    assert len(found) == 1, f"{document} has to have one part between <!-- begin {name} --> and <!-- end {name} -->"
    return found[0]


def replace_block(document, name, wanted):
    text = BLOCK.sub(lambda match: match.group(1) + (wanted if match.group("name") == name else match.group("text"))
                     + match.group(4), read(document))
    if text != read(document):
        (TOP / document).write_text(text, encoding="utf-8")
        print(f"{document}: {name}")


def write_all():
    for name, (document, write) in BLOCKS.items():
        replace_block(document, name, write(block(name)))


def write_example():
    """Table and pictures, of one run. The front page has no room for all comparisons."""
    with tempfile.TemporaryDirectory(prefix="harness-") as folder:
        printed = subprocess.run([program.harness_path(), *EXAMPLE, "--output", folder, "--force"], check=True,
                                 stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL).stdout
        for picture in names_below(PICTURES, "*.png"):
            shutil.copyfile(pathlib.Path(folder) / picture, TOP / PICTURES / picture)
    replace_block("README.md", "example", fenced(printed.partition("compared with ")[0]))


@pytest.mark.parametrize("name", BLOCKS)
def test_generated_part_is_up_to_date(name):
    old = block(name)
    assert old == BLOCKS[name][1](old), "the document is out of date; test_documents.py --write updates it"


def columns_and_strategies(printed):
    """The head of the table on the terminal, and the first cells of its rows."""
    head, _, *rows = printed.partition("\n\n")[0].splitlines()
    return head.split(), [row.split()[0] for row in rows]


def test_the_example_is_what_the_program_prints_now(tmp_path):
    """But for the figures: the same columns, and all strategies."""
    code = FENCE.search(block_in("README.md", "example")).group("code")
    printed = subprocess.run([program.harness_path(), *EXAMPLE[:2], "--repeat", "1", "--warmup", "0", "--no-charts"], cwd=tmp_path,
                             check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=RUN_LIMIT_S).stdout
    assert columns_and_strategies(code) == columns_and_strategies(printed)


def test_quickstart_runs_the_example():
    assert " ".join(EXAMPLE[:2]) in read("harness/quickstart") and " ".join(EXAMPLE[2:]) in read("harness/quickstart")


def test_every_folder_says_what_it_does():
    rows = [line for line in block("folders").splitlines() if line.startswith("| `")]
    assert rows
    assert not [row for row in rows if row.split("|")[-2].strip() == ""]


def folders_seen_by_the_compiler():
    """Of each folder: those of this project in which the compiler looks for headers of its files."""
    commands = pathlib.Path(program.harness_path()).parents[1] / "compile_commands.json"
    seen = {}
    for entry in json.loads(commands.read_text(encoding="utf-8")):
        folder = pathlib.Path(entry["file"]).resolve().relative_to(TOP).parent.as_posix()
        looked_in = {pathlib.Path(path).resolve() for path in re.findall(r"-I(\S+)", entry["command"])}
        seen.setdefault(folder, set()).update(
            path.relative_to(TOP).as_posix() for path in looked_in if TOP in path.parents)
    return seen


def test_a_folder_sees_the_headers_of_those_that_it_may_call_and_of_no_others():
    seen = folders_seen_by_the_compiler()
    links = folder_links()
    main = links.pop("harness/main.c")
    assert links.pop(INTERFACE) == []
    for folder, may_call in links.items():
        assert seen[folder] == {folder, *may_call}, folder
    assert seen["harness"] == set(main)


def test_no_include_goes_around_the_folders():
    """A header is named without its path, so that the compiler decides by the folders that it looks in."""
    sources = [path for folder in ("harness", "strategies") for path in (TOP / folder).rglob("*.[ch]")]
    named = [(path, name) for path in sources
             for name in re.findall(r'^\s*#\s*include\s+"([^"]*)"', path.read_text(encoding="utf-8"), re.MULTILINE)]
    assert len(named) > 300
    assert not [(path, name) for path, name in named if "/" in name]


def test_folders_call_each_other_in_no_circle():
    """They stand in the order of the data's flow, and each names only those before it, strategies at its place."""
    links = folder_links()
    links.pop("harness/main.c")
    done = set()
    while links:
        ready = [folder for folder, may_call in links.items() if done.issuperset(may_call)]
        assert ready, f"a circle among {sorted(links)}"
        done.update(ready)
        links = {folder: may_call for folder, may_call in links.items() if folder not in ready}


# Links


def anchors(path):
    """The names that headings can be linked by, as GitHub and GitLab make them."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def relative_links(document):
    """[(file, heading or ""), ...]"""
    targets = [match.group("target") for match in LINK.finditer(outside_code(document))]
    return [target.partition("#")[::2] for target in targets if not re.match(r"[a-z]+:", target)]


def test_documents_link_to_each_other():
    assert {document for document in DOCUMENTS if relative_links(document)} >= {
        "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/README.md"}


def test_the_index_has_a_row_for_every_document():
    rows = re.findall(r"^\| \[([\w.-]+)\]\(\1\) \|", read("docs/README.md"), re.MULTILINE)
    assert sorted([*rows, "README.md"]) == names_below("docs", "*.md")


README_LINES = 100


def test_the_front_page_is_short():
    """About one screen and a half: the reference is in docs/."""
    assert len(read("README.md").splitlines()) <= README_LINES


@pytest.mark.parametrize("document", DOCUMENTS)
def test_relative_links_lead_somewhere(document):
    for target, anchor in relative_links(document):
        path = (TOP / document).parent / target if target else TOP / document
        assert path.exists(), f"{document} links to {target}, which is not there"
        assert not anchor or anchor in anchors(path), f"{document} links to #{anchor}, and there is no such heading"


@pytest.mark.parametrize("document, at_least", [
    ("ARCHITECTURE.md", 30), ("CONTRIBUTING.md", 2), ("tests/README.md", 3)])
def test_files_that_are_named_exist(document, at_least):
    named = [match.group("path") for match in QUOTED_FILE.finditer(outside_code(document))
             if "NAME" not in match.group("path")]
    assert len(named) >= at_least
    for path in named:
        assert (TOP / path).exists(), f"{document} names {path}, which is not there"


# Where a newcomer finds what


def names_below(folder, pattern):
    found = sorted(path.name for path in (TOP / folder).glob(pattern) if path.name != "__pycache__")
    assert found, f"{folder}/{pattern}"
    return found


def test_the_readme_of_the_tests_has_a_row_for_every_folder_and_for_nothing_else():
    rooms = re.findall(r"^\| \[?(\w+)[^|]* \| [^|]+ \| `[^|]+` \|$", read("tests/README.md"), re.MULTILINE)
    assert sorted(rooms) == [name for name in names_below("tests", "*") if (TOP / "tests" / name).is_dir()]


def test_the_readme_of_the_tests_says_what_each_file_of_e2e_is_about():
    named = re.findall(r"`(test_\w+\.py)`", read("tests/README.md"))
    assert sorted(named) == names_below("tests/e2e", "test_*.py")


def test_unit_tests_are_named_after_the_folder_that_they_test():
    folders = [*names_below("harness", "*/"), "strategies"]
    for name in names_below("tests/unit", "*.c"):
        assert name.endswith("_test.c")
        assert name.partition("_")[0] in folders, f"tests/unit/{name} is named after no folder of harness/, nor strategies/"


def test_no_test_is_forgotten_by_ctest():
    """A file that CMakeLists.txt does not name would never run there."""
    calls = re.sub(r"#.*", "", read("tests/CMakeLists.txt"))
    registered = set(re.findall(r"[\w/.-]+", calls))
    for path in sorted((TOP / "tests").glob("*/test_*.py")):
        name = path.relative_to(TOP / "tests").as_posix()
        short = path.stem.removeprefix("test_")
        assert name in registered or (path.parent.name == "e2e" and short in registered), name
    for name in names_below("tests/unit", "*_test.c"):
        assert name.removesuffix("_test.c") in registered, name


# Commands


def commands(document):
    """The words of each `harness ...` in the document's shell code, without pipes and redirections around it."""
    found = []
    for fence in FENCE.finditer(read(document)):
        if fence.group("language") != "sh":
            continue
        for line in fence.group("code").replace("\\\n", " ").splitlines():
            lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
            lexer.whitespace_split = True
            words = []
            for word in [*lexer, ";"]:
                if word[0] in "|&;<>":
                    found += [words] if words else []
                    words = []
                elif words or word == "harness":
                    words.append(word)
    return found


def values_of(words, letter, name):
    """What is given to an option, written as -s NAMES, --strategy NAMES or --strategy=NAMES. `letter` may be None."""
    found = [after for word, after in zip(words, words[1:]) if word in (f"-{letter}", f"--{name}")]
    return found + [word.partition("=")[2] for word in words if word.startswith(f"--{name}=")]


OFFERED = [list(words) for words in dict.fromkeys(tuple(words) for document in DOCUMENTS for words in commands(document))]


def test_documents_show_commands():
    assert len(commands("README.md")) >= 5 and len(commands("docs/recipes.md")) > 20


@pytest.mark.parametrize("words", OFFERED, ids=" ".join)
def test_command_is_understood(words):
    # Each of the two ends the program once the options have been read, before anything is sent.
    ask(*words[1:], "--help" if words[1] in ("origin", "check") else "--list-strategies")


@pytest.mark.parametrize("words", OFFERED, ids=" ".join)
def test_command_names_what_there_is(words):
    known = {"all", "external", *(strategy.name for strategy in strategies.listed()), *guests.installed()}
    for names in values_of(words, "s", "strategy"):
        plain = [name.partition(":")[0] for name in names.split(",") if "/" not in name]
        assert {name.partition("@")[0] for name in plain} <= known
        builds = {build.partition("=")[0] for build in values_of(words, None, "libcurl")}
        assert {name.partition("@")[2] for name in plain} <= {"", *builds}
    for experiment in values_of(words, None, "experiment"):
        assert (TOP / "experiments" / f"{experiment}.json").exists()
    for workload in values_of(words, "w", "workload"):
        assert workload in workloads() or "." in workload or workload == "-"


def is_comparison(words):
    """A recipe that compares, and says how often: one with fewer rounds than 5 shows something else."""
    repeat = values_of(words, "n", "repeat")
    return bool(repeat) and int(repeat[-1]) >= 5 and "--repeat-from" not in words


def test_there_are_recipes_that_compare():
    assert len(recipes_that_compare()) >= 6


def recipes_that_compare():
    recipes = [words for words in OFFERED if is_comparison(words)]
    return [words for words in recipes if "experiment" not in " ".join(words) and not named_files(words)]


def named_files(words):
    """Plug-ins, participants and builds that are the reader's own."""
    return [name for names in values_of(words, "s", "strategy") for name in names.split(",") if "/" in name or "@" in name]


@pytest.mark.parametrize("words", recipes_that_compare(), ids=" ".join)
def test_a_recipe_has_as_many_rounds_as_the_program_asks_for(words, tmp_path):
    """With the same arms and rounds, and of the workload only the first batches, of which no round takes long."""
    kept = [*words[1:], "--workload", "hello", "--requests", "60", "--no-charts", "--quiet", "--warmup", "0"]
    done = subprocess.run([program.harness_path(), *kept], cwd=tmp_path, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "too few rounds" not in done.stderr and "or more; lowest so far" not in done.stdout


@pytest.mark.parametrize("words", commands("README.md"), ids=" ".join)
def test_a_recipe_of_the_front_page_works(words, tmp_path, origin_url):
    """Once, with a few requests, and with what stands for the reader's own server, plug-in and libcurl."""
    stand_ins = {"http://127.0.0.1:8080/about": f"{origin_url}/get", "http://127.0.0.1:8080": origin_url}
    missing = [reason for name, reason in guests.installed().items() if reason and name in " ".join(words)]
    if missing:
        pytest.skip(missing[0])
    if "./mine.so" in " ".join(words):
        plugins.make(tmp_path)
    if "--libcurl" in words:
        stand_ins["/opt/curl-8.14/lib"] = str(libcurls.copy(tmp_path / "copied"))
    kept = words[1:]
    for old, new in stand_ins.items():
        kept = [word.replace(old, new) for word in kept]
    done = subprocess.run([program.harness_path(), *kept, "--requests", "20", "--repeat", "1", "--warmup", "0", "--no-charts"],
                          cwd=tmp_path, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False,
                          env={**os.environ, **libcurls.PATIENT})
    assert done.returncode == 0, done.stderr
    assert "other work" not in done.stdout


def test_the_two_commands_come_first():
    first = FENCE.search(read("README.md")).group("code")
    assert [line.split("#")[0].strip() for line in first.splitlines()] == ["./harness/quickstart", "./tests/run"]
    assert all(os.access(TOP / path, os.X_OK) for path in ("harness/quickstart", "tests/run"))


if __name__ == "__main__":
    TASKS = {"--write": write_all, "--example": write_example}
    if len(sys.argv) != 2 or sys.argv[1] not in TASKS:
        sys.exit("usage: HARNESS=build/release/bin/harness /usr/bin/python3 tests/e2e/test_documents.py --write | --example")
    TASKS[sys.argv[1]]()
