"""How figures are said in a line: quotas, reasons, calls, tokens, money, who made and judged it."""

from collections.abc import Mapping
from typing import Final

from synth_agent.schemas import DatasetSpec, Estimate, Report, Usage
from synth_agent.schemas.report import dollars
from synth_agent.writing.hand_size import hand_size

__all__ = [
    "counts",
    "critic",
    "estimated",
    "made_by",
    "money",
    "ranked",
    "speed",
    "spent",
    "tokens",
    "written_from",
]

_RULES: Final = "0 model calls, 0 tokens, $0.00"


def counts(quotas: Mapping[str, int]) -> str:
    """Say quotas in a line."""
    return ", ".join(f"{n:,} {name}" for name, n in quotas.items())


def ranked(reasons: Mapping[str, int]) -> str:
    """Say reasons with how often they occurred."""
    return ", ".join(f"{reason} {n:,}" for reason, n in reasons.items())


def tokens(number: int) -> str:
    """Say a number of tokens shortly.

    >>> tokens(940), tokens(61_234), tokens(1_234_567)
    ('940 tokens', '61 k tokens', '1.2 M tokens')
    """
    if number < 1000:
        return f"{number} tokens"
    return f"{number / 1e6:.1f} M tokens" if number >= 999_500 else f"{number / 1e3:.0f} k tokens"


def money(usage: Usage) -> str:
    """Say what a run has cost so far: money, or tokens where the price is not known."""
    if not usage.requests:
        return ""
    if usage.cost_usd is None:
        return tokens(usage.tokens_in + usage.tokens_out)
    return dollars(usage.cost_usd)


def spent(usage: Usage) -> str:
    """Say what a run has cost in full."""
    if not usage.requests:
        return _RULES
    calls = f"{usage.requests:,} call{'s' if usage.requests != 1 else ''}"
    flow = f"{usage.tokens_in:,} tokens in, {usage.tokens_out:,} out"
    return f"{calls}, {flow}, {dollars(usage.cost_usd)}"


def estimated(estimate: Estimate) -> str:
    """Say what a run will cost; an estimate is rounded as its errors are."""
    if not estimate.calls:
        return _RULES
    flow = f"{_about(estimate.tokens_in):,} tokens in, {_about(estimate.tokens_out):,} out"
    calls = f"{estimate.calls:,} call{'s' if estimate.calls > 1 else ''}"
    return f"about {calls}, {flow}, {dollars(estimate.cost_usd)}"


def speed(per_second: float) -> str:
    """Say records per second, or per minute where there is less than one."""
    return f"{per_second:,.0f}/s" if per_second >= 1 else f"{60 * per_second:,.0f}/min"


def made_by(spec: DatasetSpec) -> str:
    """Say how records are made, and by whom."""
    made = spec.method if spec.model is None else f"{spec.method} with {spec.model}"
    made = f"{made}, pack {spec.pack}" if spec.pack else made
    if spec.model is None:
        return made
    size = hand_size(spec)
    warm = "" if spec.temperature is None else f", temperature {spec.temperature:g}"
    return f"{made}, {size} record{'s' if size != 1 else ''} a call{warm}"


def critic(report: Report) -> str:
    """Say who judges, how often, and what is good enough; nothing where nobody was asked."""
    spec = report.spec
    if report.critic is None:
        return ""
    name = f"{report.critic} (the writer itself)" if report.self_judged else report.critic
    often = f", {spec.judges} times" if spec.judges > 1 else ""
    enough = "its own verdict" if spec.min_score is None else f"{spec.min_score:g} of 5 is enough"
    return f"{name}{often}, {enough}"


def written_from(spec: DatasetSpec) -> str:
    """Say what of the user's a method works on."""
    return ", ".join(spec.docs) or spec.inputs or ""


def _about(number: int) -> int:
    """Return a number with its first two digits, more of a large one: 61,000, 1,105,000."""
    return round(number, -3 if number >= 10_000 else -2)
