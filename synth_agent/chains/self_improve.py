"""Self-improvement: draft, critique, revise, until the score no longer rises.

Source: Madaan et al., Self-Refine, arXiv:2303.17651. What is kept is the version with the best
score, and it is the very text that was scored: a revision that nobody has judged is never kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from langchain_core.runnables import Runnable

from synth_agent.chains.critique import Flawed, Judged, critique_chain, revise_chain
from synth_agent.chains.hand import Hand, Order, Outcome
from synth_agent.chains.self_instruct import self_instruct_chain
from synth_agent.chains.step import Step
from synth_agent.chains.writer import Writer
from synth_agent.errors import AnswerError
from synth_agent.schemas import Critique, Draft

__all__ = ["self_improve_chain"]

_BEST: Final = 5.0
"""A score that no revision can raise."""


@dataclass(frozen=True, slots=True)
class _Version:
    """A draft with the judgement that belongs to it."""

    at: int
    order: Order
    draft: Draft
    critique: Critique

    @property
    def score(self) -> float:
        return fmean(self.critique.scores.values())


def self_improve_chain(writer: Writer) -> Runnable[Hand, list[Outcome]]:
    """Return the chain that writes a hand and improves each draft for itself."""
    write, revise = self_instruct_chain(writer), revise_chain(writer)
    judge = critique_chain(writer.second, writer.spec)

    async def judged(
        orders: Sequence[tuple[int, Order]], drafts: Sequence[Outcome]
    ) -> list[_Version | tuple[int, AnswerError]]:
        written = [
            Judged(order, draft)
            for (_, order), draft in zip(orders, drafts, strict=True)
            if isinstance(draft, Draft)
        ]
        verdicts = iter(await judge.ainvoke(written) if written else [])
        found: list[_Version | tuple[int, AnswerError]] = []
        for (at, order), draft in zip(orders, drafts, strict=True):
            if isinstance(draft, AnswerError):
                found.append((at, draft))
                continue
            verdict = next(verdicts)
            if isinstance(verdict, AnswerError):
                lost = AnswerError("unjudged", str(verdict), payload=draft.payload)
                found.append((at, lost))
            else:
                found.append(_Version(at, order, draft, verdict))
        return found

    async def improve(hand: Hand) -> list[Outcome]:
        orders = list(enumerate(hand.orders))
        first = await judged(orders, await write.ainvoke(hand))
        kept = {v.at: v for v in first if isinstance(v, _Version)}
        lost = {v[0]: v[1] for v in first if not isinstance(v, _Version)}
        rising = [version for version in kept.values() if version.score < _BEST]
        for _ in range(writer.spec.rounds if rising else 0):
            drafts = await revise.ainvoke([Flawed(v.order, v.draft, v.critique) for v in rising])
            again = await judged([(v.at, v.order) for v in rising], drafts)
            better = [v for v in again if isinstance(v, _Version) and v.score > kept[v.at].score]
            kept |= {version.at: version for version in better}
            rising = [version for version in better if version.score < _BEST]
            if not rising:
                break
        least = writer.spec.min_score
        return [lost[at] if at in lost else _outcome(kept[at], least) for at, _ in orders]

    return Step("self_improve", improve)


def _outcome(version: _Version, least: float | None) -> Outcome:
    """Return the draft with the scores that are its own, unless the best was not good enough."""
    if least is not None and version.score < least:
        said = "; ".join(version.critique.findings) or "no findings"
        detail = f"{version.score:.1f} of 5 at best: {said}"
        return AnswerError("low-score", detail[:500], payload=version.draft.payload)
    return version.draft.scored(version.critique.scores)
