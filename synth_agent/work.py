"""A run put to work: its source of drafts, its judge and its memory."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import ExitStack, aclosing

from synth_agent.errors import ConfigError
from synth_agent.pipeline import Event, Judge, Run, cell_metadata, run_slots
from synth_agent.quality import Checker
from synth_agent.rules import RulesSource, load_pack
from synth_agent.store import Accepted, LexicalEmbedder, SemanticMemory
from synth_agent.text import comparable

__all__ = ["work_on"]


async def work_on(
    run: Run, *, stop: Callable[[], bool] = lambda: False
) -> AsyncGenerator[Event, None]:
    """Work on a run until it is complete, nothing more can be tried, or `stop` says so.

    Raises:
        ConfigError: Another process holds the run, or it was begun with another pack.
        RunError: Disk or journal; what was made is saved.
    """
    assert run.spec.pack is not None, "a planned spec names its pack"
    loaded = load_pack(run.spec.pack)
    _same_pack(run, loaded.source)
    source = RulesSource(run.spec, loaded)
    # The lock comes first: two processes must not rebuild one memory.
    with run.locked(), ExitStack() as stack:
        memory = None
        if run.spec.dedup_threshold is not None:
            memory = stack.enter_context(_memory(run))
        judge = Judge.of(run, Checker(run.spec), memory=memory)
        async with aclosing(run_slots(run, source, judge, stop=stop)) as events:
            async for event in events:
                yield event


def _same_pack(run: Run, source: str) -> None:
    """Refuse to go on with another pack: the dataset would be neither the old nor the new one."""
    begun_with = run.journal.meta("source")
    if begun_with is None:
        run.journal.set_meta(source=source)
    elif begun_with != source:
        raise ConfigError(
            f"the run was begun with pack {begun_with} and this is {source}; restore the pack "
            "(or the version of synth-agent), or start a new run"
        )


def _memory(run: Run) -> SemanticMemory:
    """Open the run's memory; what does not agree with the journal is made again from it."""
    task = run.spec.task

    def accepted() -> Iterator[Accepted]:
        for record in run.journal.records():
            text = comparable(task, record.payload)
            yield Accepted(record.slot, text, cell_metadata(task, record.cell))

    memory = SemanticMemory.open(
        run.path / "memory",
        LexicalEmbedder(),
        accepted=accepted,
        count=run.journal.accepted(),
    )
    memory.add_seeds([(seed.id, seed.text) for seed in run.journal.seeds()])
    return memory
