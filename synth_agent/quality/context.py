"""What a check is given, and what it returns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import JsonValue

from synth_agent.quality.parts import Parts
from synth_agent.schemas import DatasetSpec, Draft, Slot

__all__ = ["Check", "CheckContext", "Finding"]


class Finding(NamedTuple):
    """Why a draft is dropped."""

    reason: str
    """Code that rejects are counted by."""
    detail: str
    """What exactly was wrong, in words."""


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a check may look at beside the draft. `misfit` is compiled once a run."""

    spec: DatasetSpec
    slot: Slot
    parts: Parts
    """The draft's texts by voice."""
    misfit: Callable[[Mapping[str, JsonValue]], str | None]
    """What is wrong with a payload's shape, in words."""


Check = Callable[[Draft, CheckContext], Finding | None]
"""Returns the reason to drop a draft, or None."""
