"""Fixtures for the tests of the whole program."""

import pathlib
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "shared"))

import certificates as certificate_files  # noqa: E402
import nginx_servers  # noqa: E402
import origin_servers  # noqa: E402
import target_servers  # noqa: E402


@pytest.fixture(scope="session")
def origin_url():
    """The base URL of a `harness origin` started by hand."""
    with origin_servers.origin() as server:
        yield server.url


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """The folder of ca.pem, and of certificates with their keys (certificates.py)."""
    return certificate_files.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def nginx(tmp_path_factory, certificates):
    """Starts nginx, with what nginx_servers.nginx takes beside the folders."""
    if not nginx_servers.program():
        pytest.skip("nginx is not installed: apt-get install nginx")
    return lambda **how: nginx_servers.nginx(tmp_path_factory.mktemp("nginx"), certificates, **how)


@pytest.fixture
def witness():
    with target_servers.witness() as server:
        yield server


@pytest.fixture
def open_folder():
    """A folder that every user can reach and write to."""
    with tempfile.TemporaryDirectory(prefix="harness-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o777)
        yield folder
