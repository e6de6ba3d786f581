"""The program under test: where it is, and how to see that a sanitizer has spoken."""

import os
import pathlib
import re

SANITIZER_REPORT = re.compile(r"ERROR: (Leak|Address)Sanitizer|WARNING: ThreadSanitizer|runtime error:")


def harness_path():
    """Whole, because tests run it in folders of their own."""
    path = os.environ.get("HARNESS")
    assert path, "set HARNESS to the harness program, for example HARNESS=build/release/bin/harness"
    assert pathlib.Path(path).is_file(), f"HARNESS names no file: {path}"
    return str(pathlib.Path(path).resolve())
