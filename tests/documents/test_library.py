"""Files and folders: what is read, what is not and why, names and digests."""

import os
import sys
from pathlib import Path

import pytest

from synth_agent.documents import read_documents
from synth_agent.errors import ConfigError


def write(path: Path, text: str | bytes = "The pump runs.") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def reason(path: Path) -> str:
    write(path.parent / "readable.txt")
    (unread,) = read_documents([path, path.parent / "readable.txt"]).unread
    assert unread.path == path
    return unread.why


def test_a_folder_is_read_to_its_depths_in_order_and_without_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.md", "a/b/c.rst", ".git/x.txt", "a/.secret"):
        write(tmp_path / name)

    library = read_documents([tmp_path])

    assert [document.id for document in library.documents] == ["a/b/c.rst", "a/z.md", "b.txt"]
    assert library.unread == ()


def test_every_file_is_among_the_documents_or_the_unread(tmp_path: Path) -> None:
    for name in ("a.txt", "b.pdf", "c.docx", "d.xlsx", "e.bin", "f.png", "g"):
        write(tmp_path / name, b"\x00\x01\x02" if name == "e.bin" else "The pump runs.")
    write(tmp_path / "empty.txt", " \n")

    library = read_documents([tmp_path])

    seen = [document.id for document in library.documents]
    seen += [unread.path.name for unread in library.unread]
    assert sorted(seen) == sorted(path.name for path in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.xlsx", b"PK\x03\x04", "save it as .csv"),
        ("a.png", b"\x89PNG", "run OCR"),
        ("a.pdf", b"hello", "not one inside"),
        ("a.docx", b"\xd0\xcf\x11\xe0 old", "save it as .docx without a password"),
        ("a.docx", b"PK\x03\x04 broken", "broken .docx"),
        ("a.pdf", b"%PDF-1.4 and nothing else", "broken PDF"),
        ("a.txt", b"ab\x00cd", "save it as UTF-8"),
        ("a.txt", b"caf\xe9 \x81", "got byte 0x81 at 5"),
        ("a.txt", b"", "no text in it"),
        ("a.html", b"<script>run()</script>", "no text in it"),
        ("a.jsonl", b'{"a": 1}\n{"a": }', "line 2 is no JSON"),
        ("a.json", b"[1, 2", "is no JSON"),
        ("a.csv", b"a,b\n" + b"x" * 200_000 + b",1", "line 2"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    assert why in reason(write(tmp_path / name, content))


def test_a_file_over_50_megabytes_is_not_even_opened(tmp_path: Path) -> None:
    path = write(tmp_path / "big.txt")
    with path.open("r+b") as file:
        file.truncate(50_000_001)

    assert "at most 50 MB" in reason(path)


def test_content_decides_where_an_ending_is_unknown(tmp_path: Path) -> None:
    write(tmp_path / "page.php", "<!DOCTYPE html><html><p>Hello <b>there</b></p></html>")
    write(tmp_path / "LICENSE", "Do as you like.")

    texts = [document.text for document in read_documents([tmp_path]).documents]

    assert texts == ["Do as you like.", "Hello there"]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("naïve".encode(), "naïve"),
        ("naïve".encode("utf-8-sig"), "naïve"),
        ("naïve".encode("utf-16"), "naïve"),
        ("naïve".encode("cp1252"), "naïve"),
        (b"a\r\nb\rc", "a\nb\nc"),
        ("soft\xadhy\u200bphen \u202eback \U000e0041tag".encode(), "softhyphen back tag"),
    ],
    ids=["utf-8", "utf-8 mark", "utf-16 mark", "cp1252", "line ends", "invisible"],
)
def test_a_text_is_decoded_and_freed_of_what_nobody_sees(
    tmp_path: Path, raw: bytes, text: str
) -> None:
    (document,) = read_documents([write(tmp_path / "a.txt", raw)]).documents

    assert document.text == text


def test_a_guessed_encoding_is_said(tmp_path: Path) -> None:
    (document,) = read_documents([write(tmp_path / "a.txt", b"caf\xe9")]).documents

    assert "cp1252" in document.notes[0]


def test_a_path_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path / "manual.txt")

    with pytest.raises(ConfigError, match=r"manul\.txt.*did you mean .*manual\.txt"):
        read_documents([tmp_path / "manul.txt"])
    with pytest.raises(ConfigError, match="no folder"):
        read_documents([tmp_path / "nowhere" / "manul.txt"])


def test_nothing_readable_is_an_error_that_lists_why(tmp_path: Path) -> None:
    for at in range(7):
        write(tmp_path / f"{at}.png", b"\x89PNG")

    with pytest.raises(ConfigError, match=r"0\.png: a picture.*and 2 more"):
        read_documents([tmp_path])
    with pytest.raises(ConfigError, match="folders are empty"):
        read_documents([])


def test_names_grow_until_they_tell_files_apart(tmp_path: Path) -> None:
    paths = [write(tmp_path / name) for name in ("x/a.txt", "y/a.txt", "y/b.txt")]

    library = read_documents([*paths, paths[0]])

    assert [document.id for document in library.documents] == ["b.txt", "x/a.txt", "y/a.txt"]


def test_links_in_a_folder_are_not_followed_but_a_named_one_is(tmp_path: Path) -> None:
    secret = write(tmp_path / "outside" / "secret.txt", "A secret.")
    write(tmp_path / "docs" / "a.txt")
    link = tmp_path / "docs" / "link.txt"
    link.symlink_to(secret)
    (tmp_path / "docs" / "circle").symlink_to(tmp_path / "docs")

    library = read_documents([tmp_path / "docs"])

    assert [document.id for document in library.documents] == ["a.txt"]
    assert all("symbolic link" in unread.why for unread in library.unread)
    assert len(library.unread) == 2
    assert read_documents([link]).documents[0].text == "A secret."


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert reason(tmp_path / "pipe") == "not a regular file"


def test_the_digest_changes_with_texts_and_names_and_not_with_the_order(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.txt"), write(tmp_path / "b.txt", "Another.")
    digest = read_documents([first, second]).digest

    assert read_documents([second, first]).digest == digest
    write(first, "The pump stops.")
    assert read_documents([first, second]).digest != digest
    write(first)
    assert read_documents([first, second]).digest == digest
    second.rename(tmp_path / "c.txt")
    assert read_documents([tmp_path]).digest != digest


@pytest.mark.parametrize(
    ("name", "content", "package"),
    [
        ("a.pdf", "%PDF-1.4", "pypdf"),
        ("a.docx", "PK\x03\x04", "docx"),
        ("a.html", "<p>Hello", "bs4"),
    ],
)
def test_a_missing_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)

    assert "pip install 'synth-agent[docs]'" in reason(write(tmp_path / name, content))
