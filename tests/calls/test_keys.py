from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from pydantic import BaseModel

from synth_agent.calls.keys import Keys

ASKED: list[BaseMessage] = [SystemMessage("You write."), HumanMessage("One record, please.")]
SCHEMA = {"type": "json_schema", "json_schema": {"name": "record", "strict": True}}


class Record(BaseModel):
    text: str


def key(
    messages: list[BaseMessage] = ASKED,
    stop: list[str] | None = None,
    *,
    name: str = "openai:m",
    parameters: dict[str, Any] | None = None,
    **options: Any,
) -> bytes:
    return Keys(name, parameters or {}).of(messages, stop, options).key


def test_a_key_is_sixteen_bytes_and_the_same_on_every_machine() -> None:
    assert key(response_format=SCHEMA).hex() == "f58d41404fa8cbd2eccd4b400dcca30e"


CALL = {"name": "f", "args": {}, "id": "1", "type": "tool_call"}


@pytest.mark.parametrize(
    "other",
    [
        key(name="openai:n"),
        key(parameters={"temperature": 1}),
        key([*ASKED, AIMessage("yes")]),
        key([SystemMessage("You write.O"), HumanMessage("ne record, please.")]),
        key([HumanMessage("You write."), SystemMessage("One record, please.")]),
        key([ASKED[0], HumanMessage([{"type": "text", "text": "One record, please."}])]),
        key([ASKED[0], HumanMessage("One record, please.", name="Ann")]),
        key([*ASKED, AIMessage("", tool_calls=[CALL])]),
        key([*ASKED, AIMessage("")]),
        key([*ASKED, ToolMessage("", tool_call_id="1")]),
        key([*ASKED, ToolMessage("", tool_call_id="2")]),
        key(stop=["\n"]),
        key(temperature=0.5),
        key(temperature=0.7),
        key(response_format=SCHEMA),
        key(response_format=Record),
        key(tools=[SCHEMA]),
    ],
)
def test_whatever_changes_the_answer_changes_the_key(other: bytes) -> None:
    assert other != key()


def test_what_does_not_reach_the_model_does_not_count() -> None:
    marked: list[BaseMessage] = [
        SystemMessage("You write.", id="a"),
        HumanMessage("One record, please.", response_metadata={"seen": True}),
    ]

    assert key(marked) == key()


def test_a_schema_is_the_same_whatever_the_order_of_its_keys() -> None:
    turned = {"json_schema": {"strict": True, "name": "record"}, "type": "json_schema"}

    assert key(response_format=turned) == key(response_format=SCHEMA)


def test_a_schema_that_was_seen_before_has_the_same_part_in_the_key() -> None:
    keys = Keys("openai:m", {})
    first = keys.of(ASKED, None, {"response_format": SCHEMA})
    for number in range(100):  # more than are kept
        keys.of(ASKED, None, {"response_format": {"number": number}})

    assert keys.of(ASKED, None, {"response_format": SCHEMA}) == first
    assert first.option_bytes > 40


def test_an_object_without_a_form_in_json_is_the_same_in_every_process() -> None:
    assert key(parser=object()) == key(parser=object())
