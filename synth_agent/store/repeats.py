"""Which texts of a stream repeat an earlier one: the same, near by meaning, or near by words.

Greedy leader clustering: a text is compared with what was kept before it, and dropped where it is a
repeat of that; what was dropped leads nobody. So all that is kept is far enough from each other,
each dropped text is near to the one it is named with, and two texts dropped for one leader may be
further apart than the threshold. Who comes first leads: order by score to keep the best.

A text in which nothing is said, such as "?!", is like no other and is never a repeat.

Decisions are those of one text after the other, whatever the batches.
Memory a text kept: 1.2 kB for its vector at width 384, 10 bytes a word, 0.2 kB besides.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final, Literal, NamedTuple, TypeVar

import numpy as np

from synth_agent.store.embedders import Embedder
from synth_agent.store.embedders.figures import tail_of
from synth_agent.store.likeness import Beside, Likeness, Rows, rows_of
from synth_agent.text import digest, fold

__all__ = ["Reason", "Repeat", "Repeats"]

T = TypeVar("T")
Reason = Literal["duplicate", "near-duplicate", "same-words"]
"""The same but for case, typography and marks at the ends; by meaning; by word triples."""

_BATCH: Final = 512


class Repeat(NamedTuple):
    """What a text repeats."""

    key: int
    reason: Reason
    similarity: float
    """1 for duplicates, the cosine, or the Jaccard index of word triples."""


class Repeats:
    """Remembers what was kept.

    Args:
        threshold: Cosine from which two texts are near-duplicates; None: meaning is not compared.
        lexical: Jaccard index of word triples from which they are; None: words are not compared.
    """

    def __init__(
        self,
        embedder: Embedder,
        *,
        threshold: float | None,
        lexical: float | None,
    ) -> None:
        self._embedder = None if threshold is None else embedder
        self._threshold = threshold or 1.0
        self._keys: dict[bytes, int] = {}
        self._likeness = Likeness(
            0 if threshold is None else embedder.dimensions,
            tail=tail_of(embedder),
            floor=self._threshold,
            lexical=lexical,
        )

    def weigh(self, texts: Iterable[str]) -> None:
        """Learn from all texts which words are common; saves time and changes no decision.

        It goes before `hold` and `screen`.
        """
        for batch in _batches(texts):
            self._likeness.weigh(batch)

    def hold(self, texts: Iterable[tuple[int, str]]) -> None:
        """Remember texts under their keys, whatever they are like."""
        for batch in _batches(texts):
            keys, said = [key for key, _ in batch], [text for _, text in batch]
            for key, text in batch:
                if fingerprint := _print(text):
                    self._keys.setdefault(fingerprint, key)
            self._likeness.hold(keys, said, self._rows(said))

    def screen(self, texts: Iterable[tuple[int, str]]) -> Iterable[tuple[int, Repeat | None]]:
        """Yield each key with what its text repeats, or None: then it is remembered.

        Of two that are equally near, the one with the lower key is named.
        """
        for batch in _batches(texts):
            said = [text for _, text in batch]
            beside = self._likeness.beside(said, self._rows(said))
            for row, (key, text) in enumerate(batch):
                fingerprint = _print(text)
                repeat = self._repeat(fingerprint, beside, row)
                if repeat is None:
                    beside.accept(row, key)
                    if fingerprint:
                        self._keys[fingerprint] = key
                yield key, repeat
            self._likeness.add(beside)

    def _rows(self, texts: Sequence[str]) -> Rows:
        if self._embedder is None:
            return np.empty((len(texts), 0), dtype=np.float32)
        return rows_of(texts, self._embedder.embed(texts))

    def _repeat(self, fingerprint: bytes, beside: Beside, row: int) -> Repeat | None:
        same = self._keys.get(fingerprint)  # nothing is held under an empty one
        if same is not None:
            return Repeat(same, "duplicate", 1.0)
        match = beside.nearest(row)
        if match is not None and match.similarity >= self._threshold:
            return Repeat(match.key, "near-duplicate", match.similarity)
        overlap = beside.overlap(row)
        return overlap and Repeat(overlap.key, "same-words", overlap.score)


def _print(text: str) -> bytes:
    """Return what tells two texts to be the same; nothing for one in which nothing is said."""
    said = fold(text)
    return digest(said, size=16) if said else b""


def _batches(texts: Iterable[T]) -> Iterable[list[T]]:
    remaining = iter(texts)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
