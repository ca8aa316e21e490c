"""Blocks as units: what a chunk holds whole or not at all, with what may be cut before it."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from synth_agent.documents.document import Block, Document
from synth_agent.documents.sentences import Span, count_words, pieces, sentences

__all__ = ["Unit", "units"]


class Unit(NamedTuple):
    """A sentence, heading, row, or a table or code that fits whole.

    Attributes:
        opens: It begins its block; so a cut before it parts no paragraph.
    """

    start: int
    end: int
    words: int
    opens: bool
    block: Block


def units(document: Document, *, words: int) -> list[Unit]:
    """Return the units of a document in order; none has more than `words` words.

    Together they hold every character that is not blank.
    """
    found: list[Unit] = []
    for block in document.blocks:
        opens = True
        for span, count in _spans(document.text, block, words):
            found.append(Unit(span.start, span.end, count, opens, block))
            opens = False
    return found


def _spans(text: str, block: Block, words: int) -> Iterator[tuple[Span, int]]:
    whole = Span(block.start, block.end)
    count = count_words(text, *whole)
    if block.kind not in {"text", "item"} and count <= words:
        yield whole, count
        return
    by_line = block.kind in {"code", "table"}
    parts = _lines(text, whole) if by_line else sentences(text, *whole)
    yield from _bounded(text, parts, words)


def _bounded(text: str, parts: Iterable[Span], words: int) -> Iterator[tuple[Span, int]]:
    """Yield parts, those over half a chunk cut between words to eighths of a chunk."""
    for part in parts:
        count = count_words(text, *part)
        if count <= words // 2:
            yield part, count
        else:
            for piece in pieces(text, part.start, part.end, max(1, words // 8)):
                yield piece, count_words(text, *piece)


def _lines(text: str, span: Span) -> Iterator[Span]:
    at = span.start
    while at < span.end:
        end = text.find("\n", at, span.end)
        end = span.end if end < 0 else end
        if text[at:end].strip():
            yield Span(at, end)
        at = end + 1
