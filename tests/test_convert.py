"""A run written again with a stricter threshold, without embedding anything."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_agent.convert import Conversion, convert
from synth_agent.errors import ConfigError
from synth_agent.exports import read_rows
from synth_agent.pipeline import Run
from synth_agent.pipeline.journal import Batch
from synth_agent.pipeline.rows import Kept
from synth_agent.schemas import Cell, DatasetSpec, Neighbour, Provenance, Record


def cosine(one: int, other: int) -> float:
    """Return how near two texts are that are angles in degrees."""
    return round(math.cos(math.radians(one - other)), 6)


def accepted(angles: Sequence[int], threshold: float) -> list[Record]:
    """Return what a run keeps of texts that come one by one."""
    kept: list[Record] = []
    for slot, angle in enumerate(angles):
        near = [(cosine(angle, int(str(r.payload["text"]))), r.slot) for r in kept]
        best = max(near, default=None)
        if best is None or best[0] < threshold:
            nearest = None if best is None else Neighbour(slot=best[1], similarity=best[0])
            made = Provenance(method="rules", source="x@1", nearest=nearest)
            payload = {"text": str(angle), "label": "ham"}
            kept.append(Record(slot=slot, cell=Cell("ham"), payload=dict(payload), provenance=made))
    return kept


def run_of(path: Path, records: Sequence[Record], **changes: Any) -> Path:
    count = max(1, len(records))
    spec = {"task": "classification", "count": count, "labels": {"ham": count}} | changes
    now = datetime(2026, 3, 1, tzinfo=UTC)
    with Run.create(path, DatasetSpec.model_validate(spec), text="", now=now) as run:
        run.journal.commit(Batch([Kept(r, r.slot.to_bytes(8)) for r in records]))
    return path


def angles_in(path: Path) -> list[int]:
    return [int(str(row["text"])) for row in read_rows(path)]


@settings(max_examples=20)
@given(
    angles=st.lists(st.integers(0, 359), min_size=1, max_size=40, unique=True),
    stricter=st.sampled_from([0.3, 0.5, 0.7, 0.9, 0.95, 0.999]),
)
def test_no_two_that_stay_are_so_near_and_the_numbers_add_up(
    tmp_path_factory: pytest.TempPathFactory, angles: list[int], stricter: float
) -> None:
    folder, records = tmp_path_factory.mktemp("runs"), accepted(angles, 0.9995)
    run = run_of(folder / "run", records, dedup_threshold=0.9995)

    done = convert(run, folder / "out.jsonl", Conversion(threshold=stricter))

    left = angles_in(folder / "out.jsonl")
    assert all(cosine(*pair) < stricter for pair in combinations(left, 2))
    assert done.records == len(records) == done.dropped + len(left)
    assert left == [a for a in angles if a in left], "in their order"


@given(stricter=st.floats(0.5, 1))
@settings(max_examples=5)
def test_a_threshold_that_nothing_reaches_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, stricter: float
) -> None:
    folder, records = tmp_path_factory.mktemp("runs"), accepted(range(0, 360, 5), 0.5)
    run = run_of(folder / "run", records, dedup_threshold=0.5)

    done = convert(run, folder / "out.jsonl", Conversion(threshold=stricter))

    assert (done.dropped, done.begun_with) == (0, 0.5)
    assert len(angles_in(folder / "out.jsonl")) == len(records)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a run with 36 records, ten degrees apart."""
    return run_of(tmp_path / "run", accepted(range(0, 360, 10), 0.99), dedup_threshold=0.99)


@pytest.mark.parametrize(
    ("layout", "ending"),
    [("records", "json"), ("records", "parquet"), ("alpaca", "csv"), ("messages", "jsonl")],
)
def test_every_layout_and_format_leaves_out_the_same(
    run: Path, tmp_path: Path, layout: str, ending: str
) -> None:
    file = tmp_path / f"out.{ending}"

    done = convert(run, file, Conversion(layout=layout, threshold=0.95))

    assert done.files == (file,)
    assert len(list(read_rows(file))) == done.records - done.dropped == 1


def test_parts_are_shares_of_what_is_left(run: Path, tmp_path: Path) -> None:
    split = Conversion(threshold=0.9999, split="train=0.75,test=0.25")

    done = convert(run, tmp_path / "out.jsonl", split)

    assert [len(angles_in(file)) for file in done.files] == [27, 9]


def test_a_part_that_would_be_empty_is_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'test' would get none of 1 records"):
        convert(run, tmp_path / "o.jsonl", Conversion(threshold=0.5, split="train=0.9,test=0.1"))


def test_a_run_that_compared_nothing_is_refused_with_what_does(tmp_path: Path) -> None:
    made = Provenance(method="rules", source="x@1")
    records = [Record(slot=n, payload={"text": str(n)}, provenance=made) for n in range(3)]
    run = run_of(tmp_path / "run", records, dedup_threshold="off")
    (run / "dataset.json").write_text("[]")

    with pytest.raises(ConfigError, match=r"synth-agent dedup \S+/run/dataset\.json -o OUT"):
        convert(run, tmp_path / "out.jsonl", Conversion(threshold=0.8))


@pytest.mark.parametrize("count", [0, 1])
def test_a_run_with_nothing_to_compare_is_in_order(tmp_path: Path, count: int) -> None:
    run = run_of(tmp_path / "run", accepted(range(count), 0.9))

    done = convert(run, tmp_path / "out.json", Conversion(threshold=0.8))

    assert (done.records, done.dropped) == (count, 0)
    assert len(orjson.loads((tmp_path / "out.json").read_bytes())) == count


def test_a_file_knows_no_similarities(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text('{"text": "a", "label": "b"}\n')

    with pytest.raises(ConfigError, match=r"synth-agent dedup \S+mine\.jsonl --threshold 0\.8"):
        convert(tmp_path / "mine.jsonl", tmp_path / "out.json", Conversion(threshold=0.8))


@pytest.mark.parametrize("threshold", [0, -0.5, 1.01, math.nan])
def test_a_threshold_that_is_no_share_is_refused(
    run: Path, tmp_path: Path, threshold: float
) -> None:
    with pytest.raises(ConfigError, match=r"expected a cosine in \(0, 1\]"):
        convert(run, tmp_path / "out.json", Conversion(threshold=threshold))


def test_without_a_threshold_all_records_are_written(run: Path, tmp_path: Path) -> None:
    done = convert(run, tmp_path / "out.jsonl")

    assert (done.records, done.dropped, done.begun_with) == (36, 0, None)
    assert len(angles_in(tmp_path / "out.jsonl")) == 36
