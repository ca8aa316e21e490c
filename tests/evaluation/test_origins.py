import tracemalloc
from collections.abc import Iterable
from typing import Any

import pytest

from synth_agent.evaluation.origins import Origins, planned_coverage
from synth_agent.quality.pairs import length_effect
from synth_agent.schemas import Cell, DatasetSpec, Provenance, Record
from synth_agent.schemas.report import Trials


def spec_of(**fields: Any) -> DatasetSpec:
    known = {"count": 9, "method": "self_instruct", "model": "openai:m"}
    return DatasetSpec.model_validate(known | fields)


def record(*tags: str, payload: dict[str, Any] | None = None, **known: Any) -> Record:
    origin = {"method": "self_instruct", "source": "openai:m", "model": "openai:m", "tags": tags}
    return Record(
        slot=0,
        cell=Cell(),
        payload=payload or {"input": "Why?"},
        provenance=Provenance.model_validate(origin | known),
    )


def figures(records: Iterable[Record], **fields: Any) -> dict[str, Any]:
    origins = Origins(spec_of(**fields))
    for one in records:
        origins.add(one)
    return origins.figures()


def test_prompts_are_counted_by_digest() -> None:
    found = figures([record(prompt=name) for name in ("a@1", "b@2", "b@2")])

    assert found["prompts"] == {"b@2": 2, "a@1": 1}


def test_readers_stand_apart_from_what_a_record_is_about() -> None:
    found = figures(
        [record("labelled-by:openai:s", "evolved:steps"), record("compared-by:openai:m")]
    )

    assert found["readers"] == {"compared": {"openai:m": 1}, "labelled": {"openai:s": 1}}
    assert found["tags"] == {"evolved:steps": 1}


@pytest.mark.parametrize(
    ("score", "place"), [(1, 0), (1.2, 0), (1.26, 1), (3, 4), (4.5, 7), (5, 8)]
)
def test_a_score_counts_for_the_nearest_half(score: float, place: int) -> None:
    (spread,) = figures([record(scores={"clarity": score})])["scores"].values()

    assert spread.mean == score
    assert [n for n, count in enumerate(spread.counts) if count] == [place]


def test_criteria_that_some_records_lack_are_averaged_over_the_others() -> None:
    found = figures([record(scores={"a": 2, "b": 4}), record(scores={"a": 4})])

    assert {name: spread.mean for name, spread in found["scores"].items()} == {"a": 3, "b": 4}


def test_agreement_is_no_mark() -> None:
    found = figures([record(scores={"agreement": share}) for share in (1.0, 0.6667, 1.0)])

    assert found["scores"] == {}
    assert list(found["agreement"].items()) == [("100 %", 2), ("67 %", 1)]


def test_topics_without_records_are_told_first() -> None:
    found = figures(
        [record("topic:oee"), record("topic:oee"), record("topic:scrap")],
        topics=("oee", "scrap", "takt"),
    )

    assert list(found["coverage"]["topic"].items()) == [("takt", 0), ("scrap", 1), ("oee", 2)]


def test_what_was_planned_by_a_model_is_added_to_what_was_found() -> None:
    covered = planned_coverage({"topic": {"a": 3}}, {"topics": ["a", "b"], "personas": ["p"]})

    assert covered == {"topic": {"b": 0, "a": 3}, "persona": {"p": 0}}


def test_a_record_about_two_passages_counts_once_for_each_document() -> None:
    parents = [("m.pdf p.3 #12",), ("m.pdf p.4 #13", "m.pdf p.5 #14"), ("a #1.md#2", "m.pdf#3")]

    found = figures([record(parents=each) for each in parents], method="grounded", docs=("m",))

    assert found["documents"] == {"m.pdf": 3, "a #1.md": 1}


def test_parents_of_other_methods_are_no_documents() -> None:
    assert figures([record(parents=("record:1",))], method="evolve")["documents"] == {}


def test_what_running_code_has_shown_is_added_up() -> None:
    found = figures(
        [
            record("tests-passed", "mutants-killed:5/6"),
            record("tests-passed", "mutants-killed:2/3"),
            record("not-run"),
        ],
        task="code",
    )

    assert found["trials"] == Trials(passed=2, not_run=1, mutants=9, noticed=7)
    assert figures([record()])["trials"] is None


def test_the_effect_of_length_is_that_of_the_pairs() -> None:
    lengths = [(3, 4), (6, 2), (5, 5), (9, 8)]
    pairs = [
        record(payload={"input": "?", "chosen": "word " * c, "rejected": "word " * r})
        for c, r in lengths
    ]

    effect = figures(pairs, task="preference")["length_effect"]

    expected = length_effect(*zip(*lengths, strict=True))
    assert (effect.size, effect.low, effect.high) == expected[:3]
    assert (effect.longer, effect.pairs, effect.bound) == (0.625, 4, 0.3)


def test_memory_does_not_grow_with_the_pairs() -> None:
    pair = record(payload={"input": "?", "chosen": "one two", "rejected": "one"})

    def peak(count: int) -> int:
        tracemalloc.start()
        origins = Origins(spec_of(task="preference"))
        for _ in range(count):
            origins.add(pair)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(90_000) < 1.2 * peak(45_000)
