"""Which texts of a run came nearest to each other: what a reader judges thresholds by."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from heapq import nlargest
from typing import Literal, get_args

from synth_agent.evaluation.nearly_kept import RUNS, nearly_kept
from synth_agent.schemas import Measure, NearMatch, Record, Reject
from synth_agent.schemas.base import Frozen
from synth_agent.text import Comparable

__all__ = ["Comparison", "Texts", "nearest_dropped", "nearest_kept"]

Kind = Literal["record", "seed", "protected"]


@dataclass(frozen=True, slots=True)
class Texts:
    """Where the texts of a run are found.

    Attributes:
        compared: Returns what is compared of a payload.
        find: Returns the record of a slot.
        seeds: Identifier -> text of each given example.
    """

    compared: Comparable
    find: Callable[[int], Record | None]
    seeds: Mapping[str, str]

    def of(self, draft: Record | Reject, measure: Measure) -> str:
        """Return what a measure looks at in a draft."""
        return (self.compared.whole if measure in RUNS else self.compared)(draft.payload)

    def other(self, near: NearMatch) -> str:
        """Return the text that a draft came near to; empty where it is not known any more."""
        if near.text:
            return near.text
        if near.kind != "record":
            return self.seeds.get(near.name, "")
        record = self.find(int(near.name))
        return self.of(record, near.measure) if record else ""


class Comparison(Frozen):
    """A draft, kept or dropped, and what it came near to."""

    slot: int
    attempt: int
    reason: str | None
    """Why it was dropped; null: it was kept."""
    text: str
    """What was compared of it."""
    kind: Kind
    """What the other text is."""
    name: str
    """Number of the other record's slot, or the identifier of a seed or a protected text."""
    measure: Measure
    score: float
    """In the measure: a cosine or share in [-1, 1], or a number of words (13-gram)."""
    other: str


def nearest_kept(records: Iterable[Record], k: int, texts: Texts) -> list[Comparison]:
    """Return the `k` records that are most like one accepted before them, most alike first."""
    found = ((record.provenance.nearest, record) for record in records)
    alike = ((near.similarity, -record.slot, record) for near, record in found if near)
    return [_kept(record, score, texts) for score, _, record in nlargest(k, alike)]


def nearest_dropped(rejects: Iterable[Reject], k: int, texts: Texts) -> list[Comparison]:
    """Return the rejects that were nearest to being kept, up to `k` of each kind and measure.

    Those for a record come before those for a seed or a protected text, cosines before other
    measures; within a group the lowest score is first. Memory does not grow with the rejects.
    """
    return [
        _compared(reject, near, texts, reject.reason)
        for near, reject in nearly_kept(rejects, most=lambda _: k, kinds=get_args(Kind))
    ]


def _kept(record: Record, score: float, texts: Texts) -> Comparison:
    near = record.provenance.nearest
    assert near is not None, "chosen by it"
    match = NearMatch(kind="record", name=str(near.slot), measure="cosine", score=score)
    return _compared(record, match, texts)


def _compared(
    draft: Record | Reject, near: NearMatch, texts: Texts, reason: str | None = None
) -> Comparison:
    return Comparison(
        slot=draft.slot,
        attempt=draft.attempt,
        reason=reason,
        text=texts.of(draft, near.measure),
        kind=near.kind,
        name=near.name,
        measure=near.measure,
        score=near.score,
        other=texts.other(near),
    )
