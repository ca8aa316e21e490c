"""Which part of a payload is said by whom: the asker, the material, the answerer.

Checks differ by voice: a customer may write "I'm sorry, but I can't log in", an answer may not; a
log is never prose. Reading a payload here needs no valid payload; what is not text is left out.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, NamedTuple

from pydantic import JsonValue

__all__ = ["Parts", "Text", "parts"]


class Text(NamedTuple):
    """One text of a payload and the field that it stands in."""

    field: str
    text: str


class Parts(NamedTuple):
    """The texts of a payload, by voice."""

    asked: tuple[Text, ...] = ()
    """Question, order, or the text to classify: prose, but not the assistant's."""
    given: tuple[Text, ...] = ()
    """Material: reports, logs, tables, system messages. Not necessarily prose."""
    answered: tuple[Text, ...] = ()
    """What a model is to learn to say."""
    other: tuple[Text, ...] = ()
    """Wrong answers, code, cells of a table."""

    @property
    def all(self) -> tuple[Text, ...]:
        """Every text, whoever says it."""
        return self.asked + self.given + self.answered + self.other


def _named(
    payload: Mapping[str, JsonValue], asked: str, given: str, answered: str, other: str
) -> Parts:
    return Parts(
        *(
            tuple(
                Text(name, text)
                for name in names.split()
                if isinstance(text := payload.get(name), str)
            )
            for names in (asked, given, answered, other)
        )
    )


def _conversation(payload: Mapping[str, JsonValue]) -> Parts:
    said: dict[str, list[Text]] = {"user": [], "system": [], "assistant": []}
    messages = payload.get("messages")
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, dict):
            role, content = message.get("role"), message.get("content")
            if isinstance(role, str) and role in said and isinstance(content, str):
                said[role].append(Text("messages", content))
    return Parts(tuple(said["user"]), tuple(said["system"]), tuple(said["assistant"]))


def _leaves(name: str, value: JsonValue) -> list[Text]:
    if isinstance(value, str):
        return [Text(name, value)]
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in _leaves(f"{name}.{key}", inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(name, inner)]
    return []


def _cells(payload: Mapping[str, JsonValue]) -> Parts:
    return Parts(
        other=tuple(leaf for name, value in payload.items() for leaf in _leaves(name, value))
    )


_READERS: Final[Mapping[str, Callable[[Mapping[str, JsonValue]], Parts]]] = {
    "qa": partial(_named, asked="input", given="context", answered="output", other=""),
    "reasoning": partial(
        _named, asked="input", given="context", answered="reasoning output", other=""
    ),
    "instruction": partial(_named, asked="instruction", given="input", answered="output", other=""),
    "classification": partial(_named, asked="text", given="", answered="", other=""),
    "preference": partial(_named, asked="input", given="", answered="chosen", other="rejected"),
    "safety": partial(_named, asked="prompt", given="", answered="response", other=""),
    "code": partial(_named, asked="instruction", given="", answered="", other="code tests"),
    "conversation": _conversation,
}


def parts(task: str, payload: Mapping[str, JsonValue]) -> Parts:
    """Return the texts of a payload by voice; for tabular and custom all are `other`."""
    return _READERS.get(task, _cells)(payload)
