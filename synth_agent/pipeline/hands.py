"""Hands in flight: dealt, written down, answered, and handed on in batches as they land."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Final

import orjson

from synth_agent.errors import AnswerError, SynthAgentError
from synth_agent.pipeline.agenda import Agenda
from synth_agent.pipeline.journal import Journal
from synth_agent.pipeline.rows import DealtHand
from synth_agent.pipeline.slots import SlotPlan
from synth_agent.pipeline.sources import Answer, HandSource, Landed, matched
from synth_agent.schemas import Ask, Draft

__all__ = ["as_they_land"]

_GATHER: Final = 0.02
"""Seconds to wait for further hands once one has landed: judging and writing many costs as much as
judging and writing one."""
_DEAL: Final = 64
"""Hands that are dealt and written down at once, ahead of what is in flight: one transaction."""


async def as_they_land(
    source: HandSource,
    agenda: Agenda,
    journal: Journal,
    plan: SlotPlan,
    *,
    batch: int,
    stop: Callable[[], bool],
) -> AsyncGenerator[Landed, None]:
    """Yield answers as hands land, those first that an earlier sitting had dealt.

    Each yield must be settled before the next is asked for. When `stop` turns true, or a hand
    fails for all (the provider, the budget), what is in flight is still brought home: it is paid
    for. What failed stays dealt, for a resumed run.

    Args:
        batch: Answers per yield at most, a hand more or less.

    Raises:
        SynthAgentError: The first failure of a hand, once all others have landed.
    """
    crew = _Crew(source, agenda, journal, plan, stop=stop)
    try:
        while landed := await crew.landed(batch):
            yield landed
    finally:
        await crew.dismiss()
    if crew.failures:
        raise crew.failures[0]


class _Crew:
    """The hands in flight, those dealt ahead, and those that have landed."""

    def __init__(
        self,
        source: HandSource,
        agenda: Agenda,
        journal: Journal,
        plan: SlotPlan,
        *,
        stop: Callable[[], bool],
    ) -> None:
        self.failures: list[BaseException] = []
        self._source, self._agenda, self._journal, self._stop = source, agenda, journal, stop
        self._dealt = deque(_left_over(journal, plan))
        self._number = journal.last_hand()
        self._flying: set[asyncio.Task[None]] = set()
        self._landed: deque[tuple[DealtHand, Sequence[Draft | AnswerError]]] = deque()
        self._wake = asyncio.Event()
        self._dismissed = False
        for hand in self._dealt:
            agenda.claim(ask.slot.index for ask in hand.asks)

    async def landed(self, batch: int) -> Landed | None:
        """Return what has landed, waiting for the first; None when nothing more will come."""
        self._launch(room=4 * batch)
        while not self._landed:
            if not self._flying:
                return None
            self._wake.clear()
            await self._wake.wait()
        if self._flying and len(self._landed) * self._source.hand < batch:
            await asyncio.sleep(_GATHER)
        answers: list[Answer] = []
        hands: list[int] = []
        while self._landed and len(answers) < batch:
            hand, drafts = self._landed.popleft()
            answers += matched(hand.asks, drafts)
            hands.append(hand.number)
        return Landed(answers, tuple(hands))

    async def dismiss(self) -> None:
        """Cancel what is in flight; where the run ends by itself nothing is."""
        self._dismissed = True  # or each that is cancelled would make room for another
        for task in self._flying:
            task.cancel()
        await asyncio.gather(*self._flying, return_exceptions=True)

    def _launch(self, *, room: int = 1024) -> None:
        """Send hands off until as many are in flight as may be."""
        while (
            len(self._flying) < self._source.concurrency
            and len(self._landed) * self._source.hand < room
            and not (self._dismissed or self.failures or self._stop())
            and (hand := self._next())
        ):
            task = asyncio.create_task(self._fly(hand))
            self._flying.add(task)
            task.add_done_callback(self._came_home)

    async def _fly(self, hand: DealtHand) -> None:
        self._landed.append((hand, await self._source.drafts(hand)))

    def _came_home(self, task: "asyncio.Task[None]") -> None:
        self._flying.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.failures.append(error)
        try:
            self._launch()
        except SynthAgentError as error:  # dealing may embed what is wished for, and be refused
            self.failures.append(error)
        finally:
            self._wake.set()

    def _next(self) -> DealtHand | None:
        if not self._dealt:
            self._deal(min(_DEAL, self._source.concurrency))
        return self._dealt.popleft() if self._dealt else None

    def _deal(self, number: int) -> None:
        hands = []
        for _ in range(number):
            if not (asks := self._agenda.take(self._source.hand)):
                break
            self._number += 1
            hands.append(DealtHand(self._number, tuple(asks), self._source.deal(asks)))
        if hands:
            self._journal.deal(hands)
            self._dealt.extend(hands)


def _left_over(journal: Journal, plan: SlotPlan) -> list[DealtHand]:
    """Return the hands that an earlier sitting dealt and did not settle."""
    return [
        DealtHand(
            number,
            tuple(
                Ask(plan[slot], attempt, tuple(why)) for slot, attempt, why in orjson.loads(asks)
            ),
            orjson.loads(given),
        )
        for number, asks, given in journal.open_hands()
    ]
