"""Records that people have judged: a dataset file with a column of verdicts or scores."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import JsonValue

from synth_agent.errors import ConfigError
from synth_agent.exports import read_rows
from synth_agent.schemas import DEFAULT_FIELDS, PAYLOADS, TASKS, Draft, Provenance
from synth_agent.schemas.fields import field_source
from synth_agent.text import fold, nearest_name

__all__ = ["COLUMNS", "KEEP_FROM", "Labelled", "read_labelled"]

COLUMNS: Final = ("verdict", "accept", "keep", "good", "label", "score", "rating")
"""Names of the column, in the order in which they are looked for."""
KEEP_FROM: Final = 4.0
"""People's score from which a record counts as kept: 3 is usable but weak."""
_SCORES: Final = frozenset({"score", "rating"})
"""Here a 1 is the worst score and not a yes."""
_KEEP: Final = frozenset({"true", "yes", "keep", "good", "accept"})
_DROP: Final = frozenset({"false", "no", "drop", "bad", "reject"})

Row = dict[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Records with the verdicts of people.

    Attributes:
        source: Name of the file.
        column: The column that was taken for the verdicts.
        kept_from: The score that counts as keeping; None where people said yes or no.
        drafts: The records, without the column; a slot is the place in the file, from 0.
        keeps: Whether people keep each.
        unlabelled: How many rows have no verdict; they are left out.
    """

    source: str
    task: str
    column: str
    kept_from: float | None
    drafts: tuple[Draft, ...]
    keeps: tuple[bool, ...]
    unlabelled: int


def read_labelled(
    path: Path, *, task: str | None = None, column: str | None = None, keep_from: float = KEEP_FROM
) -> Labelled:
    """Return the labelled records of a file; what is not said is found out by its keys.

    Args:
        path: Any file that `read_rows` reads.
        task: Which task's fields the keys are; None: the one that they fill best.
        column: Where the verdicts stand; None: the first of `COLUMNS` that is no field of the task.
        keep_from: People's score, 1 to 5, that counts as keeping.

    Raises:
        ConfigError: The file cannot be read, no column or task fits, or a verdict is none.
    """
    rows = list(read_rows(path))
    keys = tuple(dict.fromkeys(key for row in rows for key in row))
    if task is not None and task not in TASKS:
        raise ConfigError(f"unknown task {task!r}; tasks: {', '.join(TASKS)}")
    if column is not None and column not in keys:
        close = nearest_name(column, keys)
        hint = f"; did you mean {close!r}?" if close else ""
        raise ConfigError(f"{path} has no column {column!r}{hint} Columns: {', '.join(keys)}")
    known, taken = _understood(path, keys, task, column)
    values = {n: row[taken] for n, row in enumerate(rows) if row.get(taken) not in (None, "")}
    if not values:
        raise ConfigError(f"{path}: no row has a verdict in {taken!r}; label some first")
    keeps, scored = _keeps(path, taken, values, keep_from)
    return Labelled(
        source=path.name,
        task=known,
        column=taken,
        kept_from=keep_from if scored else None,
        drafts=tuple(_draft(path, known, taken, n, rows[n]) for n in values),
        keeps=keeps,
        unlabelled=len(rows) - len(values),
    )


# ------------------------------------------------------------------------------------ which columns


def _understood(
    path: Path, keys: Sequence[str], task: str | None, column: str | None
) -> tuple[str, str]:
    """Return the task and the column of verdicts."""
    tasks = (task,) if task else tuple(name for name in TASKS if DEFAULT_FIELDS[name])
    pairs = [(name, taken) for name in tasks if (taken := column or _column(name, keys))]
    fitting = [pair for pair in pairs if task or _fills(pair[0], pair[1], keys)]
    if not fitting:
        raise ConfigError(
            f"{path}: expected {f'task {task!r}' if task else 'the fields of a task'} and a column "
            f"of verdicts besides ({', '.join(COLUMNS)}), got {', '.join(keys) or 'no rows'}; "
            "name them with --task and --column"
        )
    return max(fitting, key=lambda pair: _fit(pair[0], pair[1], keys))


def _column(task: str, keys: Sequence[str]) -> str | None:
    """Return the column of verdicts; where the columns are the user's own, `verdict` alone."""
    named = {fold(key): key for key in reversed(keys)}
    if not DEFAULT_FIELDS[task]:
        return named.get(COLUMNS[0])
    free = (named[name] for name in COLUMNS if name in named and not field_source(task, name))
    return next(free, None)


def _fills(task: str, column: str, keys: Sequence[str]) -> bool:
    fields = PAYLOADS[task].model_fields.items()
    needed = {n for n, f in fields if any(getattr(m, "min_length", 0) for m in f.metadata)}
    return needed <= {field_source(task, key) for key in keys if key != column}


def _fit(task: str, column: str, keys: Sequence[str]) -> tuple[int, int, int]:
    """Return how well keys fill a task: fields filled, by their own names, how usual it is."""
    fields = set(DEFAULT_FIELDS[task])
    filled = {field_source(task, key) for key in keys if key != column}
    return len(filled & fields), len(fields.intersection(keys)), -TASKS.index(task)


# ---------------------------------------------------------------------------------- what they hold


def _keeps(
    path: Path, column: str, values: Mapping[int, JsonValue], keep_from: float
) -> tuple[tuple[bool, ...], bool]:
    """Return the verdicts, and whether they were scores."""
    read = {n: _value(value) for n, value in values.items()}
    yes_or_no = fold(column) not in _SCORES and all(v in (0, 1) for v in read.values())
    if yes_or_no:
        return tuple(bool(value) for value in read.values()), False
    for n, value in read.items():
        if value is None or isinstance(value, bool) or not 1 <= value <= 5:
            raise ConfigError(
                f"{path}, row {n + 1}: expected true or false, keep or drop, good or bad, accept "
                f"or reject, 1 or 0 throughout {column!r}, or scores from 1 to 5; got "
                f"{values[n]!r}; name another column with --column"
            )
    return tuple(value is not None and value >= keep_from for value in read.values()), True


def _value(value: JsonValue) -> bool | float | None:
    """Return a verdict, a number, or None for what is neither."""
    if isinstance(value, bool | int | float):
        return value
    said = fold(value) if isinstance(value, str) else ""
    if said in _KEEP | _DROP:
        return said in _KEEP
    try:
        return float(said)
    except ValueError:
        return None


def _draft(path: Path, task: str, column: str, number: int, row: Row) -> Draft:
    found = dict(_fields(task, {key: row[key] for key in row if key != column}))
    if not found:
        raise ConfigError(
            f"{path}, row {number + 1}: none of its keys ({', '.join(row)}) is a field of task "
            f"{task!r} ({', '.join(DEFAULT_FIELDS[task])})"
        )
    # what a file leaves out of a payload may be empty
    empty: dict[str, Any] = {
        name: "" for name, field in _texts(task).items() if field is str and name not in found
    }
    ordered = {
        name: (found | empty)[name] for name in DEFAULT_FIELDS[task] if name in found | empty
    }
    made = Provenance(method="given", source=path.name)
    return Draft(slot=number, payload=ordered or found, provenance=made)


def _texts(task: str) -> Mapping[str, Any]:
    known = PAYLOADS[task].model_fields if task in PAYLOADS else {}
    return {name: field.annotation for name, field in known.items()}


def _fields(task: str, row: Row) -> Iterator[tuple[str, JsonValue]]:
    """Yield the task's own fields; of two keys for one, the first in the row."""
    taken: set[str] = set()
    for key, value in row.items():
        own = field_source(task, key)
        if own is not None and own not in taken:
            taken.add(own)
            yield own, value
