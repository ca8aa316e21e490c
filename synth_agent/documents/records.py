"""Rows of tables and records as one line each: "column: value; column: value".

Empty cells say nothing and are left out. A table without a header (its first row holds a number)
has columns "column 1", "column 2". A file with a line that cannot be read is refused as a whole.
"""

import csv
import io
from collections.abc import Iterator
from typing import Final

import orjson
from pydantic import JsonValue

from synth_agent.documents.decoding import decode
from synth_agent.documents.document import Parsed, Part
from synth_agent.errors import ConfigError

__all__ = ["read_csv", "read_json", "read_jsonl"]

_DELIMITERS: Final = ",;\t|"


def read_csv(raw: bytes) -> Parsed:
    """Return a part a row; the delimiter is the one of , ; tab | that its first line has most."""
    decoded = decode(raw)
    reader = csv.reader(io.StringIO(decoded.text, newline=""), delimiter=_delimiter(decoded.text))
    try:
        rows = [cells for cells in reader if any(map(str.strip, cells))]
    except csv.Error as error:
        raise ConfigError(f"line {reader.line_num}: {error}; mend it, or save as .txt") from error
    if not rows:
        return Parsed([], notes=decoded.notes)
    header = [] if any(map(_is_number, rows[0])) else [cell.strip() for cell in rows.pop(0)]
    if not rows:
        return Parsed([Part(" | ".join(header))], notes=decoded.notes)
    return Parsed([_row(header, cells) for cells in rows], notes=decoded.notes)


def _delimiter(text: str) -> str:
    first = next((line for line in text[:100_000].splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=first.count)


def _is_number(cell: str) -> bool:
    bare = cell.strip().replace(",", ".", 1).lstrip("+-").replace(".", "", 1)
    return bare.isdecimal()


def _row(header: list[str], cells: list[str]) -> Part:
    names = [*header, *[""] * (len(cells) - len(header))]
    said = [
        _said(name or f"column {at}", cell)
        for at, (name, cell) in enumerate(zip(names, cells, strict=False), 1)
    ]
    return Part("; ".join(filter(None, said)), "row")


def _said(name: str, value: str) -> str:
    plain = " ".join(value.split())
    return f"{' '.join(name.split())}: {plain}" if plain else ""


def read_jsonl(raw: bytes) -> Parsed:
    """Return a part a line."""
    decoded = decode(raw)
    parts: list[Part] = []
    for number, line in enumerate(decoded.text.split("\n"), start=1):
        if line.strip():
            parts.append(_record(_loads(line, f"line {number}")))
    return Parsed(parts, notes=decoded.notes)


def read_json(raw: bytes) -> Parsed:
    """Return a part an element; of an object, a heading for each of its lists and objects."""
    decoded = decode(raw)
    return Parsed(list(_top(_loads(decoded.text, "the file"))), notes=decoded.notes)


def _loads(text: str, where: str) -> JsonValue:
    try:
        value: JsonValue = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ConfigError(f"{where} is no JSON: {error}; mend it, or save as .txt") from error
    return value


def _top(value: JsonValue) -> Iterator[Part]:
    if not isinstance(value, dict):
        for element in value if isinstance(value, list) else [value]:
            yield _record(element)
        return
    nested = {name: inner for name, inner in value.items() if isinstance(inner, list | dict)}
    yield _record({name: inner for name, inner in value.items() if name not in nested})
    for name, inner in nested.items():
        yield Part(name, "heading", level=1)
        for element in inner if isinstance(inner, list) else [inner]:
            yield _record(element)


def _record(value: JsonValue) -> Part:
    if not isinstance(value, list | dict):
        return Part("" if value is None else str(value), "row")
    return Part("; ".join(filter(None, _leaves(value))), "row")


def _leaves(value: JsonValue) -> Iterator[str]:
    """Yield "path: leaf" in order; a loop and no recursion, for nesting may be 1,000 deep."""
    waiting: list[tuple[str, JsonValue]] = [("", value)]
    while waiting:
        path, inner = waiting.pop()
        if isinstance(inner, list) and not any(isinstance(one, list | dict) for one in inner):
            yield _said(path or "values", ", ".join(str(one) for one in inner if one is not None))
        elif isinstance(inner, list | dict):
            named = inner.items() if isinstance(inner, dict) else enumerate(inner, start=1)
            prefix = f"{path}." if path else ""
            waiting.extend(reversed([(f"{prefix}{name}", one) for name, one in named]))
        elif inner is not None:
            yield _said(path, str(inner))
