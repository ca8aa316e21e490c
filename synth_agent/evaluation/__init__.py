"""Measures a dataset and changes nothing."""

from synth_agent.evaluation.summary import summarise

__all__ = ["summarise"]
