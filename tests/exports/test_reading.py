from pathlib import Path

import pytest

from synth_agent.errors import ConfigError
from synth_agent.exports import read_rows


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_blank_lines_and_a_byte_order_mark_are_no_error(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", '\ufeff{"a": 1}\n\n  \r\n{"a": "x\u2028y"}')

    assert list(read_rows(path)) == [{"a": 1}, {"a": "x\u2028y"}]


def test_text_lines_come_one_by_one(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", "one\n\n  two \r\n")

    assert list(read_rows(path)) == [{"text": "one"}, {"text": "two"}]


def test_broken_lines_are_named_and_nothing_is_skipped(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", '{"a": 1}\n{"a": \n[1]\n{"a": 2}\nnull\n')

    with pytest.raises(ConfigError) as caught:
        read_rows(path)

    message = str(caught.value)
    assert message.startswith(f"cannot read {path}; 3 broken: line 2: ")
    assert "line 3: expected an object, got an array" in message
    assert message.endswith("line 5: expected an object, got null")


def test_of_many_broken_lines_five_are_named(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", "x\n" * 12)

    with pytest.raises(
        ConfigError, match=r"12 broken: line 1: .*line 5: .*; and 7 more$"
    ) as caught:
        read_rows(path)

    assert "line 6" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", '[{"a": 1},\n{"a": }]', r"line 2: "),
        ("a.json", '{"a": 1}', "expected an array of objects, got an object"),
        ("a.json", "[1, true]", "element 1: expected an object, got a number; element 2"),
        ("a.json", "", "line 1: "),
        ("a.jsonl", b'{"a": "\xff"}\n', "line 1: "),
        ("a.txt", b"fine\n\xff\n", "line 2: not UTF-8"),
        ("a.csv", "", "line 1: expected a name for each column"),
        ("a.csv", "a,a\n1,2\n", "line 1: expected a name for each column"),
        ("a.csv", 'a,b\n"x\ny",2\n3\n', "line 4: expected 2 cells, got 1"),
        ("a.csv", 'a\n1\n"open\n', "line 3: unexpected end of data"),
        ("a.csv", b"a\n\xff\n", "not UTF-8"),
        ("a.parquet", "no", "is not a Parquet file"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        read_rows(written(tmp_path, name, content))


@pytest.mark.parametrize("name", ["none.json", "none.jsonl", "none.csv", "none.parquet"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        read_rows(tmp_path / name)


def test_dates_in_parquet_become_text(tmp_path: Path) -> None:
    import datetime

    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"day": [datetime.date(2025, 3, 1)], "raw": [b"x"]})
    pq.write_table(table, tmp_path / "a.parquet")

    assert list(read_rows(tmp_path / "a.parquet")) == [{"day": "2025-03-01", "raw": "b'x'"}]
