"""Small real classes that stand where a test needs a part it can foresee."""

import asyncio
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from synth_agent.errors import AnswerError
from synth_agent.pipeline import DealtHand
from synth_agent.quality import Finding
from synth_agent.rules.chance import derive
from synth_agent.schemas import Ask, Draft, Provenance, Record, Slot

__all__ = ["BagOfWords", "SeededHands", "SeededSource", "WantsOutput"]

_WORDS: Final = ("press", "lathe", "mill", "drill", "saw", "oven", "pump", "belt")


class SeededSource:
    """Makes classification drafts that depend on slot and attempt alone.

    One in eight cannot be made, one in eight has no text, and texts repeat: there are `different`
    of them in all. Labels in `never` are not served.
    """

    name = "seeded"

    def __init__(
        self,
        *,
        different: int = 2**40,
        never: Sequence[str] = (),
        hand: int = 32,
        faultless: bool = False,
    ) -> None:
        self.hand = hand
        self.asked: list[Ask] = []
        self._different = different
        self._never = never
        self._faultless = faultless

    async def drafts(self, asks: Sequence[Ask]) -> list[Draft | AnswerError]:
        self.asked += asks
        return [self._draft(ask) for ask in asks]

    def _draft(self, ask: Ask) -> Draft | AnswerError:
        chance = derive(ask.slot.seed, "attempt", ask.attempt)
        fate, number = chance % 8, chance // 8 % self._different
        label = ask.slot.cell.label or ""
        if label in self._never or (fate == 0 and not self._faultless):
            return AnswerError("constraint", f"nothing to say about {label}")
        text = "" if fate == 1 and not self._faultless else f"{label} case {number}"
        return Draft(
            slot=ask.slot.index,
            attempt=ask.attempt,
            payload={"text": text, "label": label},
            provenance=Provenance(method="rules", source="seeded", form=f"form {number % 3}"),
        )


class SeededHands:
    """Makes the drafts of a `SeededSource`, several hands at once, who comes first by chance."""

    name = "seeded"

    def __init__(self, source: SeededSource, *, concurrency: int) -> None:
        self.hand = source.hand
        self.concurrency = concurrency
        self.answered: list[DealtHand] = []
        self.learned = 0
        self._source = source

    def deal(self, asks: Sequence[Ask]) -> dict[str, JsonValue]:
        return {"first": asks[0].slot.index}

    async def drafts(self, hand: DealtHand) -> list[Draft | AnswerError]:
        await asyncio.sleep(derive(hand.asks[0].slot.seed, "attempt", 0) % 5 / 1000)
        self.answered.append(hand)
        return await self._source.drafts(hand.asks)

    def learn(self, records: Sequence[Record]) -> None:
        self.learned += len(records)


class WantsOutput:
    """A checker that drops drafts without text."""

    names = ("empty",)

    def __call__(self, draft: Draft, slot: Slot) -> Finding | None:
        return None if draft.payload["text"] else Finding("empty", "the text is empty")


class BagOfWords:
    """An embedder that counts the words of a small vocabulary."""

    name = "bag-of-words"
    threshold = 0.9

    def __init__(self, vocabulary: Sequence[str] = _WORDS) -> None:
        self._vocabulary = vocabulary

    @property
    def dimensions(self) -> int:
        return len(self._vocabulary)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        counts = [[text.split().count(word) for word in self._vocabulary] for text in texts]
        rows = np.array(counts, np.float32).reshape(len(texts), len(self._vocabulary))
        rows /= np.maximum(np.sqrt((rows * rows).sum(axis=1, keepdims=True)), 1e-9)
        return rows
