"""Where two texts differ, word by word: what a reader of two near-duplicates looks for."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

__all__ = ["Piece", "marked"]

_WORD: Final = re.compile(r"\S+\s*|\s+")
_LONGEST: Final = 4_000
"""Characters of each text that are compared; the search for a common part is quadratic."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words."""

    text: str
    marked: bool


def marked(left: str, right: str) -> tuple[list[Piece], list[Piece]]:
    """Return both texts in pieces, those marked that the other text lacks.

    An ellipsis says that a text was cut, and is no word of it.

    Long texts end after 4,000 characters, with an ellipsis.

    >>> [piece.text for piece in marked("a red van", "a blue van")[1] if piece.marked]
    ['blue ']
    """
    ours, theirs = _split(left), _split(right)
    same = SequenceMatcher(
        None, [w.strip() for w in ours], [w.strip() for w in theirs], autojunk=False
    ).get_opcodes()
    return (
        [_piece(ours[a:b], kind) for kind, a, b, _, _ in same if a < b],
        [_piece(theirs[a:b], kind) for kind, _, _, a, b in same if a < b],
    )


def _piece(words: list[str], kind: str) -> Piece:
    text = "".join(words)
    return Piece(text, kind != "equal" and text.strip() != "…")


def _split(text: str) -> list[str]:
    return _WORD.findall(text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …")
