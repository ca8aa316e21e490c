import asyncio
import re
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import BaseMessage

from synth_agent.chains.critique import CRITERIA
from synth_agent.chains.hand import Outcome
from synth_agent.chains.self_improve import self_improve_chain
from synth_agent.errors import AnswerError
from synth_agent.schemas import Draft
from tests.chat import Scripted, hand, records, spec, writer


class Workshop:
    """A writer whose texts are called q0v1, q0v2 …, and a critic that scores them by name."""

    def __init__(self, scores: dict[str, int | None]) -> None:
        self.scores = scores
        self.writer = Scripted(answering=self._write)
        self.critic = Scripted(answering=self._judge)

    def _write(self, messages: Sequence[BaseMessage], _: dict[str, Any]) -> object:
        text = str(messages[-1].content)
        old = re.findall(r'"input": "q(\d+)v(\d+)"', text)
        if not old:
            count = len(re.findall(r"(?m)^\d+\. ", text))
            names = [f"q{n}v1" for n in range(count)]
        else:
            names = [f"q{question}v{int(version) + 1}" for question, version in old]
        return records(*({"input": name, "output": "x"} for name in names))

    def _judge(self, messages: Sequence[BaseMessage], _: dict[str, Any]) -> object:
        names = re.findall(r'"input": "(q\d+v\d+)"', str(messages[-1].content))
        return records(
            *(
                {**dict.fromkeys(CRITERIA, self.scores[name]), "findings": [], "accept": True}
                for name in names
            )
        )

    def improve(self, count: int, rounds: int) -> list[Outcome]:
        wanted = spec(method="self_improve", rounds=rounds)
        chain = self_improve_chain(writer(self.writer, wanted, second=self.critic))
        return asyncio.run(chain.ainvoke(hand(count)))


def kept(outcomes: list[Outcome]) -> list[tuple[object, float]]:
    return [
        (o.payload["input"], o.provenance.scores["clarity"])
        for o in outcomes
        if isinstance(o, Draft)
    ]


def test_the_version_with_the_best_score_is_kept_with_that_score() -> None:
    shop = Workshop({"q0v1": 2, "q0v2": 4, "q0v3": 3})

    assert kept(shop.improve(1, rounds=3)) == [("q0v2", 4.0)]


def test_what_no_longer_rises_is_left_alone() -> None:
    shop = Workshop({"q0v1": 3, "q0v2": 3})

    assert kept(shop.improve(1, rounds=6)) == [("q0v1", 3.0)]
    assert len(shop.writer.sent) == 2


def test_each_draft_rises_for_itself() -> None:
    shop = Workshop(
        {"q0v1": 5, "q1v1": 1, "q1v2": 2, "q1v3": 4, "q2v1": 3, "q2v2": 2},
    )

    assert kept(shop.improve(3, rounds=2)) == [("q0v1", 5.0), ("q1v3", 4.0), ("q2v1", 3.0)]
    assert "q0v1" not in "".join(shop.writer.prompts[1:])


def test_the_best_score_there_is_takes_no_revision() -> None:
    shop = Workshop({"q0v1": 5})

    shop.improve(1, rounds=3)

    assert len(shop.writer.sent) == 1


def test_rounds_bound_the_revisions() -> None:
    shop = Workshop({"q0v1": 1, "q0v2": 2, "q0v3": 3})

    assert kept(shop.improve(1, rounds=1)) == [("q0v2", 2.0)]


def test_a_revision_that_nobody_could_judge_is_never_kept() -> None:
    shop = Workshop({"q0v1": 2, "q0v2": None})

    assert kept(shop.improve(1, rounds=3)) == [("q0v1", 2.0)]


def test_a_draft_that_nobody_could_judge_is_lost_with_its_text() -> None:
    first, second = Workshop({"q0v1": None, "q1v1": 5}).improve(2, rounds=2)

    assert isinstance(first, AnswerError)
    assert first.reason == "unjudged"
    assert first.payload["input"] == "q0v1"
    assert isinstance(second, Draft)
