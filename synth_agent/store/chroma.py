"""Chroma, and nothing else of it than is used here; the one module that imports it.

A folder is opened only after whoever keeps it has made sure that it was closed properly and has not
changed since: chromadb 1.5 crashes the process on a truncated index, and a folder that was killed
in the middle of a write was seen to fail every later call, or to grow until the disk was full.
After a call that failed nothing is asked any more, for on a full disk the next call was seen to
wait for ever; closing was not.

Writes go in batches: one at a time costs ten times as much.
"""

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Literal, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from synth_agent.store.server import AwayError, Server

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection
    from chromadb.utils.embedding_functions import ONNXMiniLM_L6_V2
    from httpx import Client as Session
    from httpx import Response

__all__ = ["SHELVES", "Chroma", "DamagedError", "Metadata", "Shelf", "onnx_minilm", "size_of"]

Metadata = Mapping[str, str]
Shelf = Literal["accepted", "seeds", "protected"]
"""A collection of Chroma."""

SHELVES: Final[tuple[Shelf, ...]] = ("accepted", "seeds", "protected")

_logger = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")

_BATCH: Final = 2_000
_BATCH_BYTES: Final = 4 * 2**20
"""Of the vectors of one call; a server takes requests of 40 MB, where they are five times that."""
_SYNC: Final = 1_000
"""Rows between two writes of the index to disk."""
_CONSTRUCTION: Final = 60
_SEARCH: Final = 300
"""The index is made with less care than Chroma's own way (100) and searched with more (100).

At 200,000 rows of width 256 a row costs 0.30 ms of CPU rather than 0.42, and more of the ten
nearest are found: 94 % rather than 93.
"""


class DamagedError(Exception):
    """Chroma cannot use what it has; it has to be made anew."""


class _Ask(Protocol):
    def __call__(self, call: Callable[[], _Answer], /) -> _Answer: ...


class Chroma:
    """Collections of vectors, in one folder or at a server; to be closed.

    Every method raises `DamagedError` where Chroma fails, and from then on at once; at a server
    also `RunError`, where that does not answer.
    """

    def __init__(
        self, connect: Callable[[], "ClientAPI"], names: Mapping[Shelf, str], *, ask: _Ask
    ) -> None:
        """Open, or create what is missing; use `in_folder` or `at_server`."""
        self._ask = ask
        self._failed = False
        self._client = self._asked(connect)
        try:
            self._shelves = {
                shelf: self._asked(partial(_collection, self._client, name))
                for shelf, name in names.items()
            }
            most = self._asked(self._client.get_max_batch_size)
            self._most = most if 0 < most < _BATCH else _BATCH
        except BaseException:
            self.close()
            raise

    @classmethod
    def in_folder(cls, folder: Path) -> Self:
        """Open a folder, or create it."""
        names: dict[Shelf, str] = {shelf: shelf for shelf in SHELVES}
        return cls(partial(_persistent, folder), names, ask=partial(_in_folder, folder))

    @classmethod
    def at_server(cls, server: Server, names: Mapping[Shelf, str]) -> Self:
        """Open collections by these names at a server, or create them."""

        def ask(call: Callable[[], _Answer], /) -> _Answer:
            return server.ask(partial(_at_server, server, call))

        return cls(partial(_remote, server), names, ask=ask)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def count(self, shelf: Shelf) -> int:
        """Return how many rows a shelf holds."""
        return self._asked(self._shelves[shelf].count)

    def put(
        self,
        shelf: Shelf,
        keys: Sequence[str],
        vectors: NDArray[np.float32],
        metadata: Sequence[Metadata],
    ) -> None:
        """Add or replace rows; where that fails, nothing is known about what was written."""
        for part in self._parts(vectors):
            # Chroma wants each row's metadata to hold something or to be None.
            known = [dict(values) or None for values in metadata[part]]
            self._asked(
                partial(
                    self._shelves[shelf].upsert,
                    ids=list(keys[part]),
                    embeddings=vectors[part],
                    metadatas=known,  # type: ignore[arg-type]
                )
            )

    def nearest_many(
        self, shelf: Shelf, vectors: NDArray[np.float32], k: int, where: Metadata | None = None
    ) -> list[list[tuple[str, float]]]:
        """Return, for each vector, keys and cosines of about the k nearest rows, nearest first.

        Args:
            vectors: Shape (n, width). By 32 and more they cost a quarter of one by one.
            where: Only rows whose metadata has all of these values.
        """
        clauses: list[dict[str, str]] = [{name: value} for name, value in (where or {}).items()]
        condition = {"$and": clauses} if len(clauses) > 1 else clauses[0] if clauses else None
        nearest: list[list[tuple[str, float]]] = []
        for part in self._parts(vectors):
            found = self._asked(
                partial(
                    self._shelves[shelf].query,
                    query_embeddings=vectors[part],
                    n_results=k,
                    where=condition,  # type: ignore[arg-type]
                    include=["distances"],
                )
            )
            for keys, distances in zip(found["ids"], found["distances"] or (), strict=True):
                near = (round(1 - distance, 6) for distance in distances)
                nearest.append(list(zip(keys, near, strict=True)))
        return nearest

    def names(self) -> list[str]:
        """Return the names of all collections that are there, whosever they are."""
        return [found.name for found in self._asked(self._client.list_collections)]

    def drop(self, name: str) -> None:
        """Delete a collection; one that is not there is gone already."""
        from chromadb.errors import NotFoundError

        def delete() -> None:
            try:
                self._client.delete_collection(name)
            except NotFoundError:
                _logger.debug("%s is gone already", name)

        self._asked(delete)

    def close(self) -> bool:
        """Release files and threads; return whether that went well, and everything is written."""
        try:
            self._ask(partial(_close, self._client))
        except DamagedError as error:
            _logger.warning("%s", error)
            return False
        return not self._failed

    def _asked(self, call: Callable[[], _Answer]) -> _Answer:
        if self._failed:
            raise DamagedError("Chroma has failed, and is not asked again")
        try:
            return self._ask(call)
        except DamagedError:
            self._failed = True
            raise

    def _parts(self, vectors: NDArray[np.float32]) -> Iterator[slice]:
        """Yield the parts of rows that go together in one call."""
        row = max(1, vectors.shape[1] * vectors.itemsize)
        step = max(1, min(self._most, _BATCH_BYTES // row))
        for start in range(0, len(vectors), step):
            yield slice(start, start + step)


def size_of(folder: Path) -> int:
    """Return the bytes that the files of a folder take."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def onnx_minilm() -> "ONNXMiniLM_L6_V2":
    """Return Chroma's own embedding model, which downloads its weights when it is first called."""
    from chromadb.utils.embedding_functions import ONNXMiniLM_L6_V2

    return ONNXMiniLM_L6_V2(preferred_providers=["CPUExecutionProvider"])


def _persistent(folder: Path) -> "ClientAPI":
    import chromadb
    from chromadb.config import Settings

    try:
        return chromadb.PersistentClient(path=folder, settings=Settings(anonymized_telemetry=False))
    except ValueError as error:  # "Could not connect to tenant": no tables
        raise DamagedError(f"Chroma cannot use {folder}: {error}") from error


def _remote(server: Server) -> "ClientAPI":
    import chromadb
    import httpx  # noqa: PLC0415  chromadb is made of it, and as late
    from chromadb.config import Settings

    verify = server.url.startswith("https:")  # else certificates are read for nothing, each time
    # The client asks before it can be told how long to wait: here is who does not wait for ever.
    httpx.get(
        f"{server.url}/api/v2/heartbeat",
        headers=server.headers(),
        timeout=server.longest_answer,
        verify=verify,
    )
    try:
        client = chromadb.HttpClient(
            server.url,  # with its scheme, port and path; the port beside it is then not looked at
            server.port,
            headers=server.headers(),
            settings=Settings(anonymized_telemetry=False, chroma_server_ssl_verify=verify),
        )
    except ValueError as error:  # whatever went wrong, a refused connection included
        raise AwayError(str(error) or "no answer") from error
    for session in _sessions(client):
        session.timeout = server.longest_answer
        # Else it raises a bare `Exception` where somebody else answers.
        session.event_hooks = {"response": [_expect_chroma]}
    return client


def _sessions(client: "ClientAPI") -> "list[Session]":
    """Return the connections of a client of a server; nothing public reaches them."""
    servers = client._server, client._admin_client._server  # type: ignore[attr-defined]  # noqa: SLF001
    return [server._session for server in servers if hasattr(server, "_session")]  # noqa: SLF001


def _expect_chroma(response: "Response") -> None:
    """Raise where an answer is not one of Chroma's: a proxy's page, another service.

    Raises:
        AwayError: It is not.
    """
    from chromadb.errors import error_types

    try:
        body = json.loads(response.read())
    except ValueError as error:  # no JSON, nor even text
        raise AwayError(f"HTTP {response.status_code}, and no JSON") from error
    if response.is_error and not (isinstance(body, dict) and body.get("error") in error_types):
        raise AwayError(f"HTTP {response.status_code}, and no error of Chroma's")


def _close(client: "ClientAPI") -> None:
    from chromadb.api.shared_system_client import SharedSystemClient

    sessions, system = _sessions(client), client._system  # type: ignore[attr-defined]  # noqa: SLF001
    client.close()  # type: ignore[attr-defined]
    if not sessions:
        return
    # What chromadb 1.5 forgets: its connections, and one entry of two in a list of all clients.
    for session in sessions:
        session.close()
    known = SharedSystemClient._identifier_to_system  # noqa: SLF001
    for identifier in [key for key, value in known.items() if value is system]:
        del known[identifier]


def _collection(client: "ClientAPI", name: str) -> "Collection":
    return client.get_or_create_collection(
        name,
        # Without this, Chroma would want a model of its own and download it.
        embedding_function=None,
        configuration={
            "hnsw": {
                "space": "cosine",
                "sync_threshold": _SYNC,
                "ef_construction": _CONSTRUCTION,
                "ef_search": _SEARCH,
            }
        },
    )


def _in_folder(folder: Path, call: Callable[[], _Answer]) -> _Answer:
    from chromadb.errors import ChromaError

    try:
        return call()
    except (ChromaError, sqlite3.Error, OSError) as error:
        raise DamagedError(f"Chroma cannot use {folder}: {error}") from error


def _at_server(server: Server, call: Callable[[], _Answer]) -> _Answer:
    import httpx  # noqa: PLC0415  chromadb is made of it, and as late
    from chromadb.errors import ChromaError, RateLimitError

    try:
        return call()
    except (httpx.TransportError, RateLimitError) as error:
        raise AwayError(str(error) or type(error).__name__) from error
    except ChromaError as error:
        raise DamagedError(f"the Chroma server at {server.url} fails: {error}") from error
