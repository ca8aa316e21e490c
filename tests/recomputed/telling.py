"""What the records of a line have in common: tables, listings, figures under several wordings."""

import math
import re
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from tests.recomputed.reading import Expected, Recompute, figure

__all__ = ["Row", "first", "form", "has_all", "number", "rows", "station", "table", "whole"]

Row = dict[str, str]
Facts = TypeVar("Facts")
Told = Callable[[Facts, str], Expected]
"""From the facts of a context and the question to what the answer has to say."""

_CELLS: Final = (r"\s*\|\s*", r"\s{2,}", ";", ",")
"""What may stand between two cells of a table, from the most to the least telling."""


def form(
    forms: dict[str, Recompute], name: str, read: Callable[[str], Facts]
) -> Callable[[Told[Facts]], Told[Facts]]:
    """Enter a recomputation into the forms, by the reader of its contexts."""

    def enter(told: Told[Facts]) -> Told[Facts]:
        forms[name] = lambda question, context: told(read(context), question)
        return told

    return enter


def table(text: str, columns: dict[str, str]) -> list[Row]:
    """Return the rows of the table whose headings match all columns, or none."""
    lines = text.splitlines()
    for at, line in enumerate(lines[:-1]):
        for between in _CELLS:
            headings = re.split(between, line.strip(" |"))
            where = _where(headings, columns) if len(headings) >= len(columns) else {}
            if where:
                body = _body(lines[at + 1 :], between, len(headings))
                return [{name: cells[i] for name, i in where.items()} for cells in body]
    return []


def _where(headings: list[str], columns: dict[str, str]) -> dict[str, int]:
    """Return the place of each column, nothing unless all are there."""
    found = {
        name: at
        for name, pattern in columns.items()
        for at, heading in enumerate(headings)
        if re.fullmatch(pattern, heading, re.IGNORECASE)
    }
    return found if len(found) == len(columns) else {}


def _body(lines: list[str], between: str, width: int) -> Iterator[list[str]]:
    for line in lines:
        cells = re.split(between, line.strip(" |"))
        if len(cells) != width:
            return
        if not set(line) <= set("|- :"):
            yield cells


def rows(text: str, columns: dict[str, str], *told: str) -> list[Row]:
    """Return the rows of a table or, without one, of the first listing that occurs."""
    found = table(text, columns)
    for pattern in told:
        found = found or [m.groupdict() for m in re.finditer(pattern, text, re.MULTILINE)]
    assert found, f"no rows in {text!r}"
    return found


def number(written: str) -> float:
    """Return the value of a figure."""
    return float(written.replace(",", ""))


def first(text: str, *patterns: str) -> float:
    """Return the figure of the first pattern that occurs."""
    occurs = (p for p in patterns if re.search(p, text, re.IGNORECASE))
    return figure(next(occurs, patterns[-1]), text)


def whole(count: float) -> int:
    """Return the number of pieces that are complete."""
    return math.floor(count + 1e-9)


def station(question: str, *known: str) -> str:
    """Return the station that a question asks about."""
    words: list[str] = re.findall(r"\w+", question)
    return next(word for word in words if word in known)


def has_all(*words: str) -> str:
    """Return a pattern for a text in which all the words occur."""
    return "(?s)" + "".join(rf"(?=.*(?<!\w){re.escape(word)}(?!\w))" for word in words)
