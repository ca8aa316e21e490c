"""The journal's tables, how they are opened, and what SQLite's errors mean to the user.

WAL with `synchronous=NORMAL`: a killed process loses nothing that was committed; a power cut may
lose the last transactions, but never leaves a damaged file.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from synth_agent.errors import ConfigError, RunError

__all__ = ["connect", "create", "disk_full", "saying_what_happened"]

_APPLICATION: Final = 0x53594E41  # "SYNA": tells our journals from other people's SQLite files
_VERSION: Final = 3

_PAID: Final = """
CREATE TABLE hands(
    number INTEGER PRIMARY KEY, asks TEXT NOT NULL, given TEXT NOT NULL,
    settled INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE answers(
    id INTEGER PRIMARY KEY, hand INTEGER NOT NULL, key BLOB NOT NULL, nth INTEGER NOT NULL,
    model TEXT NOT NULL, reply TEXT NOT NULL, tokens_in INTEGER NOT NULL,
    tokens_out INTEGER NOT NULL, cached INTEGER NOT NULL, cost_usd REAL, seconds REAL NOT NULL,
    UNIQUE(hand, key, nth)
);
CREATE INDEX open_hands ON hands(number) WHERE settled = 0;
"""
"""What version 2 added: hands of slots as they were dealt, and answers as they were received."""

_EMBEDDED: Final = """
CREATE TABLE embeddings(
    embedder TEXT NOT NULL, text BLOB NOT NULL, vector BLOB NOT NULL, PRIMARY KEY(embedder, text)
) WITHOUT ROWID;
"""
_NEAR: Final = "ALTER TABLE rejects ADD COLUMN near TEXT;"
"""What version 3 added: vectors that were paid for, by the digest of their text; and what a draft
came too near to."""

_SCHEMA: Final = f"""
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE segments(
    number INTEGER PRIMARY KEY, count INTEGER NOT NULL, labels TEXT NOT NULL,
    difficulty TEXT NOT NULL
);
CREATE TABLE seeds(id TEXT PRIMARY KEY, text TEXT NOT NULL, row TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE records(
    slot INTEGER PRIMARY KEY, attempt INTEGER NOT NULL, label TEXT, difficulty TEXT,
    fingerprint BLOB NOT NULL UNIQUE, payload TEXT NOT NULL, provenance TEXT NOT NULL
);
CREATE TABLE rejects(
    slot INTEGER NOT NULL, attempt INTEGER NOT NULL, label TEXT, difficulty TEXT,
    reason TEXT NOT NULL, detail TEXT NOT NULL, form TEXT NOT NULL, payload TEXT NOT NULL,
    near TEXT, PRIMARY KEY(slot, attempt)
) WITHOUT ROWID;
CREATE TABLE droughts(cell INTEGER PRIMARY KEY, drafts INTEGER NOT NULL);
CREATE INDEX records_by_cell ON records(label, difficulty);
CREATE INDEX rejects_by_cell ON rejects(label, difficulty, reason);
{_PAID}
{_EMBEDDED}
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
"""


def create(path: Path, rows: Mapping[str, Iterable[tuple[object, ...]]]) -> sqlite3.Connection:
    """Return a connection to a fresh journal, made and filled in one transaction.

    Args:
        rows: Statement -> the values to insert with it.
    """
    with saying_what_happened(path), ExitStack() as cleanup:
        db = cleanup.enter_context(closing(_open(path, mode="rwc")))
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA.split(";"):
            db.execute(statement)
        for statement, values in rows.items():
            db.executemany(statement, values)
        db.execute("COMMIT")
        cleanup.pop_all()
    return db


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection to a journal that exists.

    Raises:
        ConfigError: There is none, or it is of a newer version.
        RunError: It is damaged.
    """
    if not path.is_file():
        raise ConfigError(
            f"no journal at {path}; expected the folder of a run (runs/<time>-<slug>)"
        )
    with saying_what_happened(path), ExitStack() as cleanup:
        db = cleanup.enter_context(closing(_open(path, mode="rw")))
        application, version = (
            db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version")
        )
        if application == _APPLICATION and 1 <= version <= _VERSION:
            if version < _VERSION:
                _upgrade(db)
            cleanup.pop_all()
            return db
    if application == _APPLICATION and version > _VERSION:
        raise ConfigError(
            f"{path} was written by a newer synth-agent (journal version {version}, "
            f"this one reads {_VERSION}); upgrade synth-agent to go on with it"
        )
    raise ConfigError(
        f"{path} holds no run: its creation was cut short, or it is another program's file; "
        "start a new run"
    )


def _upgrade(db: sqlite3.Connection) -> None:
    """Add what this version has besides, in one transaction."""
    db.execute("BEGIN IMMEDIATE")
    (version,) = db.execute("PRAGMA user_version").fetchone()  # another process may have been first
    added = [(2, _PAID), (3, f"{_EMBEDDED}; {_NEAR}")]
    missing = "; ".join(tables for since, tables in added if version < since)
    for statement in f"{missing}; PRAGMA user_version = {_VERSION}".split(";"):
        db.execute(statement)
    db.execute("COMMIT")


def _open(path: Path, *, mode: str) -> sqlite3.Connection:
    db = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=10,
        check_same_thread=False,  # a notebook drives its run from a thread of its own
    )
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA cache_size = -32768")
    return db


def disk_full(where: Path) -> RunError:
    """Return the error of a disk that ran full under a run; what it committed is safe."""
    return RunError(
        f"the disk is full under {where}; every batch that was finished is saved: make room and "
        f"run `synth-agent resume {where}`"
    )


@contextmanager
def saying_what_happened(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into a `RunError` that names the journal and the way out."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            raise disk_full(path.parent) from error
        if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            raise RunError(
                f"the journal {path} is damaged ({error}); restore it from a backup, "
                "or start a new run"
            ) from error
        raise RunError(
            f"cannot use the journal {path} ({error}); what was committed is saved: see to the "
            f"disk and its permissions, then run `synth-agent resume {path.parent}`"
        ) from error
