"""A chat model whose answers a test writes, and the door and writer around it."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from synth_agent.chains.door import Door
from synth_agent.chains.hand import Hand, Material, Order
from synth_agent.chains.prompt import PromptBook
from synth_agent.chains.ways import Ways
from synth_agent.chains.writer import Writer
from synth_agent.schemas import Ask, Cell, DatasetSpec, Slot

__all__ = ["Answering", "Scripted", "door", "hand", "records", "spec", "writer"]

Answering = Callable[[Sequence[BaseMessage], dict[str, Any]], object]


class Scripted(BaseChatModel):
    """Gives the answers of a list in turn, the last one again and again; or what a function says.

    An answer is a text, an object that is written as JSON, an AIMessage, or an exception to raise.
    """

    answers: list[Any] = Field(default_factory=list)
    answering: Answering | None = None
    sent: list[tuple[list[BaseMessage], dict[str, Any]]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def prompts(self) -> list[str]:
        """The text of each request, all of its messages."""
        return ["\n".join(str(m.content) for m in messages) for messages, _ in self.sent]

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        number = len(self.sent)
        self.sent.append((messages, kwargs))
        if self.answering is not None:
            answer = self.answering(messages, kwargs)
        else:
            answer = self.answers[min(number, len(self.answers) - 1)]
        if isinstance(answer, Exception):
            raise answer
        if not isinstance(answer, AIMessage):
            answer = AIMessage(answer if isinstance(answer, str) else orjson.dumps(answer).decode())
        return ChatResult(generations=[ChatGeneration(message=answer)])


def records(*items: dict[str, Any]) -> dict[str, Any]:
    """Return items as an answer, numbered where they are not."""
    return {"records": [{"n": n} | item for n, item in enumerate(items, start=1)]}


def spec(**fields: Any) -> DatasetSpec:
    """Return a spec for a model; keywords change it."""
    known = {"count": 8, "method": "self_instruct", "model": "openai:scripted"}
    return DatasetSpec.model_validate(known | {"domain": "industrial production"} | fields)


def door(model: BaseChatModel, *, name: str = "openai:scripted") -> Door:
    """Return a door to a model."""
    return Door(model=model, name=name, ways=Ways(), prompts=PromptBook())


def writer(
    model: BaseChatModel,
    wanted: DatasetSpec,
    *,
    second: BaseChatModel | None = None,
    weak: BaseChatModel | None = None,
) -> Writer:
    """Return a writer; the second model is the first where none is given."""
    return Writer(
        spec=wanted,
        door=door(model),
        second=door(second, name="openai:second") if second else door(model),
        weak=door(weak, name="openai:weak") if weak else None,
    )


def hand(
    count: int,
    *,
    cells: Sequence[Cell] = (),
    materials: Sequence[tuple[Material, ...]] = (),
    examples: Sequence[Material] = (),
    **order: str,
) -> Hand:
    """Return a hand of so many orders; cells and materials are given out in turn."""
    orders = []
    for index in range(count):
        cell = cells[index % len(cells)] if cells else Cell()
        slot = Slot(index=index, ordinal=index, cell=cell, seed=1000 + index)
        material = materials[index % len(materials)] if materials else ()
        orders.append(Order(Ask(slot), material=material, **order))
    return Hand(tuple(orders), tuple(examples))
