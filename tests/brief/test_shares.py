"""Shares of a whole number add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.brief import apportion


@given(
    total=st.integers(0, 1_000_000),
    shares=st.dictionaries(
        st.text(max_size=3), st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=8
    ).filter(lambda shares: sum(shares.values()) > 1e-6),
)
def test_parts_add_up_and_are_less_than_one_off(total: int, shares: dict[str, float]) -> None:
    parts = apportion(total, shares)

    whole = sum(shares.values())
    assert list(parts) == list(shares)
    assert sum(parts.values()) == total
    assert all(abs(parts[x] - total * shares[x] / whole) < 1 + 1e-6 for x in shares)


def test_of_equal_remainders_the_first_wins() -> None:
    assert apportion(10, {"a": 1, "b": 1, "c": 1}) == {"a": 4, "b": 3, "c": 3}
    assert apportion(3, {"a": 0.1, "b": 0.1}) == {"a": 2, "b": 1}


@pytest.mark.parametrize("shares", [{}, {"a": 0.0}, {"a": -1.0, "b": 2.0}])
def test_shares_that_divide_nothing_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected shares"):
        apportion(10, shares)
