"""How records, rejects, seeds and segments stand in the journal's tables."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson
from pydantic import JsonValue

from synth_agent.pipeline.slots import Segment
from synth_agent.schemas import Ask, Cell, NearMatch, Provenance, Record, Reject

__all__ = [
    "EXAMPLES",
    "INSERT_RECORD",
    "INSERT_REJECT",
    "PARENTS",
    "SELECT_RECORDS",
    "SELECT_REJECTS",
    "DealtHand",
    "Kept",
    "Seed",
    "hand_row",
    "named",
    "record_from",
    "record_row",
    "reject_from",
    "reject_row",
    "seed_from",
    "seed_row",
    "segment_from",
    "segment_row",
    "shown",
]

INSERT_RECORD: Final = (
    "INSERT INTO records(slot, attempt, label, difficulty, payload, provenance, fingerprint) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
SELECT_RECORDS: Final = (
    "SELECT slot, attempt, label, difficulty, payload, provenance FROM records "
    "WHERE slot > ? ORDER BY slot LIMIT ?"
)
INSERT_REJECT: Final = (
    "INSERT INTO rejects(slot, attempt, label, difficulty, payload, reason, detail, form, near) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
SELECT_REJECTS: Final = (
    "SELECT slot, attempt, label, difficulty, payload, reason, detail, form, near FROM rejects "
    "WHERE (slot, attempt) > (?, ?) ORDER BY slot, attempt LIMIT ?"
)


class Seed(NamedTuple):
    """A given example: never to be repeated in the dataset."""

    id: str
    text: str
    """What it is compared by, its figures masked where they do not count, see `text.Comparable`; of
    an input what is to be answered. A reader is shown the row instead."""
    row: dict[str, JsonValue]
    """The example as a payload of the task."""


class DealtHand(NamedTuple):
    """Asks that are answered together, as they were dealt: what a killed run goes on with."""

    number: int
    """From 1; what was paid for is found by it."""
    asks: tuple[Ask, ...]
    given: JsonValue
    """What its source chose for it (examples, parents), by name."""


EXAMPLES: Final = "examples"
PARENTS: Final = "parents"
"""What a hand may be given: records to show, and records to develop further."""


def named(given: JsonValue, key: str) -> list[str]:
    """Return the identifiers that a hand was given under a key."""
    names = given.get(key) if isinstance(given, dict) else None
    return [str(name) for name in names] if isinstance(names, list) else []


def shown(given: JsonValue) -> list[str]:
    """Return the identifiers of all that a hand's model was shown."""
    return [*named(given, EXAMPLES), *named(given, PARENTS)]


class Kept(NamedTuple):
    """A record with the digest by which its repeats are known."""

    record: Record
    fingerprint: bytes


def record_row(kept: Kept) -> tuple[object, ...]:
    """Return the values for `INSERT_RECORD`."""
    record = kept.record
    provenance = record.provenance.__pydantic_serializer__.to_json(
        record.provenance, exclude_defaults=True
    )
    place = (record.slot, record.attempt, *record.cell)
    return (*place, _json(record.payload), provenance.decode(), kept.fingerprint)


def record_from(row: Sequence[Any]) -> Record:
    """Return the record that stands in a row of `SELECT_RECORDS`."""
    slot, attempt, label, difficulty, payload, provenance = row
    return Record(
        slot=slot,
        attempt=attempt,
        cell=Cell(label, difficulty),
        payload=orjson.loads(payload),
        provenance=Provenance.model_validate_json(provenance),
    )


def reject_row(reject: Reject) -> tuple[object, ...]:
    """Return the values for `INSERT_REJECT`."""
    place = (reject.slot, reject.attempt, *reject.cell)
    near = None if reject.near is None else reject.near.model_dump_json()
    return (*place, _json(reject.payload), reject.reason, reject.detail, reject.form, near)


def reject_from(row: Sequence[Any]) -> Reject:
    """Return the reject that stands in a row of `SELECT_REJECTS`."""
    slot, attempt, label, difficulty, payload, reason, detail, form, near = row
    return Reject(
        slot=slot,
        attempt=attempt,
        cell=Cell(label, difficulty),
        payload=orjson.loads(payload),
        reason=reason,
        detail=detail,
        form=form,
        near=None if near is None else NearMatch.model_validate_json(near),
    )


def seed_row(seed: Seed) -> tuple[str, str, str]:
    """Return id, text and row, the row as JSON."""
    return seed.id, seed.text, _json(seed.row)


def seed_from(row: Sequence[Any]) -> Seed:
    """Return the example that stands in id, text and row."""
    return Seed(row[0], row[1], orjson.loads(row[2]))


def hand_row(hand: DealtHand) -> tuple[int, str, str]:
    """Return number, asks (slot, attempt, reasons) and what was given, the latter two as JSON."""
    asks = [[ask.slot.index, ask.attempt, ask.reasons] for ask in hand.asks]
    return hand.number, orjson.dumps(asks).decode(), orjson.dumps(hand.given).decode()


def segment_row(segment: Segment) -> tuple[int, str, str]:
    """Return count, labels and difficulty, the quotas as JSON, whose order is that of the cells."""
    return segment.count, _json(segment.labels), _json(segment.difficulty)


def segment_from(row: Sequence[Any]) -> Segment:
    """Return the segment that stands in count, labels and difficulty."""
    return Segment(row[0], orjson.loads(row[1]), orjson.loads(row[2]))


def _json(value: Mapping[str, JsonValue] | Mapping[str, int] | Mapping[Any, int]) -> str:
    return orjson.dumps(value).decode()
