"""Rows of a table, or records of the user's own schema, several a call.

A label's quota is exact, for it is a slot's. Beyond that each row is told a percentile of its own,
drawn evenly: models that are asked for many rows at once crowd around the middle otherwise.
"""

from langchain_core.runnables import Runnable
from pydantic import JsonValue

from synth_agent.chains.hand import Hand, Order, Outcome
from synth_agent.chains.items import payload_item, payload_of
from synth_agent.chains.step import Step
from synth_agent.chains.telling import fenced
from synth_agent.chains.writer import Writer
from synth_agent.errors import AnswerError
from synth_agent.text import digest, flatten, fold

__all__ = ["tabulate_chain"]


def tabulate_chain(writer: Writer) -> Runnable[Hand, list[Outcome]]:
    """Return the chain that writes the rows of a hand by one call."""
    spec = writer.spec
    prompt, item = writer.prompt("row"), payload_item(spec)
    columns = fenced(", ".join(spec.fields) or "(as the schema says)", kind="columns")

    def outcome(order: Order, row: dict[str, JsonValue], hand: Hand) -> Outcome:
        label = order.ask.slot.cell.label
        if label is not None and fold(label) not in map(fold, flatten(row).splitlines()):
            return AnswerError("label", f"no field has the value {label!r}", payload=row)
        return writer.draft(order, row, prompt=prompt, hand=hand)

    async def write(hand: Hand) -> list[Outcome]:
        percentiles = [{"percentile": str(_percentile(order))} for order in hand.orders]
        values = {"columns": columns}
        items = await writer.sheet(prompt, item, hand, values=values, more=percentiles)
        return [
            entry if isinstance(entry, AnswerError) else outcome(order, payload_of(entry), hand)
            for order, entry in zip(hand.orders, items, strict=True)
        ]

    return Step("tabulate", write)


def _percentile(order: Order) -> int:
    """Return a number from 0 to 99 that is the slot's and the attempt's own."""
    drawn = digest("percentile", str(order.ask.slot.seed), str(order.ask.attempt))
    return int.from_bytes(drawn, "big") % 100
