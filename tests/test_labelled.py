import json
from pathlib import Path
from typing import Any

import pytest

from synth_agent.errors import ConfigError
from synth_agent.labelled import Labelled, read_labelled

QA = {"question": "2 + 2?", "answer": "4"}


def read(tmp_path: Path, *rows: dict[str, Any], **options: Any) -> Labelled:
    path = tmp_path / "labels.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read_labelled(path, **options)


def test_records_and_verdicts_are_parted(tmp_path: Path) -> None:
    labelled = read(tmp_path, QA | {"verdict": "keep"}, QA | {"verdict": "drop"})

    assert labelled.task == "qa"
    assert (labelled.column, labelled.kept_from) == ("verdict", None)
    assert labelled.keeps == (True, False)
    assert labelled.drafts[0].payload == {"input": "2 + 2?", "context": "", "output": "4"}
    assert [draft.slot for draft in labelled.drafts] == [0, 1]


@pytest.mark.parametrize(
    "pair",
    [(True, False), (1, 0), ("1", "0"), ("Good", "BAD"), ("accept", "reject"), ("true", "False")],
    ids=str,
)
def test_ways_to_say_yes_and_no_are_understood(tmp_path: Path, pair: tuple[Any, Any]) -> None:
    labelled = read(tmp_path, *(QA | {"verdict": value} for value in pair))

    assert labelled.keeps == (True, False)


@pytest.mark.parametrize(("keep_from", "keeps"), [(4.0, (True, False)), (3.0, (True, True))])
def test_scores_count_from_a_bound(
    tmp_path: Path, keep_from: float, keeps: tuple[bool, ...]
) -> None:
    labelled = read(tmp_path, QA | {"keep": 4}, QA | {"keep": "3"}, keep_from=keep_from)

    assert (labelled.keeps, labelled.kept_from) == (keeps, keep_from)


def test_a_one_among_scores_is_the_worst_and_not_a_yes(tmp_path: Path) -> None:
    assert read(tmp_path, QA | {"score": 1}).keeps == (False,)
    assert read(tmp_path, QA | {"good": 1}).keeps == (True,)


def test_rows_without_a_verdict_are_left_out_and_counted(tmp_path: Path) -> None:
    labelled = read(tmp_path, QA | {"verdict": None}, QA, QA | {"verdict": True})

    assert (len(labelled.drafts), labelled.unlabelled) == (1, 2)
    assert labelled.drafts[0].slot == 2


@pytest.mark.parametrize(
    ("row", "task", "column"),
    [
        (QA | {"label": "good"}, "qa", "label"),
        ({"text": "fine", "label": "positive", "verdict": 1}, "classification", "verdict"),
        ({"review": "fine", "sentiment": "positive", "keep": 1}, "classification", "keep"),
        ({"instruction": "Sum.", "input": "1, 2", "output": "3", "good": 1}, "instruction", "good"),
        ({"instruction": "Say hi.", "output": "Hi.", "good": 1}, "instruction", "good"),
        (
            {"input": "a", "context": "b", "reasoning": "c", "output": "d", "accept": 1},
            "reasoning",
            "accept",
        ),
        ({"prompt": "a", "chosen": "b", "rejected": "c", "score": 5}, "preference", "score"),
        ({"prompt": "a", "response": "b", "score": 5}, "qa", "score"),
        ({"instruction": "a", "code": "b", "tests": "c", "verdict": 0}, "code", "verdict"),
        ({"messages": [], "rating": 2}, "conversation", "rating"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_task_and_column_are_found_by_the_keys(
    tmp_path: Path, row: dict[str, Any], task: str, column: str
) -> None:
    labelled = read(tmp_path, row)

    assert (labelled.task, labelled.column) == (task, column)
    assert column not in labelled.drafts[0].payload


def test_columns_of_a_table_are_the_users_and_the_verdict_alone_is_not(tmp_path: Path) -> None:
    row = {"machine": "M2", "score": 3, "verdict": "keep"}

    assert read(tmp_path, row, task="tabular").drafts[0].payload == {"machine": "M2", "score": 3}
    assert read(tmp_path, row, task="tabular", column="score").keeps == (False,)


@pytest.mark.parametrize(
    ("row", "options", "said"),
    [
        (QA, {}, "a column of verdicts besides (verdict, accept"),
        (QA, {"task": "qa"}, "expected task 'qa' and a column of verdicts"),
        ({"text": "a", "label": "b"}, {}, "and a column of verdicts besides"),
        (QA | {"verdict": 1}, {"column": "verdikt"}, "did you mean 'verdict'?"),
        (QA | {"verdict": 1}, {"task": "quiz"}, "unknown task 'quiz'"),
        ({"size": 1, "verdict": 1}, {}, "got size, verdict; name them with --task"),
        ({"size": 1, "verdict": 1}, {"task": "qa"}, "row 1: none of its keys (size, verdict)"),
        (QA | {"verdict": "maybe"}, {}, "row 1: expected true or false"),
        (QA | {"verdict": 6}, {}, "scores from 1 to 5; got 6"),
        (QA | {"score": 0}, {}, "scores from 1 to 5; got 0"),
        (QA | {"score": "nan"}, {}, "got 'nan'"),
        (QA | {"score": True}, {}, "got True"),
        (QA | {"verdict": ""}, {}, "no row has a verdict in 'verdict'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_understood_is_refused_with_what_to_do(
    tmp_path: Path, row: dict[str, Any], options: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, row, **options)

    assert said in str(refused.value)


def test_yes_and_scores_do_not_mix(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"row 2: .* got False"):
        read(tmp_path, QA | {"verdict": 4}, QA | {"verdict": False})


def test_a_csv_file_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("question,answer,verdict\n2 + 2?,4,keep\n2 + 3?,6,drop\n")

    assert read_labelled(path).keeps == (True, False)
