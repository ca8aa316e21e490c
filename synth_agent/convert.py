"""A run or a dataset file, written again in another layout or format, or with fewer repeats."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

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

__all__ = ["Conversion", "Converted", "convert"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """How a dataset is written again.

    Attributes:
        layout: How records are written.
        task: The task of a dataset file, where its keys do not tell.
        split: Shares of the parts, see `parse_split`.
        threshold: Of a run: records whose nearest earlier one has this cosine or more are left
            out. Nothing is embedded again. No two of those that stay are so near, for the later
            of two was compared with the earlier; of a chain of three, the last may go although
            the one that it repeats has gone already.
        force: Whether existing files are overwritten.
    """

    layout: str = "records"
    task: str | None = None
    split: str | None = None
    threshold: float | None = None
    force: bool = False


class Converted(NamedTuple):
    """What was written."""

    files: tuple[Path, ...]
    records: int
    """How many there were to write."""
    dropped: int = 0
    """How many of them were left out."""
    begun_with: float | None = None
    """The threshold that a run was made with, where records were to be left out."""


def convert(source: Path, output: Path, wanted: Conversion = Conversion()) -> Converted:
    """Write a run or a dataset file again.

    Raises:
        ConfigError: Unknown layout or ending, a layout that the task cannot fill, a file whose
            keys fit no task, an output that exists, or a threshold for what has no similarities.
    """
    if wanted.layout not in LAYOUTS:
        close = nearest_name(wanted.layout, LAYOUTS)
        hint = f"; did you mean {close!r}?" if close else ""
        raise ConfigError(f"unknown layout {wanted.layout!r}{hint} Layouts: {', '.join(LAYOUTS)}")
    _check_threshold(source, wanted.threshold)
    changes: dict[str, object] = {"layout": wanted.layout, "output_format": format_of(output)}
    if wanted.split is not None:
        changes["split"] = parse_split(wanted.split)
    if source.is_dir():
        with Run.open(source) as run:
            return _converted(run, changes, output, wanted)
    rows = list(read_rows(source))
    if not rows:
        raise ConfigError(f"{source} holds no rows")
    spec, records = _understood(source, rows, wanted.task)
    files = _written(spec.model_copy(update=changes), records, output, force=wanted.force)
    return Converted(files, len(records))


def _written(
    spec: DatasetSpec, records: Iterable[Record], output: Path, *, force: bool
) -> tuple[Path, ...]:
    check_layout(spec)
    check_split(spec)
    check_output(output, tuple(dataset_paths(spec, output).values()), force=force)
    return tuple(write_dataset(spec, records, output).values())


# --------------------------------------------------------------------------------------- of a run


@dataclass(frozen=True, slots=True)
class _Apart:
    """The records of a run that are less near than that to all before them; read anew each time."""

    run: Run
    threshold: float

    def __iter__(self) -> Iterator[Record]:
        for record in self.run.journal.records():
            near = record.provenance.nearest
            if near is None or near.similarity < self.threshold:
                yield record


def _check_threshold(source: Path, threshold: float | None) -> None:
    if threshold is None:
        return
    if not 0 < threshold <= 1:
        raise ConfigError(f"dedup threshold: expected a cosine in (0, 1], got {threshold:g}")
    if not source.is_dir():
        raise ConfigError(
            f"{source} is no run: only a run knows how near its records are; compare the rows "
            f"with `synth-agent dedup {source} --threshold {threshold:g} -o FILE`"
        )


def _converted(
    run: Run, changes: Mapping[str, object], output: Path, wanted: Conversion
) -> Converted:
    spec, count = run.spec.model_copy(update=changes), run.journal.accepted()
    if wanted.threshold is None:
        return Converted(_written(spec, JournalRecords(run), output, force=wanted.force), count)
    _check_similarities(run, count)
    apart = _Apart(run, wanted.threshold)
    kept = sum(1 for _ in apart)
    spec = spec.model_copy(update={"count": kept})
    files = _written(spec, apart, output, force=wanted.force)
    return Converted(files, count, count - kept, run.spec.semantic_threshold)


def _check_similarities(run: Run, count: int) -> None:
    # The first record has none, whatever was compared.
    if count > 1 and not any(record.provenance.nearest for record in run.journal.records()):
        written = next(iter(sorted(run.path.glob("dataset*.*"))), Path("FILE"))
        raise ConfigError(
            f"{run.path} was made without comparing records by meaning (--dedup-threshold off), "
            f"so nothing is known of how near they are; compare them with "
            f"`synth-agent dedup {written} -o OUT`"
        )


# ------------------------------------------------------------------------------------- of a file


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
