"""Preference pairs: do the two answers differ enough, and does length give the better one away?

A trainer that sees longer answers preferred learns to write longer ones (length bias: Singhal et
al., arXiv:2310.03716), so the effect of length over a whole set is kept small.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from synth_agent.quality.context import Finding
from synth_agent.quality.rouge import common_words, tokens
from synth_agent.text import fold

__all__ = ["Effect", "LengthBalance", "length_effect", "pair_finding"]

_HEAD: Final = 0.95
_Z95: Final = 1.959964
_NOTHING: Final = 1e-12
_RESERVE: Final = 1 / 30
"""Share of the bound kept free per standard deviation by which a pair is out of line, so that few
extreme pairs are refused and not many moderate ones: of a stream in which chosen is 40 % longer,
67 % are kept instead of 62 %; dropping the longest, knowing all pairs, keeps 70 %."""
_REFUSAL: Final = re.compile(
    r"\W*(?:(?:sorry|apologies|unfortunately)\W[^.!?]{0,60}?)?"
    r"(?:i(?:'m| am)? ?(?:sorry|afraid)\b[^.!?]{0,60}?\W)?(?:but )?(?:as an ai[^,.]{0,40}, )?"
    r"i(?:'m| am)? ?(?:can(?:no|')?t|can not|unable|not able|won't|will not|must decline)\b"
)
_REFUSAL_WORDS: Final = 40
"""A longer answer that begins with a refusal says something besides."""


class Effect(NamedTuple):
    """How much longer chosen answers are than rejected ones."""

    size: float
    """Cohen's d_z of log(chosen / rejected): mean over standard deviation. 0.2 is small, 0.8 large;
    infinite where every pair has the same ratio but 1."""
    low: float
    high: float
    """Bounds of the 95 % interval."""
    longer: float
    """Share of pairs whose chosen answer is the longer one; equal ones count half."""
    pairs: int


def pair_finding(prompt: str, chosen: str, rejected: str, *, near: float = 0.95) -> Finding | None:
    """Return why a pair teaches nothing, or None.

    Args:
        prompt: What both answer; an answer that only repeats it is as good as none.
        chosen: The better answer.
        rejected: The worse one.
        near: Share of common words in order (ROUGE-L) from which the two are one answer, unless
            they differ in a figure: a wrong figure is a good reason to reject.
    """
    one, other = tokens(chosen), tokens(rejected)
    if fold(chosen) == fold(rejected):
        return Finding("pair-identical", "chosen and rejected are the same text")
    if not other or other == tokens(prompt):
        return Finding("pair-empty", f"rejected says nothing: {rejected[:40]!r}")
    if len(other) <= _REFUSAL_WORDS and _REFUSAL.match(rejected.lower().replace("’", "'")):
        return Finding("pair-refusal", f"rejected only declines: {rejected[:60]!r}")
    return None if _figures(one) != _figures(other) else _too_alike(one, other, near)


def _too_alike(one: Sequence[str], other: Sequence[str], near: float) -> Finding | None:
    alike = 2 * common_words(one, other) / (len(one) + len(other))
    if alike >= near:
        return Finding("pair-near", f"{alike:.2f} of the words are the same in the same order")
    if _same_head(one, other):
        return Finding("pair-head", "the first 95 % of the words are the same")
    return None


def _figures(words: Sequence[str]) -> list[str]:
    return [word for word in words if any(letter.isdigit() for letter in word)]


def _same_head(one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether one is the other but for its last words, or cut off."""
    same = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    shared = min(len(one), len(other)) if same is None else same
    return shared >= _HEAD * max(len(one), len(other))


def length_effect(chosen: Iterable[int], rejected: Iterable[int]) -> Effect:
    """Return how far length tells chosen from rejected answers; lengths in any one unit.

    The interval is the large-sample one, standard error sqrt(1/n + d²/2n) (Hedges & Olkin 1985 for
    one sample); below some 20 pairs it is too narrow.

    Raises:
        ValueError: The two are not equally many, or there is none.
    """
    ratios = [_ratio(c, r) for c, r in zip(chosen, rejected, strict=True)]
    if not ratios:
        raise ValueError("expected at least one pair, got none")
    sums = _Sums()
    for ratio in ratios:
        sums = sums.plus(ratio)
    size = sums.effect
    error = math.sqrt((1 + size * size / 2) / len(ratios)) if math.isfinite(size) else 0.0
    longer = sum(1.0 if ratio > 0 else 0.5 if ratio == 0 else 0.0 for ratio in ratios)
    return Effect(size, size - _Z95 * error, size + _Z95 * error, longer / len(ratios), len(ratios))


def _ratio(chosen: int, rejected: int) -> float:
    """Return the log ratio; one is added to both, so that an empty answer has one too."""
    return math.log((chosen + 1) / (rejected + 1))


@dataclass(frozen=True, slots=True)
class _Sums:
    """Count, mean and squared deviations, kept stable as pairs come in (Welford)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def plus(self, ratio: float) -> "_Sums":
        count = self.count + 1
        mean = self.mean + (ratio - self.mean) / count
        return _Sums(count, mean, self.squares + (ratio - self.mean) * (ratio - mean))

    @property
    def spread(self) -> float:
        return math.sqrt(self.squares / (self.count - 1)) if self.count > 1 else 0.0

    def outlying(self, ratio: float) -> float:
        """Return how many standard deviations a ratio is away from the mean."""
        return abs(ratio - self.mean) / self.spread if self.spread > _NOTHING else 0.0

    @property
    def effect(self) -> float:
        if self.spread > _NOTHING:
            return self.mean / self.spread
        return 0.0 if abs(self.mean) < _NOTHING else math.copysign(math.inf, self.mean)


class LengthBalance:
    """Decides pair by pair whether one more keeps the effect of length within a bound.

    A pair is refused if it moves the effect away from 0 and beyond the bound, or close to it if the
    pair is far out of line. The
    same pairs in the same order are decided the same; feed accepted pairs back after a restart with
    `add`.
    """

    def __init__(self, bound: float = 0.3, warmup: int = 20) -> None:
        """Begin without pairs.

        Args:
            bound: Largest |d_z| (see `Effect`).
            warmup: So many pairs are accepted whatever their length: an effect over a few says
                nothing yet.
        """
        if bound <= 0:
            raise ValueError(f"expected a bound above 0, got {bound!r}")
        self._bound, self._warmup = bound, warmup
        self._sums = _Sums()

    @property
    def effect(self) -> float:
        """The effect over the pairs added so far."""
        return self._sums.effect

    def finding(self, chosen: int, rejected: int) -> Finding | None:
        """Return why a pair of these lengths has to be dropped, or None; remembers nothing."""
        ratio = _ratio(chosen, rejected)
        after = self._sums.plus(ratio)
        if after.count <= self._warmup or abs(after.effect) < abs(self._sums.effect):
            return None
        if abs(after.effect) <= self._bound * (1 - _RESERVE * self._sums.outlying(ratio)):
            return None
        way = "longer" if after.effect > 0 else "shorter"
        return Finding(
            "length-bias",
            f"chosen has {chosen}, rejected {rejected}; with it the effect of length is"
            f" {after.effect:.2f} over {after.count} pairs, chosen being {way}",
        )

    def add(self, chosen: int, rejected: int) -> None:
        """Count a pair that was accepted."""
        self._sums = self._sums.plus(_ratio(chosen, rejected))
