"""Whether a stated result agrees with the computed one, and what excuses one that does not."""

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple

from synth_agent.quality.calculation import Calculation, Reading, calculate
from synth_agent.quality.measures import DIMENSIONS
from synth_agent.quality.ranges import Range
from synth_agent.quality.symbols import Symbol
from synth_agent.quality.written import SCALES

__all__ = ["Sides", "excused", "holds", "words_excuse"]

_ABOUT: Final = Fraction(1, 100)
_FLOAT: Final = Fraction(1, 10**13)
"""What floating-point numbers are out by: 11/18*162 = 99.00000000000001."""
_CONVERSIONS: Final = frozenset(
    {Fraction(10) ** power for power in range(1, 10)}
    | {Fraction(n) for n in (60, 3600, 24, 1440, 7, 12, 365, 52, 30, 31, 36, 3, 5280, 16, 4, 8, 2)}
    | {Fraction(n) for n in (128, 1760, 2000, 25, 5, 20)}
)
_CUT: Final = re.compile(
    r"ceil|floor|trunc|remain|left ?over|whole|full|complete|mod\b|\br ?\d|integer",
    re.IGNORECASE,
)
_ROUND: Final = re.compile(r"round|nearest", re.IGNORECASE)
_OTHERWISE: Final = re.compile(
    r"\b(?:base[- ]\d|binary|octal|hexadecimal|modulo|wrong|incorrect|mistak|false\b|not true)",
    re.IGNORECASE,
)
"""Said of an equation that is not meant to hold, or not in the usual way."""
_CLOSE_BY: Final = 70
_COMPOUND: Final = re.compile(
    r"\s*(?:hours?|hrs?|h|minutes?|mins?|weeks?|days?|years?|months?|feet|foot|ft|pounds?|lbs?|dozens?"
    r"|dollars?|\w+)?,?\s*(?:and\s+)?(?:an?\s+|\$)?(?:\d+|half|quarter|third)\s*(?:of\s+an?\s+)?"
    r"(?:minutes?|mins?|m|seconds?|secs?|days?|hours?|months?|inch(?:es)?|in|ounces?|oz|cents?"
    r"|left|extra)?\b(?!\s*[-+×*/x=.])",
    re.IGNORECASE,
)


class Sides(NamedTuple):
    """Both sides of an equation, read."""

    symbols: Sequence[Symbol]
    left: Calculation
    stated: Sequence[Symbol]
    right: Calculation


def holds(sides: Sides, *, about: bool) -> bool:
    """Return whether the right side is the left one, rounded or cut off as it is written."""
    left, right = sides.left.value, sides.right.value
    slack = _ABOUT if about else _FLOAT
    if abs(left.mid - right.mid) <= slack * abs(left.mid):
        return True
    return _agree(left, _stated(sides.right)) or _cut_off(sides)


def excused(sides: Sides, *, arrow: bool) -> bool:
    """Return whether what does not agree may still be meant, by its symbols."""
    left, right = sides.left.value.mid, sides.right.value.mid
    if arrow and ((left < 0 and right == 0) or abs(left - right) < 1):
        return True
    if _runs_on(sides) or _unknown(sides) or _rate(sides):
        return True
    divided = any(sides.symbols[at].text == "/" for at in sides.left.signs)
    if divided and right.denominator == 1 and abs(left - right) < 1:
        return True  # 8770 / 15 = 584 full boxes
    if (_part_of_whole(sides) and right >= 1) or (left < 0 < right and _span(sides)):
        return True
    return _after_a_dash(sides) or _other_units(sides)


def words_excuse(text: str, start: int, end: int, sides: Sides) -> bool:
    """Return whether the words around say that the result is cut, compound or not meant."""
    left, right = sides.left.value.mid, sides.right.value.mid
    line = text.rfind("\n", 0, start) + 1
    around = text[max(line, start - _CLOSE_BY) : start] + " " + text[start : end + _CLOSE_BY]
    if _OTHERWISE.search(around):
        return True
    slack = 0.05 * abs(left) if _ROUND.search(around) else 0
    if abs(left - right) < max(1, slack) and (slack or _CUT.search(around)):
        return True
    return 0 < left - right < 1 and _COMPOUND.match(text, end) is not None


def _said(sides: Sides) -> list[Symbol]:
    return [*sides.symbols, *sides.stated[: sides.right.end]]


def _agree(left: Range, right: Range) -> bool:
    return left.meets(right)


def _stated(right: Calculation) -> Range:
    """Return the range of a right side: a single number gets half its last digit."""
    if right.signs or len(right.numbers) != 1:
        return right.value
    number = right.numbers[0]
    if not number.value:
        return Range.of(right.value.mid, number.slack)
    return Range.of(right.value.mid, abs(number.slack * right.value.mid / number.value))


def _cut_off(sides: Sides) -> bool:
    """Return whether digits behind the point were dropped: 2/3 = 0.66."""
    value = _stated(sides.right)
    left, slack = sides.left.value.mid, value.high - value.mid
    at = sides.right.end
    dots = at < len(sides.stated) and sides.stated[at].text in {".", "…"}
    dots = dots and sides.stated[at].start == sides.stated[at - 1].end
    more = sides.stated[at + 1 : at + 2]
    elided = dots and (sides.stated[at].text == "…" or bool(more and more[0].text == "."))
    if not slack or (sides.right.signs or (slack >= Fraction(1, 2) and not elided)):
        return False
    return left * value.mid >= 0 and 0 <= abs(left) - abs(value.mid) < 2 * slack


def _part_of_whole(sides: Sides) -> bool:
    """Return whether the left side is a proper fraction that names its part: 1/4 = 3 slices."""
    said = sides.symbols
    kinds = [s.kind for s in said[:3]]
    bare = len(sides.left.signs) == 1 and kinds == ["number", "sign", "number"]
    named = len(said) > 3 or sides.right.value.mid.denominator == 1
    return bare and named and said[1].text == "/" and 0 < sides.left.value.mid < 1


def _runs_on(sides: Sides) -> bool:
    """Return whether a part of the right side is the result: 5 × 3 = 15 + 2 = 17."""
    for at in sides.right.signs:
        part = calculate(sides.stated[:at], 0, Reading())
        if part and part.end == at and _agree(sides.left.value, _stated(part)):
            return True
    return False


def _unknown(sides: Sides) -> bool:
    """Return whether a letter at a number may be an unknown, not a unit: 2m + 55 = 215."""
    said = _said(sides)
    letters = [
        letter.text
        for number, letter in pairwise(said)
        if number.kind == "number"
        and letter.kind == "word"
        and len(letter.text) == 1
        and letter.start == number.end
    ]
    return bool(letters) and len(letters) < len(sides.left.numbers) + len(sides.right.numbers)


def _rate(sides: Sides) -> bool:
    """Return whether a stroke may be "per": 24 degrees / 3 degrees/5% = 8."""
    said = sides.symbols
    return any(
        said[at].text == "/" and said[at - 1].kind == "word" and said[at - 1].end == said[at].start
        for at in sides.left.signs
    )


def _span(sides: Sides) -> bool:
    """Return whether the left side can be a range: 1-2."""
    said = sides.symbols
    return len(said) == 3 and said[1].text == "-" and said[0].end + 1 == said[2].start


def _after_a_dash(sides: Sides) -> bool:
    """Return whether a minus is a dash, and what stands behind it agrees: Day 2 - 3 × 4 = 12.

    The same for "of": 10% of the 400 + 1580 = 1980.
    """
    said = sides.symbols
    for at in sides.left.signs:
        spaced = said[at].text == "-" and said[at - 1].end < said[at].start
        if spaced or said[at].text == "of":
            rest = calculate(said, _behind(said, at), Reading())
            whole = rest and rest.signs and rest.end == len(said)
            if rest and whole and _agree(rest.value, _stated(sides.right)):
                return True
    return False


def _behind(said: Sequence[Symbol], at: int) -> int:
    """Return the index of what follows a sign, articles left out."""
    at += 1
    while at < len(said) - 1 and said[at].kind == "word":
        at += 1
    return at


def _other_units(sides: Sides) -> bool:
    """Return whether the sides differ by what one unit is of another: 5 × 20 cents = $1."""
    measures = sides.left.measures | sides.right.measures
    dimensions = [DIMENSIONS[measure] for measure in measures]
    scaled = any(s.text in SCALES for s in _said(sides))
    mixed = len(set(dimensions)) < len(dimensions)
    if not mixed and not scaled:
        return False
    added = mixed and any(sides.symbols[at].text in "+-" for at in sides.left.signs)
    left, right = abs(sides.left.value.mid), abs(sides.right.value.mid)
    if added or not left or not right:
        return True
    slack = _stated(sides.right).high - sides.right.value.mid
    low, high = max(right - slack, Fraction(1, 10**9)), right + slack
    return any(
        low <= left * factor <= high or low <= left / factor <= high for factor in _CONVERSIONS
    )
