"""Second pass of `packs check`: names that nothing defines, and templates that do not parse."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from synth_agent.errors import ConfigError
from synth_agent.rules.draw_forms import (
    Distribution,
    Draw,
    EntityDraw,
    EventDraw,
    ExpressionDraw,
    RowsDraw,
)
from synth_agent.rules.entities import Entities
from synth_agent.rules.expressions import undeclared
from synth_agent.rules.grammar import Grammar
from synth_agent.rules.pack import Classifier, Conversation, Pack, Question, Scene, Table

__all__ = ["Found", "Path", "references"]

Path = tuple[str | int, ...]
Found = Iterator[tuple[Path, str]]
"""Where, and what is wrong there."""

_ALWAYS: Final = frozenset({"index"})


def references(pack: Pack) -> Found:
    """Find what refers to nothing."""
    for name, scene in pack.scenes.items():
        yield from _scene(pack, scene, ("scenes", name))
    entities = Entities(pack.entities)
    for name, classifier in pack.classifiers.items():
        grammar = Grammar(classifier.grammar, entities, where=name)
        yield from _symbols(grammar, classifier, ("classifiers", name))
        yield from _variants(pack, grammar, classifier, ("classifiers", name))
    for n, flow in enumerate(pack.conversations):
        yield from _flow(pack, flow, ("conversations", n))
    for name, table in pack.tables.items():
        yield from _table(pack, table, ("tables", name))
    for name, simulation in pack.simulations.items():
        yield from _draws(pack, simulation.draw, set(), ("simulations", name, "draw"))


def _scene(pack: Pack, scene: Scene, place: Path) -> Found:
    known = set(_ALWAYS)
    if scene.simulation:
        known.add(scene.simulation)
        if scene.simulation not in pack.simulations:
            yield (*place, "simulation"), f"no simulation {scene.simulation!r}"
    yield from _draws(pack, scene.draw, known, (*place, "draw"))
    known |= set(scene.draw)
    yield from _expressions(scene.constraints, known, (*place, "constraints"))
    for key, context in scene.contexts.items():
        yield from _templates(pack, context.text, known, (*place, "contexts", key, "text"))
        yield from _expressions((context.when,), known, (*place, "contexts", key, "when"))
    if scene.questions and not scene.contexts:
        yield place, "has questions but no contexts"
    seen: set[str] = set()
    for n, question in enumerate(scene.questions):
        at = (*place, "questions", n)
        if question.id in seen:
            yield (*at, "id"), f"a second question {question.id!r}"
        seen.add(question.id)
        yield from _unknown(question.contexts, scene.contexts, (*at, "contexts"), "context")
        yield from _question(pack, question, known, at)


def _unknown(asked: Sequence[str], there: Mapping[str, object], place: Path, what: str) -> Found:
    for name in asked:
        if name not in there:
            yield place, f"no {what} {name!r}; there are: {', '.join(there)}"


def _question(pack: Pack, question: Question, known: set[str], place: Path) -> Found:
    yield from _expressions((question.when,), known, (*place, "when"))
    yield from _draws(pack, question.let, known, (*place, "let"))
    own = known | set(question.let)
    for part in ("ask", "instruct", "answer", "steps"):
        yield from _templates(pack, getattr(question, part), own, (*place, part))
    for n, wrong in enumerate(question.wrong):
        at = (*place, "wrong", n)
        yield from _expressions((wrong.when,), own, (*at, "when"))
        yield from _draws(pack, wrong.let, own, (*at, "let"))
        yield from _templates(pack, wrong.answer, own | set(wrong.let), (*at, "answer"))


def _draws(pack: Pack, draws: Mapping[str, Draw], known: set[str], place: Path) -> Found:
    seen = set(known)
    for name, draw in draws.items():
        yield from _draw(pack, draw, seen, (*place, name))
        seen.add(name)


def _draw(pack: Pack, draw: Draw, known: set[str], place: Path) -> Found:
    match draw:
        case ExpressionDraw(value=value):
            yield from _expressions((value,), known, place)
        case EntityDraw(entity=entity, count=count):
            yield from _unknown((entity,), pack.entities, (*place, "entity"), "entity")
            yield from _expressions((count,), known, (*place, "count"))
        case EventDraw(rare=rare):
            yield from _expressions((rare,), known, place)
        case RowsDraw(rows=Distribution() as rows, draw=columns):
            yield from _distribution(rows, known, (*place, "rows"))
            yield from _draws(pack, columns, known | {"i", "previous"}, (*place, "draw"))
        case RowsDraw(rows=rows, draw=columns):
            yield from _expressions((rows,), known, (*place, "rows"))
            yield from _draws(pack, columns, known | {"i", "previous"}, (*place, "draw"))
        case Distribution():
            yield from _distribution(draw, known, place)
        case _:
            pass


def _distribution(draw: Distribution, known: set[str], place: Path) -> Found:
    for key in Distribution.model_fields:
        if key not in {"dist", "unit"}:
            yield from _expressions((getattr(draw, key),), known, (*place, key))
    if draw.correlate and draw.correlate.to not in known:
        yield (*place, "correlate"), f"no earlier draw {draw.correlate.to!r}"


def _expressions(sources: Sequence[object], known: set[str], place: Path) -> Found:
    for source in sources:
        if isinstance(source, str):
            yield from _parsed(source, known, place, template=False)


def _templates(pack: Pack, sources: Sequence[str], known: set[str], place: Path) -> Found:
    for n, source in enumerate(sources):
        yield from _parsed(source, known, (*place, n), template=True)
    for name, partial in pack.partials.items():
        if any(f"say('{name}'" in source or f'say("{name}"' in source for source in sources):
            yield from _parsed(partial, None, ("partials", name), template=True)


def _parsed(source: str, known: set[str] | None, place: Path, *, template: bool) -> Found:
    """Find unknown names; a partial (`known` None) may be handed names where it is said."""
    try:
        names = undeclared(source, template=template)
    except ConfigError as error:
        yield place, str(error)
        return
    for name in sorted(names - known if known is not None else ()):
        yield place, f"{name!r} is not known here"


def _symbols(grammar: Grammar, classifier: Classifier, place: Path) -> Found:
    for symbol, texts in classifier.grammar.items():
        for unknown in (u for text in texts for u in grammar.unknown(text)):
            yield (*place, "grammar", symbol), f"no symbol or entity {unknown!r}"


def _variants(pack: Pack, grammar: Grammar, classifier: Classifier, place: Path) -> Found:
    for label, form in classifier.labels.items():
        for n, variant in enumerate(form.variants):
            at: Path = (*place, "labels", label, "variants", n)
            if variant.scene:
                yield from _unknown((variant.scene,), pack.scenes, (*at, "scene"), "scene")
            for unknown in (u for text in variant.text for u in grammar.unknown(text)):
                yield (*at, "text"), f"no symbol or entity {unknown!r}"


def _flow(pack: Pack, flow: Conversation, place: Path) -> Found:
    scene = pack.scenes.get(flow.scene)
    if scene is None:
        yield from _unknown((flow.scene,), pack.scenes, (*place, "scene"), "scene")
        return
    yield from _unknown(flow.contexts, scene.contexts, (*place, "contexts"), "context")
    known = {*_ALWAYS, *scene.draw, "context"} | ({scene.simulation} if scene.simulation else set())
    asked = {question.id: question for question in scene.questions}
    for n, turn in enumerate(flow.turns):
        at = (*place, "turns", n)
        yield from _unknown(turn.ask, asked, (*at, "ask"), "question")
        yield from _templates(pack, turn.user, known, (*at, "user"))
        yield from _templates(pack, turn.assistant, known, (*at, "assistant"))


def _table(pack: Pack, table: Table, place: Path) -> Found:
    yield from _draws(pack, table.draw, set(_ALWAYS), (*place, "draw"))
    known = set(table.draw) | _ALWAYS
    yield from _expressions(table.constraints, known, (*place, "constraints"))
    yield from _unknown(tuple(table.aliases), table.draw, (*place, "aliases"), "column")
