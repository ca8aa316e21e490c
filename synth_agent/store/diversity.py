"""Choosing a few of many: near to a wish, unlike each other, none far more often than others."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["spread"]


def spread(
    vectors: NDArray[np.float32],
    k: int,
    *,
    relevance: Sequence[float] | NDArray[np.float64],
    trade: float = 0.5,
) -> list[int]:
    """Return up to `k` rows by maximal marginal relevance, best first.

    Each step takes the row with the largest `trade * relevance - (1 - trade) * nearness`, nearness
    being its largest cosine to a row that was taken before. Ties go to the earlier row.

    Args:
        vectors: Unit-length rows, shape (n, d).
        relevance: What speaks for each row, in [0, 1] to be commensurate with the cosine.
        trade: 1 takes the most relevant, 0 the most different.

    Source: Carbonell and Goldstein, The Use of MMR, SIGIR 1998.
    """
    worth = trade * np.asarray(relevance, np.float64)
    nearness = np.zeros(len(vectors))
    taken: list[int] = []
    for _ in range(min(k, len(vectors))):
        score = worth - (1 - trade) * nearness
        score[taken] = -np.inf
        best = int(np.argmax(score))
        taken.append(best)
        nearness = np.maximum(nearness, (vectors @ vectors[best]).astype(np.float64))
    return taken
