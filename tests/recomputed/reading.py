"""What a reader sees in a text: the figures that it states, as they are written.

Shares no code with the package. Times of day, dates and names of things (ST3, L05, M-12) are no
figures; a figure knows with how many decimals it was written.
"""

import math
import re
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple

__all__ = [
    "Expected",
    "Figure",
    "Recompute",
    "agrees",
    "figure",
    "figures",
    "floats",
    "half_up",
    "unsaid",
    "unsupported",
]

_MONTH: Final = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b"
)
_NO_FIGURE: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?)?"  # 2025-03-18, with or without a time
    r"|\d{1,2}[./]\d{1,2}[./]\d{2,4}"  # 18.03.2025
    rf"|\b\d{{1,2}}\.?[ ]{_MONTH}(?:[ ]\d{{4}})?"  # 18 Mar 2025
    rf"|\b{_MONTH}[ ]\d{{1,2}}(?:,?[ ]\d{{4}})?"  # March 18, 2025
    r"|\b\d{1,2}:\d\d(?::\d\d)?\b"  # 14:30
    r"|[A-Za-z]+[-_/]?\d[\w/-]*"  # ST3, L05, M-12
)
_FIGURE: Final = re.compile(r"(?<![\w.])[-+−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?")


class Figure(NamedTuple):
    """A number as a text states it."""

    value: float
    decimals: int


class Expected(NamedTuple):
    """What an answer has to say."""

    must: tuple[float, ...]
    """Values that the answer states, at whatever decimals it chooses."""
    may: tuple[float, ...] = ()
    """Further values that it may state: intermediate results."""
    says: str = ""
    """A regular expression that the answer matches somewhere (the verdict, the name)."""


Recompute = Callable[[str, str], Expected]
"""From question and context, as texts, to what the answer has to say."""


def figures(text: str) -> list[Figure]:
    """Return the figures of a text, in order."""
    plain = _NO_FIGURE.sub(" ", text)
    return [_figure(match[0]) for match in _FIGURE.finditer(plain)]


def _figure(written: str) -> Figure:
    digits = written.replace(",", "").replace("−", "-")
    return Figure(float(digits), len(digits.partition(".")[2]))


def floats(text: str) -> list[float]:
    """Return the values of the figures of a text, in order."""
    return [entry.value for entry in figures(text)]


def figure(pattern: str, text: str) -> float:
    r"""Return the figure in the first group of a pattern that the text must have.

    >>> figure(r"planned ([\d,]+) min", "planned 1,450 min")
    1450.0
    """
    match = re.search(pattern, text, re.IGNORECASE)
    assert match, f"no {pattern!r} in {text!r}"
    return float(match[1].replace(",", "").replace("−", "-"))


def half_up(value: float, decimals: int = 0) -> float:
    """Round as people do, who know no error of binary fractions.

    >>> half_up(2.5), half_up(2.345, 2), half_up(7.3 / 9 * 0.9 * 1.15, 3)
    (3.0, 2.35, 0.84)
    """
    exact = Decimal(repr(round(value, 9))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return float(exact)


def agrees(stated: Figure, value: float) -> bool:
    """Return whether a figure is a value, rounded to its decimals; a tie may go either way.

    The sign of a difference may be said in words.
    """
    unit = 10.0**-stated.decimals
    near = 0.5 * unit * (1 + 1e-9) + 1e-9
    return math.isclose(abs(stated.value), abs(value), abs_tol=near, rel_tol=0)


def unsupported(output: str, asked: str, expected: Expected) -> list[Figure]:
    """Return the figures of an output that are neither recomputed nor quoted."""
    quoted = {abs(value) for value in floats(asked)}
    known: Iterable[float] = (*expected.must, *expected.may)
    return [
        entry
        for entry in figures(output)
        if abs(entry.value) not in quoted and not any(agrees(entry, value) for value in known)
    ]


def unsaid(output: str, expected: Expected) -> list[float]:
    """Return the values that an output should state and does not."""
    stated = figures(output)
    return [v for v in expected.must if not any(agrees(entry, v) for entry in stated)]
