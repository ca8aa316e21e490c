"""How a dataset was made and what it was held against: what card and report page both tell."""

from collections.abc import Iterator, Mapping
from typing import Final

from synth_agent.schemas import DEFAULT_FIELDS, DatasetSpec, Report
from synth_agent.schemas.fields import field_source
from synth_agent.schemas.report import ProtectedFile, ScoreSpread, dollars
from synth_agent.text import Comparable

__all__ = [
    "covered",
    "good",
    "held_against",
    "judged_by",
    "making",
    "marks",
    "too_near",
    "untouched",
]

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
_NEAR: Final[Mapping[str, str]] = {
    "cosine": "by meaning (cosine)",
    "word triples": "by their word triples",
    "ROUGE-L": "by their words in order (ROUGE-L)",
    "13-gram": "by 13 words in a row or more",
    "8-gram": "by half of the shorter text’s 8-grams",
}
_DIGEST: Final = 12
_REPEATS: Final[Mapping[str, tuple[str, ...]]] = {
    "as repeats of other records": ("duplicate", "near-duplicate"),
    "as copies of given examples": ("seed-copy",),
    "as too near to protected texts": ("protected",),
}
"""What drafts were dropped as -> reasons."""
_WHOLE: Final = frozenset({"rare", "flaw"})
"""Kinds that share a panel, and so keep their names."""


def making(report: Report) -> list[tuple[str, str]]:
    """Return names and values, in order; none where no model was asked."""
    if report.spec.model is None:
        return []
    facts = [*_writing(report), *_judging(report), *_cost(report)]
    return [(name, value) for name, value in facts if value]


def held_against(report: Report) -> list[tuple[str, str]]:
    """Return names and values of what says how records were kept from being repeats."""
    spec = report.spec
    facts = [
        ("Near-duplicates", _limits(report)),
        ("Compared", _compared(spec)),
        (
            "Nearest pair kept",
            f"a cosine of {report.nearest[0].similarity:.3f}" if report.nearest else "",
        ),
        ("Given examples", f"{spec.seeds}; no record repeats one" if spec.seeds else ""),
        *(("Kept away from", _file(file)) for file in report.protected),
        ("Too near to these", _guard(spec) if report.protected else ""),
        ("Drafts dropped", _dropped(report)),
    ]
    return [(name, value) for name, value in facts if value]


def too_near(report: Report, kind: str) -> str:
    """Return how many drafts came too near to texts of a kind, by measure: `3 by meaning …`."""
    counts = report.near_counts.get(kind, {})
    return ", ".join(f"{n:,} {_NEAR[measure]}" for measure, n in counts.items())


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


def _limits(report: Report) -> str:
    spec, limits = report.spec, []
    if spec.semantic_threshold is not None:
        limits.append(f"a cosine of {spec.semantic_threshold:g} or more{_embedder(report)}")
    if spec.lexical_threshold is not None:
        rouge = spec.lexical_measure == "ROUGE-L"
        measure = "a ROUGE-L" if rouge else "a Jaccard index of word triples"
        limits.append(f"{measure} of {spec.lexical_threshold:g} or more")
    return f"dropped where two records have {' or '.join(limits)}" if limits else "not looked for"


def _embedder(report: Report) -> str:
    """Return by what meaning was told: the name it was asked for by, and what that was then."""
    asked, was = report.spec.embedder, report.embedder
    known = [name for name in (asked, was if was != asked else None) if name]
    return f" (embedder: {', '.join(known)})" if known else ""


def _compared(spec: DatasetSpec) -> str:
    """Return which fields were compared, and whether figures made a difference."""
    if spec.semantic_threshold is None and spec.lexical_threshold is None:
        return ""
    says, called = Comparable.of(spec), {field_source(spec.task, n): n for n in spec.fields}
    fields = spec.dedup_fields or tuple(
        called.get(own, own) for own in DEFAULT_FIELDS[spec.task] if says({own: "?"}).strip()
    )
    what = ", ".join(fields) or "the whole record"
    if spec.dedup_mask_numbers is None:
        return what
    return f"{what}; figures {'tell no' if spec.dedup_mask_numbers else 'tell'} records apart"


def _guard(spec: DatasetSpec) -> str:
    limit = spec.semantic_threshold
    cosine = "the embedder's own limit" if limit is None else f"{limit:g}"
    return f"13 words in a row, half of the shorter text's 8-grams, or a cosine of {cosine}"


def _dropped(report: Report) -> str:
    asked = {"seed-copy": bool(report.spec.seeds), "protected": bool(report.protected)}
    counts = {
        said: sum(report.rejected.get(reason, 0) for reason in reasons)
        for said, reasons in _REPEATS.items()
        if any(asked.get(reason) or reason in report.rejected for reason in reasons)
    }
    return ", ".join(f"{count:,} {said}" for said, count in counts.items())


def _file(file: ProtectedFile) -> str:
    facts = [
        "" if file.rows is None else _counted(file.rows, "row"),
        _counted(file.texts, "text"),
        f"SHA-256 {file.digest[:_DIGEST]}…" if file.digest else "",
    ]
    return f"{file.path} ({', '.join(filter(None, facts))})"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' if count != 1 else ''}"


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
