"""Checks of worked-out answers: steps that do not hold, results that nothing leads to.

Limits: English number words and answer markers. Of an equation that `arithmetic` does not
understand only its figures are looked at; whether a step in words follows is not told.
"""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from math import isinf
from typing import Final

from synth_agent.quality.answers import final_answer, same_answer
from synth_agent.quality.arithmetic import false_steps
from synth_agent.quality.quotes import unsupported_numbers
from synth_agent.quality.spelled import spelled
from synth_agent.quality.support import NUMBER
from synth_agent.text import numbers

__all__ = [
    "ballot",
    "calculated",
    "calculations",
    "false_step",
    "figures_of",
    "mismatch",
    "results",
    "unfounded",
]

_EQUALS: Final = re.compile(r"\s*(?:<=|>=|[=≈→])\s*")
_FIGURE: Final = re.compile(rf"{NUMBER.pattern}(?:\s?%)?")
_RESULT: Final = re.compile(
    rf"{_FIGURE.pattern}(?:\s?h(?:rs?|ours?)?,?\s(?:and )?\d+\s?min(?:s|utes?)?\b)?"
)
"""A figure, or the two of `6 h 30 min`."""
_OPERATOR: Final = re.compile(r"[+−–*/×·÷^]|(?<=\s)-(?=\s)|(?<=\d)-(?=\d)|(?<=\s)x(?=\s)|% of\b")
_CLAUSE: Final = re.compile(r"[:;]\s|[.,]\s|\n")
_FACTORS: Final = frozenset(
    ["7", "10", "12", "24", "52", "60", "100", "365", "1000", "1,000", "3600", "3,600", "1000000"]
)
"""What units convert by, and per cent: known to everybody, whatever the material says."""
_CONSTANTS: Final = _FACTORS | {"1", "2", "3.14", "3.142", "3.1416", "3.14159"}
"""What formulas are made of besides: the whole, halves and doubles, pi."""
_SHARE: Final = re.compile(r"(?<![\d.,])(\d{1,3}(?:[.,]\d{1,6})?)\s?(?:%|per ?cent\b)")
_PLAIN: Final = re.compile(r"\d{1,9}(?:\.\d{1,6})?", re.ASCII)
_MEAN: Final = re.compile(r"\(([^()=]*\+[^()=]*)\)\s*[/÷:]\s*(\d{1,3})(?![.,]?\d)")
_VERDICTS: Final = frozenset({"yes", "no", "true", "false"})
_NAMED: Final = re.compile(r"\b(?=[\w-]*[^\W\d_])(?=[\w-]*\d)[^\W_][\w-]*")
_COUNTED: Final = 10
"""Number words up to here mostly count what an answer lists."""


def false_step(text: str) -> str | None:
    """Return an equation that does not hold and what it comes to.

    >>> false_step("0.9 × 450 min = 400 min")
    '0.9 × 450 min = 400 min, computed 405'
    """
    found = false_steps(text)
    return "; ".join(f"{step.said}, computed {step.expected:g}" for step in found) or None


def calculations(reasoning: str) -> list[str]:
    """Return the steps that calculate."""
    return [line.strip() for line in reasoning.splitlines() if _EQUALS.search(line)]


def mismatch(reasoning: str, output: str) -> str | None:
    """Return why an output is not what the reasoning arrives at, None where that cannot be told.

    A figure of the output has to be a result of the last step that has figures.
    """
    end = final_answer(reasoning)
    if end is not None and same_answer(end, ballot(output)):
        return None
    figures = figures_of(output)
    if not figures:
        said = final_answer(output)
        opposed = said != end and {said, end} <= _VERDICTS
        return f"the reasoning ends with {end!r}, the output says {said!r}" if opposed else None
    ends = results(reasoning)
    if ends and not any(same_answer(figure, end) for figure in figures for end in ends):
        return f"the reasoning arrives at {', '.join(ends)}, the output says {', '.join(figures)}"
    return None


def ballot(output: str) -> str:
    """Return an output as it is compared with others: its figure, yes or no, its option.

    >>> ballot("405 min per shift"), ballot("Yes, 405 < 420"), ballot("12 of A, 5 of B")
    ('405', 'yes', 'figures 12 5')
    """
    said, figures = final_answer(output), figures_of(output)
    if said in _VERDICTS or (said is not None and len(figures) == 1):
        return said
    if len(figures) > 1:
        return " ".join(("figures", *(f"{value:g}" for value in numbers(output))))
    named = _NAMED.findall(output)
    if len(named) == 1:
        return str(named[0])
    return said if said is not None and not named else output


def results(reasoning: str) -> list[str]:
    r"""Return the figures that the last line with figures comes to: all, or those behind its `=`.

    >>> results("It ran long.\n405 min / 450 min = 0.9 = 90 %"), results("3 of 12")
    (['0.9', '90 %'], ['3', '12'])
    """
    lines = [line for line in reasoning.splitlines() if NUMBER.search(line)]
    if not lines:
        return []
    _, *behind = _EQUALS.split(lines[-1])
    if not behind:
        return figures_of(lines[-1])
    firsts = [figures[0] for part in behind if (figures := figures_of(part))]
    return firsts or figures_of(lines[-1])


def unfounded(answer: str, sources: Sequence[str]) -> list[str]:
    """Return the numbers of an answer that neither stand in the sources nor are computed in it."""
    missing = unsupported_numbers(answer, [*sources, *calculated(answer, sources)])
    return [said for said in missing if not _counts(said)]


def calculated(answer: str, sources: Sequence[str]) -> list[str]:
    """Return the equations of an answer that hold and start from what is known.

    Known is what stands in the sources, what units convert by, and what came out before.
    """
    known: list[str] = list(sources)
    for left, right in _equations(answer):
        equation = f"{left} = {right}"
        if _leads(left, right, known) and not false_steps(equation):
            known.append(equation)
    return known[len(sources) :]


def _equations(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        sides = _EQUALS.split(line)
        for before, behind in pairwise(sides):
            right = _CLAUSE.split(behind)[0]
            figure = _RESULT.search(right)
            if figure is not None:
                whole = _OPERATOR.search(right)  # worked out by the equation after this one
                stated = right if whole else right[: figure.end()]
                yield _CLAUSE.split(before)[-1].strip(), stated.strip()


def _leads(left: str, right: str, known: Sequence[str]) -> bool:
    """Return whether the right side may come out of known figures on the left."""
    figures = figures_of(left)
    if not figures or _unknown(left, known):
        return False
    if len(figures) > 1:
        return _OPERATOR.search(left) is not None
    return _converts(figures[0], right)


def _unknown(left: str, known: Sequence[str]) -> set[str]:
    """Return the figures of a left side that are not known and no part of a formula."""
    missing = {said for said in unsupported_numbers(left, known) if said not in _CONSTANTS}
    if missing:
        means = _MEAN.findall(left)
        missing -= {count for terms, count in means if terms.count("+") + 1 == int(count)}
    if missing:
        rests = _rests(known)
        missing = {said for said in missing if _value(said) not in rests}
    return missing


def _rests(known: Sequence[str]) -> set[float]:
    """Return what shares leave and add, as factors and in per cent: 0.96, 96, 1.04 … of 4 %."""
    said = {_value(found) for text in known for found in _SHARE.findall(text)}
    shares = {value for value in said if value is not None}
    both = {value for share in shares for value in (100 - share, 100 + share)}
    return {round(value, 6) for each in both for value in (each, each / 100)}


def _value(said: str) -> float | None:
    """Return the value of a number without groups; None for number words and the like."""
    plain = said.replace(",", ".")
    return round(float(plain), 6) if _PLAIN.fullmatch(plain) else None


def _converts(figure: str, right: str) -> bool:
    """Return whether two figures are one value in two units, or a share and its percentage."""
    values = [*numbers(figure)[:1], *numbers(right)[:1]]
    low, high = min(map(abs, values), default=0), max(map(abs, values), default=0)
    if len(values) < 2 or not low or isinf(high):
        return False
    ratio = Fraction(high / low).limit_denominator(100)
    return ratio == 1 or str(ratio) in _FACTORS


def figures_of(text: str) -> list[str]:
    """Return the figures of a text as they are written, the sign of per cent with them."""
    return [match[0] for match in _FIGURE.finditer(text)]


def _counts(said: str) -> bool:
    words = spelled(said)
    return not said[0].isdigit() and bool(words) and words[0].value <= _COUNTED
