"""A Chroma server that the tests of the store share."""

from collections.abc import Iterator

import pytest

from tests.store.chroma_server import ChromaServer


@pytest.fixture(scope="session")
def _one_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    # No socket is to be had before a test asks for one, so the test starts it.
    server = ChromaServer(tmp_path_factory.mktemp("chroma"))
    yield server
    server.kill()


@pytest.fixture
def chroma_server(_one_server: ChromaServer, socket_enabled: None) -> ChromaServer:
    """Return a server that is up and empty."""
    _one_server.start()
    _one_server.empty()
    return _one_server
