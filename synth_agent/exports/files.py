"""Rows to a file, by its ending.

Every file is whole or not there, and the same rows give the same bytes.
"""

import csv
import io
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

from pydantic import JsonValue

from synth_agent.errors import ConfigError
from synth_agent.exports.atomic import atomic_file
from synth_agent.exports.cells import cell_text
from synth_agent.exports.jsontext import json_bytes, json_line
from synth_agent.exports.parquet import parquet_writer
from synth_agent.schemas import OUTPUT_FORMATS, OutputFormat
from synth_agent.text import flatten

__all__ = ["TABLES", "Row", "WriteRow", "format_of", "placeholders", "row_file", "write_rows"]

Row = dict[str, JsonValue]
WriteRow = Callable[[Row], object]
TABLES: Final = ("csv", "parquet")
"""Formats whose rows all have the same columns."""

_PLACEHOLDER: Final = re.compile(r"<([^<>\n]+)>")


def format_of(path: Path) -> OutputFormat:
    """Return the format that a file's ending names.

    Raises:
        ConfigError: The ending names none.
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in OUTPUT_FORMATS:
        known = ", ".join(f".{name}" for name in OUTPUT_FORMATS)
        raise ConfigError(f"the ending of {path.name!r} names no format; expected one of {known}")
    return cast("OutputFormat", ending)


def placeholders(line_format: str) -> tuple[str, ...]:
    """Return the field names in the angle brackets of a line format, each once, in order.

    >>> placeholders("Q: <sentence>A: <sentiment>")
    ('sentence', 'sentiment')
    """
    return tuple(dict.fromkeys(name.strip() for name in _PLACEHOLDER.findall(line_format)))


def write_rows(
    path: Path,
    rows: Iterable[Row],
    *,
    output_format: OutputFormat,
    line_format: str | None = None,
    columns: tuple[str, ...] | None = None,
) -> int:
    """Write the rows and return how many there were; memory does not grow with them.

    Args:
        path: Where; a failure leaves what was there before.
        line_format: One line of `.txt`, field names in angle brackets.
        columns: Names and order of the columns of `.csv` and `.parquet`; the first row's keys
            where it is not given.

    Raises:
        ConfigError: The place, the line format or a row does not fit; says which.
        RunError: The disk is full or broken.
    """
    count = 0
    remaining = iter(rows)
    if columns is None:
        first = list(itertools.islice(remaining, 1))
        columns = tuple(first[0]) if first else ()
        remaining = itertools.chain(first, remaining)
    with row_file(path, output_format, columns=columns, line_format=line_format) as write:
        for row in remaining:
            write(row)
            count += 1
    return count


@contextmanager
def row_file(
    path: Path,
    output_format: OutputFormat,
    *,
    columns: tuple[str, ...] = (),
    line_format: str | None = None,
) -> Iterator[WriteRow]:
    """Give a function that takes rows one by one; for who writes several files in one pass.

    Arguments and errors are those of `write_rows`, but `.csv` and `.parquet` must have columns.
    """
    with atomic_file(path) as file:
        writer: AbstractContextManager[WriteRow]
        match output_format:
            case "json":
                writer = _json(file)
            case "jsonl":
                writer = _jsonl(file)
            case "csv":
                writer = _csv(file, columns)
            case "parquet":
                writer = parquet_writer(file, columns)
            case "txt":
                writer = _txt(file, line_format)
        with writer as write:
            yield _aligned(write, columns) if output_format in TABLES else write


def _aligned(write: WriteRow, columns: tuple[str, ...]) -> WriteRow:
    """Return a writer that refuses what the columns would drop in silence."""
    known = frozenset(columns)

    def checked(row: Row) -> None:
        if extra := [name for name in row if name not in known]:
            raise ConfigError(
                f"a row has {extra[0]!r}, which is not one of the columns {', '.join(columns)}; "
                f"write .jsonl, where rows may differ"
            )
        write(row)

    return checked


@contextmanager
def _json(file: BinaryIO) -> Iterator[WriteRow]:
    before = b"[\n  "

    def write(row: Row) -> None:
        nonlocal before
        file.write(before + json_bytes(row, indent=True).replace(b"\n", b"\n  "))
        before = b",\n  "

    yield write
    file.write(b"[]\n" if before.startswith(b"[") else b"\n]\n")


@contextmanager
def _jsonl(file: BinaryIO) -> Iterator[WriteRow]:
    yield lambda row: file.write(json_line(row))


@contextmanager
def _csv(file: BinaryIO, columns: tuple[str, ...]) -> Iterator[WriteRow]:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    # The line end must be \r\n (RFC 4180): with another one, Python 3.11 leaves \r unquoted.
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerow([cell_text(name) for name in columns])
    try:
        yield lambda row: writer.writerow([cell_text(row.get(name)) for name in columns])
    finally:
        text.detach()


@contextmanager
def _txt(file: BinaryIO, line_format: str | None) -> Iterator[WriteRow]:
    if not line_format or not placeholders(line_format):
        raise ConfigError(
            f"a .txt file needs a line format with field names in angle brackets, such as "
            f"'Q: <input>A: <output>', got {line_format!r}"
        )

    def write(row: Row) -> None:
        line = _PLACEHOLDER.sub(lambda found: _one_line(row, found[1].strip()), line_format)
        file.write(line.encode() + b"\n")

    yield write


def _one_line(row: Row, name: str) -> str:
    if name not in row:
        raise ConfigError(
            f"the line format names <{name}>, which no field fills; there are: {', '.join(row)}"
        )
    lines = flatten(row[name]).splitlines()
    return " ".join(line.strip() for line in lines if line.strip())
