"""Shared reading of tables: what a reader of a shift report sees at a glance.

Tables come with pipes, with gaps, as CSV or as JSON objects; columns are found by their names.
"""

import csv
import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Final

__all__ = [
    "CODE",
    "NUMBER",
    "SIZE_IN_A_NAME",
    "cells",
    "named",
    "next_whole",
    "number",
    "optional",
    "pct",
    "rows_of",
    "seconds_per_piece",
    "stated",
    "table",
    "whole",
]

CODE: Final = r"\b(?:ST|OP|M|S)\d{1,3}\b"
"""The code of a station."""
NUMBER: Final = r"\d[\d,]*(?:\.\d+)?"
SIZE_IN_A_NAME: Final = re.compile(r"\b\d+(?:-(?:axis|zone)\b| t\b|[KD]\b| m?g\b(?: \d+s\b)?)")
"""Figures that belong to a name: 5-axis mill, press 250 t, ibuprofen 400 mg 20s."""


def number(written: str) -> float:
    return float(re.sub(r"[^\d.]", "", written))


def optional(text: str, *patterns: str) -> float | None:
    """Return the figure in the first group of the first pattern that the text has."""
    matches = (re.search(pattern, text, re.IGNORECASE) for pattern in patterns)
    return next((number(match[1]) for match in matches if match), None)


def stated(text: str, *patterns: str) -> float:
    found = optional(text, *patterns)
    assert found is not None, f"none of {patterns} in {text!r}"
    return found


def cells(line: str, separator: str) -> list[str]:
    if separator == "|":
        return [cell.strip() for cell in line.strip().strip("|").split("|")]
    if separator == " ":
        return re.split(r"\s{2,}", line.strip())
    return next(csv.reader([line], delimiter=separator), [])


def _columns(head: list[str], wanted: Mapping[str, str]) -> dict[str, int]:
    """Return where the wanted columns are, if all of them are there."""
    found: dict[str, int] = {}
    for name, pattern in wanted.items():
        fits = re.compile(pattern, re.IGNORECASE).fullmatch
        at = next((at for at, cell in enumerate(head) if fits(cell)), None)
        if at is None:
            return {}
        found[name] = at
    return found


def table(text: str, wanted: Mapping[str, str]) -> list[dict[str, str]]:
    """Read the rows under the header that has all wanted columns: pipes, gaps or separators."""
    gaps = len(wanted) - 1
    for separator in "| ;,":
        likely = (line for line in text.splitlines() if line.count(separator) >= gaps)
        lines = [cells(line, separator) for line in likely]
        for at, head in enumerate(lines):
            if columns := _columns(head, wanted):
                rows = (row for row in lines[at + 1 :] if len(row) == len(head))
                named = ({name: row[i] for name, i in columns.items()} for row in rows)
                return [
                    row for row in named if not all(re.fullmatch("-+", v) for v in row.values())
                ]
    return []


def _objects(text: str, wanted: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Read the innermost JSON objects that have all wanted keys."""
    for written in re.findall(r'\{"[^{}]*\}', text):
        entry = {key: str(value) for key, value in json.loads(written).items()}
        keys = list(entry)
        if columns := _columns(keys, wanted):
            yield {name: entry[keys[at]] for name, at in columns.items()}


def rows_of(text: str, wanted: Mapping[str, str]) -> list[dict[str, str]]:
    return table(text, wanted) or list(_objects(text, wanted))


def pct(part: float, whole: float = 1.0) -> float:
    return 100 * part / whole


def whole(value: float) -> int:
    return math.floor(value + 1e-9)


def next_whole(value: float) -> int:
    return math.ceil(value - 1e-9)


def named(name: str) -> str:
    return rf"\b{re.escape(name)}\b"


def seconds_per_piece(context: str) -> float:
    """Return the seconds per piece of the bottleneck, however it is called."""
    return stated(
        SIZE_IN_A_NAME.sub("", context),
        rf'(?:cycleSec|cycle_s)(?:"?[:=]) *({NUMBER})',
        r"\bs_per_pc\": ([\d.]+)",
        rf"(?:bottleneck|pace|drum)[^\n]*?{CODE}[^\n\d]*([\d.]+) s\b",
        rf"{CODE} (?:sets the pace with|is the pacemaker,) ([\d.]+) s\b",
    )
