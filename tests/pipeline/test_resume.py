"""The promise: killed at any moment and resumed, a run makes the dataset it would have made."""

import asyncio
import random
import time
from collections.abc import Callable

import orjson
import pytest

from synth_agent.errors import RunError
from synth_agent.pipeline import Run
from tests.fakes import SeededSource
from tests.workers import Worker, work

MakeRun = Callable[..., Run]

COUNTS = {"ham": 700, "spam": 1000, "dry": 700}
DIFFERENT = 1300
DRY = ("dry",)


def make(make_run: MakeRun) -> Run:
    """Some 15 batches: slots of `spam` are given up as repeats, the cell `dry` is closed."""
    return make_run(labels=COUNTS, max_attempts=6)


def contents(run: Run) -> bytes:
    """Everything that the journal says about drafts, as bytes."""
    everything = [*run.journal.records(), *run.journal.rejects()]
    return b"\n".join(orjson.dumps(entry.model_dump(mode="json")) for entry in everything)


@pytest.fixture
def unbroken(make_run: MakeRun) -> bytes:
    run = make(make_run)
    asyncio.run(work(run, SeededSource(different=DIFFERENT, never=DRY)))
    return contents(run)


def finish(run: Run) -> bytes:
    with Run.open(run.path) as again:
        asyncio.run(work(again, SeededSource(different=DIFFERENT, never=DRY)))
        return contents(again)


@pytest.fixture
def whole(make_run: MakeRun) -> float:
    """Return the seconds that a process takes for the run; the first also starts the server."""
    seconds = 0.0
    for _ in range(2):
        start = time.monotonic()
        Worker(make(make_run).path, different=DIFFERENT, never=DRY).join()
        seconds = time.monotonic() - start
    return seconds


def test_killed_once_at_20_random_moments(make_run: MakeRun, unbroken: bytes, whole: float) -> None:
    moments = random.Random(1)
    broken = 0
    for _ in range(20):
        with make(make_run) as run:
            worker = Worker(run.path, different=DIFFERENT, never=DRY)
            time.sleep(moments.uniform(0, whole))
            worker.kill()
            if run.status == "partial":
                assert contents(run) == unbroken
                continue
            broken += run.status == "running"
            assert finish(run) == unbroken

    assert broken >= 5


def test_killed_again_and_again(make_run: MakeRun, unbroken: bytes, whole: float) -> None:
    moments = random.Random(2)
    kills = 0
    with make(make_run) as run:
        while run.status not in {"partial", "complete"}:
            worker = Worker(run.path, different=DIFFERENT, never=DRY)
            time.sleep(moments.uniform(0, whole / 3 * (1 + kills / 10)))
            worker.kill()
            kills += 1
        assert contents(run) == unbroken

    assert kills >= 3


def test_ctrl_c_leaves_a_run_that_goes_on(make_run: MakeRun, unbroken: bytes) -> None:
    with make(make_run) as run:
        worker = Worker(run.path, different=DIFFERENT, never=DRY)
        while run.journal.accepted() == 0:
            time.sleep(0.002)
        worker.interrupt()

        assert worker.join() == 130
        assert run.status == "interrupted"
        assert finish(run) == unbroken


def test_a_disk_that_runs_full_keeps_what_was_made(make_run: MakeRun, unbroken: bytes) -> None:
    with make(make_run) as run:
        for limit in (300_000, 500_000):
            worker = Worker(run.path, different=DIFFERENT, never=DRY, file_limit=limit)
            assert (worker.join(), run.status) == (1, "running")
            assert run.journal.accepted() > 0

        assert finish(run) == unbroken


def test_in_one_process_a_disk_that_runs_full_says_how_to_go_on(make_run: MakeRun) -> None:
    class FullDisk(SeededSource):
        async def drafts(self, asks):  # type: ignore[no-untyped-def]
            raise OSError(28, "No space left on device")

    with make_run() as run, pytest.raises(RunError, match=r"the disk is full.*synth-agent resume"):
        asyncio.run(work(run, FullDisk()))
