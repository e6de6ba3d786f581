"""What is built and installed, and what that needs."""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

import pytest

import guests
import listings
import program

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests" / "plot")]
from sample_results import Experiment  # noqa: E402

BUILD = pathlib.Path(program.harness_path()).parents[1]
RUN_LIMIT_S = 120


def done(*command, **options):
    return subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=RUN_LIMIT_S, check=False, **options)


# ---- tests, if what they need is installed ----


@pytest.fixture
def without_criterion(tmp_path):
    """An environment in which pkg-config knows everything else."""
    known = tmp_path / "known"
    known.mkdir()
    folders = done("pkg-config", "--variable", "pc_path", "pkg-config").stdout.strip().split(":")
    for file in (path for folder in folders for path in pathlib.Path(folder).glob("*.pc")):
        if file.name != "criterion.pc" and not (known / file.name).exists():
            (known / file.name).symlink_to(file)
    return {**os.environ, "PKG_CONFIG_LIBDIR": str(known), "PKG_CONFIG_PATH": ""}


def configure(folder, *options, env=None):
    return done("cmake", "-S", TOP, "-B", folder, "-DCMAKE_BUILD_TYPE=RelWithDebInfo", *options, env=env)


def test_building_does_not_need_what_only_the_tests_need(tmp_path, without_criterion):
    configured = configure(tmp_path / "build", env=without_criterion)
    assert configured.returncode == 0, configured.stderr
    assert "the tests are left out: to have them, apt-get install libcriterion-dev" in configured.stdout + configured.stderr
    ctest = done("ctest", "--test-dir", tmp_path / "build", "--output-on-failure")
    assert ctest.returncode != 0
    assert "the tests were left out: apt-get install libcriterion-dev" in ctest.stdout

    configured = configure(tmp_path / "build")
    assert configured.returncode == 0, configured.stderr
    assert "unit/stats" in done("ctest", "--test-dir", tmp_path / "build", "-N").stdout


def test_tests_that_are_asked_for_need_their_packages(tmp_path, without_criterion):
    configured = configure(tmp_path / "build", "-DHARNESS_TESTS=ON", "-DHARNESS_TEST_PYTHON=/bin/false", env=without_criterion)
    assert configured.returncode != 0
    assert "apt-get install libcriterion-dev python3-pytest python3-numpy python3-scipy python3-httpbin" in " ".join(
        configured.stderr.split())


def test_what_is_left_out_on_purpose_is_not_looked_for(tmp_path, without_criterion):
    configured = configure(tmp_path / "build", "-DHARNESS_TESTS=OFF", env=without_criterion)
    assert configured.returncode == 0, configured.stderr
    assert "HARNESS_TESTS is OFF" in done("ctest", "--test-dir", tmp_path / "build", "--output-on-failure").stdout


# ---- libraries that only some strategies need ----

REASONS = """
#include <stdio.h>
#include <harness/strategy.h>

extern const struct strategy strategy_multi_uv;
extern const struct strategy strategy_multi_uring;

int main(void)
{
    puts(strategy_multi_uv.unavailable());
    puts(strategy_multi_uring.unavailable());
    return 0;
}
"""


def test_strategies_whose_library_is_missing_say_so(tmp_path, on_system):
    configured = configure(tmp_path / "build", "-DHARNESS_TESTS=OFF", "-DHARNESS_WITHOUT=libuv;liburing", env=on_system("debian"))
    assert configured.returncode == 0, configured.stderr
    said = " ".join((configured.stdout + configured.stderr).split())
    for library, package in (("libuv", "libuv1-dev"), ("liburing", "liburing-dev")):
        assert re.search(rf"{library}(>=[\d.]+)? is missing, and the strategy that needs it will be: to have it, apt-get install {package}",
                         said)
    (tmp_path / "reasons.c").write_text(REASONS, encoding="utf-8")
    commands = {pathlib.Path(entry["file"]).name: shlex.split(entry["command"])
                for entry in json.loads((tmp_path / "build" / "compile_commands.json").read_text(encoding="utf-8"))}
    for name in ("multi_uv.c", "multi_uring.c"):
        compiled = done(*commands[name][:commands[name].index("-o")], "-Werror", "-c", TOP / "strategies" / name, "-o",
                        tmp_path / f"{name}.o")
        assert (compiled.returncode, compiled.stderr) == (0, "")
    options = [word for word in commands["multi_uv.c"] if word.startswith("-I")]
    linked = done("cc", *options, tmp_path / "reasons.c", tmp_path / "multi_uv.c.o", tmp_path / "multi_uring.c.o", "-o",
                  tmp_path / "reasons")
    assert linked.returncode == 0, linked.stderr
    assert done(tmp_path / "reasons").stdout.splitlines() == [
        "this build has no libuv: apt-get install libuv1-dev, then build again",
        "this build has no liburing: apt-get install liburing-dev, then build again"]


# ---- packages, by the system's names ----

SYSTEMS = {
    "debian": 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\n',
    "mint": 'ID=linuxmint\nID_LIKE="ubuntu debian"\n',
    "fedora": "ID=fedora\n",
    "rocky": 'ID="rocky"\nID_LIKE="rhel centos fedora"\n',
    "alpine": 'NAME="Alpine Linux"\nID=alpine\n',
    "manjaro": "ID=manjaro\nID_LIKE=arch\n",
    "unknown": "ID=plan9\n",
    "nothing": "",
}


@pytest.fixture
def on_system(tmp_path):
    """A function: the environment in which the system is another."""

    def of(name):
        (tmp_path / "os-release").write_text(SYSTEMS[name], encoding="utf-8")
        return {**os.environ, "OS_RELEASE": str(tmp_path / "os-release")}

    return of


def packages(*arguments, env=None):
    return done("bash", TOP / "harness" / "packages.sh", *arguments, env=env)


@pytest.mark.parametrize("system, remedy", [
    ("debian", "apt-get install libcurl4-openssl-dev libcriterion-dev"),
    ("mint", "apt-get install libcurl4-openssl-dev libcriterion-dev"),
    ("fedora", "dnf install libcurl-devel criterion-devel"),
    ("rocky", "dnf install libcurl-devel criterion-devel"),
    ("alpine", "apk add curl-dev, and install what brings: Criterion with its headers"),
    ("manjaro", "pacman -S curl, and install what brings: Criterion with its headers"),
    ("unknown", "install what brings: libcurl 7.88 or newer with its headers; Criterion with its headers"),
    ("nothing", "install what brings: libcurl 7.88 or newer with its headers; Criterion with its headers"),
])
def test_what_is_missing_is_named_as_the_system_names_it(on_system, system, remedy):
    told = packages("remedy", "libcurl", "criterion", env=on_system(system))
    assert (told.returncode, told.stdout.strip()) == (0, remedy)


def test_the_build_names_packages_as_the_system_does(tmp_path, without_criterion, on_system):
    configured = configure(tmp_path / "build", env={**without_criterion, **on_system("fedora"),
                                                    "PKG_CONFIG_LIBDIR": without_criterion["PKG_CONFIG_LIBDIR"]})
    assert "to have them, dnf install criterion-devel, then" in configured.stdout + configured.stderr


def test_the_build_names_only_parts_that_are_listed():
    build = (TOP / "cmake" / "dependencies.cmake").read_text(encoding="utf-8")
    named = set(re.findall(r"^ *harness_find_(?:module|optional)\(\w+ ([\w-]+)(?: [\d.]+)?\)|^ *harness_missing\(([\w-]+) \"", build, re.MULTILINE))
    named = {name for pair in named for name in pair if name} | set(re.findall(r"APPEND harness_tests_parts ([\w-]+)", build))
    assert {"libcurl", "jansson", "libuv", "liburing", "criterion"} <= named
    assert packages("remedy", *named).returncode == 0
    assert packages("remedy", "gopher").returncode == 1


INSTALLERS = {
    "debian": ("dpkg-query", "apt-get", "install -qq -y --no-install-recommends"),
    "fedora": ("rpm", "dnf", "install -q -y --setopt=install_weak_deps=False"),
    "alpine": ("apk", "apk", "add --quiet"),
    "manjaro": ("pacman", "pacman", "-S --noconfirm --needed"),
}


@pytest.mark.parametrize("system", INSTALLERS)
def test_only_what_is_missing_is_installed(tmp_path, on_system, system):
    """With stand-ins for the system's programs: make is installed, and no other package."""
    asks, installs, how = INSTALLERS[system]
    (tmp_path / "bin").mkdir()
    stand_in = f'''#!/bin/sh
echo "${{0##*/}} $*" >>{tmp_path}/calls
case "$*" in update* | "{how} "*) ;; *" make") echo installed ;; *) exit 1 ;; esac
'''
    for name, text in ((asks, stand_in), (installs, stand_in), ("sudo", '#!/bin/sh\nexec "$@"\n')):
        (tmp_path / "bin" / name).write_text(text, encoding="utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    env = {**on_system(system), "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    ran = done("bash", "-c", f". {TOP}/harness/packages.sh && install_missing build", env=env)
    assert ran.returncode == 0, ran.stderr
    named = ran.stdout.strip().removeprefix("installing: ").split()
    assert len(named) >= 8 and "cmake" in named and "make" not in named
    assert (tmp_path / "calls").read_text(encoding="utf-8").splitlines()[-1] == f"{installs} {how} {' '.join(named)}"


def test_on_a_system_that_is_not_known_everything_is_named_and_nothing_stops(on_system):
    ran = done("bash", "-c", f". {TOP}/harness/packages.sh && install_missing build test", env=on_system("unknown"))
    assert (ran.returncode, ran.stdout) == (0, "")
    for name in ("libcurl 7.88 or newer with its headers", "jansson", "nghttp2", "OpenSSL", "CMake", "matplotlib", "Criterion"):
        assert name in ran.stderr


# ---- a bare system ----


@pytest.mark.parametrize("arguments", [[], ["--nonsense", "trixie"], ["bookworm", "trixie"]])
def test_a_bare_system_is_of_one_suite(arguments):
    ran = done(TOP / "tests" / "fresh", *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("usage: tests/fresh ")


def test_where_there_can_be_no_bare_system_it_is_skipped_with_the_reason(tmp_path):
    ran = done(TOP / "tests" / "fresh", "nosuchsuite", env={**os.environ, "TMPDIR": str(tmp_path)})
    assert (ran.returncode, ran.stderr) == (77, "")
    assert re.fullmatch(r"skipped: (only root .*|there is no .*|.* has no script for the suite 'nosuchsuite')\n", ran.stdout)
    assert not list(tmp_path.iterdir())


def test_quickstart_decides_nothing_about_the_tests():
    assert "HARNESS_TESTS" not in (TOP / "harness" / "quickstart").read_text(encoding="utf-8")


# ---- what is installed ----


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("installed")
    install = done("cmake", "--install", BUILD, "--prefix", prefix)
    assert install.returncode == 0, install.stderr
    return prefix


def test_no_empty_folder_is_installed(installed):
    folders = [path for path in installed.rglob("*") if path.is_dir()]
    assert {path.name for path in folders} == {"bin", "share", "harness", "plot", "templates", "workloads", "experiments", "external", "example", "include", "pkgconfig",
                                                "man", "man1", "bash-completion", "completions", "zsh", "site-functions", "fish", "vendor_completions.d",
                                                *guests.installed()}
    assert [path for path in folders if not any(path.iterdir())] == []


def test_installed_programs_work_where_they_are(installed, tmp_path):
    assert "mixed" in done(installed / "bin" / "harness", "--list-workloads").stdout
    assert "cold-or-warm" in done(installed / "bin" / "harness", "--list-experiments").stdout
    listed = listings.unwrapped(done(installed / "bin" / "harness", "--list-participants").stdout).splitlines()
    assert {line.split()[0] for line in listed if not line.startswith(" ")} == set(guests.installed())
    assert os.access(installed / "share" / "harness" / "external" / "go-net-http" / "built.sh", os.X_OK)
    folder = Experiment(rounds=2).write(tmp_path)
    drawn = done(installed / "bin" / "harness-plot", folder)
    assert (drawn.returncode, drawn.stderr) == (0, "")
    assert len(drawn.stdout.splitlines()) >= 7
