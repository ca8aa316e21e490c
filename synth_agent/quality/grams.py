"""Word n-grams of many texts at once as 8-byte hashes, and an index of what stands where.

Two different n-grams have the same hash once in 2**64; two different words the same code once in
2**32, which makes two n-grams equal only where all of their other words are.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from synth_agent.quality.rouge import tokens

__all__ = ["Grams", "Postings", "word_grams"]

_FIRST: Final = np.uint64(0x9E3779B97F4A7C15)
_SECOND: Final = np.uint64(0xBF58476D1CE4E5B9)
_BASE: Final = 0xD6E8FEB86659FD93
_RECENT: Final = 4
"""What was added waits apart until it is this part of the whole, so that merging stays cheap."""


class Grams(NamedTuple):
    """N-grams in the order of the texts, and within a text in its own; arrays of one length."""

    hashes: NDArray[np.uint64]
    texts: NDArray[np.int64]
    """Number of the text that each stands in."""
    places: NDArray[np.int64]
    """Number of its first word, over all texts."""


def word_grams(texts: Sequence[str], *, size: int, edges: bool = False) -> Grams:
    """Return the n-grams of each text's words as `rouge.tokens` finds them, lower-cased.

    A text of fewer words has none.

    Args:
        size: Words in an n-gram.
        edges: Count the beginning and the end of a text that has words as a word each.
    """
    codes = [_codes(text, edges) for text in texts]
    lengths = np.fromiter(map(len, codes), np.int64, len(codes))
    total = int(lengths.sum())
    mixed = _mix(np.fromiter(chain.from_iterable(codes), np.uint64, total))
    owners = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
    ends = np.repeat(np.cumsum(lengths), lengths)
    places = np.flatnonzero(np.arange(total) + size <= ends)
    hashes = np.zeros(len(places), dtype=np.uint64)
    for step in range(size):
        hashes *= np.uint64(_BASE)
        hashes += mixed[places + step]
    return Grams(hashes, owners[places], places)


def _codes(text: str, edges: bool) -> list[int]:  # noqa: FBT001
    codes = [crc32(word.encode(errors="replace")) for word in tokens(text)]
    return [0, *codes, 0] if edges and codes else codes


def _mix(codes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return 64 bits that all depend on every bit of the code (SplitMix64's finaliser)."""
    codes = (codes + np.uint64(1)) * _FIRST
    codes = (codes ^ (codes >> np.uint64(30))) * _SECOND
    return codes ^ (codes >> np.uint64(31))


class Postings:
    """Numbers under hashes, in sorted arrays: 12 bytes an entry. Numbers are below 2**31."""

    def __init__(self) -> None:
        self._parts = [_empty(), _empty()]
        """What is settled, and what came since."""

    def __len__(self) -> int:
        return sum(len(keys) for keys, _ in self._parts)

    def add(self, hashes: NDArray[np.uint64], numbers: NDArray[np.int64]) -> None:
        """Put each number under its hash; a pair may come again."""
        settled, recent = self._parts
        recent = _merged(recent, (hashes, numbers.astype(np.int32)))
        if len(recent[0]) * _RECENT > len(settled[0]):
            settled, recent = _merged(settled, recent), _empty()
        self._parts = [settled, recent]

    def find(self, hashes: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Return every (place among the hashes asked for, number that stands under it)."""
        asked, found = [], []
        for keys, numbers in self._parts:
            first = np.searchsorted(keys, hashes, side="left")
            counts = np.searchsorted(keys, hashes, side="right") - first
            rows = np.repeat(np.arange(len(hashes)), counts)
            before = np.cumsum(counts) - counts
            at = np.arange(len(rows)) + np.repeat(first - before, counts)
            asked.append(rows)
            found.append(numbers[at].astype(np.int64))
        return np.concatenate(asked), np.concatenate(found)


_Part = tuple[NDArray[np.uint64], NDArray[np.int32]]


def _empty() -> _Part:
    return np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int32)


def _merged(part: _Part, other: _Part) -> _Part:
    keys = np.concatenate([part[0], other[0]])
    numbers = np.concatenate([part[1], other[1]])
    order = np.argsort(keys, kind="stable")
    return keys[order], numbers[order]
