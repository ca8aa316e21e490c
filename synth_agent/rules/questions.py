"""Questions with computed answers: qa, instruction, reasoning and preference."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from pydantic import JsonValue

from synth_agent.errors import ConfigError
from synth_agent.rules.chance import Chance, derive
from synth_agent.rules.engine import PackEngine, Try
from synth_agent.rules.scenes import AskedQuestion, said_facts
from synth_agent.schemas import Draft, Provenance
from synth_agent.text import fold

__all__ = ["QUESTION_TASKS", "QuestionForms", "chosen_scenes", "rotation"]

_WORKED_SHARE: Final = 0.5
"""Share of the instruction answers that show their way, where there is one."""


class _Told(NamedTuple):
    """A question with everything that was drawn for it."""

    question: AskedQuestion
    facts: Mapping[str, Any]
    context: str
    chance: Chance
    tags: list[str]
    time: int
    """How often the question was asked before: its wordings take turns."""

    def asked(self) -> str:
        return self.question.ask.say_nth(self.time, self.facts)

    def steps(self) -> list[str]:
        return self.question.steps.say_all(self.facts)


class _Turn(NamedTuple):
    """A question's place in the rotation: a weighty one has several."""

    question: AskedQuestion
    first: int
    """How often it stands before this place."""
    step: int = 1
    """How often it stands in the whole rotation."""


Compose = Callable[[_Told], dict[str, JsonValue]]


def _qa(told: _Told) -> dict[str, JsonValue]:
    question, facts, chance = told.question, told.facts, told.chance
    return {
        "input": told.asked(),
        "context": told.context,
        "output": question.answer.say(facts, chance),
    }


def _instruction(told: _Told) -> dict[str, JsonValue]:
    question, facts, chance = told.question, told.facts, told.chance
    order = question.instruct.say_nth(told.time, facts)
    answer = question.answer.say(facts, chance)
    if question.steps and chance.rng.random() < _WORKED_SHARE:
        answer = "\n".join([*told.steps(), "", answer])
    return {"instruction": order, "input": told.context, "output": answer}


def _reasoning(told: _Told) -> dict[str, JsonValue]:
    question, facts, chance = told.question, told.facts, told.chance
    return {
        "input": told.asked(),
        "context": told.context,
        "reasoning": "\n".join(told.steps()),
        "output": question.answer.say(facts, chance),
    }


def _preference(told: _Told) -> dict[str, JsonValue]:
    question, facts, chance = told.question, told.facts, told.chance
    wording = question.answer.choose(chance)
    flaw, rejected = question.wrong(facts, chance, answer=wording)
    told.tags.append(f"flaw:{flaw}")
    return {
        "input": f"{told.context}\n\n{told.asked()}",
        "chosen": question.answer.say_nth(wording, facts),
        "rejected": rejected,
    }


_COMPOSE: Final[dict[str, Compose]] = {
    "qa": _qa,
    "instruction": _instruction,
    "reasoning": _reasoning,
    "preference": _preference,
}
QUESTION_TASKS: Final = frozenset(_COMPOSE)


def rotation(seed: int, name: str, length: int) -> list[int]:
    """Return the numbers below `length` in an order that the seed decides."""
    order = np.random.Generator(np.random.PCG64(derive(seed, "rotation", name))).permutation(length)
    return [int(i) for i in order]


def chosen_scenes(engine: PackEngine, topics: Sequence[str]) -> set[str]:
    """Return the scenes that the topics mean; all of them where the topics mean none."""
    meant = {
        name
        for name, scene in engine.pack.scenes.items()
        if any(_means(topic, (scene.topic, *scene.keywords)) for topic in topics)
    }
    return meant or set(engine.pack.scenes)


def _means(topic: str, words: Sequence[str]) -> bool:
    asked = f" {fold(topic)} "
    return any(f" {fold(word)} " in asked or asked in f" {fold(word)} " for word in words)


class QuestionForms:
    """The question forms of a pack that a task can use, in rotation within each difficulty."""

    def __init__(self, engine: PackEngine, task: str, *, topics: Sequence[str] = ()) -> None:
        self._engine = engine
        self._task = task
        self._compose = _COMPOSE[task]
        scenes = chosen_scenes(engine, topics)
        forms = [
            question
            for name, scene in engine.scenes.items()
            if name in scenes
            for question in scene.questions
            if self._serves(question)
            for _ in range(max(1, round(scene.form.weight)))
        ]
        self._cells: dict[str | None, list[_Turn]] = {None: self._ordered(None, forms)}
        for level in ("easy", "medium", "hard"):
            some = [form for form in forms if form.form.difficulty == level]
            self._cells[level] = self._ordered(level, some)

    def _serves(self, question: AskedQuestion) -> bool:
        if self._task == "reasoning":
            return bool(question.steps)
        return bool(question.form.wrong) if self._task == "preference" else True

    def _ordered(self, level: str | None, forms: list[AskedQuestion]) -> list[_Turn]:
        """Return the forms in the order in which they take turns, and where they begin."""
        order = rotation(self._engine.seed, f"questions/{level}", len(forms))
        seen: Counter[AskedQuestion] = Counter()
        turns = []
        for place in order:
            turns.append(_Turn(forms[place], seen[forms[place]]))
            seen[forms[place]] += 1
        return [turn._replace(step=seen[turn.question]) for turn in turns]

    def levels(self) -> dict[str, int]:
        """Return how many forms there are of each difficulty."""
        return {level: len(forms) for level, forms in self._cells.items() if level and forms}

    def draft(self, attempt: Try) -> Draft:
        """Make a record.

        Raises:
            AnswerError: No facts fit, or no wrong answer differs from the right one.
        """
        forms = self._cells[attempt.slot.cell.difficulty]
        if not forms:
            level = attempt.slot.cell.difficulty or "any"
            raise ConfigError(
                f"pack {self._engine.pack.name!r} has no {level} question for {self._task}"
            )
        cycle, place = divmod(attempt.turn, len(forms))
        turn = forms[place]
        return self._told(turn.question, attempt, cycle * turn.step + turn.first + attempt.attempt)

    def _told(self, question: AskedQuestion, attempt: Try, time: int) -> Draft:
        scene, chance = question.scene, attempt.chance
        facts = self._engine.facts(
            scene,
            attempt,
            holds=lambda f: question.applies(f) and bool(scene.fitting(question.contexts, f)),
        )
        facts = question.with_let(facts, chance)
        fitting = scene.fitting(question.contexts, facts)
        # Contexts take turns too, out of step with the wordings once each has been there.
        key = fitting[(time + time // len(fitting) + question.offset) % len(fitting)]
        context = scene.tell(key, facts, chance)
        told = _Told(question, facts, context, chance, chance.tags, time + question.offset)
        return Draft(
            slot=attempt.slot.index,
            attempt=attempt.attempt,
            payload=self._compose(told),
            provenance=Provenance(
                method="rules",
                source=self._engine.source,
                form=f"{scene.name}/{question.form.id}/{key}",
                tags=tuple(chance.tags),
                facts=said_facts(facts),
                proof=tuple(told.steps()),
            ),
        )
