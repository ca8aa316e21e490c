import asyncio
from collections.abc import Sequence

import pytest

from synth_agent.chains.critique import Flawed, Judged
from synth_agent.chains.hand import Outcome
from synth_agent.chains.step import Step
from synth_agent.errors import AnswerError
from synth_agent.quality import Finding
from synth_agent.schemas import Critique, Draft, Provenance, Slot
from synth_agent.writing.screening import Critic, Screen
from tests.chat import hand

ORIGIN = Provenance(method="self_instruct", source="m")


def draft(slot: int, text: str) -> Draft:
    return Draft(slot=slot, payload={"input": text}, provenance=ORIGIN)


def check(made: Draft, slot: Slot) -> Finding | None:
    assert made.slot == slot.index
    return Finding("odd", "it is odd") if "odd" in str(made.payload["input"]) else None


class Bench:
    """A critic that scores a text by the digit it ends with, and a reviser that adds a sign."""

    def __init__(self, *, revised: str = "{}", lenient: bool = False) -> None:
        self.shown: list[str] = []
        self.flawed: list[str] = []
        self.revised, self.lenient = revised, lenient
        self.scores: list[dict[str, float]] = []

    async def _judge(self, cases: Sequence[Judged]) -> list[Critique | AnswerError]:
        texts = [str(case.draft.payload["input"]) for case in cases]
        self.shown += texts
        return [self._verdict(text) for text in texts]

    def _verdict(self, text: str) -> Critique | AnswerError:
        if text.endswith("?"):
            return AnswerError("unreadable", "the critic rambled")
        score = float(self.scores.pop(0)["x"]) if self.scores else float(text[-1])
        accept = self.lenient or score >= 4
        return Critique(findings=(f"about {text}",), scores={"x": score}, accept=accept)

    async def _revise(self, entries: Sequence[Flawed]) -> list[Outcome]:
        self.flawed += [str(entry.draft.payload["input"]) for entry in entries]
        return [
            AnswerError("missing", "no revision")
            if self.revised == "none"
            else draft(e.draft.slot, self.revised.format(e.draft.payload["input"]))
            for e in entries
        ]

    def screen(
        self, outcomes: Sequence[Outcome], *, least: float | None = None, judges: int = 1
    ) -> list[Outcome]:
        critic = Critic(
            judge=Step("judge", self._judge),
            revise=Step("revise", self._revise),
            judges=judges,
            least=least,
        )
        return asyncio.run(Screen(check, critic)(hand(len(outcomes)), outcomes))


def told(outcomes: Sequence[Outcome]) -> list[str]:
    return [o.reason if isinstance(o, AnswerError) else str(o.payload["input"]) for o in outcomes]


def test_without_a_critic_everything_is_left_to_the_pipelines_own_checks() -> None:
    outcomes: list[Outcome] = [draft(0, "odd 5"), draft(1, "fine"), AnswerError("missing")]

    assert asyncio.run(Screen(check)(hand(3), outcomes)) == outcomes


def test_a_draft_that_code_has_dropped_is_never_shown_to_the_critic() -> None:
    bench = Bench()

    kept = bench.screen([draft(0, "odd 5"), draft(1, "a 5"), AnswerError("x"), draft(3, "b 4")])

    assert told(kept) == ["odd", "a 5", "x", "b 4"]
    assert isinstance(kept[0], AnswerError)
    assert (kept[0].detail, kept[0].payload) == ("it is odd", {"input": "odd 5"})
    assert bench.shown == ["a 5", "b 4"]


def test_a_good_draft_carries_its_scores_and_takes_no_revision() -> None:
    bench = Bench()

    (kept,) = bench.screen([draft(0, "a 5")])

    assert isinstance(kept, Draft)
    assert kept.provenance.scores == {"x": 5.0}
    assert bench.flawed == []


def test_a_weak_draft_is_revised_once_and_what_is_kept_has_the_scores_of_the_revision() -> None:
    bench = Bench(revised="{} better 5")

    first, second = bench.screen([draft(0, "a 2"), draft(1, "b 5")])

    assert told([first, second]) == ["a 2 better 5", "b 5"]
    assert isinstance(first, Draft)
    assert first.provenance.scores == {"x": 5.0}
    assert bench.flawed == ["a 2"]


def test_a_revision_that_is_weak_too_is_lost_with_what_was_found() -> None:
    bench = Bench(revised="{} still 3")

    (lost,) = bench.screen([draft(0, "a 2")])

    assert isinstance(lost, AnswerError)
    assert lost.reason == "low-score"
    assert lost.detail == "3.0 of 5 after one revision: about a 2 still 3"
    assert lost.payload == {"input": "a 2 still 3"}
    assert bench.flawed == ["a 2"], "there is one revision only"


def test_a_revision_is_checked_by_code_before_the_critic_sees_it() -> None:
    bench = Bench(revised="odd 5")

    assert told(bench.screen([draft(0, "a 2")])) == ["odd"]
    assert bench.shown == ["a 2"]


def test_a_revision_that_was_not_written_says_why() -> None:
    assert told(Bench(revised="none").screen([draft(0, "a 2"), draft(1, "b 5")])) == [
        "missing",
        "b 5",
    ]


def test_a_draft_that_was_not_judged_is_not_kept() -> None:
    lost, kept = Bench().screen([draft(0, "a?"), draft(1, "b 5")])

    assert isinstance(lost, AnswerError)
    assert (lost.reason, lost.payload) == ("unjudged", {"input": "a?"})
    assert isinstance(kept, Draft)


@pytest.mark.parametrize(
    ("least", "lenient", "kept"),
    [(3.0, False, True), (3.5, True, False), (None, True, True), (None, False, False)],
    ids=["score reached", "score missed", "accepted", "not accepted"],
)
def test_a_threshold_decides_where_there_is_one_else_the_verdict(
    least: float | None, lenient: bool, kept: bool
) -> None:
    bench = Bench(revised="none", lenient=lenient)

    (found,) = bench.screen([draft(0, "a 3")], least=least)

    assert isinstance(found, Draft) == kept


@pytest.mark.parametrize(
    ("scores", "least", "kept"),
    [([5, 1, 4], 4.0, True), ([5, 1, 1], 4.0, False), ([5, 4], 4.5, True), ([5, 3], None, False)],
    ids=["median", "low median", "mean of two", "a tie is no majority"],
)
def test_the_median_of_several_judges_counts(
    scores: list[float], least: float | None, kept: bool
) -> None:
    bench = Bench(revised="none")
    bench.scores = [{"x": score} for score in scores]

    (found,) = bench.screen([draft(0, "a 1")], least=least, judges=len(scores))

    assert isinstance(found, Draft) == kept
    assert bench.shown == ["a 1"] * len(scores)


def test_one_judge_that_fails_leaves_it_to_the_others() -> None:
    bench = Bench()
    verdicts = iter([AnswerError("provider", "500"), None, None])
    known = bench._verdict  # noqa: SLF001  the test's own class

    def verdict(text: str) -> Critique | AnswerError:
        return next(verdicts) or known(text)

    bench._verdict = verdict  # type: ignore[method-assign]  # noqa: SLF001

    (found,) = bench.screen([draft(0, "a 5")], judges=3)

    assert isinstance(found, Draft)
    assert found.provenance.scores == {"x": 5.0}
