"""Where drafts come from: sources that work in order, and sources that are dealt hands.

Rules work in order, so that the dataset is a pure function of the spec. A model is dealt hands,
many of them in flight; who answers first decides what is accepted first. A hand is written down
before anything is asked for it, for its answers cost money: a killed run is resumed with the very
same hands, finds their answers in the journal, and asks only for what is not there.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from pydantic import JsonValue

from synth_agent.errors import AnswerError
from synth_agent.pipeline.agenda import Agenda
from synth_agent.pipeline.rows import DealtHand
from synth_agent.schemas import Ask, Draft, Record

__all__ = ["Answer", "DraftSource", "HandSource", "Landed", "in_order", "matched"]


class DraftSource(Protocol):
    """Makes drafts in order; costs nothing, so nothing of it is remembered."""

    @property
    def name(self) -> str:
        """What provenance calls the method."""
        ...

    @property
    def hand(self) -> int:
        """How many asks it likes at once."""
        ...

    async def drafts(self, asks: Sequence[Ask], /) -> Sequence[Draft | AnswerError]:
        """Return a draft for each ask, in the same order, or why there is none."""
        ...


@runtime_checkable
class HandSource(Protocol):
    """Makes drafts by calls that cost time and money, many at once."""

    @property
    def name(self) -> str:
        """What provenance calls the method."""
        ...

    @property
    def hand(self) -> int:
        """How many asks share a call."""
        ...

    @property
    def concurrency(self) -> int:
        """How many hands may be in flight."""
        ...

    def deal(self, asks: Sequence[Ask], /) -> JsonValue:
        """Choose what a hand is written from, by names that can be looked up again."""
        ...

    async def drafts(self, hand: DealtHand, /) -> Sequence[Draft | AnswerError]:
        """Return a draft for each ask of the hand, in the same order, or why there is none.

        A pure function of the hand and of what the model answers.
        """
        ...

    def learn(self, records: Sequence[Record], /) -> None:
        """Hear of records that were accepted: later hands may be written from them."""
        ...


class Answer(NamedTuple):
    """What a source made of an ask."""

    ask: Ask
    draft: Draft | AnswerError


class Landed(NamedTuple):
    """Answers that are judged together."""

    answers: list[Answer]
    hands: tuple[int, ...] = ()
    """The hands they complete."""


async def in_order(
    source: DraftSource, agenda: Agenda, *, batch: int, stop: Callable[[], bool]
) -> AsyncGenerator[Landed, None]:
    """Yield answers, `batch` at a time; each yield must be settled before the next is asked for."""
    while not stop() and (asks := agenda.take(batch)):
        answered: list[Answer] = []
        for start in range(0, len(asks), source.hand):
            hand = asks[start : start + source.hand]
            answered += matched(hand, await source.drafts(hand))
        yield Landed(answered)
        # A source that never waits would leave the loop no moment for signals and other tasks.
        await asyncio.sleep(0)


def matched(asks: Sequence[Ask], drafts: Sequence[Draft | AnswerError]) -> list[Answer]:
    """Return each ask with its draft."""
    assert len(drafts) == len(asks), f"{len(drafts)} drafts for {len(asks)} asks"
    return list(map(Answer, asks, drafts))
