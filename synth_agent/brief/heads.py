"""Whether a number stands where one asks for records."""

from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.lexicon import (
    APPROXIMATE,
    ARTICLES,
)
from synth_agent.brief.terms import vocabulary
from synth_agent.brief.tokens import Token

__all__ = ["after_preposition", "at_head", "opens"]

_PREPOSITIONS: Final = vocabulary(
    "with of from in using has have having contain contains containing including within than per "
    "include includes each mit aus avec con de"
)


_AT_HEAD: Final = (
    APPROXIMATE
    | ARTICLES
    | vocabulary(
        "me us please at least most up to no more than fewer less over exactly total for my our "
        "i'd "
        "like is be of table list dataset data records file csv json jsonl mir uns moi nous et y "
        "und and then now "
        "it them balanced small big large jeu données conjunto datos datensatz von de also dame "
        "mindestens au moins al menos x"
    )
)


def _before(cursor: Cursor, begin: int, passed: frozenset[str]) -> Token:
    """Return the token before the number and the words that belong to it."""
    look = Cursor(cursor.brief, begin - 1)
    for _ in range(8):
        if look.peek().norm not in passed or look.at < 0:
            break
        look.at -= 1
    return look.peek()


def at_head(cursor: Cursor, begin: int) -> bool:
    """Whether the number is what a verb asks for, or opens its clause."""
    token = _before(cursor, begin, _AT_HEAD)
    return opens(token) or token.norm in {",", "-"} or token.norm in cursor.brief.make


def opens(token: Token) -> bool:
    """Whether a clause begins behind this token."""
    return token.kind in {"stop", "break", "heading"} or token.norm in {":", ";"}


def after_preposition(cursor: Cursor, begin: int) -> bool:
    """Whether "with", "of" or the like stands before the number, so that it is a part."""
    return _before(cursor, begin, APPROXIMATE | ARTICLES).norm in _PREPOSITIONS
