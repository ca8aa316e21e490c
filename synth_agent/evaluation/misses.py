"""Drafts that came too near to another text, as a reader judges the limits by them."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, get_args

from synth_agent.evaluation.nearly_kept import RUNS, nearly_kept
from synth_agent.schemas import DatasetSpec, Measure, NearMatch, Record, Reject
from synth_agent.schemas.report import NearMiss
from synth_agent.text import Comparable

__all__ = ["near_misses", "shown_text"]

_SHOWN: Final[Mapping[str, int]] = {"protected": 8, "seed": 3, "record": 7}
"""Kind -> rejects of each measure in a report: 50 at most."""
_MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)


def near_misses(
    spec: DatasetSpec,
    rejects: Iterable[Reject],
    *,
    lookup: Callable[[int], Record | None],
    seeds: Callable[[Collection[str]], Mapping[str, str]],
) -> dict[str, Any]:
    """Return the fields of a report that tell what came too near to what.

    Of each kind and measure those are shown that were nearest to being kept: if a limit is too
    strict, it is seen there. Memory does not grow with the rejects.

    Args:
        rejects: Gone through once; what came near to nothing is passed over.
        lookup: The record in a slot.
        seeds: The texts of the given examples with these identifiers.
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
        "near_misses": tuple(_misses(spec, chosen, lookup, seeds)),
    }


def shown_text(spec: DatasetSpec) -> Comparable:
    """Return what records are compared by, with their figures: a reader wants to see them."""
    return Comparable.of(spec.model_copy(update={"dedup_mask_numbers": False}))


def _in_order(counts: Mapping[str, int]) -> dict[str, int]:
    return {measure: counts[measure] for measure in _MEASURES if measure in counts}


def _misses(
    spec: DatasetSpec,
    chosen: Sequence[tuple[NearMatch, Reject]],
    lookup: Callable[[int], Record | None],
    seeds: Callable[[Collection[str]], Mapping[str, str]],
) -> Iterable[NearMiss]:
    """Yield those whose other text can be found."""
    compared = shown_text(spec)
    unsaid = {near.name for near, _ in chosen if near.kind == "seed" and not near.text}
    given = seeds(unsaid) if unsaid else {}
    for near, reject in chosen:
        record = lookup(int(near.name)) if near.kind == "record" else None
        other = compared(record.payload) if record else near.text or given.get(near.name, "")
        said = compared.whole if near.measure in RUNS else compared
        if other:
            yield NearMiss(
                slot=reject.slot,
                text=said(reject.payload),
                near=near.model_copy(update={"text": other}),
            )
