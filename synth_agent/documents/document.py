"""A document as every reader leaves it: one text, and where its blocks lie.

A reader yields parts in reading order; they are cleaned, joined, and from then on only offsets into
the joined text are used. So whatever is quoted from a document can be found in it again.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

__all__ = ["Block", "Document", "Kind", "Library", "Parsed", "Part", "Unread", "assemble", "clean"]

Kind = Literal["text", "heading", "item", "links", "row", "table", "code"]
"""`links` is a line that holds nothing but links; `row` is a record, `table` a table of lines."""

_LINES: Final = frozenset({"item", "links", "row"})
"""Kinds that follow each other line by line, with no blank line between."""
_BREAK: Final = re.compile("\r\n?|[\u0085\u2028\u2029]")
_PAGE_BREAK: Final = re.compile(r"[\x0b\x0c]")
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\xad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]+"
)
"""Also direction marks and tag characters: nothing stands in a text that a reader cannot see."""
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a document as its reader found it.

    Attributes:
        label: What a heading is called in a trail, where that is not its text.
        level: Of a heading, from 1.
        page: From 1; None where there are no pages.
    """

    text: str
    kind: Kind = "text"
    label: str = ""
    level: int = 0
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a reader made of a file. `title` is empty where the file does not say one."""

    parts: Sequence[Part]
    title: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Where a part lies in the text, under which headings; a heading's trail ends with itself."""

    start: int
    end: int
    kind: Kind
    trail: tuple[str, ...]
    page: int | None


@dataclass(frozen=True, slots=True)
class Document:
    """A text that was read.

    Attributes:
        id: Relative path, as much of it as tells the documents of a library apart.
        notes: What the user should know of the reading: the encoding guessed, pages without text.
    """

    id: str
    title: str
    text: str
    blocks: tuple[Block, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that was given and is not among the documents, and why, with what to do."""

    path: Path
    why: str


@dataclass(frozen=True, slots=True)
class Library:
    """What became of the files that were given.

    Attributes:
        documents: In the order of their ids, however the files were named.
        digest: Hexadecimal, of all ids and texts: another digest is another library.
    """

    documents: tuple[Document, ...]
    unread: tuple[Unread, ...]
    digest: str


def assemble(name: str, parsed: Parsed, *, stem: str) -> Document:
    """Return the parts as one document; `stem` is its title where it has none of its own."""
    texts: list[str] = []
    blocks: list[Block] = []
    headings: list[tuple[int, str]] = []
    end = 0
    for part in parsed.parts:
        text = clean(part.text).strip("\n").rstrip()
        if not text.strip():
            continue
        if blocks:
            close = part.kind == blocks[-1].kind and part.kind in _LINES
            texts.append("\n" if close else "\n\n")
            end += len(texts[-1])
        if part.kind == "heading":
            headings = [above for above in headings if above[0] < part.level]
            headings.append((part.level, " ".join(clean(part.label or text).split())))
        trail = tuple(label for _, label in headings)
        blocks.append(Block(end, end + len(text), part.kind, trail, part.page))
        texts.append(text)
        end += len(text)
    title = " ".join(clean(parsed.title).split()) or _first_heading(blocks) or stem
    return Document(name, title, "".join(texts), tuple(blocks), parsed.notes)


def _first_heading(blocks: Iterable[Block]) -> str:
    return next((block.trail[-1] for block in blocks if block.kind == "heading"), "")


def clean(text: str) -> str:
    r"""Return the text composed (NFC), its lines ended by \n, without what nobody can see."""
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = _PAGE_BREAK.sub("\n\n", _BREAK.sub("\n", text))
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
