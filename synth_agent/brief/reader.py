"""From the words of a brief to one spec: readings reconciled, or the contradiction named."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from synth_agent.brief.cursor import Brief
from synth_agent.brief.grammar import read_all, read_labels
from synth_agent.brief.groups import place_amounts
from synth_agent.brief.hints import DomainHint
from synth_agent.brief.languages import DECIMAL_COMMA, detect
from synth_agent.brief.lexicon import LABEL_SETS
from synth_agent.brief.overrides import given, lay_over
from synth_agent.brief.parts import label_names
from synth_agent.brief.problems import build_spec
from synth_agent.brief.readings import Listing, Match, Refused, Setting
from synth_agent.brief.settled import DEFAULT_COUNT, settle_amounts
from synth_agent.brief.subjects import domain_of, topics_of
from synth_agent.brief.tasks import check_fields, task_of, task_scores
from synth_agent.brief.terms import Terms
from synth_agent.brief.totals import split_of
from synth_agent.brief.unread import unread_parts
from synth_agent.errors import ConfigError
from synth_agent.schemas import DatasetSpec

__all__ = ["read_brief"]

_HOLE: Final = re.compile(r"<([^<>]+)>")
_KEYS: Final = (
    "role",
    "language",
    "output_format",
    "layout",
    "line_format",
    "seed",
    "method",
    "pack",
    "dedup_threshold",
)
_FIRST_WINS: Final = frozenset({"role", "line_format", "language"})
"""Settings that a brief may well name more than once."""
_TYPED: Final = re.compile(
    r"(?<=\w) ?\((?:text|string|str|numbers?|numeric|int(?:eger)?|float|decimal|dates?|datetime"
    r"|time|bool(?:ean)?|categor(?:y|ical)|currency|percent(?:age)?)\)",
    re.IGNORECASE,
)
"""The type of a column behind its name: "temp_c (number)"."""
_LONGEST_BRIEF: Final = 200_000  # characters; a document is not a brief


def read_brief(text: str, *, hints: Sequence[DomainHint] = (), **overrides: Any) -> DatasetSpec:
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
    if text.strip().count("(") > brief.text.count("("):  # types of columns were left out
        values["unread"] = ("the types of the columns", *values["unread"])
    merged = lay_over({"brief": text, **values}, flags)
    if merged["task"] == "classification" and not merged["labels"]:
        raise ConfigError("classification needs labels; name them: 'labels: urgent, normal, low'")
    spec = build_spec(merged)
    check_fields(spec.task, spec.fields)
    return spec


def _tokenized(text: str, hints: Sequence[DomainHint]) -> Brief:
    """Return the tokens, with the labels known that the brief names in lists."""
    text = _untyped(_unquoted(text.strip()))
    language = detect(text)
    brief = Brief.read(text, language, decimal_comma=language in DECIMAL_COMMA)
    sure = [name for labels in LABEL_SETS for name in labels]
    known = sure + _labels_of(hints)
    draft = brief.with_labels(_terms(known), _terms(sure))
    named = label_names(read_labels(draft))
    return draft.with_labels(_terms(known + named), _terms(sure + named))


def _untyped(text: str) -> str:
    """Return a brief without the types of its columns, where it names those of two or more."""
    return _TYPED.sub("", text) if len(_TYPED.findall(text)) > 1 else text


def _unquoted(text: str) -> str:
    inner = text[1:-1]
    quoted = text[0] == text[-1] and text[0] in "\"'`" and text[0] not in inner
    return inner if quoted and inner.strip() else text


def _labels_of(hints: Iterable[DomainHint]) -> list[str]:
    names: list[str] = []
    for hint in hints:
        for classifier in hint.classifiers:
            for label, aliases in classifier.labels.items():
                names += [label, label.replace("_", " "), *aliases]
    return names


def _terms(names: Iterable[str]) -> Terms[str]:
    """Return names with their plurals."""
    singular = {name: name for name in names}
    return Terms({f"{name}s": name for name in singular if not name.endswith("s")} | singular)


def _refuse(matches: Iterable[Match]) -> None:
    for match in matches:
        if isinstance(match.reading, Refused):
            raise ConfigError(match.reading.message)


def _values(
    brief: Brief, matches: list[Match], hints: Sequence[DomainHint], flags: Mapping[str, Any]
) -> dict[str, Any]:
    names = _fields(matches)
    scores = task_scores(matches)
    strongest = max(scores.values(), default=0)
    classifies = strongest < 2 or scores["classification"] >= strongest > 3
    placed = place_amounts(brief, matches, classifies=classifies)
    task = flags.get("task") or task_of(task_scores(placed), names)
    settled = settle_amounts(brief.text, placed, task, hints)
    used = [match for match in settled.used if _has_part(match, task)]
    unnamed = settled.count is None and "count" not in flags
    notes = (f"no count was named: {DEFAULT_COUNT} records",) if unnamed else ()
    return {
        **_settings(placed, brief.language),
        "task": task,
        "count": settled.count or DEFAULT_COUNT,
        "labels": settled.labels,
        "difficulty": settled.difficulty,
        "fields": names,
        "domain": domain_of(brief.text, placed, hints, settled.labels)
        if matches
        else _alone(brief.text),
        "topics": topics_of(placed),
        "split": split_of(placed),
        "unread": (*notes, *unread_parts(brief, used)),
    }


def _alone(text: str) -> str:
    """Return a brief of a few words as its own subject: "bees"."""
    return text if len(text.split()) <= 6 and len(text) <= 80 else ""


def _has_part(match: Match, task: str) -> bool:
    """Whether a list of labels that may be something else was taken for labels."""
    reading = match.reading
    unsure = isinstance(reading, Listing) and reading.axis == "label" and not reading.sure
    return not unsure or task == "classification"


def _settings(matches: Sequence[Match], language: str) -> dict[str, Any]:
    """Return the facts that are named, and what follows from them for those that are not."""
    values: dict[str, Any] = {"language": language}
    for key in _KEYS:
        if (value := _setting(matches, key)) is not None:
            values[key] = value
    if "output_format" not in values and "line_format" in values:
        values["output_format"] = "txt"
    if "output_format" not in values and str(values.get("layout")).startswith("openai"):
        values["output_format"] = "jsonl"
    return values


def _setting(matches: Sequence[Match], key: str) -> object:
    """Return the value of the strongest reading.

    Raises:
        ConfigError: Two of the same strength disagree.
    """
    found = [m.reading for m in matches if isinstance(m.reading, Setting) and m.reading.key == key]
    best = max((reading.rank for reading in found), default=0)
    if key == "layout" and best == 0 and _fields(matches):
        return None
    values = list(dict.fromkeys(reading.value for reading in found if reading.rank == best))
    if len(values) > 1 and key not in _FIRST_WINS:
        said = " and ".join(repr(value) for value in values[:2])
        raise ConfigError(f"two answers for {key.replace('_', ' ')}: {said}; name one")
    return values[0] if values else None


def _fields(matches: Sequence[Match]) -> tuple[str, ...]:
    """Return the names of the keys: those of the line format, else the longest list of fields."""
    line_format = _setting(matches, "line_format")
    if line_format is not None:
        return tuple(dict.fromkeys(name.strip() for name in _HOLE.findall(str(line_format))))
    lists = [
        tuple(dict.fromkeys(entry.name for entry in m.reading.entries))
        for m in matches
        if isinstance(m.reading, Listing) and m.reading.axis in {"field", "column"}
    ]
    return max(lists, key=len, default=())
