"""What a run came to: the figures that card, report page and `--json` all draw from."""

from typing import Literal

from pydantic import JsonValue

from synth_agent.schemas.base import SCHEMA_VERSION, Frozen
from synth_agent.schemas.spec import DatasetSpec

__all__ = ["CellCount", "Histogram", "NearPair", "Report", "Sample", "Usage"]


class CellCount(Frozen):
    """How far one cell of the quotas got."""

    cell: str
    asked: int
    accepted: int
    rejected: dict[str, int] = {}
    """Reason -> number of drafts dropped in this cell."""


class Histogram(Frozen):
    """Counts over bins of equal width."""

    edges: tuple[float, ...]
    """n + 1 ascending edges."""
    counts: tuple[int, ...]
    """n counts; the last bin includes its upper edge."""
    median: float


class NearPair(Frozen):
    """Two records that came nearest to each other."""

    similarity: float
    slots: tuple[int, int]
    texts: tuple[str, str]


class Sample(Frozen):
    """One record as a reader sees it."""

    slot: int
    form: str
    payload: dict[str, JsonValue]


class Usage(Frozen):
    """What the run cost."""

    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = 0.0
    """null where the price is not known."""
    seconds: float = 0.0


class Report(Frozen):
    """The figures of one run."""

    schema_version: Literal[1] = SCHEMA_VERSION
    spec: DatasetSpec
    asked: int
    accepted: int
    cells: tuple[CellCount, ...] = ()
    rejected: dict[str, int] = {}
    """Reason -> number of drafts dropped, most frequent first."""
    forms: dict[str, int] = {}
    """Form -> number of records, most frequent first."""
    contexts: dict[str, int] = {}
    """Form of context -> number of records."""
    tags: dict[str, int] = {}
    """Tag -> number of records (rare events, flaws)."""
    lengths: dict[str, Histogram] = {}
    """Field -> histogram of its length in words."""
    labels: dict[str, int] = {}
    difficulty: dict[str, int] = {}
    nearest: tuple[NearPair, ...] = ()
    """The nearest pairs, nearest first; empty where the check was off."""
    similarity: Histogram | None = None
    """Similarity of each record to its nearest predecessor."""
    samples: tuple[Sample, ...] = ()
    sources: dict[str, int] = {}
    """What made the records -> how many."""
    usage: Usage = Usage()

    @property
    def complete(self) -> bool:
        """Whether everything asked for was delivered."""
        return self.accepted == self.asked
