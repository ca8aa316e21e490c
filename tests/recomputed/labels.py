"""Figures by their labels: patterns that work in prose, tables and JSON alike."""

import math
import re
from functools import cache
from typing import Final

__all__ = ["MONEY", "ceil", "floor", "number", "read", "rows"]

_NUMBER: Final = r"[$€£]?((?:\d[\d,]*)?\d(?:\.\d+)?)"
_FLAGS: Final = re.IGNORECASE | re.MULTILINE

MONEY: Final = r"[$€£]#"
"""The first amount that carries a currency sign."""


@cache
def _pattern(written: str) -> re.Pattern[str]:
    """Return a pattern in which # is a number, with or without a currency sign before it."""
    return re.compile(written.replace("#", _NUMBER), _FLAGS)


def number(written: str) -> float:
    return float(written.replace(",", ""))


def read(text: str, *patterns: str) -> float:
    """Return the number of the first of these patterns that the text has.

    >>> read('{"crew": 12}', 'crew": #', "have # people")
    12.0
    """
    for pattern in patterns:
        if match := _pattern(pattern).search(text):
            return number(match[1])
    raise AssertionError(f"none of {patterns} in {text!r}")


def rows(text: str, *patterns: str) -> list[tuple[str, ...]]:
    """Return the groups of every match of the first of these patterns that the text has."""
    for pattern in patterns:
        if found := [match.groups() for match in _pattern(pattern).finditer(text)]:
            return found
    raise AssertionError(f"none of {patterns} in {text!r}")


def ceil(value: float) -> int:
    """Round up what is no whole number but for the error of binary fractions."""
    return math.ceil(value - 1e-9)


def floor(value: float) -> int:
    """Round down what is no whole number but for the error of binary fractions."""
    return math.floor(value + 1e-9)
