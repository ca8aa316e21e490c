"""Numbers in English words: "three", "twenty-five", "two hundred and ten", "three quarters".

"One", "a" and ordinals are no numbers here: they mostly are not meant as one.
"""

import re
from fractions import Fraction
from typing import Final, NamedTuple

__all__ = ["Spelled", "spelled"]


class Spelled(NamedTuple):
    """A number in words and where it stands."""

    value: Fraction
    start: int
    end: int


_UNITS: Final = "zero one two three four five six seven eight nine ten eleven twelve thirteen"
_TEENS: Final = "fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL: Final = {word: n for n, word in enumerate(f"{_UNITS} {_TEENS}".split())} | {
    word: 10 * n for n, word in enumerate(_TENS.split(), start=2)
}
_SCALE: Final = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "dozen": 12}
_PARTS: Final = {"half": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fifth": 5}
_PARTS_OF: Final = _PARTS | {"halves": 2, "fifths": 5, "tenth": 10, "tenths": 10, "fourths": 4}

_ANY: Final = "|".join(sorted((*_SMALL, *_SCALE), key=len, reverse=True))
_RUN: Final = re.compile(
    rf"\b(?:(?:{_ANY})\b(?:[ -](?:and )?(?=(?:{_ANY})\b))?)+"
    rf"(?:[ -](?P<part>{'|'.join(_PARTS_OF)})\b(?! (?:of|quarter)\b(?! (?:a|an|the|all|its)\b)))?",
    re.IGNORECASE,
)
_ALONE: Final = re.compile(
    r"\b(?:(?:a|one)[ -])?(half)\b(?!-)|\b(?:a|one)[ -](third|quarter|fifth|tenth)\b", re.IGNORECASE
)
_HINT: Final = re.compile(rf"\b(?:{_ANY}|half|third|quarter|fifth|tenth)", re.IGNORECASE)


def spelled(text: str) -> list[Spelled]:
    """Return the numbers that a text states in words, in order.

    >>> [float(n.value) for n in spelled("Twenty-five of two hundred and ten, a half.")]
    [25.0, 210.0, 0.5]
    """
    if not _HINT.search(text):
        return []
    found = [
        Spelled(value, match.start(), match.end())
        for match in _RUN.finditer(text)
        if (value := _value(match)) is not None
    ]
    taken = [(number.start, number.end) for number in found]
    for match in _ALONE.finditer(text):
        if not any(start < match.end() and match.start() < end for start, end in taken):
            part = (match[1] or match[2]).lower()
            found.append(Spelled(Fraction(1, _PARTS_OF[part]), match.start(), match.end()))
    return sorted(found, key=lambda number: number.start)


def _value(match: re.Match[str]) -> Fraction | None:
    part = match["part"]
    run = match[0][: match.start("part") - match.start()] if part else match[0]
    words = [word for word in re.split(r"[ -]+", run.lower()) if word and word != "and"]
    if words == ["one"]:
        return Fraction(1, _PARTS_OF[part.lower()]) if part else None
    before = match.string[max(match.start() - 2, 0) : match.start()].lower()
    if words[0] in _SCALE and before != "a ":
        return None  # 2,110 thousand, several hundred
    number = _whole(words)
    if number is None:
        return None
    if not part:
        return Fraction(number)
    return Fraction(number, _PARTS_OF[part.lower()])


def _whole(words: list[str]) -> int | None:
    """Return the number; None for several in a row, "nineteen ninety"."""
    total = current = 0
    for word in words:
        if word in _SMALL:
            rest = current % 100
            if rest and (rest % 10 or rest < 20 or _SMALL[word] > 9):
                return None
            current += _SMALL[word]
        elif word in {"hundred", "dozen"}:
            current = max(current, 1) * _SCALE[word]
        else:
            total += max(current, 1) * _SCALE[word]
            current = 0
    return total + current
