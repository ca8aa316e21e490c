"""The nearest row: the same as comparing with every row, whatever is held and however it came."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from synth_agent.store.nearest import Nearest
from synth_agent.store.vectors import Match, exact, similarity

Rows = NDArray[np.float32]


def crowd(seed: int, count: int, *, spread: float, dimensions: int = 24) -> Rows:
    """Return exact rows around a few centres; a small spread makes many near neighbours.

    As with real texts, a quarter of the directions hold most of what there is.
    """
    rng = np.random.default_rng(seed)
    weights = np.exp(-4 * np.arange(dimensions) / dimensions)
    centres = rng.standard_normal((max(1, count // 6), dimensions))
    rows = centres[rng.integers(len(centres), size=count)]
    return exact(((rows + spread * rng.standard_normal(rows.shape)) * weights).astype(np.float32))


def few_values(seed: int, count: int, *, spread: float, dimensions: int = 24) -> Rows:
    """Return exact rows with many ties, copies, opposites and rows without length among them."""
    rng = np.random.default_rng(seed)
    some = min(dimensions, 1 + round(spread))
    rows = np.zeros((count, dimensions), dtype=np.float32)
    rows[:, :some] = rng.integers(-1, 2, size=(count, some))
    return exact(rows)


def with_tail(seed: int, count: int, *, spread: float, dimensions: int = 24) -> Rows:
    """Return exact rows, half of which have a hashed figure or two in the last eight columns."""
    rng = np.random.default_rng(seed)
    rows = crowd(seed, count, spread=spread, dimensions=dimensions) / 4095 * np.sqrt(0.75)
    rows[:, -8:] = 0
    figures = rng.integers(dimensions - 8, dimensions, size=(count, 2))
    rows[np.arange(0, count, 2), figures[::2, 0]] += 0.35
    rows[np.arange(0, count, 2), figures[::2, 1]] -= 0.35
    return exact(rows.astype(np.float32))


def brute_force(
    held: Rows, keys: NDArray[np.int64], asked: Rows, floor: float = -1.0
) -> list[Match | None]:
    """Compare every pair in float64, which holds the products of whole numbers exactly."""
    found: list[Match | None] = []
    others = held.astype(np.float64)
    squares = np.square(others).sum(axis=1)
    for row in asked.astype(np.float64):
        lengths = np.sqrt(squares * (row @ row))
        cosines = np.round(others @ row / np.where(lengths > 0, lengths, 1), 6)
        nearest = np.lexsort((keys, -cosines))[0]
        match = Match(int(keys[nearest]), float(cosines[nearest]))
        found.append(match if match.similarity >= floor else None)
    return found


@settings(deadline=None, max_examples=60)
@given(
    kind=st.sampled_from([crowd, few_values, with_tail]),
    seed=st.integers(0, 1000),
    spread=st.sampled_from([0.0, 0.1, 0.5, 3.0]),
    floor=st.sampled_from([-1.0, 0.3, 0.9, 1.0]),
    tail=st.sampled_from([0, 8]),
    cuts=st.sets(st.integers(0, 120), max_size=6),
)
def test_it_finds_what_comparing_with_each_finds_in_any_batches(
    kind: Callable[..., Rows],
    seed: int,
    spread: float,
    floor: float,
    tail: int,
    cuts: set[int],
) -> None:
    rows = kind(seed, 150, spread=spread)
    held, asked = rows[:120], rows[100:]
    keys = np.random.default_rng(seed).permutation(1000)[:120] - 500
    nearest = Nearest(24, tail=tail, floor=floor)
    for start, end in pairwise(sorted(cuts | {0, 120})):
        nearest.add(keys[start:end], held[start:end])

    assert nearest.nearest(asked) == brute_force(held, keys, asked, floor)
    assert [nearest.nearest(row[None, :])[0] for row in asked] == nearest.nearest(asked)


@pytest.mark.parametrize(("tail", "floor"), [(0, -1.0), (8, -1.0), (0, 0.8)])
@pytest.mark.parametrize(
    ("kind", "spread"),
    [(crowd, 0.05), (crowd, 0.4), (crowd, 3.0), (few_values, 7.0), (with_tail, 0.4)],
    ids=["crowded", "clustered", "sparse", "ties", "figures"],
)
def test_more_rows_than_a_block_are_looked_through(
    kind: Callable[..., Rows], spread: float, tail: int, floor: float
) -> None:
    rows = kind(1, 5_100, spread=spread, dimensions=96)
    strangers = exact(np.random.default_rng(2).standard_normal((40, 96)).astype(np.float32))
    held, asked = rows[:5_000], np.concatenate([rows[4_950:], strangers])
    nearest = Nearest(96, tail=tail, floor=floor)
    for start in range(0, 5_000, 1_000):
        nearest.add(np.arange(start, start + 1_000), held[start : start + 1_000])

    assert len(nearest) == 5_000
    assert nearest.nearest(asked) == brute_force(held, np.arange(5_000), asked, floor)


@settings(deadline=None, max_examples=5)
@given(seed=st.integers(0, 1000), spread=st.sampled_from([0.1, 0.5]), step=st.integers(300, 2500))
def test_when_sketches_were_fitted_changes_no_answer(seed: int, spread: float, step: int) -> None:
    rows = crowd(seed, 4_500, spread=spread, dimensions=96)
    held, asked = rows[:4_400], rows[4_400:]
    at_once, bit_by_bit = Nearest(96), Nearest(96)
    at_once.add(np.arange(4_400), held)
    for start in range(0, 4_400, step):
        end = min(start + step, 4_400)
        bit_by_bit.add(np.arange(start, end), held[start:end])

    assert at_once.nearest(asked) == bit_by_bit.nearest(asked)


def test_of_rows_that_differ_in_the_last_decimals_only_the_nearest_is_found() -> None:
    rng = np.random.default_rng(4)
    rows = np.repeat(crowd(4, 1, spread=1.0, dimensions=48), 6_000, axis=0)
    rows[np.arange(6_000), rng.integers(48, size=6_000)] += rng.integers(-3, 4, size=6_000)
    nearest = Nearest(48)
    nearest.add(np.arange(5_900), rows[:5_900])

    found = nearest.nearest(rows[5_900:])

    assert found == brute_force(rows[:5_900], np.arange(5_900), rows[5_900:])


def test_a_similarity_is_that_of_two_rows_alone() -> None:
    rows = crowd(5, 3_100, spread=1.0, dimensions=64)
    nearest = Nearest(64)
    nearest.add(np.arange(3_000), rows[:3_000])

    for row, match in zip(rows[3_000:], nearest.nearest(rows[3_000:]), strict=True):
        assert match is not None
        assert match.similarity == similarity(row, rows[match.key])


def test_rows_without_length_are_at_right_angles_to_all() -> None:
    zeros = np.zeros((2, 8), dtype=np.float32)
    nearest, near = Nearest(8), Nearest(8, floor=0.5)
    for held in (nearest, near):
        held.add([7, 3], zeros)

    assert nearest.nearest(zeros) == [Match(3, 0.0)] * 2
    assert near.nearest(zeros) == [None] * 2


def test_opposites_are_found_where_there_is_nothing_else() -> None:
    rows = crowd(6, 1, spread=1.0)
    nearest = Nearest(24)
    nearest.add([5], rows)

    assert nearest.nearest(-rows) == [Match(5, -1.0)]


def test_strangers_are_near_to_nothing_that_reaches_the_floor() -> None:
    strangers = exact(np.random.default_rng(7).standard_normal((20, 96)).astype(np.float32))
    nearest = Nearest(96, floor=0.9)
    nearest.add(np.arange(2_000), crowd(7, 2_000, spread=0.4, dimensions=96))

    assert nearest.nearest(strangers) == [None] * 20


def test_an_empty_one_finds_and_holds_nothing() -> None:
    nearest = Nearest(24)
    nearest.add([], np.empty((0, 24), dtype=np.float32))

    assert nearest.nearest(crowd(2, 3, spread=1.0)) == [None] * 3
    assert nearest.nearest(np.empty((0, 24), dtype=np.float32)) == []
    assert len(nearest) == len(nearest.keys) == len(list(nearest.rows())) == 0


def test_keys_and_rows_come_back_in_the_order_of_adding() -> None:
    rows = crowd(3, 9_000, spread=1.0)
    keys = np.random.default_rng(3).permutation(9_000)
    nearest = Nearest(24)
    for start in range(0, 9_000, 700):
        nearest.add(keys[start : start + 700], rows[start : start + 700])

    assert np.array_equal(nearest.keys, keys)
    assert np.array_equal(np.concatenate(list(nearest.rows())), rows)
