"""How near drafts come to what they may not repeat, and where that is too near.

Held against a draft are, in this order, protected texts, given examples and records: by meaning, by
words, and by runs of words, each with a limit of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pydantic import JsonValue

from synth_agent.quality.rouge import RougePool
from synth_agent.schemas import Measure, NearMatch, Neighbour, Record
from synth_agent.store import Laid, SemanticMemory
from synth_agent.store.likeness import Beside
from synth_agent.store.protected import ProtectedSets

__all__ = ["Near", "Nearness", "TooNear", "order_of"]

Payload = Mapping[str, JsonValue]


class TooNear(NamedTuple):
    """Why a draft is dropped."""

    reason: str
    near: NearMatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """What drafts are held against.

    Attributes:
        memory: Records and given examples; None: neither is compared.
        semantic: Cosine from which two texts are near-duplicates; None: no such limit. The one for
            words is the memory's.
        protected: Texts that no record may come near to.
        copied: The given examples, to notice where one is copied out.
        wording: Orders that a model has written: what there is, by its words.
        rouge: ROUGE-L from which two of them are alike.
    """

    memory: SemanticMemory | None = None
    semantic: float | None = None
    protected: ProtectedSets | None = None
    copied: ProtectedSets | None = None
    wording: RougePool | None = None
    rouge: float = 0.7

    def of(self, texts: Sequence[str], whole: Sequence[str]) -> "Near":
        """Lay the drafts of a batch beside all of it.

        Args:
            texts: What each is compared by, see `text.Comparable`.
            whole: All that each says.
        """
        laid = self.memory.lay(texts) if texts and self.memory is not None else None
        return Near(self, laid, self._guarded(texts, whole, laid) if texts else ())

    async def prepare(self, texts: Sequence[str]) -> None:
        """Have texts embedded by a service that takes its time, without keeping others waiting."""
        if self.memory is not None:
            await self.memory.prepare(texts)

    def remember(self, near: "Near", metadata: Sequence[Mapping[str, str]]) -> None:
        """Hold what was accepted of a batch against the next, once it is in the journal."""
        if self.memory is not None and near.laid is not None and near.laid.records.accepted:
            self.memory.add(near.laid.records, metadata)

    def _guarded(
        self, texts: Sequence[str], whole: Sequence[str], laid: Laid | None
    ) -> list[TooNear | None]:
        """Return which drafts come near to a protected text, or copy an example out."""
        found: list[TooNear | None] = [None] * len(texts)
        if self.copied is not None:
            for at, match in enumerate(self.copied.findings(whole)):
                found[at] = TooNear("seed-copy", match) if match else None
        if self.protected is not None:
            rows = None if laid is None else laid.meaning
            for at, match in enumerate(self.protected.findings(texts, rows, whole=whole)):
                found[at] = TooNear("protected", match) if match else found[at]
        return found


class Near:
    """A batch of drafts beside what they are held against; rows are drafts, by number."""

    def __init__(
        self, against: Nearness, laid: Laid | None, guarded: Sequence[TooNear | None]
    ) -> None:
        self.laid = laid
        self._against = against
        self._guarded = guarded

    def finding(self, row: int, payload: Payload) -> TooNear | None:
        """Return what a draft comes too near to, drafts accepted before it included."""
        return (
            self._guarded[row]
            or self._seed(row)
            or self._record(row)
            or self._order(order_of(payload))
        )

    def nearest(self, row: int) -> Neighbour | None:
        """Return the record nearest to a draft; None where meaning has no limit."""
        if self.laid is None or self._against.semantic is None:
            return None
        match = self.laid.records.nearest(row)
        return None if match is None else Neighbour(slot=match.key, similarity=match.similarity)

    def accept(self, row: int, record: Record) -> None:
        """Count a draft among the records from now on."""
        if self.laid is not None:
            self.laid.records.accept(row, record.slot)
        if self._against.wording is not None:
            self._against.wording.add(f"record {record.slot}", order_of(record.payload))

    def _seed(self, row: int) -> TooNear | None:
        memory = self._against.memory
        if self.laid is None or self.laid.seeds is None or memory is None:
            return None
        found = _nearest(self.laid.seeds, row, self._against.semantic)
        return found and _too_near("seed", memory.seed_name(found[0]), *found[1:])

    def _record(self, row: int) -> TooNear | None:
        if self.laid is None:
            return None
        found = _nearest(self.laid.records, row, self._against.semantic)
        return found and _too_near("record", str(found[0]), *found[1:])

    def _order(self, text: str) -> TooNear | None:
        """Return the order that has most words in common with this one, in their order."""
        pool = self._against.wording
        match = pool.most_similar(text, floor=self._against.rouge - 1e-9) if pool else None
        if match is None:
            return None
        kind, _, name = match.key.partition(" ")
        return _too_near("record" if kind == "record" else "seed", name, "ROUGE-L", match.score)


def _nearest(beside: Beside, row: int, limit: float | None) -> tuple[int, Measure, float] | None:
    """Return key, measure and score of a text that is too near, by meaning, else by words."""
    match = beside.nearest(row)
    if match is not None and limit is not None and match.similarity >= limit:
        return match.key, "cosine", match.similarity
    overlap = beside.overlap(row)
    return overlap and (overlap.key, "word triples", overlap.score)


def _too_near(
    kind: Literal["record", "seed"], name: str, measure: Measure, score: float
) -> TooNear:
    near = NearMatch(kind=kind, name=name, measure=measure, score=round(score, 6))
    return TooNear("near-duplicate" if kind == "record" else "seed-copy", near)


def order_of(payload: Payload) -> str:
    """Return what an instruction orders, without what it is about."""
    return str(payload.get("instruction") or "")
