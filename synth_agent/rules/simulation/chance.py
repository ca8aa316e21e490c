"""Small draws that the builders of a line share."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

__all__ = ["between", "one"]

_T = TypeVar("_T")


def between(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    """Return a number between the bounds, all equally likely."""
    low, high = bounds
    return low + (high - low) * float(rng.random())


def one(rng: np.random.Generator, values: Sequence[_T]) -> _T:
    """Return one of the values, all equally likely."""
    return values[int(rng.integers(len(values)))]
