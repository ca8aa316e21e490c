"""Runs whose memory is kept by a real Chroma server: shared, gone, killed in the middle."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import orjson
import pytest

from synth_agent import SynthAgent
from synth_agent.pipeline import BatchDone
from synth_agent.pipeline import Event as RunEvent
from synth_agent.store import archive
from synth_agent.store import server as store_server
from synth_agent.store.state import read_state
from tests.commands import Commands
from tests.store.chroma_server import ChromaServer, free_port

BRIEF = "questions about production"


@pytest.fixture(scope="module")
def _one_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    server = ChromaServer(tmp_path_factory.mktemp("chroma"))
    yield server
    server.kill()


@pytest.fixture
def chroma(_one_server: ChromaServer, socket_enabled: None) -> ChromaServer:
    """Return a server that is up and empty."""
    _one_server.start()
    _one_server.empty()
    return _one_server


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask a server that is away again at once, and write to it in small batches."""
    monkeypatch.setattr(store_server, "_PAUSES", (0.01,) * 3)
    monkeypatch.setattr(archive, "_BATCH", 400)


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Commands:
    """Return what runs `synth-agent` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Commands(monkeypatch, capsys)


def rows(folder: str | Path = "run") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(Path(folder, "dataset.json").read_bytes())
    return found


def held(chroma: ChromaServer, folder: str | Path = "run") -> set[str]:
    """Return the keys of the records that the server holds of a run."""
    found = chroma.collections()
    name = Path(folder).name
    [mine] = [n for n in found if n.startswith(f"{name}-") and n.endswith("-accepted")]
    return {*found[mine]}


def slots(folder: str | Path = "run") -> set[str]:
    with closing(sqlite3.connect(Path(folder, "journal.sqlite"))) as db:
        return {str(slot) for (slot,) in db.execute("SELECT slot FROM records")}


def test_a_run_keeps_its_memory_at_a_server(command: Commands, chroma: ChromaServer) -> None:
    ordered = ["generate", f"60 {BRIEF}", "--run-dir", "run", "--chroma", chroma.url, "--json"]
    said = command(None, *ordered)
    first = held(chroma)
    more = command(None, "resume", "run", "-n", "90", "--chroma", chroma.url, "--json")

    assert (said.code, more.code, len(rows())) == (0, 0, 90), said.err + more.err
    assert len(first) == 60
    assert held(chroma) == slots()
    assert not [*Path("run", "memory").glob("chroma*")]


def test_a_server_may_be_taken_up_and_left(command: Commands, chroma: ChromaServer) -> None:
    command(None, "generate", f"30 {BRIEF}", "--run-dir", "run", "--quiet")
    taken = command(None, "resume", "run", "-n", "40", "--chroma", chroma.url)
    at_server = held(chroma)
    left = command(None, "resume", "run", "-n", "50")

    assert (taken.code, left.code, len(rows())) == (0, 0, 50), taken.err + left.err
    assert len(at_server) == 40
    state = read_state(Path("run", "memory"))
    assert state is not None
    assert (state.clean, state.count) == (True, 50)


def test_runs_share_a_server_and_nothing_else(tmp_path: Path, chroma: ChromaServer) -> None:
    def made(name: str) -> int:
        agent = SynthAgent(chroma=chroma.url)
        return len(agent.generate(f"40 {BRIEF}", run_dir=tmp_path / name))

    with ThreadPoolExecutor(2) as pool:
        counts = [*pool.map(made, ("one", "two"))]

    assert counts == [40, 40]
    for name in ("one", "two"):
        assert held(chroma, name) == slots(tmp_path / name)


def test_a_server_that_goes_away_for_good_stops_a_run_that_can_be_gone_on_with(
    command: Commands, chroma: ChromaServer, impatient: None
) -> None:
    ordered = ["generate", f"800 {BRIEF}", "--run-dir", "run", "--chroma", chroma.url]
    ended = Event()
    with ThreadPoolExecutor(1) as pool:
        killed = pool.submit(kill_in_the_middle, chroma, ended)
        try:
            stopped = command(None, *ordered)
        finally:
            ended.set()
    assert killed.result()
    made, away = slots(), command(None, "resume", "run", "--chroma", chroma.url)
    chroma.start()
    said = command(None, "resume", "run", "--chroma", chroma.url, "--json")

    assert (stopped.code, 0 < len(made) < 800) == (3, True), stopped.err
    assert f"the Chroma server at {chroma.url} does not answer" in stopped.err
    assert "resume" in stopped.err
    assert (away.code, "chroma run" in away.err) == (2, True)
    assert (said.code, len(rows())) == (0, 800), said.err
    assert held(chroma) == slots() > made


def kill_in_the_middle(chroma: ChromaServer, ended: Event) -> bool:
    """Kill the server once the run has its first records; return whether it came to that."""
    while not ended.wait(0.005):
        if Path("run", "journal.sqlite").exists() and _has_records():
            chroma.kill()
            return True
    return False


def _has_records() -> bool:
    try:
        return bool(slots())
    except sqlite3.OperationalError:  # there are no tables yet
        return False


def test_a_server_that_is_away_at_the_end_costs_no_record(
    tmp_path: Path, chroma: ChromaServer, command: Commands, impatient: None
) -> None:
    def kill(event: RunEvent) -> None:
        if isinstance(event, BatchDone):
            chroma.kill()

    agent = SynthAgent(chroma=chroma.url)
    dataset = agent.generate(f"40 {BRIEF}", run_dir=tmp_path / "run", on_event=kill)
    chroma.start()
    said = command(None, "resume", "run", "-n", "50", "--chroma", chroma.url)

    assert (len(dataset), dataset.complete) == (40, True)
    assert (said.code, len(rows())) == (0, 50), said.err
    assert held(chroma) == slots()


def test_a_server_that_loses_what_it_held_is_told_again(
    command: Commands, chroma: ChromaServer
) -> None:
    command(None, "generate", f"30 {BRIEF}", "--run-dir", "run", "--chroma", chroma.url, "--quiet")
    chroma.empty()

    said = command(None, "resume", "run", "-n", "40", "--chroma", chroma.url)

    assert said.code == 0, said.err
    assert held(chroma) == slots()


@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}", "localhost", "ftp://127.0.0.1:9"])
def test_without_a_server_nothing_is_begun(
    command: Commands, socket_enabled: None, address: str
) -> None:
    url = address.format(port=free_port())

    said = command(None, "generate", f"30 {BRIEF}", "--run-dir", "run", "--chroma", url)

    assert said.code == 2
    assert url in said.err
    assert "http://" in said.err
    assert not Path("run").exists()
