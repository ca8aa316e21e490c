"""Exact nearest neighbours among everything that was accepted.

A near-duplicate is decided here and not by an approximate index, because a run that was stopped and
resumed has to decide the same as one that was not. For the same reason the arithmetic is exact:
rows are scaled and rounded to whole numbers so small that every dot product stays below 2**24,
where float32 still holds every integer. No order of summation, batch size, BLAS or processor can
change a similarity. The rounding moves a cosine by about 0.001 at width 384.

Cost: one matrix product a batch against all rows held, so time per record grows with their number;
1.5 kB a row of width 384.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Match", "Vectors", "alike", "exact", "similarity", "unit"]

_BLOCK: Final = 4096
"""Rows that are allocated at once: growth never copies, and a product fits the cache."""
_DECIMALS: Final = 6
_MARGIN: Final = np.float32(2e-6)
"""More than float32 and the rounding to six decimals can hide between two similarities."""


@dataclass(frozen=True, slots=True)
class Match:
    """The row that is nearest; of equals the lowest key."""

    key: int
    similarity: float
    """Cosine, rounded to six decimals."""

    def nearer_than(self, other: "Match | None") -> bool:
        """Return whether this one is to be named rather than the other."""
        return other is None or (-self.similarity, self.key) < (-other.similarity, other.key)


def exact(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows, brought to one length, as whole numbers whose products float32 holds exactly."""
    scale = 4095.0 - math.sqrt(vectors.shape[1]) / 2
    norms = np.where((found := _norms(vectors)) > 0, found, 1)[:, None]
    return np.rint(vectors.astype(np.float64) / norms * scale).astype(np.float32)


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return exact rows at length one."""
    norms = _norms(rows)
    return (rows / np.where(norms > 0, norms, 1)[:, None]).astype(np.float32)


def _norms(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    norms: NDArray[np.float64] = np.sqrt(np.square(rows, dtype=np.float64).sum(axis=1))
    return norms


def _inverses(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = _norms(rows)
    return np.divide(1, norms, out=np.zeros_like(norms), where=norms > 0).astype(np.float32)


def alike(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the cosines between the exact rows of one batch, shape (n, n), six decimals."""
    squares = np.square(rows, dtype=np.float64).sum(axis=1)
    lengths = np.sqrt(np.outer(squares, squares))
    cosines = (rows @ rows.T) / np.where(lengths > 0, lengths, 1)
    return np.round(cosines, _DECIMALS)


def similarity(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Return the cosine of two exact rows, six decimals; 0 where one is all zero."""
    squares = float(a @ a) * float(b @ b)
    return float(np.round(float(a @ b) / math.sqrt(squares), _DECIMALS)) if squares else 0.0


class Vectors:
    """Rows with integer keys, searched in full."""

    def __init__(self, dimensions: int) -> None:
        self._dimensions = dimensions
        self._blocks: list[NDArray[np.float32]] = []
        self._keys = np.empty(0, dtype=np.int64)
        self._inverses = np.empty(0, dtype=np.float32)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def keys(self) -> NDArray[np.int64]:
        """Keys in the order in which they were added."""
        return self._keys[: self._count]

    def add(self, keys: Sequence[int] | NDArray[np.int64], rows: NDArray[np.float32]) -> None:
        """Add exact rows, shape (n, dimensions)."""
        self._reserve(self._count + len(rows))
        start, end = self._count, self._count + len(rows)
        self._keys[start:end] = keys
        self._inverses[start:end] = _inverses(rows)
        for at in range(start, end):
            self._blocks[at // _BLOCK][at % _BLOCK] = rows[at - start]
        self._count = end

    def nearest(self, rows: NDArray[np.float32]) -> list[Match | None]:
        """Return the nearest row held for each of the exact rows given, None while empty."""
        best: list[Match | None] = [None] * len(rows)
        inverses = _inverses(rows)[:, None]
        for block, at in self._held():
            scores = (rows @ block.T) * self._inverses[at]
            scores *= inverses
            tops = scores.max(axis=1) - _MARGIN
            for i, top in enumerate(tops):
                known = best[i]
                if known is None or top >= known.similarity - 2 * float(_MARGIN):
                    best[i] = self._best(
                        rows[i], block, at, np.flatnonzero(scores[i] >= top), known
                    )
        return best

    def rows(self) -> Iterator[NDArray[np.float32]]:
        """Yield the exact rows in order, a block at a time."""
        for block, _ in self._held():
            yield block

    def _best(
        self,
        row: NDArray[np.float32],
        block: NDArray[np.float32],
        at: slice,
        candidates: NDArray[np.intp],
        known: Match | None,
    ) -> Match | None:
        keys = self._keys[at]
        for candidate in candidates:
            match = Match(int(keys[candidate]), similarity(row, block[candidate]))
            if match.nearer_than(known):
                known = match
        return known

    def _held(self) -> Iterator[tuple[NDArray[np.float32], slice]]:
        for number, block in enumerate(self._blocks):
            start = number * _BLOCK
            end = min(start + _BLOCK, self._count)
            if start < end:
                yield block[: end - start], slice(start, end)

    def _reserve(self, count: int) -> None:
        while len(self._blocks) * _BLOCK < count:
            self._blocks.append(np.empty((_BLOCK, self._dimensions), dtype=np.float32))
        missing = len(self._blocks) * _BLOCK - len(self._keys)
        if missing:
            self._keys = np.append(self._keys, np.zeros(missing, dtype=np.int64))
            self._inverses = np.append(self._inverses, np.zeros(missing, dtype=np.float32))
