"""One record still to be made."""

from typing import NamedTuple

from synth_agent.schemas.base import Frozen
from synth_agent.schemas.spec import Difficulty

__all__ = ["Ask", "Cell", "Slot"]


class Cell(NamedTuple):
    """One combination of the axes that have quotas; reports count by it."""

    label: str | None = None
    difficulty: Difficulty | None = None

    def __str__(self) -> str:
        return " / ".join(part for part in self if part) or "all"


class Slot(Frozen):
    """One record still to be made; a pure function of spec, seed and index."""

    index: int
    """Position in the dataset, from 0."""
    ordinal: int
    """Position within its cell, from 0: what rotates topics and forms evenly."""
    cell: Cell = Cell()
    language: str = "en"
    seed: int
    """64 bits of its own; attempts derive theirs from it."""


class Ask(NamedTuple):
    """A slot, tried once more: the unit that a source of drafts is handed."""

    slot: Slot
    attempt: int = 0
    """0 for the first try."""
    reasons: tuple[str, ...] = ()
    """Why the earlier attempts were rejected, oldest first."""
