"""What every writing chain is made from: the spec, the models, the prompts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from pydantic import JsonValue

from synth_agent.chains.door import Door
from synth_agent.chains.hand import Hand, Order
from synth_agent.chains.prompt import Prompt
from synth_agent.chains.reading import Item
from synth_agent.chains.structured import in_parts
from synth_agent.chains.telling import examples, language_name, numbered, subject, wishes
from synth_agent.chains.working import calculated
from synth_agent.errors import AnswerError
from synth_agent.quality.parts import parts
from synth_agent.schemas import DatasetSpec, Draft, Provenance

__all__ = ["Writer", "computed"]

I = TypeVar("I", bound=Item)  # noqa: E741


@dataclass(frozen=True, kw_only=True)
class Writer:
    """The spec, the door to the model that writes, and the doors to others where a chain needs one.

    Attributes:
        second: The model that labels and judges blindly; the writer itself where none was named.
        weak: The model that writes worse answers; None means the writer does, with a named flaw.
    """

    spec: DatasetSpec
    door: Door
    second: Door
    weak: Door | None = None

    @cached_property
    def about(self) -> dict[str, str]:
        """What every prompt is told of the dataset: brief, role, subject, language."""
        spec = self.spec
        return {
            "brief": spec.brief or "(none)",
            "role": spec.role or "expert of the field",
            "subject": subject(spec),
            "language": language_name(spec.language),
        }

    def prompt(self, name: str) -> Prompt:
        """Return a prompt by name."""
        return self.door.prompts[name]

    async def sheet(
        self,
        prompt: Prompt,
        item: type[I],
        hand: Hand,
        *,
        values: Mapping[str, str | Sequence[Mapping[str, str]]] | None = None,
        more: Sequence[Mapping[str, str]] = (),
        door: Door | None = None,
        **parameters: Any,
    ) -> list[I | AnswerError]:
        """Return an item, or why there is none, for each order of a hand: one call for all.

        The prompt is given brief, role, subject, language, count, wishes, examples and `values`.
        Where it is too long for the model the hand is halved, and at last no examples are shown.

        Args:
            values: What else the prompt is given. A list has an entry for each order, kind -> text,
                which is fenced under the number that the order has in the prompt.
            more: For each order, what its wish says besides.
            door: Another model than the writer.
            parameters: What the call carries (temperature …).
        """

        def filled(places: Sequence[int], shown: str) -> dict[str, str]:
            known = {
                **self.about,
                "count": str(len(places)),
                "wishes": wishes(
                    [hand.orders[at] for at in places], more=[more[at] for at in places if more]
                ),
                "examples": shown,
            }
            for name, value in (values or {}).items():
                told = value if isinstance(value, str) else numbered([value[at] for at in places])
                known[name] = told
            return known

        async def asked(places: Sequence[int], shown: str) -> list[I | AnswerError]:
            return await in_parts(
                door or self.door,
                prompt,
                item,
                len(places),
                lambda part: filled([places[at] for at in part], shown),
                **parameters,
            )

        found = await asked(range(len(hand.orders)), examples(hand))
        long = [at for at, entry in enumerate(found) if hand.examples and _is_too_long(entry)]
        second = dict(zip(long, await asked(long, examples(Hand(()))), strict=True))
        return [second.get(at, entry) for at, entry in enumerate(found)]

    def draft(
        self,
        order: Order,
        payload: Mapping[str, JsonValue],
        *,
        prompt: Prompt,
        hand: Hand | None = None,
        **provenance: Any,
    ) -> Draft:
        """Return a draft with its provenance: method, model, prompt, examples and parents.

        Args:
            hand: Whose examples were shown.
            provenance: Fields of `Provenance` that the chain knows better or besides.
        """
        axes = {"topic": order.topic, "persona": order.persona}
        tags = (
            *(f"{axis}:{value}" for axis, value in axes.items() if value),
            *provenance.pop("tags", ()),
        )
        known: dict[str, Any] = {
            "method": self.spec.method,
            "source": self.door.name,
            "form": prompt.name,
            "model": self.door.name,
            "parameters": dict(self.door.parameters),
            "prompt": prompt.id,
            "seeds": tuple(example.id for example in hand.examples) if hand else (),
            "parents": tuple(material.id for material in order.material),
            "tags": tags,
            "proof": computed(self.spec.task, payload),
        }
        return Draft(
            slot=order.ask.slot.index,
            attempt=order.ask.attempt,
            payload=dict(payload),
            provenance=Provenance.model_validate(known | provenance),
        )


def computed(task: str, payload: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """Return the equations of an answer that hold and start from what its question gives.

    As proof they support the figures they come to, as prompts ask for calculations in the open.
    """
    said = parts(task, payload)
    sources = [text for _, text in said.asked + said.given]
    return tuple(calculated("\n".join(text for _, text in said.answered), sources))


def _is_too_long(entry: Item | AnswerError) -> bool:
    return isinstance(entry, AnswerError) and entry.reason == "context-too-long"
