"""Conversations about a scene: flows that a pack writes down, and one that fits any scene."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import JsonValue

from synth_agent.errors import AnswerError, ConfigError
from synth_agent.rules.chance import Chance
from synth_agent.rules.engine import PackEngine, Try
from synth_agent.rules.pack import Conversation, Turn
from synth_agent.rules.questions import chosen_scenes, rotation
from synth_agent.rules.scenes import AskedQuestion, SceneEngine, said_facts
from synth_agent.rules.wording import Wording
from synth_agent.schemas import Draft, Provenance

__all__ = ["ConversationForms"]

_OPENINGS: Final = (
    "{context}\n\n{question}",
    "{question}\n\n{context}",
    "Here is what I have:\n\n{context}\n\n{question}",
    "I have a question about this.\n\n{context}\n\n{question}",
    "Could you look at this for me?\n\n{context}\n\n{question}",
)
_FOLLOW_UPS: Final = (
    *("{question}",) * 5,
    "Thanks. {question}",
    "Thank you. {question}",
    "OK. {question}",
    "Got it. {question}",
    "Good. {question}",
    "One more question: {question}",
    "Another question on the same figures: {question}",
    "While we are at it: {question}",
)
_HOW: Final = (
    "How did you get that?",
    "Can you show me the calculation?",
    "I'd like to check it: what are the steps?",
    "Which figures did you use?",
)
_WAY: Final = ("{steps}", "Step by step:\n{steps}", "Like this:\n{steps}")


class ConversationForms:
    """The flows of a pack, in rotation; a scene with two questions or more is a flow by itself."""

    def __init__(self, engine: PackEngine, *, topics: Sequence[str] = ()) -> None:
        self._engine = engine
        scenes = chosen_scenes(engine, topics)
        written = [c for c in engine.pack.conversations if c.scene in scenes]
        free = [s for n, s in engine.scenes.items() if n in scenes and len(s.questions) > 1]
        forms: list[Conversation | SceneEngine] = [*written, *free]
        self._forms = [forms[i] for i in rotation(engine.seed, "conversations", len(forms))]

    def __len__(self) -> int:
        return len(self._forms)

    def draft(self, attempt: Try) -> Draft:
        """Make a conversation."""
        form = self._forms[attempt.turn % len(self._forms)]
        return (
            self._free(form, attempt)
            if isinstance(form, SceneEngine)
            else self._written(form, attempt)
        )

    def _free(self, scene: SceneEngine, attempt: Try) -> Draft:
        chance = attempt.chance
        facts = self._engine.facts(scene, attempt)
        key = scene.choose_context((), facts, chance)
        fitting = [q for q in scene.questions if key in q.contexts and q.applies(facts)]
        if len(fitting) < 2:
            raise AnswerError("constraint", f"scenes.{scene.name}: fewer than two questions fit")
        talk = _Talk(chance)
        context = scene.tell(key, facts, chance)
        asked = chance.sample(fitting, 2 + chance.below(min(2, len(fitting) - 1)))
        for n, question in enumerate(asked):
            pattern = chance.choose(_OPENINGS if n == 0 else _FOLLOW_UPS)
            talk.exchange(question, facts, pattern=pattern, context=context)
            if question.steps and chance.rng.random() < 0.4:
                talk.show_the_way()
        return self._done(attempt, talk, f"{scene.name}/free/{key}", facts)

    def _written(self, form: Conversation, attempt: Try) -> Draft:
        chance, scene = attempt.chance, self._engine.scenes[form.scene]
        facts = self._engine.facts(scene, attempt)
        key = scene.choose_context(form.contexts, facts, chance)
        facts["context"] = scene.tell(key, facts, chance)
        talk = _Talk(chance)
        if form.system:
            system = Wording(form.system, f"conversations.{form.id}.system")
            talk.say("system", system.say(facts, chance))
        questions = {q.form.id: q for q in scene.questions}
        for n, turn in enumerate(form.turns):
            if turn.ask:
                self._ask(turn, talk, facts, questions, key)
            else:
                role, texts = ("user", turn.user) if turn.user else ("assistant", turn.assistant)
                wording = Wording(texts, f"conversations.{form.id}.turns[{n}].{role}")
                talk.say(role, wording.say(facts, chance))
        return self._done(attempt, talk, f"{scene.name}/{form.id}/{key}", facts)

    def _ask(
        self,
        turn: Turn,
        talk: "_Talk",
        facts: Mapping[str, Any],
        questions: Mapping[str, AskedQuestion],
        key: str,
    ) -> None:
        unknown = [q for q in turn.ask if q not in questions]
        if unknown:
            raise ConfigError(f"a conversation asks {unknown[0]!r}, which its scene does not have")
        fitting = [
            q for q in turn.ask if key in questions[q].contexts and questions[q].applies(facts)
        ]
        if not fitting:
            raise AnswerError("constraint", f"none of {', '.join(turn.ask)} fits")
        talk.exchange(questions[talk.chance.choose(fitting)], facts)

    def _done(self, attempt: Try, talk: "_Talk", form: str, facts: Mapping[str, Any]) -> Draft:
        return Draft(
            slot=attempt.slot.index,
            attempt=attempt.attempt,
            payload={"messages": talk.messages()},
            provenance=Provenance(
                method="rules",
                source=self._engine.source,
                form=form,
                tags=tuple(attempt.chance.tags),
                facts={
                    **said_facts({k: v for k, v in facts.items() if k != "context"}),
                    **talk.facts,
                },
                proof=tuple(talk.proof),
            ),
        )


class _Talk:
    """The turns so far; two in a row by the same speaker become one."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.proof: list[str] = []
        self.facts: dict[str, JsonValue] = {}
        self._turns: list[tuple[str, str]] = []
        self._last_steps: list[str] = []

    def say(self, role: str, text: str) -> None:
        if self._turns and self._turns[-1][0] == role:
            text = f"{self._turns.pop()[1]}\n\n{text}"
        self._turns.append((role, text))

    def exchange(
        self,
        question: AskedQuestion,
        facts: Mapping[str, Any],
        *,
        pattern: str = "{question}",
        context: str = "",
    ) -> None:
        own = question.with_let(facts, self.chance)
        asked = question.ask.say(own, self.chance)
        self.say("user", pattern.replace("{question}", asked).replace("{context}", context))
        self.say("assistant", question.answer.say(own, self.chance))
        self._last_steps = question.steps.say_all(own)
        self.proof += self._last_steps
        self.facts.update({k: v for k, v in said_facts(own).items() if k not in facts})

    def show_the_way(self) -> None:
        steps = "\n".join(self._last_steps)
        self.say("user", self.chance.choose(_HOW))
        self.say("assistant", self.chance.choose(_WAY).replace("{steps}", steps))

    def messages(self) -> list[JsonValue]:
        return [{"role": role, "content": text} for role, text in self._turns]
