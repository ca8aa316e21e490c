"""Processes that tests start, stop and kill: they work on a run, or only hold it."""

import asyncio
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Self

from synth_agent.errors import RunError
from synth_agent.pipeline import DraftSource, Finished, HandSource, Judge, Run, run_slots
from tests.fakes import SeededSource, WantsOutput

__all__ = ["Holder", "Worker", "work"]

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.workers"])


async def work(run: Run, source: DraftSource | HandSource) -> Finished:
    """Work on a run to its end."""
    async with aclosing(run_slots(run, source, Judge.of(run, WantsOutput()))) as events:
        async for event in events:
            if isinstance(event, Finished):
                return event
    raise AssertionError("a run that is not broken off ends with Finished")


def _work_on(path: str, different: int, never: tuple[str, ...], file_limit: int) -> None:
    if file_limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
    try:
        with Run.open(Path(path)) as run:
            asyncio.run(work(run, SeededSource(different=different, never=never)))
    except KeyboardInterrupt:
        sys.exit(130)
    except RunError as error:
        sys.exit(str(error))


def _hold(path: str) -> None:
    with Run.open(Path(path)) as run, run.locked():
        time.sleep(60)


class _Process:
    def __init__(self, target: Callable[..., None], *args: object) -> None:
        self._process = _context.Process(target=target, args=args)
        self._process.start()
        self.pid = self._process.pid or 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """End it as a power button would."""
        self._process.kill()
        self.join()

    def interrupt(self) -> None:
        """Press Ctrl-C on it."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGINT)

    def join(self) -> int:
        """Wait for its end and return its exit code."""
        self._process.join(60)
        return self._process.exitcode or 0


class Worker(_Process):
    """Works on a run with a `SeededSource`."""

    def __init__(
        self, path: Path, *, different: int, never: tuple[str, ...] = (), file_limit: int = 0
    ) -> None:
        super().__init__(_work_on, str(path), different, never, file_limit)


class Holder(_Process):
    """Holds the lock of a run; returns when it does."""

    def __init__(self, path: Path) -> None:
        super().__init__(_hold, str(path))
        with Run.open(path) as run:
            while run.journal.meta("holder") != str(self.pid):
                time.sleep(0.01)
