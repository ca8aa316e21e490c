"""Shares of a whole number, rounded so that they add up."""

from collections.abc import Mapping
from fractions import Fraction

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
    # Through the shortest decimal, so that 0.1 is a tenth and ties are ties.
    exact = {name: Fraction(str(share)) for name, share in shares.items()}
    whole = sum(exact.values())
    if whole <= 0 or min(exact.values()) < 0:
        raise ValueError(f"expected shares of 0 or more with a sum above 0, got {dict(shares)}")
    parts = {name: total * share / whole for name, share in exact.items()}
    counts = {name: int(part) for name, part in parts.items()}
    left = total - sum(counts.values())
    by_remainder = sorted(parts, key=lambda name: counts[name] - parts[name])  # stable
    for name in by_remainder[:left]:
        counts[name] += 1
    return counts


def even(names: tuple[str, ...]) -> dict[str, Fraction]:
    """Return the same share for every name."""
    return {name: Fraction(1, len(names)) for name in names}
