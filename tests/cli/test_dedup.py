"""`dedup`."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

PRESS = "How many hours did the hydraulic press in hall two stand still last week?"
OVEN = "Which oven needs new seals before winter comes?"


@pytest.fixture
def train(command: Command) -> Path:
    """Return a file of four rows in the working folder, two of them the same."""
    path = Path("train.jsonl")
    rows = [
        {"question": PRESS, "answer": "9", "mark": 1},
        {"question": OVEN, "answer": "The third.", "mark": 2},
        {"question": PRESS.lower(), "answer": "Nine hours.", "mark": 3},
        {"question": "Why is the coolant pump so loud?", "answer": "It runs dry.", "mark": 2},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def answers(path: str) -> list[str]:
    return [json.loads(line)["answer"] for line in Path(path).read_text().splitlines()]


def test_the_file_is_named_on_stdout_and_what_was_dropped_on_stderr(
    command: Command, train: Path
) -> None:
    said = command("dedup", "train.jsonl", "-o", "out.jsonl")

    assert said.code == 0, said.err
    assert said.out == "out.jsonl\n"
    assert answers("out.jsonl") == ["9", "The third.", "It runs dry."]
    assert "4 of train.jsonl\ncompared by     question\nembedder        static-" in said.err
    assert f"\nrow 1: {PRESS}\n  row 3 (duplicate): {PRESS.lower()}\n" in said.err
    assert "wording" not in said.err
    assert "paid" not in said.err


def test_a_leak_is_named_by_both_rows(command: Command, train: Path) -> None:
    Path("test.csv").write_text(f"prompt,completion\nWho pays?,We do.\n{OVEN},None\n")

    said = command("dedup", "train.jsonl", "--against", "test.csv", "-o", "out.jsonl")

    assert said.code == 0, said.err
    assert f"test.csv row 2:\n  {OVEN}\n  row 2 (duplicate): {OVEN}\n" in said.err
    assert "1 to rows of test.csv" in said.err
    assert "The third." not in answers("out.jsonl")


def test_json_counts_and_the_report_has_the_groups(command: Command, train: Path) -> None:
    said = command(
        "dedup", "train.jsonl", "-o", "out.jsonl", "--json", "--report", "groups.json",
        "--keep", "best", "--score", "mark",
    )  # fmt: skip

    counted, report = json.loads(said.out), json.loads(Path("groups.json").read_text())
    assert counted["dropped"] == {"duplicate": 1, "near-duplicate": 0, "same-words": 0}
    assert (counted["rows"], counted["kept"], counted["scored_by"]) == (4, 3, "mark")
    assert counted == {name: value for name, value in report.items() if name != "groups"}
    assert report["groups"][0]["kept"]["row"] == 3
    assert report["groups"][0]["dropped"][0]["text"] == PRESS
    assert answers("out.jsonl") == ["The third.", "Nine hours.", "It runs dry."]


def test_how_near_a_text_is_stands_beside_it(command: Command) -> None:
    texts = (PRESS, PRESS.replace("hydraulic", "old"), f"{OVEN} {PRESS} {OVEN}")
    rows = [*texts, f"{texts[2]} Who knows it?"]
    Path("in.txt").write_text("\n".join(rows))

    said = command("dedup", "in.txt", "-o", "out.jsonl", "--threshold", "off", "--lexical", "0.6")

    assert f"\n  row 2 (0.65 of words): {rows[1]}\n" in said.err
    assert "embedder" not in said.err
    assert "new seals … new seals before winter comes? Who knows it?\n" in said.err


def test_wording_that_takes_the_place_of_meaning_is_said(command: Command) -> None:
    Path("in.txt").write_text("Warum steht die alte Presse denn schon wieder still?\n" * 2)

    said = command("dedup", "in.txt", "-o", "out.jsonl")

    assert "\nembedder        lexical-" in said.err
    assert "note: the texts do not look English" in said.err
    again = command("dedup", "in.txt", "-o", "again.jsonl", "--embedder", "lexical")
    assert "note:" not in again.err


def test_both_comparisons_can_be_switched_off(command: Command, train: Path) -> None:
    said = command(
        "dedup", "train.jsonl", "-o", "out.jsonl", "--threshold", "off", "--lexical", "OFF"
    )

    assert said.code == 0, said.err
    assert "not looked for by cosine" in said.err
    assert len(answers("out.jsonl")) == 3


def test_a_text_cannot_steer_the_terminal(command: Command) -> None:
    row = json.dumps({"text": "\x1b[2J\x1b[31mred\x07 is the line", "label": "x"})
    Path("in.jsonl").write_text(f"{row}\n{row}\n")

    said = command("dedup", "in.jsonl", "-o", "out.jsonl")

    assert said.code == 0, said.err
    assert "\x1b" not in said.err
    assert "\x07" not in said.err


def test_groups_beyond_the_shown_are_counted(command: Command) -> None:
    texts = [f"{name} needs repair" for name in ("Press", "Oven", "Lathe", "Pump") for _ in "12345"]
    Path("in.txt").write_text("\n".join(texts))

    said = command("dedup", "in.txt", "-o", "out.jsonl", "--threshold", "off", "--lexical", "off")

    assert "and 1 more" in said.err
    assert "\nand 1 more; --report FILE.json" in said.err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--threshold", "2"], "--threshold: expected a number in (0, 1] or 'off', got '2'"),
        (["--lexical", "none"], "--lexical: expected"),
        (["--embedder", "glove"], "unknown embedder 'glove'"),
        (["--budget-usd", "0"], "--budget-usd: expected a number above 0"),
        (["--budget-tokens", "-5"], "--budget-tokens: expected a number above 0"),
        (["--score", "mark"], "add --keep best"),
        (["--report", "groups.txt"], "--report writes JSON"),
        (["--report", "out.json"], "read or written"),
        (["--fields", "qestion"], "did you mean 'question'"),
        (["--keep", "best", "--score", "grade"], "no column 'grade'"),
        (["--against", "train.jsonl"], "names the file itself"),
    ],
)
def test_a_mistake_is_said_and_ends_with_2(
    command: Command, train: Path, flags: list[str], message: str
) -> None:
    said = command("dedup", "train.jsonl", "-o", "out.json", *flags)

    assert said.code == 2
    assert message in said.err
    assert not Path("out.json").exists()


def test_what_exists_is_overwritten_by_force_alone(command: Command, train: Path) -> None:
    assert command("dedup", "train.jsonl", "-o", "train.jsonl").code == 2
    assert len(answers("train.jsonl")) == 4

    assert command("dedup", "train.jsonl", "-o", "train.jsonl", "--force").code == 0
    assert len(answers("train.jsonl")) == 3
