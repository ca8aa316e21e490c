"""Chunks: exact slices that together hold every word, cut where a reader would."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.documents import Chunk, Document, Library, chunks, read_documents
from synth_agent.documents.document import Parsed, Part, assemble
from tests.documents.samples import library

SENTENCE = "The pump moves clean water through the main line of the plant. "


def of_parts(*parts: Part) -> Library:
    return Library((assemble("a.md", Parsed(parts), stem="a"),), (), "")


def own_texts(document: Document, found: tuple[Chunk, ...]) -> list[str]:
    """Return the chunks without what they repeat."""
    ends = [0, *(chunk.end for chunk in found)]
    return [document.text[max(c.start, end) : c.end] for c, end in zip(found, ends, strict=False)]


blank_words = st.text(st.sampled_from("abcé.,!?|-"), min_size=1, max_size=12)
sentences_of = st.lists(blank_words, min_size=1, max_size=60).map(" ".join)
parts_of = st.lists(
    st.builds(
        Part,
        sentences_of,
        kind=st.sampled_from(["text", "heading", "item", "row", "table", "code", "links"]),
        level=st.integers(1, 3),
    ),
    min_size=1,
    max_size=25,
)
sizes = st.tuples(st.integers(10, 60), st.integers(0, 5), st.integers(1, 5))


@given(parts=parts_of, size=sizes)
def test_chunks_hold_every_word_of_a_document_once(
    parts: list[Part], size: tuple[int, int, int]
) -> None:
    given_library = of_parts(*parts)
    (document,) = given_library.documents
    words, overlap, fewest = size

    found = chunks(given_library, words=words, overlap=overlap, fewest=fewest, keep_poor=True)

    said = [word for text in own_texts(document, found) for word in text.split()]
    assert said == document.text.split()
    assert all(chunk.text == document.text[chunk.start : chunk.end] for chunk in found)
    assert all(chunk.words <= words + 2 * fewest for chunk in found)
    assert [chunk.start for chunk in found] == sorted({chunk.start for chunk in found})
    assert [chunk.end for chunk in found] == sorted({chunk.end for chunk in found})
    if len(document.text.split()) >= fewest:
        assert all(chunk.words >= fewest for chunk in found)


@given(st.text(st.sampled_from("水泵运行正常。、 ab\nปั๊ม"), max_size=400))
def test_languages_without_blanks_lose_no_character(text: str) -> None:
    given_library = of_parts(Part(text), Part("end"))
    (document,) = given_library.documents

    found = chunks(given_library, words=20, overlap=4, fewest=2, keep_poor=True)

    said = "".join("".join(own_texts(document, found)).split())
    assert said == "".join(document.text.split())
    assert all(chunk.words <= 24 for chunk in found)


def test_a_cut_falls_between_paragraphs_before_it_falls_between_sentences(tmp_path: Path) -> None:
    text = "\n\n".join((SENTENCE * n).strip() for n in (7, 5, 7))

    found = chunks(library(tmp_path, text), words=150, overlap=0)

    assert [chunk.text.count("The pump") for chunk in found] == [12, 7]


def test_a_long_paragraph_is_cut_between_sentences_and_overlaps_by_some(tmp_path: Path) -> None:
    numbered = " ".join(f"Pump {n} moves water through line {n}." for n in range(60))

    first, second, *_ = chunks(library(tmp_path, numbered), words=70, overlap=15)

    assert first.text.endswith("line 9.")
    assert second.text.startswith("Pump 8 moves")
    assert second.start < first.end


def test_a_sentence_without_end_is_cut_between_words(tmp_path: Path) -> None:
    text = " ".join(f"word{n}" for n in range(500))

    found = chunks(library(tmp_path, text), words=100, overlap=0)

    assert " ".join(chunk.text for chunk in found) == text


def test_headings_open_chunks_and_are_their_trail(tmp_path: Path) -> None:
    text = "\n\n".join(
        ["# Manual", SENTENCE * 3, "## Install", SENTENCE * 8, "## Upkeep", SENTENCE * 8]
    )

    found = chunks(library(tmp_path, text, name="a.md"), words=120)

    assert [chunk.trail for chunk in found] == [("Manual",), ("Manual", "Upkeep")]
    assert found[-1].text.startswith("## Upkeep")
    assert found[0].title == "Manual"


def test_small_sections_share_a_chunk_under_the_heading_they_share(tmp_path: Path) -> None:
    text = "# FAQ\n\n" + "\n\n".join(f"## Question {n}\n\n{SENTENCE}" for n in range(4))

    (chunk,) = chunks(library(tmp_path, text, name="a.md"))

    assert chunk.trail == ("FAQ",)


def test_a_table_that_fits_is_whole(tmp_path: Path) -> None:
    table = "| part | bar |\n|---|---|\n" + "\n".join(f"| seal {n} | {n} |" for n in range(12))
    text = f"{SENTENCE * 12}\n\n{table}\n\n{SENTENCE * 5}"

    found = chunks(library(tmp_path, text, name="a.md"), words=170)

    assert sum(table in chunk.text for chunk in found) == 1
    assert sum("| seal" in chunk.text for chunk in found) == 1


def test_a_chunk_of_a_table_holds_whole_rows_and_repeats_none(tmp_path: Path) -> None:
    rows = "pump,bar\n" + "\n".join(f"P-{n},{n}" for n in range(200))

    found = chunks(library(tmp_path, rows, name="a.csv"), words=60, overlap=20)

    lines = [line for chunk in found for line in chunk.text.split("\n")]
    assert lines == [f"pump: P-{n}; bar: {n}" for n in range(200)]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"Chapter about things {n} ........ {n * 7}" for n in range(30)),
        "\n".join(f"{n}.{n} Safety of the pump {n * 3}" for n in range(1, 30)),
        "\n".join(f"- [Page {n}](https://example.org/{n})" for n in range(30)),
        "\n".join(f"[![build {n}](https://a.b/{n}.svg)](https://a.b/{n})" for n in range(30)),
        "\n".join(f"https://example.org/{n}" for n in range(40)),
        "\n".join(f"pressure {n}, 12, 45-47, {n}" for n in range(30)),
        "\n".join(str(n) for n in range(60)),
        "\n".join(f"## Heading {n} alone" for n in range(20)),
    ],
    ids=["contents", "contents bare", "links", "badges", "urls", "index", "numbers", "headings"],
)
def test_what_nothing_can_be_asked_about_is_left_out(tmp_path: Path, text: str) -> None:
    given_library = library(tmp_path, text, name="a.md")

    assert chunks(given_library) == ()
    assert all(chunk.poor for chunk in chunks(given_library, keep_poor=True))


def test_menus_of_a_page_are_left_out_and_numbers_do_not_move(tmp_path: Path) -> None:
    menu = "".join(f"<li><a href='{n}'>Item of the menu {n}</a></li>" for n in range(30))
    text = f"<ul>{menu}</ul><h1>Pump</h1><p>{SENTENCE * 6}</p>"

    (chunk,) = chunks(library(tmp_path, text, name="a.html"))

    assert chunk.id == "a.html#2"
    assert chunk.text.startswith("Pump")


def test_a_short_document_is_a_chunk_all_the_same(tmp_path: Path) -> None:
    (chunk,) = chunks(library(tmp_path, "Pump P-204 bears at most 12 bar."))

    assert chunk.words == 7


def test_the_same_documents_give_the_same_chunks(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SENTENCE * 50)
    (tmp_path / "b.txt").write_text(SENTENCE * 50)

    assert chunks(read_documents([tmp_path])) == chunks(read_documents([tmp_path]))


@pytest.mark.parametrize(
    "sizes",
    [{"words": 40}, {"overlap": 111}, {"fewest": 0}, {"overlap": -1}],
    ids=str,
)
def test_sizes_that_do_not_fit_are_refused(tmp_path: Path, sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at most half of words"):
        chunks(library(tmp_path, SENTENCE), **sizes)  # type: ignore[arg-type]  # names are checked
