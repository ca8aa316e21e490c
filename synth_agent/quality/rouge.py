"""ROUGE-L between texts, and the most similar text of a growing pool.

Longest common subsequences are counted bit-parallel (Hyyrö 2004): one big integer is the row of the
dynamic programme, so that a pair of 20 words costs some 20 additions. Self-Instruct
(arXiv:2212.10560) drops an instruction whose ROUGE-L to an earlier one is above 0.7.
"""

import re
from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Match", "RougePool", "common_words", "rouge_l", "tokens"]

_TOKEN: Final = re.compile(r"[^\W_]+")


class Match(NamedTuple):
    """The most similar text."""

    key: str
    score: float
    """ROUGE-L, in [0, 1]."""


def tokens(text: str) -> list[str]:
    """Return the lower-cased words; for ASCII the same as `rouge_score` without stemming."""
    return _TOKEN.findall(text.lower())


def rouge_l(a: str, b: str) -> float:
    """Return the F-measure of the longest common subsequence of words, in [0, 1]; symmetric.

    >>> rouge_l("the cat sat on the mat", "the cat lay on a mat")
    0.6666666666666666
    """
    one, other = tokens(a), tokens(b)
    return 2 * common_words(one, other) / (len(one) + len(other)) if one and other else 0.0


def common_words(a: Sequence[str], b: Sequence[str]) -> int:
    """Return the length of the longest common subsequence."""
    return _common(_places(a), len(a), b)


def _places(words: Sequence[str]) -> dict[str, int]:
    """Return for each word the places where it stands, as bits."""
    found: dict[str, int] = {}
    for at, word in enumerate(words):
        found[word] = found.get(word, 0) | 1 << at
    return found


def _common(places: Mapping[str, int], size: int, words: Sequence[str]) -> int:
    full = (1 << size) - 1
    row = full
    for word in words:
        if bits := places.get(word):
            met = row & bits
            row = ((row + met) | (row - met)) & full
    return size - row.bit_count()


class RougePool:
    """Texts to compare others with; the words they share bound the score, so few are compared."""

    def __init__(self) -> None:
        """Begin empty."""
        self._keys: list[str] = []
        self._texts: list[list[str]] = []
        self._sizes = array("i")
        self._holders: defaultdict[tuple[str, int], array[int]] = defaultdict(lambda: array("i"))

    def __len__(self) -> int:
        """How many texts it holds."""
        return len(self._keys)

    def add(self, key: str, text: str) -> None:
        """Add a text under a key that `most_similar` returns; keys may repeat."""
        found = tokens(text)
        for word in _counted(found):
            self._holders[word].append(len(self._keys))
        self._keys.append(key)
        self._texts.append(found)
        self._sizes.append(len(found))

    def most_similar(self, text: str, *, floor: float = 0.0) -> Match | None:
        """Return the text with the highest score above the floor, the earliest of equals, or None.

        Exact: the number of shared words bounds the common subsequence. With a floor near the
        threshold that matters, next to nothing is compared.
        """
        found = tokens(text)
        if not found:
            return None
        bounds = self._bounds(found)
        if bounds is None:
            return None
        places, best, score = _places(found), -1, floor
        for at in _likeliest_first(bounds, floor):
            if bounds[at] < score:
                break
            words = self._texts[at]
            value = 2 * _common(places, len(found), words) / (len(found) + len(words))
            if value > score or (value == score and 0 <= at < best):
                best, score = at, value
        return Match(self._keys[best], score) if best >= 0 else None

    def _bounds(self, found: Sequence[str]) -> NDArray[np.float64] | None:
        """Return the most that each text's score can be, or None where no word is shared."""
        rows = [
            np.frombuffer(self._holders[word], dtype=np.intc)
            for word in _counted(found)
            if word in self._holders
        ]
        if not rows:
            return None
        shared = np.bincount(np.concatenate(rows), minlength=len(self._keys))
        sizes = np.frombuffer(self._sizes, dtype=np.intc)
        return 2.0 * shared / (sizes + len(found))


def _counted(words: Sequence[str]) -> list[tuple[str, int]]:
    """Return each word with the number of its earlier occurrences, so that none is there twice."""
    seen: dict[str, int] = {}
    counted = []
    for word in words:
        number = seen.get(word, 0)
        seen[word] = number + 1
        counted.append((word, number))
    return counted


def _likeliest_first(bounds: NDArray[np.float64], floor: float) -> list[int]:
    """Return the texts that can score above the floor, by descending bound, earlier ones first."""
    rows = np.flatnonzero(bounds > floor)
    order: list[int] = rows[np.argsort(-bounds[rows], kind="stable")].tolist()
    return order
