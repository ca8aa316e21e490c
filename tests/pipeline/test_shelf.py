"""Vectors that were paid for, in a run's journal."""

import asyncio
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from synth_agent.calls import Budget
from synth_agent.errors import RunError
from synth_agent.pipeline import Journal, Segment
from synth_agent.pipeline.shelf import JournalShelf
from synth_agent.store.embedders.foreign import ForeignEmbedder
from synth_agent.store.embedders.sender import Terms
from synth_agent.store.embedders.shelf import Payment
from tests.store.embedders.model import AskedAtOnce

PAID = Payment(b"k" * 16, "far:m", 7, 0.25, 0.5)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal.create(
        tmp_path / "journal.sqlite",
        meta={"seconds": "0"},
        segment=Segment(1, {"ham": 1}, {"easy": 1}),
    )


def test_vectors_and_what_they_cost_come_back(journal: Journal) -> None:
    JournalShelf(journal, embedder="far:m").put([(b"a", b"1234"), (b"b", b"5678")], PAID)
    journal.close()

    with Journal.open(journal.path) as again:
        shelf = JournalShelf(again, embedder="far:m")

        assert shelf.find([b"b", b"c", b"a"]) == {b"a": b"1234", b"b": b"5678"}
        assert again.paid() == (1, 7, 0, 0.25, 0)
        assert again.answer(0, b"k" * 16, 0) == (
            *(0, b"k" * 16, 0, "far:m", "", 7, 0, 0, 0.25, 0.5),
        )


def test_every_embedder_has_vectors_of_its_own(journal: Journal) -> None:
    JournalShelf(journal, embedder="far:m").put([(b"a", b"1234")], PAID)

    assert JournalShelf(journal, embedder="near:m").find([b"a"]) == {}


def test_what_is_paid_for_twice_counts_twice(journal: Journal) -> None:
    shelf = JournalShelf(journal, embedder="far:m")
    shelf.put((), PAID)
    shelf.put([(b"a", b"1234")], PAID)
    counted = journal.paid()
    journal.close()

    with Journal.open(journal.path) as again:
        assert again.paid() == counted == (2, 14, 0, 0.5, 0)


def test_vectors_and_payment_are_written_together_or_not_at_all(journal: Journal) -> None:
    shelf = JournalShelf(journal, embedder="far:m")
    with sqlite3.connect(journal.path) as other:
        other.execute(
            "CREATE TRIGGER full BEFORE INSERT ON answers BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    other.close()

    with pytest.raises(RunError, match="full"):
        shelf.put([(b"a", b"1234")], PAID)

    assert shelf.find([b"a"]) == {}
    assert journal.paid().answers == 0


def test_a_resumed_run_pays_for_no_text_again(journal: Journal) -> None:
    def embedder(journal: Journal, model: AskedAtOnce) -> ForeignEmbedder:
        shelf = JournalShelf(journal, embedder="far:m")
        terms = Terms(budget=Budget(tokens=1_000))
        return ForeignEmbedder(model, name="far:m", threshold=0.9, shelf=shelf, terms=terms)

    first, second = AskedAtOnce(), AskedAtOnce()
    one = embedder(journal, first)
    asyncio.run(one.prepare(["a", "bb"]))
    before = one.embed(["a", "bb"])
    journal.close()

    with Journal.open(journal.path) as again:
        resumed = embedder(again, second)
        asyncio.run(resumed.prepare(["bb", "a", "ccc"]))

        assert np.array_equal(resumed.embed(["a", "bb"]), before)
        assert again.paid().tokens_in == 3
    assert (first.asked, second.asked) == ([["a", "bb"]], [["ccc"]])
