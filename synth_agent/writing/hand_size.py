"""How many records share one request."""

from collections.abc import Mapping
from typing import Final

from synth_agent.schemas import DatasetSpec

__all__ = ["TOPICS_FROM", "TYPICAL_TOKENS", "hand_size"]

TOPICS_FROM: Final = 40
"""Records from which topics are planned, where none are named: one request more."""

TYPICAL_TOKENS: Final[Mapping[str, int]] = {
    "qa": 260,
    "instruction": 220,
    "reasoning": 320,
    "classification": 60,
    "conversation": 450,
    "preference": 420,
    "safety": 200,
    "code": 500,
    "tabular": 80,
    "custom": 160,
}
"""Tokens of one written record of a task, keys included, as models usually write them."""

_PER_CALL: Final = 2000
"""Tokens that one answer should not exceed by much: beyond that the later records are worse, and a
cut answer costs more than sharing saves."""
_MOST: Final[Mapping[str, int]] = {
    "classification": 10,
    "conversation": 3,
    "code": 3,
    "tabular": 20,
}
"""Where fewer do better than tokens alone would say, or more."""
_CAREFUL: Final = frozenset({"grounded", "rewrite", "evolve", "distill", "chain_of_thought"})
"""Methods whose prompt carries material for each record."""


def hand_size(spec: DatasetSpec) -> int:
    """Return how many slots share a call: what the spec says, or as many as fit well."""
    if spec.records_per_call is not None:
        return spec.records_per_call
    fitting = min(_MOST.get(spec.task, 10), _PER_CALL // TYPICAL_TOKENS[spec.task])
    if spec.method in _CAREFUL:
        fitting = min(fitting, 5)
    return max(1, min(fitting, spec.count))
