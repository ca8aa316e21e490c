"""What a reader is shown of what came near to what: the pairs by which limits are judged."""

from collections.abc import Collection, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from synth_agent.evaluation import near_misses
from synth_agent.evaluation.neighbours import Texts, nearest_dropped, nearest_kept
from synth_agent.schemas import DatasetSpec, NearMatch, Neighbour, Provenance, Record, Reject
from synth_agent.schemas.report import NearDraft

QA = DatasetSpec(count=9, method="grounded", dedup_mask_numbers=True)
SEEDS = ("s.jsonl:1", "s.jsonl:2")


def payload(question: str) -> dict[str, JsonValue]:
    return {"input": question, "context": "A passage.", "output": "An answer."}


def record(slot: int, near: int | None = None, cosine: float = 0.0) -> Record:
    nearest = None if near is None else Neighbour(slot=near, similarity=cosine)
    made = Provenance(method="grounded", source="m", nearest=nearest)
    return Record(slot=slot, payload=payload(f"Record {slot} of 12?"), provenance=made)


def reject(
    slot: int, kind: str = "protected", measure: str = "cosine", score: float = 0.95, **near: Any
) -> Reject:
    text = "" if kind == "record" else "theirs"
    facts = {"kind": kind, "name": str(slot), "measure": measure, "score": score, "text": text}
    return Reject(
        slot=slot,
        reason="near",
        payload=payload(f"Question {slot}?"),
        near=NearMatch.model_validate(facts | near),
    )


def seeds(wanted: Collection[str]) -> Mapping[str, Mapping[str, JsonValue]]:
    return {name: payload(f"Seed {name} of 7?") for name in SEEDS if name in wanted}


def texts(*, slots: int = 90) -> Texts:
    known = {slot: record(slot) for slot in range(slots)}
    return Texts.of(QA, record=known.get, seeds=seeds)


def found(*rejects: Reject) -> tuple[NearDraft, ...]:
    misses: tuple[NearDraft, ...] = near_misses(iter(rejects), texts())["near_misses"]
    return misses


# ------------------------------------------------------------------------------------- for a report


def test_every_draft_is_counted_by_kind_and_measure() -> None:
    near = [reject(n, "record", "word triples") for n in range(60)]
    near += [reject(n, "protected", m) for n in range(2) for m in ("8-gram", "cosine")]

    counts = near_misses([*near, Reject(slot=1, reason="empty")], texts())["near_counts"]

    assert counts == {"protected": {"cosine": 2, "8-gram": 2}, "record": {"word triples": 60}}
    assert list(counts) == ["protected", "record"]
    assert list(counts["protected"]) == ["cosine", "8-gram"]


def test_nothing_near_leaves_nothing_to_show() -> None:
    none = near_misses([Reject(slot=1, reason="empty")], texts())

    assert none == {"near_counts": {}, "near_misses": ()}


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


# ---------------------------------------------------------------------------------------- the texts


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

    assert (miss.slot, miss.reason, miss.text, miss.near.text) == (5, "near", text, "theirs")


def test_the_text_of_a_record_comes_from_its_slot_with_its_figures() -> None:
    (miss,) = found(reject(5, "record", name="3"))

    assert miss.near.text == "Record 3 of 12?"


def test_the_text_of_a_seed_has_its_figures_too_where_it_is_not_told() -> None:
    misses = found(reject(1, "seed", text="", name=SEEDS[0]), reject(2, "seed", name=SEEDS[1]))

    assert [miss.near.text for miss in misses] == ["Seed s.jsonl:1 of 7?", "theirs"]


def test_a_draft_whose_other_text_is_lost_is_left_out() -> None:
    lost = [reject(1, "seed", text="", name="gone"), reject(2, "record", name="99")]

    assert found(*lost) == ()
    assert nearest_dropped(lost, 3, texts()) == []


# -------------------------------------------------------------------------- for who asks for a few


def test_the_most_alike_records_come_first_with_both_texts() -> None:
    records = [record(0), record(1, 0, 0.4), record(2, 1, 0.8), record(3, 0, 0.8)]

    pairs = nearest_kept(records, 2, texts())

    assert [(p.slot, p.near.name, p.near.score, p.reason) for p in pairs] == [
        (2, "1", 0.8, None),
        (3, "0", 0.8, None),
    ]
    assert (pairs[0].text, pairs[0].near.text) == ("Record 2 of 12?", "Record 1 of 12?")


def test_records_that_were_compared_with_none_are_no_pairs() -> None:
    assert nearest_kept([record(0), record(1)], 5, texts()) == []


def test_rejects_that_were_nearest_to_being_kept_come_first_group_by_group() -> None:
    rejects = [
        reject(1, "protected", "13-gram", 15),
        reject(2, "seed", "cosine", 0.93),
        reject(3, "record", "word triples", 0.81),
        reject(4, "record", "cosine", 0.97),
        reject(5, "record", "cosine", 0.91),
        reject(6, "record", "cosine", 0.91),
        Reject(slot=7, reason="empty"),
    ]

    pairs = nearest_dropped(rejects, 2, texts())

    assert [(p.near.kind, p.near.measure, p.slot) for p in pairs] == [
        ("record", "cosine", 5),
        ("record", "cosine", 6),
        ("record", "word triples", 3),
        ("seed", "cosine", 2),
        ("protected", "13-gram", 1),
    ]


def test_none_are_asked_for() -> None:
    assert nearest_dropped([reject(1, "record")], 0, texts()) == []
    assert nearest_kept([record(1, 0, 0.5)], 0, texts()) == []


@given(st.lists(st.integers(0, 20), max_size=30), st.integers(1, 8))
def test_the_least_scores_are_chosen_whatever_the_order(scores: list[int], k: int) -> None:
    rejects = [reject(n, "seed", score=score / 20) for n, score in enumerate(scores)]

    pairs = nearest_dropped(rejects, k, texts())

    least = sorted((score / 20, n) for n, score in enumerate(scores))[:k]
    assert [(p.near.score, p.slot) for p in pairs] == least
