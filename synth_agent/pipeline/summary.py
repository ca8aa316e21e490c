"""How far a run got, by cell: what card, report and the last line of a partial run draw from."""

from collections.abc import Sequence

from synth_agent.pipeline.run import Run
from synth_agent.schemas import CellCount

__all__ = ["cell_counts", "missing"]


def cell_counts(run: Run) -> list[CellCount]:
    """Return every cell of the quotas with what was kept and dropped, in the plan's order."""
    accepted: dict[str, int] = {}
    rejected: dict[str, dict[str, int]] = {}
    for cell, reason, drafts in run.journal.tallies():
        if reason is None:
            accepted[str(cell)] = drafts
        else:
            rejected.setdefault(str(cell), {})[reason] = drafts
    return [
        CellCount(
            cell=str(cell),
            asked=asked,
            accepted=accepted.get(str(cell), 0),
            rejected=_most_frequent_first(rejected.get(str(cell), {})),
        )
        for cell, asked in run.plan.asked().items()
    ]


def missing(counts: Sequence[CellCount]) -> list[CellCount]:
    """Return the cells that fall short of their quota, the shortest first."""
    short = [cell for cell in counts if cell.accepted < cell.asked]
    return sorted(short, key=lambda cell: cell.accepted - cell.asked)


def _most_frequent_first(reasons: dict[str, int]) -> dict[str, int]:
    return dict(sorted(reasons.items(), key=lambda entry: (-entry[1], entry[0])))
