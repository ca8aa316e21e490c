"""Which texts of a stream repeat an earlier one: the same, near by meaning, or near by words.

Greedy leader clustering: a text is compared with what was kept before it, and dropped where it is a
repeat of that; what was dropped leads nobody. So all that is kept is far enough from each other,
each dropped text is near to the one it is named with, and two texts dropped for one leader may be
further apart than the threshold. Who comes first leads: order by score to keep the best.

Decisions are those of one text after the other, whatever the batches.
Memory a text kept: 1.2 kB for its vector at width 384, 10 bytes a word, 0.2 kB besides.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth_agent.quality.overlap import Compared, Overlap, WordOverlap
from synth_agent.store.embedders import Embedder
from synth_agent.store.nearby import Nearby
from synth_agent.store.vectors import Match, alike, exact
from synth_agent.text import digest, fold

__all__ = ["Reason", "Repeat", "Repeats"]

Reason = Literal["duplicate", "near-duplicate", "same-words"]
"""The same but for case, typography and marks at the ends; by meaning; by word triples."""

_BATCH: Final = 512


class Repeat(NamedTuple):
    """What a text repeats."""

    key: int
    reason: Reason
    similarity: float
    """1 for duplicates, the cosine, or the Jaccard index of word triples."""


class _Batch(NamedTuple):
    keys: list[int]
    prints: list[bytes]
    rows: NDArray[np.float32]
    near: list[Match | None]
    among: NDArray[np.float64] | None
    shared: Compared | None


class Repeats:
    """Remembers what was kept.

    Args:
        threshold: Cosine from which two texts are near-duplicates; None: meaning is not compared.
        lexical: Jaccard index of word triples from which they are; None: words are not compared.
    """

    def __init__(
        self, embedder: Embedder, *, threshold: float | None, lexical: float | None
    ) -> None:
        self._embedder = embedder
        self._threshold = threshold
        self._keys: dict[bytes, int] = {}
        self._near = None if threshold is None else Nearby(embedder.dimensions, threshold=threshold)
        self._words = None if lexical is None else WordOverlap(threshold=lexical)

    def weigh(self, texts: Iterable[str]) -> None:
        """Learn from all texts which words are common; saves time and changes no decision.

        It goes before `hold` and `screen`.
        """
        remaining = iter(texts)
        while batch := list(islice(remaining, _BATCH)):
            if self._words is not None:
                self._words.weigh(batch)

    def hold(self, texts: Iterable[tuple[int, str]]) -> None:
        """Remember texts under their keys, whatever they are like."""
        for batch in self._batches(texts):
            self._accept(batch, range(len(batch.keys)))

    def screen(self, texts: Iterable[tuple[int, str]]) -> Iterable[tuple[int, Repeat | None]]:
        """Yield each key with what its text repeats, or None: then it is remembered.

        Of two that are equally near, the one with the lower key is named.
        """
        for batch in self._batches(texts):
            kept: list[int] = []
            for row, key in enumerate(batch.keys):
                repeat = self._repeat(batch, row, kept)
                if repeat is None:
                    kept.append(row)
                    self._keys[batch.prints[row]] = key
                yield key, repeat
            self._accept(batch, kept)

    def _batches(self, texts: Iterable[tuple[int, str]]) -> Iterable[_Batch]:
        remaining = iter(texts)
        while batch := list(islice(remaining, _BATCH)):
            yield self._compared([key for key, _ in batch], [text for _, text in batch])

    def _compared(self, keys: list[int], texts: list[str]) -> _Batch:
        prints = [digest(fold(text), size=16) for text in texts]
        rows = np.empty((len(texts), 0), dtype=np.float32)
        near: list[Match | None] = [None] * len(texts)
        among = None
        if self._near is not None:
            rows = exact(self._embedder.embed(texts))
            near, among = self._near.nearest(rows), alike(rows)
        shared = None if self._words is None else self._words.compare(texts)
        return _Batch(keys, prints, rows, near, among, shared)

    def _repeat(self, batch: _Batch, row: int, kept: Sequence[int]) -> Repeat | None:
        same = self._keys.get(batch.prints[row])
        if same is not None:
            return Repeat(same, "duplicate", 1.0)
        match = self._nearest(batch, row, kept)
        if match is not None:
            return Repeat(match.key, "near-duplicate", match.similarity)
        overlap = _most_alike(batch, row, kept)
        return overlap and Repeat(overlap.key, "same-words", overlap.score)

    def _nearest(self, batch: _Batch, row: int, kept: Sequence[int]) -> Match | None:
        best = batch.near[row]
        if batch.among is None or self._threshold is None or not kept:
            return best
        cosines = batch.among[row, kept]
        for at in map(int, np.flatnonzero(cosines >= self._threshold)):
            match = Match(batch.keys[kept[at]], float(cosines[at]))
            best = match if match.nearer_than(best) else best
        return best

    def _accept(self, batch: _Batch, kept: Sequence[int]) -> None:
        keys = [batch.keys[row] for row in kept]
        for row, key in zip(kept, keys, strict=True):
            self._keys.setdefault(batch.prints[row], key)
        if self._near is not None:
            self._near.add(keys, batch.rows[list(kept)])
        if self._words is not None and batch.shared is not None:
            self._words.add(keys, batch.shared, kept)


def _most_alike(batch: _Batch, row: int, kept: Sequence[int]) -> Overlap | None:
    if batch.shared is None:
        return None
    best = batch.shared.held[row]
    for place, score in batch.shared.among[row]:
        match = Overlap(batch.keys[place], score)
        if match.above(best) and place in kept:
            best = match
    return best
