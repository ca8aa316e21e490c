"""`structured`: a prompt, a model and a schema make a Runnable; and lists of numbered records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Generic, TypeVar

from langchain_core.exceptions import ContextOverflowError
from langchain_core.runnables import Runnable
from pydantic import BaseModel

from synth_agent.chains.door import Door
from synth_agent.chains.prompt import Prompt
from synth_agent.chains.reading import Item, Loose, arranged, items_of, one_of
from synth_agent.chains.step import Step
from synth_agent.chains.strictness import is_strict, strict_schema
from synth_agent.chains.ways import Request, request
from synth_agent.errors import AnswerError

__all__ = ["One", "Sheet", "in_parts", "structured"]

M = TypeVar("M", bound=BaseModel)
I = TypeVar("I", bound=Item)  # noqa: E741


@dataclass(frozen=True)
class One(Generic[M]):
    """One object of a Pydantic model."""

    schema: type[M]

    @cached_property
    def request(self) -> Request:
        """The schema, as endpoints are told it."""
        return _request(self.schema)

    def read(self, value: Loose) -> M:
        """Return the object."""
        return one_of(self.schema, value)


@dataclass(frozen=True)
class Sheet(Generic[I]):
    """A list of numbered records, `{"records": [...]}`; each is read for itself."""

    item: type[I]
    count: int

    @property
    def request(self) -> Request:
        """The schema, as endpoints are told it."""
        return _sheet_request(self.item)

    def read(self, value: Loose) -> list[I | AnswerError]:
        """Return an entry for each wish, in order."""
        return arranged(items_of(self.item, value), self.count)


@lru_cache(maxsize=64)
def _request(schema: type[BaseModel]) -> Request:
    told = strict_schema(schema.model_json_schema())
    return request(schema.__name__, told, description=schema.__doc__ or "", strict=is_strict(told))


@lru_cache(maxsize=64)
def _sheet_request(item: type[Item]) -> Request:
    entry = strict_schema(item.model_json_schema())
    definitions = entry.pop("$defs", {})
    said = "One record for each wish, in order."
    records = {"type": "array", "items": entry, "description": said}
    told: dict[str, Any] = {
        "type": "object",
        "properties": {"records": records},
        "required": ["records"],
        "additionalProperties": False,
    }
    if definitions:
        told["$defs"] = definitions
    return request(
        f"{item.__name__}s", told, description=item.__doc__ or "", strict=is_strict(told)
    )


def structured(prompt: Prompt, door: Door, schema: type[M]) -> Runnable[Mapping[str, str], M]:
    """Return the Runnable that fills a prompt, asks, and gives an object of the schema.

    Raises (when invoked):
        AnswerError: There is none, see `Door.ask`.
    """
    shape = One(schema)

    async def ask(values: Mapping[str, str]) -> M:
        return await door.ask(prompt.messages(values), shape)

    return Step(prompt.name, ask)


async def in_parts(
    door: Door,
    prompt: Prompt,
    item: type[I],
    count: int,
    values: Callable[[range], Mapping[str, str]],
    **parameters: Any,
) -> list[I | AnswerError]:
    """Return an item for each of `count` places, or why there is none: one call for all of them.

    Where the prompt is too long for the model the places are halved, and the halves once more.

    Args:
        values: What fills the prompt for some of the places. They are numbered from 1 in every
            prompt, so what is numbered has to be made anew.
        parameters: What the calls carry (temperature …).
    """

    async def part(places: range) -> list[I | AnswerError]:
        asked = prompt.messages(values(places))
        try:
            return await door.ask(asked, Sheet(item, len(places)), **parameters)
        except AnswerError as error:
            return [error] * len(places)
        except ContextOverflowError as error:
            if len(places) == 1:
                return [AnswerError("context-too-long", str(error)[:300])]
        half = len(places) // 2
        return [*await part(places[:half]), *await part(places[half:])]

    return await part(range(count)) if count else []
