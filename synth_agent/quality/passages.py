"""What passages texts share with texts that are held, by word 8-grams.

Two texts share too much where, in this order,

* `13-gram`: 13 consecutive words are the same. Brown et al., GPT-3, arXiv:2005.14165, appendix C.
* `8-gram`: half of the 8-grams of the shorter are in both. Chowdhery et al., PaLM,
  arXiv:2204.02311, section 8, ask for 70 % of the benchmark's; half finds short copies with a word
  changed.

What GPT-3's authors did with common 13-grams of the web is done here with those of the texts held:
8-grams that stand in many rows are boilerplate ("Answer the following question …"), prove nothing
and are left out.

Words are compared without case and marks. Limits: a script without blanks between words has no
n-grams, and texts of less than 8 words have none either.

Memory: 12 bytes a word held.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth_agent.quality.grams import Grams, Postings, word_grams

__all__ = ["Passages", "Shared"]

_SIZE: Final = 8
_LONG: Final = 13
_SHARE: Final = 0.5
_BATCH: Final = 1_000


class Shared(NamedTuple):
    """The most that a text shares with one that is held."""

    number: int
    """Which one, in the order they were given."""
    measure: Literal["13-gram", "8-gram"]
    score: float
    """Consecutive words, or share of the shorter's 8-grams."""


class Passages:
    """Texts that others are searched for passages of. Made once; lookups change nothing.

    Args:
        rows: The row that each text comes from: its texts together count as one.
        common: Rows that an 8-gram stands in at most to say something.
        runs: Whether 13 words in a row are too much already, however long the texts are.
    """

    def __init__(
        self, texts: Sequence[str], *, rows: NDArray[np.int64], common: int, runs: bool = True
    ) -> None:
        self._runs = runs
        self._index = Postings()
        self._sizes, self._starts = _indexed(texts, rows, self._index, common=common)

    def shared(self, texts: Sequence[str]) -> Iterator[tuple[int, Shared]]:
        """Yield the places of the texts that share too much, and what; the same in any batches."""
        grams = word_grams(texts, size=_SIZE)
        asked, places = self._index.find(grams.hashes)
        if not len(asked):
            return
        sizes = np.bincount(grams.texts, minlength=len(texts))
        order = np.argsort(grams.texts[asked], kind="stable")
        here, there, owners = grams.places[asked[order]], places[order], grams.texts[asked[order]]
        begins = np.flatnonzero(np.append(True, owners[1:] != owners[:-1]))
        for start, end in pairwise([*begins.tolist(), len(owners)]):
            at = int(owners[start])
            found = self._most(here[start:end], there[start:end], int(sizes[at]))
            if found is not None:
                yield at, found

    def _most(self, here: NDArray[np.int64], there: NDArray[np.int64], size: int) -> Shared | None:
        """Return the most that pairs of places, of one text and of those held, amount to."""
        numbers = np.searchsorted(self._starts, there, side="right") - 1
        words, number = _longest_run(here, there, numbers)
        if self._runs and words >= _LONG:
            return Shared(number, "13-gram", words)
        shares = [
            (-_different(here[of], there[of]) / min(size, int(self._sizes[n])), int(n))
            for n in np.unique(numbers)
            for of in [numbers == n]
        ]
        share, number = min(shares)
        return Shared(number, "8-gram", round(-share, 6)) if -share >= _SHARE else None


def _indexed(
    texts: Sequence[str], rows: NDArray[np.int64], index: Postings, *, common: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Put 8-grams into the index; return how many each text has, and where its words start."""
    sizes = np.zeros(len(texts), dtype=np.int64)
    starts = np.zeros(len(texts), dtype=np.int64)
    parts, words = [], 0
    for at in range(0, len(texts), _BATCH):
        found = word_grams(texts[at : at + _BATCH], size=_SIZE)
        sizes[at : at + _BATCH] = np.bincount(found.texts, minlength=len(texts[at : at + _BATCH]))
        parts.append(Grams(found.hashes, found.texts + at, found.places + words))
        words += int(found.places[-1]) + _SIZE if len(found.places) else 0
    if parts:
        every = Grams(*map(np.concatenate, zip(*parts, strict=True)))
        first = np.searchsorted(every.texts, np.arange(len(texts)))
        starts = np.append(every.places, words)[first]
        telling = _rows_of(every.hashes, rows[every.texts]) <= common
        index.add(every.hashes[telling], every.places[telling])
    return sizes, starts


def _rows_of(hashes: NDArray[np.uint64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return in how many different rows each n-gram stands."""
    order = np.lexsort((rows, hashes))
    hashes, rows = hashes[order], rows[order]
    begins = np.append(True, hashes[1:] != hashes[:-1])
    another = begins | np.append(True, rows[1:] != rows[:-1])
    groups = np.cumsum(begins) - 1
    counts = np.empty(len(hashes), dtype=np.int64)
    counts[order] = np.bincount(groups, weights=another)[groups]
    return counts


def _longest_run(
    here: NDArray[np.int64], there: NDArray[np.int64], numbers: NDArray[np.int64]
) -> tuple[int, int]:
    """Return the words of the longest passage that is shared, and the text it is shared with.

    8-grams at consecutive places of both texts are one passage of 7 words more than there are of
    them. No passage reaches over the end of a text, for the last 7 words begin no 8-gram.
    """
    order = np.lexsort((here, there - here))
    here, there, numbers = here[order], there[order], numbers[order]
    goes_on = (np.diff(here) == 1) & (np.diff(there) == 1)
    begins = np.flatnonzero(np.append(True, ~goes_on))
    lengths = np.diff(np.append(begins, len(here)))
    best = np.lexsort((numbers[begins], -lengths))[0]
    return int(lengths[best]) + _SIZE - 1, int(numbers[begins[best]])


def _different(here: NDArray[np.int64], there: NDArray[np.int64]) -> int:
    """Return how many 8-grams are shared, each counted once on either side."""
    return min(len(np.unique(here)), len(np.unique(there)))
