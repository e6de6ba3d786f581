"""Plug-ins of tests: compiled as their authors would, against what was installed, and with what they need alone."""

import json
import os
import pathlib
import shlex
import subprocess

import program

TOP = pathlib.Path(__file__).resolve().parents[2]
STRATEGIES = TOP / "strategies"
BUILD = pathlib.Path(program.harness_path()).parents[1]
LIMIT_S = 120

# One that does everything right, one request after the other; tests replace parts of it.
RIGHT = """
#include <harness/strategy.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int mine_run(struct lanes *lanes, void *state)
{
    (void)state;
    while (lanes_take_when_due(lanes, 0) == TAKE_READY) {
        CURLcode result;
        do
            result = curl_easy_perform(lanes_handle(lanes, 0));
        while (lanes_advance(lanes, 0, result));
    }
    return 0;
}

static void mine_needs(
    const struct strategy_values *values, const struct strategy_scale *scale, struct strategy_needs *needs)
{
    (void)values;
    needs->files = scale->connections + FILES_PER_BLOCKING_HANDLE;
}

static const struct strategy_option mine_options[] = {{.name = NULL}};

static const struct strategy mine = {
    .name = "mine",
    .summary = "one request after another",
    .family = FAMILY_BLOCKING,
    .flags = STRATEGY_ONE_LANE,
    .options = mine_options,
    .needs = mine_needs,
    .run = mine_run,
};

HARNESS_PLUGIN(mine);
"""

# A strategy of the tree, as it is, becomes a plug-in with this beside it.
WRAPPED = """
#include <harness/strategy.h>

extern const struct strategy {object};

HARNESS_PLUGIN({object});
"""

# What its own files share, which a plug-in would have to bring along.
HELPERS = ("epoll_loop.c", "fiber.c", "poll_loop.c", "process_gate.c", "thread_gate.c", "uring.c")


def changed(*replacements):
    """The right one with parts replaced, each of which is there."""
    text = RIGHT
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    return text


def compile_library(target, sources, *options):
    done = subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-O1", "-shared",
                           "-fPIC", "-fvisibility=hidden", "-pthread", *map(str, [*sources, *options, "-o", target])],
                          capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 0, done.stderr
    return target


def make(folder, name="mine", code=RIGHT, libraries=("-lcurl",)):
    """The plug-in's file."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"{name}.c"
    source.write_text(code, encoding="utf-8")
    return compile_library(folder / f"{name}.so", [source], "-I", STRATEGIES / "include", *libraries)


def definitions(name):
    """With which the build has compiled a strategy's file; NULL of it: the build is without it."""
    listed = json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8"))
    [command] = [shlex.split(entry["command"]) for entry in listed if entry["file"] == str(STRATEGIES / name)]
    return [word for word in command if word.startswith("-DHARNESS_HAS_")]


def make_of_tree(folder, file):
    """A strategy of the tree as a plug-in, under its name with "my-" before it."""
    folder.mkdir(parents=True, exist_ok=True)
    code = (STRATEGIES / file).read_text(encoding="utf-8")
    object_name = code[code.rindex("const struct strategy strategy_"):].split()[3]
    wrapper = folder / "wrapper.c"
    wrapper.write_text(WRAPPED.format(object=object_name), encoding="utf-8")
    helpers = [STRATEGIES / helper for helper in HELPERS if f'"{helper[:-2]}.h"' in code or helper in ("epoll_loop.c", "poll_loop.c")]
    libraries = {"multi_uv.c": ["-luv"], "multi_uring.c": ["-luring"]}.get(file, [])
    return compile_library(folder / f"my-{file[:-2].replace('_', '-')}.so", [STRATEGIES / file, wrapper, *helpers],
                           *definitions(file), "-I", STRATEGIES / "include", "-I", STRATEGIES, "-fcf-protection=none", *libraries,
                           "-lcurl")


def check(*arguments, env=None):
    """Exit code, what is wrong by `harness check`, and its error messages."""
    done = subprocess.run([program.harness_path(), "check", *map(str, arguments)], capture_output=True, text=True, timeout=LIMIT_S,
                          env={**os.environ, **(env or {})}, check=False)
    wrong = [line.removeprefix("  wrong: ") for line in done.stdout.splitlines() if line.startswith("  wrong: ")]
    return done.returncode, wrong, done.stderr
