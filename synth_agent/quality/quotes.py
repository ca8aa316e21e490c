"""Does a quotation stand in its source, and do an answer's numbers stand in its sources?

A quotation is found whatever its case, white space, typographic quotes and dashes, ligatures, soft
hyphens and hyphenation at line ends; its words must be the source's words, in order and whole.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from pydantic import JsonValue

from synth_agent.quality.spelled import spelled
from synth_agent.quality.support import NUMBER, Support
from synth_agent.quality.written import VULGAR

__all__ = ["Span", "locate", "unquoted", "unsupported_numbers"]

_SAME: Final = {
    **dict.fromkeys("‘’\u201a\u201b\u2032`\u00b4", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("\u2010\u2011\u2012–—\u2015−\u2212\ufe58\ufe63\uff0d", "-"),
}
_DROPPED: Final = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
_EDGES: Final = " \t\r\n.,;:!?…\"'“”„‘’«»"
_PARTED: Final = re.compile(r"(?<=[^\W\d_])-[^\S\n]*\n\s*(?=[^\W\d_])")
_ENUMERATION: Final = re.compile(
    r"^\s*(?:step\s+)?\(?\d{1,2}[.):](?=\s)", re.IGNORECASE | re.MULTILINE
)
_ORDINAL: Final = re.compile(r"(?<!\w)\d+(?:st|nd|rd|th)\b")
_FRACTION: Final = re.compile(r"(?<![\w./])(\d{1,4})/(\d{1,4})(?![\w/])")
_CLOCK: Final = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?![\d:])")
_DURATION: Final = re.compile(
    r"(?<!\w)(\d+)\s?(?:h|hrs?|hours?|m|mins?|minutes?)\b,?\s*(?:and\s+)?"
    r"(\d+)\s?(?:m|mins?|minutes?|s|secs?|seconds?)\b",
    re.IGNORECASE,
)


class Span(NamedTuple):
    """A stretch of a text: text[start:end]."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Normal:
    """A text in its normal form, hyphens inside words left out."""

    text: str
    places: Sequence[int]
    """For each character, the index in the original that it came from."""
    hard: Sequence[int]
    """Where a hyphen was left out, ascending."""
    soft: Sequence[int]
    """Where one at a line's end was: whether it belongs to the word is unknown."""


def locate(quote: str, source: str) -> Span | None:
    r"""Return where a quotation stands in its source, the first place of several, or None.

    Quotes, ellipses and punctuation at the quotation's ends are not looked for. Cuts inside ("…")
    are not understood: look the pieces up one by one.

    >>> locate("the manufacture of “gears”", 'On the manu-\nfacture of "gears".')
    Span(start=3, end=30)
    """
    wanted, known = _normal(quote.strip(_EDGES)), _source(source)
    if not wanted.text:
        return None
    at = known.text.find(wanted.text)
    while at >= 0:
        end = at + len(wanted.text)
        if _whole(known.text, at, end) and _same_hyphens(wanted, known, at, end):
            return Span(known.places[at], known.places[end - 1] + 1)
        at = known.text.find(wanted.text, at + 1)
    return None


def unquoted(quotes: Iterable[str], source: str) -> list[str]:
    """Return the quotations that do not stand in the source, in order."""
    return [quote for quote in quotes if locate(quote, source) is None]


@lru_cache(maxsize=4)
def _source(text: str) -> _Normal:
    """Return the normal form; kept, since one source is asked for many quotations."""
    return _normal(text)


def _normal(text: str) -> _Normal:
    letters: list[str] = []
    places: list[int] = []
    hard: list[int] = []
    soft: list[int] = []
    parted = {match.start(): match.end() for match in _PARTED.finditer(text)}
    at = 0
    while at < len(text):
        letter = text[at]
        if at in parted:
            soft.append(len(letters))
            at = parted[at]
            continue
        for sign in _signs(letter):
            if sign == " " and (not letters or letters[-1] == " "):
                continue
            if sign == "-" and _inside_a_word(text, at):
                hard.append(len(letters))
                continue
            letters.append(sign)
            places.append(at)
        at += 1
    return _Normal("".join(letters).rstrip(" "), places, hard, soft)


def _signs(letter: str) -> str:
    """Return what a character is in the normal form; nothing for a soft hyphen."""
    if letter in _DROPPED:
        return ""
    if letter.isspace():
        return " "
    if letter.isascii():
        return letter.lower() if letter != "`" else "'"
    if letter in _SAME:
        return _SAME[letter]
    return unicodedata.normalize("NFKD", letter).casefold()


def _inside_a_word(text: str, at: int) -> bool:
    return 0 < at < len(text) - 1 and text[at - 1].isalpha() and text[at + 1].isalpha()


def _whole(text: str, start: int, end: int) -> bool:
    """Return whether no word is cut at either end."""
    before = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    behind = end < len(text) and text[end].isalnum() and text[end - 1].isalnum()
    return not before and not behind


def _same_hyphens(wanted: _Normal, known: _Normal, start: int, end: int) -> bool:
    """Return whether the hyphens inside words agree, those at line ends agreeing with any."""
    hard = set(_within(known.hard, start, end))
    free = set(_within(known.soft, start, end))
    asked, asked_free = ({at + start for at in found} for found in (wanted.hard, wanted.soft))
    return hard <= asked | asked_free and asked <= hard | free


def _within(places: Sequence[int], start: int, end: int) -> Sequence[int]:
    return places[bisect_left(places, start + 1) : bisect_left(places, end)]


def unsupported_numbers(
    answer: str, sources: Sequence[str], *, facts: Mapping[str, JsonValue] | None = None
) -> list[str]:
    """Return the numbers of an answer that do not stand in the sources, as written, in order.

    A number may be rounded, in words, in per cent, a fraction, a clock or a duration: `Support`.
    Numbers of lines, ordinals and digits of names are none.
    """
    support = Support(sources, {"facts": dict(facts or {}), "read": _read(sources)})
    bare = _ORDINAL.sub(_blank, _ENUMERATION.sub(_blank, answer))
    bare = _DURATION.sub(
        lambda said: _blank(said) if support.has_duration(int(said[1]), int(said[2])) else said[0],
        bare,
    )
    bare = _FRACTION.sub(
        lambda said: _blank(said) if support.has(_decimal(_share(said))) else said[0], bare
    )
    missing = [
        (found.start(), found[0])
        for found in NUMBER.finditer(bare)
        if not support.has(found[0], behind=bare[found.end() : found.end() + 12])
    ]
    missing += [
        (number.start, answer[number.start : number.end])
        for number in spelled(answer)
        if number.value and not support.has(_decimal(float(number.value)))
    ]
    return [said for _, said in sorted(missing)]


def _read(sources: Sequence[str]) -> dict[str, JsonValue]:
    """Return the numbers in words, fractions, clocks and durations (in minutes) of the sources."""
    found = [
        value
        for text in sources
        for value in (
            *(float(number.value) for number in spelled(text)),
            *(_share(match) for match in _FRACTION.finditer(text)),
            *(
                60.0 * int(match[1]) + int(match[2])
                for pattern in (_CLOCK, _DURATION)
                for match in pattern.finditer(text)
            ),
            *(float(VULGAR[letter]) for letter in text if letter in VULGAR),
        )
    ]
    return {str(at): value for at, value in enumerate(found)}


def _decimal(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _share(match: re.Match[str]) -> float:
    return int(match[1]) / (int(match[2]) or 1)
