"""Which task a brief means, by its words, its labels and the names of its fields."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from synth_agent.brief.readings import Amount, Listing, Match, Ratio, Setting
from synth_agent.brief.spans import inner_tokens, stands_in
from synth_agent.errors import ConfigError
from synth_agent.schemas import DEFAULT_FIELDS
from synth_agent.schemas.fields import field_source, unknown_fields

__all__ = ["check_fields", "task_of", "task_of_fields", "task_scores"]

_NOUN_WEIGHT: Final = {"reasoning": 1, "classification": 1, "instruction": 2, "qa": 2, "tabular": 1}
_LAYOUT_TASKS: Final = {
    "preference": ("preference", 5),
    "openai-dpo": ("preference", 5),
    "alpaca": ("instruction", 1),
    "sharegpt": ("conversation", 1),
}
_ORDER: Final = (
    "qa",
    "instruction",
    "classification",
    "preference",
    "reasoning",
    "conversation",
    "code",
    "safety",
)
"""Of tasks that fit equally well the first is taken."""
_ASIDE: Final = 1  # what a task word inside a subject says: "questions about programming"
_RARE: Final = frozenset({"safety", "code"})
"""Tasks that one name of their own does not mean."""


def task_scores(matches: Sequence[Match]) -> Counter[str]:
    """Return how strongly the words speak for each task; the strongest of each counts."""
    scores: Counter[str] = Counter()
    subjects = [m for m in matches if isinstance(m.reading, Setting) and m.reading.key == "domain"]
    inside = inner_tokens(subjects)
    for match in matches:
        aside = stands_in(match, inside)
        for task, weight in _spoken(match):
            scores[task] = max(scores[task], min(weight, _ASIDE) if aside else weight)
    if _confirmed(matches):
        scores["classification"] = max(scores["classification"], 4)
    return scores


def _spoken(match: Match) -> list[tuple[str, int]]:
    reading = match.reading
    if isinstance(reading, Setting) and reading.key == "task":
        return [(str(reading.value), reading.rank)]
    if isinstance(reading, Setting) and reading.key == "layout":
        found = _LAYOUT_TASKS.get(str(reading.value))
        return [found] if found else []
    if isinstance(reading, Amount):
        noun = [(reading.task, _NOUN_WEIGHT.get(reading.task, 3))] if reading.task else []
        return noun + ([("classification", 4)] if reading.axis == "label" else [])
    if isinstance(reading, Ratio):
        return [("classification", 4)]
    if isinstance(reading, Listing):
        return _listed(reading)
    return []


def _listed(listing: Listing) -> list[tuple[str, int]]:
    if listing.axis == "label" and listing.entries:
        return [("classification", 4 if listing.sure else 1)]
    return [("tabular", 1)] if listing.axis == "column" else []


def _confirmed(matches: Sequence[Match]) -> bool:
    """Whether a list that may be labels is to be balanced: only labels are."""
    lists = [m.reading for m in matches if isinstance(m.reading, Listing)]
    return any(r.axis == "label" and r.even for r in lists) and any(
        r.axis == "label" and r.entries for r in lists
    )


def task_of(scores: Counter[str], names: Sequence[str]) -> str:
    """Return the task that words and field names speak for together; `qa` if nothing does.

    Field names decide unless the words name a task that can fill them all.
    """
    spoken = max(scores, key=lambda task: (scores[task], -_rank(task)), default=None)
    if spoken is not None and scores[spoken] >= 9:
        return spoken
    if not names:
        return spoken or "qa"
    if spoken is not None and scores[spoken] > 1 and _fills(spoken, names):
        return spoken
    fitting = task_of_fields(names)
    if fitting is not None:
        return fitting
    return "tabular" if spoken is None or scores["tabular"] else spoken


def _rank(task: str) -> int:
    return _ORDER.index(task) if task in _ORDER else len(_ORDER)


def task_of_fields(names: Sequence[str]) -> str | None:
    """Return the task whose fields these are, or None.

    The one that has most of them as its own; each of its fields can be named once.
    """
    fitting = [task for task in _ORDER if _fills(task, names)]
    fitting = [t for t in fitting if t not in _RARE or _own(t, names) > 1]
    return max(fitting, key=lambda task: _own(task, names), default=None)


def _fills(task: str, names: Sequence[str]) -> bool:
    sources = [field_source(task, name) for name in names]
    if task in {"tabular", "custom"}:
        return task_of_fields(names) is None
    return None not in sources and len(set(sources)) == len(sources)


def _own(task: str, names: Sequence[str]) -> float:
    return sum(name.lower() in DEFAULT_FIELDS[task] for name in names)


def check_fields(task: str, names: Sequence[str]) -> None:
    """Refuse names that the task cannot fill.

    Raises:
        ConfigError: With the fields that the task has.
    """
    if unknown := unknown_fields(task, names):
        listed = ", ".join(repr(name) for name in unknown)
        own = ", ".join(DEFAULT_FIELDS[task])
        raise ConfigError(f"unknown field {listed} for task {task!r}; it has {own}")
