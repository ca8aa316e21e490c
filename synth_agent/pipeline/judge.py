"""Keep or drop: the checks, then exact repeats, then near ones, as if drafts came one by one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, Protocol, Self

import orjson
from pydantic import JsonValue

from synth_agent.errors import AnswerError
from synth_agent.pipeline.nearness import Near, Nearness, TooNear
from synth_agent.pipeline.rows import Kept
from synth_agent.pipeline.run import Run
from synth_agent.pipeline.sources import Answer
from synth_agent.quality import Finding, fingerprint
from synth_agent.quality.pairs import LengthBalance
from synth_agent.quality.score import rule_scores
from synth_agent.schemas import (
    Ask,
    Cell,
    Draft,
    Neighbour,
    Provenance,
    Record,
    Reject,
    Slot,
)
from synth_agent.text import Comparable, words

__all__ = ["Checker", "Judge", "Judged", "Verdict", "cell_metadata"]


class Checker(Protocol):
    """Decides by code, from the draft alone."""

    @property
    def names(self) -> Sequence[str]:
        """What it looks at, for the provenance."""
        ...

    def __call__(self, draft: Draft, slot: Slot) -> Finding | None:
        """Return why to drop a draft, or None."""
        ...


class Verdict(NamedTuple):
    """What was decided about an ask."""

    ask: Ask
    outcome: Kept | Reject


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts on a batch, in the order of the asks."""

    verdicts: list[Verdict]
    near: Near
    """The batch as it was laid beside what there was."""

    @property
    def kept(self) -> list[Kept]:
        """What goes into the dataset."""
        return [v.outcome for v in self.verdicts if isinstance(v.outcome, Kept)]

    @property
    def rejects(self) -> list[Reject]:
        """What does not."""
        return [v.outcome for v in self.verdicts if isinstance(v.outcome, Reject)]


class _Lost(NamedTuple):
    """A draft that did not pass them, or that there is none of."""

    ask: Ask
    reject: Reject


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A draft that passed the checks."""

    ask: Ask
    draft: Draft
    text: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Decides over batches of answers; reads the journal, writes nothing.

    Attributes:
        owners: Finds the records that fingerprints belong to, see `Journal.owners`.
        seeds: Fingerprint of each given example -> its identifier.
        near: What drafts are held against by likeness.
        compared: By which of their texts.
        score: What code can say of a record that no critic has scored.
        balance: Of preference pairs: keeps the better answers from being told by their length.
    """

    task: str
    check: Checker
    owners: Callable[[Iterable[bytes]], Mapping[bytes, int]]
    compared: Comparable
    seeds: Mapping[bytes, str] = field(default_factory=dict)
    near: Nearness = field(default_factory=Nearness)
    score: Callable[[Draft], dict[str, float]] = lambda _: {}
    balance: LengthBalance | None = None

    @classmethod
    def of(cls, run: Run, check: Checker, *, near: Nearness | None = None) -> Self:
        """Return the judge of a run."""
        task = run.spec.task
        return cls(
            task=task,
            check=check,
            owners=run.journal.owners,
            compared=Comparable.of(run.spec),
            seeds={fingerprint(task, seed.row): seed.id for seed in run.journal.seeds()},
            near=near or Nearness(),
            score=partial(rule_scores, spec=run.spec),
            balance=_balance(run) if task == "preference" else None,
        )

    def __call__(self, answers: Sequence[Answer]) -> Judged:
        """Decide, in order: an earlier answer can make a later one a repeat, not the reverse."""
        return self._decided([self._screened(answer) for answer in answers])

    async def judged(self, answers: Sequence[Answer]) -> Judged:
        """Decide as a call does; what has to be asked elsewhere first, keeps no one waiting."""
        screened = [self._screened(answer) for answer in answers]
        await self.near.prepare([e.text for e in screened if isinstance(e, _Candidate)])
        return self._decided(screened)

    def _decided(self, screened: Sequence[_Lost | _Candidate]) -> Judged:
        candidates = [entry for entry in screened if isinstance(entry, _Candidate)]
        owners = dict(self.owners(c.fingerprint for c in candidates))
        whole = [self.compared.whole(candidate.draft.payload) for candidate in candidates]
        near = self.near.of([candidate.text for candidate in candidates], whole)
        rows = iter(range(len(candidates)))
        verdicts = []
        for entry in screened:
            if isinstance(entry, _Lost):
                verdicts.append(Verdict(entry.ask, entry.reject))
                continue
            row = next(rows)
            finding = (
                self._repeat(entry.fingerprint, owners)
                or near.finding(row, entry.draft.payload)
                or self._bias(entry.draft.payload)
            )
            if finding is not None:
                verdicts.append(Verdict(entry.ask, _rejected(entry.ask, entry.draft, finding)))
                continue
            kept = self._kept(entry, near.nearest(row))
            owners[entry.fingerprint] = kept.record.slot
            near.accept(row, kept.record)
            verdicts.append(Verdict(entry.ask, kept))
        return Judged(verdicts, near)

    def remember(self, judged: Judged) -> None:
        """Tell the memory what the journal now holds."""
        known = [cell_metadata(self.task, kept.record.cell) for kept in judged.kept]
        self.near.remember(judged.near, known)

    def _screened(self, answer: Answer) -> _Lost | _Candidate:
        """Return a draft that passes the checks, or why it does not."""
        ask, draft = answer
        if isinstance(draft, AnswerError):
            return _Lost(ask, _lost(ask, draft))
        try:
            orjson.dumps(draft.payload)
        except orjson.JSONEncodeError as error:  # half a surrogate pair, an integer of 65 bits
            return _Lost(ask, _lost(ask, AnswerError("encoding", str(error))))
        if finding := self.check(draft, ask.slot):
            return _Lost(ask, _rejected(ask, draft, finding))
        text = self.compared(draft.payload)
        return _Candidate(ask, draft, text, fingerprint(self.task, draft.payload))

    def _repeat(self, print_: bytes, owners: Mapping[bytes, int]) -> Finding | None:
        if print_ in self.seeds:
            return Finding("seed-copy", f"the same as seed {self.seeds[print_]}")
        if print_ in owners:
            return Finding("duplicate", f"the same as record {owners[print_]}")
        return None

    def _bias(self, payload: Mapping[str, JsonValue]) -> Finding | None:
        """Drop a pair whose lengths would give the better answer away; count one that is kept."""
        if self.balance is None:
            return None
        lengths = _lengths(payload)
        finding = self.balance.finding(*lengths)
        if finding is None:
            self.balance.add(*lengths)
        return finding

    def _kept(self, candidate: _Candidate, nearest: Neighbour | None) -> Kept:
        ask, draft = candidate.ask, candidate.draft
        provenance = dict(draft.provenance) | {"checks": self.check.names, "nearest": nearest}
        provenance["scores"] = draft.provenance.scores or self.score(draft)
        record = Record(
            slot=ask.slot.index,
            attempt=ask.attempt,
            cell=ask.slot.cell,
            payload=draft.payload,
            provenance=Provenance.model_validate(provenance),
        )
        return Kept(record, candidate.fingerprint)


def _balance(run: Run) -> LengthBalance:
    balance = LengthBalance()
    for record in run.journal.records():
        balance.add(*_lengths(record.payload))
    return balance


def _lengths(payload: Mapping[str, JsonValue]) -> tuple[int, int]:
    return len(words(str(payload["chosen"]))), len(words(str(payload["rejected"])))


def cell_metadata(task: str, cell: Cell) -> dict[str, str]:
    """Return what the memory's retrieval can be filtered by."""
    known = {"task": task, "label": cell.label, "difficulty": cell.difficulty}
    return {name: value for name, value in known.items() if value is not None}


def _rejected(ask: Ask, draft: Draft, finding: Finding | TooNear) -> Reject:
    near = finding.near if isinstance(finding, TooNear) else None
    return Reject(
        slot=ask.slot.index,
        attempt=ask.attempt,
        cell=ask.slot.cell,
        reason=finding.reason,
        detail=finding.detail if isinstance(finding, Finding) else str(near),
        payload=draft.payload,
        form=draft.provenance.form,
        near=near,
    )


def _lost(ask: Ask, error: AnswerError) -> Reject:
    return Reject(
        slot=ask.slot.index,
        attempt=ask.attempt,
        cell=ask.slot.cell,
        reason=error.reason,
        # A model's words may hold half a surrogate pair, which no file takes.
        detail=error.detail.encode(errors="replace").decode(),
        payload=_writable(error.payload),
    )


def _writable(payload: dict[str, JsonValue]) -> dict[str, JsonValue]:
    try:
        orjson.dumps(payload)
    except orjson.JSONEncodeError:
        return {}
    return payload
