"""How a record is written for a trainer: one function a layout.

The shapes are those of Stanford Alpaca, ShareGPT as LLaMA-Factory and FastChat read it, TRL's
dataset formats, and OpenAI's fine-tuning files. Every row of a dataset has the same keys.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from pydantic import JsonValue

from synth_agent.errors import ConfigError
from synth_agent.exports.exchanges import Exchange, Reading, exchange, reading_of, user_columns
from synth_agent.exports.files import Row, placeholders
from synth_agent.schemas import DEFAULT_FIELDS, DatasetSpec, Record
from synth_agent.schemas.fields import field_source, unknown_fields

__all__ = ["check_layout", "columns", "dataset_info", "layouts_of", "rows"]


def check_layout(spec: DatasetSpec) -> None:
    """Refuse what cannot be written, before anything is made.

    Raises:
        ConfigError: The task cannot fill the layout, a field has no source, or a `.txt` file has
            no line format.
    """
    if spec.layout not in layouts_of(spec):
        raise ConfigError(
            f"task {spec.task!r} cannot fill the layout {spec.layout!r}: {_wanting(spec)}; "
            f"expected one of {', '.join(layouts_of(spec))}"
        )
    if spec.output_format == "txt":
        _check_line_format(spec)
    if unknown := spec.layout == "records" and unknown_fields(spec.task, _field_names(spec)):
        raise ConfigError(
            f"nothing in a {spec.task!r} record fills {', '.join(map(repr, unknown))}; its fields "
            f"are {', '.join(DEFAULT_FIELDS[spec.task])}"
        )


def layouts_of(spec: DatasetSpec) -> tuple[str, ...]:
    """Return the layouts that the spec's records can fill."""
    reading = reading_of(spec)
    if reading is None:
        return ("records",)
    pairs = reading.task == "preference"
    return ("records", *(name for name in _LAYOUTS if pairs or name not in _PAIRED))


def columns(spec: DatasetSpec) -> tuple[str, ...] | None:
    """Return the keys of a row, in order; None where only the records tell."""
    if spec.layout == "records":
        return _field_names(spec) or user_columns(spec) or None
    task = _reading(spec).task
    worse = "" if task == "preference" else None
    return tuple(_layout(spec)(Exchange("", "", worse=worse, turns=task == "conversation")))


def rows(spec: DatasetSpec, records: Iterable[Record]) -> Iterator[Row]:
    """Yield each record in the spec's layout; `check_layout` has passed.

    Raises:
        ConfigError: A record lacks a field that was asked for.
    """
    if spec.layout == "records":
        names = {name: field_source(spec.task, name) or name for name in _field_names(spec)}
        for record in records:
            yield _own_fields(spec, names, record)
        return
    reading, layout = _reading(spec), _layout(spec)
    for record in records:
        yield layout(exchange(reading, record.payload))


def dataset_info(spec: DatasetSpec, files: Mapping[str, str]) -> dict[str, JsonValue]:
    """Return what LLaMA-Factory's `dataset_info.json` says of the files.

    Args:
        files: Name of a dataset -> name of its file.
    """
    entry = _INFO.get(_reading(spec).task, _INFO_ALPACA)
    return {name: {"file_name": file, **entry} for name, file in files.items()}


def _field_names(spec: DatasetSpec) -> tuple[str, ...]:
    if spec.output_format == "txt" and spec.line_format:
        return placeholders(spec.line_format)
    return spec.fields or DEFAULT_FIELDS[spec.task]


def _own_fields(spec: DatasetSpec, names: Mapping[str, str], record: Record) -> Row:
    """Return the fields under the user's names; a `custom` record may lack optional ones."""
    payload = record.payload
    if not names:
        return dict(payload)
    lacking = [name for name, own in names.items() if own not in payload]
    if lacking and spec.task != "custom":
        raise ConfigError(
            f"record {record.slot} has nothing for {', '.join(map(repr, lacking))}; "
            f"it has {', '.join(payload)}"
        )
    return {name: payload[own] for name, own in names.items() if own in payload}


def _check_line_format(spec: DatasetSpec) -> None:
    if not placeholders(spec.line_format or ""):
        raise ConfigError(
            "a .txt file needs a line format with the fields in angle brackets, such as "
            f"'Q: <input>A: <output>', got {spec.line_format!r}"
        )
    if spec.layout != "records":
        raise ConfigError(
            f"a .txt file has lines, the layout {spec.layout!r} has keys; name a .jsonl file"
        )


def _wanting(spec: DatasetSpec) -> str:
    if reading_of(spec) is None:
        return "none of its columns is a question with an answer"
    return "it has no better and worse answer"


def _reading(spec: DatasetSpec) -> Reading:
    reading = reading_of(spec)
    assert reading, "check_layout has passed"
    return reading


def _layout(spec: DatasetSpec) -> Callable[[Exchange], Row]:
    return _LAYOUTS[spec.layout]


# ----------------------------------------------------------------------------------------- layouts


def _message(role: str, content: str) -> dict[str, JsonValue]:
    return {"role": role, "content": content}


def _asked(said: Exchange) -> list[JsonValue]:
    """Return all that comes before the last answer, as messages."""
    messages: list[JsonValue] = [_message("system", said.system)] if said.system else []
    for user, assistant in said.history:
        messages += [_message("user", user), _message("assistant", assistant)]
    return [*messages, _message("user", said.prompt)]


def _alpaca(said: Exchange) -> Row:
    row: Row = {"instruction": said.asked, "input": said.given, "output": said.answered}
    if said.turns:
        row |= {"system": said.system, "history": [list(pair) for pair in said.history]}
    return row


def _sharegpt(said: Exchange) -> Row:
    turns: list[JsonValue] = []
    for human, gpt in (*said.history, (said.prompt, said.answered)):
        turns += [{"from": "human", "value": human}, {"from": "gpt", "value": gpt}]
    return {"conversations": turns} | ({"system": said.system} if said.turns else {})


def _messages(said: Exchange) -> Row:
    return {"messages": [*_asked(said), _message("assistant", said.answered)]}


def _prompt_completion(said: Exchange) -> Row:
    if said.turns:
        return {"prompt": _asked(said), "completion": [_message("assistant", said.answered)]}
    return {"prompt": said.prompt, "completion": said.answered}


def _preference(said: Exchange) -> Row:
    return {"prompt": said.prompt, "chosen": said.answered, "rejected": said.worse}


def _openai_dpo(said: Exchange) -> Row:
    return {
        "input": {"messages": _asked(said), "tools": [], "parallel_tool_calls": True},
        "preferred_output": [_message("assistant", said.answered)],
        "non_preferred_output": [_message("assistant", said.worse or "")],
    }


def _llama_factory(said: Exchange) -> Row:
    if said.turns:
        return _sharegpt(said)
    if said.worse is not None:
        return {
            "instruction": said.asked,
            "input": said.given,
            "chosen": said.answered,
            "rejected": said.worse,
        }
    return _alpaca(said)


_PAIRED: Final = frozenset({"preference", "openai-dpo"})
"""Layouts that need a worse answer beside the better one."""
_LAYOUTS: Final[Mapping[str, Callable[[Exchange], Row]]] = {
    "alpaca": _alpaca,
    "sharegpt": _sharegpt,
    "messages": _messages,
    "prompt-completion": _prompt_completion,
    "preference": _preference,
    "openai-sft": _messages,
    "openai-dpo": _openai_dpo,
    "llama-factory": _llama_factory,
}
_INFO_ALPACA: Final[dict[str, JsonValue]] = {
    "formatting": "alpaca",
    "columns": {"prompt": "instruction", "query": "input", "response": "output"},
}
_INFO: Final[Mapping[str, dict[str, JsonValue]]] = {
    "conversation": {
        "formatting": "sharegpt",
        "columns": {"messages": "conversations", "system": "system"},
    },
    "preference": {
        "formatting": "alpaca",
        "ranking": True,
        "columns": {
            "prompt": "instruction",
            "query": "input",
            "chosen": "chosen",
            "rejected": "rejected",
        },
    },
}
