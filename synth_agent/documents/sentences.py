"""Where a text may be cut, and how many words it has, in languages with and without blanks.

A word is what stands between blanks. Chinese and Japanese have none: two of their characters count
as a word, five of Thai, Lao, Khmer and Burmese. What has over 100 letters without a blank (an
encoded picture) is no word, and counts as one a hundred. Only in these may a cut fall inside.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

__all__ = ["Span", "count_words", "pieces", "sentences"]

_DENSE: Final = (
    "\u3001-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
)
_LOOSE: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_WORD: Final = re.compile(rf"[{_DENSE}]{{1,2}}|[{_LOOSE}]{{1,5}}|[^\s{_DENSE}{_LOOSE}]{{1,100}}")
_ASCII_WORD: Final = re.compile(r"\S{1,100}")
_END: Final = re.compile(
    r"""
      (?<![.\s])(?P<dot>\.)["'”’)\]*_]*\s+(?=\S)
    | (?<![!?…])[!?…]+["'”’)\]*_]*\s+(?![a-z\s])
    | [\u3002\uff01\uff1f][\u300d\u300f”’\uff09]*
    | \n(?=[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t])
    """,
    re.VERBOSE,
)
_LAST_WORD: Final = re.compile(r"[^\s(\[\"'“‘]*\Z")
_INITIALS: Final = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
"""The word before a dot that is a letter, or letters with dots: J(.), e.g(.), U.S(.), z.B(.)."""
_SHORT: Final = (
    "abb abs approx art bd bzw ca cf ch chap co col corp dept dipl dr ed eds eq eqs etc evtl fig "
    "figs ggf hr hrsg inc incl inkl jr lt ltd max mio min mr mrs ms mt no nos nr op para pos pp "
    "prof ref resp rev sec sog sp sr st str tab temp tel usw vgl viz vol vs zzgl al"
)
_ABBREVIATIONS: Final = frozenset(_SHORT.split())


class Span(NamedTuple):
    """A stretch of a text, without blanks at either end."""

    start: int
    end: int


def count_words(text: str, start: int, end: int) -> int:
    """Return the words between two offsets."""
    return len((_ASCII_WORD if text.isascii() else _WORD).findall(text, start, end))


def sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the sentences between two offsets, and the items of a list written line by line.

    In doubt it does not cut: after initials, common abbreviations (English, German), a number that
    opens a line, and before a small letter.
    """
    at = start
    for found in _END.finditer(text, start, end):
        if found["dot"] and _goes_on(text, at, found):
            continue
        if span := _stripped(text, at, found.end()):
            yield span
        at = found.end()
    if span := _stripped(text, at, end):
        yield span


def pieces(text: str, start: int, end: int, size: int) -> Iterator[Span]:
    """Yield stretches of at most `size` words."""
    pattern = _ASCII_WORD if text.isascii() else _WORD
    found = list(pattern.finditer(text, start, end))
    for at in range(0, len(found), size):
        piece = found[at : at + size]
        yield Span(piece[0].start(), piece[-1].end())


def _goes_on(text: str, start: int, found: re.Match[str]) -> bool:
    following = text[found.end() : found.end() + 1]
    if following.islower():
        return True
    dot = found.start()
    last = _LAST_WORD.search(text, max(start, dot - 30), dot)
    assert last is not None, "the pattern matches nothing, too"
    word = last[0]
    if word.isdecimal():  # "1. Open the valve", but "It was 2019. Then ..."
        return len(word) <= 3 and not text[start : last.start()].strip()
    if word.casefold() in {"no", "max", "min", "temp", "sec"}:
        return following.isdecimal() or word[0].isupper()
    return _INITIALS.fullmatch(word) is not None or word.casefold() in _ABBREVIATIONS


def _stripped(text: str, start: int, end: int) -> Span | None:
    said = text[start:end]
    bare = said.strip()
    if not bare:
        return None
    lead = len(said) - len(said.lstrip())
    return Span(start + lead, start + lead + len(bare))
