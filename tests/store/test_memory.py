"""The memory on disk: opened again where it is sound, made again from the truth where it is not."""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from synth_agent.errors import RunError
from synth_agent.store import Accepted, Home, LexicalEmbedder, SemanticMemory, probe
from synth_agent.store.state import read_state
from synth_agent.store.vectors import Match
from tests.store.writer import EMBEDDER, NOUNS, record, remember, write_for_ever


def truth(count: int) -> list[Accepted]:
    return [record(slot) for slot in range(count)]


def open_memory(
    folder: Path, records: list[Accepted], *, embedder: LexicalEmbedder = EMBEDDER
) -> SemanticMemory:
    return SemanticMemory.open(folder, embedder, accepted=lambda: records, count=len(records))


def made(folder: Path, records: list[Accepted]) -> None:
    with open_memory(folder, []) as memory:
        remember(memory, records)


def generation(folder: Path) -> int:
    state = read_state(folder)
    assert state is not None
    return state.generation


def knows(memory: SemanticMemory, records: list[Accepted]) -> bool:
    """Tell whether exactly these records decide what is a repeat."""
    found = nearest(memory, [r.text for r in records])
    return len(memory) == len(records) and found == [Match(r.slot, 1.0) for r in records]


def nearest(memory: SemanticMemory, texts: list[str]) -> list[Match | None]:
    batch = memory.lay(texts).records
    return [batch.nearest(row) for row in range(len(texts))]


def stored(folder: Path) -> set[int]:
    """Return the slots that Chroma holds, once the memory is closed; what it holds may change."""
    import chromadb
    from chromadb.config import Settings

    (path,) = folder.glob("chroma-*")
    settings = Settings(anonymized_telemetry=False)
    client = chromadb.PersistentClient(path=path, settings=settings)
    collection = client.get_collection("accepted", embedding_function=None)
    slots = {int(key) for key in collection.get(include=[])["ids"]}
    client.close()  # type: ignore[attr-defined]
    return slots


def test_it_knows_what_was_added(tmp_path: Path) -> None:
    with open_memory(tmp_path, []) as memory:
        assert nearest(memory, ["The press stood."]) == [None]
        remember(memory, truth(30))

        assert knows(memory, truth(30))


def test_a_clean_end_is_opened_again_as_it_was(tmp_path: Path) -> None:
    made(tmp_path, truth(30))
    before = generation(tmp_path)

    with open_memory(tmp_path, truth(30)) as memory:
        assert generation(tmp_path) == before
        assert knows(memory, truth(30))
        remember(memory, [record(30)])
    with open_memory(tmp_path, truth(31)) as memory:
        assert generation(tmp_path) == before
        assert knows(memory, truth(31))
    assert stored(tmp_path) == set(range(31))


def test_decisions_after_opening_again_are_those_of_before(tmp_path: Path) -> None:
    asked = [f"The {noun} stood {n} minutes, order {n}." for noun in NOUNS for n in (3, 37, 74)]
    with open_memory(tmp_path / "a", []) as memory:
        remember(memory, truth(40))
        before = nearest(memory, asked)
    with open_memory(tmp_path / "a", truth(40)) as memory:
        reopened = nearest(memory, asked)
    with open_memory(tmp_path / "b", list(reversed(truth(40)))) as memory:
        rebuilt = nearest(memory, asked)

    assert before == reopened == rebuilt


def test_while_it_is_in_use_its_end_counts_as_unclean(tmp_path: Path) -> None:
    made(tmp_path, truth(5))

    with open_memory(tmp_path, truth(5)) as memory:
        memory.similar("text 1", 1)
        state = read_state(tmp_path)
        assert state is not None
        assert not state.clean


def _delete(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


def _garbage_in_sqlite(folder: Path) -> None:
    (path,) = folder.glob("chroma-*/chroma.sqlite3")
    path.write_bytes(random.Random(1).randbytes(path.stat().st_size))


def _truncated_sqlite(folder: Path) -> None:
    (path,) = folder.glob("chroma-*/chroma.sqlite3")
    os.truncate(path, path.stat().st_size // 2)


def _truncated_index(folder: Path) -> None:
    for path in folder.glob("chroma-*/*/data_level0.bin"):
        os.truncate(path, 100)
    assert list(folder.glob("chroma-*/*/data_level0.bin"))


def _garbage_in_index(folder: Path) -> None:
    for path in folder.glob("chroma-*/*/data_level0.bin"):
        path.write_bytes(random.Random(2).randbytes(path.stat().st_size))


def _lost_index(folder: Path) -> None:
    for path in folder.glob("chroma-*/*/*.bin"):
        path.unlink()


def _damaged_vectors(folder: Path) -> None:
    path = folder / "vectors.npz"
    path.write_bytes(path.read_bytes()[:-10])


def _no_state(folder: Path) -> None:
    (folder / "state.json").unlink()


def _unreadable_state(folder: Path) -> None:
    (folder / "state.json").write_text('{"generation": ')


def _marked_unclean(folder: Path) -> None:
    path = folder / "state.json"
    path.write_text(path.read_text().replace('"clean": true', '"clean": false'))


@pytest.mark.parametrize(
    "damage",
    [
        _delete,
        _garbage_in_sqlite,
        _truncated_sqlite,
        _truncated_index,
        _garbage_in_index,
        _lost_index,
        _damaged_vectors,
        _no_state,
        _unreadable_state,
        _marked_unclean,
    ],
)
def test_a_missing_or_damaged_memory_is_made_again(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    records = truth(1_100)  # enough for Chroma to have written its index
    made(tmp_path, records)
    damage(tmp_path)

    with open_memory(tmp_path, records) as memory:
        assert knows(memory, records)
        assert memory.similar(records[7].text, 1)[0].slot == 7
    if damage is not _delete:
        assert generation(tmp_path) == 2
    assert stored(tmp_path) == set(range(1_100))


@pytest.mark.parametrize("now", [truth(4), truth(6), [*truth(4), record(9)]], ids=len)
def test_a_memory_that_differs_from_the_journal_is_made_again(
    tmp_path: Path, now: list[Accepted]
) -> None:
    made(tmp_path, truth(5))

    with open_memory(tmp_path, now) as memory:
        assert knows(memory, now)
    assert generation(tmp_path) == 2
    assert stored(tmp_path) == {r.slot for r in now}


def test_another_embedder_makes_it_again(tmp_path: Path) -> None:
    made(tmp_path, truth(5))

    with open_memory(tmp_path, truth(5), embedder=LexicalEmbedder(dimensions=32)) as memory:
        assert memory.lay(["x"]).records.rows.shape == (1, 32)
        assert knows(memory, truth(5))
    assert generation(tmp_path) == 2


# ---------------------------------------------------------------------------------------- the kill


def test_a_writer_killed_at_any_moment_leaves_nothing_that_harms(tmp_path: Path) -> None:
    folder, journal = tmp_path / "memory", tmp_path / "journal"
    journal.touch()
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["chromadb", "tests.store.writer"])
    rng = random.Random(5)
    for _ in range(10):
        (folder / "opened").unlink(missing_ok=True)
        writer = processes.Process(target=write_for_ever, args=(folder, journal))
        writer.start()
        while not (folder / "opened").exists():
            assert writer.is_alive()
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.15))
        writer.kill()
        writer.join()
        assert writer.exitcode == -signal.SIGKILL
        writer.close()
    records = truth(journal.stat().st_size)

    assert len(records) > 500
    with open_memory(folder, records) as memory:
        assert knows(memory, records)
    assert generation(folder) == 11
    assert stored(folder) == set(range(len(records)))


# ------------------------------------------------------------------------------- watched and mended


def test_a_folder_that_grows_out_of_bounds_is_thrown_away_once_and_then_stops_the_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    limits = iter([10**9, 0, 10**9, 0, 10**9])
    memory = SemanticMemory.open(
        tmp_path, EMBEDDER, accepted=list, count=0, home=Home(limit=lambda rows: next(limits))
    )
    remember(memory, truth(3))
    assert memory.similar("The press stood.", 5)
    before = generation(tmp_path)

    remember(memory, [record(3)])
    assert {n.slot for n in memory.similar("The press stood.", 5)} == {0, 1, 2, 3}
    assert generation(tmp_path) == before + 1
    assert "expected at most 0" in caplog.text

    memory.similar("The press stood.", 5)
    with pytest.raises(RunError, match=r"failed twice in this run.*then resume"):
        memory.similar("The press stood.", 5)
    memory.close()


def test_chroma_failing_in_the_middle_of_a_run_is_mended(tmp_path: Path) -> None:
    with open_memory(tmp_path, []) as memory:
        memory.add_seeds([("seed-1", "The oven burnt out.")])
        remember(memory, truth(1_100))
        memory.similar("The press stood.", 1)
        (path,) = tmp_path.glob("chroma-*/chroma.sqlite3")
        path.write_bytes(b"no database")

        remember(memory, [record(1_100)])

        assert knows(memory, truth(1_101))
        assert memory.similar_seeds("An oven burnt.", 1)[0][0] == "seed-1"
    assert stored(tmp_path) == set(range(1_101))


def test_a_memory_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "state.json").mkdir()

    memory = open_memory(tmp_path, [])

    with pytest.raises(RunError, match=r"cannot write .*state\.json.* then resume the run"):
        memory.similar("An oven burnt.", 1)


def test_closing_twice_does_no_harm(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, [])
    memory.close()
    memory.close()

    state = read_state(tmp_path)
    assert state is not None
    assert state.clean


# ---------------------------------------------------------------------------------------- retrieval


def test_retrieval_can_be_filtered(tmp_path: Path) -> None:
    with open_memory(tmp_path, []) as memory:
        remember(memory, truth(50))

        found = memory.similar("The oven stood 5 minutes.", 3, {"label": "oven"})
        both = memory.similar("The oven stood.", 9, {"label": "oven", "task": "qa"})
        none = memory.similar("The oven stood.", 3, {"label": "oven", "task": "code"})

    assert [n.slot % 10 for n in found] == [5, 5, 5]
    assert found == sorted(found, key=lambda n: -n.similarity)
    assert len(both) == 5
    assert none == []


def test_seeds_are_found_again_and_kept_apart_from_records(tmp_path: Path) -> None:
    seeds = [("s1", "The oven burnt out at night."), ("s2", "A pump lost its pressure.")]
    with open_memory(tmp_path, []) as memory:
        texts = ["The pump lost pressure.", seeds[0][1]]
        assert memory.lay(texts).seeds is None
        memory.add_seeds(seeds)
        remember(memory, truth(5))

        beside = memory.lay(texts).seeds
        assert beside is not None
        similar = memory.similar_seeds("Which pump lost pressure?", 5)

    found = [beside.nearest(row) for row in (0, 1)]
    assert [n and memory.seed_name(n.key) for n in found] == ["s2", "s1"]
    assert found[1] == Match(0, 1.0)
    assert [name for name, _ in similar] == ["s2", "s1"]
    assert memory.seed_rows()[0] == ["s1", "s2"]


def test_likeness_within_a_batch_is_computed_as_that_to_what_is_held(tmp_path: Path) -> None:
    texts = [record(slot).text for slot in range(12)]
    with open_memory(tmp_path, []) as memory:
        batch = memory.lay(texts).records
        batch.accept(0, 0)
        within = [batch.nearest(row) for row in range(12)]
        remember(memory, truth(1))
        held = nearest(memory, texts)

    assert held == within


def test_the_probe_finds_nothing_wrong_here() -> None:
    assert probe() is None


@pytest.fixture(autouse=True)
def _no_threads_left_behind() -> Iterator[None]:
    """Chroma keeps a client a path in the process; each test closes its own."""
    yield
    from chromadb.api.shared_system_client import SharedSystemClient

    assert not SharedSystemClient._identifier_to_system  # noqa: SLF001
