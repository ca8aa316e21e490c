"""How near drafts come, by meaning, to records, to given examples and to each other."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from synth_agent.schemas import Neighbour

__all__ = ["Memory", "Nearness", "Vectors"]

Vectors = NDArray[np.float32]
"""Unit-length rows, shape (n, d)."""


class Memory(Protocol):
    """What has been accepted, and what was given, by meaning."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a row for each text."""
        ...

    def nearest(self, vectors: Vectors) -> Sequence[Neighbour | None]:
        """Return the nearest record of each row, None where there are no records."""
        ...

    def nearest_seeds(self, vectors: Vectors) -> Sequence[tuple[str, float] | None]:
        """Return identifier and similarity of the given example nearest to each row."""
        ...

    def alike(self, vectors: Vectors) -> NDArray[np.float64]:
        """Return the similarities within a batch as `nearest` computes them, shape (n, n)."""
        ...

    def add(
        self,
        slots: Sequence[int],
        vectors: Vectors,
        metadata: Sequence[Mapping[str, str]] | None = None,
    ) -> None:
        """Remember records that are in the journal; retrieval can be filtered by the metadata."""
        ...


class Nearness:
    """How near the texts of a batch are to memory and to those accepted before them."""

    def __init__(self, memory: Memory | None, texts: Sequence[str]) -> None:
        self._rows: list[int] = []
        self._slots: list[int] = []
        self._vectors: Vectors | None = None
        if memory is not None and texts:
            self._vectors = memory.embed(texts)
            self._known = memory.nearest(self._vectors)
            self._seeds = memory.nearest_seeds(self._vectors)
            self._alike = memory.alike(self._vectors)

    def nearest_seed(self, row: int) -> tuple[str, float] | None:
        """Return the given example nearest to a text of the batch, and its similarity."""
        return None if self._vectors is None else self._seeds[row]

    def nearest(self, row: int) -> Neighbour | None:
        """Return the record nearest to a text of the batch, those accepted just now included."""
        if self._vectors is None:
            return None
        known = self._known[row]
        if not self._rows:
            return known
        alike = self._alike[row, self._rows]
        best = int(np.argmax(alike))
        similarity = round(float(alike[best]), 6)
        if known is not None and known.similarity >= similarity:
            return known
        return Neighbour(slot=self._slots[best], similarity=similarity)

    def accept(self, row: int, slot: int) -> None:
        """Count a text of the batch among the records from now on."""
        self._rows.append(row)
        self._slots.append(slot)

    def accepted(self) -> Vectors | None:
        """Return the rows of what was accepted, in order; None where nothing is compared."""
        return None if self._vectors is None else self._vectors[self._rows]
