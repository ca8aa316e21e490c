"""Does a critic judge as people do? Chance-corrected agreement, and the score to keep from."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Agreement", "Cut", "Threshold", "best_threshold", "cohens_kappa"]

_Z95: Final = 1.959964


class Agreement(NamedTuple):
    """How far two raters agree."""

    kappa: float
    """Cohen's kappa in [-1, 1]: 0 is chance, 1 is always. 0 where both always say the same one
    thing, for then nothing can be told."""
    low: float
    high: float
    """Bounds of its 95 % interval, within [-1, 1]."""
    raw: float
    """Share of cases in which they say the same."""
    constant: float
    """Raw agreement with the first rater of a rater who always gives that rater's commonest
    verdict: what a critic has to beat."""
    cases: int


class Cut(NamedTuple):
    """What keeping from a score on amounts to; keeping is the positive verdict."""

    threshold: float
    precision: float
    """Share of the kept that people keep; 1 where nothing is kept."""
    recall: float
    """Share of what people keep that is kept; 1 where they keep nothing."""
    kappa: float


class Threshold(NamedTuple):
    """The score to keep from."""

    best: Cut
    table: tuple[Cut, ...]
    """One for every score there is, ascending."""


def cohens_kappa(a: Sequence[str | bool | int], b: Sequence[str | bool | int]) -> Agreement:
    """Return how far two raters agree on the same cases beyond chance.

    The interval is the large-sample one (Fleiss, Cohen & Everitt 1969), too narrow below some 30
    cases.

    Args:
        a: Verdicts of the reference, usually a person; any kinds of verdict.
        b: Verdicts of the other, in the same order.

    Raises:
        ValueError: Not equally many verdicts, or none.
    """
    if len(a) != len(b) or not a:
        raise ValueError(f"expected as many verdicts of both, at least one; got {len(a)}, {len(b)}")
    shares = _crossed(a, b)
    kappa, spread = _kappa(shares)
    margin = _Z95 * spread / math.sqrt(len(a))
    return Agreement(
        kappa=kappa,
        low=max(-1.0, kappa - margin),
        high=min(1.0, kappa + margin),
        raw=float(np.trace(shares)),
        constant=float(shares.sum(axis=1).max()),
        cases=len(a),
    )


def best_threshold(scores: Sequence[float], verdicts: Sequence[bool]) -> Threshold:
    """Return the score from which keeping agrees best with people, by kappa; of equals the lowest.

    Args:
        scores: The critic's.
        verdicts: Whether a person keeps the record, in the same order.

    Raises:
        ValueError: Not equally many, or none.
    """
    if len(scores) != len(verdicts) or not len(scores):
        raise ValueError(
            f"expected a verdict for every score, at least one; got {len(scores)} scores,"
            f" {len(verdicts)} verdicts"
        )
    given, kept = np.asarray(scores, float), np.asarray(verdicts, bool)
    table = tuple(_cut(float(at), given >= at, kept) for at in np.unique(given))
    return Threshold(max(table, key=lambda cut: cut.kappa), table)


def _cut(at: float, said: NDArray[np.bool_], kept: NDArray[np.bool_]) -> Cut:
    both = int((said & kept).sum())
    cells = [[both, kept.sum() - both], [said.sum() - both, (~said & ~kept).sum()]]
    kappa, _ = _kappa(np.array(cells, float) / len(kept))
    return Cut(
        threshold=at,
        precision=both / int(said.sum()) if said.any() else 1.0,
        recall=both / int(kept.sum()) if kept.any() else 1.0,
        kappa=kappa,
    )


def _crossed(a: Sequence[str | bool | int], b: Sequence[str | bool | int]) -> NDArray[np.float64]:
    """Return the share of cases for each pair of verdicts, rows for a, columns for b."""
    kinds = {kind: at for at, kind in enumerate(dict.fromkeys((*a, *b)))}
    table = np.zeros((len(kinds), len(kinds)))
    for one, other in zip(a, b, strict=True):
        table[kinds[one], kinds[other]] += 1
    return table / len(a)


def _kappa(shares: NDArray[np.float64]) -> tuple[float, float]:
    """Return kappa and its standard error times the root of the number of cases."""
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    raw, chance = float(np.trace(shares)), float(rows @ columns)
    if chance > 1 - 1e-12:
        return 0.0, 0.0
    kappa = (raw - chance) / (1 - chance)
    meets = rows[None, :] + columns[:, None]
    own = np.diag(shares) * (1 - np.diag(meets) * (1 - kappa)) ** 2
    off = (1 - kappa) ** 2 * (shares * meets**2)
    np.fill_diagonal(off, 0)
    rest = (kappa - chance * (1 - kappa)) ** 2
    variance = float(own.sum() + off.sum()) - rest
    return kappa, math.sqrt(max(variance, 0.0)) / (1 - chance)
