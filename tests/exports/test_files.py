import csv
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from synth_agent.errors import ConfigError
from synth_agent.exports import format_of, read_rows, write_rows
from synth_agent.exports.cells import cell_text, unguarded
from synth_agent.exports.files import placeholders
from synth_agent.schemas import OutputFormat

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
SCALAR: st.SearchStrategy[JsonValue] = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
NESTED = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
)
ROWS = st.lists(st.dictionaries(TEXT, NESTED, max_size=4), max_size=6)
TABLE = st.lists(TEXT.filter(bool), min_size=1, max_size=4, unique=True).flatmap(
    lambda names: st.lists(
        st.fixed_dictionaries(dict.fromkeys(names, TEXT)), min_size=1, max_size=6
    )
)
MESSAGES: list[dict[str, JsonValue]] = [
    {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]},
    {"messages": [{"role": "user", "content": "=c"}]},
]
files = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)


@pytest.mark.parametrize(
    ("name", "expected"), [("a.json", "json"), ("A.JSONL", "jsonl"), ("b.tar.csv", "csv")]
)
def test_the_ending_names_the_format(name: str, expected: str) -> None:
    assert format_of(Path(name)) == expected


@pytest.mark.parametrize("name", ["data", "data.xlsx", "json", ".json"])
def test_an_unknown_ending_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(ConfigError, match=r"expected one of \.json, \.jsonl, \.csv, \.parquet"):
        format_of(Path(name))


@pytest.mark.parametrize("output_format", ["json", "jsonl"])
@files
@given(rows=ROWS)
def test_what_is_written_as_json_is_read_back(
    tmp_path: Path, output_format: OutputFormat, rows: list[dict[str, JsonValue]]
) -> None:
    path = tmp_path / f"data.{output_format}"

    count = write_rows(path, iter(rows), output_format=output_format)

    assert count == len(rows)
    assert list(read_rows(path)) == rows


@pytest.mark.parametrize("output_format", ["csv", "parquet"])
@files
@given(rows=TABLE)
def test_texts_that_are_written_as_a_table_are_read_back(
    tmp_path: Path, output_format: OutputFormat, rows: list[dict[str, JsonValue]]
) -> None:
    path = tmp_path / f"data.{output_format}"

    write_rows(path, rows, output_format=output_format)

    assert list(read_rows(path)) == rows


@files
@given(row=st.fixed_dictionaries({"a": TEXT, "b": TEXT}))
def test_a_record_is_one_line_of_text_whatever_it_holds(
    tmp_path: Path, row: dict[str, JsonValue]
) -> None:
    path = tmp_path / "data.txt"

    write_rows(path, [row, row], output_format="txt", line_format="Q: <a>A: <b>")

    first, second, rest = path.read_text(encoding="utf-8").split("\n")
    assert first == second
    assert len(first.splitlines()) == 1
    assert not rest


@given(text=TEXT)
def test_the_formula_guard_can_be_undone(text: str) -> None:
    assert unguarded(cell_text(text)) == text


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "-"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert cell_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-5", "+3.25", "-1e-9", ".5", "plain", "'twas", "a=b", ""])
def test_numbers_and_plain_text_are_not_guarded(text: str) -> None:
    assert cell_text(text) == text


@pytest.mark.parametrize(
    ("value", "cell"),
    [(True, "true"), (-3, "-3"), (0.1, "0.1"), (None, ""), ({"a": "é"}, '{"a":"é"}')],
)
def test_what_is_no_text_becomes_a_plain_cell(value: JsonValue, cell: str) -> None:
    assert cell_text(value) == cell


def test_json_is_one_array_that_people_can_read(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    rows: list[dict[str, JsonValue]] = [{"a": "é\u2028\n", "b": [1]}, {"a": "日"}]

    write_rows(path, rows, output_format="json")

    assert path.read_text(encoding="utf-8") == (
        '[\n  {\n    "a": "é\u2028\\n",\n    "b": [\n      1\n    ]\n  },\n'
        '  {\n    "a": "日"\n  }\n]\n'
    )


def test_no_rows_are_an_empty_array(tmp_path: Path) -> None:
    write_rows(tmp_path / "data.json", [], output_format="json")

    assert json.loads((tmp_path / "data.json").read_text()) == []


def test_a_line_of_jsonl_has_no_line_end_that_any_reader_could_see(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    rows: list[dict[str, JsonValue]] = [{"a": "x\u2028y\u0085z\u2029\r\n\v\f"}, {"a": "é"}]

    write_rows(path, rows, output_format="jsonl")

    text = path.read_text(encoding="utf-8")
    assert [json.loads(line) for line in text.splitlines()] == rows
    assert "é" in text


def test_a_table_keeps_the_asked_order_and_leaves_missing_cells_empty(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"

    write_rows(path, [{"b": 1}, {"a": "x,y"}], output_format="csv", columns=("a", "b"))

    with path.open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["a", "b"], ["", "1"], ["x,y", ""]]


@pytest.mark.parametrize("output_format", ["csv", "parquet"])
def test_a_table_refuses_a_key_that_it_has_no_column_for(
    tmp_path: Path, output_format: OutputFormat
) -> None:
    with pytest.raises(ConfigError, match=r"'b', which is not one of the columns a; write \.jsonl"):
        write_rows(tmp_path / "data", [{"a": 1}, {"b": 2}], output_format=output_format)

    assert not list(tmp_path.iterdir())


def test_parquet_keeps_nested_values_and_widens_a_column_in_the_last_row(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    rows: list[dict[str, JsonValue]] = [{"n": 1, "m": MESSAGES[0]["messages"]}] * 6_000
    rows.append({"n": 2.5, "m": None})

    write_rows(path, rows, output_format="parquet")

    assert list(read_rows(path)) == rows


def test_parquet_names_a_column_with_two_kinds_of_values(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"one type in a column.*write \.jsonl"):
        write_rows(tmp_path / "x.parquet", [{"n": 1}, {"n": "one"}], output_format="parquet")


def test_nested_values_are_json_in_a_cell(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"

    write_rows(path, MESSAGES, output_format="csv")

    cells = [row["messages"] for row in read_rows(path)]
    assert [json.loads(str(cell)) for cell in cells] == [row["messages"] for row in MESSAGES]


@pytest.mark.parametrize("output_format", ["json", "jsonl", "csv", "parquet"])
def test_the_same_rows_give_the_same_bytes(tmp_path: Path, output_format: OutputFormat) -> None:
    one, two = tmp_path / "one", tmp_path / "two"

    for path in (one, two):
        write_rows(path, MESSAGES, output_format=output_format)

    assert one.read_bytes() == two.read_bytes()


def test_a_line_format_is_followed_to_the_letter(tmp_path: Path) -> None:
    path = tmp_path / "data.txt"
    rows: list[dict[str, JsonValue]] = [
        {"sentence": "Good,\nreally <sentiment> good.\n", "sentiment": "positive"}
    ]

    write_rows(path, rows, output_format="txt", line_format="Q: <sentence>A: <sentiment>")

    assert path.read_text() == "Q: Good, really <sentiment> good.A: positive\n"


@pytest.mark.parametrize("line_format", [None, "", "no fields"])
def test_text_without_a_line_format_is_refused(tmp_path: Path, line_format: str | None) -> None:
    with pytest.raises(ConfigError, match="needs a line format with field names in angle"):
        write_rows(tmp_path / "x.txt", [], output_format="txt", line_format=line_format)


def test_a_placeholder_that_nothing_fills_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"names <mood>, which no field fills; there are: text"):
        write_rows(tmp_path / "x.txt", [{"text": "a"}], output_format="txt", line_format="<mood>")


def test_placeholders_are_told_once_and_in_order() -> None:
    assert placeholders("<b> and < a > and <b>; 1 < 2") == ("b", "a")


def test_a_number_too_large_for_json_readers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written as JSON"):
        write_rows(tmp_path / "x.json", [{"n": 2**80}], output_format="json")
