"""Builds of libcurl: the one that the program loads, copies of it, another release, and what is no such build."""

import os
import pathlib
import re
import shutil
import subprocess

import program

APT_LIMIT_S = 60
NAME = "libcurl.so.4"

# AddressSanitizer wants to be loaded before anything else, and a build is.
PATIENT = {"ASAN_OPTIONS": ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))}


def own():
    """The library that the program loads."""
    loaded = subprocess.run(["ldd", program.harness_path()], capture_output=True, text=True, check=True).stdout
    return pathlib.Path(re.search(rf"{re.escape(NAME)} => (\S+)", loaded)[1]).resolve()


def own_version():
    listed = subprocess.run([program.harness_path(), "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"libcurl/(\d+\.\d+\.\d+)", listed)[1]


def other_version():
    """What copies say that they are: as long as the own one, and another."""
    version = own_version()
    return version[:-1] + ("8" if version.endswith("9") else "9")


def copy(folder):
    """A folder with a copy of the own one, which takes itself for another release."""
    folder.mkdir(parents=True)
    code = own().read_bytes().replace(own_version().encode(), other_version().encode())
    (folder / NAME).write_bytes(code)
    return folder


IMITATION = """void *curl_version_info(int age);
void *curl_version_info(int age)
{
    (void)age;
    return 0;
}
"""


def imitation(folder, name=NAME, version=None, needs=None, code=IMITATION):
    """A library with a function of libcurl's name, of one version of symbols or none."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"{name}.c"
    source.write_text(code, encoding="ascii")
    options = [f"-Wl,-soname,{name}"]
    if version:
        (folder / "versions").write_text(f"{version} {{ global: *; }};\n", encoding="ascii")
        options.append(f"-Wl,--version-script={folder / 'versions'}")
    if needs:
        options += ["-Wl,--no-as-needed", needs]
    subprocess.run(["cc", "-shared", "-fPIC", *map(str, [*options, source, "-o", folder / name])], check=True)
    return folder / name


def symbol_version():
    """That of the functions that the program asks for; None: it asks for none in particular."""
    text = subprocess.run(["readelf", "--wide", "--version-info", program.harness_path()], capture_output=True, text=True,
                          check=True).stdout
    found = re.search(rf"File: {re.escape(NAME)}.*?\n.*?Name: (\S+)", text)
    return found[1] if found else None


class Unavailable(Exception):
    """There is no other release to be had, and why."""


def _release():
    path = pathlib.Path("/etc/os-release")
    words = dict(line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines() if "=" in line) if path.exists() else {}
    return words.get("VERSION_CODENAME", "").strip('"')


def _apt(folder, options, *words):
    try:
        done = subprocess.run(["apt-get", *(word for option in options for word in ("-o", option)), *words], cwd=folder,
                              capture_output=True, text=True, timeout=APT_LIMIT_S, check=False, env={**os.environ, "LC_ALL": "C"})
    except subprocess.TimeoutExpired:
        raise Unavailable(f"'apt-get {' '.join(words)}' took longer than {APT_LIMIT_S} s") from None
    if done.returncode != 0:
        raise Unavailable((done.stderr.strip().splitlines() or ["apt-get gave no reason"])[-1])


def other_release(folder):
    """A folder with the libcurl of Debian's backports, if that is another and has all that it needs. Nothing is installed."""
    if not shutil.which("apt-get") or not _release():
        raise Unavailable("this is no Debian")
    package = "libcurl4" if _release() == "bookworm" else "libcurl4t64"
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True)
    sources = folder / "sources.list"
    sources.write_text(f"deb http://deb.debian.org/debian {_release()}-backports main\n", encoding="ascii")
    options = [f"Dir::Etc::sourcelist={sources}", "Dir::Etc::sourceparts=/dev/null", f"Dir::State::lists={folder / 'lists'}",
               f"Dir::Cache={folder / 'cache'}", "APT::Sandbox::User=", "Acquire::Retries=0", "Acquire::http::Timeout=10"]
    _apt(folder, options, "update")
    _apt(folder, options, "download", package)
    [archive] = folder.glob(f"{package}_*.deb")
    subprocess.run(["dpkg-deb", "--extract", archive, folder / "root"], check=True)
    [library] = (folder / "root").glob(f"usr/lib/*/{NAME}")
    needed = subprocess.run(["ldd", library], capture_output=True, text=True, check=True).stdout
    missing = re.findall(r"(\S+) => not found", needed)
    if missing:
        raise Unavailable(f"{package} of {_release()}-backports needs {', '.join(missing)}")
    return library.parent
