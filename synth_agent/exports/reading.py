"""Rows from a file: a dataset to be exported again, or given examples.

Nothing is skipped in silence: a file with a line that cannot be read is refused as a whole, and its
first broken lines are named. Blank lines hold nothing and are no error.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from pydantic import JsonValue

from synth_agent.errors import ConfigError
from synth_agent.exports.cells import unguarded
from synth_agent.exports.files import Row, format_of
from synth_agent.exports.parquet import parquet_rows

__all__ = ["read_rows"]

_BOM: Final = b"\xef\xbb\xbf"
_NAMED: Final = 5
"""Broken lines that are told one by one; of the rest, the number."""


@dataclass(frozen=True, slots=True)
class _Broken:
    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"


def read_rows(path: Path) -> Iterator[Row]:
    """Return the rows of a `.json`, `.jsonl`, `.csv`, `.parquet` or `.txt` file, in order.

    The whole file is checked before this returns; `.jsonl`, `.csv`, `.txt` and `.parquet` are then
    read again row by row. Cells of `.csv` come as text; a line of `.txt` comes as `{"text": line}`.

    Raises:
        ConfigError: There is no such file, or lines in it cannot be read; names the first of them.
    """
    parsed = _PARSERS[format_of(path)]
    try:
        broken = [row for row in parsed(path) if isinstance(row, _Broken)]
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}") from error
    if broken:
        named = "; ".join(map(str, broken[:_NAMED]))
        more = f"; and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
        raise ConfigError(f"cannot read {path}; {len(broken)} broken: {named}{more}")
    return (row for row in parsed(path) if isinstance(row, dict))


def _json(path: Path) -> Iterator[Row | _Broken]:
    try:
        rows = orjson.loads(path.read_bytes().removeprefix(_BOM))
    except orjson.JSONDecodeError as error:
        yield _Broken(f"line {error.lineno}", error.msg)
        return
    if not isinstance(rows, list):
        yield _Broken("line 1", f"expected an array of objects, got {_kind(rows)}")
        return
    for number, row in enumerate(rows, start=1):
        yield _object(row, f"element {number}")


def _jsonl(path: Path) -> Iterator[Row | _Broken]:
    for number, line in _lines(path):
        try:
            yield _object(orjson.loads(line), f"line {number}")
        except orjson.JSONDecodeError as error:
            yield _Broken(f"line {number}", error.msg)


def _txt(path: Path) -> Iterator[Row | _Broken]:
    for number, line in _lines(path):
        try:
            yield {"text": line.decode().strip()}
        except UnicodeDecodeError:
            yield _Broken(f"line {number}", "not UTF-8")


def _csv(path: Path) -> Iterator[Row | _Broken]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        line = 1
        try:
            header = [unguarded(name) for name in next(reader, [])]
            if not all(header) or len(set(header)) != len(header) or not header:
                yield _Broken("line 1", f"expected a name for each column, got {header}")
                return
            line = reader.line_num + 1
            for cells in reader:
                if cells:
                    yield _csv_row(header, cells, line)
                line = reader.line_num + 1
        except csv.Error as error:
            yield _Broken(f"line {line}", str(error))
        except UnicodeDecodeError:
            yield _Broken(f"line {line} or later", "not UTF-8")


def _csv_row(header: list[str], cells: list[str], line: int) -> Row | _Broken:
    if len(cells) != len(header):
        return _Broken(f"line {line}", f"expected {len(header)} cells, got {len(cells)}")
    return {name: unguarded(cell) for name, cell in zip(header, cells, strict=True)}


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    r"""Yield what stands on each line that is not blank, with its number from 1.

    Lines end at \n alone: U+2028 and its like may stand inside a JSON text.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            text = line.removeprefix(_BOM) if number == 1 else line
            if text.strip():
                yield number, text


def _object(value: JsonValue, where: str) -> Row | _Broken:
    if isinstance(value, dict):
        return value
    return _Broken(where, f"expected an object, got {_kind(value)}")


def _kind(value: JsonValue) -> str:
    names = {list: "an array", dict: "an object", str: "text", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")


_PARSERS: Final[Mapping[str, Callable[[Path], Iterator[Row | _Broken]]]] = {
    "json": _json,
    "jsonl": _jsonl,
    "csv": _csv,
    "parquet": parquet_rows,
    "txt": _txt,
}
