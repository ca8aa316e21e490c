"""`generate`, `plan` and `resume` as a user meets them."""

import csv
import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Command

SENTIMENT = (Path(__file__).parents[2] / "docs/briefs/sentiment.txt").read_text().strip()
INDUSTRIAL = (Path(__file__).parents[2] / "docs/briefs/industrial.txt").read_text().strip()


def test_the_sentiment_brief_gives_its_ten_lines(command: Command) -> None:
    said = command("generate", SENTIMENT, "--run-dir", "run")

    assert said.code == 0, said.err
    lines = Path(said.out.strip()).read_text().splitlines()
    found = [re.fullmatch(r"Q: (.+)A: (positive|negative)", line) for line in lines]
    assert all(found)
    labels = [match[2] for match in found if match]
    assert (labels.count("positive"), labels.count("negative")) == (8, 2)
    sentences = [match[1] for match in found if match]
    assert len(set(sentences)) == 10
    assert not any(re.search("positive|negative", s, re.IGNORECASE) for s in sentences)


def test_json_ends_with_one_object_on_stdout(command: Command) -> None:
    said = command("generate", SENTIMENT, "--json", "--run-dir", "run", "-o", "lines.txt")

    answer = json.loads(said.out)
    assert answer.pop("seconds") >= 0
    assert answer == {
        "status": "complete",
        "asked": 10,
        "accepted": 10,
        "rejected": {},
        "requests": 0,
        "tokens_in": 0,
        "tokens_out": 0,
        "cost_usd": 0.0,
        "run": "run",
        "output": "lines.txt",
    }
    assert Path("lines.txt").read_text() == Path("run/dataset.txt").read_text()


def test_a_run_leaves_everything_that_is_promised(command: Command) -> None:
    command("generate", "20 questions about production", "--run-dir", "run")

    assert {path.name for path in Path("run").iterdir()} >= {
        *("spec.yaml", "journal.sqlite", "memory", "dataset.json", "README.md"),
        *("report.html", "manifest.json", "provenance.jsonl"),
    }


@pytest.mark.parametrize("ending", ["json", "jsonl", "csv", "parquet"])
def test_the_ending_of_the_output_names_the_format(command: Command, ending: str) -> None:
    said = command("generate", "12 questions about production", "-o", f"out/data.{ending}")

    assert said.code == 0, said.err
    assert said.out.strip() == f"out/data.{ending}"
    assert Path(f"out/data.{ending}").stat().st_size > 1000


def test_columns_that_are_named_are_written(command: Command) -> None:
    said = command("generate", "50 rows with columns id, date, amount", "-o", "rows.csv")

    assert said.code == 0, said.err
    rows = list(csv.DictReader(Path("rows.csv").read_text().splitlines()))
    assert len(rows) == 50
    assert list(rows[0]) == ["id", "date", "amount"]
    assert len({row["id"] for row in rows}) == 50
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", row["date"]) for row in rows)
    assert all(float(row["amount"]) > 0 for row in rows)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(command: Command) -> None:
    brief = "25 reasoning questions about production"
    for run, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        assert command("generate", brief, "--seed", seed, "--run-dir", run).code == 0

    a, b, c = (Path(run, "dataset.json").read_bytes() for run in "abc")
    assert a == b
    assert a != c
    assert Path("a/provenance.jsonl").read_bytes() == Path("b/provenance.jsonl").read_bytes()


def test_a_spec_file_is_the_same_as_the_brief(command: Command) -> None:
    command("generate", "15 sentiment examples, balanced", "--run-dir", "a", "--quiet")
    said = command("generate", "a/spec.yaml", "--run-dir", "b")

    assert said.code == 0, said.err
    assert Path("a/dataset.json").read_bytes() == Path("b/dataset.json").read_bytes()


def test_a_split_is_exact_and_stratified(command: Command) -> None:
    said = command(
        "generate", "40 sentiment examples, half positive and half negative, as jsonl",
        "--split", "train=0.8,validation=0.1,test=0.1", "--run-dir", "run",
    )  # fmt: skip

    assert said.code == 0, said.err
    parts = {
        name: Path(f"run/dataset-{name}.jsonl").read_text().splitlines()
        for name in ("train", "validation", "test")
    }
    assert {name: len(lines) for name, lines in parts.items()} == {
        "train": 32,
        "validation": 4,
        "test": 4,
    }
    assert sum('"positive"' in line for line in parts["train"]) == 16


def test_plan_spends_nothing_and_prints_the_spec(command: Command) -> None:
    said = command("plan", INDUSTRIAL, "--json")

    spec = json.loads(said.out)
    assert spec["count"] == 500
    assert spec["fields"] == ["input", "context", "output"]
    assert sum(spec["difficulty"].values()) == 500
    assert list(Path().iterdir()) == []


def test_the_schema_of_a_spec_can_be_printed(command: Command) -> None:
    schema = json.loads(command("plan", "--spec-schema").out)

    assert schema["properties"]["count"]["maximum"] == 10_000_000
    assert schema["additionalProperties"] is False


def test_dry_run_makes_nothing(command: Command) -> None:
    said = command("generate", INDUSTRIAL, "--dry-run")

    assert said.code == 0
    assert "167 easy" in said.out
    assert list(Path().iterdir()) == []


def test_a_finished_run_is_extended_and_keeps_its_records(command: Command) -> None:
    command("generate", "10 sentiment examples, 2 negative and 8 positive", "--run-dir", "run")
    before = json.loads(Path("run/dataset.json").read_text())

    said = command("resume", "run", "-n", "30", "--json")

    assert json.loads(said.out)["accepted"] == 30
    after = json.loads(Path("run/dataset.json").read_text())
    assert after[:10] == before
    assert [row["label"] for row in after].count("negative") == 6


def test_a_user_schema_is_filled_and_kept(command: Command) -> None:
    schema = {
        "type": "object",
        "properties": {"order_id": {"type": "string"}, "quantity": {"type": "integer"}},
        "required": ["order_id", "quantity"],
    }
    Path("schema.json").write_text(json.dumps(schema))

    said = command("generate", "10 orders", "--schema", "schema.json", "--run-dir", "run")

    assert said.code == 0, said.err
    rows = json.loads(Path("run/dataset.json").read_text())
    assert len(rows) == 10
    assert all(set(row) == {"order_id", "quantity"} for row in rows)
    assert all(isinstance(row["quantity"], int) for row in rows)


def test_a_pydantic_model_of_the_user_is_a_schema(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("my_models.py").write_text(
        "from pydantic import BaseModel\n"
        "class Order(BaseModel):\n    order_id: str\n    city: str\n"
    )

    said = command("generate", "10 orders", "--schema", "my_models:Order", "--run-dir", "run")

    assert said.code == 0, said.err
    assert set(json.loads(Path("run/dataset.json").read_text())[0]) == {"order_id", "city"}


def test_seeds_are_not_repeated(command: Command) -> None:
    command("generate", "10 sentiment examples, balanced", "--run-dir", "first", "--quiet")
    command("generate", "10 sentiment examples, balanced", "--run-dir", "second",
            "--seeds", "first/dataset.json", "--quiet")  # fmt: skip

    first = {row["text"] for row in json.loads(Path("first/dataset.json").read_text())}
    second = json.loads(Path("second/dataset.json").read_text())
    assert len(second) == 10
    assert not first & {row["text"] for row in second}
    shown = command("show", "second", "--rejects", "3").out
    assert "seed-copy" in shown


def test_what_cannot_be_delivered_is_said_by_cell_and_reason(command: Command) -> None:
    pack = Path("tiny.yaml")
    command("packs", "new", str(pack))

    brief = "300 messages, 150 urgent and 150 routine"
    said = command("generate", brief, "--task", "classification",
                   "--pack", str(pack), "--run-dir", "run", "--json")  # fmt: skip

    assert said.code == 3
    answer = json.loads(said.out)
    assert answer["status"] == "partial"
    assert 0 < answer["accepted"] < 300
    assert "missing: " in said.err
    assert "in urgent" in said.err
    assert "duplicate" in said.err
    assert "synth-agent resume run" in said.err
    assert len(json.loads(Path("run/dataset.json").read_text())) == answer["accepted"]
