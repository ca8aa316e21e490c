"""The terminal face: reads flags and settings, draws events, nothing else."""

from synth_agent.cli.main import main

__all__ = ["main"]
