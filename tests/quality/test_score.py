"""Scores without a model: bounded, and lower for what is worse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from synth_agent.quality.score import rule_scores
from synth_agent.schemas import DatasetSpec, Draft, Provenance

CONTEXT = "Station M2 made 412 parts in 480 minutes, 9 of them scrap; the spindle bearing was worn."


def scores(
    output: str,
    *,
    context: str = CONTEXT,
    proof: tuple[str, ...] = (),
    facts: dict[str, JsonValue] | None = None,
) -> dict[str, float]:
    payload: dict[str, JsonValue] = {
        "input": "How many good parts did it make?",
        "context": context,
        "output": output,
    }
    return of("qa", payload, proof=proof, facts=facts)


def of(
    task: str,
    payload: dict[str, JsonValue],
    *,
    proof: tuple[str, ...] = (),
    facts: dict[str, JsonValue] | None = None,
) -> dict[str, float]:
    provenance = Provenance(method="rules", source="test", proof=proof, facts=facts or {})
    spec = {"task": task, "count": 1} | ({"json_schema": {}} if task == "custom" else {})
    return rule_scores(
        Draft(slot=0, payload=payload, provenance=provenance), DatasetSpec.model_validate(spec)
    )


def test_a_supported_answer_scores_five() -> None:
    found = scores("Station M2 made 403 good parts.", proof=("412 - 9 = 403",))

    assert found == {"correctness": 5.0, "grounding": 5.0, "relevance": 5.0, "clarity": 5.0}


@pytest.mark.parametrize(
    ("output", "correctness"),
    [("412 of 403.", 5.0), ("412 of 404.", 3.0), ("97.8 %, that is 0.978", 5.0), ("405", 1.0)],
)
def test_correctness_is_the_share_of_supported_figures(output: str, correctness: float) -> None:
    found = scores(output, facts={"good": 403, "yield": 0.97816})

    assert found["correctness"] == correctness


@pytest.mark.parametrize(
    ("output", "missing"),
    [
        ("The spindle bearing was worn.", {"correctness"}),
        ("403", {"relevance", "correctness"}),
    ],
)
def test_what_code_cannot_judge_has_no_score(output: str, missing: set[str]) -> None:
    found = scores(output)

    assert set(found) == {"correctness", "grounding", "relevance", "clarity"} - missing


def test_without_material_nothing_is_said_on_grounding() -> None:
    assert "grounding" not in scores("It made many good parts that day.", context="")


@pytest.mark.parametrize("task", ["classification", "code", "tabular", "custom"])
def test_tasks_that_code_cannot_judge_have_no_scores(task: str) -> None:
    payload: dict[str, JsonValue] = {"text": "fine", "label": "good", "instruction": "x"}

    assert of(task, payload) == {}


def test_of_a_safety_record_only_clarity_is_judged() -> None:
    assert of("safety", {"prompt": "How?", "response": "No."}) == {"clarity": 5.0}


def test_a_payload_without_an_answer_has_no_scores() -> None:
    assert of("qa", {"input": "How?"}) == {}
    assert of("safety", {}) == {}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (
            "It was worn. So it was replaced by us today, then.",
            "It was worn so it was replaced by us",
        ),
        ("a b c d e f g h i j.", "a b c a b c a b c a b c."),
        ("word and so on. " * 9, "word and so on " * 9 + "."),
    ],
    ids=["ends properly", "does not repeat itself", "short sentences"],
)
def test_the_clearer_answer_scores_higher(better: str, worse: str) -> None:
    assert scores(better)["clarity"] > scores(worse)["clarity"]


words = st.lists(st.sampled_from(["spindle", "bearing", "parts", "412", "77", "moon"]), min_size=1)


@given(said=words, more=st.sampled_from(["spindle", "480"]))
def test_saying_more_of_the_material_never_lowers_grounding(said: list[str], more: str) -> None:
    before, after = scores(" ".join(said)), scores(" ".join([*said, more]))

    assert after["grounding"] >= before["grounding"]
    assert after.get("relevance", 5.0) >= before.get("relevance", 1.0)


@given(said=words)
def test_an_unknown_figure_never_raises_correctness(said: list[str]) -> None:
    before, after = (
        scores(" ".join(said), facts={"n": 1}),
        scores(" ".join([*said, "9999"]), facts={"n": 1}),
    )

    assert after["correctness"] <= before.get("correctness", 5.0)


@given(output=st.text(max_size=300), context=st.text(max_size=100), proof=st.text(max_size=50))
def test_every_score_lies_between_one_and_five(output: str, context: str, proof: str) -> None:
    found = scores(output, context=context, proof=(proof,), facts={"n": 3})

    assert all(1.0 <= score <= 5.0 for score in found.values())
