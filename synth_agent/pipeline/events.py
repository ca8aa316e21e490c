"""What a run tells whoever watches it. All figures are of the whole run, not of this sitting."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from synth_agent.schemas import Record, Usage

__all__ = ["BatchDone", "Event", "Finished", "Started", "Status"]

Status = Literal["complete", "partial", "interrupted"]


@dataclass(frozen=True, slots=True)
class Started:
    """The run was opened; a resumed one has records already."""

    asked: int
    accepted: int
    rejected: Mapping[str, int]
    """Reason -> drafts dropped."""


@dataclass(frozen=True, slots=True)
class BatchDone:
    """A batch is in the journal."""

    asked: int
    accepted: int
    rejected: Mapping[str, int]
    records: tuple[Record, ...]
    """What this batch added."""
    usage: Usage = field(default_factory=Usage)
    """What the run has cost so far."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event, except where an exception ends the run."""

    status: Status
    asked: int
    accepted: int
    rejected: Mapping[str, int]
    seconds: float
    """Time spent on the run, earlier sittings included."""
    usage: Usage = field(default_factory=Usage)
    note: str = ""
    """Why a partial run stopped before every attempt was used; empty where it did not."""


Event = Started | BatchDone | Finished
