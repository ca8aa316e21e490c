"""Batches beside what is held: as if texts came one by one, whatever searches for them."""

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from synth_agent.store.embedders import LexicalEmbedder
from synth_agent.store.likeness import Likeness, MakesSearch, Rows
from synth_agent.store.nearest import Nearest
from synth_agent.store.vectors import Match, exact

EMBEDDER = LexicalEmbedder(dimensions=64)
WORDS = ("line", "press", "stood", "ran", "3", "12", "Minutes.", "the", "of", "after")
texts = st.lists(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join), min_size=1, max_size=14
)


class Sharded:
    """Two searches that share the rows between them, as several machines would."""

    def __init__(self, dimensions: int, *, tail: int, floor: float) -> None:
        self._shards = [Nearest(dimensions, tail=tail, floor=floor) for _ in range(2)]

    def __len__(self) -> int:
        return sum(map(len, self._shards))

    @property
    def keys(self) -> NDArray[np.int64]:
        return np.concatenate([shard.keys for shard in self._shards])

    def add(self, keys: Sequence[int] | NDArray[np.int64], rows: Rows) -> None:
        numbers = np.asarray(keys, dtype=np.int64)
        for part, shard in enumerate(self._shards):
            mine = numbers % 2 == part
            shard.add(numbers[mine], rows[mine])

    def nearest(self, rows: Rows) -> list[Match | None]:
        found = zip(*(shard.nearest(rows) for shard in self._shards), strict=True)
        return [
            min((m for m in matches if m), key=lambda m: (-m.similarity, m.key), default=None)
            for matches in found
        ]

    def rows(self) -> Iterator[Rows]:
        return chain.from_iterable(shard.rows() for shard in self._shards)


def screened(said: list[str], sizes: Iterator[int], search: MakesSearch) -> list[object]:
    """Return for each text what it was nearest to, accepting what is nearest to nothing."""
    likeness = Likeness(EMBEDDER.dimensions, lexical=0.6, search=search)
    found: list[object] = []
    at = 0
    while at < len(said):
        part = said[at : at + next(sizes)]
        beside = likeness.beside(part, exact(EMBEDDER.embed(part)))
        for row in range(len(part)):
            match, overlap = beside.nearest(row), beside.overlap(row)
            found.append((match, overlap))
            if (match is None or match.similarity < 0.9) and overlap is None:
                beside.accept(row, at + row)
        likeness.add(beside)
        at += len(part)
    return found


@pytest.mark.parametrize("search", [Nearest, Sharded])
@settings(deadline=None, max_examples=40)
@given(said=texts, data=st.data())
def test_batches_and_shards_answer_as_one_text_after_the_other(
    search: MakesSearch, said: list[str], data: st.DataObject
) -> None:
    sizes = iter(lambda: data.draw(st.integers(1, 5)), None)

    assert screened(said, sizes, search) == screened(said, iter(lambda: 1, None), Nearest)
