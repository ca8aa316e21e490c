"""Texts that share most of their word triples with an earlier one, found without comparing all.

The likeness of two texts is the Jaccard index of their sets of word triples, the beginning and the
end of a text counted as words: of 20 different words one changed leaves 17 / 23 = 0.74, of 30 words
0.82. Numbers are words. Unlike bags of words it sees the order, unlike ROUGE-L it can be found by
an index: two sets that are alike by t or more share one of the n - ceil(t n) + 1 triples that come
first in any fixed order of all triples. The order here is from seldom to common, so few are met.
What is found is exact, not estimated as by MinHash.

Source: Chaudhuri et al., A Primitive Operator for Similarity Joins in Data Cleaning, ICDE 2006;
Bayardo et al., Scaling Up All Pairs Similarity Search, WWW 2007 (prefixes). Lee et al.,
Deduplicating Training Data Makes Language Models Better, arXiv:2107.06499 (0.8 for web pages).

Limit: a script without blanks between words has no triples, and only equal runs of it are alike.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth_agent.quality.grams import Postings, word_grams

__all__ = ["Compared", "Overlap", "WordOverlap"]

_SIZE: Final = 3
_BUCKETS: Final = 1 << 18
_DECIMALS: Final = 6
_FEW: Final = 512
"""Among so few, weighing takes longer than meeting common triples."""
_GROWTH: Final = 4
_AT_ONCE: Final = 4096


class Overlap(NamedTuple):
    """A text that shares word triples with another."""

    key: int
    score: float
    """Jaccard index in [0, 1], six decimals."""

    def above(self, other: "Overlap | None") -> bool:
        """Return whether this one is to be named rather than the other."""
        return other is None or (-self.score, self.key) < (-other.score, other.key)


class _Shingles(NamedTuple):
    """The triples of one text."""

    all: NDArray[np.uint64]
    """Sorted, each once."""
    prefix: NDArray[np.uint64]
    """Those it is found by."""


class Compared(NamedTuple):
    """A batch beside what is held and beside itself; only what reaches the threshold."""

    held: list[Overlap | None]
    """For each text the most alike of those held."""
    among: list[list[Overlap]]
    """For each text the earlier ones of the batch; a key is a place in the batch."""
    shingles: list[_Shingles]


class WordOverlap:
    """Texts held by number, to compare others with.

    Args:
        threshold: Jaccard index in (0, 1] from which two texts are alike.
    """

    def __init__(self, *, threshold: float) -> None:
        if not 0 < threshold <= 1:
            raise ValueError(f"expected a threshold in (0, 1], got {threshold!r}")
        self._threshold = threshold
        self._counts = np.zeros(_BUCKETS, dtype=np.int32)
        self._postings = Postings()
        self._keys: list[int] = []
        self._held: list[NDArray[np.uint64]] = []
        self._weigh_at: float = _FEW

    def __len__(self) -> int:
        return len(self._keys)

    def weigh(self, texts: Sequence[str]) -> None:
        """Learn which triples are common, before anything is compared; it only saves time.

        Without it, that is learnt from what is held, as it grows.
        """
        assert not self._keys, "the order of triples is fixed once a text is held"
        hashes = word_grams(texts, size=_SIZE, edges=True).hashes
        self._counts += np.bincount(_bucket(hashes), minlength=_BUCKETS).astype(np.int32)
        self._weigh_at = math.inf

    def hold(self, keys: Sequence[int], texts: Sequence[str]) -> None:
        """Hold texts under keys without comparing them."""
        shingles = self._shingles(texts)
        self.add(keys, Compared([], [], shingles), range(len(shingles)))

    def compare(self, texts: Sequence[str], *, among: bool = True) -> Compared:
        """Return what is alike to each text; a text without words is like nothing.

        Args:
            among: Whether the texts are compared with each other as well.
        """
        shingles = self._shingles(texts)
        apart: list[list[Overlap]] = [[] for _ in texts]
        return Compared(
            self._nearest(shingles), self._among(shingles) if among else apart, shingles
        )

    def _nearest(self, shingles: Sequence[_Shingles]) -> list[Overlap | None]:
        prefixes, owners = _prefixes(shingles)
        asked, rows = self._postings.find(prefixes)
        found: list[Overlap | None] = []
        for mine, places in zip(
            shingles, _grouped(owners[asked], rows, len(shingles)), strict=True
        ):
            best: Overlap | None = None
            for place, score in self._alike(mine.all, self._held, places):
                match = Overlap(self._keys[place], score)
                best = match if match.above(best) else best
            found.append(best)
        return found

    def _among(self, shingles: Sequence[_Shingles]) -> list[list[Overlap]]:
        prefixes, owners = _prefixes(shingles)
        batch = Postings()
        batch.add(prefixes, owners)
        asked, rows = batch.find(prefixes)
        earlier = rows < owners[asked]
        near = _grouped(owners[asked][earlier], rows[earlier], len(shingles))
        sets = [s.all for s in shingles]
        return [
            [Overlap(place, score) for place, score in self._alike(mine, sets, places)]
            for mine, places in zip(sets, near, strict=True)
        ]

    def add(self, keys: Sequence[int], compared: Compared, rows: Sequence[int]) -> None:
        """Hold these rows of a batch that was compared, under keys."""
        chosen = [compared.shingles[row] for row in rows]
        self._index([s.prefix for s in chosen], first=len(self._keys))
        self._keys += keys
        self._held += [s.all for s in chosen]
        if len(self._held) >= self._weigh_at:
            self._weigh_anew()

    def _index(self, prefixes: Sequence[NDArray[np.uint64]], *, first: int) -> None:
        if prefixes:
            numbers = np.arange(first, first + len(prefixes), dtype=np.int64)
            lengths = [len(prefix) for prefix in prefixes]
            self._postings.add(np.concatenate(prefixes), np.repeat(numbers, lengths))

    def _weigh_anew(self) -> None:
        """Order triples by how common they are among those held, and index them by that."""
        self._counts = np.zeros(_BUCKETS, dtype=np.int32)
        for start in range(0, len(self._held), _AT_ONCE):
            hashes = np.concatenate(self._held[start : start + _AT_ONCE])
            self._counts += np.bincount(_bucket(hashes), minlength=_BUCKETS).astype(np.int32)
        self._postings = Postings()
        for start in range(0, len(self._held), _AT_ONCE):
            part = self._held[start : start + _AT_ONCE]
            self._index([self._of(shingles).prefix for shingles in part], first=start)
        self._weigh_at = _GROWTH * len(self._held)

    def _shingles(self, texts: Sequence[str]) -> list[_Shingles]:
        found = word_grams(texts, size=_SIZE, edges=True)
        ends = np.searchsorted(found.texts, np.arange(1, len(texts)))
        return [self._of(np.unique(hashes)) for hashes in np.split(found.hashes, ends)]

    def _of(self, hashes: NDArray[np.uint64]) -> _Shingles:
        if not len(hashes):
            return _Shingles(hashes, hashes)
        # The smallest overlap that can do; the margin keeps a product's last bit from raising it.
        needed = math.ceil(self._threshold * len(hashes) - 1e-9)
        seldom = np.lexsort((hashes, self._counts[_bucket(hashes)]))
        return _Shingles(hashes, hashes[seldom[: len(hashes) - needed + 1]])

    def _alike(
        self, mine: NDArray[np.uint64], held: Sequence[NDArray[np.uint64]], places: NDArray[np.intp]
    ) -> list[tuple[int, float]]:
        """Return those of the places whose sets are alike to this one, with their likeness."""
        sizes = np.fromiter((len(held[at]) for at in places), np.int64, len(places))
        least = (
            np.minimum(sizes, len(mine)) >= self._threshold * np.maximum(sizes, len(mine)) - 1e-9
        )
        places, sizes = places[least], sizes[least]
        if not len(places):
            return []
        theirs = np.concatenate([held[at] for at in places])
        spots = np.minimum(np.searchsorted(mine, theirs), len(mine) - 1)
        starts = np.cumsum(sizes) - sizes
        shared = np.add.reduceat((mine[spots] == theirs).astype(np.int64), starts)
        scores = np.round(shared / (len(mine) + sizes - shared), _DECIMALS)
        return [
            (int(at), float(score))
            for at, score in zip(places, scores, strict=True)
            if score >= self._threshold
        ]


def _prefixes(shingles: Sequence[_Shingles]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the triples that texts are found by, and the number of the text of each."""
    parts = [s.prefix for s in shingles]
    owners = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return np.concatenate(parts or [np.empty(0, np.uint64)]), owners


def _bucket(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    return (hashes % np.uint64(_BUCKETS)).astype(np.int64)


def _grouped(
    owners: NDArray[np.intp], rows: NDArray[np.int64], count: int
) -> list[NDArray[np.intp]]:
    """Return for each owner its rows, ascending, each once; both are below 2**31."""
    pairs = np.unique(owners.astype(np.int64) << 32 | rows)
    return np.split(pairs & 0xFFFFFFFF, np.searchsorted(pairs >> 32, np.arange(1, count)))
