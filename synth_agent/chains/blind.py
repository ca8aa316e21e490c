"""Readings by a model that is not told what is known: numbered cases in, a finding for each out.

The cases of a hand share one call and stand in an order of their own, so that neither their place
nor the wish behind them tells the reader anything.
"""

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

from pydantic import Field, JsonValue

from synth_agent.chains.door import Door
from synth_agent.chains.hand import Hand
from synth_agent.chains.prompt import Prompt
from synth_agent.chains.reading import Item
from synth_agent.chains.structured import in_parts
from synth_agent.chains.telling import fenced
from synth_agent.errors import AnswerError

__all__ = ["Case", "Reading", "chance_of", "lost", "read_blind"]

R = TypeVar("R", bound="Reading")

Case = Mapping[str, str]
"""Kind -> text of what a reader is shown as one case: a text, a request and its two answers."""


class Reading(Item):
    """What is found in one case."""

    n: int = Field(default=0, description="Number of the case.")


def chance_of(hand: Hand, purpose: str) -> random.Random:
    """Return a hand's own generator: its first slot's seed, another for each attempt."""
    ask = hand.orders[0].ask
    return random.Random(f"{purpose}:{ask.slot.seed}:{ask.attempt}")


async def read_blind(
    door: Door,
    prompt: Prompt,
    reading: type[R],
    cases: Sequence[Case],
    *,
    chance: random.Random,
    values: Mapping[str, str] | None = None,
) -> list[R | AnswerError]:
    """Return a reading of each case, in the order of the cases: one call for all.

    The prompt is given count, cases and `values`. Where it is too long the cases are halved.
    """
    order = list(range(len(cases)))
    chance.shuffle(order)

    def filled(places: range) -> dict[str, str]:
        told = _told([cases[order[at]] for at in places])
        return {**(values or {}), "count": str(len(places)), "cases": told}

    read = await in_parts(door, prompt, reading, len(order), filled)
    placed = dict(zip(order, read, strict=True))
    return [placed[i] for i in range(len(cases))]


def _told(cases: Sequence[Case]) -> str:
    return "\n\n".join(
        "\n".join(fenced(text, kind=kind, name=str(number)) for kind, text in case.items())
        for number, case in enumerate(cases, start=1)
    )


def lost(error: AnswerError, payload: Mapping[str, JsonValue], *, unread: str) -> AnswerError:
    """Return why a record has no reading, with the record.

    Args:
        unread: The reason where the answer as a whole was read and only this case is not in it.
    """
    if error.reason in {"missing", "schema"}:
        return AnswerError(unread, f"no blind reading: {error.detail}", payload=payload)
    return AnswerError(error.reason, error.detail, payload=payload)
