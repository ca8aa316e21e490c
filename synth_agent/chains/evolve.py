"""Evolution: a record is made harder or turned into another, step by step, with its lineage.

Source: Xu et al., WizardLM (Evol-Instruct), arXiv:2304.12244: in-depth operators (a constraint, a
deeper question, concreter conditions, more steps), one in-breadth operator, and the elimination of
generations that gained nothing. Complicating the input's format, their fifth in-depth operator, is
left to the tasks that have formats.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from langchain_core.runnables import Runnable
from pydantic import JsonValue

from synth_agent.chains.hand import Hand, Order, Outcome
from synth_agent.chains.items import item_of
from synth_agent.chains.prompt import Prompt
from synth_agent.chains.reading import Item, Text
from synth_agent.chains.self_instruct import self_instruct_chain
from synth_agent.chains.step import Step
from synth_agent.chains.structured import in_parts
from synth_agent.chains.telling import numbered, said
from synth_agent.chains.writer import Writer
from synth_agent.errors import AnswerError
from synth_agent.schemas import Draft
from synth_agent.text import comparable, digest, fold

__all__ = ["OPERATORS", "evolve_chain"]

OPERATORS: Final = ("constraint", "deepen", "concretise", "steps", "breadth")


class Elimination(Item):
    """Whether the new record is worth having beside the old one."""

    reason: Text
    """What the new record asks that the old one does not, or that it asks the same."""
    gained: bool
    """Whether answering the new question needs something that the old one did not need."""
    answerable: bool
    """Whether the new question can be answered from what it gives, and is answered."""


@dataclass(frozen=True, slots=True)
class _Generation:
    """A record on its way."""

    at: int
    order: Order
    payload: dict[str, JsonValue]
    lineage: tuple[str, ...] = ()
    lost: AnswerError | None = None
    """Why the last step gained nothing."""


def evolve_chain(writer: Writer) -> Runnable[Hand, list[Outcome]]:
    """Return the chain that develops the parents of a hand, or fresh records where there are none.

    Each of `spec.rounds` steps has an operator of the slot's own. A step that gains nothing is
    undone; a record that no step has changed is lost.
    """
    fresh, prompt = self_instruct_chain(writer), writer.prompt("evolve")

    async def evolve(hand: Hand) -> list[Outcome]:
        bare = [at for at, order in enumerate(hand.orders) if not order.material]
        first = await fresh.ainvoke(hand.of(tuple(hand.orders[at] for at in bare))) if bare else []
        written = dict(zip(bare, first, strict=True))
        outcomes: dict[int, Outcome] = {
            at: outcome for at, outcome in written.items() if isinstance(outcome, AnswerError)
        }
        generations = [
            _Generation(at, order, _first(order, written.get(at)))
            for at, order in enumerate(hand.orders)
            if at not in outcomes
        ]
        for number in range(writer.spec.rounds if generations else 0):
            generations = await _step(writer, prompt, generations, number)
        outcomes |= {g.at: _outcome(writer, g, prompt) for g in generations}
        return [outcomes[at] for at in range(len(hand.orders))]

    return Step("evolve", evolve)


def _first(order: Order, written: Outcome | None) -> dict[str, JsonValue]:
    """Return what evolution begins with: what was written for it, or the parent it was given."""
    return dict(written.payload if isinstance(written, Draft) else order.material[0].payload)


async def _step(
    writer: Writer, prompt: Prompt, generations: Sequence[_Generation], number: int
) -> list[_Generation]:
    """Take every record one step further, by one call, and undo the steps that gained nothing."""
    orders = tuple(generation.order for generation in generations)
    operators = [_operator(order, number) for order in orders]
    items = await writer.sheet(
        prompt,
        item_of(writer.spec.task),
        Hand(orders),
        values={"records": [{"record": said(generation.payload)} for generation in generations]},
        more=[{"operator": operator} for operator in operators],
    )
    tried = [
        replace(old, lost=entry)
        if isinstance(entry, AnswerError)
        else _next(writer.spec.task, old, entry.fields(), operator)
        for old, entry, operator in zip(generations, items, operators, strict=True)
    ]
    return await _eliminated(writer, generations, tried)


def _operator(order: Order, number: int) -> str:
    drawn = digest("operator", str(order.ask.slot.seed), str(order.ask.attempt), str(number))
    return OPERATORS[int.from_bytes(drawn, "big") % len(OPERATORS)]


def _next(task: str, old: _Generation, payload: dict[str, JsonValue], operator: str) -> _Generation:
    """Return the next generation, or the old one where nothing but punctuation has changed."""
    if fold(comparable(task, payload)) == fold(comparable(task, old.payload)):
        return replace(old, lost=AnswerError("not-evolved", "the question is the same as before"))
    return replace(old, payload=payload, lineage=(*old.lineage, operator), lost=None)


async def _eliminated(
    writer: Writer, before: Sequence[_Generation], after: Sequence[_Generation]
) -> list[_Generation]:
    """Undo the steps that gained nothing: a second look at old and new, all by one call."""
    moved = [(old, new) for old, new in zip(before, after, strict=True) if new.lost is None]
    if not moved:
        return list(after)
    pairs = [{"old": said(old.payload), "new": said(new.payload)} for old, new in moved]
    verdicts = await in_parts(
        writer.second,
        writer.prompt("eliminate"),
        Elimination,
        len(moved),
        lambda part: {"count": str(len(part)), "pairs": numbered([pairs[at] for at in part])},
    )
    settled = [_objection(verdict) for verdict in verdicts]
    undone = {
        new.at: replace(old, lost=objection)
        for (old, new), objection in zip(moved, settled, strict=True)
        if objection is not None
    }
    return [undone.get(generation.at, generation) for generation in after]


def _objection(verdict: Elimination | AnswerError) -> AnswerError | None:
    if isinstance(verdict, AnswerError):
        return AnswerError("unjudged", str(verdict))
    if verdict.gained and verdict.answerable:
        return None
    return AnswerError("not-evolved", verdict.reason[:300])


def _outcome(writer: Writer, generation: _Generation, prompt: Prompt) -> Outcome:
    if not generation.lineage:
        lost = generation.lost or AnswerError("not-evolved", "no step was tried")
        return AnswerError(lost.reason, lost.detail, payload=generation.payload)
    tags = tuple(f"evolved:{operator}" for operator in generation.lineage)
    return writer.draft(generation.order, generation.payload, prompt=prompt, tags=tags)
