"""Vectors whose likeness is the same wherever and however it is computed.

A near-duplicate is not decided by an approximate index, because a run that was stopped and resumed
has to decide the same as one that was not. For the same reason the arithmetic is exact: rows are
scaled and rounded to whole numbers so small that every dot product stays below 2**24, where float32
still holds every integer. No order of summation, batch size, BLAS or processor can change a
similarity. The rounding moves a cosine by about 0.001 at width 384.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Match", "alike", "exact", "similarity", "unit"]

_DECIMALS: Final = 6


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
