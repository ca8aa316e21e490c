"""Does a critic judge as people do? A critic, model or rules, measured on records they labelled.

Limits: each record is judged once, so `judges` of a spec may do better; the critic is told the
subject but no wish, for a file has none; verdicts of one person are taken for right, and how far
two people would agree is not known.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Final, Literal

from synth_agent.errors import AnswerError, BudgetError, ConfigError, RunError
from synth_agent.labelled import Labelled
from synth_agent.quality.agreement import Agreement, Cut, best_threshold, cohens_kappa
from synth_agent.quality.score import rule_scores
from synth_agent.schemas import Ask, Critique, DatasetSpec, Draft, Slot
from synth_agent.schemas.calibration import Calibration, ScoreCut
from synth_agent.schemas.report import Usage
from synth_agent.text import digest

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from synth_agent.chains.critique import Judged
    from synth_agent.writing.means import Means

__all__ = ["RULES", "Measured", "calibrate", "judged_by", "judged_by_rules", "measured"]

RULES: Final = "rules"
"""The name of the critic that needs no model."""
_FEW: Final = 30
"""Records below which the interval of kappa is too narrow to be believed."""
_PER_CALL: Final = 5
"""Drafts handed on at once: what the critic reads in one call, so that a bound costs no more."""
_FOLDS: Final = 10

Verdict = Critique | AnswerError
Conclusion = Literal["better", "no-better", "too-few"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The critic that is measured, and how its verdict is read.

    Attributes:
        name: `provider:model`, or `rules`.
        prompt: Identity of its prompt; None for rules.
        min_score: The mean score from which it keeps; None: its own verdict, or with rules, which
            have none, the best score.
    """

    name: str
    prompt: str | None = None
    min_score: float | None = None

    @property
    def decided_by(self) -> Literal["accept", "min-score", "threshold"]:
        """What its verdict is."""
        if self.min_score is not None:
            return "min-score"
        return "threshold" if self.name == RULES else "accept"


async def calibrate(
    labelled: Labelled,
    spec: DatasetSpec,
    *,
    model: str | None,
    means: "Means",
    min_score: float | None = None,
) -> Calibration:
    """Return how far a critic agrees with people; without a model, the one made of rules.

    Where the budget ends first, what was judged until then is measured.

    Args:
        spec: Task, subject and language, as the critic is told them.
        model: `provider:model`.
        means: Keys and bounds; `means.critic` takes the place of the model, where one is handed in.
        min_score: See `Measured`.

    Raises:
        ConfigError: A key, address or price is missing, or rules judge no such record.
        RunError: No record could be judged.
        BudgetError: The budget is spent before the first one is.
        ProviderError: The model's provider failed for good.
    """
    if model is None:
        critic = Measured(name=RULES, min_score=min_score)
        return measured(labelled, judged_by_rules(labelled.drafts, spec), spec=spec, critic=critic)
    # LangChain takes 0.5 s to import, which rules do not wait for
    from synth_agent.calls.budget import Budget  # noqa: PLC0415
    from synth_agent.calls.ledger import MemoryLedger  # noqa: PLC0415
    from synth_agent.chains.critique import critique_chain  # noqa: PLC0415
    from synth_agent.chains.ways import Ways  # noqa: PLC0415
    from synth_agent.writing.opening import OpenModels  # noqa: PLC0415

    budget = Budget(means.budget_usd, means.budget_tokens, resume="synth-agent calibrate")
    models = OpenModels(means, ledger=MemoryLedger(), budget=budget, ways=Ways())
    try:
        door = models.door(model, handed=means.critic)
        verdicts = await judged_by(critique_chain(door, spec), labelled.drafts)
    finally:
        await models.close()
    critic = Measured(name=model, prompt=door.prompts["critique"].id, min_score=min_score)
    used = models.usage
    usage = Usage(
        requests=used.requests,
        tokens_in=used.tokens_in,
        tokens_out=used.tokens_out,
        cost_usd=used.cost_usd,
    )
    return measured(labelled, verdicts, spec=spec, critic=critic, usage=usage)


# ------------------------------------------------------------------------------- the critic's part


async def judged_by(
    chain: "Runnable[Sequence[Judged], list[Verdict]]", drafts: Sequence[Draft]
) -> list[Verdict]:
    """Return the critic's verdict on each record, or why there is none, in order.

    Raises:
        BudgetError: The budget is spent before anything was judged.
    """
    from synth_agent.chains.critique import Judged  # noqa: PLC0415
    from synth_agent.chains.hand import Order  # noqa: PLC0415

    slots = [Slot(index=draft.slot, ordinal=draft.slot, seed=0) for draft in drafts]
    given = [Judged(Order(Ask(slot)), d) for slot, d in zip(slots, drafts, strict=True)]
    groups = [given[at : at + _PER_CALL] for at in range(0, len(given), _PER_CALL)]
    found = await asyncio.gather(*(_within_budget(chain, group) for group in groups))
    spent = [group for group in found if isinstance(group, BudgetError)]
    if spent and len(spent) == len(found):
        raise spent[0]
    verdicts: list[Verdict] = []
    for group, judged in zip(groups, found, strict=True):
        if isinstance(judged, BudgetError):
            verdicts += [AnswerError("budget", str(judged))] * len(group)
        else:
            verdicts += judged
    return verdicts


async def _within_budget(
    chain: "Runnable[Sequence[Judged], list[Verdict]]", group: Sequence["Judged"]
) -> list[Verdict] | BudgetError:
    try:
        return await chain.ainvoke(group)
    except BudgetError as error:
        return error


def judged_by_rules(drafts: Sequence[Draft], spec: DatasetSpec) -> list[Verdict]:
    """Return the scores of the critic that needs no model; `accept` is not asked of it."""
    found = [rule_scores(draft, spec) for draft in drafts]
    if not any(found):
        raise ConfigError(
            f"rules can judge none of these records (task {spec.task!r}); name a model with --model"
        )
    unscored = AnswerError("no-score", "code sees nothing to judge in it")
    return [Critique(scores=scores, accept=True) if scores else unscored for scores in found]


# -------------------------------------------------------------------------------------- the figures


def measured(
    labelled: Labelled,
    verdicts: Sequence[Verdict],
    *,
    spec: DatasetSpec,
    critic: Measured,
    usage: Usage = Usage(),  # noqa: B008 - frozen
) -> Calibration:
    """Return the figures: agreement, kappa, baseline, the best threshold and the table.

    Args:
        verdicts: The critic's, or why there is none, one for each of the labelled records.

    Raises:
        RunError: There is no verdict at all.
    """
    pairs = list(zip(labelled.keeps, verdicts, strict=True))
    keeps = [keep for keep, verdict in pairs if isinstance(verdict, Critique)]
    critiques = [verdict for verdict in verdicts if isinstance(verdict, Critique)]
    lost = [verdict for verdict in verdicts if isinstance(verdict, AnswerError)]
    if not critiques:
        raise RunError(f"none of the {len(pairs):,} records could be judged; first: {lost[0]}")
    unjudged = dict(Counter(error.reason for error in lost).most_common())
    tenths = [_tenth(_mean(critique)) for critique in critiques]
    said = _said(critic, critiques, tenths, keeps)
    agreement = cohens_kappa(keeps, said)
    cuts = best_threshold(tenths, keeps)
    return Calibration(
        critic=critic.name,
        prompt=critic.prompt,
        task=spec.task,
        subject=spec.domain,
        language=spec.language,
        source=labelled.source,
        column=labelled.column,
        kept_from=labelled.kept_from,
        labelled=len(pairs),
        unlabelled=labelled.unlabelled,
        n=agreement.cases,
        unjudged=unjudged,
        decided_by=critic.decided_by,
        min_score=critic.min_score,
        people_keep=sum(keeps),
        critic_keeps=sum(said),
        agreement=agreement.raw,
        baseline=agreement.constant,
        kappa=agreement.kappa,
        low=agreement.low,
        high=agreement.high,
        conclusion=_conclusion(agreement),
        best=_score_cut(cuts.best),
        table=tuple(map(_score_cut, cuts.table)),
        notes=tuple(_notes(agreement, keeps, unjudged)),
        usage=usage,
    )


def _said(
    critic: Measured, critiques: Sequence[Critique], tenths: Sequence[float], keeps: Sequence[bool]
) -> list[bool]:
    """Return whether the critic keeps each record."""
    match critic.decided_by:
        case "accept":
            return [critique.accept for critique in critiques]
        case "min-score":
            assert critic.min_score is not None
            return [_mean(critique) >= critic.min_score for critique in critiques]
        case "threshold":
            return _held_out(tenths, keeps)


def _held_out(scores: Sequence[float], keeps: Sequence[bool]) -> list[bool]:
    """Return whether each score is kept, by a threshold that was chosen without it.

    A threshold that is tried on the records that it was chosen on looks better than it is.
    """
    said = [True] * len(scores)
    # Every tenth of the kept and of the dropped, else what is left out tips the balance of the rest
    # the other way; by a digest, for files often take turns between good and bad.
    order = sorted(range(len(scores)), key=lambda at: (keeps[at], digest("fold", str(at))))
    for fold in range(_FOLDS):
        left_out = order[fold::_FOLDS]
        others = sorted(set(order).difference(left_out))
        if not others or not left_out:
            continue
        best = best_threshold([scores[at] for at in others], [keeps[at] for at in others]).best
        for at in left_out:
            said[at] = scores[at] >= best.threshold
    return said


def _mean(critique: Critique) -> float:
    return fmean(critique.scores.values())


def _tenth(score: float) -> float:
    """Round down to a tenth: a score reaches a threshold in tenths exactly when this does."""
    return math.floor(round(score * 10, 6)) / 10


def _score_cut(cut: Cut) -> ScoreCut:
    return ScoreCut(
        threshold=cut.threshold, precision=cut.precision, recall=cut.recall, kappa=cut.kappa
    )


# ----------------------------------------------------------------------------------- what they mean


def _conclusion(agreement: Agreement) -> Conclusion:
    if agreement.cases < _FEW:
        return "too-few"
    return "better" if agreement.raw > agreement.constant and agreement.low > 0 else "no-better"


def _notes(agreement: Agreement, keeps: Sequence[bool], unjudged: dict[str, int]) -> Iterator[str]:
    if agreement.cases < _FEW:
        yield (
            f"{agreement.cases} records are too few to tell, {_FEW} or more are needed; even the "
            "interval of kappa is narrower than it should be"
        )
    usual = "keep" if 2 * sum(keeps) >= len(keeps) else "drop"
    if len(set(keeps)) == 1:
        yield f"people {usual} every record, so agreement proves nothing; label others as well"
    elif agreement.raw <= agreement.constant:
        though = ", though it agrees beyond chance" if agreement.low > 0 else ""
        yield (
            f"the critic is no better than always saying {usual!r}: it agrees with people on "
            f"{agreement.raw:.0%} of the records, that on {agreement.constant:.0%}{though}"
        )
    elif agreement.low <= 0:
        yield (
            "it is not shown that the critic agrees beyond chance: the interval of kappa begins at "
            f"{agreement.low:.2f}"
        )
    if unjudged:
        why = ", ".join(f"{reason} {n:,}" for reason, n in unjudged.items())
        yield f"{sum(unjudged.values()):,} records could not be judged: {why}"
