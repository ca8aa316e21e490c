"""Which text of a dataset file's rows counts when they are compared: found out by the columns."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from synth_agent.errors import ConfigError
from synth_agent.exports import read_rows
from synth_agent.schemas import DEFAULT_FIELDS, PAYLOADS, TASKS
from synth_agent.schemas.fields import field_source
from synth_agent.text import comparable, fold, mask_figures, nearest_name

__all__ = ["Columns", "columns_of"]

Row = Mapping[str, JsonValue]

_SEEN: Final = 1_000
"""Rows whose keys are looked at: rows of .jsonl may lack some."""
_PROSE: Final = 4
"""Words that the texts of a column have on average: names and codes have fewer."""
_IDENTIFIER: Final = re.compile(
    r"(?i:(?:.*[\s_-])?(?:id|uid|uuid|guid)|index|key|hash|unnamed: 0|)|.*[a-z]I[dD]"
)
"""Columns that number rows: with them no row is like another. Pandas leaves the last two."""
_SAID_BY: Final = ("content", "value", "messages")
"""Where what is said stands in a message or a list of them, in its various layouts."""
_OPENAI_DPO: Final = frozenset({"input", "preferred_output", "non_preferred_output"})
_WORD: Final = re.compile(r"[^\W_]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_DIGIT: Final = re.compile(r"\d")


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
        """Return the text of a row, a line a column; of messages what is said, not by whom.

        Nothing where there is nothing to be read in it, as in "?!": every embedder takes all such
        texts for the same one.
        """
        text = "\n".join(_said(row.get(name)) for name in self.names).strip()
        if not _legible(text):
            return ""
        return mask_figures(text) if self.mask_numbers else text

    def payload(self, row: Row) -> dict[str, JsonValue]:
        """Return the row under the task's own names; of two columns for one, the first."""
        payload: dict[str, JsonValue] = {}
        for name, value in row.items():
            own = field_source(self.task, name) if self.task else None
            if own is not None:
                payload.setdefault(own, value)
        return payload


@dataclass(slots=True)
class _Column:
    """What the values of a column look like."""

    values: int = 0
    phrases: int = 0
    words: int = 0
    different: set[str] = field(default_factory=set)
    """Two of its texts, where there are two."""

    def see(self, value: JsonValue) -> None:
        if value in (None, "", [], {}):
            return
        self.values += 1
        text = _written(value)
        said = text.split()
        if _is_phrase(said):
            self.phrases += 1
            self.words += len(said)
        if len(self.different) < 2:
            self.different.add(text)

    @property
    def is_text(self) -> bool:
        return 2 * self.phrases > self.values

    @property
    def is_prose(self) -> bool:
        return self.is_text and self.words >= _PROSE * self.phrases


def columns_of(path: Path, *, fields: Sequence[str] = (), mask_numbers: bool = False) -> Columns:
    """Return what is compared of a file's rows: of a task's fields those that ask.

    Of other files it is every column, or every one of text where one of them is prose.

    Args:
        fields: Columns to compare instead.

    Raises:
        ConfigError: The file cannot be read, has no rows, or none of a named column.
    """
    seen = [*islice(read_rows(path), _SEEN)]
    keys = tuple(dict.fromkeys(key for row in seen for key in row))
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
    return Columns(task, _asking(task, keys) if task else _telling(seen, keys), mask_numbers)


def _telling(seen: Iterable[Row], keys: Sequence[str]) -> tuple[str, ...]:
    """Return the columns to compare where no task is known: those of text, if there is prose.

    A column is of text where most of its values are words, not figures or codes: in a table of CSV
    every value is a text. What is the same in all rows tells none from another.
    """
    columns = {key: _Column() for key in keys}
    for row in seen:
        for key, value in row.items():
            columns[key].see(value)
    own = [key for key in keys if not _IDENTIFIER.fullmatch(key)] or keys
    texts = [key for key in own if columns[key].is_text]
    if not any(columns[key].is_prose for key in texts):
        return tuple(own)
    return tuple(key for key in texts if len(columns[key].different) > 1) or tuple(texts)


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


def _legible(text: str) -> bool:
    """Return whether there is anything to be read: a letter, a figure, a pictograph."""
    return bool(_WORD.search(text)) or any(
        sign.isprintable() and not sign.isspace() for sign in fold(text)
    )


def _is_phrase(said: Sequence[str]) -> bool:
    """Return whether words say something, and are no number or code, like 12.5 and INC-0042."""
    if len(said) == 1 and _DIGIT.search(said[0]):
        return False
    return any(map(_LETTER.search, said))


def _written(value: JsonValue) -> str:
    """Return what a value says: texts, lists of them, messages; not what describes them."""
    if isinstance(value, list):
        return "\n".join(map(_written, value))
    if isinstance(value, dict) and not any(name in value for name in _SAID_BY):
        return ""
    return _said(value) if isinstance(value, dict | str) else ""


def _said(value: JsonValue) -> str:
    if isinstance(value, list):
        return "\n".join(map(_said, value))
    if isinstance(value, dict):
        for name in _SAID_BY:
            if name in value:
                return _said(value[name])
        return "\n".join(map(_said, value.values()))
    return "" if value is None else str(value)
