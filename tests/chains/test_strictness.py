from enum import Enum
from typing import Any, Literal

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field

from synth_agent.chains.strictness import is_strict, strict_schema


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Inner(BaseModel):
    """A part."""

    size: int = Field(default=3, ge=1, description="How big.")


class Node(BaseModel):
    value: str
    children: list["Node"] = []


class Outer(BaseModel):
    """A whole with a field of each kind."""

    title: str = Field(min_length=1, max_length=9, pattern="^a")
    inner: Inner = Field(description="The part.")
    parts: list[Inner] = Field(min_length=1)
    maybe: str | None = None
    either: int | Inner
    colour: Colour
    level: Literal["low", "high"]
    only: Literal["this"] = "this"
    format: str = "property names that are keywords stay"


class WithMap(BaseModel):
    counts: dict[str, int]


class WithAny(BaseModel):
    anything: Any


class WithPair(BaseModel):
    pair: tuple[int, str]


def objects_of(value: Any) -> list[dict[str, Any]]:
    """Return every object schema inside a schema."""
    if isinstance(value, list):
        return [found for part in value for found in objects_of(part)]
    if not isinstance(value, dict):
        return []
    found = [inner for part in value.values() for inner in objects_of(part)]
    return [*found, value] if value.get("type") == "object" else found


@pytest.mark.parametrize("model", [Inner, Outer, Node], ids=lambda m: m.__name__)
def test_a_model_becomes_a_schema_that_openai_takes(model: type[BaseModel]) -> None:
    told = strict_schema(model.model_json_schema())

    assert is_strict(told)
    assert told["type"] == "object"
    for found in objects_of(told):
        assert found["additionalProperties"] is False
        assert found["required"] == list(found["properties"])
    Draft202012Validator.check_schema(told)


def test_keywords_go_and_properties_that_are_called_like_them_stay() -> None:
    told = strict_schema(Outer.model_json_schema())

    assert {"title", "format"} <= set(told["properties"])
    assert told["properties"]["title"]["type"] == "string"
    assert told["$defs"]["Inner"]["properties"]["size"] == {
        "type": "integer",
        "description": "How big. (minimum 1)",
    }


def test_bounds_that_servers_do_not_enforce_are_told_in_words() -> None:
    code = {"type": "string", "pattern": "^[A-Z]{2}$", "description": "The country."}
    schema = {"type": "object", "properties": {"code": code, "n": {"maximum": 9}}}

    told = strict_schema(schema)["properties"]

    assert told["code"] == {
        "type": "string",
        "description": "The country. (pattern ^[A-Z]{2}$)",
    }
    assert told["n"] == {"description": "(maximum 9)"}


def test_a_reference_has_nothing_beside_it() -> None:
    told = strict_schema(Outer.model_json_schema())

    assert told["properties"]["inner"] == {
        "anyOf": [{"$ref": "#/$defs/Inner"}],
        "description": "The part.",
    }


def test_definitions_that_are_called_like_keywords_stay() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/title"}},
        "$defs": {"title": {"type": "string", "title": "A"}},
    }

    assert strict_schema(schema)["$defs"] == {"title": {"type": "string"}}


def test_values_of_an_enumeration_are_not_taken_for_schemas() -> None:
    schema = {"type": "object", "properties": {"a": {"enum": [{"title": "x"}, "default"]}}}

    assert strict_schema(schema)["properties"]["a"] == {"enum": [{"title": "x"}, "default"]}


@pytest.mark.parametrize("model", [WithMap, WithAny, WithPair], ids=lambda m: m.__name__)
def test_what_cannot_be_enforced_is_not_called_strict(model: type[BaseModel]) -> None:
    assert not is_strict(strict_schema(model.model_json_schema()))


def test_an_open_object_stays_open() -> None:
    told = strict_schema(WithMap.model_json_schema())

    assert told["properties"]["counts"]["additionalProperties"] == {"type": "integer"}


def test_one_of_several_is_told_as_any_of_them() -> None:
    parts = [{"type": "string"}, {"type": "integer"}]
    schema = {"type": "object", "properties": {"a": {"oneOf": parts}, "b": {"allOf": parts[:1]}}}

    told = strict_schema(schema)

    assert told["properties"] == {"a": {"anyOf": parts}, "b": {"anyOf": parts[:1]}}
    assert is_strict(told)


PERSON = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


@pytest.mark.parametrize(
    ("schema", "fitting"),
    [
        (
            {"type": "object", "allOf": [PERSON, {"properties": {"age": {"type": "integer"}}}]},
            {"name": "a", "age": 3},
        ),
        (
            {**PERSON, "allOf": [{"properties": {"age": {"type": "integer"}}}]},
            {"name": "a", "age": 3},
        ),
        (
            {**PERSON, "if": {"properties": {"name": {"const": "a"}}}, "then": {"required": ["b"]}},
            {"name": "a", "b": 1},
        ),
        ({**PERSON, "patternProperties": {"^x": {"type": "integer"}}}, {"name": "a", "x1": 2}),
        ({**PERSON, "anyOf": [{"required": ["b"]}, {"required": ["c"]}]}, {"name": "a", "b": 1}),
        ({**PERSON, "not": {"properties": {"name": {"const": "b"}}}}, {"name": "a"}),
    ],
    ids=["all of", "beside", "if", "pattern", "either", "not"],
)
def test_parts_that_add_up_are_left_as_they_are(schema: dict[str, Any], fitting: Any) -> None:
    told = strict_schema({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})

    assert told == schema
    assert not is_strict(told)
    Draft202012Validator(told).validate(fitting)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": {"type": "string"}},
        {"anyOf": [{"type": "object", "properties": {}, "additionalProperties": False}]},
        {"type": "object"},
        {"type": "object", "properties": {"a": {"type": "array"}}},
        {"type": "object", "properties": {"a": True}},
        {"type": "object", "properties": {"a": {"$ref": "https://example.com/a.json"}}},
        {"type": "object", "properties": {"a": {"type": ["object", "null"]}}},
    ],
    ids=[
        "list",
        "choice at the root",
        "open",
        "open list",
        "anything",
        "elsewhere",
        "open or null",
    ],
)
def test_what_strict_servers_refuse_is_not_called_strict(schema: dict[str, Any]) -> None:
    assert not is_strict(strict_schema(schema))
