import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from synth_agent.store.diversity import spread


def unit(*angles: float) -> NDArray[np.float32]:
    """Return rows on the unit circle, by angles in degrees."""
    turned = np.radians(angles)
    return np.column_stack([np.cos(turned), np.sin(turned)]).astype(np.float32)


def test_the_most_relevant_comes_first_and_its_double_last() -> None:
    rows = unit(0, 0, 90)

    assert spread(rows, 3, relevance=[1.0, 0.99, 0.6]) == [0, 2, 1]


def test_with_nothing_to_choose_by_the_earlier_row_wins() -> None:
    assert spread(unit(0, 0, 0), 2, relevance=[0.5, 0.5, 0.5]) == [0, 1]


@pytest.mark.parametrize(
    ("trade", "expected"), [(1.0, [0, 1]), (0.0, [0, 2])], ids=["relevance", "difference"]
)
def test_the_trade_decides_between_relevance_and_difference(
    trade: float, expected: list[int]
) -> None:
    assert spread(unit(0, 5, 90), 2, relevance=[1.0, 0.9, 0.1], trade=trade) == expected


def test_no_rows_give_none() -> None:
    assert spread(np.zeros((0, 3), np.float32), 3, relevance=[]) == []


@given(st.lists(st.floats(0, 360), min_size=1, max_size=12), st.integers(0, 15))
def test_as_many_as_asked_are_taken_none_twice(angles: list[float], k: int) -> None:
    rows = unit(*angles)

    taken = spread(rows, k, relevance=np.cos(np.radians(angles)))

    assert len(taken) == len(set(taken)) == min(k, len(angles))
    assert all(0 <= at < len(angles) for at in taken)
