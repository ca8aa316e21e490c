"""The journal: what a run has made and dropped, one SQLite file, the truth of the run.

One writer at a time (the run's lock sees to it); readers may come while it writes. A batch is one
transaction, so that a kill leaves whole batches only.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import orjson
from pydantic import JsonValue

from synth_agent.pipeline import tables
from synth_agent.pipeline.rows import (
    INSERT_RECORD,
    INSERT_REJECT,
    SELECT_RECORDS,
    SELECT_REJECTS,
    DealtHand,
    Kept,
    Seed,
    hand_row,
    record_from,
    record_row,
    reject_from,
    reject_row,
    seed_from,
    seed_row,
    segment_from,
    segment_row,
)
from synth_agent.pipeline.slots import Segment
from synth_agent.schemas import Cell, Record, Reject

__all__ = ["Batch", "Journal", "Paid", "Tally", "why"]

_PAGE: Final = 1000
_PUT_ANSWER: Final = (
    "INSERT OR IGNORE INTO answers(hand, key, nth, model, reply, tokens_in, tokens_out, cached, "
    "cost_usd, seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class Tally(NamedTuple):
    """How often one verdict fell in one cell."""

    cell: Cell
    reason: str | None
    """Why drafts were dropped; None counts those that were kept."""
    drafts: int


class Paid(NamedTuple):
    """What answers came to."""

    answers: int
    tokens_in: int
    tokens_out: int
    cost_usd: float
    """Of those whose price is known."""
    unpriced: int
    """How many have no known price."""

    def plus(self, rows: Sequence[tuple[Any, ...]]) -> "Paid":
        """Return the sum with further answers, as `Journal.put_answers` takes them."""
        return Paid(
            self.answers + len(rows),
            self.tokens_in + sum(row[5] for row in rows),
            self.tokens_out + sum(row[6] for row in rows),
            self.cost_usd + sum(row[8] or 0.0 for row in rows),
            self.unpriced + sum(row[8] is None for row in rows),
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """What is written in one transaction."""

    kept: Sequence[Kept] = ()
    rejects: Sequence[Reject] = ()
    droughts: Mapping[int, int] = field(default_factory=dict)
    """Code of a cell -> drafts that it lost in a row; only the cells that changed."""
    seconds: float = 0.0
    """Time spent since the batch before."""
    hands: Sequence[int] = ()
    """The dealt hands that are done with this."""


class Journal:
    """An open journal; a context manager that closes it."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self.path = path
        self._db = db
        self._paid: Paid | None = None

    @classmethod
    def create(
        cls, path: Path, *, meta: Mapping[str, str], segment: Segment, seeds: Iterable[Seed] = ()
    ) -> Self:
        """Write a fresh journal in one transaction: it is whole, or no journal."""
        rows: dict[str, Iterable[tuple[object, ...]]] = {
            "INSERT INTO segments VALUES (0, ?, ?, ?)": [segment_row(segment)],
            "INSERT INTO meta VALUES (?, ?)": meta.items(),
            "INSERT INTO seeds VALUES (?, ?, ?)": map(seed_row, seeds),
        }
        return cls(path, tables.create(path, rows))

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a journal that exists; for what is refused see `tables.connect`."""
        return cls(path, tables.connect(path))

    def close(self) -> None:
        """Close the file; the last to do so folds the write-ahead log into it."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What the run is

    def meta(self, key: str) -> str | None:
        """Return a fact about the run, or None."""
        rows = self._rows("SELECT value FROM meta WHERE key = ?", key)
        return str(rows[0][0]) if rows else None

    def set_meta(self, **facts: str) -> None:
        """Write facts about the run, in one transaction."""
        with self._transaction() as db:
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", facts.items())

    def segments(self) -> tuple[Segment, ...]:
        """Return what was asked for, in the order it was asked."""
        rows = self._rows("SELECT count, labels, difficulty FROM segments ORDER BY number")
        return tuple(map(segment_from, rows))

    def add_segment(self, segment: Segment) -> None:
        """Append what is asked for besides."""
        number = len(self.segments())
        with self._transaction() as db:
            db.execute("INSERT INTO segments VALUES (?, ?, ?, ?)", (number, *segment_row(segment)))

    def drop_segment(self, number: int) -> None:
        """Forget what was asked for besides, before anything of it was made."""
        with self._transaction() as db:
            db.execute("DELETE FROM segments WHERE number = ?", (number,))

    def seeds(self) -> Iterator[Seed]:
        """Yield the given examples in order of their identifiers."""
        query = "SELECT id, text, row FROM seeds WHERE id > ? ORDER BY id LIMIT ?"
        return map(seed_from, self._pages(query, ("",)))

    # What was made

    def commit(self, batch: Batch) -> None:
        """Write a batch: all of it, or nothing.

        Raises:
            RunError: The disk is full, or the file cannot be written. Earlier batches are safe.
        """
        with self._transaction() as db:
            db.executemany(INSERT_RECORD, map(record_row, batch.kept))
            db.executemany(INSERT_REJECT, map(reject_row, batch.rejects))
            db.executemany("INSERT OR REPLACE INTO droughts VALUES (?, ?)", batch.droughts.items())
            db.executemany(
                "UPDATE hands SET settled = 1 WHERE number = ?", [(n,) for n in batch.hands]
            )
            db.execute("UPDATE meta SET value = value + ? WHERE key = 'seconds'", (batch.seconds,))

    def owners(self, fingerprints: Iterable[bytes]) -> dict[bytes, int]:
        """Return the slot of the record that each fingerprint belongs to, where there is one."""
        find = "SELECT slot FROM records WHERE fingerprint = ?"
        rows = ((print_, self._rows(find, print_)) for print_ in fingerprints)
        return {print_: found[0][0] for print_, found in rows if found}

    def records(self) -> Iterator[Record]:
        """Yield the records in slot order; memory does not grow with their number."""
        return map(record_from, self._pages(SELECT_RECORDS, (-1,)))

    def record(self, slot: int) -> Record | None:
        """Return the record of a slot, or None."""
        rows = self._rows(SELECT_RECORDS, slot - 1, 1)
        return record_from(rows[0]) if rows and rows[0][0] == slot else None

    def rejects(self) -> Iterator[Reject]:
        """Yield the rejects in order of slot and attempt."""
        return map(reject_from, self._pages(SELECT_REJECTS, (-1, -1)))

    def accepted(self) -> int:
        """Return how many records there are."""
        return int(self._rows("SELECT count(*) FROM records")[0][0])

    def rejected(self) -> dict[str, int]:
        """Return how many drafts each reason has cost, most frequent first."""
        query = "SELECT reason, count(*) FROM rejects GROUP BY reason ORDER BY 2 DESC, 1"
        return dict(self._rows(query))

    def tallies(self) -> list[Tally]:
        """Return how many drafts were kept, and dropped for each reason, in each cell."""
        kept = "SELECT label, difficulty, NULL, count(*) FROM records GROUP BY 1, 2"
        lost = "SELECT label, difficulty, reason, count(*) FROM rejects GROUP BY 1, 2, 3"
        rows = self._rows(f"{kept} UNION ALL {lost}")
        return [Tally(Cell(label, level), reason, n) for label, level, reason, n in rows]

    # Where to go on

    def touched(self) -> Iterator[int]:
        """Yield every slot that has been tried, in no order; some come more than once."""
        return self._column("SELECT slot FROM records UNION ALL SELECT slot FROM rejects")

    def tried(self, *, below: int) -> dict[int, tuple[str, ...]]:
        """Return the slots still open, tried fewer than `below` times, and their reasons so far."""
        query = (
            "SELECT slot, reason, detail FROM rejects WHERE slot NOT IN (SELECT slot FROM records) "
            "AND slot NOT IN (SELECT slot FROM rejects WHERE attempt >= ?) ORDER BY slot, attempt"
        )
        groups = groupby(self._rows(query, below - 1), itemgetter(0))
        return {slot: tuple(why(row[1], row[2]) for row in rows) for slot, rows in groups}

    def droughts(self) -> dict[int, int]:
        """Return how many drafts each cell has lost since its last record, by the cell's code."""
        return dict(self._rows("SELECT cell, drafts FROM droughts"))

    def forget_droughts(self) -> None:
        """Give every cell another chance."""
        with self._transaction() as db:
            db.execute("DELETE FROM droughts")

    def deal(self, hands: Sequence[DealtHand]) -> None:
        """Write hands down before anything is asked for them."""
        with self._transaction() as db:
            db.executemany(
                "INSERT INTO hands(number, asks, given) VALUES (?, ?, ?)", map(hand_row, hands)
            )

    def last_hand(self) -> int:
        """Return the number of the last hand that was dealt, 0 before the first."""
        return int(self._rows("SELECT coalesce(max(number), 0) FROM hands")[0][0])

    def dealt(self) -> Iterator[tuple[int, JsonValue]]:
        """Yield number and what was given of every hand, settled or not, in order."""
        query = "SELECT number, given FROM hands WHERE number > ? ORDER BY number LIMIT ?"
        return ((number, orjson.loads(given)) for number, given in self._pages(query, (0,)))

    def open_hands(self) -> list[tuple[int, str, str]]:
        """Return number, asks and what was given of the hands that were dealt and not settled."""
        return self._rows("SELECT number, asks, given FROM hands WHERE settled = 0 ORDER BY number")

    # What was paid for

    def put_answers(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write answers down as they were received, in one transaction."""
        paid = self.paid()
        with self._transaction() as db:
            db.executemany(_PUT_ANSWER, rows)
        self._paid = paid.plus(rows)

    def answer(self, hand: int, key: bytes, nth: int) -> tuple[Any, ...] | None:
        """Return an answer that is there, the columns in the order of `put_answers`."""
        rows = self._rows(
            "SELECT hand, key, nth, model, reply, tokens_in, tokens_out, cached, cost_usd, seconds "
            "FROM answers WHERE hand = ? AND key = ? AND nth = ?",
            *(hand, key, nth),
        )
        return rows[0] if rows else None

    def put_vectors(
        self, embedder: str, rows: Sequence[tuple[bytes, bytes]], answer: tuple[Any, ...]
    ) -> None:
        """Write vectors and what they cost in one transaction.

        Args:
            rows: Digest of a text, its vector.
            answer: As `put_answers` takes it.
        """
        paid = self.paid()
        with self._transaction() as db:
            db.executemany(
                "INSERT OR IGNORE INTO embeddings VALUES (?, ?, ?)",
                ((embedder, text, vector) for text, vector in rows),
            )
            db.execute(_PUT_ANSWER, answer)
        self._paid = paid.plus([answer])

    def vectors(self, embedder: str, texts: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the vectors that are there, by the digest of their text."""
        find = "SELECT vector FROM embeddings WHERE embedder = ? AND text = ?"
        rows = ((text, self._rows(find, embedder, text)) for text in texts)
        return {text: found[0][0] for text, found in rows if found}

    def paid(self) -> Paid:
        """Return what all answers came to; summed once, counted along from then on."""
        if self._paid is None:
            rows = self._rows(
                "SELECT count(*), coalesce(sum(tokens_in), 0), coalesce(sum(tokens_out), 0), "
                "coalesce(sum(cost_usd), 0.0), count(*) - count(cost_usd) FROM answers"
            )
            self._paid = Paid(*rows[0])
        return self._paid

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with tables.saying_what_happened(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # SQLite has rolled back by itself where it had to
                    self._db.execute("ROLLBACK")
                raise

    def _rows(self, query: str, *values: object) -> list[Any]:
        with tables.saying_what_happened(self.path):
            return self._db.execute(query, values).fetchall()

    def _column(self, query: str) -> Iterator[int]:
        with tables.saying_what_happened(self.path):
            for (value,) in self._db.execute(query):
                yield value

    def _pages(self, query: str, after: tuple[object, ...]) -> Iterator[Any]:
        """Yield a query's rows page by page, so that no read stays open while a batch is written.

        Args:
            query: Ends in `LIMIT ?`; its first columns are the key it is ordered by.
            after: The key to begin behind.
        """
        while rows := self._rows(query, *after, _PAGE):
            yield from rows
            after = tuple(rows[-1][: len(after)])


def why(reason: str, detail: str) -> str:
    """Return a reason in one line, as the next attempt is told of it."""
    return f"{reason}: {detail}" if detail else reason
