"""The critic: findings, then scores from 1 to 5, then a verdict; and the revision by findings.

Several drafts share a call, each judged for itself. Scores that come after reasons follow from them
(Zheng et al., arXiv:2306.05685, on the faults of model judges: position, length, self-preference).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from langchain_core.runnables import Runnable
from pydantic import Field

from synth_agent.chains.door import Door
from synth_agent.chains.hand import Hand, Order, Outcome
from synth_agent.chains.items import payload_item, payload_of
from synth_agent.chains.prompt import prompt_lists
from synth_agent.chains.reading import Item
from synth_agent.chains.step import Step
from synth_agent.chains.structured import in_parts
from synth_agent.chains.telling import language_name, numbered, said, subject, wishes
from synth_agent.chains.writer import Writer, computed
from synth_agent.errors import AnswerError
from synth_agent.schemas import Ask, Critique, DatasetSpec, Draft, Slot

__all__ = ["CRITERIA", "Flawed", "Judged", "critique_chain", "revise_chain"]

CRITERIA: Final = ("correctness", "relevance", "clarity", "grounding", "difficulty_fit")

_PER_CALL: Final = 5
"""Drafts that one call judges: with more, the later ones are read less carefully."""

Score = Annotated[int, Field(ge=1, le=5)]


class Judgement(Item):
    """What is to be said about one record."""

    findings: list[str]
    """What is wrong or weak, each in one sentence that names the place. Empty if nothing is."""
    correctness: Score
    """5: everything stated is right, each calculation was redone. 1: the answer is wrong."""
    relevance: Score
    """5: fits subject and wish, answers exactly what is asked. 1: beside the point."""
    clarity: Score
    """5: understood at first reading. 1: ambiguous or muddled."""
    grounding: Score
    """5: all of it follows from what is given, or is common knowledge. 1: invented."""
    difficulty_fit: Score
    """5: as hard as was wished. 1: two levels off. 5 where no difficulty was wished."""
    accept: bool
    """Whether it may stay in a training set as it is."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A draft that is to be judged, and what was asked for."""

    order: Order
    draft: Draft


@dataclass(frozen=True, slots=True)
class Flawed:
    """A draft that was not good enough, and why."""

    order: Order
    draft: Draft
    critique: Critique


def critique_chain(
    door: Door, spec: DatasetSpec
) -> Runnable[Sequence[Judged | Draft], list[Critique | AnswerError]]:
    """Return the chain that judges drafts; an entry for each, in order.

    A draft that comes without its order is judged without a wish.
    """
    prompt = door.prompts["critique"]
    about = {
        "subject": subject(spec),
        "language": language_name(spec.language),
        "rubric": prompt_lists("rubrics")[spec.task].strip(),
    }

    async def judge(drafts: Sequence[Judged | Draft]) -> list[Critique | AnswerError]:
        cases = [*map(_case, drafts)]

        def values(part: range) -> dict[str, str]:
            return {
                **about,
                "count": str(len(part)),
                "wishes": wishes([cases[at].order for at in part]),
                "records": numbered([{"record": said(cases[at].draft.payload)} for at in part]),
            }

        found = await in_parts(door, prompt, Judgement, len(drafts), values)
        return [entry if isinstance(entry, AnswerError) else _critique(entry) for entry in found]

    async def judge_all(drafts: Sequence[Judged | Draft]) -> list[Critique | AnswerError]:
        groups = [drafts[at : at + _PER_CALL] for at in range(0, len(drafts), _PER_CALL)]
        judged = await asyncio.gather(*map(judge, groups))
        return [entry for group in judged for entry in group]

    return Step("critique", judge_all)


def revise_chain(writer: Writer) -> Runnable[Sequence[Flawed], list[Outcome]]:
    """Return the chain that writes drafts anew from what was found, all by one call."""
    prompt = writer.prompt("revise")
    item = payload_item(writer.spec)

    async def revise(flawed: Sequence[Flawed]) -> list[Outcome]:
        orders = tuple(_as_wished(entry.order) for entry in flawed)
        items = await writer.sheet(
            prompt, item, Hand(orders), values={"records": [*map(_told, flawed)]}
        )
        return [
            entry
            if isinstance(entry, AnswerError)
            else _revised(writer.spec.task, old, payload_of(entry), prompt.id)
            for old, entry in zip(flawed, items, strict=True)
        ]

    return Step("revise", revise)


def _case(given: Judged | Draft) -> Judged:
    """Return a draft with its order."""
    if isinstance(given, Draft):
        return Judged(Order(Ask(Slot(index=given.slot, ordinal=0, seed=0))), given)
    return replace(given, order=_as_wished(given.order))


def _as_wished(order: Order) -> Order:
    """Return an order without why earlier attempts were dropped, which was not this draft."""
    return replace(order, ask=Ask(order.ask.slot))


def _told(flawed: Flawed) -> dict[str, str]:
    critique = flawed.critique
    low = [f"{name}: {score:g} of 5" for name, score in critique.scores.items() if score < 5]
    findings = critique.findings or low or ["too weak over all"]
    told = "\n".join(f"- {finding}" for finding in findings)
    return {"record": said(flawed.draft.payload), "findings": told}


def _critique(found: Judgement) -> Critique:
    scores = {name: float(getattr(found, name)) for name in CRITERIA}
    return Critique(findings=tuple(found.findings), scores=scores, accept=found.accept)


def _revised(task: str, old: Flawed, payload: dict[str, Any], prompt: str) -> Draft:
    known = old.draft.provenance
    # What code settled is not the reviser's to change: the label of a wish, the kind.
    settled = {name: old.draft.payload[name] for name in old.draft.payload if name not in payload}
    kept = {**payload, **settled}
    ordered = {name: kept[name] for name in (*old.draft.payload, *payload) if name in kept}
    proof = tuple(dict.fromkeys((*known.proof, *computed(task, ordered))))
    tags = (*known.tags, f"revised-by:{prompt}")
    provenance = known.model_copy(update={"tags": tags, "proof": proof})
    return Draft.model_validate(
        {**old.draft.model_dump(exclude={"provenance"}), "payload": ordered}
        | {"provenance": provenance}
    )
