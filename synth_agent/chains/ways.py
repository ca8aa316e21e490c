"""How a model is asked for data: the ways there are, and which of them an endpoint takes.

In the order of their worth: a JSON Schema that the server enforces, a forced tool call, JSON mode,
plain text with instructions. What an endpoint refuses or ignores is found out once per model.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from langchain_core.messages import AIMessage

__all__ = ["WAYS", "Request", "Way", "Ways", "arguments", "request", "written"]

Way = Literal["json_schema", "tools", "json_mode", "text"]
WAYS: Final[tuple[Way, ...]] = get_args(Way)

_PATIENCE: Final = 3
"""Answers in a row that hold no data until a way counts as ignored, or refusals of the last way."""


@dataclass(slots=True)
class Ways:
    """Which way each model is asked; remembered in the run by whoever is told of changes.

    Attributes:
        known: Model -> way, as an earlier sitting found it.
        changed: Told of the whole table when a way has given data for the first time; what was
            refused until then may have been refused for another reason.
    """

    known: dict[str, Way] = field(default_factory=dict)
    changed: Callable[[Mapping[str, Way]], None] = lambda _: None
    _good: set[tuple[str, Way]] = field(default_factory=set)
    _bad: Counter[tuple[str, Way]] = field(default_factory=Counter)
    _denied: Counter[str] = field(default_factory=Counter)

    def of(self, model: str) -> Way:
        """Return the way to ask a model now."""
        return self.known.get(model, WAYS[0])

    def refused(self, model: str, way: Way) -> bool:
        """Note that the endpoint refused a way; return whether there is another to try."""
        if (model, way) in self._good:
            return False  # it was this one request that it refused
        if self.of(model) == way and way != WAYS[-1]:
            self.known[model] = WAYS[WAYS.index(way) + 1]
        elif way == WAYS[-1]:
            self._denied[model] += 1
        return self.of(model) != way

    def is_hopeless(self, model: str) -> bool:
        """Return whether a model has refused plain requests again and again, and answered none."""
        heard = any(name == model for name, _ in self._good)
        return not heard and self._denied[model] >= _PATIENCE

    def worked(self, model: str, way: Way) -> None:
        """Note that a way gave data."""
        if (model, way) not in self._good:
            self._good.add((model, way))
            self.known[model] = way
            self.changed(self.known)

    def ignored(self, model: str, way: Way) -> None:
        """Note that an answer held no data; after three with none that did, the next way is due."""
        self._bad[model, way] += 1
        if self._bad[model, way] >= _PATIENCE and way != WAYS[-1]:
            self.refused(model, way)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: a named JSON Schema, in the forms that the ways need it. Made once."""

    name: str
    schema: dict[str, Any]
    strict: bool
    response_format: dict[str, Any]
    tool: dict[str, Any]


def request(name: str, schema: dict[str, Any], *, description: str, strict: bool) -> Request:
    """Return a request for data of a schema.

    Args:
        strict: Whether the schema keeps to what servers can enforce to the letter.
    """
    enforced = {"name": name, "schema": schema, "strict": strict}
    function = {"name": name, "description": description, "parameters": schema, "strict": strict}
    return Request(
        name,
        schema,
        strict,
        {"type": "json_schema", "json_schema": enforced},
        {"type": "function", "function": function},
    )


_JSON_MODE: Final = {"type": "json_object"}


def arguments(way: Way, wanted: Request) -> dict[str, Any]:
    """Return what a call carries besides its messages."""
    if way == "json_schema":
        return {"response_format": wanted.response_format}
    if way == "tools":
        choice = {"type": "function", "function": {"name": wanted.name}}
        return {"tools": [wanted.tool], "tool_choice": choice}
    return {"response_format": _JSON_MODE} if way == "json_mode" else {}


def written(message: AIMessage) -> str | dict[str, Any]:
    """Return what a model has written: the arguments of its call where it made one, or its text."""
    if message.tool_calls:
        return message.tool_calls[0]["args"]
    if message.invalid_tool_calls:
        return message.invalid_tool_calls[0]["args"] or ""
    return str(message.text)  # a subclass of str there, which orjson refuses
