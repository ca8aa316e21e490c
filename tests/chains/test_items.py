from typing import Any

import pytest
from jsonschema import Draft202012Validator

from synth_agent.chains.items import item_of, payload_item, payload_of
from synth_agent.chains.reading import MisreadError
from synth_agent.chains.strictness import is_strict
from synth_agent.chains.structured import Sheet
from synth_agent.schemas import DEFAULT_FIELDS, PAYLOADS
from tests.chat import spec

OWN = {
    "type": "object",
    "properties": {"n": {"type": "integer", "minimum": 0}, "part": {"$ref": "#/$defs/Part"}},
    "required": ["n"],
    "$defs": {"Part": {"type": "object", "properties": {"code": {"type": "string"}}}},
}


def record_of(request: dict[str, Any]) -> dict[str, Any]:
    fields = request["properties"]["records"]["items"]["properties"]
    found: dict[str, Any] = fields["record"]
    return found


@pytest.mark.parametrize("task", PAYLOADS)
def test_an_item_has_the_fields_of_its_task_in_order(task: str) -> None:
    item = item_of(task)

    assert tuple(item.model_fields) == ("n", *DEFAULT_FIELDS[task])
    assert is_strict(Sheet(item, 2).request.schema)


def test_a_field_that_may_be_empty_may_be_left_out_and_the_others_may_not() -> None:
    item = item_of("qa")

    assert item.model_validate({"input": "q", "output": "a"}).fields() == {
        "input": "q",
        "context": "",
        "output": "a",
    }
    with pytest.raises(MisreadError, match="output: Field required"):
        Sheet(item, 1).read(_loose({"input": "q"}))


def _loose(value: dict[str, Any]) -> Any:
    from synth_agent.chains.reading import loose

    return loose({"records": [value]})


def test_fields_that_a_slot_settles_are_not_asked_for() -> None:
    wanted = spec(task="classification", count=2, labels={"a": 1, "b": 1})

    assert tuple(payload_item(wanted).model_fields) == ("n", "text")


def test_a_record_of_the_users_stands_apart_and_its_references_hold() -> None:
    wanted = spec(task="custom", json_schema=OWN)

    request = Sheet(payload_item(wanted), 2).request
    told = request.schema

    assert request.strict
    assert record_of(told)["properties"]["part"] == {"$ref": "#/$defs/Part"}
    assert "Part" in told["$defs"]
    validator = Draft202012Validator(told)
    good = {"n": 1, "record": {"n": 5, "part": {"code": "x"}}}
    assert validator.is_valid({"records": [good]})
    assert not validator.is_valid({"records": [{"n": 1, "record": {"n": 5, "part": {"code": 1}}}]})


def test_a_record_of_the_users_may_have_a_number_of_its_own() -> None:
    item = payload_item(spec(task="custom", json_schema=OWN))

    (found,) = Sheet(item, 1).read(_loose({"n": 1, "record": {"n": 5}}))

    assert payload_of(found) == {"n": 5}  # type: ignore[arg-type]  # an error would not equal it


def test_a_schema_that_cannot_be_enforced_is_told_all_the_same() -> None:
    own: dict[str, Any] = {
        "type": "object",
        "allOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}],
    }
    own |= {"$defs": {n: {"type": "object", "properties": {n: {"type": "string"}}} for n in "AB"}}

    request = Sheet(payload_item(spec(task="custom", json_schema=own)), 1).request

    assert not request.strict
    assert request.response_format["json_schema"]["strict"] is False
    validator = Draft202012Validator(request.schema)
    assert validator.is_valid({"records": [{"n": 1, "record": {"A": "x", "B": "y"}}]})
    assert not validator.is_valid({"records": [{"record": {"A": "x"}}]}), "the number is required"


def test_columns_are_told_as_a_closed_object() -> None:
    wanted = spec(task="tabular", fields=("machine", "scrap rate %"))

    request = Sheet(payload_item(wanted), 2).request

    assert request.strict
    assert record_of(request.schema)["required"] == ["machine", "scrap rate %"]


def test_what_is_nested_without_end_costs_its_record_alone() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = {"a": deep}
    item = payload_item(spec(task="custom", json_schema={"type": "object"}))
    from synth_agent.chains.reading import loose

    answer = loose({"records": [{"n": 1, "record": {"a": 1}}, {"n": 2, "record": deep}]})
    first, second = Sheet(item, 2).read(answer)

    assert payload_of(first) == {"a": 1}  # type: ignore[arg-type]
    assert "schema" in str(second)
