"""Sketches: their products are never less than the cosines."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from synth_agent.store.sketches import Sketcher, fitted, squares
from synth_agent.store.vectors import alike, exact


def rows_of(seed: int, count: int, rank: int) -> NDArray[np.float32]:
    """Return exact rows that lie, but for rounding, in so few dimensions out of 120."""
    rng = np.random.default_rng(seed)
    turned = rng.standard_normal((count, rank)) @ rng.standard_normal((rank, 120))
    return exact(turned.astype(np.float32))


def sketcher(rows: NDArray[np.float32], *, limit: float, runs: list[int]) -> Sketcher:
    sample = rows.astype(np.int16)
    return fitted(sample, sample[:30], np.full(30, limit, dtype=np.float32), runs=runs)


@settings(deadline=None, max_examples=20)
@given(
    seed=st.integers(0, 1000),
    rank=st.integers(1, 120),
    limit=st.sampled_from([0.0, 0.5, 0.9]),
    tail=st.sampled_from([0, 1, 10]),
)
def test_no_product_of_sketches_is_less_than_the_cosine(
    seed: int, rank: int, limit: float, tail: int
) -> None:
    rows = rows_of(seed, 200, rank)
    rows[::20] = 0
    made = sketcher(rows, limit=limit, runs=[120 - tail, tail] if tail else [120])

    sketches = made.sketched(rows)

    assert sketches.shape == (200, made.width)
    assert (sketches @ sketches.T >= alike(rows) - made.margin).all()
    assert np.all(squares(sketches)[squares(rows) > 0] <= 1 + 1e-6)


@pytest.mark.parametrize(
    ("rank", "limit", "width"),
    [(12, 0.99, 9), (12, 0.8, 17), (120, -1.0, 1)],
    ids=["near copies", "near ones", "anything"],
)
def test_there_are_as_many_directions_as_pay(rank: int, limit: float, width: int) -> None:
    made = sketcher(rows_of(1, 4_000, rank), limit=limit, runs=[120])

    assert made.width == width
    assert made.bare == (width == 1)
