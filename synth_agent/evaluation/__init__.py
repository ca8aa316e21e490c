"""Measures a dataset and changes nothing."""

from synth_agent.evaluation.misses import near_misses
from synth_agent.evaluation.summary import summarise

__all__ = ["near_misses", "summarise"]
