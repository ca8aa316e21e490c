"""Text that others wrote, as a terminal shows it: harmless, short, and two of them compared."""

import re
from collections.abc import Iterable
from typing import Final

from rich.text import Text

from synth_agent.exports.excerpts import excerpts
from synth_agent.exports.marks import Piece, marked
from synth_agent.schemas import Measure
from synth_agent.schemas.record import RUNS

__all__ = ["beside", "harmless", "one_line", "printable"]

_STEERING: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What moves a cursor, colours, rings, or turns the reading direction round; half surrogates."""
_AROUND: Final = 5
"""Words that stay on either side of what two texts share."""
_MARKED: Final = "bold yellow"
_GAP: Final = "…"


def printable(text: str) -> str:
    r"""Return a text that cannot steer a terminal; its lines stay.

    >>> printable("red: \x1b[31m")
    'red: \ufffd[31m'
    """
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def harmless(text: str, style: str = "") -> Text:
    r"""Return a text in one line that neither steers a terminal nor is read as markup.

    >>> harmless("red\n[bold]\x1b").plain
    'red [bold]\ufffd'
    """
    return Text(" ".join(printable(text).splitlines()), style)


def one_line(text: str, limit: int) -> str:
    """Return a text in one line of at most so many characters.

    >>> one_line("How  many parts?", 9)
    'How many…'
    """
    whole = " ".join(printable(text).split())
    return whole if len(whole) <= limit else f"{whole[: limit - 1].rstrip()}{_GAP}"


def beside(one: str, other: str, measure: Measure, *, limit: int) -> tuple[Text, Text]:
    """Return two texts in a line each, with what makes them alike or different emphasised.

    Of texts that are alike by runs of words, what they share stands out; of others what differs,
    and long parts that they share shrink.

    Args:
        limit: Characters of each at most.
    """
    left, right = (" ".join(printable(text).split()) for text in (one, other))
    if measure in RUNS:
        sides = excerpts(left, right, measure)
        return _drawn(sides.left, limit), _drawn(sides.right, limit)
    pieces = marked(left, right)
    return _drawn(map(_shrunk, pieces[0]), limit), _drawn(map(_shrunk, pieces[1]), limit)


def _shrunk(piece: Piece) -> Piece:
    words = piece.text.split()
    if piece.marked or len(words) <= 2 * _AROUND + 1:
        return piece
    after = " " if piece.text.endswith(" ") else ""
    kept = " ".join([*words[:_AROUND], _GAP, *words[-_AROUND:]])
    return Piece(f"{kept}{after}", marked=False)


def _drawn(pieces: Iterable[Piece], limit: int) -> Text:
    text = Text.assemble(*((piece.text, _MARKED if piece.marked else "") for piece in pieces))
    if len(text) > limit:
        text.right_crop(len(text) - limit + 1)
        text.append(_GAP)
    return text
