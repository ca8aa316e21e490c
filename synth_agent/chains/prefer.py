"""Preference pairs: a good answer, a worse one, and a judge who prefers the good one either way.

The worse answer has one flaw that the slot draws, or is a weaker model's honest try where one is
named. A judge sees both answers twice, the sides changed, for judges favour a side: Zheng et al.,
Judging LLM-as-a-Judge, arXiv:2306.05685. What does not win both times is dropped.

Limits: that chosen answers are not longer over the whole dataset cannot be seen from one hand; the
pipeline's judge holds `quality.pairs.LengthBalance`.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from langchain_core.runnables import Runnable
from pydantic import BeforeValidator, JsonValue

from synth_agent.chains.blind import Case, Reading, chance_of, lost, read_blind
from synth_agent.chains.catalogue import Entry, catalogue, listed
from synth_agent.chains.hand import Hand, Order, Outcome
from synth_agent.chains.prompt import Prompt
from synth_agent.chains.reading import Item, Text
from synth_agent.chains.step import Step
from synth_agent.chains.telling import language_name
from synth_agent.chains.writer import Writer
from synth_agent.errors import AnswerError
from synth_agent.quality.pairs import pair_finding

__all__ = ["RECORDS_PER_CALL", "prefer_chain"]

RECORDS_PER_CALL: Final = 4
"""A pair holds two full answers."""

Side = Literal["A", "B"]
_OTHER: Final[Mapping[Side, Side]] = {"A": "B", "B": "A"}


def _sided(said: object) -> object:
    """Take "Answer A." for A."""
    if not isinstance(said, str):
        return said
    bare = said.strip(" .*\"'").upper().removeprefix("ANSWER").strip(" -")
    return bare.lower() if bare == "TIE" else bare


class Exchange(Item):
    """A request and its answer."""

    plan: Text = ""
    """What the request needs from a right answer, point by point; at most 40 words."""
    input: Text
    """The request, with everything that it works on."""
    chosen: Text
    """The answer."""


class FlawedPair(Exchange):
    """A request, a good answer, and one that has the flaw of the wish."""

    plan: Text = ""
    """What a right answer needs, and where exactly the worse one goes wrong; at most 50 words."""
    chosen: Text
    """The good answer."""
    rejected: Text
    """The worse answer: as long, fluent and sure of itself, with that one flaw and no other."""


class Reply(Reading):
    """An answer to one request."""

    reply: Text
    """The answer itself, with nothing around it."""


class Comparison(Reading):
    """Which of two answers is better."""

    reason: Text
    """What is right and wrong in A and in B, and what outweighs; at most 60 words."""
    verdict: Annotated[Literal["A", "B", "tie"], BeforeValidator(_sided)]
    """A, B, or tie where neither is better in substance."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """A request with both answers, and how the worse one came about."""

    order: Order
    payload: Mapping[str, JsonValue]
    case: Mapping[str, str]
    tag: str


def prefer_chain(writer: Writer) -> Runnable[Hand, list[Outcome]]:
    """Return the chain that writes a hand of pairs and has each compared twice."""
    prompt = writer.prompt("pair" if writer.weak is None else "exchange")

    async def write(hand: Hand) -> list[Outcome]:
        chance = chance_of(hand, "prefer")
        if writer.weak is None:
            made = await _with_flaws(writer, hand, prompt)
        else:
            made = await _with_weak(writer, hand, prompt, chance)
        checked = [pair if isinstance(pair, AnswerError) else _checked(pair) for pair in made]
        pairs = [pair for pair in checked if isinstance(pair, _Pair)]
        verdicts = iter(await _compared(writer, pairs, chance))
        return [
            pair
            if isinstance(pair, AnswerError)
            else next(verdicts)
            or writer.draft(
                pair.order,
                pair.payload,
                prompt=prompt,
                hand=hand,
                tags=(pair.tag, f"compared-by:{writer.second.name}"),
            )
            for pair in checked
        ]

    return Step("prefer", write)


async def _with_flaws(writer: Writer, hand: Hand, prompt: Prompt) -> list[_Pair | AnswerError]:
    flaws = [_flaw(order) for order in hand.orders]
    items = await writer.sheet(
        prompt,
        FlawedPair,
        hand,
        more=[{"flaw": flaw.name} for flaw in flaws],
        values={"flaws": listed(flaws)},
    )
    return [
        item
        if isinstance(item, AnswerError)
        else _pair(order, item, item.rejected, tag=f"flaw:{flaw.name}")
        for order, item, flaw in zip(hand.orders, items, flaws, strict=True)
    ]


async def _with_weak(
    writer: Writer, hand: Hand, prompt: Prompt, chance: random.Random
) -> list[_Pair | AnswerError]:
    assert writer.weak is not None
    items = await writer.sheet(prompt, Exchange, hand)
    requests: list[Case] = [{"request": e.input} for e in items if isinstance(e, Exchange)]
    replies = iter(
        await read_blind(
            writer.weak,
            writer.prompt("reply"),
            Reply,
            requests,
            chance=chance,
            values={"language": language_name(writer.spec.language)},
        )
    )
    tag = f"rejected-by:{writer.weak.name}"
    made: list[_Pair | AnswerError] = []
    for order, item in zip(hand.orders, items, strict=True):
        if isinstance(item, AnswerError):
            made.append(item)
            continue
        reply = next(replies)
        if isinstance(reply, AnswerError):
            known: dict[str, JsonValue] = {"input": item.input, "chosen": item.chosen}
            made.append(lost(reply, known, unread="no-reply"))
        else:
            made.append(_pair(order, item, reply.reply, tag=tag))
    return made


def _flaw(order: Order) -> Entry:
    """Return the flaw of a slot, another one at each attempt: not every request allows each."""
    flaws = catalogue("flaws")["flaws"]
    return flaws[(order.ask.slot.seed + order.ask.attempt) % len(flaws)]


def _pair(order: Order, item: Exchange, rejected: str, *, tag: str) -> _Pair:
    case = {"input": item.input, "chosen": item.chosen, "rejected": rejected}
    case = {name: text.strip() for name, text in case.items()}
    return _Pair(order, dict(case), case, tag)


def _checked(pair: _Pair) -> _Pair | AnswerError:
    finding = pair_finding(pair.case["input"], pair.case["chosen"], pair.case["rejected"])
    if finding is None:
        return pair
    return AnswerError(finding.reason, finding.detail, payload=pair.payload)


async def _compared(
    writer: Writer, pairs: Sequence[_Pair], chance: random.Random
) -> list[AnswerError | None]:
    """Return for each pair why it is not decided, None where the good answer wins both times."""
    # mixed within a call: a judge that finds the better answer always first stops reading
    sides: list[Side] = [chance.choice(("A", "B")) for _ in pairs]
    problems: list[AnswerError | None] = [None] * len(pairs)
    for _ in range(2):
        left = [i for i, problem in enumerate(problems) if problem is None]
        cases = [_shown(pairs[i], sides[i]) for i in left]
        read = await read_blind(
            writer.second, writer.prompt("compare"), Comparison, cases, chance=chance
        )
        for i, found in zip(left, read, strict=True):
            problems[i] = _undecided(pairs[i], sides[i], found)
        sides = [_OTHER[side] for side in sides]
    return problems


def _shown(pair: _Pair, chosen: Side) -> Case:
    """Return what a judge sees of a pair, the good answer on the given side."""
    ours, theirs = pair.case["chosen"], pair.case["rejected"]
    first, second = (ours, theirs) if chosen == "A" else (theirs, ours)
    return {"request": pair.case["input"], "answer-A": first, "answer-B": second}


def _undecided(pair: _Pair, chosen: Side, found: Comparison | AnswerError) -> AnswerError | None:
    if isinstance(found, AnswerError):
        return lost(found, pair.payload, unread="pair-undecided")
    if found.verdict == chosen:
        return None
    said = "finds neither better" if found.verdict == "tie" else "prefers the one meant to be worse"
    place = "first" if chosen == "A" else "second"
    detail = f"with the better answer {place} a judge {said}: {found.reason}"
    return AnswerError("pair-undecided", detail, payload=pair.payload)
