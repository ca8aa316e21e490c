"""Markdown, HTML, CSV and JSON: what of a file becomes text, and under which headings."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.documents.document import Document, assemble
from synth_agent.documents.markdown import read_markdown
from synth_agent.documents.webpage import read_html
from tests.documents.samples import only


def read(folder: Path, name: str, text: str) -> Document:
    (folder / name).write_text(text, encoding="utf-8")
    return only(folder / name)


def kinds(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


MARKDOWN = """---
title: "The Manual"
tags: [a]
---
# Pump <!-- draft --> P-204

Read `<!-- this -->` first.
<!-- not
this -->
Second line.

## Install it
```sh
# not a heading
<!-- kept -->

make
```
| part | bar |
|------|----:|
| seal | 3.5 |

Upkeep
------
Weekly. See [the *plan*](x.md).

---

### [Spare](y.md) `parts` ##
None.
"""


def test_markdown_keeps_headings_fences_and_tables_and_drops_front_matter_and_comments(
    tmp_path: Path,
) -> None:
    document = read(tmp_path, "a.md", MARKDOWN)

    assert document.title == "The Manual"
    assert kinds(document) == [
        ("heading", "# Pump  P-204"),
        ("text", "Read `<!-- this -->` first."),
        ("text", "Second line."),
        ("heading", "## Install it"),
        ("code", "```sh\n# not a heading\n<!-- kept -->\n\nmake\n```"),
        ("table", "| part | bar |\n|------|----:|\n| seal | 3.5 |"),
        ("heading", "Upkeep\n------"),
        ("text", "Weekly. See [the *plan*](x.md)."),
        ("heading", "### [Spare](y.md) `parts` ##"),
        ("text", "None."),
    ]
    assert document.blocks[4].trail == ("Pump P-204", "Install it")
    assert document.blocks[-1].trail == ("Pump P-204", "Upkeep", "Spare parts")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a <!-- never closed\n\nb", "a <!-- never closed\n\nb"),
        ("```\nnever closed\n\n# a", "```\nnever closed\n\n# a"),
        ("---\nno front matter", "---\nno front matter"),
        ("    indented\n    code", "    indented\n    code"),
        ("~~~\n```\n~~~~\nafter", "~~~\n```\n~~~~\n\nafter"),
    ],
    ids=["comment", "fence", "front matter", "indent", "fence in fence"],
)
def test_markdown_that_is_not_closed_loses_nothing(tmp_path: Path, text: str, left: str) -> None:
    assert read(tmp_path, "a.md", text).text == left


HTML = """<!DOCTYPE html><html><head><title>The  Pump</title><style>p {}</style></head><body>
<nav><a href="/">Home</a></nav><script>steal()</script><!-- a comment -->
<h1>Pump&nbsp;P&#8209;204</h1>
<p>It moves <b>wa</b>ter &amp; oil.<p>It is<br>blue.
<ul><li>one<ul><li>inner</li></ul></li><li><a href="x">only a link</a></li></ul>
<p hidden>no</p><p style="DISPLAY : none">no</p><div aria-hidden="true">no</div>
<h2>Limits</h2>
<table><tr><th>part<th>bar<tr><td>seal<td><p>3.5</p><tr><td></td><td></td></table>
<pre>  keep
    this</pre>
<table><tr><td><h2>Layout</h2>Text in it</td></tr></table>
</body></html>"""


def test_html_is_read_as_it_is_seen(tmp_path: Path) -> None:
    document = read(tmp_path, "a.html", HTML)

    assert document.title == "The Pump"
    assert kinds(document) == [
        ("heading", "Pump P\u2011204"),
        ("text", "It moves water & oil."),
        ("text", "It is\nblue."),
        ("item", "- one"),
        ("item", "- inner"),
        ("links", "only a link"),
        ("heading", "Limits"),
        ("table", "part | bar\nseal | 3.5"),
        ("code", "  keep\n    this"),
        ("heading", "Layout"),
        ("text", "Text in it"),
    ]
    assert document.blocks[7].trail == ("Pump P\u2011204", "Limits")


@pytest.mark.parametrize(
    "text",
    [
        "<div>" * 20_000 + "deep" + "</div>" * 20_000,
        "<table><tr><td>" * 2_000 + "deep",
        "<p>one " * 20_000 + "deep",
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><p>&b; deep',
        "<?xml version='1.0'?><html><p>deep</p></html>",
    ],
    ids=["divs", "tables", "paragraphs", "entities", "xhtml"],
)
def test_html_made_to_hurt_is_read_all_the_same(tmp_path: Path, text: str) -> None:
    document = read(tmp_path, "a.html", text)

    assert "deep" in document.text
    assert "aaaa" not in document.text


def test_a_declared_encoding_is_believed(tmp_path: Path) -> None:
    page = '<meta charset="shift_jis"><p>ポンプ'
    (tmp_path / "a.html").write_bytes(page.encode("shift_jis"))

    assert only(tmp_path / "a.html").text == "ポンプ"


def test_rows_say_their_columns(tmp_path: Path) -> None:
    document = read(tmp_path, "a.csv", 'part;bar;note\nseal;3,5;"two\nlines"\nring;;\nx;1;2;3\n')

    assert document.text == (
        "part: seal; bar: 3,5; note: two lines\npart: ring\npart: x; bar: 1; note: 2; column 4: 3"
    )
    assert {block.kind for block in document.blocks} == {"row"}


def test_a_table_without_a_header_counts_its_columns(tmp_path: Path) -> None:
    assert read(tmp_path, "a.tsv", "seal\t3.5\nring\t4").text == (
        "column 1: seal; column 2: 3.5\ncolumn 1: ring; column 2: 4"
    )


def test_json_records_are_paths_and_values(tmp_path: Path) -> None:
    rows = [{"id": 1, "pump": {"name": "P-204", "tags": ["a", "b"]}, "none": None}, "bare"]

    assert read(tmp_path, "a.json", json.dumps(rows)).text == (
        "id: 1; pump.name: P-204; pump.tags: a, b\nbare"
    )
    assert read(tmp_path, "b.jsonl", '{"a": [{"b": true}]}\n\n{"a": 2}').text == (
        "a.1.b: True\na: 2"
    )


def test_the_lists_of_a_json_object_are_sections(tmp_path: Path) -> None:
    document = read(tmp_path, "a.json", '{"site": "Kiel", "pumps": [{"id": 1}, {"id": 2}]}')

    assert document.text == "site: Kiel\n\npumps\n\nid: 1\nid: 2"
    assert document.blocks[-1].trail == ("pumps",)


def test_json_nested_to_the_limit_is_read(tmp_path: Path) -> None:
    deep = '{"a":' * 1_000 + "7" + "}" * 1_000

    assert read(tmp_path, "a.json", deep).text.endswith("a: 7")


tokens = [*"ab <>/!-`~#|\n=&;[]()*.", "<table>", "<td>", "<pre>", "<li>", "<a>", "<!--", "```"]
markup = st.lists(st.sampled_from(tokens)).map("".join)


@given(markup)
def test_no_markup_breaks_a_reader_and_offsets_are_exact(text: str) -> None:
    for read_any in (read_markdown, read_html):
        document = assemble("a", read_any(text.encode()), stem="a")

        ends = [block.end for block in document.blocks]
        starts = [block.start for block in document.blocks]
        assert starts == sorted(starts)
        assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
        assert all(document.text[b.start : b.end].strip() for b in document.blocks)
