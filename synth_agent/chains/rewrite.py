"""Rewriting: a record that rules made, said in a model's own words, with its facts locked.

The values were computed, so the record is true as long as they survive: every number with its unit,
every date, identifier and name, field by field, is looked for in the new text, and no number or
identifier may be new. What code cannot see is a relation turned round ("A before B"), and a figure
that was put in the place of another while the field states both elsewhere.
"""

import re

from langchain_core.runnables import Runnable
from pydantic import JsonValue

from synth_agent.chains.hand import Hand, Order, Outcome
from synth_agent.chains.items import item_of
from synth_agent.chains.step import Step
from synth_agent.chains.telling import said
from synth_agent.chains.writer import Writer
from synth_agent.errors import AnswerError
from synth_agent.quality.facts import added_numbers, lost_facts
from synth_agent.quality.stated import stated

__all__ = ["rewrite_chain"]


def rewrite_chain(writer: Writer) -> Runnable[Hand, list[Outcome]]:
    """Return the chain that rewrites the records of a hand by one call."""
    prompt, item = writer.prompt("rewrite"), item_of(writer.spec.task)

    def outcome(order: Order, fields: dict[str, JsonValue]) -> Outcome:
        made = order.material[0]
        for name, old in made.payload.items():
            problem = _changed(name, str(old), str(fields.get(name, "")))
            if problem is not None:
                return AnswerError("fact-changed", problem, payload=fields)
        return writer.draft(order, fields, prompt=prompt, facts=dict(made.facts), proof=made.proof)

    async def rewrite(hand: Hand) -> list[Outcome]:
        records = [{"record": said(order.material[0].payload)} for order in hand.orders]
        items = await writer.sheet(prompt, item, hand, values={"records": records})
        return [
            entry if isinstance(entry, AnswerError) else outcome(order, entry.fields())
            for order, entry in zip(hand.orders, items, strict=True)
        ]

    return Step("rewrite", rewrite)


def _changed(name: str, old: str, new: str) -> str | None:
    if lost := lost_facts(old, new):
        return f"{name} no longer says {', '.join(lost[:5])}"
    if added := [*added_numbers(old, new), *_new_identifiers(old, new)]:
        return f"{name} says {', '.join(added[:5])}, which the record did not"
    return None


def _new_identifiers(old: str, new: str) -> list[str]:
    known = re.sub(r"[\s-]", "", old.casefold())  # as `stated` writes them
    return [
        fact.said
        for fact in stated(new)
        if fact.value[0] == "identifier" and str(fact.value[1]) not in known
    ]
