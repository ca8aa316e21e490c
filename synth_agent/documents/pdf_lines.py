"""Lines of PDF pages as running text: furniture dropped, words and paragraphs mended.

A PDF knows where letters stand and nothing of paragraphs. So a line that is about as wide as its
page's widest runs on; a shorter one that ends a sentence ends a paragraph; other short lines (of
tables, lists, titles) stay lines of their own.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from synth_agent.documents.document import Part

__all__ = ["Outline", "page_parts"]

Outline = Mapping[int, Mapping[str, int]]
"""Page number -> folded title of a bookmark that leads there -> its depth from 1."""

_EDGE: Final = 2
"""Lines at the head and foot of a page that may be furniture."""
_FEWEST: Final = 3
_SHARE: Final = 0.4
"""A line on so many pages is furniture: less than half, for left and right pages differ."""
_WIDE: Final = 0.75
_NUMBER: Final = re.compile(r"^\d{1,5}\b|\b\d{1,5}(?=(?:\s*(?:/|of|von)\s*\d{1,5})?$)")
"""Where page numbers stand: at either end of a line."""
_PAGE_NUMBER: Final = re.compile(
    r"[-–—|\s]*(?:page|seite|p\.)?\s*\d{1,4}(?:\s*(?:/|of|von)\s*\d{1,4})?[-–—|\s]*", re.IGNORECASE
)
_HYPHENATED: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+")
_ENDS: Final = re.compile(r"[.!?:\u3002\uff01\uff1f]['\"”’)\]]*$")
_MARKER: Final = re.compile(r"(?:[-–•▪●◦*]|\d{1,2}[.)])\s")
_LIGATURES: Final = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "\xa0": " "}
)


@dataclass(slots=True)
class _Page:
    number: int
    lines: list[str]

    @property
    def wide(self) -> float:
        """Letters from which a line runs on into the next."""
        lengths = sorted(map(len, filter(None, self.lines)))
        return _WIDE * lengths[int(0.9 * (len(lengths) - 1))] if lengths else 0


def page_parts(texts: Sequence[str], outline: Outline) -> list[Part]:
    """Return the paragraphs and headings of the pages; a page's number counts from 1."""
    pages = [
        _Page(number, [" ".join(line.split()) for line in text.translate(_LIGATURES).split("\n")])
        for number, text in enumerate(texts, start=1)
    ]
    _drop_furniture(pages)
    known = {word for page in pages for line in page.lines for word in _HYPHENATED.findall(line)}
    parts: list[Part] = []
    for page in pages:
        for part in _paragraphs(page, outline.get(page.number, {}), known):
            if parts and _runs_on(parts[-1], part):
                joined = _joined(parts[-1].text, part.text, known)
                parts[-1] = Part(joined, page=parts[-1].page)
            else:
                parts.append(part)
    return parts


def _runs_on(above: Part, below: Part) -> bool:
    """Is a paragraph broken by the end of its page?"""
    return (
        above.kind == below.kind == "text"
        and above.page != below.page
        and below.text[:1].islower()
        and not _ENDS.search(above.text)
    )


def _drop_furniture(pages: Sequence[_Page]) -> None:
    """Drop running headers, footers and page numbers in place."""
    seen = Counter(
        form
        for page in pages
        for at in _edges(page)
        for form in _forms(page.lines[at], page.number)
    )
    needed = max(_FEWEST, _SHARE * len(pages))
    for page in pages:
        for at in _edges(page):
            line = page.lines[at]
            repeated = any(seen[form] >= needed for form in _forms(line, page.number))
            if repeated or (len(pages) > 1 and _PAGE_NUMBER.fullmatch(line)):
                page.lines[at] = ""


def _edges(page: _Page) -> set[int]:
    filled = [at for at, line in enumerate(page.lines) if line]
    return {*filled[:_EDGE], *filled[-_EDGE:]}


def _forms(line: str, page: int) -> set[str]:
    """Return the line, and the line with a number at its end counted from its page.

    "Manual 12" on page 10 and "Manual 13" on page 11 have "Manual <+2>" in common; "Step 1" and
    "Step 2" on the same page have nothing.
    """
    return {line} | {
        f"{line[: n.start()]}<{int(n[0]) - page:+d}>{line[n.end() :]}"
        for n in _NUMBER.finditer(line)
    }


def _paragraphs(page: _Page, titles: Mapping[str, int], known: Set[str]) -> Iterator[Part]:
    wide = page.wide
    text = last = ""
    for line in page.lines:
        level = titles.get(line.casefold(), 0)
        if level or not line or _opens(line, last, wide):
            if text:
                yield Part(text, page=page.number)
            text = ""
        if level:
            yield Part(line, "heading", level=level, page=page.number)
            last = ""
            continue
        if not text:
            text = line
        elif len(last) < wide and not last.endswith("-"):
            text = f"{text}\n{line}"
        else:
            text = _joined(text, line, known)
        last = line
    if text:
        yield Part(text, page=page.number)


def _opens(line: str, last: str, wide: float) -> bool:
    """Does a line begin a paragraph?"""
    if not last:
        return False
    return bool(_MARKER.match(line)) or (len(last) < wide and _ENDS.search(last) is not None)


def _joined(text: str, line: str, known: Set[str]) -> str:
    """Return a line put behind a text, a word hyphenated between them made whole.

    The hyphen stays if the document has the word with it elsewhere ("well-known"), or before
    anything but a small letter ("ISO-9001").
    """
    head = text.rsplit(maxsplit=1)[-1]
    if not head[:-1] or head[-1] not in "-\u2010\xad" or not head[-2].isalnum():
        return f"{text} {line}"
    tail = line.split(maxsplit=1)[0]
    if not (head[-2].isalpha() and tail[0].islower()):
        return text + line
    whole = _HYPHENATED.match(f"{head[:-1]}-{tail}".lstrip("('\"“‘["))
    return text + line if whole and whole[0] in known else text[:-1] + line
