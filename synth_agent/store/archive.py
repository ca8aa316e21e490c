"""Keeps Chroma beside the exact vectors: in batches, watched, and made anew when it fails.

Nothing is decided by what Chroma says, so losing it costs time and nothing else. It is opened when
it is first needed, which for most runs is at their end: importing it alone takes a second. A server
is looked for at once: the address may be wrong.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth_agent.errors import RunError
from synth_agent.store.chroma import Chroma, DamagedError, Metadata, Shelf
from synth_agent.store.places import Collections, Folders, Place, folder_of
from synth_agent.store.server import Server

__all__ = ["Archive", "Rows", "folder_of", "most_bytes"]

_logger = logging.getLogger(__name__)

_BATCH: Final = 2_000
_MOST_BYTES: Final = 64 * 2**20
_MOST_BYTES_PER_ROW: Final = 40 * 2**10
"""Chroma needs 2 to 8 kB; one that runs wild was seen to write gigabytes."""


class Rows(NamedTuple):
    """Rows for one shelf."""

    shelf: Shelf
    keys: Sequence[str]
    vectors: NDArray[np.float32]
    metadata: Sequence[Metadata]


def most_bytes(rows: int) -> int:
    """Return how large Chroma's folder may be before it counts as running wild."""
    return _MOST_BYTES + rows * _MOST_BYTES_PER_ROW


class Archive:
    """Chroma, in the newest of numbered generations.

    Attributes:
        generation: Number of the one in use.
    """

    def __init__(
        self,
        memory: Path,
        *,
        contents: Callable[[], Iterable[Rows]],
        begin: Callable[[int], None],
        limit: Callable[[int], int] = most_bytes,
        server: Server | None = None,
    ) -> None:
        """Set up; nothing is opened yet.

        Args:
            memory: Folder of the memory, within that of its run.
            contents: Everything that has to be in it, to make it anew.
            begin: Is told the number of a generation before that is touched.
            limit: Bytes on disk that so many rows may take.
            server: Keep it there rather than in the folder.
        """
        self._place: Place = Folders(memory) if server is None else Collections(server, memory)
        self._contents = contents
        self._begin = begin
        self._limit = limit
        self._waiting: dict[Shelf, list[Rows]] = {}
        self._held: dict[Shelf, int] = {}
        self._failed = False
        self._chroma: Chroma | None = None
        self._due: Callable[[], None] | None = None
        self.generation = 0

    def keep(self, generation: int, *, count: int) -> None:
        """Go on with a generation that was closed properly and holds `count` records.

        Raises:
            ConfigError: No Chroma server answers.
        """
        self._place.check()
        self.generation = generation
        self._due = partial(self._open, generation, count)

    def renew(self) -> None:
        """Write everything into a new generation, when it is first needed.

        Raises:
            ConfigError: No Chroma server answers.
        """
        self._place.check()
        self._due = self.make

    def _open(self, generation: int, count: int) -> None:
        """Open a generation; one that does not hold what it should is made anew."""
        self._held = {"accepted": count}
        self._begin(generation)
        try:
            self._place.clear(but=generation)
            self._chroma = self._place.open(generation)
            found = self._chroma.count("accepted")
        except DamagedError as error:
            _logger.warning("%s; it is made anew", error)
            found = -1
        if found != count:
            self.make()

    def make(self) -> None:
        """Throw away what there is, and write everything into the next generation.

        Raises:
            RunError: Chroma fails on one that is all new, or its server does not answer.
        """
        self._due = None
        self._release()
        try:
            self.generation = max([self.generation, *self._place.generations()]) + 1
            self._begin(self.generation)
            self._place.clear()
            self._waiting.clear()
            self._held.clear()
            self._chroma = self._place.open(self.generation)
            for rows in self._contents():
                self._write(self._chroma, rows)
        except DamagedError as error:
            raise RunError(
                f"the semantic memory could not be made anew: {error}; {self._place.advice}"
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
            RunError: Chroma failed a second time, or its server does not answer.
        """
        with self._stopping():
            self._flush()

    def _flush(self) -> None:
        chroma = self._used()  # may write everything, what waits included
        try:
            for shelf, parts in self._waiting.items():
                self._write(chroma, _joined(shelf, parts))
            self._waiting.clear()
        except DamagedError as error:
            self._make_once(error)
        size, limit = self._place.size(self.generation), self._limit(sum(self._held.values()))
        if size > limit:
            self._make_once(
                DamagedError(f"Chroma takes {size:,} bytes, expected at most {limit:,}")
            )

    def nearest(
        self, shelf: Shelf, vector: NDArray[np.float32], k: int, where: Metadata | None = None
    ) -> list[tuple[str, float]]:
        """Return keys and cosines of about the k nearest rows, nearest first."""
        return self.nearest_many(shelf, vector[None, :], k, where)[0]

    def nearest_many(
        self, shelf: Shelf, vectors: NDArray[np.float32], k: int, where: Metadata | None = None
    ) -> list[list[tuple[str, float]]]:
        """Return, for each vector, keys and cosines of about the k nearest rows, nearest first.

        Args:
            vectors: Shape (n, width). By 32 and more they cost a quarter of one by one.
            where: Only rows whose metadata has all of these values.

        Raises:
            RunError: Chroma failed a second time, or its server does not answer.
        """
        with self._stopping():
            self._flush()
            try:
                return self._used().nearest_many(shelf, vectors, k, where)
            except DamagedError as error:
                self._make_once(error)
            return self._used().nearest_many(shelf, vectors, k, where)

    def close(self) -> bool:
        """Write what waits and release everything; return whether the generation is complete.

        Raises:
            RunError: Chroma failed a second time, or its server does not answer.
        """
        if self._chroma is None and self._due is None:
            return False
        if self._due not in (None, self.make) and not any(self._waiting.values()):
            return True  # nothing was added to what was complete, nor was it even opened
        with self._stopping():
            self._flush()
            self._count()
        chroma, self._chroma = self._used(), None
        return chroma.close()

    def _count(self) -> None:
        """Make anew what does not hold what was written, where others might have touched it."""
        if not self._place.counted:
            return
        expected = self._held.get("accepted", 0)
        try:
            found = self._used().count("accepted")
        except DamagedError as error:
            self._make_once(error)
            return
        if found != expected:
            self._make_once(DamagedError(f"Chroma holds {found:,} records, expected {expected:,}"))

    def _write(self, chroma: Chroma, rows: Rows) -> None:
        chroma.put(*rows)
        self._held[rows.shelf] = self._held.get(rows.shelf, 0) + len(rows.keys)

    def _used(self) -> Chroma:
        if self._due is not None:
            due, self._due = self._due, None
            due()
        assert self._chroma is not None, "the archive is not open"
        return self._chroma

    def _make_once(self, error: DamagedError) -> None:
        if self._failed:
            raise RunError(
                f"the semantic memory failed twice in this run: {error}; {self._place.advice}"
            ) from error
        self._failed = True
        _logger.warning("%s; it is made anew", error)
        self.make()

    def _release(self) -> None:
        if self._chroma is not None:
            self._chroma.close()
            self._chroma = None

    @contextmanager
    def _stopping(self) -> Iterator[None]:
        """Give everything up where the run has to stop: closing later must not try once more."""
        try:
            yield
        except RunError:
            self._release()
            self._due = None
            self._place.abandon(self.generation)
            raise


def _joined(shelf: Shelf, parts: Sequence[Rows]) -> Rows:
    keys = [key for part in parts for key in part.keys]
    metadata = [values for part in parts for values in part.metadata]
    return Rows(shelf, keys, np.concatenate([part.vectors for part in parts]), metadata)
