"""Labelled texts: a classifier's variants, in rotation within each label."""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from synth_agent.errors import ConfigError
from synth_agent.rules.engine import PackEngine, Try
from synth_agent.rules.pack import Classifier, Label, Variant
from synth_agent.rules.questions import rotation
from synth_agent.rules.scenes import said_facts
from synth_agent.schemas import Draft, Provenance
from synth_agent.text import fold

__all__ = ["LabelledTexts", "find_classifier", "own_label"]


def _key(label: str) -> str:
    return " ".join(fold(label.replace("_", " ").replace("-", " ")).split())


def own_label(classifier: Classifier, asked: str) -> str | None:
    """Return the classifier's name for a label that the user named in their way."""
    wanted = _key(asked)
    for name, label in classifier.labels.items():
        if wanted in {_key(name), *(_key(alias) for alias in label.aliases)}:
            return name
    return None


def find_classifier(
    classifiers: Mapping[str, Classifier], labels: Sequence[str]
) -> tuple[str, dict[str, str]] | None:
    """Return the first classifier that has all the labels, and the user's label -> its own."""
    for name, classifier in classifiers.items():
        own = {label: own_label(classifier, label) for label in labels}
        known = {label: mine for label, mine in own.items() if mine is not None}
        if len(known) == len(labels) == len(set(known.values())):
            return name, known
    return None


class LabelledTexts:
    """Makes texts that deserve a label."""

    def __init__(self, engine: PackEngine, labels: Sequence[str]) -> None:
        found = find_classifier(engine.pack.classifiers, labels)
        if found is None:
            raise ConfigError(f"pack {engine.pack.name!r} cannot tell apart: {', '.join(labels)}")
        self._engine = engine
        self._name, self._own = found
        self._classifier: Final = engine.pack.classifiers[self._name]
        self._order: dict[tuple[str, str | None], list[Variant]] = {}

    def _variants(self, label: str, level: str | None) -> list[Variant]:
        key = (label, level)
        if key not in self._order:
            form: Label = self._classifier.labels[label]
            fitting = [
                variant
                for variant in form.variants
                if level is None or (variant.difficulty or "medium") == level
                for _ in range(max(1, round(variant.weight)))
            ]
            if not fitting:
                raise ConfigError(
                    f"pack {self._engine.pack.name!r} has no {level} text for {label!r}"
                )
            order = rotation(self._engine.seed, f"labels/{label}/{level}", len(fitting))
            self._order[key] = [fitting[i] for i in order]
        return self._order[key]

    def draft(self, attempt: Try) -> Draft:
        """Make a text for the slot's label."""
        asked = attempt.slot.cell.label
        assert asked is not None, "classification slots have labels"
        label = self._own[asked]
        variants = self._variants(label, attempt.slot.cell.difficulty)
        variant = variants[attempt.turn % len(variants)]
        text, facts, form = self._text(variant, attempt)
        return Draft(
            slot=attempt.slot.index,
            attempt=attempt.attempt,
            payload={"text": text, "label": asked},
            provenance=Provenance(
                method="rules",
                source=self._engine.source,
                form=f"{self._name}/{label}.{variant.id}/{form}",
                tags=tuple(attempt.chance.tags),
                facts=facts,
            ),
        )

    def _text(self, variant: Variant, attempt: Try) -> tuple[str, dict[str, JsonValue], str]:
        chance = attempt.chance
        if variant.scene is None:
            grammar = self._engine.grammars[self._name]
            pieces = grammar.parse(chance.choose(variant.text))
            return grammar.expand(pieces, chance), {}, variant.register_ or "text"
        scene = self._engine.scenes[variant.scene]
        facts = self._engine.facts(scene, attempt, given=variant.given)
        key = scene.choose_context(variant.contexts, facts, chance)
        return scene.tell(key, facts, chance), said_facts(facts), key
