"""A dataset file without its repeats."""

import json
from pathlib import Path
from typing import Any

import pytest

from synth_agent.dedup import Dedup, dedup, usual_embedder
from synth_agent.errors import ConfigError
from synth_agent.exports import read_rows, write_rows
from synth_agent.schemas.repeats import DedupReport
from synth_agent.store import LexicalEmbedder, StaticEmbedder
from synth_agent.store.embedders.figures import comparing

PRESS = "How many hours did the hydraulic press in hall two stand still last week?"
PRESS_2 = "How many hours did the hydraulic press in hall two stand still last month?"
OVEN = "Which oven needs new seals before winter comes?"
PUMP = "Why is the coolant pump of the third lathe so loud?"
RUSSIAN = "Почему пресс остановился вчера вечером?"
EMBEDDER = LexicalEmbedder()


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def asked(*questions: str) -> list[dict[str, Any]]:
    return [{"id": n, "question": q, "answer": f"A{n}"} for n, q in enumerate(questions, start=1)]


def screen(source: Path, output: str = "out.jsonl", **wanted: Any) -> DedupReport:
    return dedup(source, source.with_name(output), Dedup(**wanted), embedder=EMBEDDER)


def written(source: Path, output: str = "out.jsonl") -> list[dict[str, Any]]:
    return list(read_rows(source.with_name(output)))


def drops(report: DedupReport) -> dict[int, tuple[str, int]]:
    """Return row -> reason and the row that it repeats."""
    return {
        one.row: (one.reason, group.kept.row) for group in report.groups for one in group.dropped
    }


def test_rows_that_stay_keep_their_columns_and_their_order(tmp_path: Path) -> None:
    rows = asked(PRESS, OVEN, f"  {PRESS.upper()} ", PUMP, OVEN)
    source = write(tmp_path / "in.jsonl", *rows)

    report = screen(source)

    assert written(source) == [rows[0], rows[1], rows[3]]
    assert (report.rows, report.kept) == (5, 3)
    assert report.dropped == {"duplicate": 2, "near-duplicate": 0, "same-words": 0}
    assert drops(report) == {3: ("duplicate", 1), 5: ("duplicate", 2)}
    assert (report.task, report.fields) == ("qa", ("question",))


def test_near_repeats_are_named_with_both_texts_and_their_likeness(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", *asked(PRESS, OVEN, PRESS_2))

    report = screen(source, threshold=0.8, lexical=None)

    (group,) = report.groups
    (dropped,) = group.dropped
    assert (group.kept.file, group.kept.row, group.kept.text) == (str(source), 1, PRESS)
    assert (dropped.row, dropped.reason, dropped.text) == (3, "near-duplicate", PRESS_2)
    assert 0.8 <= dropped.similarity < 1


def test_words_are_compared_where_meaning_is_not(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", *asked(PRESS, OVEN, PRESS_2))

    report = screen(source, threshold=None, lexical=0.7)

    assert drops(report) == {3: ("same-words", 1)}
    assert (report.threshold, report.lexical) == (None, 0.7)


@pytest.mark.parametrize("masked", [False, True])
def test_texts_that_differ_in_their_figures_alone_are_repeats_on_demand(
    tmp_path: Path, masked: bool
) -> None:
    questions = [f"A press makes {n:,} parts in {n / 8} hours. How fast?" for n in (1_200, 40)]
    source = write(tmp_path / "in.jsonl", *asked(*questions))

    report = screen(source, threshold=None, mask_numbers=masked)

    assert report.dropped["duplicate"] == int(masked)
    assert written(source)[0]["question"] == questions[0]


def test_rows_of_another_file_are_compared_with_and_not_written(tmp_path: Path) -> None:
    exam = write(tmp_path / "exam.jsonl", {"prompt": PUMP}, {"prompt": OVEN}, {"prompt": OVEN})
    source = write(tmp_path / "in.jsonl", *asked(PRESS, OVEN, PRESS))

    report = screen(source, against=(exam,))

    assert [row["id"] for row in written(source)] == [1]
    assert report.near == {str(exam): 1}
    leak = next(group for group in report.groups if group.kept.file == str(exam))
    assert (leak.kept.row, leak.kept.text, leak.dropped[0].row) == (2, OVEN, 2)


@pytest.mark.parametrize("how", ["exact", "meaning and words off"])
def test_the_best_of_a_group_is_kept_by_a_column(tmp_path: Path, how: str) -> None:
    rows = [{"text": PRESS, "label": "a", "mark": m} for m in (2, None, 4.5, 4.5)]
    source = write(tmp_path / "in.jsonl", *rows, {"text": OVEN, "label": "b", "mark": 1})

    off: dict[str, Any] = {"threshold": None, "lexical": None} if how != "exact" else {}
    report = screen(source, keep="best", score="mark", **off)

    assert written(source) == [rows[2], {"text": OVEN, "label": "b", "mark": 1}]
    assert [(one.row, one.score) for one in report.groups[0].dropped] == [
        (1, 2),
        (2, None),
        (4, 4.5),
    ]
    assert (report.groups[0].kept.row, report.groups[0].kept.score) == (3, 4.5)
    assert report.scored_by == "mark"


@pytest.mark.parametrize(
    ("lines", "by", "kept"),
    [
        ([("train", {"clarity": 2.0}), ("train", {"clarity": 5.0})], "provenance.jsonl", 2),
        ([("test", {"clarity": 5.0}), ("train", {}), ("train", {"a": 1})], "provenance.jsonl", 2),
        ([("train", {"clarity": 2.0})], "rules", 1),
        ([], "rules", 1),
    ],
    ids=["whole", "a part of a split", "of another file", "empty"],
)
def test_the_best_is_known_from_provenance_or_rules(
    tmp_path: Path, lines: list[tuple[str, dict[str, float]]], by: str, kept: int
) -> None:
    rows = [{"input": PRESS, "output": "12 hours.", "id": n} for n in (1, 2)]
    source = write(tmp_path / "data-train.jsonl", *rows)
    write(
        tmp_path / "provenance.jsonl",
        *({"split": split, "scores": scores} for split, scores in lines),
    )

    report = screen(source, keep="best")

    assert report.scored_by == by
    assert [row["id"] for row in written(source)] == [kept]


def test_rules_prefer_the_clearer_answer(tmp_path: Path) -> None:
    muddle = "the press the press the press the press the press stood the press the press stood"
    source = write(
        tmp_path / "in.jsonl",
        {"question": PRESS, "answer": muddle},
        {"question": PRESS, "answer": "The hydraulic press in hall two stood for nine hours."},
    )

    screen(source, keep="best")

    assert written(source)[0]["answer"].startswith("The hydraulic")


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        ({"instruction": PRESS, "input": OVEN, "output": "x"}, ("instruction", "input")),
        ({"conversations": [{"from": "human", "value": PRESS}]}, ("conversations",)),
        ({"messages": [{"role": "user", "content": PRESS}]}, ("messages",)),
        ({"prompt": PRESS, "completion": "x"}, ("prompt",)),
        ({"prompt": PRESS, "chosen": "x", "rejected": "y"}, ("prompt",)),
        (
            {"input": {"messages": [{"content": PRESS}]}, "preferred_output": [],
             "non_preferred_output": []},
            ("input",),
        ),
        ({"text": PRESS, "label": "x"}, ("text",)),
        ({"station": f"{PRESS[:9]} 3", "minutes": 5}, ("station", "minutes")),
        ({"id": "a-1", "remark": PRESS, "minutes": 5}, ("remark",)),
    ],
    ids=[
        "alpaca", "sharegpt", "messages", "completion", "preference", "dpo", "label", "table",
        "remarks",
    ],
)  # fmt: skip
def test_what_is_compared_is_found_out_by_the_columns(
    tmp_path: Path, row: dict[str, Any], fields: tuple[str, ...]
) -> None:
    source = write(tmp_path / "in.jsonl", row, row)

    report = screen(source)

    assert report.fields == fields
    assert written(source) == [row]
    assert PRESS[:9] in report.groups[0].kept.text
    assert "human" not in report.groups[0].kept.text


def test_named_columns_are_compared_alone(tmp_path: Path) -> None:
    rows = [{"a": PRESS, "b": OVEN, "c": 1}, {"a": PRESS, "b": OVEN, "c": 2}]
    source = write(tmp_path / "in.jsonl", *rows, {"a": PUMP, "b": OVEN, "c": 3})

    report = screen(source, fields=("b", "a"))

    assert [row["c"] for row in written(source)] == [1, 3]
    assert report.groups[0].kept.text == f"{OVEN} {PRESS}"


def test_rows_with_nothing_to_compare_are_kept_and_counted(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"text": "", "label": "x"},
        {"text": None, "label": "y"},
        {"text": " ", "label": "x"},
        {"text": "?!", "label": "x"},
        {"text": "...", "label": "x"},
        {"text": "...", "label": "x"},
    ]
    source = write(tmp_path / "in.jsonl", *rows)

    report = screen(source)

    assert written(source) == rows
    assert report.without_text == 6


@pytest.mark.parametrize("masked", [False, True])
def test_the_report_names_the_embedder_as_it_was_used(tmp_path: Path, masked: bool) -> None:
    source = write(tmp_path / "in.jsonl", *asked(PRESS, OVEN))

    report = screen(source, mask_numbers=masked)

    expected = comparing(EMBEDDER, mask_numbers=masked).name
    assert (report.embedder, report.unread) == (expected, 0)


def test_texts_that_the_embedder_could_not_read_are_counted(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", *asked(PRESS, RUSSIAN, RUSSIAN, "床が濡れています"))
    embedder = StaticEmbedder()
    embedder.embed([RUSSIAN])  # of before

    report = dedup(source, tmp_path / "out.jsonl", Dedup(), embedder=embedder)

    assert (report.unread, report.kept) == (3, 3)


CODE = "def area(width, height):\n    result = width * height\n    return round(result, 2)"
GERMAN = "Warum stand die Presse in Halle zwei letzte Woche so lange still, und wer war da?"


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        ([PRESS, OVEN, PUMP], "static"),
        ([PRESS.upper(), OVEN.upper()], "static"),
        (["who pays?", "is it the oven?", "what now"], "static"),
        ([GERMAN, GERMAN.upper()], "lexical"),
        ([PRESS, PRESS_2, GERMAN, GERMAN], "lexical"),
        ([*[PRESS] * 9, GERMAN], "static"),
        ([CODE, CODE.replace("area", "volume")], "lexical"),
        ([f"Is this function right?\n{CODE}"], "static"),
        (["REPLACE BUCKET TOOTH", "L/H LUBE FAULT"], "lexical"),
        (["press", "saw"], "lexical"),
        (["", "?"], "lexical"),
        ([RUSSIAN], "lexical"),
        ([f"{PRESS} " * 50_000], "static"),
    ],
    ids=[
        "English", "capitals", "short", "German", "half German", "one German", "code",
        "asked about code", "jargon", "words", "nothing", "Russian", "very long",
    ],
)  # fmt: skip
def test_the_usual_embedder_is_that_of_the_language(
    tmp_path: Path, texts: list[str], name: str
) -> None:
    source = write(tmp_path / "in.jsonl", *({"text": text, "label": "x"} for text in texts))

    assert usual_embedder(source) == name


def test_choices_do_not_hide_that_a_question_is_english(tmp_path: Path) -> None:
    rows = [
        {"asked": text, "options": ["oil debris", "coast down time", "partial discharge"]}
        for text in (PRESS, OVEN)
    ]

    assert usual_embedder(write(tmp_path / "in.jsonl", *rows)) == "static"


@pytest.mark.parametrize("source_kind", ["json", "jsonl", "csv", "parquet"])
@pytest.mark.parametrize("kind", ["json", "jsonl", "csv", "parquet"])
def test_any_format_becomes_any_other(tmp_path: Path, source_kind: str, kind: str) -> None:
    source = tmp_path / f"in.{source_kind}"
    rows = [{"question": q, "answer": "=1+1"} for q in (PRESS, OVEN, PRESS)]
    write_rows(source, rows, output_format=source_kind)  # type: ignore[arg-type]

    screen(source, f"out.{kind}")

    assert written(source, f"out.{kind}") == rows[:2]


def test_lines_of_text_stay_lines(tmp_path: Path) -> None:
    source = tmp_path / "in.txt"
    source.write_text(f"{PRESS}\n{OVEN}\n{PRESS}\n")

    screen(source, "out.txt")

    assert source.with_name("out.txt").read_text() == f"{PRESS}\n{OVEN}\n"


def test_columns_that_only_some_rows_have_reach_a_table(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", {"text": PRESS, "label": "x"}, {"text": OVEN, "note": 1})

    screen(source, "out.csv")

    assert written(source, "out.csv") == [
        {"text": PRESS, "label": "x", "note": ""},
        {"text": OVEN, "label": "", "note": "1"},
    ]


def test_a_file_can_be_replaced_by_itself_without_its_repeats(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", *asked(PRESS, PRESS, OVEN))

    dedup(source, source, Dedup(), embedder=EMBEDDER, force=True)

    assert [row["id"] for row in read_rows(source)] == [1, 3]


def test_the_result_has_no_repeats_of_its_own(tmp_path: Path) -> None:
    questions = [f"Press {n % 40} stood for {n % 7} hours in hall {n % 3}" for n in range(700)]
    source = write(tmp_path / "in.jsonl", *asked(*questions))
    once = screen(source, threshold=0.85)

    again = screen(source.with_name("out.jsonl"), "twice.jsonl", threshold=0.85)

    assert 0 < once.kept < 300
    assert again.kept == once.kept
    assert sum(map(len, (group.dropped for group in once.groups))) == 700 - once.kept


@pytest.mark.parametrize(
    ("wanted", "output", "message"),
    [
        ({"fields": ("questoin",)}, "out.jsonl", "did you mean 'question'"),
        ({"keep": "best", "score": "mrak"}, "out.jsonl", "no column 'mrak'"),
        ({"keep": "best", "score": "question"}, "out.jsonl", r"row 1: expected a number"),
        ({"keep": "best", "fields": ("id",)}, "out.jsonl", "--score"),
        ({}, "out.docx", "names no format"),
        ({}, "out.txt", "rows have columns"),
        ({}, "in.jsonl", "exists already"),
        ({"against": ("in.jsonl",)}, "out.jsonl", "names the file itself"),
        ({"against": ("exam.jsonl",)}, "exam.jsonl", "is compared with"),
        ({"against": ("gone.jsonl",)}, "out.jsonl", "cannot read"),
    ],
    ids=[
        "column", "score column", "score", "nothing scores", "ending", "lines", "exists",
        "against itself", "over the other", "no other",
    ],
)  # fmt: skip
def test_a_mistake_is_refused_before_anything_is_written(
    tmp_path: Path, wanted: dict[str, Any], output: str, message: str
) -> None:
    source = write(tmp_path / "in.jsonl", *asked(PRESS, OVEN))
    write(tmp_path / "exam.jsonl", *asked(PUMP))
    against = tuple(tmp_path / name for name in wanted.pop("against", ()))

    with pytest.raises(ConfigError, match=message):
        screen(source, output, against=against, **wanted)

    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "exam.jsonl"}


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no rows"):
        screen(write(tmp_path / "in.jsonl"))
