"""How a dataset that a model wrote was made: the facts that card and report page both tell."""

from collections.abc import Iterator, Mapping
from typing import Final

from synth_agent.schemas import Report
from synth_agent.schemas.report import ScoreSpread, dollars

__all__ = ["covered", "good", "judged_by", "making", "marks", "untouched"]

_READINGS: Final[Mapping[str, str]] = {
    "labelled": "Labels read blindly by",
    "judged": "Judged blindly by",
    "compared": "Pairs compared twice by",
    "confirmed": "Answers confirmed blindly by",
}
_MARKS: Final[Mapping[str, str]] = {
    "rare": "Rare events and deliberate flaws",
    "flaw": "Rare events and deliberate flaws",
    "evolved": "Steps of evolution",
    "form": "Kinds of record",
    "turns": "Turns of the user",
    "revised-by": "Revised once, by prompt",
    "reasoning-by": "Reasoning replaced, by prompt",
    "rejected-by": "Worse answers written by",
}
_WHOLE: Final = frozenset({"rare", "flaw"})
"""Kinds that share a panel, and so keep their names."""


def making(report: Report) -> list[tuple[str, str]]:
    """Return names and values, in order; none where no model was asked."""
    if report.spec.model is None:
        return []
    facts = [*_writing(report), *_judging(report), *_cost(report)]
    return [(name, value) for name, value in facts if value]


def judged_by(report: Report) -> str:
    """Return who gave the scores."""
    if report.critic is None:
        return "code, without a model"
    return f"{report.critic}, the writer itself" if report.self_judged else report.critic


def good(spread: ScoreSpread) -> float:
    """Return the share of records with 4 or more."""
    return sum(spread.counts[6:]) / sum(spread.counts)


def covered(counts: Mapping[str, int]) -> int:
    """Return how many values have records."""
    return sum(n > 0 for n in counts.values())


def untouched(counts: Mapping[str, int], *, shown: int = 8) -> dict[str, int]:
    """Return the least covered values."""
    return dict(list(counts.items())[:shown])


def marks(tags: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Return the tags by what they are about: a title -> names -> records."""
    found: dict[str, dict[str, int]] = {}
    for tag, n in tags.items():
        kind, _, value = tag.partition(":")
        title = _MARKS.get(kind, "Other marks")
        short = value if kind in _MARKS and kind not in _WHOLE else tag
        found.setdefault(title, {})[short] = n
    return found


def _writing(report: Report) -> Iterator[tuple[str, str]]:
    spec = report.spec
    warm = "the provider's own" if spec.temperature is None else f"{spec.temperature:g}"
    yield "Model", spec.model or ""
    yield "Temperature", warm
    yield "Prompts", _ranked(report.prompts)
    yield "Documents", ", ".join(spec.docs)
    yield "Inputs", spec.inputs or ""
    yield "Worse answers by", spec.weak_model or ""
    sampled = spec.self_consistency
    yield "Self-consistency", f"{sampled} reasonings a question" if sampled > 1 else ""
    if spec.records_per_call is not None:
        yield "Records asked for in a call", str(spec.records_per_call)
    if report.usage.requests:
        yield "Records kept for each call", f"{report.accepted / report.usage.requests:.2g}"


def _judging(report: Report) -> Iterator[tuple[str, str]]:
    spec = report.spec
    for reading, by in report.readers.items():
        named = {_named(report, model): n for model, n in by.items()}
        yield _READINGS[reading], _ranked(named)
    if report.critic is None:
        yield "Critic", "none"
        return
    yield "Critic", judged_by(report)
    yield "Verdicts on each draft", str(spec.judges) if spec.judges > 1 else ""
    enough = "the critic's own verdict"
    yield "Good enough", enough if spec.min_score is None else f"a mean of {spec.min_score:g} of 5"


def _cost(report: Report) -> Iterator[tuple[str, str]]:
    usage = report.usage
    yield "Calls", f"{usage.requests:,}"
    yield "Tokens", f"{usage.tokens_in:,} in, {usage.tokens_out:,} out"
    yield "Cost", "not known" if usage.cost_usd is None else dollars(usage.cost_usd)


def _named(report: Report, model: str) -> str:
    return f"{model}, the writer itself" if model == report.spec.model else model


def _ranked(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({n:,} records)" for name, n in counts.items())
