"""Chunks that belong together: material for questions whose answer needs two passages.

Two chunks are related if they share rare terms: names, which have no small first letter anywhere in
the chunks or hold letters and digits ("P-204"), and words, weighted by how few chunks have them
(inverse document frequency). One name or two words are enough. Overlapping passages and
near-identical ones (over 60 % of their terms in common) are no pair.

It sees wording, not meaning. Function words are known for English alone; elsewhere they are told by
being in many chunks, which takes a dozen chunks or more. Where words have no blanks between them,
two neighbouring characters are a term.
"""

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from synth_agent.documents.chunking import Chunk

__all__ = ["Pair", "neighbours", "pairs"]

_COMMON: Final = 30
"""Chunks a rare term may be in at most; bounds the work to this many steps a term and chunk."""
_RARE: Final = 5
"""One in so many chunks may have a rare term."""
_ALIKE: Final = 0.6
_PARTNERS: Final = 8
_SHOWN: Final = 8
_TERM: Final = re.compile(r"[^\W_]+(?:[-'’./][^\W_]+)*")
_DENSE: Final = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_STOP_WORDS: Final = (
    "about above after again against all also although always among and another any are around "
    "away back became because become been before being below between both but can cannot could "
    "did does done down during each either else ensure even ever every example few first following "
    "for from further get give given goes had has have having hence her here his how however into "
    "its itself just keep last least less like made make makes many may might more most much must "
    "need needs never next nor not note now off often once one only onto other otherwise our out "
    "over own part per please rather same second see set several shall she should show shown since "
    "some still such sure take than that the their them then there therefore these they this those "
    "three through thus too two under until upon use used using usually very via was way well were "
    "what when where whether which while who whose why will with within without would yet you your"
)
_STOP: Final = frozenset(_STOP_WORDS.split())


@dataclass(frozen=True, slots=True)
class Pair:
    """Two related chunks.

    Attributes:
        shared: What they have in common, rarest first, in lower case.
        weight: Sum of the shared terms' inverse document frequencies; names count twice.
    """

    first: Chunk
    second: Chunk
    shared: tuple[str, ...]
    weight: float


class _Tie(NamedTuple):
    weight: float
    other: int
    shared: tuple[str, ...]


def neighbours(chunks: Sequence[Chunk], chunk: Chunk, *, count: int = 5) -> tuple[Chunk, ...]:
    """Return the chunks most related to one of them, nearest first.

    Reads all chunks each time: for many, ask for `pairs`.
    """
    ties = _Kinship(chunks).ties(list(chunks).index(chunk))
    return tuple(chunks[tie.other] for tie in ties[:count])


def pairs(chunks: Sequence[Chunk], *, seed: int, count: int) -> tuple[Pair, ...]:
    """Return at most `count` different pairs; none where no two chunks are related.

    A chunk comes a second time only when every related chunk has had its turn. The order is a
    function of chunks and seed.
    """
    kinship = _Kinship(chunks)
    order = list(range(len(chunks)))
    random.Random(seed).shuffle(order)
    ties: dict[int, list[_Tie]] = {}
    uses: Counter[int] = Counter()
    taken: dict[tuple[int, int], Pair] = {}
    turn = 0
    while len(taken) < count and order:
        rest: list[int] = []
        for at in order:
            if len(taken) == count:
                break
            if at not in ties:
                ties[at] = kinship.ties(at)
            free = [t for t in ties[at] if (min(at, t.other), max(at, t.other)) not in taken]
            if free:
                rest.append(at)
            if not free or uses[at] > turn:
                continue
            best = min(free, key=lambda tie: (uses[tie.other], -tie.weight, tie.other))
            taken[min(at, best.other), max(at, best.other)] = Pair(
                chunks[at], chunks[best.other], best.shared, best.weight
            )
            uses.update((at, best.other))
        order, turn = rest, turn + 1
    return tuple(taken.values())


class _Kinship:
    """Which chunks have which rare terms."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._chunks = chunks
        self._terms: list[frozenset[str]] = []
        small: set[str] = set()
        for chunk in chunks:
            written = _written(chunk.text)
            small.update(word for word in written if word[0].islower())
            folded = {word.casefold() for word in written}
            self._terms.append(frozenset(term for term in folded if term not in _STOP))
        found: defaultdict[str, list[int]] = defaultdict(list)
        for at, terms in enumerate(self._terms):
            for term in terms:
                found[term].append(at)
        most = min(max(2, len(chunks) // _RARE), _COMMON)
        self._having = {term: ats for term, ats in found.items() if 2 <= len(ats) <= most}
        self._names = {term for term in self._having if _is_code(term) or term not in small}

    def ties(self, at: int) -> list[_Tie]:
        """Return the chunks that one is best paired with, the most related first."""
        shared: defaultdict[int, list[str]] = defaultdict(list)
        for term in sorted(self._terms[at]):
            for other in self._having.get(term, ()):
                if other != at:
                    shared[other].append(term)
        weighed = [
            self._tie(other, terms)
            for other, terms in shared.items()
            if len(terms) > 1 or terms[0] in self._names
        ]
        weighed.sort(key=lambda tie: (-tie.weight, tie.other))
        ties: list[_Tie] = []
        for tie in weighed:
            if len(ties) == _PARTNERS:
                break
            if not self._is_same(at, tie.other):
                ties.append(tie)
        return ties

    def _tie(self, other: int, terms: list[str]) -> _Tie:
        terms = sorted(terms, key=lambda term: (-self._weight(term), term))
        return _Tie(math.fsum(map(self._weight, terms)), other, tuple(terms[:_SHOWN]))

    def _weight(self, term: str) -> float:
        idf = math.log(1 + len(self._chunks) / len(self._having[term]))
        return 2 * idf if term in self._names else idf

    def _is_same(self, at: int, other: int) -> bool:
        first, second = self._chunks[at], self._chunks[other]
        overlap = first.start < second.end and second.start < first.end
        if overlap and first.document == second.document:
            return True
        common = len(self._terms[at] & self._terms[other])
        return common > _ALIKE * len(self._terms[at] | self._terms[other])


def _written(text: str) -> set[str]:
    """Return the words of three letters or more and the codes, as they are written."""
    found: set[str] = set()
    for word in set(_TERM.findall(text)):
        if _DENSE.search(word):
            found.update(word[at : at + 2] for at in range(len(word) - 1))
        elif _is_code(word) or (len(word) > 2 and any(map(str.isalpha, word))):
            found.add(word)
    return found


def _is_code(word: str) -> bool:
    """Letters and digits together: a part number, a station, a unit's name."""
    return any(map(str.isdecimal, word)) and any(map(str.isalpha, word))
