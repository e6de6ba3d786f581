"""What is built and installed, and what that needs."""

import os
import pathlib
import subprocess
import sys

import pytest

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
    assert {path.name for path in folders} == {"bin", "share", "harness", "plot", "workloads"}
    assert [path for path in folders if not any(path.iterdir())] == []


def test_installed_programs_work_where_they_are(installed, tmp_path):
    assert "mixed" in done(installed / "bin" / "harness", "--list-workloads").stdout
    folder = Experiment(rounds=2).write(tmp_path)
    drawn = done(installed / "bin" / "harness-plot", folder)
    assert (drawn.returncode, drawn.stderr) == (0, "")
    assert len(drawn.stdout.splitlines()) == 3
