"""A user's JSON Schema made fit to stand inside another: what it refers to moves to the root."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

__all__ = ["Hoisted", "hoisted"]

_NAMED: Final = frozenset({"properties", "patternProperties", "dependentSchemas"})
_PLAIN_DATA: Final = frozenset({"enum", "const", "default", "examples"})
_GONE: Final = frozenset({"$defs", "definitions", "$schema", "$id"})
"""What stands at the root of a schema alone, or is referred to and so moved there."""


@dataclass(frozen=True, slots=True)
class Hoisted:
    """A schema whose references all are `#/$defs/<name>`, and those definitions."""

    schema: dict[str, Any]
    definitions: dict[str, Any]


def hoisted(schema: Mapping[str, Any]) -> Hoisted:
    """Return a schema that says the same wherever it stands, its definitions beside it.

    References inside the document are followed wherever they lead (`#`, `#/definitions/…`,
    `#/properties/…`); those to other documents, or to nothing, stay as they are.
    """
    moving = _Moving(schema)
    return Hoisted(moving.moved(schema), moving.definitions)


@dataclass(slots=True)
class _Moving:
    root: Mapping[str, Any]
    definitions: dict[str, Any] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def moved(self, part: Any) -> Any:
        if isinstance(part, list):
            return [self.moved(entry) for entry in part]
        if not isinstance(part, Mapping):
            return part
        kept = {key: value for key, value in part.items() if key not in _GONE}
        return {key: self._value(key, value) for key, value in kept.items()}

    def _value(self, key: str, value: Any) -> Any:
        if key in _PLAIN_DATA:
            return value
        if key in _NAMED and isinstance(value, Mapping):
            return {name: self.moved(inner) for name, inner in value.items()}
        return self._reference(value) if key == "$ref" else self.moved(value)

    def _reference(self, pointer: str) -> str:
        if pointer not in self._names:
            target = _at(self.root, pointer)
            if target is None:
                return pointer
            steps = re.findall(r"\w+", unquote(pointer.rpartition("/")[2])) or ["Record"]
            name = "_".join(steps)
            while name in self._names.values():
                name += "_"
            self._names[pointer] = name
            self.definitions[name] = self.moved(target)
        return f"#/$defs/{self._names[pointer]}"


def _at(root: Mapping[str, Any], pointer: str) -> Any:
    """Return what a JSON Pointer leads to (RFC 6901), None where there is nothing."""
    if pointer != "#" and not pointer.startswith("#/"):
        return None
    found: Any = root
    for step in unquote(pointer).split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, Mapping) and name in found:
            found = found[name]
        else:
            return None
    return found
