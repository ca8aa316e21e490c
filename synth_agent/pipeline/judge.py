"""Keep or drop: the checks, then exact repeats, then near ones, as if drafts came one by one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple, Protocol, Self

import orjson
from pydantic import JsonValue

from synth_agent.errors import AnswerError
from synth_agent.pipeline.nearness import Memory, Nearness, Vectors
from synth_agent.pipeline.rows import Kept
from synth_agent.pipeline.run import Run
from synth_agent.pipeline.sources import Answer
from synth_agent.quality import Finding, fingerprint
from synth_agent.quality.pairs import LengthBalance
from synth_agent.quality.rouge import RougePool
from synth_agent.quality.score import rule_scores
from synth_agent.schemas import (
    Ask,
    Cell,
    DatasetSpec,
    Draft,
    Neighbour,
    Provenance,
    Record,
    Reject,
    Slot,
)
from synth_agent.text import comparable, words

__all__ = ["Checker", "Judge", "Judged", "Verdict", "cell_metadata"]


_SAME_WORDS: Final = 0.7


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
    vectors: Vectors | None
    """Of what was kept, in order; None where nothing is compared by meaning."""

    @property
    def kept(self) -> list[Kept]:
        """What goes into the dataset."""
        return [v.outcome for v in self.verdicts if isinstance(v.outcome, Kept)]

    @property
    def rejects(self) -> list[Reject]:
        """What does not."""
        return [v.outcome for v in self.verdicts if isinstance(v.outcome, Reject)]


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
        memory: None switches the comparison by meaning off.
        threshold: Cosine similarity from which two texts are near-duplicates.
        shared: Fields that many records share, see `DatasetSpec.shared_fields`.
        score: What code can say of a record that no critic has scored.
        balance: Of preference pairs: keeps the better answers from being told by their length.
        wording: Of instructions that a model writes: what there is, by its words. Self-Instruct
            drops from a ROUGE-L of 0.7 (arXiv:2212.10560).
    """

    task: str
    check: Checker
    owners: Callable[[Iterable[bytes]], Mapping[bytes, int]]
    seeds: Mapping[bytes, str] = field(default_factory=dict)
    memory: Memory | None = None
    threshold: float = 1.0
    shared: tuple[str, ...] = ()
    score: Callable[[Draft], dict[str, float]] = lambda _: {}
    balance: LengthBalance | None = None
    wording: RougePool | None = None

    @classmethod
    def of(cls, run: Run, check: Checker, *, memory: Memory | None = None) -> Self:
        """Return the judge of a run; without a threshold in its spec, memory stays unused."""
        task, threshold = run.spec.task, run.spec.dedup_threshold
        return cls(
            task=task,
            check=check,
            owners=run.journal.owners,
            seeds={fingerprint(task, seed.row): seed.id for seed in run.journal.seeds()},
            memory=None if threshold is None else memory,
            threshold=threshold or 1.0,
            shared=run.spec.shared_fields,
            score=partial(rule_scores, spec=run.spec),
            balance=_balance(run) if task == "preference" else None,
            wording=_wording(run) if _is_of_instructions(run.spec) else None,
        )

    def __call__(self, answers: Sequence[Answer]) -> Judged:
        """Decide, in order: an earlier answer can make a later one a repeat, not the reverse."""
        screened = [self._screened(answer) for answer in answers]
        candidates = [entry for entry in screened if isinstance(entry, _Candidate)]
        owners = dict(self.owners(c.fingerprint for c in candidates))
        near = Nearness(self.memory, [c.text for c in candidates])
        rows = iter(range(len(candidates)))
        verdicts = []
        for answer, entry in zip(answers, screened, strict=True):
            if isinstance(entry, Reject):
                verdicts.append(Verdict(answer.ask, entry))
                continue
            row = next(rows)
            finding = (
                self._repeat(entry.fingerprint, owners)
                or self._near_repeat(near, row)
                or self._same_words(entry.draft.payload)
                or self._bias(entry.draft.payload)
            )
            if finding is not None:
                verdicts.append(Verdict(entry.ask, _rejected(entry.ask, entry.draft, finding)))
                continue
            kept = self._kept(entry, near.nearest(row))
            owners[entry.fingerprint] = kept.record.slot
            if self.wording is not None:
                self.wording.add(f"record {kept.record.slot}", _order(entry.draft.payload))
            near.accept(row, kept.record.slot)
            verdicts.append(Verdict(entry.ask, kept))
        return Judged(verdicts, near.accepted())

    def remember(self, judged: Judged) -> None:
        """Tell the memory what the journal now holds."""
        if self.memory is not None and judged.vectors is not None and len(judged.vectors):
            records = [kept.record for kept in judged.kept]
            known = [cell_metadata(self.task, record.cell) for record in records]
            self.memory.add([record.slot for record in records], judged.vectors, known)

    def _screened(self, answer: Answer) -> Reject | _Candidate:
        """Return a draft that passes the checks, or why it does not."""
        ask, draft = answer
        if isinstance(draft, AnswerError):
            return _lost(ask, draft)
        try:
            orjson.dumps(draft.payload)
        except orjson.JSONEncodeError as error:  # half a surrogate pair, an integer of 65 bits
            return _lost(ask, AnswerError("encoding", str(error)))
        if finding := self.check(draft, ask.slot):
            return _rejected(ask, draft, finding)
        text = comparable(self.task, draft.payload, without=self.shared)
        return _Candidate(ask, draft, text, fingerprint(self.task, draft.payload))

    def _repeat(self, print_: bytes, owners: Mapping[bytes, int]) -> Finding | None:
        if print_ in self.seeds:
            return Finding("seed-copy", f"the same as seed {self.seeds[print_]}")
        if print_ in owners:
            return Finding("duplicate", f"the same as record {owners[print_]}")
        return None

    def _near_repeat(self, near: Nearness, row: int) -> Finding | None:
        seed, record = near.nearest_seed(row), near.nearest(row)
        if seed is not None and seed[1] >= self.threshold:
            return Finding("seed-copy", f"{seed[1]:.2f} to seed {seed[0]}")
        if record is not None and record.similarity >= self.threshold:
            return Finding("near-duplicate", f"{record.similarity:.2f} to record {record.slot}")
        return None

    def _same_words(self, payload: Mapping[str, JsonValue]) -> Finding | None:
        """Drop an instruction that shares its words, in their order, with one that is there."""
        if self.wording is None:
            return None
        match = self.wording.most_similar(_order(payload), floor=_SAME_WORDS - 1e-9)
        if not match:
            return None
        reason = "near-duplicate" if match.key.startswith("record ") else "seed-copy"
        return Finding(reason, f"ROUGE-L {match.score:.2f} to {match.key}")

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


def _is_of_instructions(spec: DatasetSpec) -> bool:
    return (
        spec.method == "self_instruct" and spec.task == "instruction" and bool(spec.dedup_threshold)
    )


def _wording(run: Run) -> RougePool:
    pool = RougePool()
    for seed in run.journal.seeds():
        pool.add(f"seed {seed.id}", _order(seed.row))
    for record in run.journal.records():
        pool.add(f"record {record.slot}", _order(record.payload))
    return pool


def _order(payload: Mapping[str, JsonValue]) -> str:
    return str(payload.get("instruction") or "")


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


def _rejected(ask: Ask, draft: Draft, finding: Finding) -> Reject:
    return Reject(
        slot=ask.slot.index,
        attempt=ask.attempt,
        cell=ask.slot.cell,
        reason=finding.reason,
        detail=finding.detail,
        payload=draft.payload,
        form=draft.provenance.form,
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
