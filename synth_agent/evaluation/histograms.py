"""Histograms from counters: memory grows with the values that differ, not with the records."""

import math
from collections import Counter

from synth_agent.schemas import Histogram

__all__ = ["histogram"]


def histogram(counts: Counter[int], *, bins: int = 20, unit: float = 1) -> Histogram:
    """Return at most so many bins of equal, round width that hold every counted value.

    Args:
        counts: Value -> how often, in whole units; not empty.
        unit: What one unit of the values is worth; edges and median are multiplied by it.
    """
    low, high = min(counts), max(counts)
    width = _round_width((high - low + 1) / bins)
    start = low // width * width
    edges = list(range(start, high + width + 1, width))
    if edges[-2] > high:
        edges.pop()
    filled = [0] * (len(edges) - 1)
    for value, number in counts.items():
        filled[(value - start) // width] += number
    return Histogram(
        edges=tuple(round(edge * unit, 6) for edge in edges),
        counts=tuple(filled),
        median=round(_median(counts) * unit, 6),
    )


def _round_width(least: float) -> int:
    """Return the next of 1, 2, 5, 10, 20, 50 and so on."""
    power = int(10 ** math.floor(math.log10(max(least, 1))))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least)


def _median(counts: Counter[int]) -> float:
    """Return the middle value, or the mean of the two in the middle."""
    total = sum(counts.values())
    middle = ((total - 1) // 2, total // 2)
    found: list[int] = []
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        found += [value] * sum(1 for at in middle[len(found) :] if at < seen)
        if len(found) == 2:
            break
    return sum(found) / 2
