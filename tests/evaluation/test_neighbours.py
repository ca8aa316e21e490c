"""Which pairs a reader is shown to judge thresholds by."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.evaluation.neighbours import Texts, nearest_dropped, nearest_kept
from synth_agent.schemas import Measure, NearMatch, Neighbour, Provenance, Record, Reject
from synth_agent.text import Comparable

SEEDS = {"s.jsonl:1": "the seed"}


def record(slot: int, near: int | None = None, cosine: float = 0.0) -> Record:
    nearest = None if near is None else Neighbour(slot=near, similarity=cosine)
    made = Provenance(method="rules", source="x", nearest=nearest)
    return Record(slot=slot, payload={"text": f"text {slot}", "label": "a"}, provenance=made)


def reject(slot: int, *near: Any, text: str = "") -> Reject:
    keys = ("kind", "name", "measure", "score")
    match = NearMatch(**dict(zip(keys, near, strict=True)), text=text) if near else None
    payload = {"text": f"draft {slot}", "label": "a"}
    return Reject(slot=slot, reason="near-duplicate", payload=dict(payload), near=match)


def texts(*records: Record) -> Texts:
    return Texts(Comparable("classification"), {r.slot: r for r in records}.get, SEEDS)


def test_the_most_alike_records_come_first_with_both_texts() -> None:
    records = [record(0), record(1, 0, 0.4), record(2, 1, 0.8), record(3, 0, 0.8)]

    pairs = nearest_kept(records, 2, texts(*records))

    assert [(p.slot, p.name, p.score, p.reason) for p in pairs] == [
        (2, "1", 0.8, None),
        (3, "0", 0.8, None),
    ]
    assert (pairs[0].text, pairs[0].other) == ("text 2", "text 1")


def test_records_that_were_compared_with_none_are_no_pairs() -> None:
    assert nearest_kept([record(0), record(1)], 5, texts()) == []


def test_rejects_that_were_nearest_to_being_kept_come_first_group_by_group() -> None:
    rejects = [
        reject(1, "protected", "eval/1", "13-gram", 15, text="theirs"),
        reject(2, "seed", "s.jsonl:1", "cosine", 0.93),
        reject(3, "record", "0", "word triples", 0.81),
        reject(4, "record", "0", "cosine", 0.97),
        reject(5, "record", "0", "cosine", 0.91),
        reject(6, "record", "0", "cosine", 0.91),
        reject(7),
    ]

    pairs = nearest_dropped(rejects, 2, texts(record(0)))

    assert [(p.kind, p.measure, p.slot) for p in pairs] == [
        ("record", "cosine", 5),
        ("record", "cosine", 6),
        ("record", "word triples", 3),
        ("seed", "cosine", 2),
        ("protected", "13-gram", 1),
    ]
    assert [p.other for p in pairs[2:]] == ["text 0", "the seed", "theirs"]
    assert all(p.reason == "near-duplicate" for p in pairs)


@pytest.mark.parametrize(
    ("measure", "text"), [("8-gram", "draft 1\na"), ("cosine", "draft 1")], ids=["whole", "asked"]
)
def test_runs_of_words_are_looked_for_in_all_that_a_draft_says(measure: Measure, text: str) -> None:
    (pair,) = nearest_dropped([reject(1, "protected", "e/1", measure, 1.0)], 1, texts())

    assert pair.text == text


def test_none_are_asked_for() -> None:
    assert nearest_dropped([reject(1, "record", "0", "cosine", 0.9)], 0, texts()) == []
    assert nearest_kept([record(1, 0, 0.5)], 0, texts()) == []


def test_a_text_that_is_not_known_any_more_is_empty() -> None:
    rejects = [reject(1, "seed", "gone", "cosine", 0.9), reject(2, "record", "9", "cosine", 0.9)]

    assert [pair.other for pair in nearest_dropped(rejects, 3, texts())] == ["", ""]


@given(st.lists(st.integers(0, 20), max_size=30), st.integers(1, 8))
def test_the_least_scores_are_chosen_whatever_the_order(scores: list[int], k: int) -> None:
    rejects = [reject(n, "record", "0", "cosine", s / 20) for n, s in enumerate(scores)]

    pairs = nearest_dropped(rejects, k, texts(record(0)))

    assert [(p.score, p.slot) for p in pairs] == sorted((s / 20, n) for n, s in enumerate(scores))[
        :k
    ]
