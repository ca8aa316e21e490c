"""Which text of a dataset file's rows counts when they are compared: found out by the columns."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from synth_agent.errors import ConfigError
from synth_agent.exports import read_rows
from synth_agent.schemas import DEFAULT_FIELDS, PAYLOADS, TASKS
from synth_agent.schemas.fields import field_source
from synth_agent.text import comparable, mask_figures, nearest_name

__all__ = ["Columns", "columns_of"]

Row = Mapping[str, JsonValue]

_SEEN: Final = 1_000
"""Rows whose keys are looked at: rows of .jsonl may lack some."""
_PROSE: Final = 4
"""Words that the texts of a column have on average: names and codes have fewer."""
_IDENTIFIERS: Final = frozenset({"id", "uid", "uuid", "index", "key", "hash", "task_id"})
_OPENAI_DPO: Final = frozenset({"input", "preferred_output", "non_preferred_output"})


@dataclass(frozen=True, slots=True)
class Columns:
    """What is compared of a row.

    Attributes:
        task: What the columns were taken for; None where they fit no task or were named.
        mask_numbers: Every number counts as the same.
    """

    task: str | None
    names: tuple[str, ...]
    mask_numbers: bool = False

    def text(self, row: Row) -> str:
        """Return the text of a row, a line a column; of messages what is said, not by whom."""
        text = "\n".join(_said(row.get(name)) for name in self.names).strip()
        return mask_figures(text) if self.mask_numbers else text

    def payload(self, row: Row) -> dict[str, JsonValue]:
        """Return the row under the task's own names; of two columns for one, the first."""
        payload: dict[str, JsonValue] = {}
        for name, value in row.items():
            own = field_source(self.task, name) if self.task else None
            if own is not None:
                payload.setdefault(own, value)
        return payload


def columns_of(path: Path, *, fields: Sequence[str] = (), mask_numbers: bool = False) -> Columns:
    """Return what is compared of a file's rows: of a task's fields those that ask.

    Of other files it is every column, or every one of text where one of them is prose.

    Args:
        fields: Columns to compare instead.

    Raises:
        ConfigError: The file cannot be read, has no rows, or none of a named column.
    """
    keys = tuple(dict.fromkeys(key for row in islice(read_rows(path), _SEEN) for key in row))
    if not keys:
        raise ConfigError(f"{path} holds no rows")
    for name in fields:
        if name not in keys:
            close = nearest_name(name, keys)
            hint = f"; did you mean {close!r}?" if close else ""
            raise ConfigError(f"{path} has no column {name!r}{hint} Columns: {', '.join(keys)}")
    if fields:
        return Columns(None, tuple(fields), mask_numbers)
    if set(keys) >= _OPENAI_DPO:
        return Columns("preference", ("input",), mask_numbers)
    task = _task(keys)
    return Columns(task, _asking(task, keys) if task else _telling(path, keys), mask_numbers)


def _telling(path: Path, keys: Sequence[str]) -> tuple[str, ...]:
    """Return the columns to compare where no task is known: those of text, if there is prose."""
    lengths: dict[str, list[int]] = {key: [] for key in keys}
    for row in islice(read_rows(path), _SEEN):
        for key, value in row.items():
            if isinstance(value, str):
                lengths.setdefault(key, []).append(len(value.split()))
    said = [key for key in keys if lengths[key] and key.lower() not in _IDENTIFIERS]
    prose = any(sum(lengths[key]) >= _PROSE * len(lengths[key]) for key in said)
    return tuple(said) if prose else tuple(keys)


def _task(keys: Collection[str]) -> str | None:
    """Return the task whose fields the keys fill best."""
    fitting = [task for task in TASKS if DEFAULT_FIELDS[task] and _fills(task, keys)]
    return max(fitting, key=lambda task: _fit(task, keys), default=None)


def _fills(task: str, keys: Iterable[str]) -> bool:
    fields = PAYLOADS[task].model_fields.items()
    needed = {n for n, f in fields if any(getattr(m, "min_length", 0) for m in f.metadata)}
    return needed <= {field_source(task, key) for key in keys}


def _fit(task: str, keys: Collection[str]) -> tuple[int, int, int]:
    """Return fields filled, those filled by their own names, and how usual the task is."""
    fields = set(DEFAULT_FIELDS[task])
    filled = {field_source(task, key) for key in keys}
    return len(filled & fields), len(fields.intersection(keys)), -TASKS.index(task)


def _asking(task: str, keys: Iterable[str]) -> tuple[str, ...]:
    """Return the columns of the fields that `comparable` looks at, in its order."""
    columns: dict[str | None, str] = {}
    for key in keys:
        columns.setdefault(field_source(task, key), key)
    return tuple(
        columns[own]
        for own in DEFAULT_FIELDS[task]
        if own in columns and comparable(task, {own: "?"}).strip()
    )


def _said(value: JsonValue) -> str:
    if isinstance(value, list):
        return "\n".join(map(_said, value))
    if isinstance(value, dict):
        for name in ("content", "value", "messages"):
            if name in value:
                return _said(value[name])
        return "\n".join(map(_said, value.values()))
    return "" if value is None else str(value)
