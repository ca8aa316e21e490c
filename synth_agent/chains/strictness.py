"""JSON Schemas as servers take them that enforce a schema to the letter.

OpenAI's strict mode wants every object closed, every key required, and few keywords; vLLM and
llama.cpp enforce more. What cannot be said so is sent as it is, and not called strict.
"""

from collections.abc import Iterator
from typing import Any, Final

__all__ = ["is_strict", "strict_schema"]

_ENFORCED: Final = frozenset(
    {"type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf"}
    | {"$ref", "$defs", "description"}
)
_CHECKED_HERE: Final = frozenset(
    {"minLength", "maxLength", "format", "pattern", "minItems", "maxItems", "uniqueItems"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
)
"""Bounds that not every server takes: told in the description, and held to in reading answers."""
_GOES_WITHOUT_SAYING: Final = frozenset({"minLength 0", "minLength 1", "minItems 0"})
_SAYS_NOTHING: Final = frozenset(
    {"title", "default", "examples", "discriminator", "deprecated", "readOnly", "writeOnly"}
    | {"$schema", "$id", "$comment"}
)
_CHOICES: Final = ("anyOf", "oneOf", "allOf")
_MAPS: Final = ("properties", "$defs", "definitions")
_KNOWN: Final = _ENFORCED | _CHECKED_HERE | _SAYS_NOTHING | {*_CHOICES, *_MAPS}


def strict_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON Schema with every object closed and every key required, where that is possible.

    Objects whose keys are not named (`additionalProperties` alone) stay open. A schema whose parts
    add up (`allOf`, `if`, `patternProperties` …) stays as it is: its parts closed, each for itself,
    would contradict each other, and no answer could fit.
    """
    if not all(_is_plain(node) for node in _nodes(schema)):
        return {key: value for key, value in schema.items() if key not in {"$schema", "$id"}}
    closed: dict[str, Any] = _closed(schema)
    return closed


def is_strict(schema: dict[str, Any]) -> bool:
    """Return whether strict servers take a schema and can hold an answer to all of it."""
    return schema.get("type") == "object" and all(map(_is_enforced, _nodes(schema)))


def _nodes(schema: Any) -> Iterator[Any]:
    """Yield a schema and all schemas inside it, as far as keywords are known."""
    yield schema
    if not isinstance(schema, dict):
        return
    inner = [part for name in _MAPS for part in schema.get(name, {}).values()]
    inner += [part for name in _CHOICES for part in schema.get(name, ())]
    inner += [schema["items"]] if "items" in schema else []
    open_to = schema.get("additionalProperties")
    for part in [*inner, open_to] if isinstance(open_to, dict) else inner:
        yield from _nodes(part)


def _is_plain(node: Any) -> bool:
    if not isinstance(node, dict):
        return True
    choices = [name for name in _CHOICES if name in node]
    adds_up = choices and ("properties" in node or "$ref" in node or len(choices) > 1)
    return set(node) <= _KNOWN and not adds_up and len(node.get("allOf", "1")) == 1


def _is_enforced(node: Any) -> bool:
    if not isinstance(node, dict) or not set(node) <= _ENFORCED:
        return False
    kinds = node.get("type", ())
    if "object" in kinds and node.get("additionalProperties") is not False:
        return False
    if "array" in kinds and "items" not in node:
        return False
    # A schema that says nothing takes anything, which cannot be enforced.
    says = any(key in node for key in ("type", "enum", "const", "anyOf", "$ref"))
    return says and node.get("$ref", "#/$defs/").startswith("#/$defs/")


def _closed(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _MAPS:
            kept[key] = {name: _closed(part) for name, part in value.items()}
        elif key in _CHOICES:  # one of several, or the only one: `anyOf` is what servers take
            kept["anyOf"] = [_closed(part) for part in value]
        elif key in {"items", "additionalProperties"}:
            kept[key] = _closed(value)
        elif key in _ENFORCED:
            kept[key] = value
    if "properties" in kept:
        kept["required"] = list(kept["properties"])
        kept["additionalProperties"] = False
    return _with_reference_apart(_bounded(kept, schema))


def _bounded(kept: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose description tells the bounds that were left out."""
    told = (f"{key} {value}" for key, value in schema.items() if key in _CHECKED_HERE)
    bounds = ", ".join(bound for bound in told if bound not in _GOES_WITHOUT_SAYING)
    description = f"{kept.get('description', '')} ({bounds})".strip()
    return {**kept, "description": description} if bounds else kept


def _with_reference_apart(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose reference stands alone: OpenAI refuses one that has words beside it."""
    if "$ref" not in schema or len(schema) == 1:
        return schema
    definitions = schema.get("$defs", {})
    name = schema["$ref"].removeprefix("#/$defs/")
    if name in definitions:  # a model that holds itself: Pydantic makes its root a reference
        return {**definitions[name], "$defs": definitions}
    rest = {key: value for key, value in schema.items() if key != "$ref"}
    return {**rest, "anyOf": [{"$ref": schema["$ref"]}]}
