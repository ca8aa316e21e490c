import asyncio
import random
from collections.abc import Sequence
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import BaseMessage

from synth_agent.calibration import (
    Measured,
    calibrate,
    judged_by,
    judged_by_rules,
    measured,
)
from synth_agent.chains.critique import critique_chain
from synth_agent.errors import AnswerError, BudgetError, ConfigError, ProviderError, RunError
from synth_agent.labelled import Labelled
from synth_agent.schemas import Critique, Draft, Provenance
from synth_agent.schemas.calibration import Calibration
from synth_agent.writing.means import Means
from tests.chat import Scripted, door, records, spec

SPEC = spec(task="qa", method="rules", model=None)
MODEL = Measured(name="openai:critic", prompt="critique@1")


def labelled(keeps: Sequence[bool], *, answers: Sequence[str] = ()) -> Labelled:
    made = Provenance(method="given", source="labels.jsonl")
    texts = answers or [f"answer {n} {'fine' if keep else 'poor'}" for n, keep in enumerate(keeps)]
    drafts = tuple(
        Draft(slot=n, payload={"input": f"q{n}?", "context": "", "output": text}, provenance=made)
        for n, text in enumerate(texts)
    )
    return Labelled(
        source="labels.jsonl",
        task="qa",
        column="verdict",
        kept_from=None,
        drafts=drafts,
        keeps=tuple(keeps),
        unlabelled=0,
    )


def critique(score: float, *, accept: bool = True) -> Critique:
    return Critique(scores={"correctness": score, "clarity": score}, accept=accept)


def measure(keeps: Sequence[bool], says: Sequence[bool]) -> Calibration:
    verdicts = [critique(5 if accept else 2, accept=accept) for accept in says]
    return measured(labelled(keeps), verdicts, spec=SPEC, critic=MODEL)


def judge(messages: Sequence[BaseMessage], _: dict[str, Any]) -> object:
    """A critic that sees which answers are fine."""
    told = str(messages[-1].content).split("<</record")[:-1]
    return records(
        *(
            {"findings": [], "accept": "fine" in text}
            | dict.fromkeys(
                ("correctness", "relevance", "clarity", "grounding", "difficulty_fit"),
                5 if "fine" in text else 2,
            )
            for text in told
        )
    )


KEEPS = [True, True, False, True] * 10


def test_a_critic_that_says_what_people_say_is_better_than_a_constant() -> None:
    found = measure(KEEPS, KEEPS)

    assert (found.agreement, found.kappa, found.baseline) == (1, 1, 0.75)
    assert (found.conclusion, found.notes) == ("better", ())
    assert (found.n, found.people_keep, found.critic_keeps) == (40, 30, 30)
    assert (found.best.threshold, found.best.precision, found.best.recall) == (5, 1, 1)
    assert [cut.threshold for cut in found.table] == [2, 5]
    assert (found.critic, found.prompt) == ("openai:critic", "critique@1")


def test_a_critic_that_keeps_everything_is_no_better_and_that_is_said() -> None:
    found = measure(KEEPS, [True] * 40)

    assert (found.agreement, found.baseline, found.kappa) == (0.75, 0.75, 0)
    assert found.conclusion == "no-better"
    assert "no better than always saying 'keep'" in found.notes[0]


def test_agreement_beyond_chance_that_a_constant_still_beats_is_told_apart() -> None:
    keeps = [True] * 90 + [False] * 10
    says = [True] * 78 + [False] * 12 + [False] * 8 + [True] * 2

    found = measure(keeps, says)

    assert found.low > 0
    assert found.conclusion == "no-better"
    assert "though it agrees beyond chance" in found.notes[0]


def test_an_interval_that_reaches_chance_is_no_proof() -> None:
    keeps = [True] * 17 + [False] * 15
    says = [True] * 10 + [False] * 7 + [True] * 7 + [False] * 8

    found = measure(keeps, says)

    assert found.agreement > found.baseline
    assert found.conclusion == "no-better"
    assert "not shown that the critic agrees beyond chance" in found.notes[0]


@pytest.mark.parametrize(("n", "conclusion"), [(29, "too-few"), (30, "better")])
def test_less_than_thirty_records_are_too_few_to_say(n: int, conclusion: str) -> None:
    found = measure(KEEPS[:n], KEEPS[:n])

    assert found.conclusion == conclusion
    assert ("too few to tell" in "".join(found.notes)) == (conclusion == "too-few")


def test_people_who_always_say_the_same_prove_nothing() -> None:
    found = measure([False] * 40, [False] * 40)

    assert found.conclusion == "no-better"
    assert "people drop every record" in found.notes[0]


def test_what_could_not_be_judged_is_counted_and_left_out() -> None:
    lost = AnswerError("missing", "no record")
    verdicts: list[Critique | AnswerError] = [critique(5)]
    verdicts += [lost, critique(2, accept=False), AnswerError("refusal"), lost]

    found = measured(labelled(KEEPS[:5]), verdicts, spec=SPEC, critic=MODEL)

    assert (found.labelled, found.n) == (5, 2)
    assert found.unjudged == {"missing": 2, "refusal": 1}
    assert found.notes[-1] == "3 records could not be judged: missing 2, refusal 1"
    assert found.agreement == 1


def test_nothing_judged_is_no_figure() -> None:
    with pytest.raises(RunError, match="none of the 1 records could be judged; first: refusal"):
        measured(labelled([True]), [AnswerError("refusal", "no")], spec=SPEC, critic=MODEL)


def test_a_named_score_decides_in_the_place_of_the_critics_own_word() -> None:
    critic = Measured(name="openai:critic", min_score=3.5)
    verdicts = [critique(3.5, accept=False), critique(3.4, accept=True)]

    found = measured(labelled([True, False]), verdicts, spec=SPEC, critic=critic)

    assert (found.decided_by, found.min_score, found.agreement) == ("min-score", 3.5, 1)


@given(scores=st.lists(st.integers(20, 100).map(lambda n: n / 20), min_size=1, max_size=20))
def test_a_threshold_of_the_table_keeps_what_has_as_much(scores: list[float]) -> None:
    keeps = [score > 3 for score in scores]

    verdicts = [critique(score) for score in scores]
    found = measured(labelled(keeps), verdicts, spec=SPEC, critic=MODEL)

    for cut in found.table:
        kept = [keep for score, keep in zip(scores, keeps, strict=True) if score >= cut.threshold]
        assert cut.precision == pytest.approx(sum(kept) / len(kept))
        assert cut.threshold == pytest.approx(round(cut.threshold, 1))


def test_rules_are_not_praised_for_a_threshold_that_fits_chance() -> None:
    chance = random.Random(4)
    keeps = [chance.random() < 0.5 for _ in range(60)]
    verdicts = [critique(chance.randrange(10, 51) / 10) for _ in keeps]

    found = measured(labelled(keeps), verdicts, spec=SPEC, critic=Measured(name="rules"))

    assert found.decided_by == "threshold"
    assert found.best.kappa > 0.1
    assert found.kappa < found.best.kappa
    assert found.conclusion == "no-better"


def test_rules_that_guess_get_a_kappa_about_nought() -> None:
    keeps = [bool(n % 2) for n in range(60)]
    kappas = []
    for seed in range(20):
        chance = random.Random(seed)
        verdicts = [critique(chance.randrange(10, 51) / 10) for _ in keeps]
        guessed = measured(labelled(keeps), verdicts, spec=SPEC, critic=Measured(name="rules"))
        kappas.append(guessed.kappa)

    assert fmean(kappas) == pytest.approx(0, abs=0.05)


def test_a_single_record_can_be_measured_by_rules() -> None:
    found = measured(labelled([True]), [critique(3)], spec=SPEC, critic=Measured(name="rules"))

    assert (found.n, found.conclusion) == (1, "too-few")


def test_a_critics_chain_is_measured_in_groups() -> None:
    model = Scripted(answering=judge)
    given = labelled(KEEPS)

    verdicts = asyncio.run(judged_by(critique_chain(door(model), SPEC), given.drafts))

    assert measured(given, verdicts, spec=SPEC, critic=MODEL).kappa == 1
    assert len(model.sent) == 8
    assert all("verdict" not in prompt.split("Judge these")[1] for prompt in model.prompts)


def test_what_was_judged_before_the_budget_ended_counts() -> None:
    def until_spent(messages: Sequence[BaseMessage], options: dict[str, Any]) -> object:
        if "q10?" in str(messages[-1].content):
            return BudgetError("spent")
        return judge(messages, options)

    chain = critique_chain(door(Scripted(answering=until_spent)), SPEC)
    verdicts = asyncio.run(judged_by(chain, labelled(KEEPS[:15]).drafts))

    found = measured(labelled(KEEPS[:15]), verdicts, spec=SPEC, critic=MODEL)
    assert (found.n, found.unjudged) == (10, {"budget": 5})


@pytest.mark.parametrize("error", [BudgetError("spent"), ProviderError("gone")], ids=repr)
def test_a_budget_that_judges_nothing_and_a_provider_that_is_gone_end_it(error: Exception) -> None:
    chain = critique_chain(door(Scripted(answers=[error])), SPEC)

    with pytest.raises(type(error)):
        asyncio.run(judged_by(chain, labelled(KEEPS).drafts))


def test_rules_are_measured_without_a_model() -> None:
    good = "It ran 405 of the 450 min, so availability is 90 %."
    poor = "is is is is is is is is is is is is is is is is is is is is is is"
    given = labelled(KEEPS, answers=[good if keep else poor for keep in KEEPS])

    found = asyncio.run(calibrate(given, SPEC, model=None, means=Means()))

    assert (found.critic, found.prompt, found.decided_by) == ("rules", None, "threshold")
    assert (found.kappa, found.conclusion) == (1, "better")


def test_rules_that_judge_no_such_record_ask_for_a_model() -> None:
    with pytest.raises(ConfigError, match=r"task 'code'.* --model"):
        judged_by_rules(labelled([True]).drafts, spec(task="code"))


def test_a_model_is_opened_paid_and_closed() -> None:
    handed = Scripted(answering=judge)

    found = asyncio.run(
        calibrate(labelled(KEEPS), SPEC, model="openai:x", means=Means(critic=handed))
    )

    assert (found.critic, found.kappa) == ("openai:x", 1)
    assert found.prompt == critique_prompt()
    assert found.usage.requests == 8
    assert found.usage.tokens_in > 0


def test_a_budget_in_tokens_is_kept() -> None:
    means = Means(critic=Scripted(answering=judge), budget_tokens=10)

    with pytest.raises(BudgetError):
        asyncio.run(calibrate(labelled(KEEPS), SPEC, model="openai:x", means=means))


def critique_prompt() -> str:
    return door(Scripted()).prompts["critique"].id
