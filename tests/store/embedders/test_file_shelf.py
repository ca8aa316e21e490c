"""Vectors in a file: kept while they may be needed again, gone when they are not."""

import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest

from synth_agent.calls.budget import Spent
from synth_agent.errors import ConfigError, RunError
from synth_agent.store.embedders.file_shelf import FileShelf
from synth_agent.store.embedders.shelf import Payment

KEYS = (b"a" * 16, b"b" * 16)
VECTORS = (b"\x00\x00\x80\x3f", b"\x00\x00\x00\x40")


def paid(tokens: int = 10, cost: float | None = 0.5) -> Payment:
    return Payment(b"k" * 16, "openai:emb", tokens, cost, 0.25)


def shelf(path: Path, embedder: str = "openai:emb") -> FileShelf:
    return FileShelf(path, embedder=embedder)


def left_by_a_failure(path: Path) -> None:
    with suppress(RunError), shelf(path) as first:
        first.find(KEYS)
        first.put([*zip(KEYS, VECTORS, strict=True)], paid())
        raise RunError("it broke")


def test_a_second_attempt_finds_what_a_failed_one_paid_for(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    left_by_a_failure(path)

    with shelf(path) as again:
        found = again.find([*KEYS, b"c" * 16])
        usage = again.usage

    assert found == dict(zip(KEYS, VECTORS, strict=True))
    assert (usage.requests, usage.tokens_in, usage.cost_usd) == (1, 10, 0.5)
    assert [*tmp_path.iterdir()] == []


def test_whoever_fails_is_told_where_the_vectors_are(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"

    error = RunError("it broke")

    with suppress(RunError), shelf(path) as first:
        first.put([(KEYS[0], VECTORS[0])], paid())
        raise error

    assert str(path) in "".join(error.__notes__)


@pytest.mark.parametrize("asked", [False, True])
def test_a_failure_before_anything_was_paid_for_leaves_no_file(tmp_path: Path, asked: bool) -> None:
    with suppress(RunError), shelf(tmp_path / "vectors.sqlite") as first:
        if asked:
            assert first.find(KEYS) == {}
        raise RunError("it broke")

    assert [*tmp_path.iterdir()] == []


def test_what_is_not_used_makes_no_file(tmp_path: Path) -> None:
    with shelf(tmp_path / "vectors.sqlite") as unused:
        assert (unused.usage.requests, unused.spent) == (0, Spent(0, 0))
        unused.settle(Spent(0, 0))
        made = [*tmp_path.iterdir()]

    assert made == []


def test_vectors_of_another_embedder_are_not_found(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    left_by_a_failure(path)

    with shelf(path, "openai:other") as other:
        assert other.find(KEYS) == {}


def test_a_cost_that_nobody_knows_is_not_said_to_be_nothing(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    left_by_a_failure(path)

    with shelf(path) as again:
        again.put((), paid(cost=None))

        assert again.usage.cost_usd is None
        assert again.spent == Spent(0.5, 20)


def test_what_may_have_been_charged_counts_and_was_not_answered(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    with suppress(RunError), shelf(path) as first:
        first.put((), paid())
        first.settle(Spent(0.75, 30))
        first.settle(Spent(0.75, 30))
        raise RunError("it broke")

    with shelf(path) as again:
        assert again.spent == Spent(0.75, 30)
        assert (again.usage.requests, again.usage.tokens_in) == (1, 10)


def test_two_processes_do_not_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    with shelf(path) as first:
        first.find(KEYS)
        with pytest.raises(ConfigError, match="in use"), shelf(path) as second:
            second.find(KEYS)

        first.put([(KEYS[0], VECTORS[0])], paid())
        assert first.find(KEYS) == {KEYS[0]: VECTORS[0]}


def test_a_file_of_another_program_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    theirs = sqlite3.connect(path)
    theirs.execute("CREATE TABLE precious(value TEXT)")
    theirs.close()
    before = path.read_bytes()

    with pytest.raises(ConfigError, match="another program's"), shelf(path) as ours:
        ours.find(KEYS)

    assert path.read_bytes() == before


def test_a_damaged_file_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    path.write_bytes(b"no database at all " * 100)

    with pytest.raises(ConfigError, match="damaged"), shelf(path) as ours:
        ours.find(KEYS)


def test_a_folder_that_is_gone_is_the_disks_failure(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot keep"), shelf(tmp_path / "gone" / "v") as ours:
        ours.find(KEYS)
