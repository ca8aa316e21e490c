"""Two texts beside each other, short enough to be read, with what makes them alike marked."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from synth_agent.exports.marks import Piece, marked
from synth_agent.schemas import Measure
from synth_agent.schemas.record import RUNS

__all__ = ["Sides", "excerpts"]

_LONGEST: Final = 400
"""Characters that are shown of a text."""
_SIZE: Final = 8
_WORD: Final = re.compile(r"[^\W_]+")
"""A word as `quality.rouge.tokens` finds it."""


class Sides(NamedTuple):
    """Both texts in pieces; marked is what they share, or what differs."""

    left: list[Piece]
    right: list[Piece]
    shared: bool


class _Run(NamedTuple):
    """Words that stand in both texts, by the numbers of their first."""

    left: int
    right: int
    size: int


def excerpts(left: str, right: str, measure: Measure) -> Sides:
    """Return 400 characters of each: those around the words they share, or the first.

    Either may be a passage that begins or ends with an ellipsis, where it was cut.

    >>> said = " ".join(f"w{n}" for n in range(20))
    >>> [piece.text for piece in excerpts(f"So: {said}", said, "13-gram").left][0]
    'So: '
    """
    if measure in RUNS:
        ours, theirs = ([*_WORD.finditer(text)] for text in (left, right))
        run = _longest(_folded(ours), _folded(theirs))
        if run.size:
            return Sides(
                _around(left, ours[run.left : run.left + run.size]),
                _around(right, theirs[run.right : run.right + run.size]),
                shared=True,
            )
        # What they share stands in a part of the text that was not kept.
        return Sides(_plain(left), _plain(right), shared=False)
    return Sides(*marked(_beginning(left), _beginning(right)), shared=False)


def _folded(words: Sequence[re.Match[str]]) -> list[str]:
    return [word[0].lower() for word in words]


def _longest(left: list[str], right: list[str]) -> _Run:
    """Return the longest run of at least eight words that both hold; size 0: there is none."""
    places: dict[tuple[str, ...], int] = {}
    for at in range(len(right) - _SIZE + 1):
        places.setdefault(tuple(right[at : at + _SIZE]), at)
    best = _Run(0, 0, 0)
    at = 0
    while at <= len(left) - _SIZE:
        there = places.get(tuple(left[at : at + _SIZE]))
        if there is not None:
            size = _SIZE
            while left[at + size : at + size + 1] == right[there + size : there + size + 1] != []:
                size += 1
            best = max(best, _Run(at, there, size), key=lambda run: run.size)
            at += size - _SIZE
        at += 1
    return best


def _around(text: str, run: Sequence[re.Match[str]]) -> list[Piece]:
    """Return a part of the text with the run in its middle, or the beginning of a long run."""
    start, end = run[0].start(), run[-1].end()
    spare = max(0, _LONGEST - (end - start))
    first = max(0, start - max(spare // 2, spare - (len(text) - end)))
    last = min(len(text), first + _LONGEST)
    before = _opened(text[first:start]) if first else text[:start]
    inside = text[start:end] if end <= last else _closed(text[start:last])
    after = text[end:last] if last == len(text) else _closed(text[end:last])
    pieces = [Piece(before, marked=False), Piece(inside, marked=True)]
    if end <= last:
        pieces.append(Piece(after, marked=False))
    return [piece for piece in pieces if piece.text]


def _plain(text: str) -> list[Piece]:
    return [Piece(_beginning(text), marked=False)]


def _beginning(text: str) -> str:
    return text if len(text) <= _LONGEST else _closed(text[:_LONGEST])


def _opened(text: str) -> str:
    """Return a text that begins in the middle, from its next word on."""
    return f"… {text.partition(' ')[2] or text}"


def _closed(text: str) -> str:
    """Return a text that ends in the middle, up to its last whole word."""
    return f"{text.rpartition(' ')[0] or text} …"
