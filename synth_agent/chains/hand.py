"""What a chain is handed: a few records to write at once, and what it has to write them from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from synth_agent.errors import AnswerError
from synth_agent.schemas import Ask, Draft

__all__ = ["Hand", "Material", "Order", "Outcome"]

Outcome = Draft | AnswerError
"""What became of an order; why there is no draft is a value, not an exception."""


@dataclass(frozen=True, slots=True)
class Material:
    """Something to write from: a passage, a given example, an earlier record, an input."""

    id: str
    """`manual.pdf#12`, `seeds.jsonl:3`, `record:17`, `input:5`; it becomes the provenance."""
    text: str = ""
    payload: Mapping[str, JsonValue] = field(default_factory=dict)
    facts: Mapping[str, JsonValue] = field(default_factory=dict)
    """Values that the payload was computed from, where rules made it."""
    proof: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """One record to write."""

    ask: Ask
    topic: str = ""
    persona: str = ""
    form: str = ""
    """A kind of record to write ("a decision between two options"), for variety."""
    material: tuple[Material, ...] = ()
    """What this record alone is made from."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Orders that share one call."""

    orders: tuple[Order, ...]
    examples: tuple[Material, ...] = ()
    """Shown to the model for all of them, best first; never to be copied."""

    def of(self, orders: tuple[Order, ...]) -> "Hand":
        """Return a hand of some of the orders with the same examples."""
        return Hand(orders, self.examples)
