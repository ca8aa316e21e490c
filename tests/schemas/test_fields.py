"""A key that the user named is filled from one of the task's own fields."""

import pytest

from synth_agent.schemas import DEFAULT_FIELDS
from synth_agent.schemas.fields import FIELD_SYNONYMS, field_source, unknown_fields


@pytest.mark.parametrize(
    ("task", "name", "source"),
    [
        ("qa", "question", "input"),
        ("qa", "prompt", "input"),
        ("qa", "Query", "input"),
        ("qa", "answer", "output"),
        ("qa", "completion", "output"),
        ("qa", "passage", "context"),
        ("qa", "source", "context"),
        ("qa", "Antwort", "output"),
        ("qa", "réponse", "output"),
        ("instruction", "prompt", "instruction"),
        ("instruction", "context", "input"),
        ("instruction", "response", "output"),
        ("reasoning", "chain-of-thought", "reasoning"),
        ("reasoning", "Chain of Thought", "reasoning"),
        ("reasoning", "final answer", "output"),
        ("classification", "sentence", "text"),
        ("classification", "utterance", "text"),
        ("classification", "sentiment", "label"),
        ("classification", "intents", "label"),
        ("conversation", "dialogue", "messages"),
        ("preference", "prompt", "input"),
        ("preference", "preferred", "chosen"),
        ("safety", "input", "prompt"),
        ("code", "solution", "code"),
        ("code", "unit_tests", "tests"),
    ],
)
def test_a_synonym_names_its_field(task: str, name: str, source: str) -> None:
    assert field_source(task, name) == source


@pytest.mark.parametrize("task", [task for task, own in DEFAULT_FIELDS.items() if own])
def test_an_own_name_always_means_itself(task: str) -> None:
    assert [field_source(task, name) for name in DEFAULT_FIELDS[task]] == list(DEFAULT_FIELDS[task])


@pytest.mark.parametrize("task", ["tabular", "custom"])
def test_columns_of_the_users_own_are_their_own_source(task: str) -> None:
    assert field_source(task, "Order ID") == "Order ID"


def test_a_name_that_matches_nothing_is_unknown() -> None:
    assert field_source("qa", "colour") is None
    assert unknown_fields("qa", ("question", "colour", "answer", "size")) == ("colour", "size")


def test_every_synonym_belongs_to_a_field_that_the_task_has() -> None:
    for task, fields in FIELD_SYNONYMS.items():
        assert set(fields) == set(DEFAULT_FIELDS[task])
