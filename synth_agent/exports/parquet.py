"""Parquet in both directions, a group of rows at a time.

A column has one type in Parquet, and which one is known only after the last row: a column of whole
numbers may turn to fractions in row 90,000. So rows wait in an unnamed file on disk while the types
are gathered, and are written from there.
"""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, Final

import orjson
from pydantic import JsonValue

from synth_agent.errors import ConfigError
from synth_agent.exports.jsontext import json_bytes

__all__ = ["parquet_rows", "parquet_writer"]

_GROUP: Final = 5_000
"""Rows of a row group: some megabytes of text."""


@contextmanager
def parquet_writer(
    file: BinaryIO, columns: tuple[str, ...]
) -> Iterator[Callable[[dict[str, JsonValue]], None]]:
    """Give a function that takes rows; the file is written when the block ends.

    Raises:
        ConfigError: A column holds values of types that Parquet cannot keep in one column.
    """
    with tempfile.TemporaryFile() as waiting:

        def add(row: dict[str, JsonValue]) -> None:
            waiting.write(json_bytes([row.get(name) for name in columns]) + b"\n")

        yield add
        _write(file, waiting, columns)


def parquet_rows(path: Path) -> Iterator[dict[str, JsonValue]]:
    """Yield the rows of a file, as plain Python values."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_GROUP):
                for row in batch.to_pylist():  # dates and the like become text
                    yield orjson.loads(orjson.dumps(row, default=str))
    except (pa.ArrowException, OSError) as error:
        raise ConfigError(f"{path} is not a Parquet file that can be read: {error}") from error


def _write(file: BinaryIO, waiting: IO[bytes], columns: tuple[str, ...]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, pa.null()) for name in columns])
    try:
        for group in _groups(waiting, columns):
            found = pa.Table.from_pylist(group, schema=None).schema
            schema = pa.unify_schemas([schema, found], promote_options="permissive")
        schema = pa.schema([_typed(field) for field in schema])
        with pq.ParquetWriter(file, schema) as writer:
            for group in _groups(waiting, columns):
                writer.write_table(pa.Table.from_pylist(group, schema=schema))
    except (pa.ArrowException, OverflowError) as error:
        raise ConfigError(
            f"Parquet wants one type in a column: {error}; write .jsonl instead"
        ) from error


def _typed(field: Any) -> Any:
    """Return the field, as text where no row had a value."""
    import pyarrow as pa

    return field.with_type(pa.string()) if pa.types.is_null(field.type) else field


def _groups(waiting: IO[bytes], columns: tuple[str, ...]) -> Iterator[list[dict[str, JsonValue]]]:
    waiting.seek(0)
    rows = (dict(zip(columns, orjson.loads(line), strict=True)) for line in waiting)
    while group := list(itertools.islice(rows, _GROUP)):
        yield group
