"""Total, labels and difficulty of one brief, settled together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from synth_agent.brief.hints import DomainHint, best_classifier, having_labels, keywords_in
from synth_agent.brief.parts import Parts, parts_of
from synth_agent.brief.quotas import settle
from synth_agent.brief.readings import Amount, Listing, Match, Setting
from synth_agent.brief.totals import Total, total_of

__all__ = ["DEFAULT_COUNT", "Settled", "settle_amounts"]

DEFAULT_COUNT: Final = 100
"""Records, where a brief names no number; it then says so under `unread`."""

_WELL_KNOWN: Final = (
    (("sentiment", "sentiments", "polarity", "sentimientos"), ("positive", "negative")),
    (("stimmungsanalyse", "bewertungen", "rezensionen"), ("positiv", "negativ")),
    (("avis",), ("positif", "négatif")),
    (("reseñas", "opiniones"), ("positiva", "negativa")),
    (("spam", "ham"), ("spam", "ham")),
    (("toxicity", "hate speech", "toxic"), ("toxic", "not toxic")),
    (("phishing",), ("phishing", "legitimate")),
)
"""Words of a brief -> the labels they mean where none are named."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Whole numbers that add up.

    Attributes:
        count: None if the brief names no number.
        used: The matches that had a part in it, and all that are not amounts.
    """

    count: int | None
    labels: dict[str, int]
    difficulty: dict[str, int]
    used: tuple[Match, ...]


def settle_amounts(
    text: str, matches: Sequence[Match], task: str, hints: Sequence[DomainHint]
) -> Settled:
    """Return total and quotas; quotas make the total where none is named.

    Raises:
        ConfigError: They contradict each other.
    """
    total = total_of(matches)
    labels = parts_of("label", matches, weak=task == "classification")
    levels = parts_of("difficulty", matches)
    known = _known(text, hints, labels.names.values())
    if task == "classification" and not labels.names:
        for name in _named_in(text, known) or tuple(known)[: label_count(matches)]:
            labels.name(name)
        labels.share_out()
    count = total.count or _own_count(labels) or _own_count(levels)
    named = (
        labels.amounts or labels.each or task == "classification" or labels.ratio or labels.names
    )
    return Settled(
        count,
        settle(labels, count or DEFAULT_COUNT, known) if named else {},
        settle(levels, count or DEFAULT_COUNT) if levels.names or levels.even else {},
        tuple(m for m in matches if _is_used(m, total, count, len(labels.names))),
    )


def _known(
    text: str, hints: Sequence[DomainHint], named: Collection[str]
) -> Mapping[str, tuple[str, ...]]:
    """Return the labels of a classification of this subject, with their other names.

    Those classifiers come first that have all the labels that are named.
    """
    classifier = best_classifier(text, having_labels(hints, named)) or best_classifier(text, hints)
    if classifier is not None:
        return classifier.labels
    for keywords, names in _WELL_KNOWN:
        if keywords_in(text, keywords):
            return dict.fromkeys(names, ())
    return {}


def label_count(matches: Sequence[Match]) -> int | None:
    """Return how many labels are announced without their names."""
    found = [m.reading for m in matches if isinstance(m.reading, Setting)]
    return next((int(str(r.value)) for r in found if r.key == "label_count"), None)


def _named_in(text: str, known: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the labels that the brief names somewhere, if it names at least two."""
    named = [name for name in known if keywords_in(text, (name, name.replace("_", " ")))]
    return named if len(named) > 1 else []


def _own_count(parts: Parts) -> int | None:
    """Return the total that plain numbers of an axis make by themselves."""
    counted = [entry for entry in parts.amounts.values() if entry.basis == "count"]
    if not counted and parts.each is None:
        return None
    return sum(settle(parts, None).values())


def _is_used(match: Match, total: Total, count: int | None, labels: int) -> bool:
    reading = match.reading
    if isinstance(reading, Listing):
        return True
    if isinstance(reading, Setting) and reading.key == "label_count":
        return reading.value == labels
    if not isinstance(reading, Amount) or reading.basis == "each":
        return True
    if reading.axis == "record" and reading.basis == "count":
        return match in total.matches or reading.value == count
    return reading.axis != "unknown"
