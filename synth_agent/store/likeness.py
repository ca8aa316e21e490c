"""Texts held under keys, and how near others come to them: by meaning and by words.

A batch is laid beside what is held and beside itself at once, which is what makes it fast, and is
then decided one text after the other: what is accepted counts for those behind it. So the answers
are those of one text at a time, whatever the batches.
"""

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from synth_agent.quality.overlap import Compared, Overlap, WordOverlap
from synth_agent.store.nearest import Nearest
from synth_agent.store.vectors import Match, alike, exact
from synth_agent.text import fold

__all__ = ["Beside", "Likeness", "MakesSearch", "Rows", "Search", "rows_of"]

Rows = NDArray[np.float32]
"""Exact rows, see `vectors.exact`, shape (n, dimensions)."""


_SHORT: Final = 100
"""Characters of a text that may be marks alone; folding long ones takes as long as embedding."""


def rows_of(texts: Sequence[str], vectors: NDArray[np.float32]) -> Rows:
    """Return exact rows; a text in which nothing is said has zeros, and is like no other."""
    rows = exact(vectors)
    rows[[at for at, text in enumerate(texts) if len(text) < _SHORT and not fold(text)]] = 0
    return rows


class Search(Protocol):
    """Finds the nearest of the rows it holds; where a larger engine takes the place of `Nearest`.

    It has to answer exactly, and the same in any batches: what is a repeat rests on it.
    """

    def __len__(self) -> int:
        """How many rows it holds."""

    @property
    def keys(self) -> NDArray[np.int64]:
        """Keys, in the order in which they were added."""

    def add(self, keys: Sequence[int] | NDArray[np.int64], rows: Rows) -> None:
        """Hold rows under keys."""

    def nearest(self, rows: Rows) -> list[Match | None]:
        """Return the nearest row for each, of equals that with the lowest key; None if none."""

    def rows(self) -> Iterator[Rows]:
        """Yield all rows in order, a block at a time."""


class MakesSearch(Protocol):
    """Makes one, empty, see `nearest.Nearest`."""

    def __call__(self, dimensions: int, *, tail: int, floor: float) -> Search:
        """Return a search for rows of that width."""


class Beside:
    """A batch beside what is held; rows are its texts, by number.

    Attributes:
        rows: Of all texts; no columns where meaning is not compared.
        accepted: Numbers of the texts that were accepted, in order.
        keys: Their keys.
    """

    def __init__(
        self,
        rows: Rows,
        near: Sequence[Match | None],
        words: Compared | None = None,
        *,
        among: NDArray[np.float64] | None = None,
    ) -> None:
        self.rows = rows
        self.words = words
        self.accepted: list[int] = []
        self.keys: list[int] = []
        self._near = near
        self._among = among
        self._key_of: dict[int, int] = {}

    def nearest(self, row: int) -> Match | None:
        """Return the nearest text, those accepted before this one included; of equals the first."""
        best = self._near[row]
        if self._among is None or not self.accepted:
            return best
        cosines = self._among[row, self.accepted]
        top = float(cosines.max())
        if best is None or top >= best.similarity:
            key = min(self.keys[at] for at in np.flatnonzero(cosines == top))
            match = Match(key, top)
            best = match if match.nearer_than(best) else best
        return best

    def overlap(self, row: int) -> Overlap | None:
        """Return the text that shares most word triples, where that reaches the threshold."""
        if self.words is None:
            return None
        best = self.words.held[row]
        for place, score in self.words.among[row]:
            if place in self._key_of:
                match = Overlap(self._key_of[place], score)
                best = match if match.above(best) else best
        return best

    def accept(self, row: int, key: int) -> None:
        """Count a text among those held, from the next one on; each once, in ascending order."""
        self.accepted.append(row)
        self.keys.append(key)
        self._key_of[row] = key


class Likeness:
    """What other texts are laid beside.

    Args:
        dimensions: Width of the rows; 0: meaning is not compared.
        tail: How many of the last columns are hashed figures, see `nearest.Nearest`.
        floor: Least cosine that is looked for.
        lexical: Jaccard index of word triples from which texts are alike; None: not compared.
        search: Makes what finds the nearest rows.
    """

    def __init__(
        self,
        dimensions: int,
        *,
        tail: int = 0,
        floor: float = -1.0,
        lexical: float | None = None,
        search: MakesSearch = Nearest,
    ) -> None:
        self.held = search(dimensions, tail=tail, floor=floor) if dimensions else None
        self._words = None if lexical is None else WordOverlap(threshold=lexical)

    def weigh(self, texts: Sequence[str]) -> None:
        """Learn which words are common before anything is held; it only saves time."""
        if self._words is not None:
            self._words.weigh(texts)

    def beside(self, texts: Sequence[str], rows: Rows, *, among: bool = True) -> Beside:
        """Lay a batch beside what is held.

        Args:
            among: Whether its texts are laid beside each other as well.
        """
        near: list[Match | None] = [None] * len(texts)
        if self.held is not None and len(self.held):
            near = self.held.nearest(rows)
        words = None if self._words is None else self._words.compare(texts, among=among)
        return Beside(rows, near, words, among=alike(rows) if among and rows.shape[1] else None)

    def add(self, batch: Beside) -> None:
        """Hold what was accepted of a batch."""
        if self.held is not None:
            self.held.add(batch.keys, batch.rows[batch.accepted])
        if self._words is not None and batch.words is not None:
            self._words.add(batch.keys, batch.words, batch.accepted)

    def hold(self, keys: Sequence[int], texts: Sequence[str], rows: Rows) -> None:
        """Hold texts, whatever they are like."""
        if self.held is not None:
            self.held.add(keys, rows)
        if self._words is not None:
            self._words.hold(keys, texts)
