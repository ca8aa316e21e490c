"""Kept, or dropped and why."""

from typing import Literal

from pydantic import JsonValue

from synth_agent.schemas.base import SCHEMA_VERSION, Frozen
from synth_agent.schemas.draft import Provenance
from synth_agent.schemas.slot import Cell

__all__ = ["Record", "Reject"]


class Record(Frozen):
    """A draft that passed every check."""

    schema_version: Literal[1] = SCHEMA_VERSION
    slot: int
    attempt: int = 0
    cell: Cell = Cell()
    payload: dict[str, JsonValue]
    """The task's own fields, validated."""
    provenance: Provenance


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
