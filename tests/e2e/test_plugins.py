"""Plug-ins: strategies that are built outside the tree, against the header that is installed: docs/plugins.md."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

import harness_runs
import libcurls
import listings
import plugins
import program
from processes import processes_of

run_once = harness_runs.run_once
run_once_well = harness_runs.run_once_well

GNUTLS = "/usr/lib/x86_64-linux-gnu/libcurl-gnutls.so.4"


def of_arm(rows, arm):
    return [row for row in rows if row["arm"] == arm]


def done(*command, **options):
    finished = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=plugins.LIMIT_S, check=False, **options)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished


CPP = """
#include <harness/strategy.h>

#include <memory>
#include <vector>

namespace {

struct Mine {
    std::vector<CURLcode> results;
};

int run(struct lanes *lanes, void *state)
{
    auto &mine = **static_cast<std::unique_ptr<Mine> *>(state);

    while (lanes_take_when_due(lanes, 0) == TAKE_READY)
        do
            mine.results.push_back(curl_easy_perform(lanes_handle(lanes, 0)));
        while (lanes_advance(lanes, 0, mine.results.back()));
    return 0;
}

int prepare(struct lanes *, void *state, const struct strategy_values *)
{
    *static_cast<std::unique_ptr<Mine> *>(state) = std::make_unique<Mine>();
    return 0;
}

void release(struct lanes *, void *state)
{
    static_cast<std::unique_ptr<Mine> *>(state)->reset();
}

void needs(const struct strategy_values *, const struct strategy_scale *scale, struct strategy_needs *needs)
{
    needs->files = scale->connections + FILES_PER_BLOCKING_HANDLE;
}

const struct strategy mine = {.name = "mine", .summary = "in C++", .family = FAMILY_BLOCKING, .flags = STRATEGY_ONE_LANE,
    .options = nullptr, .state_size = sizeof(std::unique_ptr<Mine>), .unavailable = nullptr, .needs = needs, .prepare = prepare,
    .run = run, .release = release};

}

HARNESS_PLUGIN(mine);
"""


# ---- as an author would, from what is installed ----


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The installed program, and the example that was installed with it, built where it was copied to."""
    folder = tmp_path_factory.mktemp("author")
    done("cmake", "--install", plugins.BUILD, "--prefix", folder / "usr")
    shutil.copytree(folder / "usr" / "share" / "harness" / "example", folder / "example")
    known = {**os.environ, "PKG_CONFIG_PATH": str(folder / "usr" / "share" / "pkgconfig")}
    done("cmake", "-S", folder / "example", "-B", folder / "build", "-DCMAKE_C_FLAGS=-Wall -Wextra -Wpedantic -Wconversion -Werror",
         env=known)
    done("cmake", "--build", folder / "build")
    return folder / "usr" / "bin" / "harness", folder / "build" / "select-loop.so"


def test_the_example_is_built_with_ten_lines():
    lines = (plugins.STRATEGIES / "example" / "CMakeLists.txt").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line]) <= 10


def test_the_example_takes_part(example, tmp_path):
    harness, library = example
    done(harness, "--strategy", f"curl-multi,{library},{library}:longest-ms=5", "--repeat", 2, "--no-charts", "--output", "out",
         "--concurrency", "1,8", cwd=tmp_path)
    results = harness_runs.Results(tmp_path / "out")
    assert {(row["strategy"], row["concurrency"], row["family"]) for row in results.summary} == {
        (name, level, "event loop") for name in ("curl-multi", "select-loop", "select-loop:longest-ms=5") for level in ("1", "8")}
    for row in results.trials:
        assert (row["status"], row["failed"], row["peak_threads"]) == ("ok", "0", "1"), row
    assert results.document("experiment")["plugins"] == [
        {"strategy": name, "file": str(library), "other_work": None} for name in ("select-loop", "select-loop:longest-ms=5")]
    assert plugins.check(library, f"{library}:longest-ms=5") == (0, [], "")


def test_the_code_of_the_page_is_one(tmp_path):
    """As it stands there."""
    page = (plugins.TOP / "docs" / "plugins.md").read_text(encoding="utf-8")
    [code] = re.findall(r"^```c\n(.*?)^```$", page, re.M | re.S)
    assert plugins.check(plugins.make(tmp_path, "mine", code)) == (0, [], "")


def test_lists_of_verbs_agree():
    header = (plugins.STRATEGIES / "include" / "harness" / "strategy.h").read_text(encoding="utf-8")
    listed = re.findall(r"^    X\((\w+)\)", header, re.M)
    defined = re.findall(r"^#define (\w+) +harness_host->(\w+)_$", header, re.M)
    assert len(listed) > 30 and [name for name, _ in defined] == [verb for _, verb in defined] == listed
    declared = re.findall(r"^[a-zA-Z][\w ]*[ *](\w+)\(", re.sub(r"/\*.*?\*/", "", header, flags=re.S), re.M)
    assert set(listed) <= set(declared)


@pytest.mark.skipif(not shutil.which("g++"), reason="there is no g++")
def test_one_in_cpp(tmp_path):
    (tmp_path / "mine.cc").write_text(CPP, encoding="ascii")
    done("g++", "-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden", "-I",
         plugins.STRATEGIES / "include", tmp_path / "mine.cc", "-lcurl", "-o", tmp_path / "mine.so")
    assert plugins.check(tmp_path / "mine.so") == (0, [], "")


def test_the_header_stands_alone(tmp_path):
    """Also for strict compilers, and in a file that has nothing else."""
    (tmp_path / "alone.c").write_text("#include <harness/strategy.h>\n\nextern int nothing;\n", encoding="ascii")
    for compiler in filter(shutil.which, ("gcc", "clang")):
        done(compiler, "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-I", plugins.STRATEGIES / "include",
             tmp_path / "alone.c")


# ---- the tree's strategies, as plug-ins ----

TREE = sorted(path.name for path in plugins.STRATEGIES.glob("*.c")
              if "const struct strategy strategy_" in path.read_text(encoding="utf-8") and path.name not in ("no_op.c", "registry.c"))


@pytest.mark.parametrize("file", TREE)
def test_a_strategy_of_the_tree_is_one_too(tmp_path, file):
    """Its files as they are, with nothing but the header."""
    if file in ("coroutines.c", "multi_uring.c", "multi_uv.c") and not plugins.definitions(file):
        pytest.skip("this build is without it")
    library = plugins.make_of_tree(tmp_path, file)
    name = library.name.removesuffix(".so")
    code, wrong, stderr = plugins.check(library)
    if code == 2 and "is not available: " in stderr:
        pytest.skip(stderr.strip())
    assert (code, wrong) == (0, []), stderr
    outcome = run_once_well(tmp_path, "--strategy", f"{name[3:]},{library}", "--rate", 200, "--requests", 20)
    one, other = outcome.results.summary
    for same in ("family", "concurrency"):
        assert one[same] == other[same]
    for row in outcome.results.trials:
        assert (row["status"], row["failed"], row["succeeded"]) == ("ok", "0", "20")


# ---- how one is named ----


def test_one_is_found_by_its_name(tmp_path):
    plugins.make(tmp_path / "one", "mine")
    plugins.make(tmp_path / "two", "mine-2")
    known = {"HARNESS_PLUGIN_PATH": f"{tmp_path / 'one'}::{tmp_path / 'none'}:{tmp_path / 'two'}:"}
    outcome = run_once_well(tmp_path, "--strategy", "sequential,mine-2,mine", "--requests", 4, env=known)
    assert [row["arm"] for row in outcome.results.summary] == ["sequential", "mine-2", "mine"]
    listed = subprocess.run([program.harness_path(), "--list-strategies"], capture_output=True, text=True, env={**os.environ, **known},
                            check=True).stdout
    assert re.search(r"^mine +one request after another \[blocking\]$", listed, re.M)
    assert re.search(r"^mine-2 +one request", listed, re.M)
    assert f"{tmp_path / 'none'}, of HARNESS_PLUGIN_PATH, can't be read: No such file or directory" in listed
    assert plugins.check("mine", env=known) == (0, [], "")
    assert "no strategy 'mine'" in run_once(tmp_path, "--strategy", "mine").stderr


def test_one_that_is_wrong_is_listed_with_the_reason(tmp_path):
    plugins.make(tmp_path, "mine", plugins.changed(*WRONG["no object"][0]))
    listed = subprocess.run([program.harness_path(), "--list-strategies"], capture_output=True, text=True,
                            env={**os.environ, "HARNESS_PLUGIN_PATH": str(tmp_path)}, check=True).stdout
    assert f"{tmp_path / 'mine.so'}\n    not available: '{tmp_path / 'mine.so'}' is not a plug-in of harness" in listings.unwrapped(listed)


def test_one_that_is_named_twice_is_a_control(tmp_path):
    plugins.make(tmp_path, "mine")
    outcome = run_once_well(tmp_path, "--strategy", f"./mine.so,{tmp_path}/mine.so,mine.so", "--requests", 4)
    assert [row["arm"] for row in outcome.results.summary] == ["mine", "mine#2", "mine#3"]


def test_one_is_kept_to_be_repeated(tmp_path):
    """From any folder."""
    plugins.make(tmp_path / "a@b:c", "mine", OPTIONS)
    run_once_well(tmp_path / "a@b:c", "--strategy", "sequential,./mine.so:pause=2", "--requests", 4, "--output", tmp_path / "out")
    outcome = harness_runs.run_well(tmp_path, "--repeat-from", "out")
    assert {row["arm"] for row in outcome.results.trials} == {"sequential", "mine:pause=2"}


def test_links_to_one_file_have_names_of_their_own(tmp_path):
    plugins.make(tmp_path, "mine")
    (tmp_path / "yours.so").symlink_to("mine.so")
    outcome = run_once_well(tmp_path, "--strategy", "./mine.so,./yours.so", "--requests", 4)
    assert [row["arm"] for row in outcome.results.summary] == ["mine", "yours"]


def test_one_runs_on_a_build_of_libcurl(tmp_path):
    plugins.make(tmp_path, "mine")
    libcurls.copy(tmp_path / "other")
    outcome = run_once_well(tmp_path, "--libcurl", f"new={tmp_path / 'other'}", "--strategy", "./mine.so,./mine.so@new", "--requests", 4,
                            env=libcurls.PATIENT)
    versions = {row["arm"]: row["libcurl"] for row in outcome.results.trials}
    assert libcurls.own_version() in versions["mine"] and libcurls.other_version() in versions["mine@new"]


def test_one_is_described_and_checked_on_its_build(tmp_path):
    """By processes that have loaded the same libcurl as its trials."""
    needs = (f'strcmp(curl_version_info(CURLVERSION_NOW)->version, "{libcurls.other_version()}")')
    picky = plugins.changed(
        ("(void)state;", f'(void)state;\n    if ({needs}) return lanes_fail(lanes, "another libcurl");'),
        (".run =", ".unavailable = mine_unavailable,\n    .run ="),
        ("static void mine_needs(", f'static const char *mine_unavailable(void) {{ return {needs} ? "another libcurl" : NULL; }}\n'
         "static void mine_needs("), ("#include <stdlib.h>", "#include <stdlib.h>\n#include <string.h>"))
    plugins.make(tmp_path, "mine", picky)
    libcurls.copy(tmp_path / "other")
    outcome = run_once_well(tmp_path, "--libcurl", f"new={tmp_path / 'other'}", "--strategy", "./mine.so@new", "--requests", 4,
                            env=libcurls.PATIENT)
    [row] = outcome.results.summary
    assert (row["arm"], row["ranked"]) == ("mine@new", "true")
    outcome = run_once(tmp_path, "--strategy", "./mine.so")
    assert outcome.exit_code == 2 and "mine.so' is not available: another libcurl" in outcome.stderr


# ---- options ----

OPTIONS = plugins.changed(("{{.name = NULL}}", """{
    {.name = "pause", .help = "in ms", .minimum = 1, .maximum = 5, .fallback = 3},
    {.name = "mode", .help = "how", .choices = (const char *const[]){"slow", "fast", NULL}, .fallback = 1},
    {.name = "threads", .help = "of them", .minimum = 1, .maximum = 8, .fallback = STRATEGY_AUTO, .automatic = "one"},
    {.name = NULL}}"""))


def test_options_are_read_as_those_of_other_strategies(tmp_path):
    plugins.make(tmp_path, "mine", OPTIONS)
    specs = ["mine", "mine:pause=5:mode=slow", "mine:threads=auto", "mine:threads=8"]
    outcome = run_once_well(tmp_path, "--strategy", ",".join(f"./{spec.replace('mine', 'mine.so', 1)}" for spec in specs), "--requests", 4)
    assert [row["arm"] for row in outcome.results.summary] == specs
    for spec, message in {
            "pause=6": "option 'pause' of strategy 'mine' takes a whole number from 1 to 5, not '6'",
            "mode=fas": "option 'mode' of strategy 'mine' takes 'slow' or 'fast', not 'fas'; did you mean 'fast'?",
            "threads=0": "a whole number from 1 to 8, or 'auto', not '0'",
            "paus=1": "strategy 'mine' has no option 'paus'; did you mean 'pause'?",
    }.items():
        outcome = run_once(tmp_path, "--strategy", f"./mine.so:{spec}")
        assert outcome.exit_code == 2 and message in outcome.stderr, outcome.stderr
    listed = subprocess.run([program.harness_path(), "--list-strategies"], capture_output=True, text=True,
                            env={**os.environ, "HARNESS_PLUGIN_PATH": str(tmp_path)}, check=True).stdout
    assert re.search(r"^    pause=1\.\.5 +in ms \(default 3\)\n    mode=slow\|fast +how \(default fast\)$", listed, re.M)


def test_needs_are_asked_for_with_the_options_and_the_lanes(tmp_path):
    """And held against what the system allows before anything is sent."""
    asks = (("(void)values;", ""), (".flags = STRATEGY_ONE_LANE,", ""), ("needs->files = scale->connections + FILES_PER_BLOCKING_HANDLE;",
            "needs->files = (uint64_t)values->numbers[0] * 1000000000000 * scale->lanes;"))
    for old, new in asks:
        assert old in OPTIONS
    code = OPTIONS
    for old, new in asks:
        code = code.replace(old, new)
    plugins.make(tmp_path, "mine", code)
    outcome = run_once(tmp_path, "--strategy", "sequential,./mine.so:pause=4", "--requests", 4, "-c", 3)
    assert outcome.exit_code == 1 and re.search(r"'mine:pause=4' at concurrency 3 needs 12000000000\d+ open files", outcome.stderr), outcome.stderr


# ---- what can't be run ----

WRONG = {
    "no object": ([("HARNESS_PLUGIN(mine);", "const struct harness_host *harness_host;\nextern const struct strategy *const used;\nconst struct "
                    "strategy *const used = &mine;")],
                  "is not a plug-in of harness: it has no 'harness_plugin'; end a file of it with HARNESS_PLUGIN"),
    "other magic": ([("HARNESS_PLUGIN(mine);", "const struct harness_host *harness_host;\n__attribute__((visibility(\"default\"))) const struct harness_plugin harness_plugin = "
                      "{.magic = \"another program\", .strategy = &mine};")],
                    "its 'harness_plugin' is not what HARNESS_PLUGIN makes"),
    "other interface": ([("HARNESS_PLUGIN(mine);", "#undef HARNESS_ABI\n#define HARNESS_ABI 7\nHARNESS_PLUGIN(mine);")],
                        "was built for interface 7, and this harness has interface 1; build it again, with the header of this one"),
    "no summary": ([('.summary = "one request after another",', "")], "its strategy has no summary of one line"),
    "no family": ([("FAMILY_BLOCKING", "(enum strategy_family)99")], "its strategy has no family that there is"),
    "no run": ([(".run = mine_run,", ".prepare = mine_prepare,"), ("static void mine_needs(", "static int mine_prepare(struct lanes *lanes, "
                 "void *state, const struct strategy_values *values) { (void)values; return mine_run(lanes, state); }\nstatic void "
                 "mine_needs(")], "its strategy has no 'run'"),
    "unknown flags": ([("STRATEGY_ONE_LANE", "STRATEGY_ONE_LANE | 64")], "its strategy has flags that this harness does not know"),
    "summary of two lines": ([("one request after another", "one\\nrequest")], "its strategy has no summary of one line"),
    "summary in Latin-1": ([("one request after another", "one r\\xe9quest")], "its strategy has no summary of one line"),
    "available without run": ([(".run = mine_run,", ".prepare = mine_prepare, .unavailable = mine_unavailable,"),
                               ("static void mine_needs(", "static const char *mine_unavailable(void) { return NULL; }\nstatic int "
                                "mine_prepare(struct lanes *lanes, void *state, const struct strategy_values *values) { (void)values; "
                                "return mine_run(lanes, state); }\nstatic void mine_needs(")], "its strategy has no 'run'"),
    "not available": ([(".run =", ".unavailable = mine_unavailable,\n    .run ="),
                       ("static void mine_needs(", "static const char *mine_unavailable(void) { return \"the moon is not full\"; }\n"
                        "static void mine_needs(")], "is not available: the moon is not full; leave it out"),
    "option without help": ([("{{.name = NULL}}", '{{.name = "a"}, {.name = NULL}}')], "its option 'a' has no help"),
    "option with another name": ([("{{.name = NULL}}", '{{.name = "a=b", .help = ""}, {.name = NULL}}')],
                                 "its option 'a=b' has a name that can't be given on the command line"),
    "option out of range": ([("{{.name = NULL}}", '{{.name = "a", .help = "", .minimum = 1, .maximum = 2}, {.name = NULL}}')],
                            "its option 'a' has a default that is out of its range"),
    "option without choice": ([("{{.name = NULL}}", '{{.name = "a", .help = "", .fallback = 1, .choices = (const char *const[])'
                                '{"b", NULL}}, {.name = NULL}}')], "its option 'a' has a default that is none of its choices"),
    "option below 0": ([("{{.name = NULL}}", '{{.name = "a", .help = "", .minimum = -5, .maximum = 2}, {.name = NULL}}')],
                       "its option 'a' has a minimum below 0"),
    "option twice": ([("{{.name = NULL}}", '{{.name = "a", .help = ""}, {.name = "a", .help = ""}, {.name = NULL}}')],
                     "its option 'a' is there twice"),
    "choice with a comma": ([("{{.name = NULL}}", '{{.name = "a", .help = "", .choices = (const char *const[]){"b,c", NULL}}, '
                              '{.name = NULL}}')], "its option 'a' has a choice that can't be given on the command line"),
    "exits when it is loaded": ([("HARNESS_PLUGIN(mine);", "HARNESS_PLUGIN(mine);\n__attribute__((constructor)) static void begin(void) "
                                  "{ _exit(3); }")], "a process that loads it ends with exit code 3; a plug-in must not end it"),
    "nine options": ([("{{.name = NULL}}", "{" + ", ".join(f'{{.name = "a{i}", .help = ""}}' for i in range(9)) + ", {.name = NULL}}")],
                     "its option 'a8' is one too many"),
    "crashes when it is loaded": ([("HARNESS_PLUGIN(mine);", "HARNESS_PLUGIN(mine);\n__attribute__((constructor)) static void begin(void) "
                                    "{ abort(); }")], "a process that loads it crashes (Aborted); leave it out, or mend it"),
    "ends when it is loaded": ([("HARNESS_PLUGIN(mine);", "HARNESS_PLUGIN(mine);\n__attribute__((constructor)) static void begin(void) "
                                 "{ _exit(0); }")], "does not describe itself; a plug-in must not end the process that loads it"),
    "hangs when it is loaded": ([("HARNESS_PLUGIN(mine);", "HARNESS_PLUGIN(mine);\n__attribute__((constructor)) static void begin(void) "
                                  "{ for (;;) (void)pause(); }")], "a process that loads it does not come to an end"),
    "crashes when it is asked": ([("(void)values;", "(void)values;\n    if (scale->lanes) abort();")],
                                 "a process that loads it crashes (Aborted)"),
    "lacks a function": ([("return 0;\n}", "return nobody_has_this();\n}"), ("static int mine_run", "int nobody_has_this(void);\n"
                           "static int mine_run")], "can't be loaded: "),
    "newer verbs": ([("HARNESS_PLUGIN(mine);", "#define sizeof(what) (uint32_t)(sizeof(what) + 8)\nHARNESS_PLUGIN(mine);")],
                    "was built for a newer harness than this; build it again, with the header of this one"),
}


@pytest.mark.parametrize("what", WRONG)
def test_one_that_is_wrong(tmp_path, what):
    """It is refused before anything is sent, by the experiment and by the check."""
    changes, message = WRONG[what]
    library = plugins.make(tmp_path, "mine", plugins.changed(*changes))
    outcome = run_once(tmp_path, "--strategy", "sequential,./mine.so", "--output", "out")
    assert outcome.exit_code == 2 and message in outcome.stderr, outcome.stderr
    assert str(library) in outcome.stderr and len(harness_runs.errors(outcome.stderr)) == 1
    assert not (tmp_path / "out").exists()
    if what not in ("crashes when it is asked", "hangs when it is loaded"):
        code, wrong, stderr = plugins.check(library)
        assert (code, wrong) == (2, []) and message.split(";")[0] in stderr, stderr


def test_texts_may_be_long_but_not_endless(tmp_path):
    help_of = "x" * 1000
    plugins.make(tmp_path, "mine", plugins.changed(("{{.name = NULL}}", "{" + ", ".join(
        f'{{.name = "a{i}", .help = "{help_of}"}}' for i in range(8)) + ", {.name = NULL}}")))
    assert plugins.check(tmp_path / "mine.so") == (0, [], "")
    plugins.make(tmp_path, "long", plugins.changed(("one request after another", "x" * 1100)))
    assert "its strategy has no summary of one line" in plugins.check(tmp_path / "long.so")[2]


def test_what_is_no_library(tmp_path):
    (tmp_path / "text.so").write_text("text\n")
    (tmp_path / "text.so.1").write_text("text\n")
    for spec, message in {"./text.so": "can't be loaded: ", "./none.so": "no plug-in './none.so': No such file or directory",
                          "none/none.so:a=1": "no plug-in 'none/none.so': No such file or directory",
                          "./text.so@new": "can't be loaded: ",
                          "./text.so.1": "'./text.so.1' is neither the folder of a participant nor a plug-in, whose name would end "
                                         "with .so"}.items():
        outcome = run_once(tmp_path, "--strategy", spec)
        assert outcome.exit_code == 2 and message in outcome.stderr, outcome.stderr
        assert len(outcome.stderr.splitlines()) == 1


def test_names_are_taken_once(tmp_path):
    plugins.make(tmp_path / "one", "mine")
    plugins.make(tmp_path / "two", "mine")
    plugins.make(tmp_path, "curl-multi")
    plugins.make(tmp_path, "my mine")
    for name in ("all", "external", "go-net-http", "sequential"):
        plugins.make(tmp_path, name)
    for specs, message in {
            "./one/mine.so,./two/mine.so": "have the same name; rename one of the files",
            "./curl-multi.so": "has the name of one of harness's own strategies; rename the file",
            "./my mine.so": "its name can't be given on the command line; rename the file",
            "./all.so": "has a name that means something else; rename the file",
            "./external.so": "has a name that means something else; rename the file",
            "./go-net-http.so": "has a name that means something else; rename the file",
    }.items():
        outcome = run_once(tmp_path, "--strategy", specs)
        assert outcome.exit_code == 2 and message in outcome.stderr, outcome.stderr


def test_names_of_others_come_before_those_of_plug_ins(tmp_path):
    for name in ("all", "external", "sequential", "mine"):
        plugins.make(tmp_path / "path", name)
    outcome = run_once_well(tmp_path, "--strategy", "all,sequential,mine", "--requests", 4,
                            env={"HARNESS_PLUGIN_PATH": str(tmp_path / "path")})
    assert {"curl-multi", "thread-pool", "sequential#2", "mine"} <= {row["arm"] for row in outcome.results.summary}
    assert len(outcome.results.document("experiment")["plugins"]) == 1


def test_folders_with_odd_names(tmp_path):
    for name in ("x.so:y", "x.so@y", "with space", "ümlaut"):
        plugins.make(tmp_path / name, "mine")
        run_once_well(tmp_path / name, "--strategy", "./mine.so", "--requests", 4)
        assert plugins.check(tmp_path / name / "mine.so") == (0, [], "")
    for name in ("a,b", os.fsdecode(b"lat\xe9")):
        plugins.make(tmp_path / name, "mine")
        outcome = run_once(tmp_path / name, "--strategy", "./mine.so", "--requests", 4)
        assert outcome.exit_code == 2 and "its folder can't be given on the command line; rename the folder" in outcome.stderr


def test_the_path_is_a_reference_too(tmp_path):
    plugins.make(tmp_path, "mine", OPTIONS)
    outcome = run_once_well(tmp_path, "--strategy", "sequential,./mine.so,./mine.so:pause=2", "--reference", "./mine.so:pause=2", "--requests", 4)
    assert {row["reference"] for row in outcome.results.summary if row["arm"] != "mine:pause=2"} == {"mine:pause=2"}
    outcome = run_once(tmp_path, "--strategy", "sequential,./mine.so", "--reference", "./mine.so:pause=4")
    assert outcome.exit_code == 2 and "--reference './mine.so:pause=4' is neither" in outcome.stderr


def test_check_reads_options(tmp_path):
    plugins.make(tmp_path, "mine", OPTIONS)
    assert plugins.check(f"{tmp_path}/mine.so:pause=2") == (0, [], "")
    assert "options of strategy 'mine' begin with ':', not '@new:pause=2'" in plugins.check(f"{tmp_path}/mine.so@new:pause=2")[2]


@pytest.mark.skipif(not pathlib.Path(GNUTLS).exists(), reason=f"there is no {GNUTLS}")
def test_one_that_is_linked_with_another_libcurl(tmp_path):
    """Whose handles are not those of this one."""
    plugins.make(tmp_path, "mine", libraries=(GNUTLS,))
    outcome = run_once(tmp_path, "--strategy", "./mine.so")
    assert outcome.exit_code == 2
    assert re.search(r"is linked with another libcurl, \S+libcurl-gnutls\.so\.4\S*, than this process, \S+; link it with libcurl.so.4",
                     outcome.stderr), outcome.stderr


def test_one_that_is_not_linked_with_libcurl_uses_the_trials_own(tmp_path):
    plugins.make(tmp_path, "mine", libraries=())
    run_once_well(tmp_path, "--strategy", "./mine.so", "--requests", 4)


# ---- what goes wrong in a trial ----

IN_TRIAL = {
    "fails": ([("(void)state;", "(void)state;\n    return lanes_fail(lanes, \"no more %s\", \"ideas\");")], "failed", "no more ideas"),
    "fails without a word": ([("(void)state;", "(void)state;\n    return -1;")], "failed", "strategy 'mine' can't go on, and does not say why"),
    "fails and goes on": ([("(void)state;", "(void)state;\n    (void)lanes_fail(lanes, \"first\");\n    (void)lanes_fail(lanes, \"second\");")],
                          "failed", "first"),
    "crashes": ([("(void)state;", "(void)state;\n    abort();")], "crashed", r"its process crashed \(Aborted\)"),
    "exits": ([("(void)state;", "(void)state;\n    exit(0);")], "crashed", "its process ended without an answer"),
    "exits with a code": ([("(void)state;", "(void)state;\n    exit(9);")], "crashed", "its process ended with exit code 9"),
    "hangs": ([("(void)state;", "(void)state;\n    for (;;) (void)pause();")], "hung", "no request finished"),
    "does nothing": ([("(void)state;", "(void)state;\n    if (lanes_count(lanes)) return 0;")], "failed",
                     "it said that it was done, and had not run 6 of 6 requests"),
    "leaves out the last": ([("while (lanes_take_when_due(lanes, 0) == TAKE_READY) {", "for (int i = 0; i < 5; i++) {\n        "
                              "(void)lanes_take_when_due(lanes, 0);")], "failed",
                            "it said that it was done, and had not run 1 of 6 requests"),
    "sends twice": ([("result = curl_easy_perform(lanes_handle(lanes, 0));", "result = curl_easy_perform(lanes_handle(lanes, 0)) + "
                      "curl_easy_perform(lanes_handle(lanes, 0));")], "failed", "it has records of 6 requests, and the origin answered 12"),
}


@pytest.mark.parametrize("what", IN_TRIAL)
def test_one_that_goes_wrong_costs_its_own_trials(tmp_path, what):
    changes, status, message = IN_TRIAL[what]
    plugins.make(tmp_path, "mine", plugins.changed(*changes))
    outcome = run_once(tmp_path, "/get", "--requests", 6, "--strategy", "sequential,./mine.so", "--timeout", "1")
    assert outcome.exit_code == 3, outcome.stderr
    [other] = of_arm(outcome.results.trials, "sequential")
    assert (other["status"], other["succeeded"]) == ("ok", "6")
    [trial] = of_arm(outcome.results.trials, "mine")
    assert trial["status"] == status and re.search(message, trial["message"]), trial
    [row] = of_arm(outcome.results.summary, "mine")
    assert (row["ranked"], row["trials"]) == ("false", "0")
    if what != "hangs":
        assert plugins.check(tmp_path / "mine.so")[0] == 3


def test_one_that_claims_what_it_did_not_send(tmp_path):
    plugins.make(tmp_path, "mine", plugins.changed(("result = curl_easy_perform(lanes_handle(lanes, 0));", "result = CURLE_OK;")))
    outcome = run_once(tmp_path, "/get", "--requests", 6, "--strategy", "sequential,./mine.so")
    assert outcome.exit_code == 3, outcome.stderr
    [trial] = of_arm(outcome.results.trials, "mine")
    assert trial["succeeded"] == "0"


def test_other_work_is_found_before_it_is_measured(tmp_path):
    """By a check at the embedded origin, also when the target is another server."""
    leaves_out = plugins.changed(("while (lanes_advance(lanes, 0, result));", "while (lanes_advance(lanes, 0, result) && "
                                  "lanes_advance(lanes, 0, result));"))
    plugins.make(tmp_path, "mine", leaves_out)
    outcome = run_once(tmp_path, "/get", "--requests", 6, "--strategy", "sequential,./mine.so", "--ignore-failures")
    assert "harness: mine did other work than was asked for, and is not ranked: /bytes/1000?batch=0&request=1 did not arrive" in outcome.stderr
    [row] = of_arm(outcome.results.summary, "mine")
    assert (row["ranked"], row["not_ranked_because"]) == ("false", "other-work")
    code, wrong, _ = plugins.check(tmp_path / "mine.so")
    assert code == 3 and "/bytes/1000?batch=0&request=1 did not arrive" in wrong


def test_what_it_prints_does_no_harm(tmp_path):
    """Neither when it is loaded, nor amid the answers of a trial; and is shown when the trial goes wrong."""
    talks = ("HARNESS_PLUGIN(mine);", "HARNESS_PLUGIN(mine);\n__attribute__((constructor)) static void begin(void) "
             "{ (void)puts(\"hello\"); (void)fflush(stdout); }")
    plugins.make(tmp_path, "mine", plugins.changed(talks, ("(void)state;", "(void)state;\n    (void)printf(\"in a run\\n\");\n"
                                                           "    (void)fflush(stdout);")))
    outcome = run_once_well(tmp_path, "/get", "--requests", 6, "--strategy", "./mine.so")
    assert "hello" not in outcome.stdout + outcome.stderr
    plugins.make(tmp_path, "fails", plugins.changed(talks, ("(void)state;", "(void)state;\n    (void)fprintf(stderr, \"a last word\\n\");\n"
                                                            "    abort();")))
    outcome = run_once(tmp_path, "/get", "--requests", 6, "--strategy", "./fails.so")
    assert "a last word" in outcome.stderr


def test_one_that_sends_nothing_is_not_said_to_lie(tmp_path):
    plugins.make(tmp_path, "mine", plugins.changed(("STRATEGY_ONE_LANE", "STRATEGY_ONE_LANE | STRATEGY_SENDS_NOTHING"), (
        "result = curl_easy_perform(lanes_handle(lanes, 0));", "result = CURLE_OK;")))
    outcome = run_once_well(tmp_path, "/get", "--requests", 6, "--strategy", "sequential,./mine.so")
    [row] = of_arm(outcome.results.summary, "mine")
    assert row["not_ranked_because"] == "sends-nothing" and "other work" not in outcome.stderr
    assert plugins.check(tmp_path / "mine.so") == (0, [], "")


FAULTS = ("truncate", "reset-amid", "stall-amid", "http-1.0", "many-1xx", "drip?count=3", "long-length", "empty")


def test_faults_of_the_origin_are_not_held_against_it(tmp_path):
    """Each beside the strategy of the tree that it is."""
    library = plugins.make_of_tree(tmp_path, "curl_multi.c")
    for fault in FAULTS:
        outcome = run_once(tmp_path, f"/fault/{fault}", "/get", "--requests", 20, "-c", 4, "--timeout", 0.3, "--ignore-failures",
                           "--strategy", f"curl-multi,{library}")
        [own] = of_arm(outcome.results.trials, "curl-multi")
        [other] = of_arm(outcome.results.trials, "my-curl-multi")
        assert (other["status"], other["failed"], other["message"]) == (own["status"], own["failed"], own["message"]), fault


def test_processes_that_it_leaves_behind_are_ended(tmp_path):
    """Also those that have left the trial's process group, and those of a plug-in that crashes."""
    for end, code in (("", 0), ("    abort();\n", 3)):
        mark = f"sleep 9{os.getpid()}{code}"
        leave = (f'    if (fork() == 0) {{ (void)setsid(); (void)fork(); (void)execlp("sleep", "sleep", "{mark.split()[1]}", (char *)NULL); }}\n'
                 f"    (void)usleep(200000);\n{end}")
        plugins.make(tmp_path, "mine", plugins.changed(("(void)state;\n", f"(void)state;\n{leave}")))
        assert run_once(tmp_path, "/get", "--requests", 6, "--strategy", "./mine.so").exit_code == code
        assert processes_of(mark) == []
    plugins.make(tmp_path, "mine", plugins.changed(("HARNESS_PLUGIN(mine);", "HARNESS_PLUGIN(mine);\n__attribute__((constructor)) "
                 f"static void begin(void) {{\n{leave}}}")))
    assert plugins.check(tmp_path / "mine.so")[0] == 2
    assert processes_of(mark) == []


def test_one_of_an_older_interface_of_the_same_number(tmp_path):
    """Without what was added at the ends: it has neither the last verb nor the last function."""
    older = plugins.changed(("HARNESS_PLUGIN(mine);", """
#define OLDER(what) (uint32_t)(sizeof(struct what) - sizeof(void *))
const struct harness_host *harness_host;
const struct harness_plugin harness_plugin = {.magic = HARNESS_PLUGIN_MAGIC, .abi = HARNESS_ABI, .size = sizeof(struct harness_plugin),
    .host_size = OLDER(harness_host), .strategy_size = OLDER(strategy), .strategy = &mine, .host = &harness_host};
"""))
    plugins.make(tmp_path, "mine", older.replace(".run = mine_run,", ".run = mine_run,\n    .release = (void (*)(struct lanes *, void *))1,"))
    run_once_well(tmp_path, "/get", "--requests", 6, "--strategy", "./mine.so")



def test_check_says_how_it_is_used():
    code, _, stderr = plugins.check()
    assert code == 2 and "harness check NAME|PATH" in stderr
    code, _, stderr = plugins.check("nobody")
    assert code == 2 and "no participant 'nobody'" in stderr
