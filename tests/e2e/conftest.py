"""Fixtures for the tests of the whole program."""

import pytest

import origin_servers
import target_servers


@pytest.fixture(scope="session")
def origin_url():
    """The base URL of a `harness origin` started by hand."""
    with origin_servers.origin() as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture
def witness():
    with target_servers.witness() as server:
        yield server
