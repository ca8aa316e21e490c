"""Kept, or dropped and why."""

from typing import Final, Literal

from pydantic import JsonValue

from synth_agent.schemas.base import SCHEMA_VERSION, Frozen
from synth_agent.schemas.draft import Provenance
from synth_agent.schemas.slot import Cell

__all__ = ["RUNS", "Measure", "NearMatch", "Record", "Reject"]

Measure = Literal["cosine", "word triples", "ROUGE-L", "13-gram", "8-gram"]
"""What tells how near two texts are: of vectors; Jaccard index of triples; longest common
subsequence; consecutive words shared; share of the shorter text's 8-grams."""
RUNS: Final[frozenset[Measure]] = frozenset({"13-gram", "8-gram"})
"""Measures that look for runs of words in all that a draft says, not only in what it asks."""


class Record(Frozen):
    """A draft that passed every check."""

    schema_version: Literal[1] = SCHEMA_VERSION
    slot: int
    attempt: int = 0
    cell: Cell = Cell()
    payload: dict[str, JsonValue]
    """The task's own fields, validated."""
    provenance: Provenance


class NearMatch(Frozen):
    """What a text came too near to."""

    kind: Literal["record", "seed", "protected"]
    name: str
    """Number of the record's slot, the seed's identifier, `humaneval/12` of a protected text."""
    measure: Measure
    score: float
    """In the measure: a cosine or share in [-1, 1], or a number of words (13-gram)."""
    text: str = ""
    """The other text, or the passage of it that was met, with an ellipsis where it was cut; empty
    where it is in the journal, as records are."""

    def __str__(self) -> str:
        """Say it as a reject's detail does: `0.93 to humaneval/12`."""
        whole = {"record": f"record {self.name}", "seed": f"seed {self.name}"}
        other = whole.get(self.kind, self.name)
        if self.measure == "13-gram":
            return f"{self.score:.0f} words in a row of {other}"
        by = "" if self.measure == "cosine" else f"{self.measure} "
        return f"{by}{self.score:.2f} to {other}"


class Reject(Frozen):
    """A draft that was dropped, or could not be made."""

    slot: int
    attempt: int = 0
    cell: Cell = Cell()
    reason: str
    """Code that rejects are counted by, e.g. `near-duplicate`."""
    detail: str = ""
    """What exactly was wrong, in words."""
    payload: dict[str, JsonValue] = {}
    """What was dropped; empty where nothing could be made."""
    form: str = ""
    near: NearMatch | None = None
    """What it came too near to, where that is why."""
