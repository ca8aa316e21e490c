"""Documents cut to passages of a few hundred words, for questions to be asked about.

A chunk is a slice of its document. It is cut before a heading, else between paragraphs, else
sentences, and inside a sentence only if that is over half a chunk. Tables, code and rows that fit
are whole. Within a section a chunk repeats the last sentences of the one before it (`overlap`), so
that what hangs on them is not lost; rows, tables and code are never repeated. Apart from that,
chunks lie end to end and leave out nothing but blanks.

Not done: the header of a table that fills several chunks stands only in the first.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from synth_agent.documents.document import Document, Library
from synth_agent.documents.poor import is_poor
from synth_agent.documents.units import Unit, units

__all__ = ["Chunk", "chunks"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage.

    Attributes:
        id: `manual.pdf#12`, or `manual.pdf p.3 #12` where there are pages; counts from 1.
        document: Its document's id.
        title: Its document's title.
        trail: The headings that all of it stands under, outermost first.
        text: `document.text[start:end]`.
        words: As `sentences.count_words` counts them.
        poor: Nothing can be asked about it: contents, an index, links, headings alone.
    """

    id: str
    document: str
    title: str
    trail: tuple[str, ...]
    page: int | None
    text: str
    start: int
    end: int
    words: int
    poor: bool


@dataclass(frozen=True, slots=True)
class _Size:
    words: int
    overlap: int
    fewest: int


@dataclass(frozen=True, slots=True)
class _Cut:
    """Units of a chunk; those from `lead` to `own` belong to the chunk before it as well."""

    lead: int
    own: int
    stop: int


def chunks(
    library: Library,
    *,
    words: int = 220,
    overlap: int = 40,
    fewest: int = 25,
    keep_poor: bool = False,
) -> tuple[Chunk, ...]:
    """Cut all documents, in their order.

    Numbers in ids do not depend on `keep_poor`.

    Args:
        words: Most words of a chunk; what would leave fewer than `fewest` behind joins it, so that
            it has at most `words + 2 * fewest`.
        overlap: Most words repeated from the chunk before.
        fewest: A chunk has fewer only if its document has.
        keep_poor: Also return chunks that are flagged `poor`.

    Raises:
        ValueError: The sizes do not fit each other.
    """
    if not 0 < 2 * fewest <= words or not 0 <= 2 * overlap <= words:
        raise ValueError(
            f"expected 0 < fewest and 0 <= overlap, both at most half of words, got {words=}, "
            f"{overlap=}, {fewest=}"
        )
    size = _Size(words, overlap, fewest)
    cut = (chunk for document in library.documents for chunk in _document_chunks(document, size))
    return tuple(chunk for chunk in cut if keep_poor or not chunk.poor)


def _document_chunks(document: Document, size: _Size) -> Iterator[Chunk]:
    found = units(document, words=size.words)
    for number, cut in enumerate(_Cutter(found, size).cuts(), start=1):
        held = found[cut.lead : cut.stop]
        start, end = held[0].start, held[-1].end
        page = held[0].block.page
        text = document.text[start:end]
        yield Chunk(
            id=f"{document.id}#{number}" if page is None else f"{document.id} p.{page} #{number}",
            document=document.id,
            title=document.title,
            trail=_common([unit.block.trail for unit in held]),
            page=page,
            text=text,
            start=start,
            end=end,
            words=sum(unit.words for unit in held),
            poor=is_poor(text, held),
        )


def _common(trails: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    first, last = min(trails), max(trails)  # what these two share, all between them share
    depth = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    return first if depth is None else first[:depth]


class _Cutter:
    """Decides where chunks end. Linear in the units, whatever their sizes."""

    def __init__(self, found: Sequence[Unit], size: _Size) -> None:
        self._units = found
        self._size = size
        self._sums = [0, *accumulate(unit.words for unit in found)]
        self._headings = [at for at, unit in enumerate(found) if unit.block.kind == "heading"]

    def cuts(self) -> Iterator[_Cut]:
        before = own = 0
        while own < len(self._units):
            lead = self._lead(before, own)
            stop = self._absorb(self._stop(lead, own))
            yield _Cut(lead, own, stop)
            before, own = own, stop

    def _sum(self, start: int, stop: int) -> int:
        return self._sums[stop] - self._sums[start]

    def _lead(self, before: int, own: int) -> int:
        """Return the first unit to repeat: later than `before`, where the last chunk began."""
        lead = own
        trail = self._units[own].block.trail
        while lead - 1 > before:
            unit = self._units[lead - 1]
            if unit.block.kind not in {"text", "item"} or unit.block.trail != trail:
                break
            if self._sum(lead - 1, own) > self._size.overlap:
                break
            lead -= 1
        return lead if self._sum(lead, own + 1) <= self._size.words else own

    def _stop(self, lead: int, own: int) -> int:
        stop = own + 1
        while stop < len(self._units):
            held = self._sum(own, stop)
            if self._closes(own, stop, held):
                return stop
            full = self._sum(lead, stop + 1) > self._size.words
            if full and held >= self._size.fewest:
                return self._best(own, stop)
            stop += 1
        return stop

    def _closes(self, own: int, at: int, held: int) -> bool:
        """Does a heading end the chunk? A shallower one always, another once there is a third."""
        block = self._units[at].block
        if block.kind != "heading" or self._units[at - 1].block.kind == "heading":
            return False
        shallower = len(block.trail) < len(self._units[own].block.trail)
        needed = 0 if shallower else self._size.words // 3
        return held >= max(self._size.fewest, needed)

    def _best(self, own: int, stop: int) -> int:
        """Return the last start of a block in the second half, and leave no heading behind."""
        best = stop
        while not self._units[best].opens and self._sum(own, best) > self._size.words // 2:
            best -= 1
        if not self._units[best].opens or self._sum(own, best) < self._size.words // 2:
            best = stop
        while (
            self._units[best - 1].block.kind == "heading"
            and self._sum(own, best - 1) >= self._size.fewest
        ):
            best -= 1
        return best

    def _absorb(self, stop: int) -> int:
        """Take in what would be left too small: of the section first, then of the document."""
        next_heading = bisect_left(self._headings, stop)
        ends = [len(self._units)]
        if next_heading < len(self._headings):
            ends.insert(0, self._headings[next_heading])
        for end in ends:
            if self._sum(stop, end) < self._size.fewest:
                stop = max(stop, end)
        return stop
