from collections.abc import Mapping

import pytest
from langchain_core.messages import AIMessage

from synth_agent.chains.ways import WAYS, Way, Ways, arguments, request, written

WANTED = request("Total", {"type": "object"}, description="A number.", strict=True)


def test_the_ways_go_from_enforced_to_words() -> None:
    ways, tried = Ways(), []

    while ways.refused("m", ways.of("m")):
        tried.append(ways.of("m"))

    assert tried == list(WAYS[1:])


def test_a_refusal_that_others_have_found_already_only_says_to_try_again() -> None:
    ways = Ways()
    ways.refused("m", "json_schema")

    assert ways.refused("m", "json_schema")
    assert ways.of("m") == "tools"


def test_models_do_not_share_their_ways() -> None:
    ways = Ways()
    ways.refused("m", "json_schema")

    assert ways.of("other") == "json_schema"


def test_only_what_has_worked_is_remembered_beyond_the_sitting() -> None:
    told: list[Mapping[str, Way]] = []
    ways = Ways(changed=lambda table: told.append(dict(table)))

    ways.refused("m", "json_schema")
    assert told == []
    ways.worked("m", "tools")
    ways.worked("m", "tools")
    assert told == [{"m": "tools"}]


def test_a_remembered_way_is_taken_up_again() -> None:
    assert Ways(known={"m": "text"}).of("m") == "text"


def test_plain_words_are_never_given_up() -> None:
    ways = Ways(known={"m": "text"})

    for _ in range(10):
        ways.ignored("m", "text")

    assert ways.of("m") == "text"
    assert not ways.is_hopeless("m")


def test_a_model_that_has_answered_once_is_not_hopeless() -> None:
    ways = Ways(known={"m": "text"})
    for _ in range(3):
        ways.refused("m", "text")

    assert ways.is_hopeless("m")
    ways.worked("m", "text")
    assert not ways.is_hopeless("m")


@pytest.mark.parametrize(
    ("way", "keys"),
    [
        ("json_schema", {"response_format"}),
        ("tools", {"tools", "tool_choice"}),
        ("json_mode", {"response_format"}),
        ("text", set()),
    ],
)
def test_each_way_carries_its_own_arguments(way: Way, keys: set[str]) -> None:
    assert set(arguments(way, WANTED)) == keys


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (AIMessage('{"a": 1}'), '{"a": 1}'),
        (AIMessage([{"type": "text", "text": '{"a": 1}'}]), '{"a": 1}'),
        (AIMessage("", tool_calls=[{"name": "T", "args": {"a": 1}, "id": "1"}]), {"a": 1}),
        (
            AIMessage(
                "", invalid_tool_calls=[{"name": "T", "args": '{"a": 1', "id": "1", "error": ""}]
            ),
            '{"a": 1',
        ),
    ],
    ids=["text", "blocks", "call", "broken call"],
)
def test_what_was_written_is_found_where_the_model_put_it(
    message: AIMessage, expected: object
) -> None:
    assert written(message) == expected
