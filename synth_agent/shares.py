"""Shares of a whole number, rounded so that they add up."""

from collections.abc import Sequence
from fractions import Fraction

__all__ = ["apportion"]


def apportion(total: int, shares: Sequence[float | Fraction]) -> list[int]:
    """Split a total in proportion to the shares, by largest remainder; ties go to the earlier.

    Each part is its exact share rounded down or up. Only proportions count: shares need not add up
    to 1. Floats are taken by their shortest decimal, so that 0.1 is a tenth and ties are ties, on
    every machine.

    >>> apportion(10, [1, 1, 1]), apportion(30, [0.8, 0.1, 0.1])
    ([4, 3, 3], [24, 3, 3])

    Raises:
        ValueError: A negative share, or nothing but zeros where there is something to split.
    """
    exact = [Fraction(str(share)) for share in shares]
    whole = sum(exact)
    if min(exact, default=0) < 0 or (exact and whole == 0 and total):
        raise ValueError(f"expected shares of 0 or more with a sum above 0, got {list(shares)}")
    if whole == 0:
        return [0] * len(exact)
    wanted = [total * share / whole for share in exact]
    parts = [int(part) for part in wanted]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - wanted[i], i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts
