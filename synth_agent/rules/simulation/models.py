"""Which simulations there are, by the name that a pack calls them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from synth_agent.rules.simulation.production import production_line

__all__ = ["SIMULATIONS", "SimulationModel"]

SimulationModel = Callable[[int, Mapping[str, Any]], dict[str, Any]]
"""Seed and parameters in, plain facts out; the same seed and parameters give the same facts."""

SIMULATIONS: Final[Mapping[str, SimulationModel]] = {"production_line": production_line}
