"""The nearest row of all that are held: exact, and at half the cost of comparing with each.

Two rows are as alike as `store.vectors` says, to the last digit and in any batches. But most pairs
need no comparing: the product of two sketches (`store.sketches`), which is a third of the work, is
never less than the cosine. Of each block of rows the likeliest one is compared first; after that
only those whose bound reaches the best that is known. How sketches are made is found anew as the
rows grow in number, and decides how fast it is, never what is found.

Cost: 2 bytes a column and at most 0.54 kB more a row. A row of width 256 among 200,000, in batches
of 256, took 0.52 ms of one core, and 0.24 where only cosines from 0.9 on are looked for; comparing
with all took 1.0. Rows that principal directions say little of (hashed n-grams) gain nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth_agent.store.sketches import Sketcher, fitted, squares
from synth_agent.store.vectors import Match

__all__ = ["Nearest"]

_BLOCK: Final = 4096
"""Rows that are allocated at once: growth never copies, and what is made of a batch stays small."""
_BATCH: Final = 256
_FEW: Final = 1024
"""Among so few, fitting the sketches takes longer than looking through all."""
_GROWTH: Final = 4
_SAMPLE: Final = 4096
"""Rows that sketches are fitted to."""
_PROBES: Final = 128
"""Rows of the sample that are searched for, to try the sketches out."""
_SAME: Final = np.float32(0.9999)
"""From here on a row that is held may have found itself."""
_CROWD: Final = 24
"""Where one in so many of a block may be nearest, a product with all is cheaper than pairs are."""
_WORTH: Final = 2
"""But it has costs of its own: at least one pair for so many rows of the block."""
_PAIRS: Final = 4096
"""Compared at once, for the sake of memory."""
_DECIMALS: Final = 6
_NOBODY: Final = np.iinfo(np.int64).max


class _Block(NamedTuple):
    rows: NDArray[np.int16]
    sketches: NDArray[np.float32]
    squares: NDArray[np.float64]
    keys: NDArray[np.int64]

    def first(self, count: int) -> "_Block":
        rows, sketches, squared, keys = self
        return _Block(rows[:count], sketches[:count], squared[:count], keys[:count])


class Nearest:
    """Rows with integer keys; finds the nearest one.

    Args:
        dimensions: Columns of a row.
        tail: How many of them, the last, are of a kind that many rows have nothing of. They are
            bounded apart, which is closer; it never changes an answer.
        floor: Least cosine that is looked for.
    """

    def __init__(self, dimensions: int, *, tail: int = 0, floor: float = -1.0) -> None:
        self._dimensions = dimensions
        self._floor = float(floor)
        self._runs = [dimensions - tail, tail] if tail else [dimensions]
        self._sketcher = Sketcher([np.zeros((width, 0)) for width in self._runs])
        self._fitted = 0
        self._blocks: list[_Block] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def keys(self) -> NDArray[np.int64]:
        """Keys in the order in which they were added."""
        return np.concatenate([np.empty(0, np.int64), *(block.keys for block in self._held())])

    def rows(self) -> Iterator[NDArray[np.float32]]:
        """Yield the exact rows in order, a block at a time."""
        for block in self._held():
            yield block.rows.astype(np.float32)

    def add(self, keys: Sequence[int] | NDArray[np.int64], rows: NDArray[np.float32]) -> None:
        """Add exact rows (`vectors.exact`), shape (n, dimensions)."""
        numbers, done = np.asarray(keys, dtype=np.int64), 0
        while done < len(rows):
            at = self._count % _BLOCK
            if not at:
                self._blocks.append(self._allocated())
            taken = min(len(rows) - done, _BLOCK - at)
            block, part = self._blocks[-1], rows[done : done + taken]
            block.rows[at : at + taken] = part
            block.sketches[at : at + taken] = self._sketcher.sketched(part)
            block.squares[at : at + taken] = squares(part)
            block.keys[at : at + taken] = numbers[done : done + taken]
            self._count += taken
            done += taken
        if self._count >= max(_FEW, _GROWTH * self._fitted):
            self._fit()

    def nearest(self, rows: NDArray[np.float32]) -> list[Match | None]:
        """Return for each exact row the nearest one held, of equals the one with the lowest key.

        None while empty, and where none reaches the floor.
        """
        found: list[Match | None] = []
        for start in range(0, len(rows), _BATCH):
            search = _Search(rows[start : start + _BATCH], self._sketcher, floor=self._floor)
            for block in self._held():
                search.through(block)
            found += search.found()
        return found

    def _held(self) -> Iterator[_Block]:
        for number, block in enumerate(self._blocks):
            yield block.first(self._count - number * _BLOCK)

    def _allocated(self) -> _Block:
        return _Block(
            np.empty((_BLOCK, self._dimensions), dtype=np.int16),
            np.empty((_BLOCK, self._sketcher.width), dtype=np.float32),
            np.empty(_BLOCK, dtype=np.float64),
            np.empty(_BLOCK, dtype=np.int64),
        )

    def _fit(self) -> None:
        step = -(-self._count // _SAMPLE)
        sample = np.concatenate([block.rows[::step] for block in self._held()])
        probes = sample[:: -(-len(sample) // _PROBES)]
        self._sketcher = fitted(sample, probes, self._limits(probes), runs=self._runs)
        for number, held in enumerate(self._held()):
            sketches = np.empty((_BLOCK, self._sketcher.width), dtype=np.float32)
            sketches[: len(held.rows)] = self._sketcher.sketched(held.rows)
            self._blocks[number] = self._blocks[number]._replace(sketches=sketches)
        self._fitted = self._count

    def _limits(self, probes: NDArray[np.int16]) -> NDArray[np.float32]:
        """Return how near the nearest other row is to rows that are held, or the floor."""
        limits = np.full(len(probes), self._floor, dtype=np.float32)
        for block in self._held():
            products = probes.astype(np.float32) @ block.rows.astype(np.float32).T
            cosines = _roughly(products, squares(probes), block)
            others = np.where(cosines < _SAME, cosines, -1)
            limits = np.maximum(limits, others.max(axis=1))
        return limits


class _Search:
    """The nearest so far of each of some rows."""

    def __init__(self, rows: NDArray[np.float32], sketcher: Sketcher, *, floor: float) -> None:
        self._rows = rows
        self._sketches = None if sketcher.bare else sketcher.sketched(rows)
        self._squares = squares(rows)
        self._margin = sketcher.margin
        self._keys = np.full(len(rows), _NOBODY)
        self._cosines = np.full(len(rows), floor)
        self._limits = self._cosines.astype(np.float32) - self._margin

    def through(self, block: _Block) -> None:
        """Look through a block of rows."""
        if self._sketches is None:
            self._compare_with_all(block, np.arange(len(self._rows)))
            return
        bounds = self._sketches @ block.sketches.T
        tops = bounds.argmax(axis=1)
        likely = np.flatnonzero(bounds[np.arange(len(tops)), tops] >= self._limits)
        if not len(likely):
            return
        self._compare(block, likely, tops[likely])
        near = bounds >= self._limits[:, None]
        # Counted in 16 bits: a third of the time.
        counts = near.sum(axis=1, dtype=np.uint16)
        crowded = counts > len(block.keys) // _CROWD
        if counts[crowded].sum() * _WORTH > len(block.keys):
            self._compare_with_all(block, np.flatnonzero(crowded))
            near[crowded] = False
        # Half the time of looking for the places in the matrix of truths itself.
        asking, places = np.divmod(np.flatnonzero(near.ravel()), len(block.keys))
        for start in range(0, len(asking), _PAIRS):
            part = slice(start, start + _PAIRS)
            self._compare(block, asking[part], places[part])

    def found(self) -> list[Match | None]:
        """Return the nearest of each row, or None."""
        return [
            None if key == _NOBODY else Match(key, cosine)
            for key, cosine in zip(self._keys.tolist(), self._cosines.tolist(), strict=True)
        ]

    def _compare(self, block: _Block, asking: NDArray[np.intp], places: NDArray[np.intp]) -> None:
        rows, others = self._rows[asking], block.rows[places]
        dots = np.einsum("ij,ij->i", rows, others, dtype=np.float32)
        self._take(block, asking, places, dots)

    def _compare_with_all(self, block: _Block, crowded: NDArray[np.intp]) -> None:
        products = self._rows[crowded] @ block.rows.astype(np.float32).T
        cosines = _roughly(products, self._squares[crowded], block)
        limits = np.maximum(self._limits[crowded], cosines.max(axis=1) - self._margin)
        near = np.flatnonzero((cosines >= limits[:, None]).ravel())
        self._take(
            block, crowded[near // len(block.keys)], near % len(block.keys), products.ravel()[near]
        )

    def _take(
        self,
        block: _Block,
        asking: NDArray[np.intp],
        places: NDArray[np.intp],
        dots: NDArray[np.float32],
    ) -> None:
        # Dots are whole numbers below 2**24, so that this is `vectors.similarity` to the last bit.
        lengths = np.sqrt(self._squares[asking] * block.squares[places])
        cosines = np.round(dots / np.where(lengths > 0, lengths, 1), _DECIMALS)
        enough = np.flatnonzero(cosines >= self._cosines[asking])
        if not len(enough):
            return
        asking, keys, cosines = asking[enough], block.keys[places[enough]], cosines[enough]
        order = np.lexsort((keys, -cosines, asking))
        rows, first = np.unique(asking[order], return_index=True)
        keys, cosines = keys[order[first]], cosines[order[first]]
        nearer = (cosines > self._cosines[rows]) | (keys < self._keys[rows])
        rows = rows[nearer]
        self._keys[rows], self._cosines[rows] = keys[nearer], cosines[nearer]
        self._limits[rows] = self._cosines[rows].astype(np.float32) - self._margin


def _roughly(
    products: NDArray[np.float32], asking: NDArray[np.float64], block: _Block
) -> NDArray[np.float32]:
    """Return the cosines that belong to products, as exact as float32 is."""
    cosines: NDArray[np.float32] = products * _inverses(block.squares)
    cosines *= _inverses(asking)[:, None]
    return cosines


def _inverses(squared: NDArray[np.float64]) -> NDArray[np.float32]:
    lengths = np.sqrt(squared)
    return np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0).astype(np.float32)
