"""Checks by code: keep a draft, or drop it and say why."""

from synth_agent.quality.checks import CHECKS, Checker, judge_draft
from synth_agent.quality.context import Check, CheckContext, Finding
from synth_agent.quality.fingerprint import fingerprint
from synth_agent.quality.parts import Parts, Text, parts

__all__ = [
    "CHECKS",
    "Check",
    "CheckContext",
    "Checker",
    "Finding",
    "Parts",
    "Text",
    "fingerprint",
    "judge_draft",
    "parts",
]
