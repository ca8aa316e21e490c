"""The memory after kills: always what the journal says, whatever Chroma was doing at that moment.

A real run, the real journal, the real Chroma; the process is ended by SIGKILL, most of the time
while Chroma is being written.
"""

import multiprocessing
import random
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from ctypes import c_int
from datetime import UTC, datetime
from multiprocessing.sharedctypes import RawArray
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from synth_agent.agent import SynthAgent
from synth_agent.pipeline import Run, cell_metadata
from synth_agent.schemas import Record
from synth_agent.store import SemanticMemory, archive, places
from synth_agent.store.archive import most_bytes
from synth_agent.store.chroma import Chroma, Metadata, Shelf, size_of
from synth_agent.store.embedders.resolve import embedder
from synth_agent.store.state import read_state
from synth_agent.text import Comparable
from tests.store.chroma_server import rows_in
from tests.store.writer import EMBEDDER, record, remember

_KILLS = 20
_BRIEF = "800 sentiment examples, 70% positive and 30% negative"
_BATCH = 10
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.test_memory_kill", "chromadb", "faker"])


class Moment:
    """What Chroma is at in another process, or was when that was killed."""

    def __init__(self) -> None:
        self._shared = RawArray(c_int, 2)

    @property
    def writes(self) -> int:
        """How many writes were begun."""
        return self._shared[0]

    @property
    def writing(self) -> bool:
        return bool(self._shared[1])

    def begins(self) -> None:
        self._shared[1] = 1
        self._shared[0] += 1

    def ends(self) -> None:
        self._shared[1] = 0


class _Watched(Chroma):
    """Says when it writes."""

    moment: Moment

    def put(
        self,
        shelf: Shelf,
        keys: Sequence[str],
        vectors: NDArray[np.float32],
        metadata: Sequence[Metadata],
    ) -> None:
        if len(keys):
            self.moment.begins()
        super().put(shelf, keys, vectors, metadata)
        self.moment.ends()


def _resume(folder: str, moment: Moment) -> None:
    _Watched.moment = moment
    vars(places)["Chroma"] = _Watched
    vars(archive)["_BATCH"] = 1  # Chroma is written with every batch of drafts
    SynthAgent().resume(folder)


def _killed(folder: Path, rng: random.Random) -> tuple[int, bool]:
    """Resume a run, and kill it at some moment; return its exit code, and whether it was writing.

    Three times of four that is as soon as a certain write is seen to have begun.
    """
    moment = Moment()
    process = _context.Process(target=_resume, args=(str(folder), moment))
    process.start()
    write, later = rng.randint(1, 4), rng.choice([0.0, 0.0, 0.0, rng.uniform(0, 0.03)])
    while process.is_alive() and not (moment.writing and moment.writes >= write):
        time.sleep(0.0002)
    time.sleep(later)
    process.kill()
    process.join()
    code = process.exitcode or 0
    process.close()
    return code, moment.writing


def _is_memory_of(run: Run, records: list[Record]) -> None:
    """Compare the memory of a run, to the row, with what the journal says."""
    memory = run.path / "memory"
    slots = [made.slot for made in records]
    with np.load(memory / "vectors.npz", allow_pickle=False) as stored:
        assert sorted(stored["keys"].tolist()) == slots

    (folder,) = memory.glob("chroma-*")
    held = rows_in(folder, "accepted")
    assert sorted(map(int, held)) == slots
    assert run.spec.embedder is not None
    texts = [Comparable.of(run.spec)(made.payload) for made in records]
    expected = embedder(run.spec.embedder).embed(texts)
    found = np.array([held[str(slot)].vector for slot in slots])
    lengths = np.linalg.norm(expected, axis=1) * np.linalg.norm(found, axis=1)
    # rows are rounded to whole numbers, which moves a cosine by less than 0.001
    assert ((expected * found).sum(axis=1) / lengths).min() > 0.999
    for made in records:
        assert held[str(made.slot)].metadata == cell_metadata(run.spec.task, made.cell)
    assert size_of(folder) < most_bytes(len(records))


def test_a_run_killed_twenty_times_in_the_middle_of_writes_ends_with_the_memory_of_its_journal(
    tmp_path: Path,
) -> None:
    rng = random.Random(4)
    folder = tmp_path / "run"
    with Run.create(folder, SynthAgent().plan(_BRIEF), text="", now=datetime.now(UTC)) as run:
        run.journal.set_meta(batch=str(_BATCH))
    ends = [_killed(folder, rng) for _ in range(_KILLS)]
    assert {code for code, _ in ends} == {-signal.SIGKILL}
    assert sum(writing for _, writing in ends) >= _KILLS // 2

    SynthAgent().resume(folder)

    with Run.open(folder) as run:
        records = list(run.journal.records())
        assert len(records) == 800
        _is_memory_of(run, records)
    state = read_state(folder / "memory")
    assert state is not None
    assert state.clean
    assert state.generation > _KILLS  # none was opened again


# ------------------------------------------------------------------------------ damaged on purpose


def _open(folder: Path, count: int) -> SemanticMemory:
    known = [record(slot) for slot in range(count)]
    return SemanticMemory.open(folder, EMBEDDER, accepted=lambda: known, count=count)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a memory, closed properly, large enough for Chroma to have written its index."""
    folder = tmp_path_factory.mktemp("memory") / "memory"
    with _open(folder, 0) as memory:
        remember(memory, [record(slot) for slot in range(1_100)])
    assert list(folder.glob("chroma-1/*/data_level0.bin"))
    return folder


def _unclean(folder: Path) -> None:
    state = folder / "state.json"
    state.write_text(state.read_text().replace('"clean": true', '"clean": false'))


def _unclean_and_truncated(folder: Path) -> None:
    _unclean(folder)
    (path,) = folder.glob("chroma-1/*/data_level0.bin")
    path.write_bytes(path.read_bytes()[:100])


def _unclean_and_garbled(folder: Path) -> None:
    _unclean(folder)
    for path in folder.glob("chroma-1/**/*"):
        if path.is_file():
            path.write_bytes(random.Random(1).randbytes(path.stat().st_size))


def _one_byte_of_the_index(folder: Path) -> None:
    (path,) = folder.glob("chroma-1/*/data_level0.bin")
    _flip(path)


def _one_byte_of_the_database(folder: Path) -> None:
    _flip(folder / "chroma-1/chroma.sqlite3")


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _a_file_too_many(folder: Path) -> None:
    (folder / "chroma-1/chroma.sqlite3-wal").write_bytes(b"left over")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the folders that Chroma is told to open."""
    names: list[str] = []

    class Noted(Chroma):
        @classmethod
        def in_folder(cls, folder: Path) -> "Noted":
            names.append(folder.name)
            return super().in_folder(folder)

    monkeypatch.setattr(places, "Chroma", Noted)
    return names


@pytest.mark.parametrize(
    "damage",
    [
        _unclean,
        _unclean_and_truncated,
        _unclean_and_garbled,
        _one_byte_of_the_index,
        _one_byte_of_the_database,
        _a_file_too_many,
    ],
)
def test_a_damaged_folder_is_never_opened_but_made_anew(
    tmp_path: Path, sound: Path, opened: list[str], damage: Callable[[Path], None]
) -> None:
    folder = tmp_path / "memory"
    shutil.copytree(sound, folder)
    damage(folder)

    with _open(folder, 1_100) as memory:
        assert memory.similar(record(7).text, 1)[0].slot == 7

    assert opened == ["chroma-2"]
    (path,) = folder.glob("chroma-*")
    assert sorted(map(int, rows_in(path, "accepted"))) == list(range(1_100))


def test_a_sound_folder_is_opened_as_it_is(tmp_path: Path, sound: Path, opened: list[str]) -> None:
    folder = tmp_path / "memory"
    shutil.copytree(sound, folder)

    with _open(folder, 1_100) as memory:
        assert memory.similar(record(7).text, 1)[0].slot == 7

    assert opened == ["chroma-1"]
