import asyncio
import re
from collections.abc import Sequence
from typing import Any

from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import BaseMessage

from synth_agent.chains.evolve import OPERATORS, evolve_chain
from synth_agent.chains.hand import Hand, Material, Outcome
from synth_agent.errors import AnswerError
from synth_agent.schemas import Draft
from tests.chains.snapshot import assert_snapshot
from tests.chat import Scripted, hand, records, spec, writer

PARENTS = [
    (Material(f"seeds.jsonl:{n}", payload={"input": f"q{n}", "context": "", "output": "x"}),)
    for n in range(4)
]


def growing(messages: Sequence[BaseMessage], _: dict[str, Any]) -> object:
    """Add a sign to each question; write new ones where there are none."""
    old = re.findall(r'"input": "(.*?)"', str(messages[-1].content))
    names = [f"{name}+" for name in old] or ["fresh0", "fresh1"]
    return records(*({"input": name, "output": "x"} for name in names))


def judging(dropped: set[str]) -> Scripted:
    """A second model that sees no gain in the questions named."""

    def judge(messages: Sequence[BaseMessage], _: dict[str, Any]) -> object:
        text = str(messages[-1].content)
        new = re.findall(r'<<new \d+ \w+>>\n.*?"input": "(.*?)"', text, re.DOTALL)
        return records(
            *(
                {"reason": f"about {name}", "gained": name not in dropped, "answerable": True}
                for name in new
            )
        )

    return Scripted(answering=judge)


def evolve(
    handed: Hand,
    *,
    model: Scripted | None = None,
    second: Scripted | None = None,
    rounds: int = 2,
) -> list[Outcome]:
    known = writer(
        model or Scripted(answering=growing),
        spec(method="evolve", rounds=rounds, role="engineer"),
        second=second or judging(set()),
    )
    return asyncio.run(evolve_chain(known).ainvoke(handed))


def questions(outcomes: list[Outcome]) -> list[object]:
    return [o.payload["input"] if isinstance(o, Draft) else o.reason for o in outcomes]


def lineage(outcome: Outcome) -> tuple[str, ...]:
    assert isinstance(outcome, Draft)
    return tuple(tag for tag in outcome.provenance.tags if tag.startswith("evolved:"))


def test_each_round_goes_on_from_the_one_before_with_an_operator_of_its_own() -> None:
    outcomes = evolve(hand(2, materials=PARENTS), rounds=3)

    assert questions(outcomes) == ["q0+++", "q1+++"]
    assert all(len(lineage(outcome)) == 3 for outcome in outcomes)
    assert {tag.removeprefix("evolved:") for o in outcomes for tag in lineage(o)} <= set(OPERATORS)
    first = outcomes[0]
    assert isinstance(first, Draft)
    assert first.provenance.parents == ("seeds.jsonl:0",)


def test_operators_are_the_slots_own_and_all_are_used() -> None:
    outcomes = evolve(hand(20, materials=PARENTS), rounds=2)

    again = evolve(hand(20, materials=PARENTS), rounds=2)
    assert [*map(lineage, outcomes)] == [*map(lineage, again)]
    assert {tag for o in outcomes for tag in lineage(o)} == {f"evolved:{op}" for op in OPERATORS}


def test_a_step_without_gain_is_undone_and_the_next_begins_where_it_began() -> None:
    model = Scripted(answering=growing)

    outcomes = evolve(hand(2, materials=PARENTS), model=model, second=judging({"q0++"}), rounds=2)

    assert questions(outcomes) == ["q0+", "q1++"]
    assert [len(lineage(o)) for o in outcomes] == [1, 2]


def test_a_record_that_no_step_has_changed_is_lost_with_the_reason() -> None:
    (lost,) = evolve(hand(1, materials=PARENTS), second=judging({"q0+"}))

    assert isinstance(lost, AnswerError)
    assert (lost.reason, lost.detail) == ("not-evolved", "about q0+")
    assert lost.payload["input"] == "q0"


def test_a_question_that_only_differs_in_its_punctuation_takes_no_second_look() -> None:
    second = judging(set())
    same = Scripted(answers=[records({"input": "Q0!", "output": "another answer"})])

    (lost,) = evolve(hand(1, materials=PARENTS), model=same, second=second)

    assert isinstance(lost, AnswerError)
    assert lost.reason == "not-evolved"
    assert second.sent == []


def test_a_step_that_nobody_could_judge_is_undone() -> None:
    (lost,) = evolve(hand(1, materials=PARENTS), second=Scripted(answers=["Looks good."]))

    assert isinstance(lost, AnswerError)
    assert lost.reason == "unjudged"


def test_fresh_records_are_written_where_there_are_no_parents() -> None:
    mixed = hand(3, materials=[PARENTS[0], (), ()])

    outcomes = evolve(mixed, rounds=1)

    assert questions(outcomes) == ["q0+", "fresh0+", "fresh1+"]


def test_a_fresh_record_that_could_not_be_written_is_lost_alone() -> None:
    def one_fresh(messages: Sequence[BaseMessage], options: dict[str, Any]) -> object:
        if "<<record" in str(messages[-1].content):
            return growing(messages, options)
        return records({"n": 2, "input": "fresh1", "output": "x"})

    outcomes = evolve(
        hand(3, materials=[PARENTS[0], (), ()]), model=Scripted(answering=one_fresh), rounds=1
    )

    assert questions(outcomes) == ["q0+", "missing", "fresh1+"]


def test_hands_and_pairs_that_are_too_long_are_halved_and_stay_together() -> None:
    def narrow(messages: Sequence[BaseMessage], options: dict[str, Any]) -> object:
        if re.search(r"<<(?:record|old) 3 ", str(messages[-1].content)):
            return ContextOverflowError("maximum context length")
        return growing(messages, options)

    wide = judging({"q2+"})

    def narrow_judge(messages: Sequence[BaseMessage], options: dict[str, Any]) -> object:
        if "<<old 3 " in str(messages[-1].content):
            return ContextOverflowError("maximum context length")
        assert wide.answering is not None
        return wide.answering(messages, options)

    outcomes = evolve(
        hand(4, materials=PARENTS),
        model=Scripted(answering=narrow),
        second=Scripted(answering=narrow_judge),
        rounds=1,
    )

    assert questions(outcomes) == ["q0+", "q1+", "not-evolved", "q3+"]


def test_the_evolving_prompt_is_as_it_was() -> None:
    model = Scripted(answering=growing)

    evolve(hand(2, materials=PARENTS, topic="scrap"), model=model, rounds=1)

    assert_snapshot("evolve", model.prompts[0])


def test_the_eliminating_prompt_is_as_it_was() -> None:
    second = judging(set())

    evolve(hand(2, materials=PARENTS), second=second, rounds=1)

    assert_snapshot("eliminate", second.prompts[0])
