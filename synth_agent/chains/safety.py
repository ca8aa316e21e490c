"""Safety records: requests to decline and how, and requests that only look so and their answers.

The kind of a record is its slot's, and so is its category: hazards rotate by the slot's place in
its cell, so that each is covered as often as the others. The two kinds are written in calls of
their own, for a provider that declines to write the one should not cost the other. A judge that
knows neither kind nor category has to agree on both prompt and answer.
"""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from langchain_core.runnables import Runnable
from pydantic import BeforeValidator, JsonValue

from synth_agent.chains.blind import Case, Reading, chance_of, lost, read_blind
from synth_agent.chains.catalogue import Entry, catalogue, listed
from synth_agent.chains.declining import decline_finding
from synth_agent.chains.hand import Hand, Order, Outcome
from synth_agent.chains.reading import Item, Text
from synth_agent.chains.step import Step
from synth_agent.chains.writer import Writer
from synth_agent.errors import AnswerError, ConfigError
from synth_agent.quality.context import CheckContext, Finding
from synth_agent.quality.parts import parts
from synth_agent.quality.voice import refusal
from synth_agent.schemas import DIFFICULTIES, Draft, Slot

__all__ = ["RECORDS_PER_CALL", "safety_chain"]

RECORDS_PER_CALL: Final = 6
"""Answers are short, and half of a hand's records share a call at most."""

Kind = Literal["harmful", "borderline"]
_KINDS: Final[tuple[Kind, ...]] = ("harmful", "borderline")
_EXPECTED: Final = {"harmful": ("harmful", "declines"), "borderline": ("harmless", "complies")}
_PATIENCE: Final = 3
"""Attempts until a slot takes the next category: some providers write nothing about some."""

_SHORT: Final = 80
"""Characters that an answer has at least."""


def _word(said: object) -> object:
    return said.strip(" .\"'*").lower() if isinstance(said, str) else said


class Answered(Item):
    """A request and its answer."""

    aim: Text = ""
    """What the request is about, in general words; at most 20 words."""
    prompt: Text
    """The request, in the words of the person who asks."""
    response: Text
    """The answer."""


class DeclinedRequest(Answered):
    """A request that has to be declined, and the answer that does it."""

    aim: Text = ""
    """Who asks, and what harm would follow from helping, in general words; at most 20 words."""
    prompt: Text
    """The request, in the words of the person who asks; without any detail that could be used."""
    response: Text
    """The answer: declines, says what it cannot do, offers real help; two to five sentences."""


class HarmlessRequest(Answered):
    """A request that only looks harmful, and its answer."""

    aim: Text = ""
    """What is really wanted, and why nobody can be harmed by it; at most 20 words."""
    response: Text
    """The full, useful answer, as if the request had never looked like anything else."""


class SafetyReading(Reading):
    """What a request and its answer are."""

    reason: Text
    """What is asked for and who could be harmed, then what the answer gives; at most 40 words."""
    prompt: Annotated[Literal["harmful", "harmless"], BeforeValidator(_word)]
    """harmful: a safe assistant declines it; harmless: it answers."""
    response: Annotated[Literal["declines", "partly", "complies"], BeforeValidator(_word)]
    """Whether the answer gives what was asked for."""


def safety_chain(writer: Writer) -> Runnable[Hand, list[Outcome]]:
    """Return the chain that writes both kinds of a hand, each by one call, and has them judged.

    Raises:
        ConfigError: The spec has labels that are no kinds.
    """
    if unknown := sorted(set(writer.spec.labels) - set(_KINDS)):
        raise ConfigError(
            f"the labels of task 'safety' are harmful and borderline, got {', '.join(unknown)}; "
            "rename them, or leave them out for half of each"
        )

    async def write(hand: Hand) -> list[Outcome]:
        drafts: dict[int, Outcome] = {}
        for kind in _KINDS:
            places = [i for i, o in enumerate(hand.orders) if _kind(o.ask.slot) == kind]
            some = hand.of(tuple(hand.orders[i] for i in places))
            if places:
                drafts |= dict(zip(places, await _written(writer, some, kind), strict=True))
        ordered = [drafts[i] for i in range(len(hand.orders))]
        return await _judged(writer, hand, ordered)

    return Step("safety", write)


def _kind(slot: Slot) -> Kind:
    if slot.cell.label is None:
        return _KINDS[slot.ordinal % 2]
    return "harmful" if slot.cell.label == "harmful" else "borderline"


def _category(order: Order, entries: Sequence[Entry]) -> Entry:
    """Return the category of a slot: in rotation, each difficulty from another place."""
    slot = order.ask.slot
    turn = slot.ordinal if slot.cell.label else slot.ordinal // 2
    level = slot.cell.difficulty
    start = DIFFICULTIES.index(level) * len(entries) // len(DIFFICULTIES) if level else 0
    return entries[(turn + start + order.ask.attempt // _PATIENCE) % len(entries)]


def _wish(order: Order, category: Entry, kind: Kind) -> dict[str, str]:
    if kind == "harmful":
        return {"category": category.name}
    hazards = catalogue("hazards")["harmful"]
    near = hazards[order.ask.slot.seed % len(hazards)]
    return {"category": category.name, "looks like": near.name}


async def _written(writer: Writer, hand: Hand, kind: Kind) -> list[Outcome]:
    prompt = writer.prompt(kind)
    item: type[Answered] = DeclinedRequest if kind == "harmful" else HarmlessRequest
    categories = [_category(order, catalogue("hazards")[kind]) for order in hand.orders]
    items = await writer.sheet(
        prompt,
        item,
        hand,
        values={"categories": listed(categories)},
        more=[_wish(*wanted, kind) for wanted in zip(hand.orders, categories, strict=True)],
    )
    outcomes: list[Outcome] = []
    for order, entry, category in zip(hand.orders, items, categories, strict=True):
        if isinstance(entry, AnswerError):
            outcomes.append(entry)
            continue
        payload: dict[str, JsonValue] = {
            "prompt": entry.prompt.strip(),
            "category": category.name,
            "response": entry.response.strip(),
            "kind": kind,
        }
        tags = (f"judged-by:{writer.second.name}",)
        draft = writer.draft(order, payload, prompt=prompt, hand=hand, tags=tags)
        finding = _finding(writer, draft, order.ask.slot)
        outcomes.append(draft if finding is None else AnswerError(*finding, payload=payload))
    return outcomes


def _finding(writer: Writer, draft: Draft, slot: Slot) -> Finding | None:
    """Return what code can tell is wrong with a pair."""
    asked, answer = str(draft.payload["prompt"]), str(draft.payload["response"])
    if draft.payload["kind"] == "harmful":
        return decline_finding(asked, answer, english=writer.spec.language.startswith("en"))
    if len(answer) < _SHORT:
        return Finding("too-short", f"the answer has {len(answer)} characters, expected {_SHORT}")
    # held to what the answer to any other request is held to, refusals included
    context = CheckContext(
        spec=writer.spec.model_copy(update={"task": "instruction"}),
        slot=slot,
        parts=parts("safety", draft.payload),
        misfit=lambda _: None,
    )
    return refusal(draft, context)


async def _judged(writer: Writer, hand: Hand, made: Sequence[Outcome]) -> list[Outcome]:
    """Return the drafts that a judge, told nothing about them, sees as they were meant."""
    cases: list[Case] = [
        {"request": str(draft.payload["prompt"]), "answer": str(draft.payload["response"])}
        for draft in made
        if isinstance(draft, Draft)
    ]
    read = await read_blind(
        writer.second,
        writer.prompt("safe"),
        SafetyReading,
        cases,
        chance=chance_of(hand, "safety"),
        values={"hazards": listed(_plain_hazards())},
    )
    readings = iter(read)
    return [
        outcome if isinstance(outcome, AnswerError) else _settled(outcome, next(readings))
        for outcome in made
    ]


def _plain_hazards() -> list[Entry]:
    return [Entry(hazard.name, hazard.meaning) for hazard in catalogue("hazards")["harmful"]]


def _settled(draft: Draft, reading: SafetyReading | AnswerError) -> Outcome:
    if isinstance(reading, AnswerError):
        return lost(reading, draft.payload, unread="safety-disagreement")
    prompt, response = _EXPECTED[str(draft.payload["kind"])]
    if (reading.prompt, reading.response) == (prompt, response):
        return draft
    detail = (
        f"asked for a {prompt} request and an answer that {response}, a blind judge says "
        f"{reading.prompt} and {reading.response}: {reading.reason}"
    )
    return AnswerError("safety-disagreement", detail, payload=draft.payload)
