"""The source of drafts behind a model: deals hands, has them written, checked and criticised."""

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.runnables import Runnable
from pydantic import JsonValue

from synth_agent.calls.hands import belonging_to
from synth_agent.chains.hand import Hand, Order, Outcome
from synth_agent.pipeline import DealtHand
from synth_agent.pipeline.rows import EXAMPLES, PARENTS, named
from synth_agent.schemas import Ask, Record
from synth_agent.writing.axes import Axes
from synth_agent.writing.examples import ExamplePool
from synth_agent.writing.materials import Materials
from synth_agent.writing.screening import Screen

__all__ = ["ModelSource"]


@dataclass(kw_only=True)
class ModelSource:
    """Makes drafts by a chain; what it keeps can be made again from journal and spec.

    Attributes:
        name: The method.
        hand: Asks per call.
        concurrency: Hands in flight.
        chain: Writes a hand.
        screen: What is decided about drafts before the pipeline judges them.
        materials: What each ask alone is written from.
        pool: Examples to show, and records to develop further.
        subject: What examples are chosen for where slots have no topics.
        shows: Whether the method shows examples.
        evolves: Whether it develops records further.
    """

    name: str
    hand: int
    concurrency: int
    chain: Runnable[Hand, list[Outcome]]
    screen: Screen
    axes: Axes
    materials: Materials
    pool: ExamplePool
    subject: str
    shows: bool
    evolves: bool = False

    def deal(self, asks: Sequence[Ask]) -> JsonValue:
        """Choose examples for a hand, and parents where the method develops records."""
        topics = dict.fromkeys(self.axes.topic(ask) for ask in asks)
        wishes = [topic for topic in topics if topic] or [self.subject]
        given: dict[str, JsonValue] = {}
        if self.shows and len(self.pool):
            given[EXAMPLES] = [*self.pool.choose(*wishes)]
        if self.evolves:
            given[PARENTS] = [*self.pool.parents(len(asks), *wishes)]
        return given

    async def drafts(self, hand: DealtHand) -> Sequence[Outcome]:
        """Have a hand written; what is wrong by code is not shown to the critic."""
        dealt = self._dealt(hand)
        with belonging_to(hand.number):
            outcomes = await self.chain.ainvoke(dealt)
            assert len(outcomes) == len(hand.asks), f"{len(outcomes)} for {len(hand.asks)} asks"
            return await self.screen(dealt, outcomes)

    def learn(self, records: Sequence[Record]) -> None:
        """Hear of accepted records: the next examples and parents."""
        if self.evolves or (self.shows and len(self.pool)):
            self.pool.learn(records)

    def _dealt(self, hand: DealtHand) -> Hand:
        parents = named(hand.given, PARENTS)
        orders = []
        for at, ask in enumerate(hand.asks):
            material, form = self.materials(ask)
            if at < len(parents):
                material = (*material, self.pool.material(parents[at]))
            topic, persona = self.axes.topic(ask), self.axes.persona(ask)
            orders.append(Order(ask, topic, persona, form or self.axes.form(ask), material))
        shown = tuple(self.pool.material(name) for name in named(hand.given, EXAMPLES))
        return Hand(tuple(orders), shown)
