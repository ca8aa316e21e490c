"""The rejects that were nearest to being kept: if a limit is too strict, it is seen there."""

import heapq
from collections.abc import Callable, Iterable
from typing import Final, get_args

from synth_agent.schemas import Measure, NearMatch, Reject

__all__ = ["nearly_kept"]

_MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)

_Heap = list[tuple[float, int, int, NearMatch, Reject]]


def nearly_kept(
    rejects: Iterable[Reject], *, most: Callable[[str], int], kinds: Iterable[str]
) -> list[tuple[NearMatch, Reject]]:
    """Return rejects that came too near to something, with what that was.

    In the order of the kinds, within one in that of the measures, within these the lowest score
    first. Memory does not grow with the rejects.

    Args:
        rejects: Gone through once; what came near to nothing is passed over.
        most: Kind -> how many of each measure.
    """
    heaps: dict[tuple[str, str], _Heap] = {}
    for reject in rejects:
        if (near := reject.near) is None or most(near.kind) < 1:
            continue
        heap = heaps.setdefault((near.kind, near.measure), [])
        push = heapq.heappush if len(heap) < most(near.kind) else heapq.heappushpop
        push(heap, (-near.score, -reject.slot, -reject.attempt, near, reject))
    return [
        (near, reject)
        for kind in kinds
        for measure in _MEASURES
        for *_, near, reject in sorted(heaps.get((kind, measure), ()), reverse=True)
    ]
