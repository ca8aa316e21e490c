import tracemalloc
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.evaluation import summarise
from synth_agent.evaluation.histograms import histogram
from synth_agent.schemas import (
    Cell,
    CellCount,
    DatasetSpec,
    Neighbour,
    Provenance,
    Record,
    Report,
    Usage,
)

QA = DatasetSpec(count=100, fields=("question", "context", "answer"))


def record(slot: int, *, similarity: float | None = None, **origin: Any) -> Record:
    nearest = None if similarity is None else Neighbour(slot=slot - 1, similarity=similarity)
    return Record(
        slot=slot,
        cell=Cell(None, ("easy", "medium", "hard")[slot % 3]),
        payload={"input": f"Question {slot}?", "context": "word " * slot, "output": "Yes, it is."},
        provenance=Provenance(
            **{"method": "rules", "source": "p@1", "form": "s/q/log", "nearest": nearest, **origin}
        ),
    )


def report_of(
    records: Iterable[Record], spec: DatasetSpec = QA, found: dict[int, Record] | None = None
) -> Report:
    return summarise(
        spec,
        records,
        rejected={"empty": 1, "near-duplicate": 4, "exact": 1},
        cells=[CellCount(cell="easy", asked=34, accepted=34)],
        usage=Usage(seconds=1.5),
        lookup=(found or {}).get,
    )


def test_counts_are_those_of_the_records() -> None:
    records = [record(n, tags=("rare:jam",) if n == 7 else ()) for n in range(9)]
    records.append(record(9, form="s/q/mail", source="p@2"))

    report = report_of(iter(records))

    assert (report.asked, report.accepted, report.complete) == (100, 10, False)
    assert report.difficulty == {"easy": 4, "medium": 3, "hard": 3}
    assert report.forms == {"s/q": 10}
    assert report.contexts == {"log": 9, "mail": 1}
    assert report.tags == {"rare:jam": 1}
    assert report.sources == {"p@1": 9, "p@2": 1}


def test_reasons_stand_by_frequency_then_name() -> None:
    assert list(report_of([]).rejected) == ["near-duplicate", "empty", "exact"]


def test_labels_stand_in_the_order_they_were_asked_in() -> None:
    spec = DatasetSpec(task="classification", count=3, labels={"positive": 2, "negative": 1})
    records = [
        record(n).model_copy(update={"cell": Cell(label)})
        for n, label in enumerate(("negative", "positive", "positive"))
    ]

    assert list(report_of(records, spec).labels.items()) == [("positive", 2), ("negative", 1)]


def test_lengths_and_samples_are_under_the_users_names() -> None:
    report = report_of(record(n) for n in range(1, 31))

    assert set(report.lengths) == {"context", "answer"}  # no question is longer than two words
    assert report.lengths["context"].median == 15.5
    assert sum(report.lengths["context"].counts) == 30
    assert list(report.samples[0].payload) == ["question", "context", "answer"]


def test_the_nearest_pairs_come_first_with_the_texts_that_were_compared() -> None:
    records = [record(n, similarity=n / 100 if n else None) for n in range(90)]

    report = report_of(records, found={r.slot: r for r in records if r.slot != 87})

    assert [pair.slots for pair in report.nearest][:2] == [(88, 89), (86, 87)]
    assert report.nearest[0].similarity == 0.89
    assert report.nearest[0].texts[1].startswith("Question 89?\nword word")
    assert len(report.nearest) == 9  # the partner of record 88 could not be found


def test_similarities_stay_between_nought_and_one() -> None:
    report = report_of([record(1, similarity=1.0), record(2, similarity=0.3)])

    assert report.similarity is not None
    assert report.similarity.edges[-1] == 1.0
    assert sum(report.similarity.counts) == 2


def test_without_the_check_there_are_no_pairs() -> None:
    report = report_of([record(0), record(1)])

    assert report.nearest == ()
    assert report.similarity is None


@pytest.mark.parametrize("count", [1, 9, 10, 11, 79, 80, 81, 500, 1_000])
def test_ten_samples_are_spread_evenly(count: int) -> None:
    report = report_of(record(n) for n in range(count))

    slots = [sample.slot for sample in report.samples]
    assert len(slots) == min(count, 10)
    gaps = [b - a for a, b in zip(slots, [*slots[1:], count], strict=True)]
    assert all(gap <= count / 10 * 1.4 + 1 for gap in gaps)


def test_messages_are_measured_by_what_is_said() -> None:
    talk = record(0).model_copy(
        update={
            "payload": {
                "messages": [
                    {"role": "user", "content": "one two"},
                    {"role": "assistant", "content": "three four five"},
                ]
            }
        }
    )

    report = report_of([talk], DatasetSpec(task="conversation", count=1))

    assert report.lengths["messages"].median == 5


def test_memory_does_not_grow_with_the_records() -> None:
    def many(count: int) -> Iterator[Record]:
        return (record(n % 50, similarity=(n % 900) / 1000) for n in range(count))

    def peak(count: int) -> int:
        tracemalloc.start()
        report_of(many(count))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(100)
    assert peak(4_000) < 1.5 * peak(1_000)


@given(values=st.lists(st.integers(0, 10_000), min_size=1, max_size=200), bins=st.integers(1, 40))
def test_a_histogram_holds_every_value_once(values: list[int], bins: int) -> None:
    drawn = histogram(Counter(values), bins=bins)

    assert sum(drawn.counts) == len(values)
    assert len(drawn.edges) == len(drawn.counts) + 1
    assert len(drawn.counts) <= bins + 1
    assert drawn.edges[0] <= min(values)
    assert drawn.edges[-1] > max(values)
    assert len({round(b - a, 6) for a, b in zip(drawn.edges, drawn.edges[1:], strict=False)}) == 1
    ordered = sorted(values)
    middle = (ordered[(len(values) - 1) // 2] + ordered[len(values) // 2]) / 2
    assert drawn.median == middle
