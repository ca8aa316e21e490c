"""Chance of one attempt: everything random in a draft comes from the slot's own seed."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, Final, TypeVar

import numpy as np

from synth_agent.text import digest

__all__ = ["Chance", "derive", "weighted"]

T = TypeVar("T")
_MASK: Final = 2**63 - 1


def derive(seed: int, *parts: str | int) -> int:
    """Return a seed of 63 bits that depends on all the parts and on nothing else."""
    raw = digest(str(seed), *(str(part) for part in parts))
    return int.from_bytes(raw, "big") & _MASK


class Chance:
    """A seeded source of choices, with the notes that draws leave on it.

    NumPy keeps the streams of its distributions within a release line, not for ever: the manifest
    of a run names the version.
    """

    def __init__(self, seed: int) -> None:
        self.rng: Final = np.random.Generator(np.random.PCG64(seed))
        self.scores: Final[dict[str, float]] = {}
        """Standard normal score of each normal or lognormal draw, for correlations."""
        self.tags: Final[list[str]] = []
        """`rare:<name>` of each rare event that happened."""

    def below(self, n: int) -> int:
        """Return a whole number in [0, n)."""
        return int(self.rng.random() * n)

    def choose(self, options: Sequence[T]) -> T:
        """Return one of the options, all equally likely."""
        return options[self.below(len(options))]

    def pick(self, *options: Any) -> Any:
        """Return one of the options; a single list stands for its members."""
        if len(options) == 1 and isinstance(options[0], list | tuple):
            options = tuple(options[0])
        return self.choose(options)

    def maybe(self, text: Any, share: float = 0.5) -> Any:
        """Return the text, or nothing."""
        return text if self.rng.random() < share else ""

    def shuffled(self, options: Sequence[Any]) -> list[Any]:
        """Return the options in another order."""
        return [options[i] for i in self.rng.permutation(len(options))]

    def sample(self, options: Sequence[Any], k: int) -> list[Any]:
        """Return k different options in random order; all of them where there are fewer."""
        return self.shuffled(options)[:k]

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Return what templates and expressions may call."""
        return {
            "pick": self.pick,
            "maybe": self.maybe,
            "shuffled": self.shuffled,
            "sample": self.sample,
        }


def weighted(options: Sequence[T], weights: Sequence[float]) -> Callable[[Chance], T]:
    """Return a function that chooses in proportion to the weights."""
    bounds = list(accumulate(weights))
    last = len(options) - 1

    def chosen(chance: Chance) -> T:
        return options[min(bisect_right(bounds, chance.rng.random() * bounds[-1]), last)]

    return chosen
