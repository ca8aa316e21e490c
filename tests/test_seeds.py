"""Given examples, wherever they come from."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from synth_agent.errors import ConfigError
from synth_agent.exports import check_layout, layouts_of, write_dataset
from synth_agent.pipeline import Run
from synth_agent.pipeline.journal import Batch
from synth_agent.pipeline.rows import Kept
from synth_agent.quality import fingerprint
from synth_agent.schemas import DatasetSpec, Provenance, Record
from synth_agent.seeds import read_inputs, read_seeds

QA: dict[str, JsonValue] = {
    "input": "Why does M2 stop?",
    "context": "M2 stops at 06:10.",
    "output": "The belt.",
}
LABELLED: dict[str, JsonValue] = {"text": "The belt tore again.", "label": "negative"}


def spec_of(task: str = "qa", **changes: Any) -> DatasetSpec:
    return DatasetSpec.model_validate({"task": task, "count": 1, **changes})


def record_of(payload: dict[str, JsonValue], slot: int = 0) -> Record:
    made = Provenance(method="rules", source="x@1")
    return Record(slot=slot, payload=dict(payload), provenance=made)


@pytest.fixture
def earlier(tmp_path: Path) -> Callable[..., Path]:
    """Return a maker of runs whose records are in slots 3, 4 and so on."""

    def make(task: str, *payloads: dict[str, JsonValue]) -> Path:
        path, now = tmp_path / "earlier", datetime(2026, 3, 1, tzinfo=UTC)
        records = [record_of(payload, slot) for slot, payload in enumerate(payloads, start=3)]
        with Run.create(path, spec_of(task, count=9), text="", now=now) as run:
            run.journal.commit(Batch([Kept(r, fingerprint(task, r.payload)) for r in records]))
        return path

    return make


def test_an_earlier_runs_records_become_examples(earlier: Callable[..., Path]) -> None:
    path = earlier("qa", QA, QA | {"input": "When?"})

    seeds = read_seeds(spec_of(seeds=f"{path}/"))

    assert [seed.id for seed in seeds] == ["earlier:3", "earlier:4"]
    assert seeds[0].row == QA
    assert seeds[0].text == "Why does M2 stop?\nM2 stops at 06:10."


def test_inputs_are_read_from_the_same_places(earlier: Callable[..., Path]) -> None:
    path = earlier("qa", QA)

    assert read_inputs(spec_of(inputs=str(path))) == read_seeds(spec_of(seeds=str(path)))


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (
            "instruction",
            {"instruction": QA["input"], "input": QA["context"], "output": "The belt."},
        ),
        ("preference", {"input": "M2 stops at 06:10.\n\nWhy does M2 stop?", "chosen": "The belt."}),
        ("custom", QA),
    ],
)
def test_an_earlier_run_of_another_task_is_taken_for_what_it_asks(
    earlier: Callable[..., Path], task: str, expected: dict[str, JsonValue]
) -> None:
    known = {"json_schema": {"type": "object"}} if task == "custom" else {}

    (seed,) = read_seeds(spec_of(task, seeds=str(earlier("qa", QA)), **known))

    assert seed.row == expected


@pytest.mark.parametrize("layout", [name for name in layouts_of(spec_of()) if name != "records"])
def test_a_file_in_any_layout_that_we_write_is_understood(tmp_path: Path, layout: str) -> None:
    written, path = spec_of(layout=layout), tmp_path / "seeds.jsonl"
    check_layout(written)
    write_dataset(written, [record_of(QA)], path)

    (seed,) = read_seeds(spec_of(seeds=str(path)))

    assert seed.row == QA
    assert seed.id == "seeds.jsonl:1"


def test_the_order_to_classify_is_no_part_of_the_text(tmp_path: Path) -> None:
    written = spec_of("classification", layout="messages", labels={"negative": 1, "positive": 0})
    write_dataset(written, [record_of(LABELLED)], tmp_path / "seeds.jsonl")

    (seed,) = read_seeds(spec_of("classification", seeds=str(tmp_path / "seeds.jsonl")))

    assert seed.row == LABELLED
    assert seed.text == "The belt tore again."


def lines(path: Path, *rows: dict[str, Any]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_keys_of_the_users_own_are_understood_by_their_names(tmp_path: Path) -> None:
    file = lines(tmp_path / "mine.jsonl", {"Question": "Why?", "answer": "So.", "n": 1})

    (seed,) = read_seeds(spec_of(seeds=file))

    assert seed.row == {"input": "Why?", "output": "So."}


def test_examples_are_compared_by_what_records_are_compared_by(tmp_path: Path) -> None:
    file = lines(tmp_path / "mine.jsonl", QA)

    (grounded,) = read_seeds(spec_of(seeds=file, method="grounded"))
    (masked,) = read_seeds(spec_of(seeds=file, dedup_mask_numbers=True))
    (answer,) = read_seeds(spec_of(seeds=file, dedup_fields=("answer",)))

    assert grounded.text == "Why does M2 stop?"
    assert masked.text == "Why does M0 stop?\nM0 stops at 0."
    assert answer.text == "The belt."
    assert grounded.row == masked.row == answer.row == QA


def test_inputs_are_never_masked_or_cut(tmp_path: Path) -> None:
    file = lines(tmp_path / "mine.jsonl", QA)
    spec = spec_of(inputs=file, dedup_mask_numbers=True, dedup_fields=("answer",))

    (given,) = read_inputs(spec)

    assert given.text == "Why does M2 stop?\nM2 stops at 06:10."


def test_a_row_without_any_field_is_named(tmp_path: Path) -> None:
    file = lines(tmp_path / "mine.jsonl", QA, {"colour": "red", "size": 3})

    with pytest.raises(ConfigError, match=r"row 2: none of its keys \(colour, size\)"):
        read_seeds(spec_of(seeds=file))


def test_what_is_not_there_is_named_with_what_may_be(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"not exist; expected a file .* or the folder of"):
        read_seeds(spec_of(seeds=str(tmp_path / "none")))


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected the folder of a run"):
        read_seeds(spec_of(seeds=str(tmp_path)))
