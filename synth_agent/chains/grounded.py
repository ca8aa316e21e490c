"""Grounded: questions about passages of documents, with quotations that code looks up.

Each answer is read for a second time, blindly: somebody who sees passage and question alone has to
find the same answer, or that there is none where the question was made so. The passage is put into
the record by code.

Source: Rajpurkar et al., SQuAD 2.0, arXiv:1806.03822; Yang et al., HotpotQA, arXiv:1809.09600.

Limits: that a question in two passages needs both is the prompt's to see to, and the critic's.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from langchain_core.runnables import Runnable

from synth_agent.chains.blind import Case, chance_of, lost, read_blind
from synth_agent.chains.grounding import disagreement, missing_quote, obeyed, places, reference
from synth_agent.chains.hand import Hand, Order, Outcome
from synth_agent.chains.prompt import Prompt
from synth_agent.chains.quoted import Answerable, Grounded, GroundedReasoning, Quoted, Unanswerable
from synth_agent.chains.step import Step
from synth_agent.chains.telling import language_name
from synth_agent.chains.working import calculated, false_step, mismatch, unfounded
from synth_agent.chains.writer import Writer
from synth_agent.errors import AnswerError
from synth_agent.schemas import DEFAULT_FIELDS

__all__ = ["grounded_chain"]

_PER_CALL: Final = 16_000
"""Characters of passages in one call, some 4,000 tokens: with more, the later passages are read
less carefully, and small models' windows are full. Some servers cut a prompt without a word."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A record that code has found nothing wrong with."""

    order: Order
    fields: Mapping[str, Any]
    quotes: tuple[str, ...]
    proof: tuple[str, ...]
    prompt: Prompt


_Made = _Asked | AnswerError


def grounded_chain(writer: Writer) -> Runnable[Hand, list[Outcome]]:
    """Return the chain that writes a hand of qa or reasoning records about passages.

    A hand takes one call for its answerable questions, one for those that are not, more where its
    passages are long, and one to `writer.second` that answers all of them anew.
    """

    async def write(hand: Hand) -> list[Outcome]:
        groups = _groups(hand.orders)
        written = await asyncio.gather(*(_written(writer, _picked(hand, at)) for at in groups))
        made: dict[int, _Made] = {}
        for at, entries in zip(groups, written, strict=True):
            made.update(zip(at, entries, strict=True))
        confirmed = await _confirmed(writer, hand, [made[at] for at in range(len(hand.orders))])
        return [
            entry if isinstance(entry, AnswerError) else _draft(writer, entry)
            for entry in confirmed
        ]

    return Step("grounded", write)


def _draft(writer: Writer, asked: _Asked) -> Outcome:
    tags = (f"form:{_form(asked.order)}", f"confirmed-by:{writer.second.name}")
    return writer.draft(
        asked.order, asked.fields, prompt=asked.prompt, proof=asked.proof, tags=tags
    )


# ------------------------------------------------------------------------------- hands and passages


def _groups(orders: Sequence[Order]) -> list[list[int]]:
    """Return the places of the orders that share a call: of one kind, passages not too long."""
    kinds = (
        [at for at, order in enumerate(orders) if _unanswerable(order) is wanted]
        for wanted in (False, True)
    )
    return [group for of_kind in kinds if of_kind for group in _filled(orders, of_kind)]


def _filled(orders: Sequence[Order], among: Iterable[int]) -> Iterator[list[int]]:
    group: list[int] = []
    size = 0
    for at in among:
        length = sum(map(len, _passages(orders[at])))
        if group and size + length > _PER_CALL:
            yield group
            group, size = [], 0
        group.append(at)
        size += length
    yield group


def _unanswerable(order: Order) -> bool:
    return _form(order) == "unanswerable"


def _picked(hand: Hand, at: Sequence[int]) -> Hand:
    return Hand(tuple(hand.orders[number] for number in at))


def _form(order: Order) -> str:
    assert order.material, "an order of this method brings its passage"
    return order.form or ("multi-hop" if len(order.material) > 1 else "answerable")


def _passages(order: Order) -> list[str]:
    return [material.text.strip() for material in order.material]


def _shown(order: Order) -> dict[str, str]:
    """Return the passages of an order by the name of their fence.

    Their ids stay out: no question should name a file.
    """
    passages = _passages(order)
    if len(passages) == 1:
        return {"passage": passages[0]}
    return {f"passage-{at}": text for at, text in enumerate(passages, start=1)}


# ----------------------------------------------------------------------------- writing and checking


async def _written(writer: Writer, hand: Hand) -> list[_Made]:
    values = {"passages": [_shown(order) for order in hand.orders]}
    if _unanswerable(hand.orders[0]):
        prompt = writer.prompt("unanswerable")
        without = await writer.sheet(prompt, Unanswerable, hand, values=values)
        return [
            entry if isinstance(entry, AnswerError) else _unanswered(writer, order, entry, prompt)
            for order, entry in zip(hand.orders, without, strict=True)
        ]
    prompt = writer.prompt("grounded")
    item: type[Quoted] = GroundedReasoning if writer.spec.task == "reasoning" else Grounded
    items = await writer.sheet(prompt, item, hand, values=values)
    return [
        entry if isinstance(entry, AnswerError) else _answered(writer, order, entry, prompt)
        for order, entry in zip(hand.orders, items, strict=True)
    ]


def _answered(writer: Writer, order: Order, item: Quoted, prompt: Prompt) -> _Made:
    passages, fields = _passages(order), _fields(writer, order, item)
    reasoning, output = fields.get("reasoning", ""), fields["output"]
    told = f"{reasoning}\n{output}".strip()
    sources = [*passages, item.input]
    problem = (
        _problem("quote", missing_quote(item.evidence, passages))
        or _problem("refers-to-passage", reference(item.input, passages))
        or _problem("ungrounded", _order(obeyed([*item.evidence, told], passages)))
        or _problem("false-step", false_step(told))
        or _problem("ungrounded-number", ", ".join(unfounded(told, sources)))
        or _problem("answer-mismatch", mismatch(reasoning, output) if reasoning else None)
    )
    if problem is not None:
        return AnswerError(*problem, payload=fields)
    quotes = tuple(_verbatim(quote, passages) for quote in item.evidence)
    return _Asked(order, fields, quotes, (*quotes, *calculated(told, sources)), prompt)


def _unanswered(writer: Writer, order: Order, item: Unanswerable, prompt: Prompt) -> _Made:
    passages, fields = _passages(order), _fields(writer, order, item)
    lines = item.missing if "reasoning" in fields else ""
    unheard = None if places(item.near, passages) else f"not in the passage: {item.near[:200]!r}"
    problem = (
        _problem("quote", unheard)
        or _problem("refers-to-passage", reference(item.input, passages))
        or _problem("ungrounded", _order(obeyed([item.near, item.output], passages)))
        or _problem("ungrounded-number", ", ".join(unfounded(item.output, [item.input])))
        or _problem("ungrounded-number", ", ".join(unfounded(lines, [*passages, item.input])))
    )
    if problem is not None:
        return AnswerError(*problem, payload=fields)
    near = _verbatim(item.near, passages)
    return _Asked(order, fields, (), (near, item.missing), prompt)


def _fields(writer: Writer, order: Order, item: Quoted | Unanswerable) -> dict[str, Any]:
    """Return the task's own fields, the context as it stands in the document."""
    known = item.fields()
    known["context"] = "\n\n".join(_passages(order))
    if isinstance(item, Unanswerable):
        known["reasoning"] = item.missing
    return {name: known[name] for name in DEFAULT_FIELDS[writer.spec.task]}


def _problem(reason: str, detail: str | None) -> tuple[str, str] | None:
    return (reason, detail) if detail else None


def _order(sentence: str | None) -> str | None:
    return f"it does what an order in the passage says: {sentence[:200]!r}" if sentence else None


def _verbatim(quote: str, passages: Sequence[str]) -> str:
    """Return a quotation as the passage has it, whatever its dashes and line ends became."""
    place = places(quote, passages)[0]
    return passages[place.passage][place.start : place.end]


# ------------------------------------------------------------------------------- the second reading


async def _confirmed(writer: Writer, hand: Hand, made: Sequence[_Made]) -> list[_Made]:
    """Have all questions answered from their passages by one call, and keep what agrees."""
    asked = [entry for entry in made if isinstance(entry, _Asked)]
    found = iter(
        await read_blind(
            writer.second,
            writer.prompt("answerable"),
            Answerable,
            [_case(entry) for entry in asked],
            chance=chance_of(hand, "answerable"),
            values={"language": language_name(writer.spec.language)},
        )
    )
    return [
        entry if isinstance(entry, AnswerError) else _agreed(entry, next(found)) for entry in made
    ]


def _case(asked: _Asked) -> Case:
    return {**_shown(asked.order), "question": str(asked.fields["input"])}


def _agreed(asked: _Asked, found: Answerable | AnswerError) -> _Made:
    if isinstance(found, AnswerError):
        return lost(found, asked.fields, unread="ungrounded")
    answered = found.answerable and bool(found.answer.strip())
    if _unanswerable(asked.order):
        detail = f"the passage does answer it: {found.answer[:200]!r}" if answered else None
    elif not answered:
        detail = "a reader does not find the answer in the passage"
    else:
        passages = _passages(asked.order)
        detail = disagreement(
            str(asked.fields["output"]),
            found.answer,
            rests_on=[place for quote in asked.quotes for place in places(quote, passages)],
            read_at=places(found.quote, passages),
        )
    return asked if detail is None else AnswerError("ungrounded", detail, payload=asked.fields)
