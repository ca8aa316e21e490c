"""`packs check`: everything that can be wrong with a pack, named with its line.

Three passes: the form (keys and types), the references (names that nothing defines, templates that
do not parse), and a trial, in which every scene is drawn several times and everything is said.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from synth_agent.errors import AnswerError, ConfigError
from synth_agent.rules.chance import Chance, derive
from synth_agent.rules.engine import PackEngine, Try
from synth_agent.rules.labelled import LabelledTexts
from synth_agent.rules.load import LoadedPack, PackFile, compose, parse_pack
from synth_agent.rules.problems import Problem, place_of, repeated_keys
from synth_agent.rules.references import Found, Path, references
from synth_agent.rules.scenes import AskedQuestion, SceneEngine
from synth_agent.schemas import Cell, Slot

__all__ = ["check_pack"]

_TRIALS: Final = 12
_FAILS: Final = (ConfigError, AnswerError)


def check_pack(files: Sequence[PackFile]) -> list[Problem]:
    """Return what is wrong with a pack, in order of the lines; empty if nothing is.

    A trial draws each scene 12 times: a fault that shows once in a hundred draws may stay unseen.
    """
    pack, problems = parse_pack(files)
    if pack is None:
        return problems
    trees = [(file.name, compose(file)) for file in files]
    if repeated := [problem for tree in trees for problem in repeated_keys(*tree)]:
        return repeated
    found = [*references(pack)] or [*_trial(PackEngine(LoadedPack(pack, files), seed=0))]
    return sorted(
        {Problem(*place_of(trees, path), ".".join(map(str, path)), said) for path, said in found},
        key=lambda problem: (problem.file, problem.line or 0, problem.message),
    )


def _trial(engine: PackEngine) -> Found:
    yield from (*_try_tables(engine), *_try_labels(engine))
    try:
        scenes = engine.scenes
    except ConfigError as error:
        yield ("scenes",), str(error)
        return
    for scene in scenes.values():
        yield from _try_scene(engine, scene)


def _tries(name: str, *, label: str | None = None) -> Iterator[Try]:
    for n in range(_TRIALS):
        slot = Slot(index=n * 10, ordinal=n, seed=n, cell=Cell(label))
        yield Try(slot, 0, Chance(derive(n, name)))


def _try_tables(engine: PackEngine) -> Found:
    for name, table in engine.tables.items():
        try:
            for attempt in _tries(name):
                table.row(attempt.chance, attempt.slot.index, {c: c for c in table.columns()})
        except _FAILS as error:
            yield ("tables", name), str(error)


def _try_labels(engine: PackEngine) -> Found:
    for name, classifier in engine.pack.classifiers.items():
        texts = LabelledTexts(engine, tuple(classifier.labels))
        for label in classifier.labels:
            try:
                for attempt in _tries(f"{name}/{label}", label=label):
                    texts.draft(attempt)
            except _FAILS as error:
                yield ("classifiers", name, "labels", label), str(error)


def _try_scene(engine: PackEngine, scene: SceneEngine) -> Found:
    place: Path = ("scenes", scene.name)
    silent = {question.form.id: question for question in scene.questions}
    faults: dict[str, None] = {}
    for attempt in _tries(scene.name):
        try:
            for said in _say_everything(engine, scene, attempt):
                silent.pop(said, None)
        except _FAILS as error:
            faults[str(error)] = None
    yield from ((place, fault) for fault in faults)
    for question in () if faults else silent.values():
        yield from _try_rare(engine, question)


def _say_everything(engine: PackEngine, scene: SceneEngine, attempt: Try) -> Iterator[str]:
    facts = engine.facts(scene, attempt)
    chance = attempt.chance
    for key in scene.fitting(tuple(scene.form.contexts), facts):
        scene.tell(key, facts, chance)
    for question in scene.questions:
        if not question.applies(facts) or not scene.fitting(question.contexts, facts):
            continue
        own = question.with_let(facts, chance)
        for wording in (question.ask, question.instruct, question.answer, question.steps):
            wording.say_all(own)
        yield question.form.id


def _try_rare(engine: PackEngine, question: AskedQuestion) -> Found:
    """Look for facts that a question which the trials never met applies to."""
    scene = question.scene
    attempt = next(_tries(question.form.id))
    try:
        engine.facts(
            scene,
            attempt,
            holds=lambda f: question.applies(f) and bool(scene.fitting(question.contexts, f)),
        )
    except _FAILS as error:
        yield ("scenes", scene.name), f"question {question.form.id!r} never applies: {error}"
