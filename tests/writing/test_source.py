import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from synth_agent.calls.hands import current_hand
from synth_agent.chains.hand import Hand, Material, Outcome
from synth_agent.chains.step import Step
from synth_agent.errors import AnswerError
from synth_agent.pipeline import DealtHand, Seed
from synth_agent.schemas import Ask, Provenance, Record, Slot
from synth_agent.store.embedders import LexicalEmbedder
from synth_agent.text import Comparable
from synth_agent.writing.axes import Axes
from synth_agent.writing.examples import ExamplePool
from synth_agent.writing.materials import Given, nothing
from synth_agent.writing.screening import Screen
from synth_agent.writing.source import ModelSource


class Author:
    """A chain that notes what it was handed."""

    def __init__(self) -> None:
        self.handed: list[Hand] = []
        self.numbers: list[int] = []

    async def write(self, hand: Hand) -> list[Outcome]:
        self.handed.append(hand)
        calls = current_hand()
        self.numbers.append(calls.number if calls else 0)
        return [AnswerError("test", str(order.ask.slot.index)) for order in hand.orders]


class Meanings(LexicalEmbedder):
    """A memory that knows given examples."""

    def __init__(self, seeds: Sequence[Seed]) -> None:
        super().__init__()
        self.seeds = seeds

    def meaning(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        return self.embed(texts)

    def seed_rows(self) -> tuple[list[str], NDArray[np.float32]]:
        return [seed.id for seed in self.seeds], self.embed([seed.text for seed in self.seeds])


def record(slot: int) -> Record:
    origin = Provenance(method="evolve", source="m")
    return Record(slot=slot, payload={"input": f"made {slot}"}, provenance=origin)


def source(author: Author, *, seeds: int = 0, **known: Any) -> ModelSource:
    given = [Seed(f"seeds:{n}", f"seed {n}", {"input": f"seed {n}"}) for n in range(seeds)]
    options: dict[str, Any] = {"shows": True, "axes": Axes(), "materials": nothing} | known
    return ModelSource(
        name="self_instruct",
        hand=4,
        concurrency=2,
        chain=Step("write", author.write),
        screen=Screen(lambda draft, slot: None),
        pool=ExamplePool(Comparable("qa"), Meanings(given), given, record),
        subject="steel",
        **options,
    )


def asks(count: int) -> tuple[Ask, ...]:
    return tuple(Ask(Slot(index=n, ordinal=n, seed=n)) for n in range(count))


def written(made: ModelSource, dealt: DealtHand) -> Sequence[Outcome]:
    return asyncio.run(made.drafts(dealt))


def test_a_hand_is_written_under_its_number_with_its_axes() -> None:
    author = Author()
    made = source(author, axes=Axes(topics=("a", "b"), personas=("p",), forms=("f",)))

    outcomes = written(made, DealtHand(7, asks(2), {}))

    (handed,) = author.handed
    assert {order.topic for order in handed.orders} == {"a", "b"}
    assert {(order.persona, order.form) for order in handed.orders} == {("p", "f")}
    assert author.numbers == [7]
    assert [outcome.detail for outcome in outcomes if isinstance(outcome, AnswerError)] == [
        "0",
        "1",
    ]


def test_examples_are_part_of_the_deal_and_found_again() -> None:
    author = Author()
    dealt = source(author, seeds=5).deal(asks(2))

    written(source(author, seeds=5), DealtHand(1, asks(2), dealt))

    assert isinstance(dealt, dict)
    assert [example.id for example in author.handed[0].examples] == dealt["examples"]
    assert len(author.handed[0].examples) == 3


@pytest.mark.parametrize("known", [{"shows": False, "seeds": 5}, {"seeds": 0}])
def test_no_examples_are_dealt_where_none_are_shown(known: dict[str, Any]) -> None:
    assert source(Author(), **known).deal(asks(2)) == {}


def test_each_order_has_a_parent_of_its_own_where_records_are_developed() -> None:
    author = Author()
    made = source(author, shows=False, evolves=True)
    made.learn([record(3), record(4)])

    dealt = made.deal(asks(2))
    written(made, DealtHand(1, asks(2), dealt))

    parents = [order.material[0].id for order in author.handed[0].orders]
    assert sorted(parents) == ["record:3", "record:4"]


def test_the_first_hands_have_nothing_to_develop() -> None:
    author = Author()
    made = source(author, shows=False, evolves=True)

    written(made, DealtHand(1, asks(2), made.deal(asks(2))))

    assert [order.material for order in author.handed[0].orders] == [(), ()]


def test_what_the_material_asks_for_goes_before_the_drawn_form() -> None:
    author = Author()
    passage = Given((Material("m.pdf#1", text="Oil it."),), "unanswerable")
    made = source(author, axes=Axes(forms=("f",)), materials=lambda ask: passage)

    written(made, DealtHand(1, asks(1), {}))

    (order,) = author.handed[0].orders
    assert (order.form, order.material[0].id) == ("unanswerable", "m.pdf#1")


def test_accepted_records_are_learned_only_where_they_may_be_shown() -> None:
    made = source(Author(), seeds=0)

    made.learn([record(1)])

    assert made.deal(asks(1)) == {}
