"""What a trainer sees of a record, whatever its task: what is asked, and how it is answered.

Every layout but `records` is written from an `Exchange`, so that a task is understood once and not
once a layout:

| task | asked | given | answered |
|---|---|---|---|
| qa | input | context | output |
| reasoning | input | context | reasoning, then output |
| instruction | instruction | input | output |
| classification | "Classify the text", with the labels | text | label |
| preference | input | | chosen; the worse answer is rejected |
| safety | prompt | | response |
| code | instruction | | code (its tests are in layout `records` alone) |
| conversation | the last user turn, after all earlier ones | | the last assistant turn |

`tabular` and `custom` records get a reading where their columns are named like a task's fields
(`question` and `answer`, say), and none otherwise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from pydantic import JsonValue

from synth_agent.exports.jsontext import json_bytes
from synth_agent.schemas import DEFAULT_FIELDS, DatasetSpec, Task
from synth_agent.schemas.fields import field_source

__all__ = ["Exchange", "Reading", "exchange", "reading_of", "user_columns"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One thing asked and its answer, and what went before."""

    asked: str
    answered: str
    given: str = ""
    """What it is asked about; may be empty."""
    worse: str | None = None
    """The worse answer; preference data alone has one."""
    system: str = ""
    history: tuple[tuple[str, str], ...] = ()
    """Earlier turns: what the user said, what the assistant said."""
    turns: bool = False
    """Whether it is the end of a conversation, which may have a system message and a history."""
    given_first: bool = False
    """A text to answer from stands before the question, a text to work on after the order."""

    @property
    def prompt(self) -> str:
        """What is asked and given as one text."""
        parts = (self.given, self.asked) if self.given_first else (self.asked, self.given)
        return "\n\n".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Reading:
    """How the records of a dataset are understood."""

    task: Task
    columns: Mapping[str, str]
    """The task's own field -> the payload's field that stands for it."""
    labels: tuple[str, ...] = ()


def reading_of(spec: DatasetSpec) -> Reading | None:
    """Return how the records are understood, or None where nothing in them asks and answers."""
    if own := DEFAULT_FIELDS[spec.task]:
        return Reading(spec.task, {name: name for name in own}, tuple(spec.labels))
    readings = (_fit(task, needed, user_columns(spec)) for task, needed in _NEEDED.items())
    return next((reading for reading in readings if reading), None)


def user_columns(spec: DatasetSpec) -> tuple[str, ...]:
    """Return the columns of `tabular` and `custom` records, as far as the spec names them."""
    properties = (spec.json_schema or {}).get("properties")
    return spec.fields or (tuple(properties) if isinstance(properties, dict) else ())


def exchange(reading: Reading, payload: Mapping[str, JsonValue]) -> Exchange:
    """Return what is asked and answered in a record."""
    own = {name: payload.get(column) for name, column in reading.columns.items()}
    if reading.task == "conversation":
        return _conversation(own["messages"])
    texts = {name: _text(value) for name, value in own.items()}
    return _EXCHANGES[reading.task](texts, reading.labels)


_NEEDED: Final[Mapping[Task, frozenset[str]]] = {
    "preference": frozenset({"input", "chosen", "rejected"}),
    "reasoning": frozenset({"input", "reasoning", "output"}),
    "qa": frozenset({"input", "output"}),
    "instruction": frozenset({"instruction", "output"}),
    "classification": frozenset({"text", "label"}),
}
"""Tasks that a user's own columns are compared with, the most telling first."""


def _fit(task: Task, needed: frozenset[str], names: tuple[str, ...]) -> Reading | None:
    pairs = [(field_source(task, name), name) for name in names]
    columns = {own: name for own, name in pairs if own}
    ambiguous = len(columns) < sum(own is not None for own, _ in pairs)
    return Reading(task, columns) if needed <= columns.keys() and not ambiguous else None


def _text(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json_bytes(value).decode()


def _conversation(messages: JsonValue) -> Exchange:
    turns = [(m["role"], m["content"]) for m in cast("list[dict[str, str]]", messages)]
    system = turns.pop(0)[1] if turns[0][0] == "system" else ""
    said = [content for _, content in turns]
    *history, (asked, answered) = zip(said[::2], said[1::2], strict=True)
    return Exchange(asked, answered, system=system, history=tuple(history), turns=True)


_Own = Mapping[str, str]
_Labels = tuple[str, ...]


def _qa(own: _Own, _: _Labels) -> Exchange:
    return Exchange(own["input"], own["output"], own.get("context", ""), given_first=True)


def _reasoning(own: _Own, _: _Labels) -> Exchange:
    answered = f"{own['reasoning']}\n\n{own['output']}"
    return Exchange(own["input"], answered, own.get("context", ""), given_first=True)


def _instruction(own: _Own, _: _Labels) -> Exchange:
    return Exchange(own["instruction"], own["output"], own.get("input", ""))


def _classification(own: _Own, labels: _Labels) -> Exchange:
    choice = f" as one of: {', '.join(labels)}" if labels else ""
    return Exchange(f"Classify the text{choice}.", own["label"], own["text"])


def _preference(own: _Own, _: _Labels) -> Exchange:
    return Exchange(own["input"], own["chosen"], worse=own["rejected"])


def _safety(own: _Own, _: _Labels) -> Exchange:
    return Exchange(own["prompt"], own["response"])


def _code(own: _Own, _: _Labels) -> Exchange:
    return Exchange(own["instruction"], own["code"])


_EXCHANGES: Final[Mapping[str, Callable[[_Own, _Labels], Exchange]]] = {
    "qa": _qa,
    "reasoning": _reasoning,
    "instruction": _instruction,
    "classification": _classification,
    "preference": _preference,
    "safety": _safety,
    "code": _code,
}
