"""Texts to classify: the slot says the label, and a blind reader has to find it again.

The label of a record is never the model's choice, so quotas are met exactly and no label is
favoured. What a second model, which sees the texts alone, reads otherwise is dropped: a text that
is labelled wrongly does more harm to a classifier than one text less.
"""

import random
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from langchain_core.runnables import Runnable
from pydantic import Field, JsonValue, create_model

from synth_agent.chains.blind import Reading, chance_of, lost, read_blind
from synth_agent.chains.hand import Hand, Order, Outcome
from synth_agent.chains.prompt import Prompt
from synth_agent.chains.reading import Item, Text
from synth_agent.chains.step import Step
from synth_agent.chains.telling import fenced, subject
from synth_agent.chains.writer import Writer
from synth_agent.errors import AnswerError, ConfigError
from synth_agent.text import fold

__all__ = ["RECORDS_PER_CALL", "classify_chain"]

RECORDS_PER_CALL: Final = 10
"""Texts are short, and a reader compares them better in company."""
_UNCLEAR: Final = "unclear"


class WrittenText(Item):
    """A text to classify."""

    plan: Text = ""
    """Who writes, on what occasion, and what in the text decides its label; at most 25 words."""
    text: Text
    """The text itself, as it is found in real life. It does not name its label."""


class LabelReading(Reading):
    """The label of one text."""

    reason: Text
    """What the text says that decides it, and what speaks for another label; at most 30 words."""
    label: Text
    """The label, exactly as it stands in the list."""


def classify_chain(writer: Writer) -> Runnable[Hand, list[Outcome]]:
    """Return the chain that writes a hand of texts by one call and has them read by another.

    Raises:
        ConfigError: The spec names no labels.
    """
    labels = tuple(writer.spec.labels)
    if not labels:
        raise ConfigError(
            "a classification needs labels, got none; name them with their counts, "
            "e.g. '8 positive and 2 negative' or labels: {positive: 8, negative: 2}"
        )
    prompt = writer.prompt("classify")

    async def write(hand: Hand) -> list[Outcome]:
        chance = chance_of(hand, "classify")
        told = {"labels": _listed(_rotated(labels, chance))}
        items = await writer.sheet(prompt, WrittenText, hand, values=told)
        read = iter(await _readings(writer, labels, items, chance))
        return [
            item
            if isinstance(item, AnswerError)
            else _settled(writer, order, item.text.strip(), next(read), prompt=prompt, hand=hand)
            for order, item in zip(hand.orders, items, strict=True)
        ]

    return Step("classify", write)


async def _readings(
    writer: Writer,
    labels: tuple[str, ...],
    items: Sequence[WrittenText | AnswerError],
    chance: random.Random,
) -> list[LabelReading | AnswerError]:
    """Return how the second model reads each text there is."""
    # a list of its own order: a preference for its head must not agree with the writer's
    choices = (*_rotated(labels, chance), *(() if _UNCLEAR in labels else (_UNCLEAR,)))
    brief = writer.spec.brief
    values = {
        "brief": fenced(brief, kind="brief") if brief else "(none)",
        "subject": subject(writer.spec),
        "labels": _listed(choices),
    }
    cases = [{"text": item.text} for item in items if isinstance(item, WrittenText)]
    return await read_blind(
        writer.second,
        writer.prompt("label"),
        _reading_of(tuple(sorted(choices))),
        cases,
        chance=chance,
        values=values,
    )


def _settled(
    writer: Writer,
    order: Order,
    text: str,
    reading: LabelReading | AnswerError,
    *,
    prompt: Prompt,
    hand: Hand,
) -> Outcome:
    """Return the draft where the blind reader finds the label of the slot."""
    label = order.ask.slot.cell.label
    payload: dict[str, JsonValue] = {"text": text, "label": label}
    if isinstance(reading, AnswerError):
        return lost(reading, payload, unread="label-unclear")
    found = _known(reading.label, (*writer.spec.labels, _UNCLEAR))
    said = f"a blind reader says {reading.label}: {reading.reason}"
    if found is None or (found == _UNCLEAR and _UNCLEAR not in writer.spec.labels):
        return AnswerError("label-unclear", f"asked for {label}, {said}", payload=payload)
    if found != label:
        return AnswerError("label-disagreement", f"asked for {label}, {said}", payload=payload)
    tags = (f"labelled-by:{writer.second.name}",)
    return writer.draft(order, payload, prompt=prompt, hand=hand, tags=tags)


@lru_cache(maxsize=64)
def _reading_of(choices: tuple[str, ...]) -> type[LabelReading]:
    """Return the reading whose schema names the choices; that they are kept to is checked here."""
    named: list[JsonValue] = [*choices]
    described = LabelReading.model_fields["label"].description
    label = Field(description=described, json_schema_extra={"enum": named})
    return create_model(
        "LabelReading", __base__=LabelReading, __doc__=LabelReading.__doc__, label=(Text, label)
    )


def _known(said: str, labels: Sequence[str]) -> str | None:
    """Return the label that is meant, whatever its case and whether it is written card_lost."""
    if said in labels:
        return said
    return {_plain(label): label for label in labels}.get(_plain(said))


def _plain(label: str) -> str:
    return fold(label.replace("_", " ").replace("-", " "))


def _rotated(labels: tuple[str, ...], chance: random.Random) -> tuple[str, ...]:
    start = chance.randrange(len(labels))
    return labels[start:] + labels[:start]


def _listed(labels: Sequence[str]) -> str:
    return "\n".join(f"- {label}" for label in labels)
