"""Near neighbours from a threshold on: the same as looking through all of them."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from synth_agent.store.nearby import Nearby
from synth_agent.store.vectors import Match, Vectors, exact


def crowd(seed: int, count: int, *, spread: float, dimensions: int = 48) -> NDArray[np.float32]:
    """Return exact rows around a few centres; a small spread makes many near neighbours."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((max(1, count // 6), dimensions))
    rows = centres[rng.integers(len(centres), size=count)]
    return exact((rows + spread * rng.standard_normal(rows.shape)).astype(np.float32))


def through_all(
    held: NDArray[np.float32], asked: NDArray[np.float32], threshold: float
) -> list[Match | None]:
    vectors = Vectors(held.shape[1])
    vectors.add(range(len(held)), held)
    return [m if m and m.similarity >= threshold else None for m in vectors.nearest(asked)]


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 1000),
    spread=st.sampled_from([0.0, 0.1, 0.5, 3.0]),
    threshold=st.sampled_from([-1.0, 0.3, 0.9, 1.0]),
    cuts=st.sets(st.integers(0, 120), max_size=6),
)
def test_it_finds_what_looking_through_all_finds_in_any_batches(
    seed: int, spread: float, threshold: float, cuts: set[int]
) -> None:
    rows = crowd(seed, 150, spread=spread)
    held, asked = rows[:120], rows[100:]
    nearby = Nearby(48, threshold=threshold)
    for start, end in pairwise(sorted(cuts | {0, 120})):
        nearby.add(range(start, end), held[start:end])

    assert nearby.nearest(asked) == through_all(held, asked, threshold)
    assert [nearby.nearest(row[None, :])[0] for row in asked] == nearby.nearest(asked)


@pytest.mark.parametrize("threshold", [0.5, 0.8])
@pytest.mark.parametrize("spread", [0.05, 1.5], ids=["crowded", "sparse"])
def test_more_rows_than_a_block_are_looked_through(spread: float, threshold: float) -> None:
    rows = crowd(1, 9_500, spread=spread, dimensions=80)
    nearby = Nearby(80, threshold=threshold)
    for start in range(0, 9_000, 900):
        nearby.add(range(start, start + 900), rows[start : start + 900])

    assert len(nearby) == 9_000
    assert nearby.nearest(rows[8_900:]) == through_all(rows[:9_000], rows[8_900:], threshold)


def test_rows_without_length_are_near_to_nothing() -> None:
    nearby = Nearby(8, threshold=0.5)
    nearby.add([1], np.zeros((1, 8), dtype=np.float32))

    assert nearby.nearest(np.zeros((1, 8), dtype=np.float32)) == [None]


def test_an_empty_one_finds_nothing() -> None:
    assert Nearby(48, threshold=0.5).nearest(crowd(2, 3, spread=1.0)) == [None] * 3
