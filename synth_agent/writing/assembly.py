"""A model's source of drafts, put together from spec, run and means."""

from contextlib import suppress
from itertools import islice
from typing import Final

import orjson
from langchain_core.exceptions import ContextOverflowError

from synth_agent.calls.hands import belonging_to
from synth_agent.chains.axes import planned_axes, planned_topics
from synth_agent.chains.critique import critique_chain, revise_chain
from synth_agent.chains.methods import writing_chain
from synth_agent.chains.telling import subject
from synth_agent.chains.writer import Writer
from synth_agent.errors import AnswerError, BudgetError
from synth_agent.pipeline import Checker, Run
from synth_agent.pipeline.rows import shown
from synth_agent.schemas import DatasetSpec
from synth_agent.store import SemanticMemory
from synth_agent.text import Comparable
from synth_agent.writing.axes import Axes, forms_of
from synth_agent.writing.examples import ExamplePool
from synth_agent.writing.hand_size import TOPICS_FROM, hand_size
from synth_agent.writing.materials import Materials, nothing
from synth_agent.writing.means import Means
from synth_agent.writing.models import Desk
from synth_agent.writing.screening import Critic, Screen
from synth_agent.writing.source import ModelSource

__all__ = ["model_source"]

_SHOWS_EXAMPLES: Final = frozenset({"self_instruct", "chain_of_thought", "persona", "self_improve"})
_SETTLED_BY_OTHERS: Final = frozenset(
    {"classification", "preference", "safety", "code", "grounded", "rewrite"}
)
"""Tasks and methods whose drafts were confirmed in a way that a revision would undo."""
_HAS_FORMS: Final = _SHOWS_EXAMPLES | {"evolve"}


async def model_source(
    run: Run, means: Means, desk: Desk, check: Checker, memory: SemanticMemory
) -> ModelSource:
    """Return the source of a run that a model writes; plans its axes, where the method does.

    Raises:
        ConfigError: Documents or inputs cannot be read, or have changed since the run began.
    """
    spec = run.spec
    writer = _writer(spec, means, desk)
    if spec.task == "code" and not spec.run_code:
        run.note("the code was not run: --run-code checks that solutions pass and mutants fail")
    axes = await _axes(run, writer)
    with suppress(BudgetError):  # the first hand will meet it too, and end the run properly
        # Asked for now: later it would keep requests waiting that are under way.
        await memory.prepare([*axes.topics, subject(spec)])
    return ModelSource(
        name=spec.method,
        hand=hand_size(spec),
        concurrency=means.concurrency,
        chain=writing_chain(writer),
        screen=Screen(check, _critic(run, means, desk, writer)),
        axes=axes,
        materials=_materials(run, check),
        pool=_pool(run, memory),
        subject=subject(spec),
        shows=spec.method in _SHOWS_EXAMPLES,
        evolves=spec.method == "evolve",
    )


def _pool(run: Run, memory: SemanticMemory) -> ExamplePool:
    """Return the examples to show, with how often earlier sittings have shown each."""
    names = (name for _, given in run.journal.dealt() for name in shown(given))
    pool = ExamplePool(
        Comparable.of(run.spec), memory, run.journal.seeds(), run.journal.record, shown=names
    )
    if len(pool) and run.spec.method in _SHOWS_EXAMPLES:
        records = run.journal.records()
        while some := list(islice(records, run.batch)):
            pool.learn(some)
    return pool


def _writer(spec: DatasetSpec, means: Means, desk: Desk) -> Writer:
    assert spec.model is not None, "a planned spec of such a method names its model"
    door = desk.door(spec.model, handed=means.model, temperature=spec.temperature)
    second = door
    if spec.critic_model is not None:
        second = desk.door(spec.critic_model, handed=means.critic)
    weak = desk.door(spec.weak_model) if spec.weak_model is not None else None
    return Writer(spec=spec, door=door, second=second, weak=weak)


def _critic(run: Run, means: Means, desk: Desk, writer: Writer) -> Critic | None:
    """Return the critic where one was asked for: by a model's name, or by a threshold."""
    spec = run.spec
    if spec.method == "self_improve" or not (spec.critic_model or spec.min_score):
        return None
    name = spec.critic_model or spec.model
    assert name is not None
    if name == spec.model:
        run.note(
            f"the critic is the writer itself ({name}), and models prefer their own answers: name "
            "another with --critic-model"
        )
    handed = means.critic if spec.critic_model is not None else means.model
    return Critic(
        judge=critique_chain(desk.door(name, handed=handed), spec),
        revise=revise_chain(writer) if _may_be_revised(spec) else None,
        judges=spec.judges,
        least=spec.min_score,
    )


def _may_be_revised(spec: DatasetSpec) -> bool:
    return spec.task not in _SETTLED_BY_OTHERS and spec.method not in _SETTLED_BY_OTHERS


async def _axes(run: Run, writer: Writer) -> Axes:
    """Return what slots are spread over: as an earlier sitting planned it, for hands rest on it."""
    spec = writer.spec
    kind = "reasoning" if spec.method == "chain_of_thought" else spec.task
    forms = forms_of(kind) if spec.method in _HAS_FORMS else ()
    if (known := run.journal.meta("axes")) is not None:
        planned = orjson.loads(known)
        return Axes(tuple(planned["topics"]), tuple(planned["personas"]), forms)
    topics, personas = spec.topics, tuple[str, ...]()
    try:
        with belonging_to(0):
            if spec.method == "persona":
                topics, personas = await planned_axes(writer)
            elif forms and not topics and spec.count >= TOPICS_FROM:
                topics = await planned_topics(writer)
    except BudgetError:  # the first hand will meet it too, and end the run properly
        return Axes(topics, forms=forms)
    except (AnswerError, ContextOverflowError) as error:
        run.note(f"no topics could be planned ({error}), so records may be more alike")
    run.journal.set_meta(axes=orjson.dumps({"topics": topics, "personas": personas}).decode())
    return Axes(topics, personas, forms)


def _materials(run: Run, check: Checker) -> Materials:
    if run.spec.method not in {"grounded", "distill", "rewrite"}:
        return nothing
    from synth_agent.writing.given import given_for

    return given_for(run, check)
