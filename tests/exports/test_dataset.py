import json
from pathlib import Path

import pytest

from synth_agent.errors import ConfigError
from synth_agent.exports import dataset_paths, read_rows, write_dataset, write_provenance
from synth_agent.schemas import Cell
from tests.exports.samples import PAYLOADS, record_of, spec_of

RECORDS = [record_of(PAYLOADS["qa"] | {"input": f"Q{n}?"}, slot=n) for n in range(20)]


@pytest.mark.parametrize("ending", ["json", "jsonl", "csv", "parquet"])
def test_the_ending_decides_how_the_same_rows_are_written(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"data.{ending}"

    paths = write_dataset(spec_of("qa", fields=("question", "answer")), iter(RECORDS), path)

    assert paths == {"train": path}
    assert list(read_rows(path)) == [
        {"question": f"Q{n}?", "answer": "7 hours."} for n in range(20)
    ]


def test_lines_are_written_in_the_asked_format(tmp_path: Path) -> None:
    spec = spec_of("classification", line_format="Q: <sentence>A: <sentiment>")

    write_dataset(spec, [record_of(PAYLOADS["classification"])], tmp_path / "data.txt")

    assert (tmp_path / "data.txt").read_text() == "Q: I would go again.A: positive\n"


@pytest.mark.parametrize("ending", ["json", "csv"])
def test_parts_are_files_of_their_own_and_together_the_whole(tmp_path: Path, ending: str) -> None:
    spec = spec_of("qa", split={"train": 0.8, "test": 0.2}, seed=3)
    path = tmp_path / f"data.{ending}"

    paths = write_dataset(spec, RECORDS, path)

    assert paths == dataset_paths(spec, path)
    assert [p.name for p in paths.values()] == [f"data-train.{ending}", f"data-test.{ending}"]
    parts = {name: [row["input"] for row in read_rows(p)] for name, p in paths.items()}
    assert {name: len(inputs) for name, inputs in parts.items()} == {"train": 16, "test": 4}
    assert sorted(map(str, parts["train"] + parts["test"])) == sorted(f"Q{n}?" for n in range(20))
    assert not path.exists()


def test_a_failure_in_one_part_replaces_none(tmp_path: Path) -> None:
    spec = spec_of("tabular", fields=("id",), split={"train": 0.5, "test": 0.5})
    for name in ("train", "test"):
        (tmp_path / f"data-{name}.json").write_text("old")
    records = [record_of({"id": 1}), record_of({"id": 2}), record_of({"other": 3})]

    with pytest.raises(ConfigError, match="nothing for 'id'"):
        write_dataset(spec, records, tmp_path / "data.json")

    assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}


def test_llama_factory_files_are_entered_beside_what_was_listed(tmp_path: Path) -> None:
    listing = tmp_path / "dataset_info.json"
    listing.write_text('{"other": {"file_name": "other.json"}, "mine-test": 1}')
    spec = spec_of("qa", layout="llama-factory", split={"train": 0.8, "test": 0.2})

    write_dataset(spec, RECORDS, tmp_path / "mine.json")

    info = json.loads(listing.read_text())
    assert list(info) == ["other", "mine-test", "mine-train"]
    assert info["other"] == {"file_name": "other.json"}
    assert info["mine-test"]["file_name"] == "mine-test.json"


@pytest.mark.parametrize("content", ["{", "[]"], ids=["broken", "array"])
def test_a_list_that_cannot_be_added_to_is_left_alone(tmp_path: Path, content: str) -> None:
    listing = tmp_path / "dataset_info.json"
    listing.write_text(content)

    with pytest.raises(ConfigError, match="cannot add to"):
        write_dataset(spec_of("qa", layout="llama-factory"), RECORDS, tmp_path / "mine.json")

    assert listing.read_text() == content


def test_provenance_says_where_each_record_stands_and_comes_from(tmp_path: Path) -> None:
    spec = spec_of("qa", split={"train": 0.5, "test": 0.5})
    records = [
        record_of(PAYLOADS["qa"] | {"input": f"Q{n}?"}, slot=n, cell=Cell(None, "hard"))
        for n in (0, 2, 5, 7)
    ]
    paths = write_dataset(spec, records, tmp_path / "data.json")

    write_provenance(tmp_path / "provenance.jsonl", spec, records)

    lines = list(read_rows(tmp_path / "provenance.jsonl"))
    assert [line["id"] for line in lines] == [0, 2, 5, 7]
    for record, line in zip(records, lines, strict=True):
        part = list(read_rows(paths[str(line["split"])]))
        assert part[line["row"]]["input"] == record.payload["input"]  # type: ignore[index]
        assert line["difficulty"] == "hard"
        assert line["facts"] == {"run_min": 420}
        assert line["proof"] == ["420 / 60 = 7"]
        assert line["nearest"] is None
