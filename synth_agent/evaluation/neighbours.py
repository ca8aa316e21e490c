"""Drafts beside what they came near to, kept and dropped: what a reader judges the limits by."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import nlargest
from typing import Any, Final, Self, get_args

from pydantic import JsonValue

from synth_agent.evaluation.nearly_kept import nearly_kept
from synth_agent.schemas import DatasetSpec, Measure, NearMatch, Record, Reject
from synth_agent.schemas.record import RUNS
from synth_agent.schemas.report import NearDraft
from synth_agent.text import Comparable

__all__ = ["Texts", "near_misses", "nearest_dropped", "nearest_kept", "shown_text"]

Payload = Mapping[str, JsonValue]

_SHOWN: Final[Mapping[str, int]] = {"protected": 8, "seed": 3, "record": 7}
"""Kind -> rejects of each measure in a report: 50 at most."""
_KINDS: Final = ("record", "seed", "protected")
_MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)


def shown_text(spec: DatasetSpec) -> Comparable:
    """Return what records are compared by, with their figures: a reader wants to see them."""
    return Comparable.of(spec.model_copy(update={"dedup_mask_numbers": False}))


@dataclass(frozen=True, slots=True)
class Texts:
    """Where the texts of a run are found.

    Attributes:
        shown: Returns what a reader is to see of a payload, see `shown_text`.
        record: Returns the record of a slot.
        seeds: Returns the given examples with these identifiers, as payloads.
    """

    shown: Comparable
    record: Callable[[int], Record | None]
    seeds: Callable[[Collection[str]], Mapping[str, Payload]]

    @classmethod
    def of(
        cls,
        spec: DatasetSpec,
        *,
        record: Callable[[int], Record | None],
        seeds: Callable[[Collection[str]], Mapping[str, Payload]],
    ) -> Self:
        """Return where those of a spec's run are found."""
        return cls(shown_text(spec), record, seeds)

    def beside(self, chosen: Iterable[tuple[NearMatch, Record | Reject]]) -> list[NearDraft]:
        """Return drafts beside what they came near to; one whose other text is lost is left out."""
        some = list(chosen)
        unsaid = {near.name for near, _ in some if near.kind == "seed" and not near.text}
        given = self.seeds(unsaid) if unsaid else {}
        return [
            NearDraft(
                slot=draft.slot,
                attempt=draft.attempt,
                reason=draft.reason if isinstance(draft, Reject) else None,
                text=self._of(draft.payload, near.measure),
                near=near.model_copy(update={"text": other}),
            )
            for near, draft in some
            if (other := self._other(near, given))
        ]

    def _of(self, payload: Payload, measure: Measure) -> str:
        return (self.shown.whole if measure in RUNS else self.shown)(payload)

    def _other(self, near: NearMatch, given: Mapping[str, Payload]) -> str:
        if near.text:
            return near.text
        payload = given.get(near.name)
        if near.kind == "record" and (record := self.record(int(near.name))):
            payload = record.payload
        return self._of(payload, near.measure) if payload else ""


def near_misses(rejects: Iterable[Reject], texts: Texts) -> dict[str, Any]:
    """Return the fields of a report that tell what came too near to what.

    Of each kind and measure those are shown that were nearest to being kept: if a limit is too
    strict, it is seen there. Memory does not grow with the rejects.

    Args:
        rejects: Gone through once; what came near to nothing is passed over.
    """
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in _SHOWN}

    def counted() -> Iterator[Reject]:
        for reject in rejects:
            if reject.near is not None:
                counts[reject.near.kind][reject.near.measure] += 1
            yield reject

    chosen = nearly_kept(counted(), most=_SHOWN.__getitem__, kinds=_SHOWN)
    return {
        "near_counts": {kind: _in_order(by) for kind, by in counts.items() if by},
        "near_misses": tuple(texts.beside(chosen)),
    }


def nearest_kept(records: Iterable[Record], k: int, texts: Texts) -> list[NearDraft]:
    """Return the `k` records that are most like one accepted before them, most alike first."""
    found = ((record.provenance.nearest, record) for record in records)
    alike = ((near.similarity, -record.slot, near.slot, record) for near, record in found if near)
    return texts.beside(
        (NearMatch(kind="record", name=str(other), measure="cosine", score=score), record)
        for score, _, other, record in nlargest(k, alike)
    )


def nearest_dropped(rejects: Iterable[Reject], k: int, texts: Texts) -> list[NearDraft]:
    """Return the rejects that were nearest to being kept, up to `k` of each kind and measure.

    Those for a record come before those for a seed or a protected text, cosines before other
    measures; within a group the lowest score is first. Memory does not grow with the rejects.
    """
    return texts.beside(nearly_kept(rejects, most=lambda _: k, kinds=_KINDS))


def _in_order(counts: Mapping[str, int]) -> dict[str, int]:
    return {measure: counts[measure] for measure in _MEASURES if measure in counts}
