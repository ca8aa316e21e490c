"""What happens to drafts between the chain and the pipeline: code checks, critic, one revision.

The code checks are those of the pipeline's judge, asked beforehand: a critic is not paid for a
draft that will be dropped anyway.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from langchain_core.runnables import Runnable

from synth_agent.chains.critique import Flawed, Judged
from synth_agent.chains.hand import Hand, Order, Outcome
from synth_agent.errors import AnswerError
from synth_agent.quality import Finding
from synth_agent.schemas import Critique, Draft, Slot

__all__ = ["Critic", "Screen"]

Check = Callable[[Draft, Slot], Finding | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Critic:
    """Who judges by a model, and what happens below the threshold.

    Attributes:
        judge: Criticises drafts; asked `judges` times.
        revise: Writes a draft anew from the findings; None where what was made sure of a draft (its
            quotes, its blind label, its tests) would not hold for the new one.
        judges: How many verdicts there are of each draft; the median of each score counts.
        least: The mean score from which a draft is good enough; None: the critic's own verdict.
    """

    judge: Runnable[Sequence[Judged], list[Critique | AnswerError]]
    revise: Runnable[Sequence[Flawed], list[Outcome]] | None
    judges: int = 1
    least: float | None = None


@dataclass(frozen=True, slots=True)
class Screen:
    """The critic, and the code checks before it; without a critic nothing is decided here."""

    check: Check
    critic: Critic | None = None

    async def __call__(self, hand: Hand, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Return the outcomes that are left: drafts with scores, or why there is none."""
        if self.critic is None:
            return list(outcomes)  # the pipeline's judge checks them in any case
        checked = self._checked(hand.orders, outcomes)
        judged = await self._judged(self.critic, hand.orders, checked)
        flawed = [
            (at, Flawed(order, entry[0], entry[1]))
            for at, (order, entry) in enumerate(zip(hand.orders, judged, strict=True))
            if isinstance(entry, tuple)
        ]
        settled: list[Outcome] = [e[0] if isinstance(e, tuple) else e for e in judged]
        if not flawed:
            return settled
        again = await self._revised(self.critic, [entry for _, entry in flawed])
        for (at, _), outcome in zip(flawed, again, strict=True):
            settled[at] = outcome
        return settled

    def _checked(self, orders: Sequence[Order], outcomes: Sequence[Outcome]) -> list[Outcome]:
        checked: list[Outcome] = []
        for order, outcome in zip(orders, outcomes, strict=True):
            finding = None
            if isinstance(outcome, Draft):
                finding = self.check(outcome, order.ask.slot)
            if finding is None:
                checked.append(outcome)
            else:
                assert isinstance(outcome, Draft)
                checked.append(AnswerError(*finding, payload=outcome.payload))
        return checked

    async def _judged(
        self, critic: Critic, orders: Sequence[Order], outcomes: Sequence[Outcome]
    ) -> list[Outcome | tuple[Draft, Critique]]:
        """Return drafts that are good enough, those that are not with what was found."""
        drafts = [
            Judged(order, outcome)
            for order, outcome in zip(orders, outcomes, strict=True)
            if isinstance(outcome, Draft)
        ]
        verdicts = iter(await _verdicts(critic, drafts) if drafts else [])
        judged: list[Outcome | tuple[Draft, Critique]] = []
        for outcome in outcomes:
            if isinstance(outcome, AnswerError):
                judged.append(outcome)
                continue
            verdict = next(verdicts)
            if isinstance(verdict, AnswerError):
                judged.append(AnswerError("unjudged", str(verdict), payload=outcome.payload))
            elif _good(verdict, critic.least):
                judged.append(outcome.scored(verdict.scores))
            else:
                judged.append((outcome, verdict))
        return judged

    async def _revised(self, critic: Critic, flawed: Sequence[Flawed]) -> list[Outcome]:
        """Have drafts written anew once; what is still not good enough is lost."""
        if critic.revise is None:
            return [_low(entry.draft, entry.critique) for entry in flawed]
        again = await critic.revise.ainvoke(flawed)
        orders = [entry.order for entry in flawed]
        judged = await self._judged(critic, orders, self._checked(orders, again))
        return [
            _low(*entry, revised=True) if isinstance(entry, tuple) else entry for entry in judged
        ]


async def _verdicts(critic: Critic, drafts: Sequence[Judged]) -> list[Critique | AnswerError]:
    rounds = [await critic.judge.ainvoke(drafts) for _ in range(critic.judges)]
    return [_median(verdicts) for verdicts in zip(*rounds, strict=True)]


def _median(verdicts: Sequence[Critique | AnswerError]) -> Critique | AnswerError:
    given = [verdict for verdict in verdicts if isinstance(verdict, Critique)]
    if not given:
        return verdicts[0]
    scores = {
        name: float(median(v.scores[name] for v in given if name in v.scores))
        for name in dict.fromkeys(name for verdict in given for name in verdict.scores)
    }
    findings = tuple(dict.fromkeys(finding for verdict in given for finding in verdict.findings))
    accept = 2 * sum(verdict.accept for verdict in given) > len(given)
    return Critique(findings=findings, scores=scores, accept=accept)


def _mean(critique: Critique) -> float:
    return sum(critique.scores.values()) / max(1, len(critique.scores))


def _good(critique: Critique, least: float | None) -> bool:
    return critique.accept if least is None else _mean(critique) >= least


def _low(draft: Draft, critique: Critique, *, revised: bool = False) -> AnswerError:
    said = "; ".join(critique.findings) or "no findings"
    detail = f"{_mean(critique):.1f} of 5{' after one revision' if revised else ''}: {said}"
    return AnswerError("low-score", detail[:500], payload=draft.payload)
