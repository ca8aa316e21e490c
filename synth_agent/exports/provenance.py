"""Where every record came from: `provenance.jsonl`, one line a record, in the dataset's order."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from synth_agent.exports.files import Row, write_rows
from synth_agent.exports.splits import split_of
from synth_agent.schemas import DatasetSpec, Record

__all__ = ["provenance_rows", "write_provenance"]


def provenance_rows(spec: DatasetSpec, records: Iterable[Record]) -> Iterator[Row]:
    """Yield what is known of each record beside its own fields.

    `split` and `row` say where it stands in the dataset's files: the row from 0 within its part.
    All lines have the same keys.

    Args:
        records: With a split it is gone through twice: no iterator.
    """
    parts = split_of(spec, records) if spec.split else (("train", record) for record in records)
    seen: Counter[str] = Counter()
    for name, record in parts:
        origin = cast("dict[str, JsonValue]", record.provenance.model_dump(mode="json"))
        yield {
            "id": record.slot,
            "split": name,
            "row": seen[name],
            "label": record.cell.label,
            "difficulty": record.cell.difficulty,
            "attempt": record.attempt,
            **origin,
        }
        seen[name] += 1


def write_provenance(path: Path, spec: DatasetSpec, records: Iterable[Record]) -> None:
    """Write the lines as JSON Lines, whole or not at all."""
    write_rows(path, provenance_rows(spec, records), output_format="jsonl")
