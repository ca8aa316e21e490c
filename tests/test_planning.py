"""What a spec with a model is completed by, and what is refused before anything is spent."""

from pathlib import Path
from typing import Any

import pytest

from synth_agent.errors import ConfigError
from synth_agent.planning import plan_spec

MODEL = {"model": "openai:gpt-5-mini"}


@pytest.mark.parametrize(
    ("brief", "more", "said"),
    [
        ("9 questions about pumps", {"method": "grounded"}, "name them with --docs"),
        ("9 questions about pumps", {"method": "distill"}, "with --inputs"),
        (
            "9 questions about pumps",
            {"method": "distill", "inputs": "nowhere.jsonl"},
            "nowhere.jsonl does not exist",
        ),
        (
            "9 questions about pumps",
            {"docs": ("a.md",), "unanswerable": 0.7, "multi_hop": 0.4},
            "add up to more than 1",
        ),
        (
            "8 conversations about pumps",
            {"method": "evolve"},
            "not 'conversation'; for that there is: self_instruct, persona",
        ),
        ("8 texts about pumps", {"task": "tabular"}, "a table needs columns"),
        (
            "8 safety prompts",
            {"labels": {"bad": 4, "good": 4}},
            "the labels of task 'safety' are harmful and borderline, got bad, good",
        ),
        (
            "8 examples about pumps",
            {"task": "classification", "labels": {"urgent": 8}},
            "classification needs two labels",
        ),
        (
            "9 questions about production",
            {"method": "rules", "critic_model": "openai:gpt-5"},
            "leave --critic-model out",
        ),
    ],
)
def test_what_cannot_be_made_is_refused_with_what_to_do(
    brief: str, more: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        plan_spec(brief, **MODEL | more)


@pytest.mark.parametrize(
    ("brief", "more", "method"),
    [
        ("9 questions about pumps", {}, "self_instruct"),
        ("9 step-by-step reasoning problems about pumps", {}, "chain_of_thought"),
        ("9 questions about pumps", {"docs": ("manual.md",)}, "grounded"),
        ("9 questions about production", {"method": "rules"}, "rules"),
    ],
)
def test_the_method_follows_from_what_is_there(
    brief: str, more: dict[str, Any], method: str
) -> None:
    assert plan_spec(brief, **MODEL | more).method == method


def test_inputs_of_the_user_s_are_answered_and_have_no_difficulty(tmp_path: Path) -> None:
    (tmp_path / "inputs.jsonl").write_text('{"input": "Why does it leak?"}\n')

    spec = plan_spec("1 question about pumps", **MODEL, inputs=str(tmp_path / "inputs.jsonl"))

    assert (spec.method, spec.difficulty) == ("distill", {})


def test_quotas_that_nobody_named_are_even() -> None:
    questions = plan_spec("10 questions about pumps", **MODEL)
    prompts = plan_spec("9 safety prompts", **MODEL)

    assert questions.difficulty == {"easy": 4, "medium": 3, "hard": 3}
    assert prompts.labels == {"harmful": 5, "borderline": 4}


def test_records_to_rewrite_come_from_a_pack() -> None:
    assert plan_spec("6 questions about production", **MODEL, method="rewrite").pack == "industrial"
