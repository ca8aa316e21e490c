"""What the reader may know about the domains that can be served: their words, roles and labels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from synth_agent.text import fold, words

__all__ = ["ClassifierHint", "DomainHint", "best_classifier", "having_labels", "keywords_in"]


@dataclass(frozen=True, slots=True)
class ClassifierHint:
    """Labelled texts that a domain can supply."""

    title: str
    keywords: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Label -> its other names."""


@dataclass(frozen=True, slots=True)
class DomainHint:
    """A domain and the words of a brief that mean it."""

    name: str
    title: str
    keywords: tuple[str, ...]
    roles: tuple[str, ...]
    classifiers: tuple[ClassifierHint, ...] = ()


def keywords_in(text: str, keywords: Iterable[str]) -> list[str]:
    """Return the keywords that stand in the text as whole words, case aside."""
    padded = f" {' '.join(words(fold(text)))} "
    return [k for k in keywords if k.strip() and f" {' '.join(words(fold(k)))} " in padded]


def having_labels(hints: Iterable[DomainHint], names: Iterable[str]) -> tuple[DomainHint, ...]:
    """Return the domains with those classifiers alone that have all these labels."""
    wanted = {_plain(name) for name in names}
    return tuple(
        replace(hint, classifiers=tuple(c for c in hint.classifiers if wanted <= _forms(c)))
        for hint in hints
    )


def _forms(classifier: ClassifierHint) -> set[str]:
    return {_plain(form) for name, also in classifier.labels.items() for form in (name, *also)}


def _plain(name: str) -> str:
    return " ".join(words(fold(name).replace("_", " ")))


def best_classifier(text: str, hints: Sequence[DomainHint]) -> ClassifierHint | None:
    """Return the classifier that most words of the brief mean, the first of equals, or None.

    Its own words count three times those of its domain; a domain's words alone are not enough
    unless it has one classifier only.
    """
    best: tuple[int, ClassifierHint | None] = (0, None)
    for domain in hints:
        around = len(keywords_in(text, (*domain.keywords, domain.title)))
        for classifier in domain.classifiers:
            own = len(keywords_in(text, (*classifier.keywords, classifier.title)))
            alone = len(domain.classifiers) == 1
            score = 3 * own + around if own or alone else 0
            if score > best[0]:
                best = (score, classifier)
    return best[1]
