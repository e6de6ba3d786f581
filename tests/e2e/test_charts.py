"""An experiment ends with its charts drawn."""

import re
import struct

import harness_runs

CHARTS = {"total-time.png", "request-times.png", "timeline.png"}
LEAST_BYTES = 5000
LEAST_PIXELS = 400


def png_size(path):
    """(width, height) in pixels, from the header's first chunk."""
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", head[16:24])


def test_charts_are_drawn_beside_the_files_and_named(tmp_path):
    outcome = harness_runs.run_well(
        tmp_path, *["/delay/0.01"] * 8, "--repeat", 2, "--warmup", 0, charts=True)
    drawn = {path.name: path for path in outcome.results.folder.glob("*.png")}
    assert set(drawn) >= CHARTS
    for name, path in drawn.items():
        assert path.stat().st_size > LEAST_BYTES
        assert min(png_size(path)) >= LEAST_PIXELS
        assert re.search(rf"^results/.+/{name}$", outcome.stdout, re.M)


def test_charts_are_not_drawn_when_not_wanted(tmp_path):
    outcome = harness_runs.run_once_well(tmp_path, "/get")
    assert list(outcome.results.folder.glob("*.png")) == []
