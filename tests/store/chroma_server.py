"""A real Chroma server on this machine, that tests start, kill and start again."""

import http.client
import http.server
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import chromadb
import httpx
import numpy as np
from chromadb.api import ClientAPI
from chromadb.api.models.Collection import Collection
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings
from numpy.typing import NDArray

__all__ = ["ChromaServer", "Row", "answering", "free_port", "rows_in"]

# What the `chroma` command calls; the command itself imports for two seconds first.
_COMMAND = (
    "import sys, chromadb_rust_bindings; chromadb_rust_bindings.cli(['chroma', *sys.argv[1:]])"
)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Row(NamedTuple):
    vector: NDArray[np.float32]
    metadata: dict[str, str]


def rows_in(folder: Path, name: str) -> dict[str, Row]:
    """Return the rows of a collection in a folder, which may have changed afterwards."""
    settings = Settings(anonymized_telemetry=False)
    client = chromadb.PersistentClient(path=folder, settings=settings)
    try:
        return _rows(client.get_collection(name, embedding_function=None))
    finally:
        client.close()  # type: ignore[attr-defined]


def _sessions(client: ClientAPI) -> list[httpx.Client]:
    servers = client._server, client._admin_client._server  # type: ignore[attr-defined]  # noqa: SLF001
    return [server._session for server in servers]  # noqa: SLF001


def _rows(collection: Collection) -> dict[str, Row]:
    held = collection.get(include=["embeddings", "metadatas"])
    vectors = np.asarray(held["embeddings"], np.float32)
    known = [{k: str(v) for k, v in (m or {}).items()} for m in held["metadatas"] or ()]
    return {key: Row(*row) for key, *row in zip(held["ids"], vectors, known, strict=True)}


class ChromaServer:
    """Listens at one port, with one folder, however often it is started."""

    def __init__(self, folder: Path) -> None:
        self.port = 0
        """Chosen by the first start."""
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._bomb: threading.Timer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, where it is not up."""
        if self._bomb is not None:
            self._bomb.join()
            self.kill()
        if self._process is not None:
            return
        self.port = self.port or free_port()
        where = ["--path", str(self._folder), "--host", "127.0.0.1", "--port", str(self.port)]
        command = [sys.executable, "-c", _COMMAND, "run", *where]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while not self._answers():
            assert self._process.poll() is None, "the Chroma server did not start"
            time.sleep(0.01)

    def kill(self) -> None:
        """End it as a power button would."""
        self._bomb = None
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def kill_after(self, seconds: float) -> None:
        """Start it, and end it in a while."""
        self.start()
        assert self._process is not None
        self._bomb = threading.Timer(seconds, self._process.kill)
        self._bomb.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Keep it from doing anything meanwhile; it still accepts connections."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def forget(self, shelf: str, keys: list[str]) -> None:
        """Delete rows of every collection of that name."""
        with self._client() as client:
            for found in client.list_collections():
                if found.name.endswith(f"-{shelf}"):
                    found.delete(ids=keys)

    def collections(self) -> dict[str, dict[str, Row]]:
        """Return what it holds: the rows of each collection by their keys."""
        with self._client() as client:
            return {found.name: _rows(found) for found in client.list_collections()}

    def empty(self) -> None:
        with self._client() as client:
            for found in client.list_collections():
                client.delete_collection(found.name)

    @contextmanager
    def _client(self) -> Iterator[ClientAPI]:
        settings = Settings(anonymized_telemetry=False)
        client = chromadb.HttpClient(self.url, self.port, settings=settings)
        try:
            yield client
        finally:
            sessions = _sessions(client)
            system = client._system  # type: ignore[attr-defined]  # noqa: SLF001
            client.close()  # type: ignore[attr-defined]
            for session in sessions:
                session.close()
            known = SharedSystemClient._identifier_to_system  # noqa: SLF001
            for identifier in [key for key, value in known.items() if value is system]:
                del known[identifier]

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/api/v2/heartbeat")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


class _Answers(http.server.BaseHTTPRequestHandler):
    """Says the same to everybody, and remembers what it was sent."""

    status = 200
    said = b""
    sent: list[dict[str, str]]

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.sent.append({name.lower(): value for name, value in self.headers.items()})
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.said)))
        self.end_headers()
        self.wfile.write(self.said)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def answering(
    status: int, said: bytes, *, port: int = 0
) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Give the address of a server that says one thing, and the headers that it is sent."""
    sent: list[dict[str, str]] = []
    handler = type("Handler", (_Answers,), {"status": status, "said": said, "sent": sent})
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", sent
        server.shutdown()
        thread.join()
