"""What provenance tells of a dataset: prompts, readers, scores, coverage, documents, trials.

Counted along in one pass. Memory grows with the values that differ, not with the records, but for
the lengths of preference pairs, of which an even sample of 20,000 is held.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from synth_agent.quality.pairs import length_effect
from synth_agent.schemas import DatasetSpec, Record
from synth_agent.schemas.report import LengthEffect, ScoreSpread, Trials
from synth_agent.text import words

__all__ = ["Origins", "planned_coverage"]

_AXES: Final = ("topic", "persona")
_READERS: Final = frozenset({"labelled", "judged", "compared", "confirmed"})
_SHARE: Final = "agreement"
"""The one score that is a share and not a mark."""
_BOUND: Final = 0.3
"""What `quality.pairs.LengthBalance` keeps the effect of length below."""
_PLACE: Final = re.compile(r"(?: p\.\d+ )?#\d+\Z")
"""Where in its document a passage is."""
_PAIRS: Final = 40_000
"""Pairs from which every other one is let go."""


@dataclass(slots=True)
class _Marks:
    """The marks of one criterion."""

    sum: float = 0.0
    counts: list[int] = field(default_factory=lambda: [0] * 9)

    def add(self, mark: float) -> None:
        self.sum += mark
        self.counts[min(8, max(0, round(2 * (mark - 1))))] += 1

    def spread(self) -> ScoreSpread:
        return ScoreSpread(mean=round(self.sum / sum(self.counts), 3), counts=tuple(self.counts))


@dataclass(slots=True)
class Origins:
    """What has been counted so far."""

    spec: DatasetSpec
    prompts: Counter[str] = field(default_factory=Counter)
    tags: Counter[str] = field(default_factory=Counter)
    """Tags that are nothing else: `rare:<event>`, `flaw:<name>`, `evolved:<operator>` …"""
    _readers: dict[str, Counter[str]] = field(default_factory=dict)
    _marks: dict[str, _Marks] = field(default_factory=dict)
    _agreement: Counter[int] = field(default_factory=Counter)
    _coverage: dict[str, Counter[str]] = field(default_factory=dict)
    _documents: Counter[str] = field(default_factory=Counter)
    _lengths: list[tuple[int, int]] = field(default_factory=list)
    _trials: Counter[str] = field(default_factory=Counter)
    _seen: int = 0
    _stride: int = 1

    def add(self, record: Record) -> None:
        """Count a record."""
        known = record.provenance
        if known.prompt is not None:
            self.prompts[known.prompt] += 1
        for tag in known.tags:
            self._tag(tag)
        for name, score in known.scores.items():
            if name == _SHARE:
                self._agreement[round(100 * score)] += 1
            else:
                self._marks.setdefault(name, _Marks()).add(score)
        if self.spec.method == "grounded":
            self._documents.update({_document(parent) for parent in known.parents})
        if self.spec.task == "preference":
            self._pair(record)

    def figures(self) -> dict[str, Any]:
        """Return the fields of a report that have been counted."""
        return {
            "prompts": _ranked(self.prompts),
            "tags": _ranked(self.tags),
            "readers": {what: _ranked(by) for what, by in sorted(self._readers.items())},
            "scores": {name: marks.spread() for name, marks in self._marks.items()},
            "agreement": {f"{n} %": self._agreement[n] for n in sorted(self._agreement)[::-1]},
            "coverage": self._covered(),
            "documents": _ranked(self._documents),
            "length_effect": self._effect(),
            "trials": Trials(**self._trials) if self._trials else None,
        }

    def _tag(self, tag: str) -> None:
        kind, _, value = tag.partition(":")
        reader = kind.removesuffix("-by")
        if kind in _AXES:
            self._coverage.setdefault(kind, Counter())[value] += 1
        elif reader != kind and reader in _READERS:
            self._readers.setdefault(reader, Counter())[value] += 1
        elif tag == "tests-passed":
            self._trials["passed"] += 1
        elif tag == "not-run":
            self._trials["not_run"] += 1
        elif kind == "mutants-killed":
            noticed, _, of = value.partition("/")
            self._trials.update(noticed=int(noticed), mutants=int(of))
        else:
            self.tags[tag] += 1

    def _pair(self, record: Record) -> None:
        if self._seen % self._stride == 0:
            chosen, rejected = (
                str(record.payload.get(side, "")) for side in ("chosen", "rejected")
            )
            self._lengths.append((len(words(chosen)), len(words(rejected))))
        self._seen += 1
        if len(self._lengths) == _PAIRS:
            del self._lengths[1::2]
            self._stride *= 2

    def _covered(self) -> dict[str, dict[str, int]]:
        """Return the axes with the topics that were asked for and have no record."""
        planned = () if self.spec.method == "rules" else self.spec.topics
        return planned_coverage(self._coverage, {"topic": planned})

    def _effect(self) -> LengthEffect | None:
        if not self._lengths:
            return None
        chosen, rejected = zip(*self._lengths, strict=True)
        effect = length_effect(chosen, rejected)
        return LengthEffect(**effect._asdict() | {"pairs": self._seen}, bound=_BOUND)


def planned_coverage(
    found: Mapping[str, Mapping[str, int]], planned: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, int]]:
    """Return the coverage with what was planned and has no record.

    Args:
        found: Axis (`topic`, `persona`) -> value -> records.
        planned: Axis, or its plural, -> its values.
    """
    covered = {axis: Counter(counts) for axis, counts in found.items()}
    for name, values in planned.items():
        if values:
            axis = covered.setdefault(name.removesuffix("s"), Counter())
            axis.update(dict.fromkeys(values, 0))
    return {axis: _least_first(counts) for axis, counts in covered.items()}


def _least_first(counts: Counter[str]) -> dict[str, int]:
    """Return the counts, least covered first."""
    return dict(sorted(counts.items(), key=lambda pair: (pair[1], pair[0])))


def _document(parent: str) -> str:
    """Return the document of a passage: `manual.pdf` of `manual.pdf p.3 #12`."""
    return _PLACE.sub("", parent)


def _ranked(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
