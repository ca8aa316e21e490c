"""Chroma, and nothing else of it than is used here; the one module that imports it.

A folder is opened only after whoever keeps it has made sure that it was closed properly and has not
changed since: chromadb 1.5 crashes the process on a truncated index, and a folder that was killed
in the middle of a write was seen to fail every later call, or to grow until the disk was full.

Writes go in batches: one at a time costs ten times as much.
"""

import logging
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

__all__ = ["Chroma", "DamagedError", "Metadata", "Shelf", "size_of"]

Metadata = Mapping[str, str]
Shelf = Literal["accepted", "seeds"]
"""A collection of Chroma."""

_logger = logging.getLogger(__name__)

_SHELVES: Final[tuple[Shelf, ...]] = ("accepted", "seeds")
_BATCH: Final = 2_000
_SYNC: Final = 1_000
"""Rows between two writes of the index to disk."""


class DamagedError(Exception):
    """Chroma cannot use its folder; it has to be made anew."""


class Chroma:
    """Two collections of vectors in one folder."""

    def __init__(self, folder: Path) -> None:
        """Open, or create where the folder is missing.

        Raises:
            DamagedError: Chroma cannot use what is there.
        """
        self._folder = folder
        with _damage(folder):
            try:
                self._client = _client(folder)
            except ValueError as error:  # "Could not connect to tenant": no tables
                raise DamagedError(str(error)) from error
            self._shelves: dict[Shelf, Collection] = {
                name: _shelf(self._client, name) for name in _SHELVES
            }

    def count(self, shelf: Shelf) -> int:
        """Return how many rows a shelf holds."""
        with _damage(self._folder):
            return self._shelves[shelf].count()

    def put(
        self,
        shelf: Shelf,
        keys: Sequence[str],
        vectors: NDArray[np.float32],
        metadata: Sequence[Metadata],
    ) -> None:
        """Add or replace rows.

        Raises:
            DamagedError: Chroma fails; nothing is known about what was written.
        """
        with _damage(self._folder):
            for start in range(0, len(keys), _BATCH):
                end = start + _BATCH
                # Chroma wants each row's metadata to hold something or to be None.
                self._shelves[shelf].upsert(
                    ids=list(keys[start:end]),
                    embeddings=vectors[start:end],
                    metadatas=[dict(m) or None for m in metadata[start:end]],  # type: ignore[misc]
                )

    def nearest(
        self, shelf: Shelf, vector: NDArray[np.float32], k: int, where: Metadata | None
    ) -> list[tuple[str, float]]:
        """Return keys and cosines of about the k nearest rows, nearest first.

        Args:
            where: Only rows whose metadata has all of these values.
        """
        clauses: list[dict[str, str]] = [{name: value} for name, value in (where or {}).items()]
        condition = {"$and": clauses} if len(clauses) > 1 else clauses[0] if clauses else None
        with _damage(self._folder):
            found = self._shelves[shelf].query(
                query_embeddings=vector[None, :],
                n_results=k,
                where=condition,  # type: ignore[arg-type]
                include=["distances"],
            )
        distances = found["distances"] or [[]]
        return [
            (key, round(1 - distance, 6))
            for key, distance in zip(found["ids"][0], distances[0], strict=True)
        ]

    def size(self) -> int:
        """Return the bytes on disk."""
        return size_of(self._folder)

    def close(self) -> bool:
        """Release files and threads; return whether that went well, and the folder is complete."""
        try:
            with _damage(self._folder):
                self._client.close()  # type: ignore[attr-defined]
        except DamagedError as error:
            _logger.warning("%s", error)
            return False
        return True

    def discard(self) -> None:
        """Close as far as that is possible, and delete the folder."""
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def size_of(folder: Path) -> int:
    """Return the bytes that the files of a folder take."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _client(folder: Path) -> "ClientAPI":
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=folder, settings=Settings(anonymized_telemetry=False))


def _shelf(client: "ClientAPI", name: Shelf) -> "Collection":
    return client.get_or_create_collection(
        name,
        # Without this, Chroma would want a model of its own and download it.
        embedding_function=None,
        configuration={"hnsw": {"space": "cosine", "sync_threshold": _SYNC}},
    )


@contextmanager
def _damage(folder: Path) -> "Iterator[None]":
    from chromadb.errors import ChromaError

    try:
        yield
    except (ChromaError, sqlite3.Error, OSError) as error:
        raise DamagedError(f"Chroma cannot use {folder}: {error}") from error
