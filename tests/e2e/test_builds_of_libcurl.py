"""--libcurl: strategies on other builds of libcurl, and what can't be one."""

import functools
import json
import re

import pytest

import harness_runs
import libcurls

run_once = functools.partial(harness_runs.run_once, env=libcurls.PATIENT)
run_once_well = functools.partial(harness_runs.run_once_well, env=libcurls.PATIENT)

OWN_NAME = re.compile(r"libcurl/[\d.]+ \S+/\S+")


@pytest.fixture(name="copied", scope="module")
def make_copied(tmp_path_factory):
    return libcurls.copy(tmp_path_factory.mktemp("builds") / "copied")


def refused(folder, *arguments):
    """The message of a command that sends nothing."""
    outcome = run_once(folder, "--requests", 10, *arguments)
    assert outcome.exit_code == 2, outcome.stderr
    assert not outcome.results.folder.exists()
    return outcome.stderr.removeprefix("harness: ").strip()


def test_strategies_run_on_the_build_that_they_name(tmp_path, copied):
    outcome = run_once_well(tmp_path, "--libcurl", f"copied={copied}", "--strategy",
                            "curl-multi,curl-multi@copied,thread-pool@copied:stack-kib=128", "--requests", 40)
    trials = {row["arm"]: row for row in outcome.results.trials}
    assert set(trials) == {"curl-multi", "curl-multi@copied", "thread-pool@copied:stack-kib=128"}
    assert all(row["succeeded"] == "40" and OWN_NAME.fullmatch(row["libcurl"]) for row in trials.values())
    own, other = f"libcurl/{libcurls.own_version()} ", f"libcurl/{libcurls.other_version()} "
    assert [trials[arm]["libcurl"].startswith(other) for arm in sorted(trials)] == [False, True, True]
    [build] = outcome.results.document("experiment")["libcurl_builds"]
    assert (build["label"], build["file"]) == ("copied", str(copied / libcurls.NAME))
    assert build["libcurl"] == trials["curl-multi@copied"]["libcurl"]
    assert f"@copied: {build['libcurl']} ({build['file']})\n" in outcome.stdout
    assert f"without @: {own}" in outcome.stdout


def test_a_library_itself_and_all_strategies(tmp_path, copied):
    outcome = run_once_well(tmp_path, "--libcurl", f"a.b-1={copied / libcurls.NAME}", "--strategy", "all@a.b-1", "--requests", 20)
    assert [arm["strategy"] for arm in outcome.results.document("experiment")["arms"]] == [
        f"{name}@a.b-1" for name in harness_runs.STRATEGIES]
    assert {row["libcurl"].split()[0] for row in outcome.results.trials} == {f"libcurl/{libcurls.other_version()}"}
    assert {row["reference"] for row in outcome.results.summary} - {""} == {"thread-pool@a.b-1"}


def test_builds_are_kept_to_be_repeated(tmp_path, copied):
    run_once_well(tmp_path, "--libcurl", f"copied={copied}", "--strategy", "curl-multi@copied", "--requests", 10, "--output", "out")
    outcome = harness_runs.run_well(tmp_path, "--repeat-from", "out", env=libcurls.PATIENT)
    assert {row["arm"] for row in outcome.results.trials} == {"curl-multi@copied"}
    assert libcurls.other_version() in outcome.results.trials[0]["libcurl"]


def test_without_a_build_the_version_is_written_too(tmp_path):
    outcome = run_once_well(tmp_path, "--strategy", "sequential", "--requests", 5)
    assert OWN_NAME.fullmatch(outcome.results.trials[0]["libcurl"])
    assert outcome.results.document("experiment")["libcurl_builds"] == []


@pytest.mark.parametrize("value, reason", [
    ("8.14", "--libcurl takes LABEL=PATH, such as 8.14=/opt/curl-8.14/lib, not '8.14'"),
    ("=/tmp", "--libcurl takes LABEL=PATH, such as 8.14=/opt/curl-8.14/lib, not '=/tmp'"),
    ("8.14=", "--libcurl takes LABEL=PATH, such as 8.14=/opt/curl-8.14/lib, not '8.14='"),
    ("a:b=/tmp", "the label of --libcurl 'a:b=/tmp' may have letters, digits, '.', '_', '+' and '-' only"),
    ("new=/no/such/folder", "--libcurl new=/no/such/folder: No such file or directory"),
    ("new=/proc", "--libcurl new=/proc: '/proc/libcurl.so.4': No such file or directory"),
])
def test_what_is_no_build_is_refused(tmp_path, value, reason):
    assert refused(tmp_path, "--libcurl", value, "--strategy", "curl-multi@new") == reason


def test_a_path_that_the_loader_would_split_is_refused_and_a_link_to_it_is_not(tmp_path, copied):
    (tmp_path / "a b").symlink_to(copied)
    (tmp_path / "a-b").symlink_to(tmp_path / "a b")
    assert refused(tmp_path, "--libcurl", "new=a b", "--strategy", "curl-multi@new") == (
        f"--libcurl new=a b: the loader can't be told of '{tmp_path}/a b/libcurl.so.4', with a blank, ':' or ';' in it; name a "
        "symbolic link without them")
    outcome = run_once_well(tmp_path, "--libcurl", "new=a-b", "--strategy", "curl-multi@new", "--requests", 5)
    assert libcurls.other_version() in outcome.results.trials[0]["libcurl"]


def test_labels_are_looked_for(tmp_path, copied):
    named = ["--libcurl", f"copied={copied}"]
    assert refused(tmp_path, *named, "--strategy", "curl-multi@copie") == (
        "no build of libcurl 'copie'; did you mean 'copied'? name it with --libcurl copie=PATH")
    assert refused(tmp_path, "--strategy", "curl-multi@8.14") == (
        "no build of libcurl '8.14'; name it with --libcurl 8.14=PATH")
    assert refused(tmp_path, *named, "--strategy", "curl-multi") == (
        "no strategy runs on --libcurl 'copied'; name one, such as --strategy curl-multi@copied")
    assert refused(tmp_path, *named, *named, "--strategy", "curl-multi@copied") == (
        "--libcurl names 'copied' twice; give each build a label of its own")
    for spec in ("curl-multi@", "curl-multi@copied@copied"):
        assert refused(tmp_path, *named, "--strategy", spec) == (
            f"a strategy on a build of libcurl is named NAME@LABEL, with options after that, not '{spec}'")


def test_other_symbol_versions_are_told(tmp_path):
    library = libcurls.imitation(tmp_path / "other", version="CURL_OTHER_4")
    message = refused(tmp_path, "--libcurl", f"other={library.parent}", "--strategy", "curl-multi@other")
    assert message.startswith(f"--libcurl other={library.parent} can't be loaded: ")
    assert f"version `{libcurls.symbol_version()}' not found" in message


def test_functions_that_are_missing_are_told_before_anything_is_sent(tmp_path):
    """The program would call them only later: when an answer redirects, for one."""
    library = libcurls.imitation(tmp_path / "old", version=libcurls.symbol_version())
    message = refused(tmp_path, "--libcurl", f"old={library}", "--strategy", "curl-multi@old")
    assert message.startswith(f"--libcurl old={library} can't be loaded: ") and "undefined symbol: curl_" in message, message


def test_libraries_that_are_missing_are_told(tmp_path):
    needed = libcurls.imitation(tmp_path / "build", name="libneeded.so.1", code="int needed;\n")
    library = libcurls.imitation(tmp_path / "build", version=libcurls.symbol_version(), needs=needed)
    needed.unlink()
    message = refused(tmp_path, "--libcurl", f"new={library.parent}", "--strategy", "curl-multi@new")
    assert message.endswith("error while loading shared libraries: libneeded.so.1: cannot open shared object file: No such file "
                            "or directory"), message


def test_another_name_is_told(tmp_path):
    library = libcurls.imitation(tmp_path / "gnutls", name="libcurl-gnutls.so.4", version="CURL_GNUTLS_3")
    message = refused(tmp_path, "--libcurl", f"gnutls={library}", "--strategy", "curl-multi@gnutls")
    assert message.startswith(f"--libcurl gnutls={library}: the program loads {libcurls.own()} all the same; "), message


def test_no_library_at_all_is_told(tmp_path):
    (tmp_path / "text").write_text("hello\n", encoding="ascii")
    message = refused(tmp_path, "--libcurl", f"text={tmp_path / 'text'}", "--strategy", "curl-multi@text")
    assert "all the same" in message and str(libcurls.own()) in message, message


UNLUCKY = """#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void unlucky(void)
{
    char text[64] = "";
    int fd = open("/proc/self/cmdline", O_RDONLY);

    if (fd >= 0 && read(fd, text, sizeof text - 1) > 0 && strcmp(text + strlen(text) + 1, "trial") == 0) {
        fprintf(stderr, "no luck\\ntoday\\n");
        _exit(9);
    }
}
"""


def test_what_a_trial_wrote_is_shown_if_it_does_not_end_well(tmp_path, copied):
    library = libcurls.imitation(tmp_path / "unlucky", name="unlucky.so", code=UNLUCKY)
    outcome = harness_runs.run_once(tmp_path, "--libcurl", f"copied={copied}", "--strategy", "curl-multi@copied", "--requests", 5,
                                    env={**libcurls.PATIENT, "LD_PRELOAD": str(library)})
    assert outcome.exit_code == 3
    assert "harness: curl-multi@copied wrote on standard error:\n  no luck\n  today\n" in outcome.stderr
    assert outcome.results.trials[0]["status"] == "crashed"


def test_a_file_of_an_experiment_names_builds(tmp_path, copied):
    document = {"claim": "Copies differ.",
                "settings": {"libcurl": [f"copied={copied}"], "strategy": ["curl-multi", "curl-multi@copied"],
                             "reference": "curl-multi", "requests": 20, "repeat": 1, "warmup": 0},
                "parts": [{"workload": "hello", "round_s": 1}],
                "questions": [{"compare": {"strategy": "curl-multi@copied"}, "with": {"strategy": "curl-multi"}, "by": "total"}]}
    (tmp_path / "copies.json").write_text(json.dumps(document), encoding="utf-8")
    outcome = harness_runs.run_well(tmp_path, "--experiment", "./copies.json", "--output", "out", env=libcurls.PATIENT)
    assert "left out" not in outcome.stderr
    assert {row["arm"] for row in harness_runs.Results(tmp_path / "out").trials} == {"curl-multi", "curl-multi@copied"}


def test_releases_are_compared(tmp_path):
    """Debian's backports have another release than the one that is installed, as a rule."""
    try:
        other = libcurls.other_release(tmp_path / "backports")
    except libcurls.Unavailable as reason:
        pytest.skip(f"no other release of libcurl: {reason}")
    outcome = run_once_well(tmp_path, "--libcurl", f"other={other}", "--strategy", "curl-multi,curl-multi@other", "--requests", 40)
    trials = {row["arm"]: row for row in outcome.results.trials}
    assert trials["curl-multi"]["libcurl"] != trials["curl-multi@other"]["libcurl"]
    assert trials["curl-multi@other"]["succeeded"] == "40"
