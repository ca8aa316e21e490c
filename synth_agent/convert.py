"""A run or a dataset file, written again in another layout or format."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import JsonValue

from synth_agent.delivery import JournalRecords, check_output
from synth_agent.errors import ConfigError
from synth_agent.exports import (
    check_layout,
    check_split,
    dataset_paths,
    format_of,
    parse_split,
    read_rows,
    write_dataset,
)
from synth_agent.pipeline import Run
from synth_agent.schemas import (
    DEFAULT_FIELDS,
    LAYOUTS,
    TASKS,
    Cell,
    DatasetSpec,
    Provenance,
    Record,
)
from synth_agent.schemas.fields import field_source
from synth_agent.text import nearest_name

__all__ = ["convert"]


def convert(
    source: Path,
    output: Path,
    *,
    layout: str = "records",
    task: str | None = None,
    split: str | None = None,
    force: bool = False,
) -> tuple[Path, ...]:
    """Write a run or a dataset file again, and return the files.

    Raises:
        ConfigError: Unknown layout or ending, a layout that the task cannot fill, a file whose
            keys fit no task, or an output that exists.
    """
    if layout not in LAYOUTS:
        close = nearest_name(layout, LAYOUTS)
        hint = f"; did you mean {close!r}?" if close else ""
        raise ConfigError(f"unknown layout {layout!r}{hint} Layouts: {', '.join(LAYOUTS)}")
    changes: dict[str, object] = {"layout": layout, "output_format": format_of(output)}
    if split is not None:
        changes["split"] = parse_split(split)
    if source.is_dir():
        with Run.open(source) as run:
            return _written(run.spec, JournalRecords(run), changes, output, force=force)
    rows = list(read_rows(source))
    if not rows:
        raise ConfigError(f"{source} holds no rows")
    spec, records = _understood(source, rows, task)
    return _written(spec, records, changes, output, force=force)


def _written(
    spec: DatasetSpec,
    records: Iterable[Record],
    changes: Mapping[str, object],
    output: Path,
    *,
    force: bool,
) -> tuple[Path, ...]:
    spec = spec.model_copy(update=changes)
    check_layout(spec)
    check_split(spec)
    check_output(output, tuple(dataset_paths(spec, output).values()), force=force)
    return tuple(write_dataset(spec, records, output).values())


def _understood(
    source: Path, rows: list[dict[str, JsonValue]], task: str | None
) -> tuple[DatasetSpec, list[Record]]:
    keys = tuple(rows[0])
    known = task or next((name for name in TASKS if _fits(name, keys)), "tabular")
    if known not in TASKS:
        raise ConfigError(f"unknown task {known!r}; tasks: {', '.join(TASKS)}")
    payloads = [_payload(known, row) for row in rows]
    labels = _labels(payloads) if known == "classification" else {}
    spec = DatasetSpec.model_validate(
        {"task": known, "count": len(rows), "labels": labels}
        | ({"fields": keys} if known == "tabular" else {})
    )
    made = Provenance(method="given", source=source.name)
    return spec, [
        Record(slot=n, payload=payload, cell=_cell(payload, labels), provenance=made)
        for n, payload in enumerate(payloads)
    ]


def _fits(task: str, keys: tuple[str, ...]) -> bool:
    fields = DEFAULT_FIELDS[task]
    return bool(fields) and {field_source(task, key) for key in keys} >= set(fields)


def _payload(task: str, row: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if not DEFAULT_FIELDS[task]:
        return row
    return {own: value for key, value in row.items() if (own := field_source(task, key))}


def _labels(payloads: list[dict[str, JsonValue]]) -> dict[str, int]:
    labels: dict[str, int] = {}
    for payload in payloads:
        name = str(payload.get("label"))
        labels[name] = labels.get(name, 0) + 1
    return labels


def _cell(payload: Mapping[str, JsonValue], labels: Mapping[str, int]) -> Cell:
    return Cell(str(payload["label"])) if labels else Cell()
