"""Chroma beside the journal, in a folder or at a server: in batches, and made anew when lost."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from synth_agent.errors import ConfigError, RunError
from synth_agent.store.archive import Archive, Rows
from synth_agent.store.chroma import SHELVES, Shelf
from synth_agent.store.server import Server
from synth_agent.store.vectors import unit
from tests.store.chroma_server import ChromaServer, Row, answering, free_port, rows_in

WIDTH = 16


def rows(start: int, end: int, *, shelf: Shelf = "accepted") -> Rows:
    numbers = range(start, end)
    vectors = [np.random.default_rng(number).normal(size=WIDTH) for number in numbers]
    keys = [str(number) for number in numbers]
    array = unit(np.array(vectors, np.float32).reshape(-1, WIDTH))
    return Rows(shelf, keys, array, [{"label": f"l{n % 3}"} for n in numbers])


class Kept:
    """An archive of one run, and the truth that it is made anew from."""

    def __init__(self, run: Path, *, server: Server | None = None) -> None:
        self.folder = run / "memory"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.truth: list[Rows] = []
        self.begun: list[int] = []
        self.archive = Archive(
            self.folder, contents=self._contents, begin=self.begun.append, server=server
        )

    def put(self, start: int, end: int, *, shelf: Shelf = "accepted") -> None:
        self.truth.append(rows(start, end, shelf=shelf))
        self.archive.put(self.truth[-1])

    def _contents(self) -> Iterable[Rows]:
        return list(self.truth)

    def is_in(self, held: dict[str, Row]) -> bool:
        """Tell whether these are the records of the truth, and nothing else."""
        truth = [part for part in self.truth if part.shelf == "accepted"]
        keys = [key for part in truth for key in part.keys]
        metadata = [known for part in truth for known in part.metadata]
        if sorted(held) != sorted(keys) or [held[k].metadata for k in keys] != metadata:
            return False
        vectors: NDArray[np.float32] = np.array([held[key].vector for key in keys])
        return np.allclose(vectors, np.concatenate([p.vectors for p in truth]), atol=1e-5)


@pytest.fixture(autouse=True)
def _no_client_left_behind() -> Iterator[None]:
    """Chroma keeps a list of its clients in the process; whoever opens one closes it."""
    yield
    from chromadb.api.shared_system_client import SharedSystemClient

    assert not SharedSystemClient._identifier_to_system  # noqa: SLF001


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def server(chroma_server: ChromaServer, pauses: list[float]) -> Server:
    return Server(chroma_server.url, pause=pauses.append)


def accepted(held: dict[str, dict[str, Row]], run: str, generation: int) -> dict[str, Row]:
    """Return the records of a generation of a run, whatever else a server holds."""
    (name,) = [n for n in held if n.startswith(run) and n.endswith(f"-{generation}-accepted")]
    return held[name]


# ---------------------------------------------------------------------------------------- a folder


def test_many_are_looked_for_at_once_and_found_as_one_by_one(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.archive.renew()
    kept.put(0, 60)
    asked = rows(10, 15).vectors

    many = kept.archive.nearest_many("accepted", asked, 3)
    one = [kept.archive.nearest("accepted", vector, 3) for vector in asked]
    filtered = kept.archive.nearest_many("accepted", asked, 3, {"label": "l1"})
    none = kept.archive.nearest_many("protected", asked, 3)
    kept.archive.close()

    assert many == one
    assert [found[0] for found in many] == [(str(n), 1.0) for n in range(10, 15)]
    assert all(int(key) % 3 == 1 for found in filtered for key, _ in found)
    assert none == [[]] * 5


def test_more_are_looked_for_at_once_than_go_into_one_call(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.archive.renew()
    kept.put(0, 2_100)

    found = kept.archive.nearest_many("accepted", rows(0, 2_100).vectors, 1)
    kept.archive.close()

    right = sum(near[0][0] == str(number) for number, near in enumerate(found))
    assert len(found) == 2_100
    assert right > 2_090  # it is approximate


def test_the_shelves_are_apart(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.archive.renew()
    for number, shelf in enumerate(SHELVES):
        kept.put(number, number + 1, shelf=shelf)
    asked = rows(0, 1).vectors[0]

    found = {shelf: [key for key, _ in kept.archive.nearest(shelf, asked, 9)] for shelf in SHELVES}
    kept.archive.close()

    assert found == {"accepted": ["0"], "seeds": ["1"], "protected": ["2"]}


_UNTIL_THE_DISK_IS_FULL = """
import resource, sys
from pathlib import Path
from synth_agent.errors import RunError
from tests.store.test_archive import Kept

kept = Kept(Path(sys.argv[1]))
kept.archive.renew()
kept.put(0, 10)
kept.archive.flush()
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    for start in range(10, 4_000, 200):
        kept.put(start, start + 200)
        kept.archive.flush()
except RunError as error:
    print(len(kept.begun), error)
assert not kept.archive.close()
print([path.name for path in kept.folder.glob("chroma-*")])
"""


# Within the tables, and when some has been written.
@pytest.mark.parametrize("limit", [100_000, 800_000])
def test_a_full_disk_stops_the_run_once_making_it_anew_did_not_help(
    tmp_path: Path, limit: int
) -> None:
    command = [sys.executable, "-c", _UNTIL_THE_DISK_IS_FULL, str(tmp_path), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr
    said, left = done.stdout.splitlines()
    assert said.startswith("2 the semantic memory ")  # a second generation was tried, not a third
    assert "see that the disk has room and can be written, then resume the run" in said
    assert left == "[]"  # and no room is taken by what is of no use

    kept = Kept(tmp_path)  # there is room again
    kept.put(0, 300)
    kept.archive.renew()
    assert kept.archive.close()
    assert kept.is_in(rows_in(kept.folder / f"chroma-{kept.archive.generation}", "accepted"))


# ---------------------------------------------------------------------------------------- a server


def test_a_server_holds_what_was_put_and_finds_it(
    tmp_path: Path, server: Server, chroma_server: ChromaServer
) -> None:
    kept = Kept(tmp_path / "run", server=server)
    kept.archive.renew()
    kept.put(0, 50)
    kept.put(0, 2, shelf="protected")

    found = kept.archive.nearest("accepted", rows(7, 8).vectors[0], 1, {"label": "l1"})

    assert found == [("7", 1.0)]
    assert kept.archive.close()
    assert kept.is_in(accepted(chroma_server.collections(), "run-", 1))
    assert list(kept.folder.iterdir()) == []


def test_what_was_closed_is_gone_on_with_and_the_rest_made_anew(
    tmp_path: Path, server: Server, chroma_server: ChromaServer
) -> None:
    kept = Kept(tmp_path / "run", server=server)
    kept.archive.renew()
    kept.put(0, 5)
    kept.archive.close()

    again = Kept(tmp_path / "run", server=server)
    again.truth = list(kept.truth)
    again.archive.keep(1, count=5)
    again.put(5, 9)
    assert again.archive.close()
    assert again.archive.generation == 1
    assert again.is_in(accepted(chroma_server.collections(), "run-", 1))

    lost = Kept(tmp_path / "run", server=server)
    lost.truth = [rows(0, 4)]
    lost.archive.keep(1, count=4)  # but there are nine
    lost.archive.flush()
    assert lost.archive.close()
    assert lost.archive.generation == 2
    held = chroma_server.collections()
    assert lost.is_in(accepted(held, "run-", 2))
    assert len(held) == 3


def test_two_runs_of_one_name_do_not_disturb_each_other(
    tmp_path: Path, server: Server, chroma_server: ChromaServer
) -> None:
    here, there = (Kept(tmp_path / name / "run", server=server) for name in ("here", "there"))
    here.archive.renew()
    there.archive.renew()
    here.put(0, 20)
    there.put(10, 40)
    here.archive.flush()
    there.archive.flush()
    here.archive.make()
    here.put(20, 30)

    assert here.archive.close()
    assert there.archive.close()
    held = chroma_server.collections()
    assert len(held) == 6
    assert here.is_in(accepted(held, "run-", 2))
    assert there.is_in(accepted(held, "run-", 1))


@pytest.mark.parametrize("run", ["Ünïcode läuft", "...", "a" * 200, "名前", "a b/c"])
def test_any_name_of_a_run_makes_names_that_chroma_takes(
    tmp_path: Path, server: Server, run: str
) -> None:
    kept = Kept(tmp_path / run, server=server) if run != "..." else Kept(tmp_path, server=server)
    kept.archive.renew()
    kept.put(0, 2)

    assert kept.archive.close()


@pytest.mark.usefixtures("socket_enabled")
def test_a_server_that_is_not_there_is_told_before_anything_is_made(tmp_path: Path) -> None:
    kept = Kept(tmp_path, server=Server.at(f"http://127.0.0.1:{free_port()}"))

    with pytest.raises(ConfigError, match="chroma run --path DIR"):
        kept.archive.renew()
    with pytest.raises(ConfigError, match="chroma run --path DIR"):
        kept.archive.keep(1, count=3)
    assert not kept.archive.close()
    assert kept.begun == []


class Revives:
    """Starts the server in the second pause."""

    def __init__(self, server: ChromaServer) -> None:
        self.pauses = 0
        self._server = server

    def __call__(self, seconds: float) -> None:
        self.pauses += 1
        if self.pauses == 2:
            self._server.start()


def test_a_server_that_comes_back_is_gone_on_with(
    tmp_path: Path, chroma_server: ChromaServer
) -> None:
    pause = Revives(chroma_server)
    kept = Kept(tmp_path / "run", server=Server(chroma_server.url, pause=pause))
    kept.archive.renew()
    kept.put(0, 30)
    kept.archive.flush()
    chroma_server.kill()
    kept.put(30, 60)

    assert kept.archive.close()
    assert pause.pauses == 2
    assert kept.is_in(accepted(chroma_server.collections(), "run-", kept.archive.generation))


def test_a_server_that_lost_everything_meanwhile_gets_it_again(
    tmp_path: Path, server: Server, chroma_server: ChromaServer
) -> None:
    kept = Kept(tmp_path / "run", server=server)
    kept.archive.renew()
    kept.put(0, 30)
    kept.archive.flush()
    chroma_server.empty()
    kept.put(30, 60)

    assert kept.archive.close()
    assert kept.archive.generation == 2
    assert kept.is_in(accepted(chroma_server.collections(), "run-", 2))


def test_rows_that_somebody_deleted_are_missed_when_it_closes(
    tmp_path: Path, server: Server, chroma_server: ChromaServer
) -> None:
    kept = Kept(tmp_path / "run", server=server)
    kept.archive.renew()
    kept.put(0, 30)
    kept.archive.flush()
    chroma_server.forget("accepted", ["3", "4"])

    assert kept.archive.close()
    assert kept.is_in(accepted(chroma_server.collections(), "run-", 2))


def test_a_server_that_stays_away_stops_the_run_and_is_asked_no_more(
    tmp_path: Path, server: Server, chroma_server: ChromaServer, pauses: list[float]
) -> None:
    kept = Kept(tmp_path / "run", server=server)
    kept.archive.renew()
    kept.put(0, 30)
    kept.archive.flush()
    chroma_server.kill()
    kept.put(30, 60)

    with pytest.raises(RunError, match=r"does not answer.*what was made is saved.*resume RUN"):
        kept.archive.flush()
    assert len(pauses) == 5
    assert not kept.archive.close()
    assert len(pauses) == 5

    chroma_server.start()
    again = Kept(tmp_path / "run", server=server)
    again.truth = list(kept.truth)
    again.archive.renew()
    assert again.archive.close()
    held = chroma_server.collections()
    assert again.is_in(accepted(held, "run-", 2))
    assert len(held) == 3


@pytest.mark.parametrize(
    ("status", "said"),
    [(502, b"<html>bad gateway</html>"), (200, b"<html>welcome</html>"), (503, b'{"detail": 1}')],
)
def test_somebody_else_who_answers_in_its_place_counts_as_away(
    tmp_path: Path,
    server: Server,
    chroma_server: ChromaServer,
    pauses: list[float],
    status: int,
    said: bytes,
) -> None:
    kept = Kept(tmp_path / "run", server=server)
    kept.archive.renew()
    kept.put(0, 3)
    kept.archive.flush()
    kept.put(3, 6)
    chroma_server.kill()

    with (
        answering(status, said, port=chroma_server.port),
        pytest.raises(RunError, match=rf"does not answer \(HTTP {status}, and no"),
    ):
        kept.archive.flush()

    assert len(pauses) == 5


def test_a_server_that_refuses_in_the_middle_stops_the_run_with_what_it_says(
    tmp_path: Path, server: Server, chroma_server: ChromaServer
) -> None:
    kept = Kept(tmp_path / "run", server=server)
    kept.archive.renew()
    kept.put(0, 3)
    kept.archive.flush()
    kept.put(3, 6)
    chroma_server.kill()
    refusal = b'{"error": "AuthError", "message": "your token has expired"}'

    with (
        answering(403, refusal, port=chroma_server.port),
        pytest.raises(RunError, match=r"your token has expired; see what the Chroma server at"),
    ):
        kept.archive.flush()

    assert not kept.archive.close()


def test_a_server_that_hangs_is_not_waited_for_for_ever(
    tmp_path: Path, chroma_server: ChromaServer, pauses: list[float]
) -> None:
    server = Server(chroma_server.url, pause=pauses.append, longest_answer=0.2)
    kept = Kept(tmp_path / "run", server=server)
    kept.archive.renew()
    kept.put(0, 3)
    kept.archive.flush()
    kept.put(3, 6)

    with chroma_server.frozen(), pytest.raises(RunError, match=r"does not answer \(timed out\)"):
        kept.archive.flush()


@pytest.mark.parametrize("moment", [0.001, 0.004, 0.008, 0.016])
def test_a_server_killed_in_the_middle_of_a_write_ends_with_what_it_should_hold(
    tmp_path: Path, chroma_server: ChromaServer, moment: float
) -> None:
    def revive(seconds: float) -> None:
        chroma_server.start()

    kept = Kept(tmp_path / "run", server=Server(chroma_server.url, pause=revive))
    kept.archive.renew()
    kept.archive.flush()
    chroma_server.kill_after(moment)
    for start in range(0, 900, 60):
        kept.put(start, start + 60)
        kept.archive.flush()

    assert kept.archive.close()
    held = chroma_server.collections()
    assert kept.is_in(accepted(held, "run-", kept.archive.generation))
    assert len(held) == 3
