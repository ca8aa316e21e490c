"""A run put to work: its source of drafts, its judge and its memory."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager

from synth_agent.calls.budget import Budget
from synth_agent.errors import BudgetError, ConfigError
from synth_agent.pipeline import (
    DraftSource,
    Event,
    HandSource,
    Judge,
    Nearness,
    Run,
    cell_metadata,
    run_slots,
)
from synth_agent.pipeline.shelf import JournalShelf
from synth_agent.quality import Checker
from synth_agent.repeats import (
    against,
    compares,
    default_embedder,
    embedder_of,
    word_triples,
)
from synth_agent.schemas import DatasetSpec
from synth_agent.store import Accepted, Embedder, Home, SemanticMemory, StaticEmbedder
from synth_agent.store.embedders.figures import comparing
from synth_agent.store.embedders.resolve import embedder
from synth_agent.store.server import Server
from synth_agent.text import Comparable
from synth_agent.writing.bounds import bounded
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
    with (
        run.locked(),
        bounded(run, means) as budget,
        _remembering(run, means, budget) as (memory, near),
    ):
        judge = Judge.of(run, Checker(run.spec), near=near)
        try:
            async with (
                _source(run, means, budget, judge, memory) as source,
                aclosing(run_slots(run, source, judge, stop=stop)) as events,
            ):
                async for event in events:
                    yield event
        finally:
            await memory.release()


@asynccontextmanager
async def _source(
    run: Run, means: Means, budget: Budget, judge: Judge, memory: SemanticMemory
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

    desk = Desk(run, means, budget)
    try:
        yield await model_source(run, means, desk, judge.check, memory)
    finally:
        await desk.close()


@contextmanager
def _remembering(
    run: Run, means: Means, budget: Budget
) -> Iterator[tuple[SemanticMemory, Nearness]]:
    """Open the run's memory, and give what drafts are held against."""
    with _affordable():
        plain = _embedder(run, means, budget)
        memory = _memory(run, _comparing(run.spec, plain), means)
    with memory:
        with _affordable():
            memory.add_seeds(_seeds(run))
            near = against(run, memory, plain)
        yield memory, near
        if isinstance(plain, StaticEmbedder) and plain.unread:
            run.note(
                "some texts are in a script that the embedder does not know; these were compared "
                "by their wording"
            )


@contextmanager
def _affordable() -> Iterator[None]:
    """Where what was given cannot even be compared, nothing can be made."""
    try:
        yield
    except BudgetError as error:
        raise ConfigError(
            "the budget does not even pay for embedding what drafts are compared with: give more "
            "(--budget-usd, --budget-tokens), or take --embedder static, which costs nothing"
        ) from error


def _embedder(run: Run, means: Means, budget: Budget) -> Embedder:
    """Return what tells the meaning of the run's texts; it is the same in all sittings."""
    name = embedder_of(run.spec)
    found = embedder(
        name,
        access=means.access,
        handed=means.embedder if name == run.spec.embedder else None,
        shelf=JournalShelf(run.journal, embedder=name),
        budget=budget,
        timeout=means.timeout,
    )
    run.keep_to("embedder", found.name, of="embedder")
    if name == "lexical" and default_embedder(run.spec.language) == name:
        run.note(
            f"texts in {run.spec.language!r} are compared by their wording, not by what they mean: "
            "the embedder that is shipped knows English; --embedder names another"
        )
    return found


def _comparing(spec: DatasetSpec, plain: Embedder) -> Embedder:
    """Return what records are compared by; runs of before there was a choice know no figures."""
    if spec.embedder is None:
        return plain
    return comparing(plain, mask_numbers=bool(spec.dedup_mask_numbers))


def _memory(run: Run, embedder: Embedder, means: Means) -> SemanticMemory:
    """Open the run's memory; what does not agree with the journal is made again from it."""
    compared, task = Comparable.of(run.spec), run.spec.task
    count = run.journal.accepted() if compares(run.spec) else 0

    def accepted() -> Iterator[Accepted]:
        for record in run.journal.records() if count else ():
            metadata = cell_metadata(task, record.cell)
            yield Accepted(record.slot, compared(record.payload), metadata)

    return SemanticMemory.open(
        run.path / "memory",
        embedder,
        accepted=accepted,
        count=count,
        lexical=word_triples(run.spec),
        home=_home(means),
    )


def _home(means: Means) -> Home:
    if means.chroma is None:
        return Home()
    return Home(Server.at(means.chroma, token=means.chroma_token))


def _seeds(run: Run) -> list[tuple[str, str]]:
    compared = Comparable.of(run.spec)
    return [(seed.id, compared(seed.row)) for seed in run.journal.seeds()]
