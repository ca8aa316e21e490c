"""Named shares of a whole number, rounded so that they add up."""

from collections.abc import Mapping
from fractions import Fraction

from synth_agent.shares import apportion as split

__all__ = ["apportion", "even"]


def apportion(total: int, shares: Mapping[str, float | Fraction]) -> dict[str, int]:
    """Return whole numbers in proportion to `shares` that add up to `total`.

    Largest remainder; of equal remainders the one named first wins, so the result is the same on
    every machine. Shares need not add up to 1: only their proportions count.

    >>> apportion(10, {"a": 1, "b": 1, "c": 1})
    {'a': 4, 'b': 3, 'c': 3}

    Raises:
        ValueError: No share, a negative one, or nothing but zeros.
    """
    if not any(shares.values()):
        raise ValueError(f"expected shares of 0 or more with a sum above 0, got {dict(shares)}")
    return dict(zip(shares, split(total, list(shares.values())), strict=True))


def even(names: tuple[str, ...]) -> dict[str, Fraction]:
    """Return the same share for every name."""
    return {name: Fraction(1, len(names)) for name in names}
