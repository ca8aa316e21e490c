"""Measures a dataset and changes nothing."""

from synth_agent.evaluation.neighbours import Texts, near_misses
from synth_agent.evaluation.summary import summarise

__all__ = ["Texts", "near_misses", "summarise"]
