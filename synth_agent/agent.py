"""The Python face: a brief or a spec in, a dataset out."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, contextmanager
from copy import copy
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

from synth_agent.brief import dump_spec, override
from synth_agent.dataset import Dataset
from synth_agent.delivery import check_output, deliver
from synth_agent.errors import AnswerError, ConfigError, ProviderError, RunError
from synth_agent.exports import dataset_paths, format_of
from synth_agent.pipeline import BatchDone, Event, Run, SlotPlan, new_folder
from synth_agent.planning import plan_spec
from synth_agent.quality import Checker
from synth_agent.schemas import Ask, DatasetSpec, Estimate, Record
from synth_agent.seeds import read_seeds
from synth_agent.store.embedders.resolve import is_remote
from synth_agent.work import work_on
from synth_agent.writing.comparing_cost import with_embeddings
from synth_agent.writing.means import Means

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models.chat_models import BaseChatModel


__all__ = ["SynthAgent"]

T = TypeVar("T")
OnEvent = Callable[[Event], None]


class SynthAgent:
    """Turns a sentence into a dataset.

    Args:
        model: Who writes, as `provider:name` or any LangChain chat model; None: rules, unless a
            spec names one.
        critic: Who judges what was written, in the same forms.
        embedder: What texts are compared by: `static`, `lexical`, `minilm`, `provider:name`, or any
            LangChain embeddings; None: `static` for English, `lexical` for other languages.
        runs: The folder in which runs are made.
        pack: A pack, by name or file, for every spec that names none.
        means: Bounds and limits, see `writing.means.Means`: `budget_usd`, `budget_tokens`,
            `concurrency`, `rpm`, `tpm`, `timeout`, `client`, `prompts`, `chroma`, `access`. Keys
            are read from the environment where no `access` is given.
    """

    def __init__(
        self,
        model: "str | BaseChatModel | None" = None,
        *,
        critic: "str | BaseChatModel | None" = None,
        embedder: "str | Embeddings | None" = None,
        runs: str | Path = "runs",
        pack: str | None = None,
        **means: Any,
    ) -> None:
        self._runs = Path(runs)
        self._pack = pack
        handed = {"model": model, "critic": critic, "embedder": embedder}
        self._named = {
            "critic_model" if role == "critic" else role: _name_of(given)
            for role, given in handed.items()
            if given is not None
        }
        self._means = _means(handed, means)

    def plan(self, brief: str | DatasetSpec, **overrides: Any) -> DatasetSpec:
        """Return what was understood, completed by what the pack decides. Spends nothing.

        Args:
            brief: A sentence, or a spec.
            overrides: Fields of the spec that beat what the brief says; None means not given.

        Raises:
            ConfigError: It cannot be understood, contradicts itself, or cannot be served.
        """
        for name, own in (("pack", self._pack), *self._named.items()):
            # What a spec names goes before what holds for all; a flag goes before both.
            named = isinstance(brief, DatasetSpec) and getattr(brief, name)
            if own and not named and overrides.get(name) is None:
                overrides[name] = own
        return plan_spec(brief, **overrides)

    def estimate(self, spec: DatasetSpec) -> Estimate:
        """Return the calls, tokens and money that a planned spec will take. Spends nothing."""
        means, reckoned = self._equipped(spec), Estimate()
        if spec.method != "rules":
            from synth_agent.writing.estimate import estimate

            reckoned = estimate(spec, means)
        return with_embeddings(reckoned, spec, means)

    def preview(self, brief: str | DatasetSpec, n: int = 5, **overrides: Any) -> list[Record]:
        """Return the first `n` records that pass the checks; no run is left behind.

        By rules, repeats are not looked for. A model writes them anew, and is paid for it.
        """
        spec = self.plan(brief, **overrides)
        if spec.method != "rules":
            return self._sample(override(spec, count=min(n, spec.count)))
        from synth_agent.rules import RulesSource, load_pack

        assert spec.pack is not None, "a planned spec names its pack"
        source, check = RulesSource(spec, load_pack(spec.pack)), Checker(spec)
        plan = SlotPlan(spec)
        records: list[Record] = []
        for index in range(min(n, len(plan))):
            slot = plan[index]
            for attempt in range(spec.max_attempts):
                draft = source.draft(Ask(slot, attempt))
                if isinstance(draft, AnswerError) or check(draft, slot):
                    continue
                records.append(
                    Record(
                        slot=index,
                        attempt=attempt,
                        cell=slot.cell,
                        payload=draft.payload,
                        provenance=draft.provenance,
                    )
                )
                break
        return records

    def generate(self, brief: str | DatasetSpec, **options: Any) -> Dataset:
        """Make a dataset; options as in `agenerate`. Works inside a notebook's running loop too."""
        return _wait(self.agenerate(brief, **options))

    async def agenerate(
        self,
        brief: str | DatasetSpec,
        *,
        run_dir: str | Path | None = None,
        output: str | Path | None = None,
        force: bool = False,
        on_event: OnEvent | None = None,
        stop: Callable[[], bool] = lambda: False,
        **overrides: Any,
    ) -> Dataset:
        """Make a dataset and write its files.

        Args:
            brief: A sentence, or a spec.
            run_dir: The run's own folder, new or empty; by default one is made under `runs`.
            output: Where the dataset shall be besides; its ending names the format.
            force: Whether an existing output is overwritten.
            on_event: Is told what happens.
            stop: Asked between batches; true ends the run resumably.
            overrides: Fields of the spec that beat what the brief says.

        Returns:
            The dataset, complete or not: `complete` tells.

        Raises:
            ConfigError: The user can mend it.
            RunError: Disk or journal; what was made is saved.
        """
        if output is not None:
            overrides["output_format"] = format_of(Path(output))
        spec = self.plan(brief, **overrides)
        target = None if output is None else Path(output)
        if target is not None:
            check_output(target, tuple(dataset_paths(spec, target).values()), force=force)
        with self._create(spec, run_dir) as run, _begun(run), _telling_how_to_go_on(run):
            async for event in work_on(run, self._equipped(run.spec), stop=stop):
                if on_event:
                    on_event(event)
            return Dataset(deliver(run, now=datetime.now(UTC), output=target))

    async def astream(
        self, brief: str | DatasetSpec, *, run_dir: str | Path | None = None, **overrides: Any
    ) -> AsyncGenerator[Record, None]:
        """Yield records as they are accepted; when the last is out, the run's files are written.

        Leaving early leaves a run that `resume` goes on with; leave by `contextlib.aclosing`, or
        what is in flight is only ended with the loop.
        """
        spec = self.plan(brief, **overrides)
        with self._create(spec, run_dir) as run, _begun(run), _telling_how_to_go_on(run):
            async with aclosing(work_on(run, self._equipped(spec))) as events:
                async for event in events:
                    if isinstance(event, BatchDone):
                        for record in event.records:
                            yield record
            deliver(run, now=datetime.now(UTC))

    def batch(self, briefs: Sequence[str | DatasetSpec], **options: Any) -> list[Dataset]:
        """Make many datasets, one after the other; all are planned before the first is begun.

        A bound on money or tokens holds for all of them together.

        Raises:
            ConfigError: One of them cannot be served; none has been begun then.
        """
        specs = [self.plan(brief, **options) for brief in briefs]
        made: list[Dataset] = []
        for spec in specs:
            one = copy(self)
            one._means = _left(self._means, made)  # noqa: SLF001  our own copy
            made.append(one.generate(spec))
        return made

    def resume(self, run_dir: str | Path, *, count: int | None = None, **options: Any) -> Dataset:
        """Go on with a run, or extend it; options as in `aresume`."""
        return _wait(self.aresume(run_dir, count=count, **options))

    async def aresume(
        self,
        run_dir: str | Path,
        *,
        count: int | None = None,
        output: str | Path | None = None,
        on_event: OnEvent | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Dataset:
        """Go on where a run stopped, however it stopped.

        Args:
            run_dir: The run's folder.
            count: Extends the run to so many records in all, in the same proportions.
            output: Where the dataset shall be besides; an older file is replaced.
            on_event: Is told what happens.
            stop: Asked between batches; true ends the run resumably.
        """
        with Run.open(Path(run_dir)) as run:
            with run.extended(count), _telling_how_to_go_on(run):
                async for event in work_on(run, self._equipped(run.spec), stop=stop):
                    if on_event:
                        on_event(event)
            target = None if output is None else Path(output)
            return Dataset(deliver(run, now=datetime.now(UTC), output=target))

    def _equipped(self, spec: DatasetSpec) -> Means:
        """Return the means with this machine's keys, where something is asked for them."""
        means = self._means
        asks = spec.method != "rules" or (spec.embedder is not None and is_remote(spec.embedder))
        if not (asks and means.access is None) and not (means.chroma and not means.chroma_token):
            return means
        from synth_agent.models.resolve import Access
        from synth_agent.settings import Settings

        settings = Settings()
        return replace(
            means,
            access=means.access or Access.of(settings),
            chroma_token=means.chroma_token or settings.chroma_token,
        )

    def _sample(self, spec: DatasetSpec) -> list[Record]:
        with TemporaryDirectory() as folder:
            one = copy(self)
            one._means = replace(self._means, chroma=None)  # noqa: SLF001  our own copy
            return one.generate(spec, run_dir=Path(folder) / "preview").records

    def _create(self, spec: DatasetSpec, run_dir: str | Path | None) -> Run:
        now = datetime.now().astimezone()
        seeds = read_seeds(spec) if spec.seeds else ()
        path = new_folder(self._runs, spec, now=now) if run_dir is None else Path(run_dir)
        return Run.create(path, spec, text=dump_spec(spec), now=now, seeds=seeds)


@contextmanager
def _telling_how_to_go_on(run: Run) -> Iterator[None]:
    """Add the command that goes on to a failure in the middle."""
    try:
        yield
    except (ProviderError, RunError) as error:
        if "synth-agent resume" not in str(error):
            error.add_note(f"what was made is saved; go on with: synth-agent resume {run.path}")
        raise


@contextmanager
def _begun(run: Run) -> Iterator[None]:
    """Leave no folder of a run that could not even begin: a key missing, a document not there."""
    try:
        yield
    except ConfigError:
        if run.untouched:
            run.close()
            shutil.rmtree(run.path, ignore_errors=True)
        raise


def _left(means: Means, made: Sequence[Dataset]) -> Means:
    """Return the means with what is left of their bounds; with nothing left a run ends partial."""
    usd, tokens = means.budget_usd, means.budget_tokens
    if usd is not None:
        usd = max(1e-6, usd - sum(dataset.usage.cost_usd or 0.0 for dataset in made))
    if tokens is not None:
        used = sum(dataset.usage.tokens_in + dataset.usage.tokens_out for dataset in made)
        tokens = max(1, tokens - used)
    return replace(means, budget_usd=usd, budget_tokens=tokens)


def _name_of(handed: "str | BaseChatModel | Embeddings") -> str:
    """Return the name by which a spec knows what was handed in."""
    if isinstance(handed, str):
        return handed
    from langchain_core.embeddings import Embeddings

    from synth_agent.models.resolve import model_name
    from synth_agent.store.embedders.resolve import name_of

    return name_of(handed) if isinstance(handed, Embeddings) else model_name(handed)


def _means(handed: Mapping[str, Any], given: dict[str, Any]) -> Means:
    objects = {
        role: value
        for role, value in handed.items()
        if value is not None and not isinstance(value, str)
    }
    known = {field.name for field in fields(Means)}
    if unknown := sorted(set(given) - known):
        raise TypeError(f"unexpected {', '.join(unknown)}; SynthAgent takes {', '.join(known)}")
    return Means(**objects, **given)


def _wait(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, also where a loop is running already (a notebook)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, work).result()
