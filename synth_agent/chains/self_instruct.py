"""Self-instruct: new records beside a few examples, several wishes a call.

Source: Wang et al., Self-Instruct, arXiv:2212.10560. Their classification tasks are generated
label first; here every label is a slot, see `chains.classify`.
"""

from typing import Final

from langchain_core.runnables import Runnable

from synth_agent.chains.hand import Hand, Outcome
from synth_agent.chains.items import item_of
from synth_agent.chains.step import Step
from synth_agent.chains.writer import Writer
from synth_agent.errors import AnswerError

__all__ = ["self_instruct_chain"]

_PROMPTS: Final = {"qa": "question", "instruction": "instruction", "reasoning": "reasoning"}


def self_instruct_chain(writer: Writer) -> Runnable[Hand, list[Outcome]]:
    """Return the chain that writes a hand of qa, instruction or reasoning records by one call."""
    task = writer.spec.task
    prompt, item = writer.prompt(_PROMPTS[task]), item_of(task)

    async def write(hand: Hand) -> list[Outcome]:
        items = await writer.sheet(prompt, item, hand)
        return [
            entry
            if isinstance(entry, AnswerError)
            else writer.draft(order, entry.fields(), prompt=prompt, hand=hand)
            for order, entry in zip(hand.orders, items, strict=True)
        ]

    return Step("self_instruct", write)
