"""The figures of a dataset, in one pass over its records and with bounded memory."""

import heapq
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from synth_agent.evaluation.histograms import histogram
from synth_agent.evaluation.neighbours import shown_text
from synth_agent.evaluation.origins import Origins
from synth_agent.schemas import CellCount, DatasetSpec, NearPair, Record, Report, Sample, Usage
from synth_agent.schemas.fields import field_source
from synth_agent.text import Comparable, words

__all__ = ["summarise"]

_SHOWN: Final = 10
"""Nearest pairs and sample records in a report."""
_HELD: Final = 8 * _SHOWN
"""Records held to choose the samples from; the more, the more even."""
_STEP: Final = 0.001
"""To what similarities are rounded down for their histogram."""


def summarise(
    spec: DatasetSpec,
    records: Iterable[Record],
    *,
    rejected: Mapping[str, int],
    cells: Sequence[CellCount],
    usage: Usage,
    lookup: Callable[[int], Record | None],
) -> Report:
    """Return the figures that card, report page and `--json` draw from.

    What a model's provenance tells besides is counted in `origins`.

    Fields are called by the names that the user gave them. Lengths are in words, of fields that
    hold text; a field that never holds more than two words (a label, an identifier) has none.

    Args:
        records: In the order of their slots; gone through once.
        rejected: Reason -> number of drafts dropped.
        cells: How far each cell of the quotas got.
        lookup: The record in a slot, for the other half of a near pair; asked ten times at most.
    """
    tally, origins = _Tally(shown_text(spec), _shown_names(spec)), Origins(spec)
    for record in records:
        tally.add(record)
        origins.add(record)
    return Report(
        spec=spec,
        asked=spec.count,
        accepted=tally.count,
        cells=tuple(cells),
        rejected=_ranked(rejected),
        forms=_ranked(tally.forms),
        contexts=_ranked(tally.contexts),
        lengths={
            name: histogram(counts) for name, counts in tally.lengths.items() if max(counts) > 2
        },
        labels=_ordered(tally.labels, tuple(spec.labels)),
        difficulty=_ordered(tally.difficulty, ("easy", "medium", "hard")),
        nearest=tuple(tally.pairs(lookup)),
        similarity=histogram(tally.similarity, bins=40, unit=_STEP) if tally.similarity else None,
        samples=tuple(tally.samples()),
        sources=_ranked(tally.sources),
        usage=usage,
        **origins.figures(),
    )


@dataclass(slots=True)
class _Tally:
    """What has been counted so far."""

    compared: Comparable
    names: Mapping[str, str]
    """Own field -> what the user calls it."""
    count: int = 0
    forms: Counter[str] = field(default_factory=Counter)
    contexts: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    difficulty: Counter[str] = field(default_factory=Counter)
    lengths: dict[str, Counter[int]] = field(default_factory=dict)
    similarity: Counter[int] = field(default_factory=Counter)
    near: list[tuple[float, int, Record]] = field(default_factory=list)
    spread: list[Record] = field(default_factory=list)
    stride: int = 1

    def add(self, record: Record) -> None:
        self._origin(record)
        self._lengths(record.payload)
        self._nearest(record)
        if self.count % self.stride == 0:
            self._keep(record)
        self.count += 1

    def pairs(self, lookup: Callable[[int], Record | None]) -> Iterable[NearPair]:
        """Yield the nearest pairs, nearest first, whose other half can be found."""
        for similarity, _, record in sorted(self.near, key=lambda near: (-near[0], near[2].slot)):
            nearest = record.provenance.nearest
            partner = lookup(nearest.slot) if nearest else None
            if partner:
                yield NearPair(
                    similarity=similarity,
                    slots=(partner.slot, record.slot),
                    texts=(self.compared(partner.payload), self.compared(record.payload)),
                )

    def samples(self) -> Iterable[Sample]:
        """Yield ten records, evenly spread."""
        size = min(_SHOWN, len(self.spread))
        for number in range(size):
            record = self.spread[number * len(self.spread) // size]
            payload = {self.names.get(own, own): value for own, value in record.payload.items()}
            yield Sample(slot=record.slot, form=record.provenance.form, payload=payload)

    def _origin(self, record: Record) -> None:
        origin = record.provenance
        *form, context = origin.form.split("/")
        if len(form) == 2:  # scene/question/context
            self.forms["/".join(form)] += 1
            self.contexts[context] += 1
        elif origin.form:
            self.forms[origin.form] += 1
        self.sources[origin.source] += 1
        if record.cell.label is not None:
            self.labels[record.cell.label] += 1
        if record.cell.difficulty is not None:
            self.difficulty[record.cell.difficulty] += 1

    def _lengths(self, payload: Mapping[str, JsonValue]) -> None:
        for own, value in payload.items():
            text = _spoken(value)
            if text is not None:
                name = self.names.get(own, own)
                self.lengths.setdefault(name, Counter())[len(words(text))] += 1

    def _nearest(self, record: Record) -> None:
        nearest = record.provenance.nearest
        if nearest is None:
            return
        self.similarity[min(math.floor(nearest.similarity / _STEP + 1e-6), 999)] += 1
        entry = (nearest.similarity, -record.slot, record)
        if len(self.near) < _SHOWN:
            heapq.heappush(self.near, entry)
        else:
            heapq.heappushpop(self.near, entry)

    def _keep(self, record: Record) -> None:
        """Keep every `stride`-th record; when there are too many, every other one goes."""
        self.spread.append(record)
        if len(self.spread) == _HELD:
            del self.spread[1::2]
            self.stride *= 2


def _spoken(value: JsonValue) -> str | None:
    """Return what is read of a value: its text, or what is said in its messages."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        said = [turn.get("content") for turn in value if isinstance(turn, dict)]
        return "\n".join(text for text in said if isinstance(text, str)) or None
    return None


def _shown_names(spec: DatasetSpec) -> dict[str, str]:
    return {field_source(spec.task, name) or name: name for name in reversed(spec.fields)}


def _ranked(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _ordered(counts: Mapping[str, int], order: Sequence[str]) -> dict[str, int]:
    """Return the counts in the order that was asked, what was not asked for last."""
    known = [name for name in order if name in counts]
    return {name: counts[name] for name in (*known, *sorted(set(counts) - set(known)))}
