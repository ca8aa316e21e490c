"""What makes slots differ before anything is written: topic, persona and form of each.

A pure function of the slot, the attempt and the lists; nothing is drawn twice for one slot, so a
resumed run asks for the same. Topics and personas go round evenly over the dataset, forms within
each cell: a form must not tell the label.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

from synth_agent.chains.prompt import prompt_lists
from synth_agent.schemas import Ask
from synth_agent.text import digest

__all__ = ["Axes", "forms_of"]


@dataclass(frozen=True, slots=True)
class Axes:
    """The values of each axis; an empty axis is left to the model."""

    topics: tuple[str, ...] = ()
    personas: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()

    def topic(self, ask: Ask) -> str:
        """Return the topic of an ask; each attempt has another."""
        return _turn(self.topics, ask)

    def persona(self, ask: Ask) -> str:
        """Return who asks."""
        # Personas move on with the topics, and by one more whenever both would begin anew, so that
        # in the long run every topic meets every persona, and each as often as the others.
        again = math.lcm(max(1, len(self.topics)), max(1, len(self.personas)))
        return _turn(self.personas, ask, further=ask.slot.index // again)

    def form(self, ask: Ask) -> str:
        """Return the kind of record: each in turn within a cell, every round in another order."""
        if not self.forms:
            return ""
        turn, place = divmod(ask.slot.ordinal, len(self.forms))
        shuffled = _shuffled(self.forms, str(ask.slot.cell), turn)
        return shuffled[(place + ask.attempt) % len(shuffled)]


def _turn(values: tuple[str, ...], ask: Ask, *, further: int = 0) -> str:
    """Return the value whose turn it is, over all cells: what is written together differs."""
    return values[(ask.slot.index + further + ask.attempt) % len(values)] if values else ""


@lru_cache(maxsize=256)
def _shuffled(forms: tuple[str, ...], cell: str, turn: int) -> list[str]:
    return sorted(forms, key=lambda form: digest(cell, str(turn), form))


def forms_of(task: str) -> tuple[str, ...]:
    """Return the kinds of records that there are for a task, in words for a model."""
    return tuple(prompt_lists("variety").get(task, ()))
