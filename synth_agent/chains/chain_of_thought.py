"""Chain of thought: questions with the steps to their answers, each calculation done again by code.

A false equation is sent back once, those of a hand together. Where self-consistency is asked for,
the questions that are left are worked out further times by somebody who sees no answer, and the
answer of the majority is kept with a reasoning that arrives at it.

Source: Wei et al., Chain-of-Thought Prompting, arXiv:2201.11903; Wang et al., Self-Consistency,
arXiv:2203.11171, where reasonings are sampled at temperature 0.7.

Limits: answers in free words are the same only if their words are; ask for figures, names or
options where votes are to count.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from langchain_core.runnables import Runnable
from pydantic import Field

from synth_agent.chains.blind import Case, Reading, chance_of, lost, read_blind
from synth_agent.chains.door import Door
from synth_agent.chains.hand import Hand, Order, Outcome
from synth_agent.chains.items import item_of
from synth_agent.chains.prompt import Prompt
from synth_agent.chains.reading import Text
from synth_agent.chains.step import Step
from synth_agent.chains.telling import language_name, said
from synth_agent.chains.working import ballot, calculations, false_step, mismatch
from synth_agent.chains.writer import Writer
from synth_agent.errors import AnswerError
from synth_agent.quality.answers import same_answer
from synth_agent.quality.votes import majority

__all__ = ["chain_of_thought_chain"]

_TEMPERATURE: Final = 0.7
_AGREED: Final = 0.5
"""More than this share has to give the same answer; it also drops two that differ."""


class Working(Reading):
    """A question, worked out."""

    reasoning: Text = Field(description="The steps, one a line; calculations as equations.")
    output: Text = Field(description="The result alone.")


@dataclass(frozen=True, slots=True)
class _Worked:
    """A record that may still be mended or outvoted."""

    order: Order
    fields: Mapping[str, Any]
    """Input, context, reasoning, output."""
    known: Mapping[str, Any] = field(default_factory=dict)
    """Provenance."""
    tags: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return f"{self.fields['reasoning']}\n{self.fields['output']}"

    def with_working(self, working: Working, tag: str, **known: Any) -> "_Worked":
        fields = {**self.fields, "reasoning": working.reasoning, "output": working.output}
        return _Worked(self.order, fields, {**self.known, **known}, (*self.tags, tag))

    def dropped(self, reason: str, detail: str) -> AnswerError:
        return AnswerError(reason, detail, payload=self.fields)


_Made = _Worked | AnswerError


def chain_of_thought_chain(writer: Writer) -> Runnable[Hand, list[Outcome]]:
    """Return the chain that writes a hand of reasoning or qa records; for qa the steps are proof.

    A hand takes one call, one more where an equation is false, and `spec.self_consistency - 1`
    more, side by side, where that is above 1.
    """
    prompt, item = writer.prompt("reasoning"), item_of("reasoning")

    async def write(hand: Hand) -> list[Outcome]:
        items = await writer.sheet(prompt, item, hand)
        made: list[_Made] = [
            entry if isinstance(entry, AnswerError) else _Worked(order, entry.fields())
            for order, entry in zip(hand.orders, items, strict=True)
        ]
        made = [_checked(entry) for entry in await _mended(writer, hand, made)]
        if writer.spec.self_consistency > 1:
            made = await _voted(writer, hand, made)
        return [
            entry if isinstance(entry, AnswerError) else _draft(writer, hand, prompt, entry)
            for entry in made
        ]

    return Step("chain_of_thought", write)


def _draft(writer: Writer, hand: Hand, prompt: Prompt, worked: _Worked) -> Outcome:
    fields, proof = dict(worked.fields), tuple[str, ...]()
    if writer.spec.task == "qa":
        proof = tuple(line for line in fields.pop("reasoning").splitlines() if line.strip())
    elif fields["context"].strip():
        # Else what was computed on the way would count as figures that nothing supports.
        proof = tuple(calculations(fields["reasoning"]))
    known = {"proof": proof, "tags": worked.tags, **worked.known}
    return writer.draft(worked.order, fields, prompt=prompt, hand=hand, **known)


def _checked(made: _Made) -> _Made:
    if isinstance(made, AnswerError):
        return made
    if detail := false_step(made.text):
        return made.dropped("false-step", detail)
    if detail := mismatch(made.fields["reasoning"], made.fields["output"]):
        return made.dropped("answer-mismatch", detail)
    return made


# ------------------------------------------------------------------------------------------ mending


async def _mended(writer: Writer, hand: Hand, made: Sequence[_Made]) -> list[_Made]:
    """Have the records with a false equation worked out anew, by one call for all."""
    false = {
        at: step
        for at, entry in enumerate(made)
        if isinstance(entry, _Worked) and (step := false_step(entry.text))
    }
    prompt = writer.prompt("mend_steps")
    cases: list[Case] = [
        {"record": said(entry.fields), "false": step}
        for at, step in false.items()
        if isinstance(entry := made[at], _Worked)
    ]
    language = {"language": language_name(writer.spec.language)}
    chance = chance_of(hand, "mend")
    found = await read_blind(writer.door, prompt, Working, cases, chance=chance, values=language)
    mended = list(made)
    for at, working in zip(false, found, strict=True):
        entry = mended[at]
        # what was not mended keeps its false step, by which it is dropped
        if isinstance(entry, _Worked) and isinstance(working, Working):
            mended[at] = entry.with_working(working, f"revised-by:{prompt.id}")
    return mended


# ----------------------------------------------------------------------------------------- sampling


async def _voted(writer: Writer, hand: Hand, made: Sequence[_Made]) -> list[_Made]:
    """Have the questions worked out further times and keep the answers of majorities."""
    left = [at for at, entry in enumerate(made) if isinstance(entry, _Worked)]
    cases = [_case(entry) for entry in made if isinstance(entry, _Worked)]
    # side by side: each request says which working it is, so that no two are the same
    samples = await asyncio.gather(
        *(_sample(writer, hand, cases, k) for k in range(2, writer.spec.self_consistency + 1))
    )
    kept = list(made)
    for at, workings in zip(left, zip(*samples, strict=True), strict=True):
        entry = kept[at]
        assert isinstance(entry, _Worked)
        kept[at] = _elected(writer, entry, workings)
    return kept


def _case(worked: _Worked) -> Case:
    shown = {"question": worked.fields["input"], "context": worked.fields["context"]}
    return {kind: text for kind, text in shown.items() if text.strip()}


async def _sample(
    writer: Writer, hand: Hand, cases: Sequence[Case], number: int
) -> list[Working | AnswerError]:
    spec = writer.spec
    values = {
        "role": spec.role or "expert of the field",
        "language": language_name(spec.language),
        "sample": str(number),
        "samples": str(spec.self_consistency),
    }

    async def solve(door: Door) -> list[Working | AnswerError]:
        chance = chance_of(hand, f"solve {number}")
        prompt = writer.prompt("solve")
        return await read_blind(door, prompt, Working, cases, chance=chance, values=values)

    found = await solve(_sampling(writer))
    refused = all(isinstance(e, AnswerError) and e.reason == "invalid-request" for e in found)
    # models that take no temperature sample by themselves
    return await solve(writer.door) if found and refused else found


def _sampling(writer: Writer) -> Door:
    if writer.spec.temperature is not None:
        return writer.door
    return replace(writer.door, parameters={**writer.door.parameters, "temperature": _TEMPERATURE})


def _elected(writer: Writer, worked: _Worked, workings: Sequence[Working | AnswerError]) -> _Made:
    """Return the record with a reasoning that arrives at the answer of the majority."""
    solved = [working for working in workings if isinstance(working, Working)]
    if not solved:
        error = next(w for w in workings if isinstance(w, AnswerError))
        return lost(error, worked.fields, unread="no-majority")
    ballots = [ballot(text) for text in (worked.fields["output"], *(w.output for w in solved))]
    vote = majority(ballots)
    if vote.agreement <= _AGREED:
        shares = f"{vote.count} of {len(ballots)} say {vote.answer!r}"
        return worked.dropped("no-majority", f"{shares}: {', '.join(ballots)}"[:300])
    scores = {"agreement": round(vote.agreement, 4)}
    if same_answer(vote.answer, ballots[0]):
        return replace(worked, known={**worked.known, "scores": scores})
    return _replaced(writer, worked, solved, vote.answer, scores)


def _replaced(
    writer: Writer,
    worked: _Worked,
    solved: Sequence[Working],
    answer: str,
    scores: Mapping[str, float],
) -> _Made:
    tag = f"reasoning-by:{writer.prompt('solve').id}"
    known = {"scores": scores, "parameters": dict(_sampling(writer).parameters)}
    tried: list[_Made] = [
        _checked(worked.with_working(working, tag, **known))
        for working in solved
        if same_answer(answer, ballot(working.output))
    ]
    return next((made for made in tried if isinstance(made, _Worked)), tried[0])
