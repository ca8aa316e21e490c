"""Short rows whose products bound the cosines of long ones.

A sketch holds the parts of a unit row along some directions, and the length of what is left. The
product of two sketches is never less than the cosine of the two rows (Cauchy and Schwarz). Of
directions the principal ones leave least. How many are worth their time is tried out: few rule out
few pairs, many make the product of sketches as slow as that of the rows themselves.
"""

from collections.abc import Sequence
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Sketcher", "fitted", "squares"]

_MOST: Final = 128
"""Directions: half a kB a row."""
_STEP: Final = 8
_PAIR: Final = 35_000
"""Comparing a pair takes as long as so many columns of a product do for one of its pairs.

Twice what was measured, as the limits are not known at the beginning of a search.
"""
_FEW: Final = 3.0
"""Products over the whole width that one row costs which is compared with all..."""
_ALL: Final = 1.2
"""...and that it costs where every row is."""
_ROUNDING: Final = 2e-6
"""More than the rounding to six decimals can hide between two cosines."""

_Number = TypeVar("_Number", bound=np.generic)


class Sketcher:
    """Makes sketches.

    Args:
        directions: For each run of columns that is bounded apart, in order; orthonormal, shape
            (columns of the run, directions of the run).
    """

    def __init__(self, directions: Sequence[NDArray[np.float64]]) -> None:
        self._directions = directions
        self.width = sum(part.shape[1] + 1 for part in directions)
        self.bare = self.width == len(directions)
        """Whether there are no directions, so that bounds rule nothing out."""
        # Sketches have length one: so much float32 can take from a bound in any order of summation.
        self.margin = np.float32((self.width + 8) * 2.0**-24 + _ROUNDING)

    def sketched(self, rows: NDArray[np.generic]) -> NDArray[np.float32]:
        """Return the sketches of rows of any length; in float64, as the rest is a difference."""
        columns = list[NDArray[np.float64]]()
        runs = _runs(_unit(rows), [len(part) for part in self._directions])
        for run, directions in zip(runs, self._directions, strict=True):
            along = run @ directions
            rest = np.maximum(squares(run) - squares(along), 0)
            columns += [along, np.sqrt(rest)[:, None]]
        return np.hstack(columns).astype(np.float32)


def fitted(
    sample: NDArray[np.int16],
    probes: NDArray[np.int16],
    limits: NDArray[np.float32],
    *,
    runs: Sequence[int],
) -> Sketcher:
    """Return the sketcher that promises the shortest search among rows like those of the sample.

    Args:
        sample: Rows that are held, shape (n, dimensions).
        probes: Rows like those that will be asked for.
        limits: What a bound has to reach for each of them.
        runs: Widths of the runs of columns that are bounded apart.
    """
    held = [run.astype(np.float32) for run in _runs(sample, runs)]
    spectra = [np.linalg.eigh((part.T @ part).astype(np.float64)) for part in held]
    values = np.concatenate([found.eigenvalues for found in spectra])
    order = np.argsort(-values)
    owners = np.repeat(np.arange(len(runs)), runs)[order]

    def turned(rows: NDArray[np.int16]) -> NDArray[np.float32]:
        along = zip(_runs(_unit(rows), runs), spectra, strict=True)
        columns = np.hstack([part @ found.eigenvectors for part, found in along])
        return columns[:, order].astype(np.float32)

    count = _worthwhile(turned(probes), turned(sample), limits, owners)
    kept = np.isin(np.arange(len(order)), order[:count])
    parts = zip(spectra, np.split(kept, np.cumsum(runs)[:-1]), strict=True)
    return Sketcher([found.eigenvectors[:, chosen] for found, chosen in parts])


def squares(rows: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return the squares of the lengths of rows."""
    found: NDArray[np.float64] = np.square(rows, dtype=np.float64).sum(axis=1)
    return found


def _worthwhile(
    probes: NDArray[np.float32],
    sample: NDArray[np.float32],
    limits: NDArray[np.float32],
    owners: NDArray[np.intp],
) -> int:
    """Return how many columns, best first, to keep; what is left of a run becomes a length."""
    products = np.zeros((len(probes), len(sample)), dtype=np.float32)
    costs = {0: _ALL * len(owners)}
    for count in range(_STEP, min(_MOST, len(owners)) + 1, _STEP):
        added = slice(count - _STEP, count)
        products += probes[:, added] @ sample[:, added].T
        bounds = products.copy()
        for run in np.unique(owners[count:]):
            left = count + np.flatnonzero(owners[count:] == run)
            rests = (np.sqrt(squares(rows[:, left])) for rows in (probes, sample))
            bounds += np.outer(*rests)
        passing = (bounds >= limits[:, None]).mean(axis=1)
        costs[count] = count + np.minimum(passing * _PAIR, _FEW * len(owners)).mean()
    return min(costs, key=costs.__getitem__)


def _unit(rows: NDArray[np.generic]) -> NDArray[np.float64]:
    lengths = np.sqrt(squares(rows))[:, None]
    unit: NDArray[np.float64] = rows / np.where(lengths > 0, lengths, 1)
    return unit


def _runs(rows: NDArray[_Number], widths: Sequence[int]) -> list[NDArray[_Number]]:
    return np.split(rows, np.cumsum(widths)[:-1], axis=1)
