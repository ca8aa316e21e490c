from typing import Any

import pytest
from jsonschema import Draft202012Validator

from synth_agent.chains.references import hoisted

ADDRESS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def inside(schema: dict[str, Any]) -> Draft202012Validator:
    """Return what holds a record to a schema that stands deep inside another."""
    moved = hoisted(schema)
    return Draft202012Validator(
        {"type": "object", "properties": {"record": moved.schema}, "$defs": moved.definitions}
    )


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        (
            {"properties": {"home": {"$ref": "#/$defs/Address"}}, "$defs": {"Address": ADDRESS}},
            {"home": {"city": "Ulm"}},
            {"home": {}},
        ),
        (
            {"properties": {"home": {"$ref": "#/definitions/A"}}, "definitions": {"A": ADDRESS}},
            {"home": {"city": "Ulm"}},
            {"home": {"city": 3}},
        ),
        (
            {"properties": {"name": {"type": "string"}, "boss": {"$ref": "#"}}},
            {"name": "a", "boss": {"name": "b", "boss": {"name": "c"}}},
            {"name": "a", "boss": {"name": "b", "boss": {"name": 3}}},
        ),
        (
            {"properties": {"a": ADDRESS, "b": {"$ref": "#/properties/a"}}},
            {"b": {"city": "Ulm"}},
            {"b": {}},
        ),
        (
            {
                "properties": {"a": {"$ref": "#/$defs/x/anyOf/1"}},
                "$defs": {"x": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
            },
            {"a": 3},
            {"a": "3"},
        ),
        (
            {
                "properties": {"a": {"$ref": "#/$defs/a~1b%25"}, "c": {"$ref": "#/$defs/a b"}},
                "$defs": {"a/b%": {"type": "integer"}, "a b": {"type": "string"}},
            },
            {"a": 3, "c": "x"},
            {"a": "x"},
        ),
        (
            {
                "properties": {"a": {"$ref": "#/$defs/A"}, "b": {"$ref": "#/definitions/A"}},
                "$defs": {"A": {"type": "integer"}},
                "definitions": {"A": {"type": "string"}},
            },
            {"a": 3, "b": "x"},
            {"a": 3, "b": 3},
        ),
        (
            {"properties": {"$defs": {"type": "integer"}, "$ref": {"type": "string"}}},
            {"$defs": 3, "$ref": "x"},
            {"$defs": "x"},
        ),
    ],
    ids=[
        *("$defs", "definitions", "the root", "a property", "a list", "escaped", "two of a name"),
        "properties called like keywords",
    ],
)
def test_a_schema_says_the_same_inside_another(
    schema: dict[str, Any], good: dict[str, Any], bad: dict[str, Any]
) -> None:
    validator = inside(schema)

    assert validator.is_valid({"record": good})
    assert not validator.is_valid({"record": bad})
    assert Draft202012Validator(schema).is_valid(good)


def test_what_nothing_refers_to_is_left_behind() -> None:
    moved = hoisted({"$schema": "s", "$id": "i", "type": "object", "$defs": {"A": ADDRESS}})

    assert moved.schema == {"type": "object"}
    assert moved.definitions == {}


@pytest.mark.parametrize("pointer", ["https://example.com/a.json", "#/$defs/None", "#anchor"])
def test_references_to_elsewhere_stay(pointer: str) -> None:
    moved = hoisted({"properties": {"a": {"$ref": pointer}}})

    assert moved.schema == {"properties": {"a": {"$ref": pointer}}}


def test_data_that_looks_like_a_reference_is_none() -> None:
    schema = {"properties": {"a": {"const": {"$ref": "#"}, "default": {"$defs": 1}}}}

    assert hoisted(schema).schema == schema
