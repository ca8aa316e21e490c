"""Keeps Chroma beside the exact vectors: in batches, watched, and made anew when it fails.

Nothing is decided by what Chroma says, so losing it costs time and nothing else. It is opened when
it is first needed, which for most runs is at their end: importing it alone takes a second.
"""

import logging
import shutil
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth_agent.errors import RunError
from synth_agent.store.chroma import Chroma, DamagedError, Metadata, Shelf

__all__ = ["Archive", "Rows", "folder_of", "most_bytes"]

_logger = logging.getLogger(__name__)

_BATCH: Final = 2_000
_PREFIX: Final = "chroma-"
_MOST_BYTES: Final = 64 * 2**20
_MOST_BYTES_PER_ROW: Final = 40 * 2**10
"""Chroma needs 4 to 8 kB; one that runs wild was seen to write gigabytes."""


class Rows(NamedTuple):
    """Rows for one shelf."""

    shelf: Shelf
    keys: Sequence[str]
    vectors: NDArray[np.float32]
    metadata: Sequence[Metadata]


def folder_of(memory: Path, generation: int) -> Path:
    """Return Chroma's folder of a generation."""
    return memory / f"{_PREFIX}{generation}"


def most_bytes(rows: int) -> int:
    """Return how large Chroma's folder may be before it counts as running wild."""
    return _MOST_BYTES + rows * _MOST_BYTES_PER_ROW


class Archive:
    """Chroma, in the newest of numbered folders.

    Attributes:
        generation: Number of the folder in use.
    """

    def __init__(
        self,
        memory: Path,
        *,
        contents: Callable[[], Iterable[Rows]],
        begin: Callable[[int], None],
        limit: Callable[[int], int] = most_bytes,
    ) -> None:
        """Set up; nothing is opened yet.

        Args:
            contents: Everything that has to be in it, to make it anew.
            begin: Is told the number of a generation before its folder is touched.
            limit: Bytes on disk that so many rows may take.
        """
        self._memory = memory
        self._contents = contents
        self._begin = begin
        self._limit = limit
        self._waiting: dict[Shelf, list[Rows]] = {}
        self._held = 0
        self._failed = False
        self._chroma: Chroma | None = None
        self._due: Callable[[], None] | None = None
        self.generation = 0

    def keep(self, generation: int, *, count: int) -> None:
        """Go on with a folder that was closed properly and holds `count` records."""
        self.generation = generation
        self._due = partial(self._open, generation, count)

    def renew(self) -> None:
        """Write everything into a new folder, when it is first needed."""
        self._due = self.make

    def _open(self, generation: int, count: int) -> None:
        """Open a folder; one that does not hold what it should is made anew."""
        self._held = count
        self._begin(generation)
        self._remove(keep=folder_of(self._memory, generation))
        try:
            self._chroma = Chroma(folder_of(self._memory, generation))
            found = self._chroma.count("accepted")
        except DamagedError as error:
            _logger.warning("%s; it is made anew", error)
            found = -1
        if found != count:
            self.make()

    def make(self) -> None:
        """Throw away what there is, and write everything into a folder of the next generation.

        Raises:
            RunError: Chroma fails on a folder that is all new.
        """
        self._due = None
        self._discard()
        numbers = [int(p.name.removeprefix(_PREFIX)) for p in self._folders()]
        self.generation = max([self.generation, *numbers]) + 1
        self._begin(self.generation)
        self._remove(keep=None)
        self._waiting.clear()
        try:
            self._chroma = Chroma(folder_of(self._memory, self.generation))
            for rows in self._contents():
                self._chroma.put(*rows)
                self._held += len(rows.keys)
        except DamagedError as error:
            raise RunError(
                f"the semantic memory could not be made anew: {error}; see that the disk has room "
                "and can be written, then resume the run"
            ) from error

    def put(self, rows: Rows) -> None:
        """Add rows, at the latest when there are enough for a batch or something is asked."""
        if len(rows.keys):
            self._waiting.setdefault(rows.shelf, []).append(rows)
        if sum(len(part.keys) for part in self._waiting.get(rows.shelf, ())) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what waits, and look how much disk is taken.

        Raises:
            RunError: Chroma failed a second time.
        """
        chroma = self._used()  # may write everything, what waits included
        try:
            for shelf, parts in self._waiting.items():
                chroma.put(shelf, *_joined(parts))
                self._held += sum(len(part.keys) for part in parts)
            self._waiting.clear()
        except DamagedError as error:
            self._make_once(error)
        size, limit = self._used().size(), self._limit(self._held)
        if size > limit:
            self._make_once(
                DamagedError(f"Chroma takes {size:,} bytes, expected at most {limit:,}")
            )

    def nearest(
        self, shelf: Shelf, vector: NDArray[np.float32], k: int, where: Metadata | None
    ) -> list[tuple[str, float]]:
        """Return keys and cosines of about the k nearest rows, nearest first."""
        self.flush()
        try:
            return self._used().nearest(shelf, vector, k, where)
        except DamagedError as error:
            self._make_once(error)
            return self._used().nearest(shelf, vector, k, where)

    def close(self) -> bool:
        """Write what waits and release everything; return whether the folder is complete.

        Raises:
            RunError: Chroma failed a second time.
        """
        if self._chroma is None and self._due is None:
            return False
        if self._due not in (None, self.make) and not any(self._waiting.values()):
            return True  # nothing was added to a folder that was complete, nor even opened
        try:
            self.flush()
        except RunError:
            self._discard()
            raise
        chroma, self._chroma = self._used(), None
        return chroma.close()

    def _used(self) -> Chroma:
        if self._due is not None:
            due, self._due = self._due, None
            due()
        assert self._chroma is not None, "the archive is not open"
        return self._chroma

    def _make_once(self, error: DamagedError) -> None:
        if self._failed:
            raise RunError(
                f"the semantic memory failed twice in this run: {error}; see that the disk has "
                "room and is sound, then resume the run"
            ) from error
        self._failed = True
        _logger.warning("%s; it is made anew", error)
        self.make()

    def _discard(self) -> None:
        if self._chroma is not None:
            self._chroma.discard()
            self._chroma = None
        self._held = 0

    def _folders(self) -> list[Path]:
        return [
            path
            for path in self._memory.glob(f"{_PREFIX}*")
            if path.name.removeprefix(_PREFIX).isdecimal()
        ]

    def _remove(self, *, keep: Path | None) -> None:
        for path in self._folders():
            if path != keep:
                shutil.rmtree(path, ignore_errors=True)


def _joined(parts: Sequence[Rows]) -> tuple[list[str], NDArray[np.float32], list[Metadata]]:
    keys = [key for part in parts for key in part.keys]
    metadata = [values for part in parts for values in part.metadata]
    return keys, np.concatenate([part.vectors for part in parts]), metadata
