"""PDF: paragraphs out of lines, furniture dropped, what has no text refused."""

import io
from pathlib import Path

import pytest

from synth_agent.documents import chunks, read_documents
from synth_agent.errors import ConfigError
from tests.documents.samples import only, pdf

BODY = (
    "The pump on page {n} moves clean water through the main line, and it is exam-\n"
    "ined every week by the crew of the early shift, who write down what they find.\n"
    "A well-known fault is a worn seal.\n"
    "A second paragraph about motor {n} begins here and goes on until its very well-\n"
    "known end in the next line of it."
)


def write(folder: Path, content: bytes) -> Path:
    (folder / "manual.pdf").write_bytes(content)
    return folder / "manual.pdf"


def test_lines_become_paragraphs_and_broken_words_whole(tmp_path: Path) -> None:
    document = only(write(tmp_path, pdf([BODY.format(n=1)])))

    first, second = document.text.split("\n\n")
    assert "it is examined every week by the crew" in first
    assert first.endswith("a worn seal.")
    assert "very well-known end in the next" in second


def test_what_runs_along_the_pages_is_dropped_and_what_counts_them(tmp_path: Path) -> None:
    pages = [f"Pump Manual 2.1 - {n + 4}\n{BODY.format(n=n)}\nPage {n} of 4" for n in range(1, 5)]

    text = only(write(tmp_path, pdf(pages))).text

    assert "Pump Manual" not in text
    assert "of 4" not in text
    assert text.count("moves clean water") == 4


def test_a_title_that_counts_otherwise_than_pages_stays(tmp_path: Path) -> None:
    pages = [f"Step {n * n}\n{BODY.format(n=n)}" for n in range(1, 5)]

    assert "Step 16" in only(write(tmp_path, pdf(pages))).text


def test_a_sentence_goes_on_over_the_page(tmp_path: Path) -> None:
    page = "The valve that is described at some length on this first page of it is"

    document = only(write(tmp_path, pdf([page, "closed by hand. Then it is locked."])))

    assert "this first page of it is closed by hand." in document.text


def test_bookmarks_become_headings_and_chunks_know_their_page(tmp_path: Path) -> None:
    pages = [f"Install\n{BODY.format(n=1)}", f"Upkeep\n{BODY.format(n=2)}"]
    path = write(tmp_path, pdf(pages, bookmarks=[("Install", 0), ("Upkeep", 1)]))

    first, second = chunks(read_documents([path]), words=70, overlap=0)

    assert (first.id, first.trail, first.page) == ("manual.pdf p.1 #1", ("Install",), 1)
    assert (second.id, second.trail, second.page) == ("manual.pdf p.2 #2", ("Upkeep",), 2)


def test_pages_without_text_are_said(tmp_path: Path) -> None:
    document = only(write(tmp_path, pdf([BODY, ""])))

    assert document.notes == ("no text on page 2: blank, or in need of OCR",)


def test_a_scan_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = write(tmp_path, pdf(["", ""]))

    with pytest.raises(ConfigError, match="no text layer; run OCR first"):
        read_documents([path])


def test_an_encrypted_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf([BODY]))))
    writer.encrypt("key", algorithm="RC4-128")
    writer.write(tmp_path / "manual.pdf")

    with pytest.raises(ConfigError, match=r"encrypted; save it without a password"):
        read_documents([tmp_path / "manual.pdf"])


@pytest.mark.parametrize("cut", [200, 400, 700])
def test_a_torn_file_never_breaks_the_reading_of_others(tmp_path: Path, cut: int) -> None:
    path = write(tmp_path, pdf([BODY, BODY])[:cut])
    (tmp_path / "other.txt").write_text("The pump runs.")

    library = read_documents([path, tmp_path / "other.txt"])

    assert len(library.documents) + len(library.unread) == 2
