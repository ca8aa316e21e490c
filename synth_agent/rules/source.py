"""The source of drafts that needs no model."""

from collections.abc import Callable, Sequence
from typing import Final

from synth_agent.errors import AnswerError
from synth_agent.rules.chance import Chance, derive
from synth_agent.rules.conversations import ConversationForms
from synth_agent.rules.engine import PackEngine, Try
from synth_agent.rules.labelled import LabelledTexts
from synth_agent.rules.load import LoadedPack
from synth_agent.rules.questions import QuestionForms
from synth_agent.rules.serve import table_for
from synth_agent.schemas import MAX_COUNT, Ask, DatasetSpec, Draft, Provenance

__all__ = ["RulesSource"]

Make = Callable[[Try], Draft]


class RulesSource:
    """Makes drafts from a pack; a draft is a pure function of spec, pack, slot and attempt.

    Attributes:
        name: What provenance calls the method.
        hand: How many asks it likes at once.
        concurrency: One hand at a time, so that results come in order.
    """

    name: Final = "rules"
    hand: Final = 64
    concurrency: Final = 1

    def __init__(self, spec: DatasetSpec, loaded: LoadedPack) -> None:
        self._engine = PackEngine(loaded, seed=spec.seed)
        self._make = _maker(spec, self._engine)

    def draft(self, ask: Ask) -> Draft | AnswerError:
        """Make one draft; an attempt that finds no fitting facts is a value, not an exception.

        Raises:
            ConfigError: The pack is broken.
        """
        seed = derive(ask.slot.seed, "attempt", ask.attempt)
        try:
            return self._make(Try(ask.slot, ask.attempt, Chance(seed)))
        except AnswerError as error:
            return error

    async def drafts(self, asks: Sequence[Ask]) -> list[Draft | AnswerError]:
        """Make a hand of drafts, in the order asked."""
        return [self.draft(ask) for ask in asks]


def _maker(spec: DatasetSpec, engine: PackEngine) -> Make:
    if spec.task == "classification":
        return LabelledTexts(engine, tuple(spec.labels)).draft
    if spec.task == "conversation":
        return ConversationForms(engine, topics=spec.topics).draft
    if spec.task in {"tabular", "custom"}:
        return _rows(spec, engine)
    return QuestionForms(engine, spec.task, topics=spec.topics).draft


def _rows(spec: DatasetSpec, engine: PackEngine) -> Make:
    name, columns = table_for(engine.pack, spec)
    table = engine.tables[name]

    def draft(attempt: Try) -> Draft:
        # A rejected row is drawn again under a number that no slot has, extended runs included.
        index = attempt.slot.index + attempt.attempt * MAX_COUNT
        return Draft(
            slot=attempt.slot.index,
            attempt=attempt.attempt,
            payload=table.row(attempt.chance, index, columns),
            provenance=Provenance(
                method="rules",
                source=engine.source,
                form=f"{name}/row/table",
                tags=tuple(attempt.chance.tags),
            ),
        )

    return draft
