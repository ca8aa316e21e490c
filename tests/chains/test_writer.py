import asyncio
import re
from collections.abc import Sequence
from typing import Any

import pytest
from langchain_core.exceptions import ContextOverflowError, ModelAuthenticationError
from langchain_core.messages import BaseMessage

from synth_agent.chains.hand import Hand, Material
from synth_agent.chains.items import item_of
from synth_agent.chains.prompt import Prompt
from synth_agent.chains.reading import Item
from synth_agent.errors import AnswerError, ProviderError
from synth_agent.schemas import Cell
from tests.chat import Scripted, hand, records, spec, writer

PROMPT = Prompt("p", "", "{count} of {subject}\n{examples}\n{given}\n{wishes}")
EXAMPLE = Material("seeds.jsonl:1", payload={"input": "shown"})
ITEM = item_of("qa")


def narrow(most: int, *, examples: bool = True) -> Scripted:
    """A model that repeats what it was given, for no more than so many wishes at once."""

    def answer(messages: Sequence[BaseMessage], _: dict[str, Any]) -> object:
        text = str(messages[-1].content)
        given = re.findall(r"<<given (\d+) \w+>>\n(\w+)\n<</given", text)
        wished = re.findall(r"(?m)^(\d+)\. .*operator: (\w+)", text)
        assert [n for n, _ in given] == [n for n, _ in wished]
        if len(given) > most or (not examples and "<<example" in text):
            return ContextOverflowError("maximum context length is 8 tokens")
        return records(
            *(
                {"n": int(n), "input": what, "output": wish}
                for (n, what), (_, wish) in zip(given, wished, strict=True)
            )
        )

    return Scripted(answering=answer)


def sheet(model: Scripted, handed: Hand) -> list[Item | AnswerError]:
    places = range(len(handed.orders))
    return asyncio.run(
        writer(model, spec()).sheet(
            PROMPT,
            ITEM,
            handed,
            values={"given": [{"given": f"given{n}"} for n in places]},
            more=[{"operator": f"wish{n}"} for n in places],
        )
    )


def read(found: list[Item | AnswerError]) -> list[str]:
    return [
        f"{entry.fields()['input']} {entry.fields()['output']}"
        if isinstance(entry, Item)
        else entry.reason
        for entry in found
    ]


@pytest.mark.parametrize(("most", "calls"), [(5, 1), (3, 3), (2, 5), (1, 9)])
def test_a_prompt_that_is_too_long_is_halved_and_everything_stays_with_its_order(
    most: int, calls: int
) -> None:
    model = narrow(most)

    found = sheet(model, hand(5))

    assert read(found) == [f"given{n} wish{n}" for n in range(5)]
    assert len(model.sent) == calls


def test_examples_are_left_out_at_last_and_then_for_all_that_need_it_at_once() -> None:
    model = narrow(4, examples=False)

    found = sheet(model, hand(3, examples=[EXAMPLE]))

    assert read(found) == [f"given{n} wish{n}" for n in range(3)]
    assert "<<example" not in model.prompts[-1]
    assert model.prompts[-1].startswith("3 of")


def test_an_order_that_is_too_long_alone_is_lost_alone() -> None:
    model = narrow(0)

    assert read(sheet(model, hand(2, examples=[EXAMPLE]))) == ["context-too-long"] * 2


def test_what_the_model_does_not_answer_is_said_for_each_order() -> None:
    assert read(sheet(Scripted(answers=["no"]), hand(2))) == ["unreadable"] * 2


def test_a_failure_for_good_passes_through() -> None:
    with pytest.raises(ProviderError):
        sheet(Scripted(answers=[ModelAuthenticationError("bad key")]), hand(2))


def test_the_prompt_is_told_about_the_spec() -> None:
    model = Scripted(answers=[records({"input": "q", "output": "a"})])
    told = Prompt("p", "", "{brief}|{role}|{subject}|{language}|{count}|{examples}|{wishes}")
    known = writer(model, spec(brief="Ten of them", role="engineer", language="fr"))

    asyncio.run(known.sheet(told, ITEM, hand(1, cells=[Cell(None, "hard")])))

    assert model.prompts[0] == (
        "Ten of them|engineer|industrial production|French (fr)|1|(none)|1. difficulty: hard"
    )


def test_another_door_and_parameters_are_taken() -> None:
    first, second = Scripted(), Scripted(answers=[records({"input": "q", "output": "a"})])
    known = writer(first, spec(), second=second)

    asyncio.run(
        known.sheet(Prompt("p", "", "x"), ITEM, hand(1), door=known.second, temperature=0.2)
    )

    assert first.sent == []
    assert second.sent[0][1]["temperature"] == 0.2


def test_a_draft_says_where_it_is_from() -> None:
    known = writer(Scripted(), spec(temperature=0.5))
    handed = hand(2, materials=[(Material("m.pdf#1"),)], examples=[EXAMPLE], topic="scrap")

    draft = known.draft(
        handed.orders[1], {"input": "q"}, prompt=PROMPT, hand=handed, tags=("flaw:x",)
    )

    assert (draft.slot, draft.attempt, draft.payload) == (1, 0, {"input": "q"})
    origin = draft.provenance
    assert (origin.method, origin.source, origin.model) == (
        "self_instruct",
        "openai:scripted",
        "openai:scripted",
    )
    assert (origin.form, origin.prompt) == ("p", PROMPT.id)
    assert (origin.seeds, origin.parents) == (("seeds.jsonl:1",), ("m.pdf#1",))
    assert origin.tags == ("topic:scrap", "flaw:x")
