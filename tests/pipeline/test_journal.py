import sqlite3
from pathlib import Path

import pytest
from pydantic import JsonValue

from synth_agent.errors import ConfigError, RunError
from synth_agent.pipeline import DealtHand, Journal, Seed, Segment
from synth_agent.pipeline.journal import Batch
from synth_agent.pipeline.rows import Kept
from synth_agent.pipeline.tables import saying_what_happened
from synth_agent.schemas import Cell, NearMatch, Neighbour, Provenance, Record, Reject

CELL = Cell("ham", "easy")


def record(slot: int) -> Kept:
    provenance = Provenance(
        method="rules",
        source="spam@1",
        facts={"n": 3, "large": 2**40, "share": 0.5},
        checks=("schema",),
        nearest=Neighbour(slot=0, similarity=0.25),
    )
    payload = {"text": f"größer {slot}", "label": "ham"}
    made = Record(slot=slot, attempt=1, cell=CELL, payload=dict(payload), provenance=provenance)
    return Kept(made, slot.to_bytes(8))


def reject(slot: int, attempt: int = 0, reason: str = "empty") -> Reject:
    return Reject(
        slot=slot, attempt=attempt, cell=CELL, reason=reason, detail="d", payload={"text": ""}
    )


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal.create(
        tmp_path / "journal.sqlite",
        meta={"seconds": "0"},
        segment=Segment(3000, {"ham": 3000}, {"easy": 3000}),
        seeds=[Seed("b", "two", {"text": "two"}), Seed("a", "one", {"text": "one"})],
    )


def test_what_was_written_comes_back(journal: Journal) -> None:
    kept, dropped = [record(2), record(0)], [reject(1), reject(1, 1, "duplicate")]
    journal.commit(Batch(kept, dropped, {0: 2}, 1.5))
    journal.close()

    with Journal.open(journal.path) as again:
        assert list(again.records()) == [kept[1].record, kept[0].record]
        assert list(again.rejects()) == dropped
        assert [seed.id for seed in again.seeds()] == ["a", "b"]
        assert again.segments() == (Segment(3000, {"ham": 3000}, {"easy": 3000}),)
        assert again.droughts() == {0: 2}
        assert float(again.meta("seconds") or 0) == 1.5
        assert again.rejected() == {"duplicate": 1, "empty": 1}
        assert again.owners([record(2).fingerprint, b"unknown"]) == {record(2).fingerprint: 2}


def test_records_can_be_read_while_more_are_written(journal: Journal) -> None:
    journal.commit(Batch([record(slot) for slot in range(1500)]))
    read = journal.records()
    first = next(read)
    journal.commit(Batch([record(slot) for slot in range(1500, 3000)]))

    assert [first.slot, *(r.slot for r in read)] == list(range(3000))


def test_slots_that_were_tried_come_back_with_their_reasons(journal: Journal) -> None:
    spent = [reject(5, attempt) for attempt in range(3)]
    journal.commit(Batch([record(1)], [reject(1), reject(2), reject(2, 1, "length"), *spent]))

    assert journal.tried(below=3) == {2: ("empty: d", "length: d")}
    assert set(journal.touched()) == {1, 2, 5}


def test_a_batch_is_written_whole_or_not_at_all(journal: Journal) -> None:
    journal.commit(Batch([record(0)]))

    with pytest.raises(RunError, match="UNIQUE"):
        journal.commit(Batch([record(1), record(0)], [reject(2)]))

    assert journal.accepted() == 1
    assert journal.rejected() == {}


def test_no_journal_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected the folder of a run"):
        Journal.open(tmp_path / "journal.sqlite")


def test_a_journal_from_a_newer_version_is_refused(journal: Journal) -> None:
    journal.close()
    with sqlite3.connect(journal.path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()

    with pytest.raises(ConfigError, match=r"newer synth-agent \(journal version 99"):
        Journal.open(journal.path)


OLD = {
    1: "DROP TABLE embeddings; DROP TABLE hands; DROP TABLE answers",
    2: "DROP TABLE embeddings",
}


@pytest.mark.parametrize("version", [1, 2])
def test_a_journal_of_an_older_version_is_read_and_goes_on(journal: Journal, version: int) -> None:
    journal.commit(Batch([record(0)], [reject(1)]))
    journal.close()
    with sqlite3.connect(journal.path) as db:
        db.executescript(
            f"{OLD[version]}; ALTER TABLE rejects DROP COLUMN near; PRAGMA user_version = {version}"
        )
    db.close()
    near = NearMatch(kind="record", name="0", measure="cosine", score=0.95)

    with Journal.open(journal.path) as again:
        again.commit(Batch([], [reject(2).model_copy(update={"near": near})]))
        again.put_vectors("far:m", [(b"key", b"vector")], (0, b"k", 0, "m", "", 7, 0, 0, None, 0.1))

        assert [r.near for r in again.rejects()] == [None, near]
        assert again.vectors("far:m", [b"key", b"other"]) == {b"key": b"vector"}
        assert again.paid().tokens_in == 7
        assert list(again.records()) == [record(0).record]
    Journal.open(journal.path).close()


@pytest.mark.parametrize("written", [b"", None], ids=["cut short", "of another program"])
def test_a_file_that_holds_no_run_is_refused(tmp_path: Path, written: bytes | None) -> None:
    path = tmp_path / "journal.sqlite"
    if written is None:
        with sqlite3.connect(path) as db:
            db.execute("CREATE TABLE notes(text)")
        db.close()
    else:
        path.write_bytes(written)

    with pytest.raises(ConfigError, match="holds no run"):
        Journal.open(path)


def test_a_damaged_journal_is_named(journal: Journal) -> None:
    journal.commit(Batch([record(slot) for slot in range(500)]))
    journal.close()
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))

    with Journal.open(journal.path) as damaged, pytest.raises(RunError) as failure:
        list(damaged.records())

    assert str(journal.path) in str(failure.value)
    assert "damaged" in str(failure.value)


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_text("not a database at all " * 100)

    with pytest.raises(RunError, match="is damaged"):
        Journal.open(path)


def test_a_full_disk_says_how_to_go_on(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "small.sqlite")
    db.execute("PRAGMA max_page_count = 4")
    db.execute("CREATE TABLE t(x)")

    with (
        pytest.raises(RunError) as failure,
        saying_what_happened(tmp_path / "small.sqlite"),
    ):
        db.executemany("INSERT INTO t VALUES (?)", [("x" * 4000,)] * 10)

    db.close()
    assert str(failure.value).startswith(f"the disk is full under {tmp_path};")
    assert f"synth-agent resume {tmp_path}" in str(failure.value)


def test_what_every_hand_was_given_can_be_gone_through(journal: Journal) -> None:
    given: list[JsonValue] = [{"examples": ["a", f"record:{n}"]} for n in range(1200)]
    journal.deal([DealtHand(n, (), one) for n, one in enumerate(given, start=1)])
    journal.commit(Batch(hands=[1, 2]))

    assert list(journal.dealt()) == list(enumerate(given, start=1))
