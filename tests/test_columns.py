"""Which columns of a file count when its rows are compared."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.columns import Columns, columns_of
from synth_agent.exports import write_rows

PRESS = "The hydraulic press in hall two stood still all morning."
OVEN = "Nobody knows who ordered new seals for the oven."
REPORT = {"id": "r-1", "shift": "night", "remark": PRESS}


def columns(path: Path, *rows: dict[str, Any]) -> tuple[str, ...]:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return columns_of(path).names


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ([{"remark": PRESS}, {"place": "hall two"}, {"remark": OVEN, "place": "yard"}],
         ("remark", "place")),
        ([{"minutes": 5}] * 8 + [{"remark": PRESS}, {"remark": OVEN}], ("remark",)),
        ([{"remark": "", "minutes": 5}] * 8 + [{"remark": PRESS}, {"remark": OVEN}], ("remark",)),
        ([{"a": 1, "b": 2.5}, {"a": 3, "b": None}], ("a", "b")),
        ([{"id": 1, "a": 1}, {"id": 2, "a": 1}], ("a",)),
        ([{"id": 1}, {"id": 2}], ("id",)),
        ([{"question_id": 1, "sampleId": "x", "fluid": PRESS}, {"fluid": OVEN}], ("fluid",)),
        ([{"turns": [PRESS, OVEN], "n": 1}, {"turns": [OVEN], "n": 2}], ("turns",)),
        ([{"asked": PRESS, "options": ["oil", "air"]}, {"asked": PRESS, "options": ["gas"]},
          {"asked": OVEN, "options": []}], ("asked", "options")),
        ([{"asked": PRESS, "meta": {"by": PRESS}}, {"asked": OVEN, "meta": {"by": OVEN}}],
         ("asked",)),
        ([{"talk": [{"role": "user", "content": PRESS}], "n": 1},
          {"talk": [{"role": "user", "content": OVEN}], "n": 1}], ("talk",)),
        ([{"meta": {"by": {"deep": [[PRESS]]}}}, {"meta": None}], ("meta",)),
        ([{"minutes": "5", "at": "2024-03-01", "ticket": f"INC-{n}", "remark": text}
          for n, text in enumerate((PRESS, OVEN))], ("remark",)),
        ([REPORT, {**REPORT, "remark": OVEN}], ("remark",)),
        ([REPORT, REPORT], ("shift", "remark")),
    ],
    ids=[
        "rows that lack some", "seldom there", "mostly empty", "figures", "numbered",
        "numbers only", "numbered by other names", "lists", "choices", "what describes",
        "messages", "deep", "table of texts", "the same throughout", "rows all the same",
    ],
)  # fmt: skip
def test_where_no_task_is_known_the_columns_that_say_something_are_compared(
    tmp_path: Path, rows: list[dict[str, Any]], names: tuple[str, ...]
) -> None:
    assert columns(tmp_path / "in.jsonl", *rows) == names


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_table_has_the_same_columns_in_every_format(tmp_path: Path, kind: str) -> None:
    source = tmp_path / f"in.{kind}"
    rows = [{"asset": n, "minutes": n / 4, "remark": text} for n, text in enumerate((PRESS, OVEN))]
    write_rows(source, rows, output_format=kind)  # type: ignore[arg-type]

    assert columns_of(source).names == ("remark",)


@pytest.mark.parametrize(
    "text",
    ["", " \n\t", "?!", "...", " . . ", "“…”", "\u200b\u00ad", "\x00", "‘’"],
    ids=ascii,
)
def test_a_text_in_which_nothing_can_be_read_is_none(text: str) -> None:
    assert Columns(None, ("a", "b")).text({"a": text, "b": None}) == ""


@pytest.mark.parametrize("text", ["0", "+", "🙂", "。", "#", "C++", "Ж", "٣", "e\u0301"])
def test_a_single_sign_can_be_read(text: str) -> None:
    assert Columns(None, ("a",)).text({"a": text}) == text


finite = st.floats(allow_nan=False, allow_infinity=False)
keys = st.text(max_size=3)
scalars = st.none() | st.booleans() | st.integers() | finite | st.text()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(["id", "text", "n", "remark", "messages", ""])
rows = st.lists(st.dictionaries(names, values, min_size=1, max_size=4), min_size=1, max_size=5)


@given(rows=rows)
def test_any_rows_have_columns_to_compare(
    rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = tmp_path_factory.mktemp("any") / "in.json"
    # A lone surrogate is no text of a file.
    plain = json.dumps(rows, ensure_ascii=False).encode(errors="ignore")
    source.write_bytes(plain)

    found = columns_of(source)

    assert found.names
    assert set(found.names) <= {key for row in rows for key in row}
    for row in rows:
        assert isinstance(found.text(row), str)
