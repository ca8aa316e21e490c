"""Ready scripts: answers given in turn, and answers made to fit whatever schema is demanded."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, inf
from random import Random
from typing import Any

from tests.endpoint.chat import ChatRequest, Script
from tests.endpoint.faults import chance
from tests.endpoint.patterns import matching
from tests.endpoint.words import sentence, sentences

__all__ = ["answers", "from_schema"]

_DEEPEST = 6
"""Below that, what may be left out is."""
_FORMATS: Mapping[str, str] = {
    "date": r"20[012]\d-0[1-9]-[12]\d",
    "date-time": r"20[012]\d-0[1-9]-[12]\dT1\d:[0-5]\d:00Z",
    "email": r"[a-z]{6}@example\.org",
    "time": r"1\d:[0-5]\d:00Z",
    "uri": r"https://example\.org/[a-z]{8}",
    "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}",
}


def answers(*texts: Any) -> Script:
    """Give one answer after the other and then the last again and again.

    A request that a fault keeps from being answered uses none up.
    """
    if not texts:
        raise ValueError("expected at least one answer, got none")
    left = list(reversed(texts))

    def script(request: ChatRequest) -> Any:
        del request
        return left.pop() if len(left) > 1 else left[0]

    return script


def from_schema(seed: int = 0, *, items: int = 2) -> Script:
    """Fill the schema that is demanded, differently for each request and each repetition of one.

    Depends on (seed, request, repetition) alone, not on order. Where no schema is demanded, the
    first JSON Schema of an object that stands in the prompt is filled; where there is none either,
    the answer is a sentence or two, for `json_object` as {"text": …}.

    Args:
        seed: Another seed, other answers.
        items: Length of arrays that the schema leaves open.
    """

    def script(request: ChatRequest) -> Any:
        rng = chance(seed, request.digest, request.repeat)
        schema = request.schema or _described(f"{request.system}\n{request.human}")
        if schema is not None:
            return _Filler(schema, rng, items).value(schema)
        text = " ".join(sentence(rng) for _ in range(rng.randint(1, 2)))
        return {"text": text} if request.way == "json_object" else text

    return script


def _described(prompt: str) -> dict[str, Any] | None:
    if '"properties"' not in prompt:
        return None
    decoder = json.JSONDecoder()
    at = prompt.find("{")
    while at >= 0:
        try:
            found, _ = decoder.raw_decode(prompt, at)
        except json.JSONDecodeError:
            found = None
        if isinstance(found, dict) and "properties" in found:
            return found
        at = prompt.find("{", at + 1)
    return None


@dataclass(frozen=True, slots=True)
class _Filler:
    root: Mapping[str, Any]
    rng: Random
    items: int

    def value(
        self, schema: Mapping[str, Any] | bool, *, depth: int = 0, at: int = 0, name: str = ""
    ) -> Any:
        """Return a value of the schema.

        Args:
            schema: Part of the root.
            depth: How many objects and arrays are around it.
            at: Place in the array around it: roles of a conversation take turns.
            name: Of the property.
        """
        given = {} if isinstance(schema, bool) else self._resolved(schema, depth)
        if "const" in given:
            return given["const"]
        if "enum" in given:
            values = given["enum"]
            return values[at % len(values)] if name == "role" else self.rng.choice(values)
        made: dict[str, Callable[[], Any]] = {
            "object": lambda: self._object(given, depth, at),
            "array": lambda: self._array(given, depth),
            "integer": lambda: self._integer(given),
            "number": lambda: self._number(given),
            "boolean": lambda: self.rng.random() < 0.5,
            "null": lambda: None,
        }
        return made.get(self._type(given), lambda: self._string(given))()

    def _resolved(self, schema: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
        """Follow references and choose among alternatives."""
        while True:
            rest = dict(schema)
            if "$ref" in rest:
                found: Any = self.root
                for step in rest.pop("$ref").removeprefix("#").strip("/").split("/"):
                    found = found[step] if step else found
                schema = {**found, **rest}
            elif "anyOf" in rest or "oneOf" in rest:
                options = rest.pop("anyOf", None) or rest.pop("oneOf")
                schema = {**self._option(options, depth), **rest}
            elif "allOf" in rest:
                schema = {k: v for part in [*rest.pop("allOf"), rest] for k, v in part.items()}
            else:
                return schema

    def _option(self, options: Sequence[Mapping[str, Any]], depth: int) -> Mapping[str, Any]:
        without = [option for option in options if option.get("type") != "null"]
        nullable = len(without) < len(options)
        if nullable and (depth > _DEEPEST or self.rng.random() < 0.1 or not without):
            return {"type": "null"}
        return self.rng.choice(without)

    def _type(self, schema: Mapping[str, Any]) -> str:
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = self._option([{"type": one} for one in kind], 0)["type"]
        if kind is None and "properties" in schema:
            return "object"
        if kind is None and ("items" in schema or "prefixItems" in schema):
            return "array"
        return str(kind)

    def _object(self, schema: Mapping[str, Any], depth: int, at: int) -> dict[str, Any]:
        wanted = schema.get("properties", {})
        required = schema.get("required", ())
        made = {
            key: self.value(part, depth=depth + 1, at=at, name=key)
            for key, part in wanted.items()
            if depth <= _DEEPEST or key in required
        }
        extra = schema.get("additionalProperties")
        if isinstance(extra, dict) and not wanted:
            for key in self.rng.sample(("alpha", "beta", "gamma", "delta"), 2):
                made[key] = self.value(extra, depth=depth + 1)
        return made

    def _array(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        first = schema.get("prefixItems", ())
        fewest = schema.get("minItems", 0)
        wanted = self.items if depth <= _DEEPEST else 0
        length = min(max(fewest, len(first), wanted), schema.get("maxItems", inf))
        rest = schema.get("items", True)
        if rest is False:
            length = min(length, len(first))
        made: list[Any] = []
        for at in range(int(length)):
            part = first[at] if at < len(first) else rest
            value = self.value(part, depth=depth + 1, at=at)
            for _ in range(20):
                if not schema.get("uniqueItems") or value not in made:
                    made.append(value)
                    break
                value = self.value(part, depth=depth + 1, at=at)
        return made

    def _bounds(self, schema: Mapping[str, Any], width: int) -> tuple[float, float]:
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        if low is None:
            low = 0 if high is None or high >= 0 else high - width
        return low, low + width if high is None else high

    def _integer(self, schema: Mapping[str, Any]) -> int:
        low, high = self._bounds(schema, 100)
        low = floor(low) + 1 if low == schema.get("exclusiveMinimum") else ceil(low)
        high = ceil(high) - 1 if high == schema.get("exclusiveMaximum") else floor(high)
        step = schema.get("multipleOf", 1)
        return int(self.rng.randint(ceil(low / step), floor(high / step)) * step)

    def _number(self, schema: Mapping[str, Any]) -> float:
        low, high = self._bounds(schema, 100)
        if step := schema.get("multipleOf"):
            return float(self.rng.randint(floor(low / step) + 1, ceil(high / step) - 1) * step)
        # Between the bounds and not at them, so that exclusive ones are kept too.
        value = low + (high - low) * self.rng.uniform(0.01, 0.99)
        rounded = round(value, 2)
        return rounded if low < rounded < high else value

    def _string(self, schema: Mapping[str, Any]) -> str:
        pattern = schema.get("pattern") or _FORMATS.get(schema.get("format", ""))
        if pattern:
            return matching(pattern, self.rng)
        fewest, most = schema.get("minLength", 0), schema.get("maxLength", 100_000)
        return sentences(self.rng, fewest=fewest, most=most)
