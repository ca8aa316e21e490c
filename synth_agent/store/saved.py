"""A memory's vectors and state on disk: written at a clean end, believed if nothing changed."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synth_agent.store.archive import folder_of
from synth_agent.store.chroma import size_of
from synth_agent.store.embedders import Embedder
from synth_agent.store.home import Home
from synth_agent.store.likeness import Search
from synth_agent.store.state import State, digests, read_state, write_state

__all__ = ["Saved"]

_VECTORS: Final = "vectors.npz"


@dataclass(frozen=True, slots=True)
class Saved:
    """What is in the folder of a memory beside Chroma's own.

    Attributes:
        folder: The memory's.
        embedder: What the vectors are from.
    """

    folder: Path
    embedder: Embedder
    home: Home

    def state(self) -> State | None:
        """Return how an earlier sitting left it, or None."""
        return read_state(self.folder)

    def begin(self, generation: int, *, count: int) -> None:
        """Mark it as unclean, before Chroma is touched."""
        write_state(self.folder, self._state(generation, count))

    def end(self, generation: int, held: Search) -> None:
        """Write vectors, and that all of it is complete.

        Raises:
            OSError, RunError: It cannot be written; it stays unclean.
        """
        temporary = self.folder / f"tmp-{_VECTORS}"
        blocks = [block.astype(np.int16) for block in held.rows()]
        rows = np.concatenate(blocks) if blocks else np.empty((0, self.embedder.dimensions), "i2")
        np.savez(temporary, keys=held.keys, rows=rows)
        temporary.replace(self.folder / _VECTORS)
        ended = {"clean": True, "files": self._digests(generation)}
        write_state(self.folder, self._state(generation, len(held)).model_copy(update=ended))

    def trusts(self, state: State, count: int) -> bool:
        """Return whether it is what a clean end left, with so many records."""
        ended = {"clean": True, "files": state.files}
        if state != self._state(state.generation, count).model_copy(update=ended):
            return False
        chroma = folder_of(self.folder, state.generation)
        here = self.home.server is None
        if here and (not chroma.is_dir() or size_of(chroma) > self.home.limit(count)):
            return False
        return self._digests(state.generation) == state.files

    def vectors(self) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
        """Return keys, and an exact row each, of the last clean end."""
        with np.load(self.folder / _VECTORS, allow_pickle=False) as stored:
            return stored["keys"], stored["rows"]

    def _digests(self, generation: int) -> dict[str, str]:
        return digests(self.folder, folder_of(self.folder, generation), self.folder / _VECTORS)

    def _state(self, generation: int, count: int) -> State:
        return State(
            generation=generation,
            embedder=self.embedder.name,
            dimensions=self.embedder.dimensions,
            chroma=version("chromadb"),
            server=self.home.server.url if self.home.server else "",
            clean=False,
            count=count,
        )
