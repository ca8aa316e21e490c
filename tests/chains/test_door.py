import asyncio
import re
from collections.abc import Sequence
from typing import Any

import pytest
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelInvalidRequestError,
)
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from pydantic import BaseModel

from synth_agent.chains.door import Door
from synth_agent.chains.structured import One
from synth_agent.chains.ways import WAYS, Way
from synth_agent.errors import AnswerError, BudgetError, ProviderError
from tests.chat import Scripted, door


class Total(BaseModel):
    """A number."""

    total: int


GOOD = {"total": 7}


def ask(asked: Door, text: str = "How many?") -> Total:
    return asyncio.run(asked.ask([HumanMessage(text)], One(Total)))


def way_of(options: dict[str, Any]) -> Way:
    if "tools" in options:
        return "tools"
    kind = options.get("response_format", {}).get("type", "text")
    return "json_mode" if kind == "json_object" else kind


def ways_of(model: Scripted) -> list[Way]:
    return [way_of(options) for _, options in model.sent]


# ----------------------------------------------------------------------------------- asking again


def test_a_good_answer_takes_one_request_with_the_schema_enforced() -> None:
    model = Scripted(answers=[GOOD])

    assert ask(door(model)).total == 7
    ((_, options),) = model.sent
    assert options["response_format"]["json_schema"]["strict"] is True


def test_what_cannot_be_read_is_asked_for_once_more_with_the_reason() -> None:
    model = Scripted(answers=["I would say seven.", GOOD])

    assert ask(door(model)).total == 7
    _, second = (messages for messages, _ in model.sent)
    assert [m.type for m in second] == ["human", "ai", "human"]
    assert second[1].content == "I would say seven."
    assert "expected JSON, got 'I would say seven.'" in str(second[2].content)


def test_what_does_not_fit_is_asked_for_with_the_field_named() -> None:
    model = Scripted(answers=[{"total": "many"}, GOOD])

    ask(door(model))

    assert "total: Input should be a valid integer" in model.prompts[1]


def test_there_is_no_third_request() -> None:
    model = Scripted(answers=["no", "no", GOOD])

    with pytest.raises(AnswerError, match="unreadable: expected JSON"):
        ask(door(model))
    assert len(model.sent) == 2


def test_an_answer_without_a_word_is_not_sent_back() -> None:
    model = Scripted(answers=["", GOOD])

    ask(door(model))

    assert [m.type for m in model.sent[1][0]] == ["human", "human"]


def test_a_call_that_did_not_fit_is_sent_back_as_text_for_no_tool_has_answered_it() -> None:
    call = {"name": "Total", "args": {"sum": 7}, "id": "1", "type": "tool_call"}
    model = Scripted(answers=[AIMessage("", tool_calls=[call]), GOOD])

    ask(door(model))

    answer = model.sent[1][0][1]
    assert isinstance(answer, AIMessage)
    assert answer.tool_calls == []
    assert answer.content == '{"sum":7}'


@pytest.mark.parametrize("said", ["length", "max_tokens", "MAX_TOKENS"])
def test_an_answer_that_was_cut_off_twice_is_called_truncated(said: str) -> None:
    half = AIMessage('{"total": 7', response_metadata={"finish_reason": said})
    model = Scripted(answers=[half])
    asked = door(model)

    for _ in range(4):
        with pytest.raises(AnswerError, match="truncated: the answer was cut off"):
            ask(asked)
    assert set(ways_of(model)) == {"json_schema"}, "the length is no fault of the way"


@pytest.mark.parametrize(
    "message",
    [
        AIMessage("", additional_kwargs={"refusal": "I won't."}),
        AIMessage("", response_metadata={"refusal": "I won't."}),
        AIMessage("", response_metadata={"finish_reason": "content_filter"}),
        AIMessage("", response_metadata={"stop_reason": "refusal"}),
        ModelInvalidRequestError("HTTP 400 (content_filter): the prompt triggered the policy"),
    ],
    ids=["refusal", "metadata", "filter", "stop reason", "filtered prompt"],
)
def test_a_refusal_is_not_asked_again(message: object) -> None:
    model = Scripted(answers=[message, GOOD])
    asked = door(model)

    with pytest.raises(AnswerError) as caught:
        ask(asked)
    assert caught.value.reason == "refusal"
    assert len(model.sent) == 1
    assert asked.ways.of(asked.name) == "json_schema"


# ------------------------------------------------------------------------------------ the ways


def taking(*ways: Way) -> Scripted:
    """A model behind an endpoint that refuses all other ways."""

    def answer(_: Sequence[BaseMessage], options: dict[str, Any]) -> object:
        if way_of(options) not in ways:
            return ModelInvalidRequestError("HTTP 400: unknown parameter")
        return GOOD

    return Scripted(answering=answer)


@pytest.mark.parametrize("way", WAYS)
def test_an_endpoint_is_asked_in_the_best_way_it_takes_and_remembered(way: Way) -> None:
    model = taking(way)
    asked = door(model)

    ask(asked)
    ask(asked)

    assert ways_of(model) == [*WAYS[: WAYS.index(way) + 1], way]
    assert asked.ways.known == {asked.name: way}


def test_a_way_without_a_schema_has_it_in_words() -> None:
    model = taking("text")

    ask(door(model))

    assert '"total":{"type":"integer"}' in model.prompts[-1]
    assert '"total"' not in model.prompts[0]


def test_a_second_request_in_words_says_the_form_again() -> None:
    model = Scripted(answers=["no", GOOD])
    asked = door(model)
    asked.ways.known[asked.name] = "text"

    ask(asked)

    assert '"total":{"type":"integer"}' in str(model.sent[1][0][-1].content)


def test_a_schema_that_is_ignored_is_given_up_after_three_answers() -> None:
    def answer(_: Sequence[BaseMessage], options: dict[str, Any]) -> object:
        return GOOD if way_of(options) == "tools" else "Seven."

    model = Scripted(answering=answer)
    asked = door(model)

    with pytest.raises(AnswerError):
        ask(asked)
    assert ask(asked).total == 7
    assert ways_of(model) == ["json_schema"] * 3 + ["tools"]


def test_one_request_that_is_refused_does_not_change_a_way_that_has_worked() -> None:
    model = Scripted(answers=[GOOD, ModelInvalidRequestError("HTTP 400: odd prompt"), GOOD])
    asked = door(model)

    ask(asked)
    with pytest.raises(AnswerError, match="invalid-request: HTTP 400: odd prompt"):
        ask(asked)
    ask(asked)

    assert set(ways_of(model)) == {"json_schema"}


def test_an_endpoint_that_refuses_everything_is_given_up() -> None:
    model = Scripted(answers=[ModelInvalidRequestError("HTTP 400: temperature must be 1")])
    asked = door(model)

    for _ in range(2):
        with pytest.raises(AnswerError, match="invalid-request"):
            ask(asked)
    with pytest.raises(ProviderError, match=r"every form of request: HTTP 400: temperature must"):
        ask(asked)


# -------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ContextOverflowError("too long"), ContextOverflowError),
        (ModelAuthenticationError("bad key"), ProviderError),
        (ModelAPIError("HTTP 500"), AnswerError),
        (BudgetError("spent"), BudgetError),
    ],
    ids=["overflow", "for good", "passing", "budget"],
)
def test_failures_are_told_apart(error: Exception, kind: type[Exception]) -> None:
    model = Scripted(answers=[error])

    with pytest.raises(kind):
        ask(door(model))
    assert len(model.sent) == 1


def test_a_passing_failure_costs_one_answer() -> None:
    model = Scripted(answers=[ModelAPIError("HTTP 500: oops")])

    with pytest.raises(AnswerError, match="provider: HTTP 500: oops"):
        ask(door(model))


def test_answers_of_many_requests_at_once_are_not_mixed_up() -> None:
    """LangChain's retry in a batch hands one row's answer to another (langchain issue 35475)."""
    failed: set[str] = set()

    def answer(messages: Sequence[BaseMessage], _: dict[str, Any]) -> object:
        (number,) = re.findall(r"number (\d+)", str(messages[0].content))
        if int(number) % 3 == 0 and number not in failed:
            failed.add(number)
            return "let me think"
        return {"total": int(number)}

    asked = door(Scripted(answering=answer))

    async def all_of_them() -> list[Total]:
        requests = ([HumanMessage(f"Say number {n}.")] for n in range(60))
        return await asyncio.gather(*(asked.ask(request, One(Total)) for request in requests))

    assert [found.total for found in asyncio.run(all_of_them())] == list(range(60))
    assert len(failed) == 20


def test_parameters_of_the_door_and_of_the_call_are_carried() -> None:
    model = Scripted(answers=[GOOD])
    known = door(model)
    warm = Door(
        model=model,
        name=known.name,
        ways=known.ways,
        prompts=known.prompts,
        parameters={"temperature": 0.1, "top_p": 0.5},
    )

    asyncio.run(warm.ask([HumanMessage("?")], One(Total), temperature=0.9))

    options = model.sent[0][1]
    assert (options["temperature"], options["top_p"]) == (0.9, 0.5)
