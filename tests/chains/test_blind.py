import asyncio
import random
import re
from collections.abc import Sequence
from typing import Any

from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import BaseMessage

from synth_agent.chains.blind import Reading, chance_of, lost, read_blind
from synth_agent.chains.hand import Hand, Order
from synth_agent.chains.prompt import Prompt
from synth_agent.chains.reading import Text
from synth_agent.errors import AnswerError
from synth_agent.schemas import Ask
from tests.chat import Scripted, door, hand, records

_SHOWN = re.compile(r"<<text (\d+) \w+>>\n(.*)\n")
PROMPT = Prompt("guess", "{subject}", "{count} texts:\n{cases}")


class Guess(Reading):
    """What a text is about."""

    about: Text


def echo(messages: Sequence[BaseMessage], _: dict[str, Any]) -> object:
    shown = _SHOWN.findall(str(messages[-1].content))
    return records(*({"n": int(n), "about": text} for n, text in shown))


def read(model: Scripted, texts: Sequence[str], *, seed: int = 1) -> list[Guess | AnswerError]:
    cases = [{"text": text} for text in texts]
    return asyncio.run(
        read_blind(
            door(model),
            PROMPT,
            Guess,
            cases,
            chance=random.Random(seed),
            values={"subject": "texts"},
        )
    )


def about(found: Sequence[Guess | AnswerError]) -> list[str]:
    return [f.about if isinstance(f, Guess) else f.reason for f in found]


def test_readings_come_in_the_order_of_the_cases_however_they_were_shown() -> None:
    texts = [f"text {n}" for n in range(12)]
    model = Scripted(answering=echo)

    found = read(model, texts)

    assert about(found) == texts
    assert [text for _, text in _SHOWN.findall(model.prompts[0])] != texts


def test_no_case_is_no_call() -> None:
    model = Scripted(answers=["-"])

    assert read(model, []) == []
    assert model.sent == []


def test_cases_that_are_too_long_together_are_halved() -> None:
    def short_only(messages: Sequence[BaseMessage], kwargs: dict[str, Any]) -> object:
        shown = _SHOWN.findall(str(messages[-1].content))
        fits = len(shown) <= 2 and "endless" not in str(messages[-1].content)
        return echo(messages, kwargs) if fits else ContextOverflowError("too long")

    found = read(Scripted(answering=short_only), ["a", "b", "endless", "c", "d"])

    assert about(found).count("context-too-long") == 1
    assert {*about(found)} == {"a", "b", "c", "d", "context-too-long"}
    assert about(found)[2] == "context-too-long"


def test_a_hand_has_another_chance_at_each_attempt_and_the_same_each_time() -> None:
    first = hand(2)
    later = Hand(tuple(Order(Ask(order.ask.slot, attempt=1)) for order in first.orders))

    draws = [chance_of(given, "x").random() for given in (first, first, later)]

    assert draws[0] == draws[1] != draws[2]


def test_a_case_that_was_not_read_has_a_reason_of_its_own_a_failed_call_keeps_its() -> None:
    missing = lost(AnswerError("missing", "no 2"), {"text": "a"}, unread="label-unclear")
    failed = lost(AnswerError("provider", "503"), {"text": "a"}, unread="label-unclear")

    assert (missing.reason, missing.payload) == ("label-unclear", {"text": "a"})
    assert (failed.reason, failed.detail, failed.payload) == ("provider", "503", {"text": "a"})
