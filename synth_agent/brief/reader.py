"""From the words of a brief to one spec: readings reconciled, or the contradiction named."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from synth_agent.brief.cursor import Brief
from synth_agent.brief.grammar import read_all, read_labels
from synth_agent.brief.groups import place_amounts
from synth_agent.brief.hints import DomainHint, best_classifier
from synth_agent.brief.languages import DECIMAL_COMMA, detect
from synth_agent.brief.lexicon import LABEL_SETS
from synth_agent.brief.overrides import given, lay_over
from synth_agent.brief.problems import build_spec
from synth_agent.brief.quotas import Parts, label_names, parts_of, settle, split_of, total_of
from synth_agent.brief.readings import Amount, Listing, Match, Refused, Setting
from synth_agent.brief.subjects import domain_of, topics_of
from synth_agent.brief.tasks import check_fields, task_of, task_scores
from synth_agent.brief.terms import Terms
from synth_agent.brief.unread import unread_parts
from synth_agent.errors import ConfigError
from synth_agent.schemas import DatasetSpec

__all__ = ["DEFAULT_COUNT", "read_brief"]

DEFAULT_COUNT: Final = 100
"""Records, where a brief names no number; it then says so under `unread`."""

_HOLE: Final = __import__("re").compile(r"<([^<>]+)>")
_LONGEST_BRIEF: Final = 200_000  # characters; a document is not a brief


@dataclass(frozen=True, slots=True)
class _Amounts:
    """What the quantities came to."""

    count: int | None
    labels: dict[str, int]
    difficulty: dict[str, int]
    used: list[Match]


def read_brief(text: str, *, hints: Sequence[DomainHint] = (), **overrides: Any) -> DatasetSpec:  # noqa: ANN401
    """Return the spec that a brief means, read without a model.

    What was not understood stands in `unread`, in the user's words. Without a number the spec is
    for 100 records, and `unread` says so.

    Args:
        hints: What is known about the domains that can be served; they help to recognise labels
            and subjects.
        overrides: Values of flags by field of the spec, which beat the brief; None means not
            given. A new count rescales the quotas of the brief.

    Raises:
        ConfigError: The brief is empty, nonsense, or contradicts itself or its flags.
    """
    flags = given(overrides)
    if not text.strip():
        raise ConfigError("the brief is empty; say what to generate, e.g. '50 questions about OEE'")
    if len(text) > _LONGEST_BRIEF:
        raise ConfigError(f"the brief has {len(text):,} characters; {_LONGEST_BRIEF:,} at most")
    brief = _tokenized(text, hints)
    matches = read_all(brief)
    _refuse(matches)
    values = _values(brief, matches, hints, flags)
    merged = lay_over(values, flags)
    if merged["task"] == "classification" and not merged["labels"]:
        raise ConfigError("classification needs labels; name them: 'labels: urgent, normal, low'")
    check_fields(merged["task"], merged.get("fields") or ())
    return build_spec(merged)


def _tokenized(text: str, hints: Sequence[DomainHint]) -> Brief:
    """Return the tokens, with the labels known that the brief names in lists."""
    language = detect(text)
    comma = language in DECIMAL_COMMA
    known = _known_labels(hints)
    draft = Brief.read(text, language, decimal_comma=comma, labels=Terms(known))
    named = {name: name for name in label_names(read_labels(draft))}
    return draft.with_labels(Terms(_with_plurals({**known, **named})))


def _known_labels(hints: Iterable[DomainHint]) -> dict[str, str]:
    names = [name for labels in LABEL_SETS for name in labels]
    for hint in hints:
        for classifier in hint.classifiers:
            for label, aliases in classifier.labels.items():
                names += [label, label.replace("_", " "), *aliases]
    return _with_plurals(dict.fromkeys(names, ""))


def _with_plurals(names: dict[str, str]) -> dict[str, str]:
    singular = {name: name for name in names}
    return {f"{name}s": name for name in names if not name.endswith("s")} | singular


def _refuse(matches: Iterable[Match]) -> None:
    for match in matches:
        if isinstance(match.reading, Refused):
            raise ConfigError(match.reading.message)


def _values(
    brief: Brief, matches: list[Match], hints: Sequence[DomainHint], flags: dict[str, Any]
) -> dict[str, Any]:
    scores = task_scores(matches)
    line_format = _setting(matches, "line_format")
    names = _fields(matches, str(line_format) if line_format else None)
    classifies = scores["classification"] >= 4 and scores["classification"] >= max(scores.values())
    placed, parts_by_topic = place_amounts(brief, matches, classifies=classifies)
    scores |= task_scores([m for m in placed if _labels_something(m)])
    task = flags.get("task") or task_of(_with_quotas(scores, placed), names)
    amounts = _amounts(brief, placed, task, hints)
    topics = topics_of(placed)
    notes = (
        ()
        if amounts.count or "count" in flags
        else (f"no count was named: {DEFAULT_COUNT} records",)
    )
    settings = {
        key: value
        for key in ("role", "language", "output_format", "layout", "seed", "method", "pack")
        if (value := _setting(placed, key)) is not None
    }
    return {
        "language": brief.language,
        **_defaults(task, settings, line_format, names),
        **settings,
        **_dedup(placed),
        "brief": brief.text,
        "task": task,
        "count": amounts.count or DEFAULT_COUNT,
        "labels": amounts.labels,
        "difficulty": amounts.difficulty,
        "fields": names,
        "line_format": line_format,
        "topics": (*topics, *(name for name in parts_by_topic if name not in topics)),
        "domain": domain_of(brief, placed, hints),
        "split": split_of(placed),
        "unread": (*notes, *unread_parts(brief, amounts.used)),
    }
