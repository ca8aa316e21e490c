"""What a spec leaves open about repeats is settled when it is planned, and holds in the run."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from synth_agent import SynthAgent
from synth_agent.errors import ConfigError
from synth_agent.planning import plan_spec
from synth_agent.repeats import settle
from synth_agent.schemas import DatasetSpec

MODEL = {"model": "openai:writer"}


def settled(**fields: object) -> DatasetSpec:
    return settle(DatasetSpec.model_validate({"count": 3, **fields}))


@pytest.mark.parametrize(
    ("language", "embedder", "threshold"),
    [("en", "static", 0.91), ("en-GB", "static", 0.91), ("de", "lexical", 0.9)],
)
def test_the_language_chooses_the_embedder_and_that_its_threshold(
    language: str, embedder: str, threshold: float
) -> None:
    spec = settled(language=language)

    assert (spec.embedder, spec.semantic_threshold) == (embedder, threshold)


def test_what_was_named_stands() -> None:
    named = {"embedder": "lexical", "dedup_threshold": 0.8, "dedup_lexical": 0.6}

    spec = settled(**named, dedup_mask_numbers=True)

    assert {name: getattr(spec, name) for name in named} == named
    assert spec.dedup_mask_numbers


@pytest.mark.parametrize(
    ("task", "method", "masked"),
    [
        ("qa", "self_instruct", False),
        ("code", "self_instruct", False),
        ("classification", "self_instruct", True),
        ("classification", "rules", False),
        ("instruction", "rewrite", False),
    ],
)
def test_figures_count_where_they_are_the_data(task: str, method: str, masked: bool) -> None:
    model = {} if method == "rules" else MODEL

    assert settled(task=task, method=method, **model).dedup_mask_numbers is masked


def test_instructions_of_a_model_are_compared_by_rouge() -> None:
    spec = settled(task="instruction", method="self_instruct", **MODEL)

    assert spec.lexical_threshold == 0.7


def test_off_is_off_for_words_too_unless_they_are_named() -> None:
    assert settled(dedup_threshold="off").lexical_threshold is None
    assert settled(dedup_threshold="off", dedup_lexical=0.9).lexical_threshold == 0.9


def test_settling_twice_changes_nothing() -> None:
    once = settled(dedup_threshold="off", task="preference", method="self_instruct", **MODEL)

    assert settle(once) == once


def test_rows_of_a_table_are_alike_by_nature() -> None:
    spec = plan_spec("20 rows of a table with columns machine, shift, scrap", **MODEL)

    assert (spec.semantic_threshold, spec.lexical_threshold) == (None, None)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"dedup_fields": ("colour",)}, "'colour' is no field of task 'qa'"),
        ({"protect": ("nowhere.jsonl",)}, "nowhere.jsonl is not a file"),
        ({"embedder": "statik"}, "static"),
    ],
)
def test_what_is_not_there_is_said_before_anything_is_made(
    fields: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        settled(**fields)


# ------------------------------------------------------------------------------------------ in runs


@pytest.fixture
def agent(tmp_path: Path) -> SynthAgent:
    return SynthAgent(runs=tmp_path / "runs")


def written(path: Path, rows: Sequence[Mapping[str, object]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_nothing_comes_near_to_a_protected_record(agent: SynthAgent, tmp_path: Path) -> None:
    free = agent.generate("40 questions about production", seed=3)
    kept = [dict(record.payload) for record in free.records[:9]]
    exam = written(tmp_path / "exam.jsonl", kept)

    dataset = agent.generate("40 questions about production", seed=3, protect=(exam,))

    asked = {record.payload["input"] for record in dataset.records}
    near = [reject.near for reject in dataset.rejects if reject.reason == "protected"]
    assert len(dataset.records) == 40
    assert not asked & {row["input"] for row in kept}
    assert len(near) >= 9
    assert {match.name.split("/")[0] for match in near if match} == {"exam"}
    assert all(match and match.text for match in near)


def test_a_run_keeps_to_its_protected_files(agent: SynthAgent, tmp_path: Path) -> None:
    exam = written(tmp_path / "exam.jsonl", [{"question": "How many presses stood still today?"}])
    run = agent.generate("9 questions about production", protect=(exam,)).path
    written(tmp_path / "exam.jsonl", [{"question": "Which oven burnt out during the night?"}])

    with pytest.raises(ConfigError, match="protected files"):
        agent.resume(run, count=12)


def test_a_run_keeps_to_its_embedder(agent: SynthAgent) -> None:
    dataset = agent.generate("9 questions about production", embedder="lexical")

    from synth_agent.pipeline import Run

    with Run.open(dataset.path) as run:
        run.journal.set_meta(embedder="static-minilm-256-v0@00000000")
    with pytest.raises(ConfigError, match="begun with embedder static-minilm-256-v0"):
        agent.resume(dataset.path, count=12)


def test_other_fields_can_be_compared(agent: SynthAgent) -> None:
    brief = "As an industrial engineer, 30 questions"

    dataset = agent.generate(brief, dedup_fields=("output",), dedup_lexical="off")

    outputs = [str(record.payload["output"]).casefold() for record in dataset.records]
    assert len(set(outputs)) == 30


# ----------------------------------------------------------------------------------- planned again


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"embedder": "lexical"}, {"dedup_threshold": 0.9}),
        ({"embedder": "openai:text-embedding-ada-002"}, {"dedup_threshold": 0.97}),
        ({"language": "de"}, {"embedder": "lexical", "dedup_threshold": 0.9}),
        ({"dedup_threshold": "off"}, {"dedup_lexical": "off"}),
        ({"task": "instruction"}, {"dedup_lexical": 0.7, "dedup_mask_numbers": True}),
        ({"seed": 9}, {"dedup_threshold": 0.91, "dedup_mask_numbers": False}),
    ],
    ids=["embedder", "model", "language", "off", "task", "seed"],
)
def test_what_was_only_usual_follows_a_change(
    changes: dict[str, object], expected: dict[str, object]
) -> None:
    planned = plan_spec("30 questions about tools", method="self_instruct", **MODEL)

    again = plan_spec(planned, **changes)

    assert {name: getattr(again, name) for name in expected} == expected


def test_what_was_chosen_stays_whatever_else_changes() -> None:
    chosen = {"dedup_threshold": 0.8, "dedup_mask_numbers": True}
    planned = plan_spec("30 questions about tools", **MODEL, **chosen)

    again = plan_spec(planned, embedder="lexical")

    assert {name: getattr(again, name) for name in chosen} == chosen


class Counts:
    """Embeddings that say how many texts they were given."""

    model = "counts"

    def __init__(self) -> None:
        self.texts = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.texts += len(texts)
        return [[1.0, float(len(text)), float(text.count("e"))] for text in texts]


def test_nothing_is_embedded_where_nothing_is_compared(tmp_path: Path) -> None:
    from langchain_core.embeddings import Embeddings

    class Counting(Counts, Embeddings):
        def embed_query(self, text: str) -> list[float]:
            raise AssertionError

    counting = Counting()
    agent = SynthAgent(runs=tmp_path, embedder=counting)
    dataset = agent.generate("20 questions about production", dedup_threshold="off")
    agent.resume(dataset.path, count=25)

    assert counting.texts == 0
