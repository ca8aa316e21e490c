"""The list of checks, and the one that runs them. To add a check: a function and a list entry."""

from typing import Final

from synth_agent.quality.context import Check, CheckContext, Finding
from synth_agent.quality.figures import numbers
from synth_agent.quality.filler import empty, length
from synth_agent.quality.labels import label, label_leak
from synth_agent.quality.language import language
from synth_agent.quality.parts import parts
from synth_agent.quality.shape import misfit_of, shape
from synth_agent.quality.steps import steps
from synth_agent.quality.voice import chatter, refusal
from synth_agent.schemas import DatasetSpec, Draft, Slot

__all__ = ["CHECKS", "Checker", "judge_draft"]

CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("schema", shape),
    ("label", label),
    ("empty", empty),
    ("length", length),
    ("label-leak", label_leak),
    ("refusal", refusal),
    ("chatter", chatter),
    ("language", language),
    ("numbers", numbers),
    ("arithmetic", steps),
)
"""(name, check); the first finding ends it, so what later checks rely on and what is cheap comes
first. A name is the reason that its findings carry."""


class Checker:
    """All checks of one run, with what they need compiled once.

    Attributes:
        names: What a draft without a finding has passed, for its provenance.
    """

    names: tuple[str, ...] = tuple(name for name, _ in CHECKS)

    def __init__(self, spec: DatasetSpec) -> None:
        """Compile.

        Raises:
            ConfigError: The spec's JSON Schema cannot be used.
        """
        self._spec = spec
        self._misfit = misfit_of(spec)

    def __call__(self, draft: Draft, slot: Slot) -> Finding | None:
        """Return the first reason to drop a draft, or None."""
        context = CheckContext(
            spec=self._spec,
            slot=slot,
            parts=parts(self._spec.task, draft.payload),
            misfit=self._misfit,
        )
        for _, check in CHECKS:
            if finding := check(draft, context):
                return finding
        return None


def judge_draft(draft: Draft, spec: DatasetSpec, slot: Slot) -> Finding | None:
    """Return the first reason to drop one draft; for many, keep a `Checker`."""
    return Checker(spec)(draft, slot)
