"""Finds the facts of a text whatever form it has: a report, a table, JSON, a message."""

import re
from collections.abc import Sequence
from math import ceil
from typing import Final

__all__ = ["matches", "mean", "never", "number", "plain", "read", "whole_up"]

_N: Final = r"(\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_SIGNS: Final = str.maketrans(dict.fromkeys('"_:[]{}()€$£', " "))


def plain(text: str) -> str:
    """Return a text in one line and in small letters, without the signs that set forms apart."""
    return " ".join(text.translate(_SIGNS).lower().split()).replace(" ,", ",")


def number(written: str) -> float:
    return float(written.replace(",", ""))


def read(text: str, *patterns: str) -> float:
    """Return the figure that stands for `#` in the first pattern which a plain text has."""
    for pattern in patterns:
        match = re.search(pattern.replace("#", _N), text)
        if match:
            return number(match[1])
    raise AssertionError(f"none of {patterns} in {text!r}")


def matches(text: str, pattern: str) -> list[tuple[str, ...]]:
    """Return the groups of each match; `#` stands for a figure."""
    return [match.groups() for match in re.finditer(pattern.replace("#", _N), text, re.MULTILINE)]


def whole_up(value: float) -> float:
    """Round up, blind to the noise of binary fractions."""
    return ceil(round(value, 9))


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def never(word: str) -> str:
    """Return a regular expression for texts that do not have a word: the opposite verdict."""
    return rf"(?s)^(?!.*\b{word}\b)"
