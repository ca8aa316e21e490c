import asyncio

import pytest
from pydantic import BaseModel

from synth_agent.chains.prompt import Prompt
from synth_agent.chains.reading import Item, Text, loose
from synth_agent.chains.structured import One, Sheet, in_parts, structured
from synth_agent.errors import AnswerError
from tests.chat import Scripted, door, records

PROMPT = Prompt("count", "", "Count {things}.")


class Total(BaseModel):
    """A number."""

    total: int


class Line(Item):
    """A line."""

    text: Text


def test_a_prompt_a_door_and_a_schema_make_a_runnable() -> None:
    model = Scripted(answers=[{"total": 7}])

    chain = structured(PROMPT, door(model), Total)

    assert chain.invoke({"things": "sheep"}) == Total(total=7)
    assert model.prompts == ["Count sheep."]
    assert (chain | (lambda found: found.total + 1)).invoke({"things": "sheep"}) == 8


def test_what_cannot_be_had_is_raised() -> None:
    chain = structured(PROMPT, door(Scripted(answers=["no"])), Total)

    with pytest.raises(AnswerError, match="unreadable"):
        chain.invoke({"things": "sheep"})


def test_a_request_is_made_once_for_each_kind_of_answer() -> None:
    assert Sheet(Line, 2).request is Sheet(Line, 9).request
    assert One(Total).request is One(Total).request


def test_a_sheet_is_told_as_a_list_under_one_key() -> None:
    wanted = Sheet(Line, 2).request

    assert wanted.name == "Lines"
    assert wanted.strict
    assert wanted.schema["required"] == ["records"]
    assert wanted.tool["function"]["parameters"] is wanted.schema


def test_a_sheet_has_an_entry_for_each_wish() -> None:
    found = Sheet(Line, 3).read(loose(records({"text": "a"}, {"text": ""})))

    assert [type(entry) for entry in found] == [Line, AnswerError, AnswerError]


def test_no_places_take_no_call() -> None:
    model = Scripted()

    assert asyncio.run(in_parts(door(model), PROMPT, Line, 0, lambda _: {})) == []
    assert model.sent == []
