"""The one door from a prompt to data of a schema: ask, read leniently, ask once more, or say why.

Retries of failed requests are not made here but inside the model that a chain is given: LangChain's
`.with_retry()` together with `.batch()` hands one row's answer to another (langchain issue 35475).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar, runtime_checkable

import orjson
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelError,
    ModelInvalidRequestError,
)
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration

from synth_agent.chains.prompt import PromptBook
from synth_agent.chains.reading import Loose, MisreadError, loose
from synth_agent.chains.ways import Request, Way, Ways, arguments, written
from synth_agent.errors import AnswerError, ProviderError
from synth_agent.models.failures import is_for_good

__all__ = ["Answering", "Door", "Shape"]

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
_FILTERED: Final = re.compile(r"content.?(?:filter|management)|responsible.?ai", re.IGNORECASE)
"""How Azure refuses a prompt: with the status of a malformed request."""
_TEXT_WAYS: Final = frozenset({"json_mode", "text"})


@runtime_checkable
class Answering(Protocol):
    """A model that answers without LangChain's callbacks where nobody listens to them."""

    async def answer(self, messages: list[BaseMessage], **options: Any) -> AIMessage:
        """Return one answer."""
        ...


class Shape(Protocol[T_co]):
    """What an answer has to be."""

    @property
    def request(self) -> Request:
        """The schema, as endpoints are told it."""
        ...

    def read(self, value: Loose) -> T_co:
        """Return the data in a value that was written; `MisreadError` where it does not fit."""
        ...


@dataclass(frozen=True, slots=True)
class _Heard(Generic[T]):
    """One answer: its data, or what was wrong with it and whether asking again may help."""

    data: T | None
    message: AIMessage
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A model, and how it is asked.

    Attributes:
        model: Any chat model; failures that pass are its own business.
        name: `provider:model`, by which its ways are remembered.
        prompts: Where the words for formats and second requests stand.
        parameters: What each call carries (temperature …).
    """

    model: BaseChatModel
    name: str
    ways: Ways
    prompts: PromptBook
    parameters: Mapping[str, Any] = field(default_factory=dict)

    async def ask(self, messages: Sequence[BaseMessage], shape: Shape[T], **parameters: Any) -> T:
        """Return the data that was asked for.

        An answer that cannot be read, or does not fit, is asked for once more with the reason.

        Args:
            messages: The prompt.
            shape: What the answer has to be.
            parameters: What this call carries besides `Door.parameters`.

        Raises:
            AnswerError: There is none: refusal, unreadable, truncated, schema, provider.
            ContextOverflowError: The prompt is too long for the model.
            ProviderError: Every further request would fail as well.
            BudgetError: It would go beyond the bound.
        """
        heard = await self._hear(messages, shape, parameters)
        if heard.data is None:
            heard = await self._hear(self._again(messages, heard), shape, parameters)
        if heard.data is None:
            raise AnswerError(
                "truncated" if _is_cut(heard.message) else "unreadable", heard.problem
            )
        return heard.data

    async def _hear(
        self, messages: Sequence[BaseMessage], shape: Shape[T], parameters: Mapping[str, Any]
    ) -> _Heard[T]:
        way, message = await self._answer(messages, shape.request, parameters)
        if refusal := _refusal(message):
            raise AnswerError("refusal", refusal)
        try:
            data = shape.read(loose(written(message)))
        except MisreadError as error:
            if not _is_cut(message):
                self.ways.ignored(self.name, way)
            return _Heard(None, message, str(error))
        self.ways.worked(self.name, way)
        return _Heard(data, message)

    async def _answer(
        self, messages: Sequence[BaseMessage], wanted: Request, parameters: Mapping[str, Any]
    ) -> tuple[Way, AIMessage]:
        """Ask in the best way that the endpoint takes."""
        while True:
            way = self.ways.of(self.name)
            carried = {**self.parameters, **parameters, **arguments(way, wanted)}
            asked = self._told(messages, wanted) if way in _TEXT_WAYS else list(messages)
            try:
                message = await self._message(asked, carried)
            except ContextOverflowError:
                raise
            except ModelInvalidRequestError as error:
                if _FILTERED.search(str(error)):
                    raise AnswerError("refusal", str(error)[:300]) from error
                if not self.ways.refused(self.name, way):
                    raise self._refused(error) from error
            except ModelError as error:
                raise _unanswered(error) from error
            else:
                return way, message

    async def _message(self, messages: list[BaseMessage], carried: Mapping[str, Any]) -> AIMessage:
        if isinstance(self.model, Answering):
            return await self.model.answer(messages, **carried)
        result = await self.model.agenerate([messages], **carried)
        generation = result.generations[0][0]
        assert isinstance(generation, ChatGeneration)
        assert isinstance(generation.message, AIMessage)
        return generation.message

    def _told(self, messages: Sequence[BaseMessage], wanted: Request) -> list[BaseMessage]:
        """Put the format into words, for a server that does not enforce it."""
        schema = orjson.dumps(wanted.schema).decode()
        _, words = self.prompts["format"].filled({"schema": schema})
        return [*messages[:-1], HumanMessage(f"{messages[-1].text}\n\n{words}")]

    def _again(self, messages: Sequence[BaseMessage], heard: _Heard[Any]) -> list[BaseMessage]:
        """Return a request with its answer, and what was wrong with that."""
        _, words = self.prompts["again"].filled({"problem": heard.problem})
        # As text: a tool call that nobody answers is refused, and so is a message without text.
        said = _as_text(heard.message)
        answer = [AIMessage(said)] if said.strip() else []
        return [*messages, *answer, HumanMessage(words)]

    def _refused(self, error: ModelInvalidRequestError) -> AnswerError | ProviderError:
        if self.ways.is_hopeless(self.name):
            return ProviderError(f"{self.name} refuses every form of request: {error}")
        return AnswerError("invalid-request", str(error)[:300])


def _refusal(message: AIMessage) -> str:
    metadata = message.response_metadata
    said = metadata.get("refusal") or message.additional_kwargs.get("refusal")
    if not said and _ended(message) in {"content_filter", "refusal", "safety"}:
        said = "the provider stopped the answer"
    return str(said or "")[:300]


def _is_cut(message: AIMessage) -> bool:
    return _ended(message) in {"length", "max_tokens"}


def _ended(message: AIMessage) -> str:
    """Return why an answer ended, in the words of OpenAI, Anthropic or Google."""
    metadata = message.response_metadata
    return str(metadata.get("finish_reason") or metadata.get("stop_reason") or "").lower()


def _as_text(message: AIMessage) -> str:
    said = written(message)
    return said if isinstance(said, str) else orjson.dumps(said).decode()


def _unanswered(error: ModelError) -> AnswerError | ProviderError:
    if is_for_good(error):
        return ProviderError(str(error))
    return AnswerError("provider", str(error)[:300])
