"""A shelf in a file, for work that has no run: what was paid for outlives a failure.

One SQLite file, which a process holds for itself while it works. A killed process loses nothing
that a request brought: each is a transaction of its own.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from synth_agent.calls.budget import Spent
from synth_agent.errors import ConfigError, RunError
from synth_agent.schemas.report import Usage
from synth_agent.store.embedders.shelf import Payment

__all__ = ["FileShelf"]

_APPLICATION: Final = 0x53594E56  # "SYNV": tells our shelves from other people's SQLite files
_PATIENCE: Final = 1
"""Seconds that another process is waited for."""
_SCHEMA: Final = f"""
CREATE TABLE vectors(
    embedder TEXT NOT NULL, text BLOB NOT NULL, vector BLOB NOT NULL, PRIMARY KEY(embedder, text)
) WITHOUT ROWID;
CREATE TABLE paid(
    answered INTEGER NOT NULL, tokens INTEGER NOT NULL, cost_usd REAL, seconds REAL NOT NULL
);
PRAGMA application_id = {_APPLICATION}
"""


class FileShelf:
    """Keeps the vectors of one embedder in a file, until a `with` block ends well.

    The file is made when something is looked for. It stays where the block fails, if anything was
    paid for, so that a second attempt finds it; the error's notes say so.

    Args:
        path: Of the file; its folder is there.
        embedder: `provider:model`.
    """

    def __init__(self, path: Path, *, embedder: str) -> None:
        self._path = path
        self._embedder = embedder
        self._db: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._db is None:
            return
        if error is not None and self.spent.tokens:
            error.add_note(
                f"what was paid for is kept in {self._path}: the same command finds it there"
            )
        else:
            self._path.unlink(missing_ok=True)
        self._db.close()
        self._db = None

    @property
    def usage(self) -> Usage:
        """What was answered and paid for, in earlier attempts too."""
        requests, tokens, cost, unknown, seconds = self._sums(answered=True)
        return Usage(
            requests=requests,
            tokens_in=tokens,
            cost_usd=None if unknown else cost,
            seconds=round(seconds, 3),
        )

    @property
    def spent(self) -> Spent:
        """What counts against a budget: what was answered, and what may have been charged."""
        _, tokens, cost, *_ = self._sums(answered=False)
        return Spent(cost, tokens)

    def find(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the vectors that are there, by key.

        Raises:
            ConfigError: The file is in use, damaged or another program's.
            RunError: The disk fails.
        """
        query = "SELECT vector FROM vectors WHERE embedder = ? AND text = ?"
        with self._saying_what_happened():
            db = self._opened()
            rows = ((key, db.execute(query, (self._embedder, key)).fetchone()) for key in keys)
            return {key: row[0] for key, row in rows if row is not None}

    def put(self, rows: Sequence[tuple[bytes, bytes]], paid: Payment) -> None:
        """Write vectors and what they cost; both, or neither.

        Raises:
            ConfigError, RunError: See `find`.
        """
        self._write(rows, (1, paid.tokens_in, paid.cost_usd, paid.seconds))

    def settle(self, spent: Spent) -> None:
        """Write down what may have been charged without an answer, as the budget knows it."""
        known = self.spent
        if spent.tokens > known.tokens:
            self._write((), (0, spent.tokens - known.tokens, max(0.0, spent.usd - known.usd), 0))

    def _write(self, rows: Sequence[tuple[bytes, bytes]], paid: tuple[object, ...]) -> None:
        with self._saying_what_happened():
            db = self._opened()
            with _transaction(db):
                db.executemany(
                    "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
                    [(self._embedder, key, vector) for key, vector in rows],
                )
                db.execute("INSERT INTO paid VALUES (?, ?, ?, ?)", paid)

    def _sums(self, *, answered: bool) -> tuple[int, int, float, int, float]:
        """Return requests, tokens, US dollars, requests without a price, and seconds."""
        if self._db is None and not self._path.exists():
            return 0, 0, 0.0, 0, 0.0
        query = (
            "SELECT count(*), coalesce(sum(tokens), 0), coalesce(sum(cost_usd), 0.0), "
            "count(*) - count(cost_usd), coalesce(sum(seconds), 0.0) FROM paid WHERE answered >= ?"
        )
        with self._saying_what_happened():
            sums: tuple[int, int, float, int, float] = (
                self._opened().execute(query, (answered,)).fetchone()
            )
        return sums

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            # Texts are asked for in a thread of their own where a loop is running.
            db = sqlite3.connect(
                self._path, isolation_level=None, timeout=_PATIENCE, check_same_thread=False
            )
            try:
                self._own(db)
            except BaseException:
                db.close()
                raise
            self._db = db
        return self._db

    def _own(self, db: sqlite3.Connection) -> None:
        """Lock the file until the connection is closed, and make the tables where it is new."""
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("BEGIN EXCLUSIVE")
        (application,) = db.execute("PRAGMA application_id").fetchone()
        (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and application != _APPLICATION:
            raise ConfigError(
                f"{self._path} is another program's file; vectors that are paid for go there: move "
                "it away, or name another output with -o"
            )
        if not tables:
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
        db.execute("COMMIT")

    @contextmanager
    def _saying_what_happened(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise ConfigError(
                    f"{self._path} is in use: another process makes the same file; let it finish, "
                    "or name another output with -o"
                ) from error
            if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
                raise ConfigError(
                    f"{self._path}, where vectors are kept that were paid for, is damaged "
                    f"({error}); remove it and begin anew"
                ) from error
            raise RunError(
                f"cannot keep vectors that are paid for in {self._path} ({error}); make room, or "
                "name an output on another disk with -o"
            ) from error


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite has rolled back by itself where it had to
            db.execute("ROLLBACK")
        raise
