"""What a report shows of the drafts that came too near to something."""

from collections.abc import Collection, Mapping
from typing import Any

import pytest

from synth_agent.evaluation import near_misses
from synth_agent.schemas import DatasetSpec, NearMatch, Provenance, Record, Reject
from synth_agent.schemas.report import NearMiss

QA = DatasetSpec(count=9, method="grounded", dedup_mask_numbers=True)


def reject(
    slot: int, kind: str = "protected", measure: str = "cosine", score: float = 0.95, **near: Any
) -> Reject:
    facts = {"kind": kind, "name": str(slot), "measure": measure, "score": score, "text": "theirs"}
    return Reject(
        slot=slot,
        reason="near",
        payload={"input": f"Question {slot}?", "context": "A passage.", "output": "An answer."},
        near=NearMatch.model_validate(facts | near),
    )


def found(*rejects: Reject, seeds: Mapping[str, str] | None = None) -> tuple[NearMiss, ...]:
    misses: tuple[NearMiss, ...] = fields(*rejects, seeds=seeds)["near_misses"]
    return misses


def fields(*rejects: Reject, seeds: Mapping[str, str] | None = None) -> dict[str, Any]:
    def given(wanted: Collection[str]) -> dict[str, str]:
        return {name: text for name, text in (seeds or {}).items() if name in wanted}

    return near_misses(QA, iter(rejects), lookup=record, seeds=given)


def record(slot: int) -> Record | None:
    payload = {"input": f"Record {slot} of 12?", "context": "A passage.", "output": "Yes."}
    origin = Provenance(method="grounded", source="m")
    return Record(slot=slot, payload=dict(payload), provenance=origin) if slot < 90 else None


def test_every_draft_is_counted_by_kind_and_measure() -> None:
    near = [reject(n, "record", "word triples") for n in range(60)]
    near += [reject(n, "protected", m) for n in range(2) for m in ("8-gram", "cosine")]

    counts = fields(*near, Reject(slot=1, reason="empty"))["near_counts"]

    assert counts == {"protected": {"cosine": 2, "8-gram": 2}, "record": {"word triples": 60}}
    assert list(counts) == ["protected", "record"]
    assert list(counts["protected"]) == ["cosine", "8-gram"]


def test_nothing_near_leaves_nothing_to_show() -> None:
    assert fields(Reject(slot=1, reason="empty")) == {"near_counts": {}, "near_misses": ()}


USUAL = [
    *(("record", measure) for measure in ("word triples", "cosine")),
    *(("seed", measure) for measure in ("word triples", "8-gram", "cosine", "13-gram")),
    *(("protected", measure) for measure in ("8-gram", "13-gram", "cosine")),
]


def test_those_nearest_to_being_kept_are_shown_and_protected_texts_come_first() -> None:
    near = [reject(n, *usual, score=0.99 - n / 1000) for n in range(40) for usual in USUAL]

    shown = [(m.near.kind, m.near.measure, m.near.score) for m in found(*near)]

    assert len(shown) == 50
    assert shown[:2] == [("protected", "cosine", 0.951), ("protected", "cosine", 0.952)]
    assert list(dict.fromkeys((kind, measure) for kind, measure, _ in shown)) == [
        *(("protected", measure) for measure in ("cosine", "13-gram", "8-gram")),
        *(("seed", measure) for measure in ("cosine", "word triples", "13-gram", "8-gram")),
        *(("record", measure) for measure in ("cosine", "word triples")),
    ]


def test_equal_scores_are_shown_in_the_order_they_were_made() -> None:
    assert [m.slot for m in found(*map(reject, range(20)))] == list(range(8))


@pytest.mark.parametrize(
    ("measure", "text"),
    [
        ("cosine", "Question 5?"),
        ("word triples", "Question 5?"),
        ("13-gram", "Question 5?\nAn answer."),
        ("8-gram", "Question 5?\nAn answer."),
    ],
)
def test_of_a_draft_that_is_shown_which_was_compared(measure: str, text: str) -> None:
    (miss,) = found(reject(5, measure=measure, score=13))

    assert (miss.slot, miss.text, miss.near.text) == (5, text, "theirs")


def test_the_text_of_a_record_comes_from_its_slot_with_its_figures() -> None:
    near = [reject(5, "record", name="3", text=""), reject(6, "record", name="99", text="")]

    (miss,) = found(*near)

    assert miss.near.text == "Record 3 of 12?"


def test_the_text_of_a_seed_is_asked_for_where_it_is_not_told() -> None:
    near = [reject(1, "seed", text=""), reject(2, "seed"), reject(3, "seed", text="")]

    misses = found(*near, seeds={"1": "first", "2": "second"})

    assert [miss.near.text for miss in misses] == ["first", "theirs"]
