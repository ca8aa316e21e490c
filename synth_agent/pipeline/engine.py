"""The engine: asks, judges, writes, and says so, batch by batch, until every slot has its record.

It keeps no state of its own: what comes next is derived from the journal, so stopping it at any
moment and starting it again is the same as not having stopped it.
"""

import asyncio
import errno
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass

from synth_agent.errors import BudgetError, SynthAgentError
from synth_agent.pipeline.agenda import PAID_PATIENCE, Agenda, Patience
from synth_agent.pipeline.events import BatchDone, Event, Finished, Started, Status
from synth_agent.pipeline.hands import as_they_land
from synth_agent.pipeline.journal import Batch
from synth_agent.pipeline.judge import Judge, Judged
from synth_agent.pipeline.run import Run
from synth_agent.pipeline.sources import DraftSource, HandSource, Landed, in_order
from synth_agent.pipeline.tables import disk_full

__all__ = ["run_slots"]


async def run_slots(
    run: Run,
    source: DraftSource | HandSource,
    judge: Judge,
    *,
    stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[Event, None]:
    """Work on a run until it is complete, nothing more can be tried, or `stop` says so.

    The lock is held while this runs: leave it by its end, or close it (`contextlib.aclosing`).
    Cancelling loses the batch in hand at most, which a resumed run makes again, the same.

    Yields:
        `Started`, a `BatchDone` for each batch once it is in the journal, `Finished`.

    A bound on money or tokens that is reached ends the run as partial, with a note.

    Raises:
        ConfigError: Another process holds the run.
        RunError: The disk is full, or the journal cannot be written.
        ProviderError: The model's provider failed for good.
    """
    with run.locked(), _interruptible(run), _naming_a_full_disk(run):
        patience = PAID_PATIENCE if isinstance(source, HandSource) else Patience()
        agenda, so_far = _begin(run, patience)
        yield Started(*so_far.figures())
        since, note = clock(), ""
        failed: list[SynthAgentError] = []

        try:
            async with (
                aclosing(
                    _landed(run, source, agenda, stop=lambda: bool(failed) or stop())
                ) as landings,
                aclosing(_judged(landings, judge, failed)) as verdicts,
            ):
                async for landed, judged in verdicts:
                    for ask, outcome in judged.verdicts:
                        agenda.settle(ask, outcome)
                    since, before = clock(), since
                    lost, spent = agenda.changed_droughts(), since - before
                    run.journal.commit(
                        Batch(judged.kept, judged.rejects, lost, spent, landed.hands)
                    )
                    judge.remember(judged)
                    so_far.add(judged)
                    records = tuple(kept.record for kept in judged.kept)
                    if isinstance(source, HandSource):
                        source.learn(records)
                    yield BatchDone(*so_far.figures(), records, run.usage)
        except BudgetError as error:
            note = str(error)
        finished = _finish(run, agenda, so_far, stop=stop, note=note)
    yield finished


def _landed(
    run: Run, source: DraftSource | HandSource, agenda: Agenda, *, stop: Callable[[], bool]
) -> AsyncGenerator[Landed, None]:
    if isinstance(source, HandSource):
        return as_they_land(source, agenda, run.journal, run.plan, batch=run.batch, stop=stop)
    return in_order(source, agenda, batch=run.batch, stop=stop)


async def _judged(
    landings: AsyncGenerator[Landed, None], judge: Judge, failed: list[SynthAgentError]
) -> AsyncGenerator[tuple[Landed, Judged], None]:
    """Yield what has landed with the verdicts on it.

    Where judging fails (an embedder that is paid), what is in flight is brought home all the same,
    for it is paid for; then the failure is raised.

    Args:
        failed: Takes the failure, so that nothing more is sent.
    """
    async for landed in landings:
        if failed:
            continue
        try:
            judged = await judge.judged(landed.answers)
        except SynthAgentError as error:
            failed.append(error)
        else:
            yield landed, judged
    if failed:
        raise failed[0]


@dataclass(slots=True)
class _SoFar:
    """The figures of the whole run, counted along so that no event needs a query."""

    asked: int
    accepted: int
    rejected: Counter[str]

    def add(self, judged: Judged) -> None:
        self.accepted += len(judged.kept)
        self.rejected.update(reject.reason for reject in judged.rejects)

    def figures(self) -> tuple[int, int, dict[str, int]]:
        return self.asked, self.accepted, dict(self.rejected)


def _begin(run: Run, patience: Patience) -> tuple[Agenda, _SoFar]:
    """Mark the run as being worked on; one that had come to its end gets another chance."""
    if run.status in {"complete", "partial"}:
        run.journal.forget_droughts()
    run.journal.set_meta(status="running")
    agenda = Agenda(run.plan, run.journal, max_attempts=run.spec.max_attempts, patience=patience)
    return agenda, _SoFar(len(run.plan), run.journal.accepted(), Counter(run.journal.rejected()))


def _finish(
    run: Run, agenda: Agenda, so_far: _SoFar, *, stop: Callable[[], bool], note: str
) -> Finished:
    """Write down how the run came out."""
    status: Status = "complete" if so_far.accepted == so_far.asked else "partial"
    if status == "partial" and stop() and (agenda.take(1) or run.journal.open_hands()):
        status = "interrupted"
    note = (note or agenda.note()) if status == "partial" else ""
    run.journal.set_meta(status=status, ended=note)
    return Finished(status, *so_far.figures(), run.seconds, run.usage, note)


@contextmanager
def _interruptible(run: Run) -> Iterator[None]:
    """Mark the run as interrupted where its consumer leaves early or its task is cancelled."""
    try:
        yield
    except (asyncio.CancelledError, GeneratorExit):
        run.journal.set_meta(status="interrupted")
        raise


@contextmanager
def _naming_a_full_disk(run: Run) -> Iterator[None]:
    """Turn the operating system's error into the one that says how to go on."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise disk_full(run.path) from error
        raise
