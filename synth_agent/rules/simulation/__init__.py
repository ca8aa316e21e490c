"""Simulations that a pack can draw its facts from."""

from synth_agent.rules.simulation.models import SIMULATIONS, SimulationModel
from synth_agent.rules.simulation.production import production_line

__all__ = ["SIMULATIONS", "SimulationModel", "production_line"]
