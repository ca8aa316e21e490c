"""The promise, end to end: killed at any moment and resumed, the same files byte for byte.

Real packs, the real journal, the real Chroma; the process is ended by SIGKILL.
"""

import multiprocessing
import random
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from synth_agent.agent import SynthAgent
from synth_agent.pipeline import Run

BRIEFS = {
    "industrial": "150 questions about production",
    "text": "500 sentiment examples, 70% positive and 30% negative",
}
_context = multiprocessing.get_context("forkserver")
# What a run imports is imported once, so that a kill meets the work and not the start-up.
_context.set_forkserver_preload(["tests.test_kill", "chromadb", "mesa", "faker"])


def _begin(brief: str, folder: str) -> None:
    SynthAgent().generate(brief, run_dir=folder)


def _go_on(folder: str) -> None:
    SynthAgent().resume(folder)


def _killed_after(seconds: float, target: object, *arguments: str) -> bool:
    """Start a process, kill it after a while; return whether it was still at work."""
    process = _context.Process(target=target, args=arguments)  # type: ignore[arg-type]
    process.start()
    process.join(seconds)
    alive = process.is_alive()
    process.kill()
    process.join()
    process.close()
    return alive


def _files(folder: Path) -> dict[str, bytes]:
    names = ("dataset.json", "provenance.jsonl")
    return {name: (folder / name).read_bytes() for name in names}


@pytest.fixture(scope="module", params=list(BRIEFS))
def job(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path, float]:
    """Return a brief, the folder of its unbroken run, and the seconds that it took."""
    brief = BRIEFS[request.param]
    seconds = 0.0
    folder = Path()
    for number in range(2):  # the first also starts the server that processes are forked from
        folder = tmp_path_factory.mktemp(request.param) / f"whole{number}"
        begun = time.monotonic()
        process = _context.Process(target=_begin, args=(brief, str(folder)))
        process.start()
        process.join()
        process.close()
        seconds = time.monotonic() - begun
    return brief, folder, seconds


def test_killed_at_random_moments_and_resumed(job: tuple[str, Path, float], tmp_path: Path) -> None:
    brief, whole, seconds = job
    moments = random.Random(11)
    at_work = 0
    for number in range(6):
        folder = tmp_path / f"run{number}"
        at_work += _killed_after(moments.uniform(0.02, seconds), _begin, brief, str(folder))
        if not (folder / "journal.sqlite").exists():
            continue  # killed before there was a run
        SynthAgent().resume(folder)
        assert _files(folder) == _files(whole), f"kill {number}"

    assert at_work >= 3


def test_killed_again_and_again_while_resuming(
    job: tuple[str, Path, float], tmp_path: Path
) -> None:
    brief, whole, seconds = job
    moments = random.Random(12)
    folder = tmp_path / "run"
    with Run.create(folder, SynthAgent().plan(brief), text="", now=_now()):
        pass
    for _ in range(4):
        _killed_after(moments.uniform(0.05, seconds / 2), _go_on, str(folder))

    SynthAgent().resume(folder)

    assert _files(folder) == _files(whole)


def _now() -> datetime:
    return datetime.now(UTC)
