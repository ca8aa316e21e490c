"""The dataset itself: one file, or one a part, in one pass over the records."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

import orjson

from synth_agent.errors import ConfigError
from synth_agent.exports.atomic import write_text
from synth_agent.exports.files import WriteRow, format_of, row_file, write_rows
from synth_agent.exports.jsontext import json_bytes
from synth_agent.exports.layouts import columns, dataset_info, rows
from synth_agent.exports.splits import split_of, split_path
from synth_agent.schemas import DatasetSpec, Record

__all__ = ["dataset_paths", "write_dataset"]


def dataset_paths(spec: DatasetSpec, path: Path) -> dict[str, Path]:
    """Return the files that `write_dataset` writes, by part; without a split all is `train`."""
    return {name: split_path(path, name) for name in spec.split} or {"train": path}


def write_dataset(spec: DatasetSpec, records: Iterable[Record], path: Path) -> dict[str, Path]:
    """Write the records in the spec's layout and parts, and return the files by part.

    The path's ending names the format. Layout `llama-factory` also enters the files in the
    `dataset_info.json` beside them. Files that were there are replaced, all at the end.

    Args:
        records: With a split it is gone through twice: no iterator.

    Raises:
        ConfigError: The place or a record does not fit.
        RunError: The disk is full or broken.
    """
    spec = spec.model_copy(update={"output_format": format_of(path)})
    paths = dataset_paths(spec, path)
    if spec.split:
        _write_parts(spec, records, paths)
    else:
        write_rows(
            path,
            rows(spec, records),
            output_format=spec.output_format,
            line_format=spec.line_format,
            columns=columns(spec),
        )
    if spec.layout == "llama-factory":
        _enter(spec, paths)
    return paths


def _write_parts(spec: DatasetSpec, records: Iterable[Record], paths: Mapping[str, Path]) -> None:
    known = columns(spec) or tuple(next((r.payload for r in records), ()))
    with ExitStack() as files:
        writers: dict[str, WriteRow] = {
            name: files.enter_context(
                row_file(path, spec.output_format, columns=known, line_format=spec.line_format)
            )
            for name, path in paths.items()
        }
        for name, record in split_of(spec, records):
            for row in rows(spec, [record]):
                writers[name](row)


def _enter(spec: DatasetSpec, paths: Mapping[str, Path]) -> None:
    """Add the files to LLaMA-Factory's list beside them; what else is in it stays."""
    first = next(iter(paths.values()))
    listing = first.with_name("dataset_info.json")
    try:
        known = orjson.loads(listing.read_bytes()) if listing.exists() else {}
    except (OSError, orjson.JSONDecodeError) as error:
        raise ConfigError(f"cannot add to {listing}: {error}; mend it or move it away") from error
    if not isinstance(known, dict):
        raise ConfigError(f"cannot add to {listing}: expected an object, got a list")
    entries = dataset_info(spec, {path.stem: path.name for path in paths.values()})
    write_text(listing, json_bytes(known | entries, indent=True).decode() + "\n")
