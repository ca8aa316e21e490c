"""Code of records: run against its tests, apart and with limits, and only when asked."""

from synth_agent.sandbox.calls import calls_in, functions_defined
from synth_agent.sandbox.mutants import Mutant, mutants
from synth_agent.sandbox.outcome import Limits, Outcome
from synth_agent.sandbox.process import arun, protection, run
from synth_agent.sandbox.proof import (
    MutationResult,
    aflaw,
    akills,
    avacuous,
    flaw,
    kills,
    vacuous,
)

__all__ = [
    "Limits",
    "Mutant",
    "MutationResult",
    "Outcome",
    "aflaw",
    "akills",
    "arun",
    "avacuous",
    "calls_in",
    "flaw",
    "functions_defined",
    "kills",
    "mutants",
    "protection",
    "run",
    "vacuous",
]
