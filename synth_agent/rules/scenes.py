"""A scene at work: facts are drawn, said in a context, and asked about."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from pydantic import JsonValue

from synth_agent.errors import AnswerError, ConfigError
from synth_agent.rules.chance import Chance, derive
from synth_agent.rules.distributions import parameter
from synth_agent.rules.draws import FAILURES, Draws
from synth_agent.rules.entities import Entities
from synth_agent.rules.expressions import FUNCTIONS, Facts, compile_template
from synth_agent.rules.pack import Context, Pack, Question, Scene, Wrong
from synth_agent.rules.wording import Wording

__all__ = ["AskedQuestion", "SceneEngine", "said_facts"]

_APPLY_TRIES: Final = 60

World = Callable[[str], Mapping[str, Any]]
"""Gives the facts of a simulation of the pack by its name."""


class AskedQuestion:
    """A question form, ready to be asked of a scene's facts."""

    def __init__(self, question: Question, scene: "SceneEngine", entities: Entities) -> None:
        where = f"scenes.{scene.name}.questions.{question.id}"
        self.form: Final = question
        self.scene: Final = scene
        self.contexts: Final = question.contexts or tuple(scene.form.contexts)
        self.offset: Final = derive(0, scene.name, question.id) % 60
        """Where its wordings begin to take turns, so that not all begin with the first."""
        self._when = parameter(True if question.when is None else question.when)
        self._let = Draws(question.let, entities, where=f"{where}.let")
        self.ask: Final = Wording(question.ask, f"{where}.ask")
        self.instruct: Final = Wording(question.instruct or question.ask, f"{where}.instruct")
        self.answer: Final = Wording(question.answer, f"{where}.answer")
        self.steps: Final = Wording(question.steps, f"{where}.steps")
        self._wrong = [_WrongAnswer(w, entities, f"{where}.wrong") for w in question.wrong]
        self._where = where

    def applies(self, facts: Facts) -> bool:
        """Return whether the question makes sense for these facts."""
        try:
            return bool(self._when(facts))
        except FAILURES as error:
            raise ConfigError(f"{self._where}.when: {error}") from error

    def with_let(self, facts: Mapping[str, Any], chance: Chance) -> dict[str, Any]:
        """Return the facts with the question's own added."""
        own = dict(facts)
        self._let.fill(own, chance)
        return own

    def wrong(self, facts: Mapping[str, Any], chance: Chance, *, answer: int) -> tuple[str, str]:
        """Return a flaw and the wrong answer that has it.

        Args:
            facts: The facts with the question's own.
            chance: Where chance comes from.
            answer: Which wording the right answer has; the wrong one takes the same.

        Raises:
            AnswerError: No wrong answer of this question differs from the right one here.
        """
        right = self.answer.say_nth(answer, facts)
        for wrong in chance.shuffled(self._wrong):
            said = wrong.say(facts, chance, self.answer, answer)
            if said and said != right:
                return wrong.flaw, said
        raise AnswerError("no-flaw", f"{self._where}: no wrong answer applies")


class _WrongAnswer:
    def __init__(self, form: Wrong, entities: Entities, where: str) -> None:
        self.flaw = form.flaw
        self._when = parameter(True if form.when is None else form.when)
        self._let = Draws(form.let, entities, where=f"{where}.{form.flaw}.let")
        self._answer = Wording(form.answer, f"{where}.{form.flaw}.answer")
        self._where = where

    def say(self, facts: Mapping[str, Any], chance: Chance, right: Wording, n: int) -> str:
        changed = dict(facts)
        try:
            if not self._when(changed):
                return ""
        except FAILURES as error:
            raise ConfigError(f"{self._where}.{self.flaw}.when: {error}") from error
        self._let.fill(changed, chance)
        return self._answer.say(changed, chance) if self._answer else right.say_nth(n, changed)


class SceneEngine:
    """A scene, its draws compiled."""

    def __init__(self, name: str, form: Scene, pack: Pack, entities: Entities) -> None:
        self.name: Final = name
        self.form: Final = form
        where = f"scenes.{name}"
        self._partials = pack.partials
        self._draws = Draws(
            form.draw, entities, where=f"{where}.draw", constraints=form.constraints
        )
        self._contexts = {
            key: (
                parameter(True if context.when is None else context.when),
                Wording(context.text, f"{where}.contexts.{key}.text"),
            )
            for key, context in form.contexts.items()
        }
        self.questions: Final = tuple(AskedQuestion(q, self, entities) for q in form.questions)

    def context(self, key: str) -> Context:
        """Return the form of a context."""
        return self.form.contexts[key]

    def facts(
        self,
        chance: Chance,
        world: World,
        *,
        index: int,
        given: Mapping[str, Any] | None = None,
        holds: Callable[[Facts], bool] = lambda _: True,
    ) -> dict[str, Any]:
        """Draw facts for which `holds` is true.

        Raises:
            AnswerError: It was not true in 60 draws.
        """
        tags = len(chance.tags)
        for _ in range(_APPLY_TRIES):
            del chance.tags[tags:]
            facts: dict[str, Any] = {**FUNCTIONS, **chance.functions(), "index": index}
            facts["say"] = lambda partial, **more: self._say(partial, facts, more)  # noqa: B023
            if self.form.simulation:
                facts[self.form.simulation] = world(self.form.simulation)
            facts.update(given or {})
            self._draws.fill(facts, chance, given=given)
            if holds(facts):
                return facts
        raise AnswerError("constraint", f"scenes.{self.name}: no facts fit in {_APPLY_TRIES} draws")

    def _say(self, partial: str, facts: Facts, more: Mapping[str, Any]) -> str:
        if partial not in self._partials:
            raise ConfigError(f"the pack has no partial {partial!r}")
        return compile_template(self._partials[partial])({**facts, **more})

    def fitting(self, keys: Sequence[str], facts: Facts) -> list[str]:
        """Return those of the contexts that suit these facts."""
        return [key for key in keys if self._contexts[key][0](facts)]

    def choose_context(self, keys: Sequence[str], facts: Facts, chance: Chance) -> str:
        """Return one of the contexts that suit these facts; no keys mean all of the scene.

        Raises:
            AnswerError: None suits.
        """
        fitting = self.fitting(keys or tuple(self.form.contexts), facts)
        if not fitting:
            raise AnswerError("constraint", f"scenes.{self.name}: no context fits")
        return chance.choose(fitting)

    def tell(self, key: str, facts: Facts, chance: Chance) -> str:
        """Say the facts in a context."""
        return self._contexts[key][1].say(facts, chance)


def said_facts(facts: Facts) -> dict[str, JsonValue]:
    """Return the facts that are plain values, as provenance keeps them; lists and runs left out."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in facts.items()
        if isinstance(value, str | int | float | bool | date) and name not in FUNCTIONS
    }
