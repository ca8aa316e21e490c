"""Texts that a dataset must not come near: benchmarks, or real records that are kept for testing.

A text is too near to a protected one where, in this order,

* `13-gram`: they share 13 consecutive words. Brown et al., GPT-3, arXiv:2005.14165, appendix C.
* `8-gram`: they share half of the 8-grams of the shorter. Chowdhery et al., PaLM, arXiv:2204.02311,
  section 8, ask for 70 % of the benchmark's; half finds short copies with a word changed.
* `semantic`: the cosine of their vectors reaches a threshold.

What GPT-3's authors did with common 13-grams of the web is done here with those of the benchmark:
8-grams that stand in more than 10 rows are its boilerplate ("Answer the following question …"),
prove nothing and are left out.

Every text in a row of at least four words counts, each for itself; a row without one is protected
by its longest text. Words are compared without case and marks. Limits: a script without blanks
between words has no n-grams, and texts of less than 8 words have none either; there the vectors
alone decide.

Memory: 12 bytes a word for n-grams, 1 kB a text for its vector of width 384, and the texts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from synth_agent.quality.grams import Grams, Postings, word_grams
from synth_agent.store.embedders import Embedder
from synth_agent.store.nearby import Nearby
from synth_agent.store.vectors import exact

__all__ = ["Kind", "Match", "Protected", "ProtectedSets"]

Kind = Literal["13-gram", "8-gram", "semantic"]
Row = Mapping[str, JsonValue]

_SIZE: Final = 8
_LONG: Final = 13
_SHARE: Final = 0.5
_COMMON: Final = 10
_FEWEST: Final = 4
_BATCH: Final = 1_000
_IDENTIFIERS: Final = ("task_id", "question_id", "id", "uid")


class Protected(NamedTuple):
    """A text and the row that it comes from."""

    name: str
    """`gsm8k/12`: the file and the row, counted from 1, or the row's own identifier."""
    text: str


@dataclass(frozen=True, slots=True)
class Match:
    """The protected text that a text comes too near to."""

    name: str
    kind: Kind
    score: float
    """Consecutive words shared (13-gram), share of the shorter's 8-grams, or cosine."""
    text: str
    """The protected text, whole."""


class ProtectedSets:
    """Protected texts, to compare others with. Made once; lookups change nothing.

    Args:
        threshold: Cosine from which a text is too near.
    """

    def __init__(
        self, protected: Iterable[Protected], *, embedder: Embedder, threshold: float = 0.9
    ) -> None:
        self._protected = list(protected)
        self._near = Nearby(embedder.dimensions, threshold=threshold)
        for start in range(0, len(self._protected), _BATCH):
            part = [p.text for p in self._protected[start : start + _BATCH]]
            self._near.add(range(start, start + len(part)), exact(embedder.embed(part)))
        texts = [p.text for p in self._protected]
        self._grams = Postings()
        self._sizes, self._starts = _indexed(texts, self._rows(), self._grams)

    @classmethod
    def read(
        cls,
        paths: Iterable[Path],
        *,
        embedder: Embedder,
        rows: Callable[[Path], Iterable[Row]],
        threshold: float = 0.9,
    ) -> Self:
        """Return the texts of dataset files.

        Args:
            rows: Reads a file's rows, see `exports.read_rows`, whose errors pass through.
        """
        found = (text for path in paths for text in _texts(path, rows(path)))
        return cls(found, embedder=embedder, threshold=threshold)

    def __len__(self) -> int:
        return len(self._protected)

    def finding(self, text: str, vector: NDArray[np.float32] | None = None) -> Match | None:
        """Return what a text comes too near to, or None; many at once are much cheaper."""
        return self.findings([text], None if vector is None else vector[None, :])[0]

    def findings(
        self, texts: Sequence[str], vectors: NDArray[np.float32] | None = None
    ) -> list[Match | None]:
        """Return for each text what it comes too near to, or None; the same in any batches.

        Args:
            vectors: A row a text, from the embedder that this was made with; None: words alone are
                compared.
        """
        found: list[Match | None] = [None] * len(texts)
        for at, match in self._by_words(texts):
            found[at] = match
        if vectors is not None:
            rest = [at for at, match in enumerate(found) if match is None]
            nearest = self._near.nearest(exact(vectors[rest]))
            for at, near in zip(rest, nearest, strict=True):
                if near is not None:
                    found[at] = self._match(near.key, "semantic", near.similarity)
        return found

    def _match(self, number: int, kind: Kind, score: float) -> Match:
        name, text = self._protected[number]
        return Match(name, kind, round(score, 6), text)

    def _rows(self) -> NDArray[np.int64]:
        """Return the number of the row that each text comes from."""
        numbers: defaultdict[str, int] = defaultdict(lambda: len(numbers))
        return np.fromiter((numbers[p.name] for p in self._protected), np.int64, len(self))

    def _by_words(self, texts: Sequence[str]) -> Iterator[tuple[int, Match]]:
        """Yield the texts that share words with a protected one, and with which."""
        grams = word_grams(texts, size=_SIZE)
        asked, places = self._grams.find(grams.hashes)
        if not len(asked):
            return
        sizes = np.bincount(grams.texts, minlength=len(texts))
        order = np.argsort(grams.texts[asked], kind="stable")
        here, there, owners = grams.places[asked[order]], places[order], grams.texts[asked[order]]
        begins = np.flatnonzero(np.append(True, owners[1:] != owners[:-1]))
        for start, end in pairwise([*begins.tolist(), len(owners)]):
            at = int(owners[start])
            match = self._shared(here[start:end], there[start:end], int(sizes[at]))
            if match is not None:
                yield at, match

    def _shared(self, here: NDArray[np.int64], there: NDArray[np.int64], size: int) -> Match | None:
        """Return the worst that pairs of places, of one text and of protected ones, amount to."""
        numbers = np.searchsorted(self._starts, there, side="right") - 1
        words, number = _longest_run(here, there, numbers)
        if words >= _LONG:
            return self._match(number, "13-gram", words)
        shares = [
            (-_different(here[of], there[of]) / min(size, int(self._sizes[n])), int(n))
            for n in np.unique(numbers)
            for of in [numbers == n]
        ]
        share, number = min(shares)
        return self._match(number, "8-gram", -share) if -share >= _SHARE else None


def _indexed(
    texts: Sequence[str], rows: NDArray[np.int64], index: Postings
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
        telling = _telling(every.hashes, rows[every.texts])
        index.add(every.hashes[telling], every.places[telling])
    return sizes, starts


def _telling(hashes: NDArray[np.uint64], rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which n-grams stand in so few rows that sharing them says something."""
    order = np.lexsort((rows, hashes))
    hashes, rows = hashes[order], rows[order]
    begins = np.append(True, hashes[1:] != hashes[:-1])
    another = begins | np.append(True, rows[1:] != rows[:-1])
    groups = np.cumsum(begins) - 1
    counts = np.bincount(groups, weights=another)
    telling = np.empty(len(hashes), dtype=np.bool_)
    telling[order] = counts[groups] <= _COMMON
    return telling


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


# ---------------------------------------------------------------------------------- rows of a file


def _texts(path: Path, rows: Iterable[Row]) -> Iterator[Protected]:
    for number, row in enumerate(rows, start=1):
        name = _name(path.stem, number, row)
        texts = [text for value in row.values() for text in _leaves(value)]
        whole = [text for text in texts if len(text.split()) >= _FEWEST]
        longest = max(texts, key=len, default="")
        for text in whole or ([longest] if longest.strip() else []):
            yield Protected(name, text)


def _leaves(value: JsonValue) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, str):
        yield value


def _name(stem: str, number: int, row: Row) -> str:
    own = next((str(row[key]) for key in _IDENTIFIERS if row.get(key) not in (None, "")), "")
    if own.casefold().startswith(stem.casefold()):
        return own
    return f"{stem}/{own or number}"
