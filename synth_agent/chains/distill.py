"""Distillation: a teacher answers inputs that the user brings; nothing of them is changed.

Source: Kim and Rush, Sequence-Level Knowledge Distillation, arXiv:1606.07947: the student is
trained on what the teacher writes. Whether a teacher's answers may be trained on is a matter of its
licence, which the dataset card points to.
"""

from typing import Final

from langchain_core.runnables import Runnable
from pydantic import JsonValue

from synth_agent.chains.hand import Hand, Order, Outcome
from synth_agent.chains.items import item_of
from synth_agent.chains.step import Step
from synth_agent.chains.telling import said
from synth_agent.chains.writer import Writer
from synth_agent.errors import AnswerError
from synth_agent.schemas import DEFAULT_FIELDS

__all__ = ["ANSWERED", "distill_chain"]

ANSWERED: Final = {
    "qa": ("output",),
    "reasoning": ("reasoning", "output"),
    "instruction": ("output",),
}
"""Task -> the fields that the teacher fills in."""


def distill_chain(writer: Writer) -> Runnable[Hand, list[Outcome]]:
    """Return the chain that answers the inputs of a hand by one call."""
    task = writer.spec.task
    own, prompt = DEFAULT_FIELDS[task], writer.prompt("answer")
    asked = tuple(name for name in own if name not in ANSWERED[task])
    item = item_of(task, without=asked)

    def given(order: Order) -> dict[str, JsonValue]:
        payload = order.material[0].payload
        return {name: payload.get(name, "") for name in asked}

    async def answer(hand: Hand) -> list[Outcome]:
        inputs = [{"input": said(given(order))} for order in hand.orders]
        items = await writer.sheet(prompt, item, hand, values={"inputs": inputs})
        return [
            entry
            if isinstance(entry, AnswerError)
            else writer.draft(order, {**given(order), **entry.fields()}, prompt=prompt, hand=hand)
            for order, entry in zip(hand.orders, items, strict=True)
        ]

    return Step("distill", answer)
