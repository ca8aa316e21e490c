"""A run put to work: its source of drafts, its judge and its memory."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager

from synth_agent.pipeline import (
    DraftSource,
    Event,
    HandSource,
    Judge,
    Run,
    cell_metadata,
    run_slots,
)
from synth_agent.quality import Checker
from synth_agent.schemas import DatasetSpec
from synth_agent.store import Accepted, Embedder, LexicalEmbedder, SemanticMemory, StaticEmbedder
from synth_agent.text import comparable
from synth_agent.writing.means import Means

__all__ = ["work_on"]


async def work_on(
    run: Run, means: Means, *, stop: Callable[[], bool] = lambda: False
) -> AsyncGenerator[Event, None]:
    """Work on a run until it is complete, nothing more can be tried, or `stop` says so.

    Raises:
        ConfigError: Another process holds the run, it was begun with another pack or other
            documents, or a key is missing.
        RunError: Disk or journal; what was made is saved.
        ProviderError: The model's provider failed for good; what was made is saved.
    """
    # The lock comes first: two processes must not rebuild one memory.
    with run.locked(), _memory(run) as memory:
        judge = Judge.of(run, Checker(run.spec), memory=memory)
        async with (
            _source(run, means, judge, memory) as source,
            aclosing(run_slots(run, source, judge, stop=stop)) as events,
        ):
            async for event in events:
                yield event


@asynccontextmanager
async def _source(
    run: Run, means: Means, judge: Judge, memory: SemanticMemory
) -> AsyncGenerator[DraftSource | HandSource, None]:
    """Give the source of drafts that the method means."""
    if run.spec.method == "rules":
        from synth_agent.rules import RulesSource, load_pack

        assert run.spec.pack is not None, "a planned spec names its pack"
        loaded = load_pack(run.spec.pack)
        run.keep_to("source", loaded.source, of="pack")
        yield RulesSource(run.spec, loaded)
        return
    from synth_agent.writing.assembly import model_source
    from synth_agent.writing.models import Desk

    desk = Desk(run, means)
    try:
        yield await model_source(run, means, desk, judge.check, memory)
    finally:
        await desk.close()


def _embedder(spec: DatasetSpec) -> Embedder:
    """Return what texts are compared by.

    The static table knows English alone, and takes rule-made records of one form for repeats that
    differ in their case: there, and in other languages, wording decides.
    """
    english = spec.language.partition("-")[0] == "en"
    made_by_rules = spec.method in {"rules", "rewrite"}
    return StaticEmbedder() if english and not made_by_rules else LexicalEmbedder()


@contextmanager
def _memory(run: Run) -> Iterator[SemanticMemory]:
    """Open the run's memory; what does not agree with the journal is made again from it."""
    task, shared = run.spec.task, run.spec.shared_fields

    def accepted() -> Iterator[Accepted]:
        for record in run.journal.records():
            text = comparable(task, record.payload, without=shared)
            yield Accepted(record.slot, text, cell_metadata(task, record.cell))

    memory = SemanticMemory.open(
        run.path / "memory",
        _embedder(run.spec),
        accepted=accepted,
        count=run.journal.accepted(),
    )
    with memory:
        memory.add_seeds([(seed.id, seed.text) for seed in run.journal.seeds()])
        yield memory
