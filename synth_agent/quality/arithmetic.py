"""Equations in prose, computed again: 3 × 4 = 12, 20% of 50 is 10, <<48/2=24>>.

A result counts as right if it is the value rounded or cut off as it is written, if the rounding of
the operands as written allows it, or, behind "about" or ≈, within 1 %. Operands that may have been
rounded are those with two decimals or three digits, and results of earlier inexact steps; money and
whole numbers are exact. What is not understood is passed over, never found false: unknowns,
functions, remainders, mixed units that convert into each other, a name for a value.

Limits: English words. A step in words alone ("half of them leave") is not read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from synth_agent.quality.calculation import Reading, calculate
from synth_agent.quality.clocks import false_spans
from synth_agent.quality.excuses import Sides, excused, holds, words_excuse
from synth_agent.quality.symbols import Symbol, plain_maths, symbols
from synth_agent.quality.unit_words import ARTICLES, MONTHS

__all__ = ["FalseStep", "false_steps"]

_ANNOTATION: Final = re.compile(r"<<([^<>\n]{1,200})>>")
_LONGEST: Final = 64
_ABOUT: Final = frozenset(
    {"about", "approximately", "approx", "roughly", "around", "nearly", "almost"}
)
_FILLERS: Final = _ABOUT | {
    "only",
    "just",
    "exactly",
    "now",
    "then",
    "also",
    "us",
    "you",
    "a",
    "total",
}
_COMPARED: Final = frozenset(
    {
        "more",
        "less",
        "fewer",
        "greater",
        "higher",
        "lower",
        "times",
        "of",
        "out",
        "larger",
        "smaller",
    }
    | {"longer", "shorter", "older", "younger", "percent", "short", "apart"}
)
_SPOILERS: Final = frozenset(
    {
        "twice",
        "thrice",
        "half",
        "double",
        "doubling",
        "triple",
        "tripling",
        "quadruple",
        "log",
        "ln",
    }
    | {
        "sin",
        "cos",
        "tan",
        "sqrt",
        "root",
        "mod",
        "negative",
        "square",
        "squares",
        "cube",
        "average",
    }
    | {"mean", "median", "max", "min", "exp", "third", "thirds", "quarter", "quarters", "fourth"}
    | {
        "fourths",
        "fifth",
        "fifths",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
    }
    | {"ten", "hundred", "thousand", "dozen", "subtract", "add", "multiply", "divide", "every"}
)
"""Words that make the number behind them another one."""
_LINKS: Final = frozenset({"by", "from", "than", "with", "into", "among", "between"})
"""Words that may join a number before them to the one behind."""
_ADDING: Final = frozenset({"add", "adds", "added", "adding", "addition"})
_NEAR: Final = 8
_BREAKS: Final = frozenset(".,;:?!\n\"'“”‘’—–…|#")
_PERCENTS: Final[tuple[Literal["share", "unit", "change"], ...]] = ("share", "unit", "change")


class FalseStep(NamedTuple):
    """An equation that does not hold."""

    said: str
    """The equation, LaTeX made plain."""
    expected: float
    """What its left side comes to."""
    found: float
    """What is stated."""


@dataclass(frozen=True, slots=True)
class _Equation:
    left: Sequence[Symbol]
    """From the expression's first symbol to the equals sign."""
    sign: str
    right: Sequence[Symbol]
    about: bool


def false_steps(text: str) -> list[FalseStep]:
    """Return the equations of a text that do not hold, in order; annotations (`<<3*4=12>>`) first.

    >>> false_steps("So 3 + 4 = 7, then 7 × 2 = 15.")
    [FalseStep(said='7 × 2 = 15', expected=14.0, found=15.0)]
    """
    found: list[FalseStep] = []
    rounded: set[str] = set()
    for part in (*_ANNOTATION.findall(text), _ANNOTATION.sub("", text)):
        plain = plain_maths(part)
        for equation in _equations(symbols(plain)):
            step = _false(equation, plain, rounded)
            if step is not None and step not in found:
                found.append(step)
    return [*found, *(FalseStep(*span) for span in false_spans(text))]


def _equations(found: Sequence[Symbol]) -> Iterator[_Equation]:
    at = [i for i, symbol in enumerate(found) if symbol.kind == "equals"]
    for before, here, behind in zip([-1, *at], at, [*at[1:], len(found)], strict=False):
        left = _last_expression(found[max(before + 1, here - _LONGEST) : here])
        right = found[here + 1 : min(behind, here + 1 + _LONGEST)]
        about = found[here].text == "~"
        while right and (right[0].kind == "word" and right[0].text in _FILLERS):
            about = about or right[0].text in _ABOUT
            right = right[1:]
        if left and right:
            yield _Equation(left, found[here].text, right, about)


def _last_expression(side: Sequence[Symbol]) -> Sequence[Symbol] | None:
    """Return the expression that a side ends with; None if it has none that stands alone."""
    for at in range(len(side) - 1, -1, -1):
        if side[at].kind == "rest" and side[at].text not in "°!":
            if side[at].text not in _BREAKS or (at and side[at - 1].kind == "sign"):
                return None
            side = side[at + 1 :]
            break
    for at, symbol in enumerate(side):
        starts = symbol.kind in {"number", "vulgar", "open", "money"}
        if not starts and not (at == 0 and symbol.text == "-"):
            continue
        for european in (False, True):
            calculation = calculate(side, at, Reading(european=european))
            if calculation is not None and calculation.end == len(side):
                return side[at:] if calculation.signs and _stands_alone(side, at) else None
    return None


def _stands_alone(side: Sequence[Symbol], at: int) -> bool:
    """Return whether nothing before an expression belongs to it."""
    if at == 0:
        return True
    before, first = side[at - 1], side[at]
    if before.kind == "word":
        called = first.kind == "open" and before.end == first.start
        return not called and _free(side, at - 1)
    if before.kind == "number":
        return not _thousands(before, first)
    if before.kind == "close":
        return before.end < first.start
    return before.kind == "open" and (at == 1 or side[at - 2].kind not in {"sign", "number"})


def _free(side: Sequence[Symbol], at: int) -> bool:
    """Return whether the word before an expression does nothing with it."""
    if side[at].text in ARTICLES and at and side[at - 1].kind == "word":
        at -= 1
    text = side[at].text
    near = side[max(at - _NEAR, 0) : at]
    if text in _LINKS and any(s.kind in {"number", "vulgar"} for s in near):
        return False  # 12 divided by
    adding = text == "to" and any(s.text in _ADDING for s in near)
    if adding and side[at - 1].text != "up":
        return False  # add 5 to, not: adds up to
    if text == "of" and at:
        text = side[at - 1].text if side[at - 1].kind == "word" else "half"
    return text not in _SPOILERS | MONTHS and (len(text) > 1 or text in "ai")


def _thousands(before: Symbol, number: Symbol) -> bool:
    return (
        number.kind == "number" and len(number.text.partition(".")[0]) == 3 and len(before.text) < 4
    )


def _false(equation: _Equation, plain: str, rounded: set[str]) -> FalseStep | None:
    """Return the step if no way of reading it holds; remembers results that were rounded."""
    wrong: FalseStep | None = None
    for reading in _readings(equation, rounded):
        sides = _sides(equation, reading)
        if sides is None:
            continue
        if holds(sides, about=equation.about):
            if not sides.right.signs and sides.left.value.mid != sides.right.value.mid:
                rounded.add(sides.right.numbers[0].text)
            return None
        start, end = equation.left[0].start, equation.right[sides.right.end - 1].end
        if excused(sides, arrow=equation.sign == "->") or words_excuse(plain, start, end, sides):
            return None
        said = " ".join(plain[start:end].split())
        wrong = wrong or FalseStep(said, float(sides.left.value.mid), float(sides.right.value.mid))
    return wrong


def _readings(equation: _Equation, rounded: set[str]) -> Iterator[Reading]:
    percent = any(
        s.kind == "percent" or s.text in {"percent", "pct", "percentage"}
        for s in (*equation.left, *equation.right)
    )
    for european in (False, True):
        for way in _PERCENTS if percent else _PERCENTS[:1]:
            yield Reading(percent=way, european=european, rounded=frozenset(rounded))
    if sum(s.text == "/" for s in equation.left) > 1:
        yield Reading(by_fraction=True, rounded=frozenset(rounded))


def _sides(equation: _Equation, reading: Reading) -> Sides | None:
    left = calculate(equation.left, 0, reading)
    right = calculate(equation.right, 0, replace(reading, rounded=None))
    if left is None or left.end != len(equation.left) or right is None:
        return None
    sides = Sides(equation.left, left, equation.right, right)
    behind = equation.right[right.end] if right.end < len(equation.right) else None
    if behind is not None and _goes_on(equation.right[right.end - 1], behind):
        return None
    if equation.sign == "is" and (right.signs or not _said_in_words(sides, behind)):
        return None
    return sides


def _goes_on(last: Symbol, behind: Symbol) -> bool:
    """Return whether a number is not at its end where it was read to."""
    if behind.kind == "number":
        return last.kind == "number" and _thousands(last, behind)
    if behind.kind == "word":
        return len(behind.text) == 1 and behind.text not in "ai"
    return behind.kind == "rest" and behind.start == last.end and behind.text not in _BREAKS


def _said_in_words(sides: Sides, behind: Symbol | None) -> bool:
    """Return whether "is" between an expression and a number means that they are equal."""
    said = sides.symbols[: sides.left.end]
    signs = [said[at] for at in sides.left.signs]
    spaced = [s for s in signs if s.text not in "-/" or said[said.index(s) - 1].end < s.start]
    words = {s.text for s in sides.stated[: sides.right.end + 1] if s.kind == "word"}
    return bool(spaced) and not words & _COMPARED and (behind is None or behind.kind != "sign")
