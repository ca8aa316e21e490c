"""Answers that are objects; with ChatOpenAI in the place of ours as well."""

from typing import Any

import pytest
from langchain_core.exceptions import OutputParserException
from pydantic import BaseModel, Field

from tests.models.server import Make, Serve, answering, call, completion, http, lean


class Person(BaseModel):
    """Someone."""

    name: str = Field(description="first name")
    age: int = 0


SCHEMA = {
    "title": "person",
    "description": "Someone.",
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
}
ADA = '{"name":"Ada","age":36}'


def test_a_class_is_sent_as_a_strict_schema_and_comes_back_as_an_object(
    serve: Serve, make: Make
) -> None:
    server = serve(answering(content=ADA))

    person = make(server).with_structured_output(Person).invoke("Who?")

    assert person == Person(name="Ada", age=36)
    sent = server.bodies[0]["response_format"]
    assert sent["type"] == "json_schema"
    assert sent["json_schema"]["name"] == "Person"
    assert sent["json_schema"]["strict"] is True
    assert sent["json_schema"]["schema"]["additionalProperties"] is False
    assert sent["json_schema"]["schema"]["required"] == ["name", "age"]


def test_a_json_schema_gives_a_dict(serve: Serve, make: Make) -> None:
    server = serve(answering(content=ADA))

    person = make(server).with_structured_output(SCHEMA, method="json_schema").invoke("Who?")

    assert person == {"name": "Ada", "age": 36}
    sent = server.bodies[0]["response_format"]["json_schema"]
    assert (sent["name"], sent["strict"]) == ("person", False)
    assert sent["schema"]["required"] == ["name", "age"]


INNER = {"name": "mine", "strict": True, "schema": {"type": "object"}}
WHOLE = {"type": "json_schema", "json_schema": INNER}


def test_a_schema_in_openais_form_is_sent_as_it_is(serve: Serve, make: Make) -> None:
    server = serve(answering(content=ADA))

    make(server).with_structured_output(INNER, method="json_schema").invoke("Who?")

    assert server.bodies[0]["response_format"] == WHOLE


def test_a_whole_response_format_is_a_schema_too(serve: Serve) -> None:
    server = serve(answering(content=ADA))

    lean(server).with_structured_output(WHOLE).invoke("Who?")

    assert server.bodies[0]["response_format"] == WHOLE


@pytest.mark.parametrize("schema", [Person, SCHEMA], ids=["class", "json schema"])
def test_a_schema_can_be_filled_by_a_call(serve: Serve, make: Make, schema: Any) -> None:
    name = "Person" if schema is Person else "person"
    server = serve(answering(content=None, tool_calls=[call(ADA, name)]))

    person = make(server).with_structured_output(schema, method="function_calling").invoke("Who?")

    assert dict(person) == {"name": "Ada", "age": 36}
    body = server.bodies[0]
    assert body["tool_choice"] == {"type": "function", "function": {"name": name}}
    assert body["parallel_tool_calls"] is False


@pytest.mark.parametrize("schema", [Person, None], ids=["class", "none"])
def test_json_mode_asks_for_any_object(serve: Serve, make: Make, schema: Any) -> None:
    server = serve(answering(content=ADA))

    person = make(server).with_structured_output(schema, method="json_mode").invoke("Who?")

    assert dict(person) == {"name": "Ada", "age": 36}
    assert server.bodies[0]["response_format"] == {"type": "json_object"}


def test_the_message_comes_along_where_it_is_wanted(serve: Serve, make: Make) -> None:
    model = make(serve(answering(content=ADA))).with_structured_output(Person, include_raw=True)

    told: Any = model.invoke("Who?")

    assert told["raw"].content == ADA
    assert told["parsed"] == Person(name="Ada", age=36)
    assert told["parsing_error"] is None


def test_a_text_that_does_not_parse_is_kept_with_its_error(serve: Serve, make: Make) -> None:
    said = completion(None, tool_calls=[call('{"age": "many"}', "Person")])
    model = make(serve(lambda _: http(body=said))).with_structured_output(
        Person, method="function_calling", include_raw=True
    )

    told: Any = model.invoke("Who?")

    assert told["raw"].tool_calls[0]["args"] == {"age": "many"}
    assert told["parsed"] is None
    assert "name" in str(told["parsing_error"])


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"content": "Ada, of course."}, "Invalid json output"),
        ({"content": '{"age": "many"}'}, "Field required"),
        ({"content": '{"name": "Ad', "finish": "length"}, "length"),
        ({"content": None, "refusal": "I must not."}, "refused: I must not"),
    ],
    ids=["no json", "wrong schema", "cut", "refusal"],
)
def test_our_own_keeps_the_text_of_a_schema_answer_that_failed(
    serve: Serve, said: dict[str, Any], why: str
) -> None:
    model = lean(serve(answering(**said)))

    told: Any = model.with_structured_output(Person, include_raw=True).invoke("Who?")
    with pytest.raises(OutputParserException, match=why):
        model.with_structured_output(Person).invoke("Who?")

    assert told["raw"].content == (said["content"] or "")
    assert told["parsed"] is None
    assert why in str(told["parsing_error"])


def test_a_schema_must_be_given(serve: Serve, make: Make) -> None:
    none: Any = None

    with pytest.raises(ValueError, match="schema"):
        make(serve()).with_structured_output(none, method="json_schema")


def test_json_mode_cannot_be_strict(serve: Serve, make: Make) -> None:
    with pytest.raises(ValueError, match="strict"):
        make(serve()).with_structured_output(Person, method="json_mode", strict=True)
