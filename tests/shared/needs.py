"""What a test needs that `tests/run` does not install: a browser, a runtime, a program that reads tables.

    needs.program("chromium", "browser")     its path
    needs.module("pandas", "pandas")         the module

The last argument is the part's name in harness/packages.sh. What is not there skips the test, with the command that
would install it; under `tests/run --all`, which has installed it, that is a failure.
"""

import importlib
import os
import pathlib
import shutil
import subprocess

import pytest

PACKAGES = pathlib.Path(__file__).resolve().parents[2] / "harness" / "packages.sh"


def _is_missing(what, part):
    remedy = subprocess.run(["bash", PACKAGES, "remedy", part], check=True, capture_output=True, text=True, timeout=60).stdout
    reason = f"{what} is missing: {remedy.strip()}"
    if os.environ.get("HARNESS_TESTS_SKIP_NOTHING"):
        pytest.fail(reason)
    pytest.skip(reason)


def program(name, part):
    path = shutil.which(name)
    return path or _is_missing(name, part)


def module(name, part):
    try:
        return importlib.import_module(name)
    except ImportError:
        return _is_missing(f"Python's {name}", part)
