"""Where drafts come from, and how a source is kept busy without running ahead of the journal."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import NamedTuple, Protocol

from synth_agent.errors import AnswerError
from synth_agent.pipeline.agenda import Agenda
from synth_agent.schemas import Ask, Draft

__all__ = ["Answer", "DraftSource", "answers"]


class DraftSource(Protocol):
    """Makes drafts: rules, or a chain."""

    @property
    def name(self) -> str:
        """What provenance calls the method."""
        ...

    @property
    def hand(self) -> int:
        """How many asks it likes at once: slots per call."""
        ...

    @property
    def concurrency(self) -> int:
        """How many hands may be in flight.

        With 1 the results come in order and the dataset is a pure function of the spec; with more
        it depends on who answers first.
        """
        ...

    async def drafts(self, asks: Sequence[Ask]) -> Sequence[Draft | AnswerError]:
        """Return a draft for each ask, in the same order, or why there is none."""
        ...


class Answer(NamedTuple):
    """What a source made of an ask."""

    ask: Ask
    draft: Draft | AnswerError


def answers(
    source: DraftSource, agenda: Agenda, *, batch: int, stop: Callable[[], bool]
) -> AsyncGenerator[list[Answer], None]:
    """Return answers until nothing is left to ask; each list must be settled before the next.

    When `stop` turns true, what is in flight is still finished.

    Args:
        batch: Answers per list for a source that works in order; others yield hand by hand.
    """
    if source.concurrency == 1:
        return _in_order(source, agenda, batch, stop)
    return _as_they_come(source, agenda, stop)


async def _in_order(
    source: DraftSource, agenda: Agenda, batch: int, stop: Callable[[], bool]
) -> AsyncGenerator[list[Answer], None]:
    while not stop() and (asks := agenda.take(batch)):
        answered: list[Answer] = []
        for start in range(0, len(asks), source.hand):
            hand = asks[start : start + source.hand]
            answered += map(Answer, hand, _matched(hand, await source.drafts(hand)))
        yield answered
        # A source that never waits would leave the loop no moment for signals and other tasks.
        await asyncio.sleep(0)


_Flying = dict[asyncio.Future[Sequence[Draft | AnswerError]], list[Ask]]


async def _as_they_come(
    source: DraftSource, agenda: Agenda, stop: Callable[[], bool]
) -> AsyncGenerator[list[Answer], None]:
    flying: _Flying = {}
    failures: list[BaseException] = []
    try:
        while True:
            if not failures and not stop():
                _launch(source, agenda, flying)
            if not flying:
                break
            done, _ = await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                hand = flying.pop(task)
                if error := task.exception():
                    failures.append(error)  # the other hands are paid for: let them land
                else:
                    yield list(map(Answer, hand, _matched(hand, task.result())))
    finally:
        for task in flying:
            task.cancel()
    if failures:
        raise failures[0]


def _launch(source: DraftSource, agenda: Agenda, flying: _Flying) -> None:
    while len(flying) < source.concurrency and (hand := agenda.take(source.hand)):
        flying[asyncio.ensure_future(source.drafts(hand))] = hand


def _matched(
    hand: Sequence[Ask], drafts: Sequence[Draft | AnswerError]
) -> Sequence[Draft | AnswerError]:
    assert len(drafts) == len(hand), f"{len(drafts)} drafts for {len(hand)} asks"
    return drafts
